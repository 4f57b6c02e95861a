"""Compilation of everything a run may need, for images of clusters and before the first run."""

import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

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


def warm(jobs: int) -> int:
    """
    Compile whatever is not in the cache yet, and name it on the screen.

    Parameters
    ----------
    jobs : int
        Processes.

    Returns
    -------
    int
        How many functions had to be compiled.
    """
    modules = compiled_modules()
    with _progress_on_stderr() as on_progress:
        return ensure_compiled(list(ENTRIES.values()), on_progress, jobs, modules)


@contextmanager
def _progress_on_stderr() -> Iterator[OnProgress]:
    """Show a bar on a terminal, and write a line for each function elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda n, total, name: console.print(f"compiling {n} of {total}: {name}")
        return
    columns = TextColumn("compiling"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, TextColumn("{task.description}"), console=console) as shown:
        task = shown.add_task("", total=None)
        yield lambda n, total, name: shown.update(
            task, completed=n - 1, total=total, description=name
        )
