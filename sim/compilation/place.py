"""Where everything is kept that can be computed again; what lies there is executed, so nobody else may write it."""

import atexit
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

COMPILED = "numba"
"""Folder of compiled code within `cache_root()`."""

_GIVEN = "PATCHCELL_CACHE"
_CHECKOUT = Path(__file__).resolve().parents[2]


def cache_root() -> Path:
    """
    Return the folder for everything that can be computed again.

    Returns
    -------
    Path
        `.cache` beside the package in a checkout, else the user's cache folder; a folder of the user's among the
        temporary files where that cannot be written. A process started by another shares its folder.
    """
    if (_CHECKOUT / "pyproject.toml").is_file() and _can_be_written(_CHECKOUT / ".cache"):
        return _CHECKOUT / ".cache"
    chosen = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "patchcell"  # noqa: PTH111
    return chosen if _can_be_written(chosen) else _temporary_root()


def _can_be_written(root: Path) -> bool:
    """
    Return whether a folder of compiled code can be written, or made where it is not there yet.

    A file or a link to nowhere in its place must not pass.
    """
    folder = root / COMPILED
    nearest = next((p for p in (folder, *folder.parents) if os.path.lexists(p)), None)
    if not folder.is_absolute() or nearest is None or not nearest.is_dir():
        return False
    return os.access(nearest, os.W_OK | os.X_OK)


@cache
def _temporary_root() -> Path:
    """Return a folder that nobody else can write."""
    given = Path(os.environ.get(_GIVEN, ""))
    if given.is_absolute() and _is_of_user_only(given):
        return given
    shared = Path(tempfile.gettempdir()) / f"patchcell-{os.getuid()}"
    with suppress(OSError):
        shared.mkdir(mode=0o700, exist_ok=True)
        if _is_of_user_only(shared):
            return shared
    own = tempfile.mkdtemp(prefix="patchcell-")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    os.environ[_GIVEN] = own
    return Path(own)


def _is_of_user_only(folder: Path) -> bool:
    with suppress(OSError):
        state = folder.lstat()
        mode = stat.S_IMODE(state.st_mode)
        return state.st_uid == os.getuid() and mode == 0o700 and stat.S_ISDIR(state.st_mode)
    return False
