"""Temporary names: marked by process, renamed when whole, removed when their process is dead."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file that nobody sees half-written."""
    temporary = path.with_name(f".{path.name}-{own_mark()}")
    temporary.write_text(text, encoding="ascii")
    temporary.replace(path)


def write_and_rename(
    temporary: Path, target: Path, write: Callable[[Path], None], *, replaces: bool = False
) -> None:
    """Fill a folder under a temporary name and rename it."""
    old = target.with_name(f".old-{target.name}-{own_mark()}")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        write(temporary)
        if replaces and target.exists():
            target.rename(old)
        if not target.exists():
            _rename_unless_there(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _rename_unless_there(source: Path, target: Path) -> None:
    """Rename a folder; another process may have been faster with the same content."""
    try:
        source.rename(target)
    except OSError:
        if not target.exists():
            raise


def own_mark() -> str:
    """Return what marks temporary names of this process."""
    return f"{socket.gethostname()}-{os.getpid()}"


def is_of_dead_process(name: str) -> bool:
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
