"""Results folders: written under a temporary name, renamed when whole; replications kept on the way."""

import json
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from sim.errors import StoreError


def write_aside(target: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file that nobody sees half-written: under another name, to the disk, renamed when whole."""
    temporary = target.with_name(f".{target.name}-{own_mark()}")
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_bytes(target: Path, content: bytes) -> None:
    """Write a file that nobody sees half-written."""
    write_aside(target, lambda file: file.write(content))


def write_text(target: Path, text: str) -> None:
    """Write a text that nobody sees half-written."""
    write_bytes(target, text.encode())


def write_json(target: Path, content: object) -> None:
    """Write a JSON file that nobody sees half-written."""
    write_text(target, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _write_folder(
    temporary: Path, target: Path, write: Callable[[Path], None], *, replaces: bool = False
) -> None:
    """Fill a folder under a temporary name and rename it; another process may be faster with the same content."""
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        write(temporary)
        if replaces:
            set_aside(target)
        try:
            temporary.rename(target)
        except OSError:
            if not target.exists():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def set_aside(folder: Path) -> None:
    """Remove a folder at one stroke, if it is there."""
    old = folder.with_name(f".old-{folder.name}-{own_mark()}")
    with suppress(FileNotFoundError):
        folder.rename(old)
    shutil.rmtree(old, ignore_errors=True)


def move_link(link: Path, target: Path) -> None:
    """Let a link lead to another folder at one stroke, whether it was there or not."""
    # Threads of one process may move it at once: each has a temporary name of its own.
    temporary = link.with_name(f".{link.name}-{threading.get_ident()}-{own_mark()}")
    with suppress(FileNotFoundError):
        temporary.unlink()
    temporary.symlink_to(target, target_is_directory=True)
    temporary.replace(link)


def own_mark() -> str:
    """Return what marks temporary names of this process."""
    return f"{socket.gethostname()}-{os.getpid()}"


def remove_leftovers(folder: Path, pattern: str = ".*") -> None:
    """Remove what processes of this host that are no more left half written."""
    for path in folder.glob(pattern):
        if not _is_of_dead_process(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _is_of_dead_process(name: str) -> bool:
    """Return whether a name is marked by a process of this host that is no more."""
    head, _, pid = name.rpartition("-")
    if not pid.isdigit() or not head.endswith(f"-{socket.gethostname()}"):
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


LATEST, LATEST_COVERAGE = "latest", "latest_coverage"
"""Links in the folder of a scenario to its newest plain run, and to its newest coverage alone."""

N_DIGITS = 8
"""Digits of an id that folders show."""

MANIFEST = "manifest.json"
NO_FOLDER = (
    "not a results folder: no manifest.json that can be read; "
    "give results/<scenario>/<id>, or results/<scenario>/latest"
)
"""What is said of another folder or file."""
_ID = "id"
_N_ATTEMPTS = 20


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn an error of the file system into one that the user can mend."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        message = (
            f"{path}: cannot be used for results ({reason}); "
            "free space, mend its permissions or name another folder with --out"
        )
        raise StoreError(message) from error


@dataclass(frozen=True)
class Store:
    """Where the results of one run, or of one sweep, are kept."""

    root: Path  # folder of all results
    name: str  # name of the scenario, or of the sweep
    full_id: str  # id of the run, or of the sweep, 64 hexadecimal digits
    is_fresh: bool = False  # whether nothing that was kept before may be used (`--force`)
    noun: str = "run"  # what it is the id of
    mark: str = field(default_factory=own_mark)  # mark of the process that makes the run

    @property
    def id8(self) -> str:
        """First digits of the id, as folders show them."""
        return self.full_id[:N_DIGITS]

    @property
    def folder(self) -> Path:
        """Folder of the finished run, or of the sweep."""
        return self.root / self.name / self.id8

    @property
    def staging(self) -> Path:
        """Folder in which finished replications wait."""
        own = f"-{self.mark}" if self.is_fresh else ""
        return self.root / self.name / f".partial-{self.id8}{own}"

    def is_finished(self) -> bool:
        """Return whether this very run is published."""
        with storing(self.folder):
            if not self.folder.exists():
                return False
            found = read_manifest(self.folder).get("id")
        self.require_own(self.folder, found)
        return True

    def require_own(self, folder: Path, found: str | None) -> None:
        """Refuse a folder that says the id of something else."""
        if found != self.full_id:
            raise StoreError(
                f"{folder}: belongs to another {self.noun} whose id begins alike, or is damaged; "
                "move it away or name another folder with --out"
            )

    def open(self) -> None:
        """Make the staging folder, and remove what dead processes left behind."""
        with storing(self.root):
            remove_leftovers(self.folder.parent)
            remove_leftovers(self.folder.parent, ".partial-*/.*")
            for attempt in range(1, _N_ATTEMPTS + 1):
                try:
                    found = self._make_staging()
                    break
                except FileNotFoundError:
                    # Another process publishes the same run and takes the folder away.
                    if attempt == _N_ATTEMPTS:
                        raise
            self.require_own(self.staging, found)

    def _make_staging(self) -> str:
        """Make the staging folder, and return the id that it says."""
        self.staging.mkdir(parents=True, exist_ok=True)
        note = self.staging / _ID
        if not note.exists():
            write_text(note, self.full_id)
        return note.read_text(encoding="ascii")

    def replication_folder(self, replication: int) -> Path:
        """Return where a finished replication waits."""
        return self.staging / f"replication-{replication:04d}"

    def keep_replication(self, replication: int, write: Callable[[Path], None]) -> None:
        """Keep a finished replication."""
        with storing(self.root):
            target = self.replication_folder(replication)
            temporary = self.staging / f".{target.name}-{own_mark()}"
            _write_folder(temporary, target, write)

    def publish(self, write: Callable[[Path], None]) -> Path:
        """Publish the run: all of it or nothing."""
        with storing(self.root):
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.folder.with_name(f".writing-{self.id8}-{own_mark()}")
            try:
                _write_folder(temporary, self.folder, write, replaces=self.is_fresh)
            except FileNotFoundError:
                # Another process that published the same run took the waiting replications away.
                if not self.is_finished():
                    raise
        self.discard()
        return self.folder

    def point(self, name: str = LATEST) -> None:
        """Let a link beside the folder point to this run."""
        link = self.folder.parent / name
        with storing(link):
            if not link.is_symlink() or link.readlink() != Path(self.id8):
                move_link(link, Path(self.id8))

    def discard(self) -> None:
        """Remove the finished replications that wait; what another process is writing stays."""
        for path in self.staging.glob("replication-*"):
            shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):
            (self.staging / _ID).unlink(missing_ok=True)
            self.staging.rmdir()

    def close_unused(self) -> None:
        """Remove the folders that were made for this run, as far as they hold nothing of use."""
        if not self.is_fresh and any(self.staging.glob("replication-*")):
            return
        self.discard()
        with suppress(OSError):
            self.folder.parent.rmdir()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a finished run. Manifest; empty when there is none that can be read as one."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}
