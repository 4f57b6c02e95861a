"""The files that a scenario names, copied into its results folder, so that the folder runs again by itself."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sim.errors import Problem, SimError
from sim.runs.provenance import bytes_digest, file_digest
from sim.runs.store import write_bytes
from sim.scenario.find import label_of
from sim.scenario.resolve import LoadedScenario

INPUT_FOLDER = "input"
"""Folder of the copies in a results folder."""

MAX_COPIED_BYTES = 50_000_000
"""Most that is copied of all files of a scenario, the smallest first (house limit). [B]"""


@dataclass(frozen=True)
class Input:
    """A file that a scenario names."""

    path: Path  # file that was read
    # what the published scenario calls it: its copy, or the way from the results folder to the file itself
    name: str
    sha256: str  # digest over its content
    n_bytes: int  # size [byte]
    content: bytes | None  # what is copied; None of a file that is too large

    def as_mapping(self) -> dict[str, object]:
        """Return what the manifest says of the file."""
        return {
            "file": self.name,
            "bytes": self.n_bytes,
            "sha256": self.sha256,
            "is_copied": self.content is not None,
        }


@dataclass(frozen=True)
class Inputs:
    """The files that a scenario names, as they were when its id was made."""

    loaded: LoadedScenario
    files: tuple[Input, ...]  # each once, in the order of the scenario

    def scenario_yaml(self) -> str:
        """Return the complete scenario that names the copies."""
        names = {file.path: file.name for file in self.files}
        return self.loaded.yaml_with_files(lambda name: names[self.loaded.folder / name])

    def require_unchanged(self) -> None:
        """Refuse files that are not any more what the id and the copies have of them."""
        for file in self.files:
            with _reading(file.path):
                if file_digest(file.path) != file.sha256:
                    raise _changed(file.path)

    def write(self, folder: Path) -> None:
        """Write the copies into a results folder."""
        for file in self.files:
            if file.content is not None:
                target = folder / file.name
                target.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(target, file.content)


def read_inputs(loaded: LoadedScenario, digests: Mapping[Path, str], folder: Path) -> Inputs:
    """Read what will be copied into a results folder, before the run: files may change while it is under way."""
    sizes = {path: _size(path) for path in loaded.input_files}
    chosen = _copied(sizes)
    files = []
    taken: dict[str, str] = {}
    for path, n_bytes in sizes.items():
        digest = digests[path]
        content = _read(path, digest) if path in chosen else None
        name = _way(path, folder) if content is None else _place(path, digest, taken)
        files.append(Input(path, name, digest, n_bytes, content))
    return Inputs(loaded, tuple(files))


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"cannot be read any more ({error.strerror}); run again"
        raise SimError(Problem(label_of(path), message)) from error


def _changed(path: Path) -> SimError:
    return SimError(Problem(label_of(path), "changed while it was read; run again"))


def _size(path: Path) -> int:
    with _reading(path):
        return path.stat().st_size


def _copied(sizes: Mapping[Path, int]) -> set[Path]:
    """Return the files that are copied, the smallest first as long as there is room."""
    chosen, n_bytes = set(), 0
    for path in sorted(sizes, key=lambda one: (sizes[one], one.name)):
        n_bytes += sizes[path]
        if n_bytes > MAX_COPIED_BYTES:
            break
        chosen.add(path)
    return chosen


def _read(path: Path, digest: str) -> bytes:
    with _reading(path):
        content = path.read_bytes()
    if bytes_digest(content) != digest:
        raise _changed(path)
    return content


def _place(path: Path, digest: str, taken: dict[str, str]) -> str:
    """Return where a copy lies; a run's id knows files by their bare names, so these stay."""
    number = 1
    while True:
        within = INPUT_FOLDER if number == 1 else f"{INPUT_FOLDER}/{number}"
        name = str(PurePosixPath(within, path.name))
        if taken.setdefault(name, digest) == digest:
            return name
        number += 1


def _way(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
