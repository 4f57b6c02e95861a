"""A user's Python files become SimPy processes: read once, loaded anew for every replication."""

import inspect
import linecache
import sys
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from simpy.events import Event, ProcessGenerator

from sim.engine.clock import Clock
from sim.errors import ExtensionError, Problem, ScenarioError
from sim.network.control import Extension
from sim.scenario.extension_items import extension_name
from sim.scenario.find import label_of
from sim.scenario.messages import shorten
from sim.scenario.resolve import LoadedScenario

_FUNCTION = "processes"
_WANTED = "processes(clock, network)"


@dataclass(frozen=True)
class ExtensionSource:
    """The text of an extension."""

    path: Path  # file from which it was read
    code: bytes  # content
    parameters: Mapping[str, float] = field(default_factory=dict)  # what it is given


def read_extensions(loaded: LoadedScenario) -> tuple[ExtensionSource, ...]:
    """Read the extensions of a scenario and make sure that they load. This runs their code."""
    sources = []
    for name in loaded.scenario.extensions:
        path = loaded.folder / name
        try:
            given = loaded.scenario.extension_parameters.get(extension_name(name), {})
            sources.append(ExtensionSource(path, path.read_bytes(), given))
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            raise ScenarioError(Problem(label_of(path), message)) from error
    load_extensions(sources)
    return tuple(sources)


def load_extensions(sources: Sequence[ExtensionSource]) -> tuple[Extension, ...]:
    """Load extensions, each as a module of its own that knows nothing of an earlier load."""
    extensions: list[Extension] = []
    problems: list[Problem] = []
    for number, source in enumerate(sources):
        try:
            extensions.append(_load(source, f"patchcell_extension_{number}_{source.path.stem}"))
        except ScenarioError as error:
            problems.extend(error.problems)
    if problems:
        raise ScenarioError(*problems)
    return tuple(extensions)


def _load(source: ExtensionSource, name: str) -> Extension:
    label = label_of(source.path)
    module = ModuleType(name)
    module.__file__ = str(source.path)
    # A module in this table can define dataclasses, and its exceptions can come back from another process.
    sys.modules[name] = module
    try:
        exec(compile(source.code, str(source.path), "exec", dont_inherit=True), module.__dict__)
    except SyntaxError as error:
        where = f"{label}:{error.lineno or 1}:{error.offset or 1}"
        message = f"{type(error).__name__}: {error.msg}; an extension must be a Python file"
        raise ScenarioError(Problem(where, message)) from error
    except (Exception, SystemExit) as error:
        where = f"{label}:{_line_of(error, str(source.path))}"
        message = f"{type(error).__name__}: {error}; an extension must load without an error"
        raise ScenarioError(Problem(where, message)) from error
    return _function_of(module, source, label)


def _line_of(error: BaseException, file: str) -> int:
    """Return the last line of a file through which an error passed."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__)
             if frame.filename == file]  # fmt: skip
    return next((line for line in reversed(lines) if line is not None), 1)


def _function_of(module: ModuleType, source: ExtensionSource, label: str) -> Extension:
    function = getattr(module, _FUNCTION, None)
    if function is None:
        message = f"has no function {_WANTED}; define one that returns SimPy processes"
        raise ScenarioError(Problem(f"{label}:1", message))
    code = getattr(function, "__code__", None)
    where = f"{label}:{code.co_firstlineno if code is not None else 1}"
    try:
        inspect.signature(function).bind(None, None, **source.parameters)
    except (TypeError, ValueError) as error:
        wanted = ", ".join(("clock", "network", *source.parameters))
        message = f"{_FUNCTION}: {error}; must be a function {_FUNCTION}({wanted})"
        raise ScenarioError(Problem(where, message)) from error
    return _Guarded(partial(function, **source.parameters), str(source.path))


@dataclass(frozen=True)
class _Guarded:
    """An extension whose mistakes are told with its own lines."""

    function: partial[Any]
    file: str

    def __call__(self, clock: Clock, network: Any) -> Iterator[ProcessGenerator]:  # noqa: ANN401
        with _blaming(self.file):
            made = self.function(clock, network)
            if not isinstance(made, Iterable):
                raise self._not_processes(f"returns {_shown(made)}")
            for process in made:
                if not isinstance(process, Generator):
                    raise self._not_processes(f"returns {_shown(process)} among its processes")
                yield self._watched(process)

    def _not_processes(self, found: str) -> ExtensionError:
        """Return that a function returns something else than processes."""
        code = getattr(self.function.func, "__code__", None)
        message = (
            f"{_FUNCTION} {found}: must return a list of generators, functions that yield, each called: such as "
            "`return [cut(clock, network)]`, or `return []` for none"
        )
        line = code.co_firstlineno if code is not None else 1
        return ExtensionError(Problem(f"{label_of(Path(self.file))}:{line}", message))

    def _watched(self, process: ProcessGenerator) -> Generator[Any, Any, Any]:
        with _blaming(self.file):
            return (yield from _of_events(process))


def _of_events(process: ProcessGenerator) -> Generator[Any, Any, Any]:
    """Pass on what a process waits for, and tell it where it yields something that is no event."""
    tell: Callable[[Any], Any] = process.send
    told: Any = None
    while True:
        try:
            event = tell(told)
        except StopIteration as end:
            return end.value
        if not isinstance(event, Event):
            message = f"yields {_shown(event)}: must be an event, such as clock.timeout(60)"
            tell, told = process.throw, TypeError(message)
            continue
        try:
            tell, told = process.send, (yield event)
        except Exception as error:  # an interruption, or what the event failed with
            tell, told = process.throw, error


def _shown(value: object) -> str:
    """Return what a value is, in words."""
    return "nothing (None)" if value is None else f"{shorten(repr(value))} ({type(value).__name__})"


@contextmanager
def _blaming(file: str) -> Iterator[None]:
    """Turn what goes wrong in a file into a message with its lines."""
    try:
        yield
    except (ExtensionError, GeneratorExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
        if not frames:
            raise
        label = label_of(Path(file))
        told = [f"{type(error).__name__}: {error}"]
        for frame in frames:
            line = linecache.getline(file, frame.lineno or 0).strip()
            told.append(f"  line {frame.lineno}, in {frame.name}: {line}")
        problem = Problem(f"{label}:{frames[-1].lineno}", "\n".join(told))
        raise ExtensionError(problem) from error
