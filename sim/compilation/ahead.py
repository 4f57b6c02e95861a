"""Compilation ahead of a run: in several processes at once, which leave what they compile in the cache."""

import json
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

from sim.compilation.dependencies import n_instructions
from sim.compilation.kernels import (
    COMPILED,
    IS_PLAIN,
    Entry,
    given_types,
    load_entries,
    reachable_entries,
)

OnProgress = Callable[[int, int, str], None]
"""Hears the number of a function, how many there are to compile, and the name of the function that is begun."""

_TOO_FEW = 3  # to compile so few takes no longer than to start another process
_BEGIN = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.readline()); "
    "from sim.compilation.worker import work; work()"
)


def _silent(_number: int, _total: int, _name: str) -> None: ...


def units_of(roots: Iterable[Any]) -> list[Any]:
    """Return what there is to compile for a run."""
    if IS_PLAIN:
        return []
    known = [one for one in COMPILED.values() if given_types(one) is not None]
    return [*reachable_entries(roots), *known]


def unit_name(unit: Any) -> str:  # noqa: ANN401
    """Return the full name of an entry or of a function made by `compiled`."""
    function = _function(unit)
    return f"{function.__module__}.{function.__qualname__}"


def _function(unit: Any) -> Any:  # noqa: ANN401
    return unit.function if isinstance(unit, Entry) else unit.py_func


def is_missing(unit: Any) -> bool:  # noqa: ANN401
    """Say whether an entry or a function is neither loaded nor in the cache."""
    if isinstance(unit, Entry):
        return not unit.is_loaded and not unit.dispatcher._cache.is_kept(unit.signature()[0])
    given = given_types(unit)
    return given not in unit.overloads and not unit._cache.is_kept(given)


def compile_unit(unit: Any) -> None:  # noqa: ANN401
    """Compile an entry or a function, and keep it in the cache."""
    if isinstance(unit, Entry):
        unit.load()
    elif unit._can_compile:
        unit.compile(given_types(unit))


def compile_all(
    units: Iterable[Any],
    n_processes: int,
    on_progress: OnProgress = _silent,
    modules: Iterable[str] = (),
) -> int:
    """Compile what is not in the cache, the largest first; this process does its share."""
    missing = [unit for unit in units if is_missing(unit)]
    missing.sort(key=lambda unit: n_instructions(_function(unit)), reverse=True)
    tasks = _Tasks(missing, on_progress)
    imported = sorted({_function(unit).__module__ for unit in missing} | set(modules))
    n_others = min(n_processes - 1, len(missing) - 1) if len(missing) >= _TOO_FEW else 0
    others = [_Other(imported) for _ in range(n_others)]
    threads = [Thread(target=other.work, args=(tasks,), daemon=True) for other in others]
    try:
        for thread in threads:
            thread.start()
        while (unit := tasks.take()) is not None:
            compile_unit(unit)
        for thread in threads:
            thread.join()
    finally:
        for other in others:
            other.end()
    return len(missing)


class _Tasks:
    """What is still to be compiled."""

    def __init__(self, units: list[Any], on_progress: OnProgress) -> None:
        self._waiting = deque(units)
        self._total = len(units)
        self._on_progress = on_progress
        self._lock = Lock()

    def take(self) -> Any:  # noqa: ANN401
        """Return the next to be compiled, None when there is none."""
        with self._lock:
            if not self._waiting:
                return None
            unit = self._waiting.popleft()
            self._on_progress(self._total - len(self._waiting), self._total, unit_name(unit))
            return unit


class _Other:
    """Another process that compiles; what it fails to do is done by whoever needs it, who then says why."""

    def __init__(self, modules: list[str]) -> None:
        command = [sys.executable, *subprocess._args_from_interpreter_flags(), "-c", _BEGIN]  # type: ignore[attr-defined]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._say(sys.path)
        self._say(modules)

    def _say(self, value: object) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(json.dumps(value) + "\n")
            self._process.stdin.flush()

    def work(self, tasks: _Tasks) -> None:
        """Let it compile one after the other."""
        assert self._process.stdout is not None
        # Until it is ready it must not hold a task that this process could do meanwhile.
        while self._process.stdout.readline():
            unit = tasks.take()
            if unit is None:
                return
            self._say(unit_name(unit))

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.communicate()


def ensure_compiled(
    roots: Iterable[Any],
    on_progress: OnProgress = _silent,
    jobs: int = 1,
    modules: Iterable[str] = (),
) -> int:
    """
    Compile all that a run needs, and load its entries.

    Parameters
    ----------
    roots : iterable of Entry
        Entries that Python calls, and handlers.
    on_progress : callable, optional
        Hears what is begun.
    jobs : int, optional
        Processes.
    modules : iterable of str, optional
        Modules to import in the other processes: the one that holds the layout.

    Returns
    -------
    int
        How many had to be compiled.
    """
    roots = list(roots)
    n_compiled = compile_all(units_of(roots), jobs, on_progress, modules)
    load_entries(roots)
    return n_compiled
