"""Where the wall time of a run goes: a stopwatch around the functions of its stages."""

import functools
import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter, process_time
from typing import Any

REST = "rest"
"""Stage of everything that has no stage of its own, such as reading kept replications back."""

STAGES = (
    ("scenario", "sim.runs.run", "load_scenario"),
    ("world", "sim.runs.once", "build_world"),
    ("coverage", "sim.runs.once", "compute_coverage"),
    ("loop set-up", "sim.network.loop", "NetworkLoop.__init__"),
    ("traffic", "sim.network.loop", "NetworkLoop.draw_intents"),
    ("operators", "sim.engine.clock", "Clock.run"),
    ("loop", "sim.network.loop", "NetworkLoop.advance"),
    ("records", "sim.network.loop", "NetworkLoop.records"),
    ("measures", "sim.runs.once", "replication_tables"),
    ("measures", "sim.runs.run", "measures_over"),
    ("files", "sim.runs.replications", "write_replication"),
    ("files", "sim.runs.run", "publish"),
)
"""Stage, module and name of each function that is timed, under the name by which its caller finds it."""

STAGE_NAMES = (*dict.fromkeys(stage for stage, _, _ in STAGES), "figures", REST)
"""Stages in the order in which they are shown."""


CLOCKS = {"wall": perf_counter, "CPU": process_time}
"""Clocks by name: that of the wall, and that of the processor, which others who use the machine disturb less."""


class Stopwatch:
    """
    Time of stages; the time of a stage within another one counts for the inner one only.

    Parameters
    ----------
    clock : str
        One of CLOCKS.
    """

    def __init__(self, clock: str = "wall") -> None:
        self._clock = CLOCKS[clock]
        self.spent_s = dict.fromkeys(STAGE_NAMES, 0.0)
        self._stack: list[str] = []
        self._since_s = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """
        Time a stage.

        Parameters
        ----------
        name : str
            Name of the stage.

        Yields
        ------
        None
            Inside, the time counts for the stage.
        """
        self._switch()
        self._stack.append(name)
        try:
            yield
        finally:
            self._switch()
            self._stack.pop()

    def _switch(self) -> None:
        """Give the time since the last switch to the innermost stage."""
        now_s = self._clock()
        if self._stack:
            self.spent_s[self._stack[-1]] += now_s - self._since_s
        self._since_s = now_s

    @contextmanager
    def watch_stages(self) -> Iterator[None]:
        """
        Time all functions of STAGES while they are called from within.

        Yields
        ------
        None
            Inside, the functions are timed.
        """
        with ExitStack() as stack:
            for stage, module, path in STAGES:
                stack.enter_context(self._watched(stage, module, path))
            yield

    @contextmanager
    def _watched(self, stage: str, module: str, path: str) -> Iterator[None]:
        *owners, name = path.split(".")
        owner: Any = functools.reduce(getattr, owners, importlib.import_module(module))
        original: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(original)
        def _timed(*arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401  any function
            with self.stage(stage):
                return original(*arguments, **keywords)

        setattr(owner, name, _timed)
        try:
            yield
        finally:
            setattr(owner, name, original)
