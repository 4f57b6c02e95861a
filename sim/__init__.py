"""
Patchcell: two 3G networks on one territory, simulated call by call.

Importing the package chooses the folder of Numba's compiled code before Numba is imported. Numba notices an edit
in the file of a compiled function, but not an edit in a file of the functions it calls; stale code would be
silently wrong science. So the folder is named after the contents of every source file of the package.
"""

import atexit
import hashlib
import os
import shutil
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

__version__ = "0.1.0"

_KEPT_CACHES = 4
_NUMBA = "numba"


def source_digest(package: Path) -> str:
    """
    Return the SHA-256 over every Python file of a package.

    Parameters
    ----------
    package : Path
        Folder of the package.

    Returns
    -------
    str
        Hexadecimal digest over relative names and contents, in the order of names.
    """
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(b"\0")
        digest.update(path.read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()


def cache_root() -> Path:
    """
    Return the folder for everything that can be computed again.

    Returns
    -------
    Path
        `.cache` beside the package in a checkout, else the user's cache folder; a folder of the user's among the
        temporary files where that cannot be written.
    """
    checkout = Path(__file__).resolve().parent.parent
    if (checkout / "pyproject.toml").is_file() and _can_be_written(checkout / ".cache" / _NUMBA):
        return checkout / ".cache"
    chosen = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "patchcell"  # noqa: PTH111
    return chosen if _can_be_written(chosen / _NUMBA) else _temporary_root()


def _can_be_written(folder: Path) -> bool:
    """
    Return whether a folder can be written, or made where it is not there yet.

    A file or a link to nowhere in its place must not pass: Numba would then keep compiled code beside the source
    files, where an edit in a called file goes unseen.
    """
    nearest = next((p for p in (folder, *folder.parents) if os.path.lexists(p)), None)
    if not folder.is_absolute() or nearest is None or not nearest.is_dir():
        return False
    return os.access(nearest, os.W_OK | os.X_OK)


def _temporary_root() -> Path:
    """Return a folder that nobody else can write: what lies in it is executed."""
    shared = Path(tempfile.gettempdir()) / f"patchcell-{os.getuid()}"
    with suppress(OSError):
        shared.mkdir(mode=0o700, exist_ok=True)
        state = shared.lstat()
        if (
            state.st_uid == os.getuid()
            and stat.S_IMODE(state.st_mode) == 0o700
            and stat.S_ISDIR(state.st_mode)
        ):
            return shared
    own = tempfile.mkdtemp(prefix="patchcell-")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return Path(own)


def _prune(folder: Path, keep: Path) -> None:
    """Remove all but the newest caches; another process may be removing them too."""
    try:
        others = sorted((p for p in folder.iterdir() if p != keep), key=lambda p: p.stat().st_mtime)
    except OSError:
        return
    for old in others[: max(0, len(others) - _KEPT_CACHES)]:
        shutil.rmtree(old, ignore_errors=True)


def _choose_numba_cache() -> None:
    """Point Numba to the folder of this very source; a process started by another shares its folder."""
    digest = source_digest(Path(__file__).resolve().parent)
    given = Path(os.environ.get("NUMBA_CACHE_DIR", ""))
    is_shared = given.name == digest and _can_be_written(given)
    chosen = given if is_shared else cache_root() / _NUMBA / digest
    os.environ["NUMBA_CACHE_DIR"] = str(chosen)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(chosen)
    if chosen.parent.is_dir():
        _prune(chosen.parent, chosen)


_choose_numba_cache()
# Threads that wait for the next site sleep: spinning, they would take the cores from those that work, and on a busy
# machine two threads would be slower than one.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
