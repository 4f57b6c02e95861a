"""What is made once for all workers of a run of the tests: by the first who asks, while the others wait."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """
    Return a folder that one worker fills and all may read.

    Parameters
    ----------
    factory : pytest.TempPathFactory
        Factory of temporary folders; workers of pytest-xdist have theirs side by side.
    name : str
        Name of the folder.
    make : callable
        Fills the empty folder.

    Returns
    -------
    Path
        The folder; nobody may change it.
    """
    base = factory.getbasetemp()
    # The worker's own folder is in that of the whole run; without workers there is only the latter.
    shared = base.parent if base.name.startswith("popen-") else base
    folder, done = shared / f"once-{name}", shared / f"once-{name}.done"
    with (shared / f"once-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():  # also where another worker failed half-way
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder
