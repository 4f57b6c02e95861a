"""Compilation of everything a run may need, for images of clusters and before the first run."""

import fcntl
import pkgutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module

from sim import cache_root
from sim.compilation.ahead import OnProgress, ensure_compiled
from sim.compilation.kernels import ENTRIES

_PACKAGES = ("sim.engine", "sim.traffic", "sim.radio", "sim.world", "sim.network")
"""Folders that hold compiled code; all entries of their modules are compiled."""


def compiled_modules() -> list[str]:
    """
    Import every module that may hold compiled code.

    Returns
    -------
    list of str
        Their names.
    """
    names = ["sim.streams"]
    for name in _PACKAGES:
        package = import_module(name)
        names += [found.name for found in pkgutil.walk_packages(package.__path__, f"{name}.")]
    for name in names:
        import_module(name)
    return names


def warm(jobs: int, on_progress: OnProgress) -> int:
    """
    Compile whatever a run may need and is not in the cache yet.

    Parameters
    ----------
    jobs : int
        Processes.
    on_progress : callable
        Hears what is begun: its number, how many there are, its name.

    Returns
    -------
    int
        How many functions had to be compiled.
    """
    modules = compiled_modules()
    with _alone():
        return ensure_compiled(list(ENTRIES.values()), on_progress, jobs, modules)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time compile into a cache, of all that share the disk: who waits finds it done."""
    with ExitStack() as stack:
        with suppress(OSError):  # a cache that cannot be written, or a disk without locks
            cache_root().mkdir(parents=True, exist_ok=True)
            file = stack.enter_context((cache_root() / "compiling.lock").open("w"))
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
