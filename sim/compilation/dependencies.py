"""
What compiled code depends on, so that it is kept for exactly as long as it is true.

A function is described by what Numba compiles: its bytecode with constants (docstrings, comments and the numbers of
lines are no part of it), defaults, options, types of arguments; and, in the same way, each function that becomes part
of it, wherever that stands. Values of other modules count as values. An entry behind a slot counts by its name and its
types alone. A room counts by its layout. Whatever else a function uses (classes, code that generates code) counts by
the syntax trees of all statements behind it.
"""

import dis
import enum
import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core import config as untyped_config
from numba.core.dispatcher import Dispatcher
from numba.core.registry import cpu_target
from numba.core.typing.templates import builtin_registry

from sim.compilation.signatures import declared_types
from sim.compilation.statements import is_own, statements_behind

_config: Any = untyped_config
_OPTIONS = (
    "OPT",
    "LOOP_VECTORIZE",
    "SLP_VECTORIZE",
    "BOUNDSCHECK",
    "DEBUGINFO_DEFAULT",
    "ENABLE_AVX",
)
_OF_LIBRARIES = (FunctionType, BuiltinFunctionType, np.ufunc)
_CODE_MODULES = ("sim.compilation.kernels", "sim.compilation.signatures")


class Border:
    """A function that compiled code calls through a slot, and so does not contain."""

    name: str  # module and name
    function: Any  # the plain function

    def signature(self) -> tuple[tuple[Any, ...], Any]:
        """Return the types that the annotations say."""
        raise NotImplementedError


@dataclass(frozen=True)
class _Described:
    """What is said of a function itself, and the functions and rooms that it uses."""

    thing: Any
    text: str
    uses: tuple[Any, ...]
    borders: tuple[Border, ...]
    n_instructions: int
    seen: tuple[tuple[Any, str, Any], ...] = ()  # where a value was found, its name, and the value

    def is_true(self) -> bool:
        """Say whether every name still means the same."""
        return all(
            place.get(name) is value and not isinstance(value, np.ndarray | list | dict)
            for place, name, value in self.seen
        )


@cache
def machine_text() -> str:
    """Return what all compiled code depends on."""
    versions = (sys.version, numba.__version__, llvmlite.__version__, np.__version__)
    options = tuple((name, getattr(_config, name, None)) for name in _OPTIONS)
    own = [statements_behind(name) for name in _CODE_MODULES]
    return _digest(repr((versions, target(), options, own)))


@cache
def target() -> tuple[str, ...]:
    """Return for which processor code is compiled."""
    # Asked of Numba itself: its settings may have come too late.
    return tuple(str(part) for part in cpu_target.target_context.codegen().magic_tuple())


def digest(function: Any, argument_types: Iterable[Any]) -> str:  # noqa: ANN401
    """Return the digest of all that compiled code follows from."""
    lines = [machine_text()]
    for described, used in _graph(function):
        lines.append(f"{described.text} uses {used}")
    for argument_type in argument_types:
        text, uses = _of_type(argument_type)
        lines.append(text + "".join(_room_text(room) for room in uses))
    return _digest("\n".join(lines))


def borders_of(function: Any) -> tuple[Border, ...]:  # noqa: ANN401
    """Return the entries that the compiled code of a function may call itself."""
    found: dict[int, Border] = {}
    for described, _ in _graph(function):
        found.update((id(border), border) for border in described.borders)
    return tuple(found.values())


def n_instructions(function: Any) -> int:  # noqa: ANN401
    """
    Return how much there is to compile.

    Parameters
    ----------
    function : callable
        Plain function.

    Returns
    -------
    int
        Instructions of the function and of all that becomes part of it.
    """
    return sum(described.n_instructions for described, _ in _graph(function))


def parts_of(function: Any) -> list[Any]:  # noqa: ANN401
    """
    Return the functions that become part of the compiled code of a function.

    Parameters
    ----------
    function : callable
        Plain function.

    Returns
    -------
    list of callable
        Plain functions, the given one first.
    """
    return [described.thing for described, _ in _graph(function) if described.n_instructions]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _graph(function: Any) -> Iterator[tuple[_Described, list[int]]]:  # noqa: ANN401
    """Iterate over a function and all that becomes part of it, each with the numbers of those that it uses."""
    numbers = {id(function): 0}
    waiting = [function]
    at = 0
    while at < len(waiting):
        described = _describe(waiting[at])
        at += 1
        used = []
        for other in described.uses:
            if id(other) not in numbers:
                numbers[id(other)] = len(waiting)
                waiting.append(other)
            used.append(numbers[id(other)])
        yield described, used


_known: dict[int, tuple[Any, _Described]] = {}


def _describe(thing: Any) -> _Described:  # noqa: ANN401
    if not isinstance(thing, FunctionType):
        return _Described(
            thing, _room_text(thing), (), (), 0
        )  # anew each time: it may not be in its layout yet
    known = _known.get(id(thing))
    if known is None or not known[1].is_true():
        known = _known[id(thing)] = thing, _Description(thing).described()
    return known[1]


def _room_text(room: Any) -> str:  # noqa: ANN401
    """Return the layout of a room: its number, and type and place of each array."""
    places = {name: (place, str(kind)) for name, (place, kind) in room.numba_type.places.items()}
    return f"room {room.__module__}.{room.__qualname__} {getattr(room, 'number', None)} {places}"


def _of_type(kind: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ANN401
    """Return what is to be said of a compiled type, and the rooms in it."""
    texts, rooms = [str(kind)], []
    room = getattr(kind, "room", None)
    if room is not None:
        rooms.append(room)
        texts.append(_class_text(type(kind)))
    named = getattr(kind, "instance_class", None)
    if isinstance(named, type) and hasattr(named, "_fields"):
        texts += [repr(named._fields), _class_text(named)]
    for part in getattr(kind, "types", ()):
        text, inner = _of_type(part)
        texts.append(text)
        rooms += inner
    return " ".join(texts), tuple(rooms)


def _class_text(cls: type) -> str:
    if not is_own(cls.__module__):
        return f"{cls.__module__}.{cls.__qualname__}"
    return statements_behind(cls.__module__, (cls.__qualname__.partition(".")[0],))


@cache
def _overloads(_n_known: int) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for value, kind in builtin_registry.globals:
        found.setdefault(id(value), []).extend(getattr(kind, "templates", ()))
    return found


class _Description:
    """Collects what is to be said of a function."""

    def __init__(self, function: FunctionType) -> None:
        self._function = function
        self._module = function.__module__
        self._texts = [f"{function.__module__}.{function.__qualname__}"]
        self._uses: list[Any] = []
        self._borders: list[Border] = []
        self._seen: list[tuple[Any, str, Any]] = []
        self._n = 0

    def described(self) -> _Described:
        function = self._function
        self._add_code(function.__code__)
        self._add_values("defaults", (function.__defaults__, function.__kwdefaults__))
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        ):
            try:
                self._add_value(f"free {name}", cell.cell_contents)
            except ValueError:
                self._texts.append(f"free {name} is empty")
        self._add_declared()
        self._add_globals()
        text = _digest("\n".join(self._texts))
        uses, borders, seen = tuple(self._uses), tuple(self._borders), tuple(self._seen)
        return _Described(function, text, uses, borders, self._n, seen)

    def _add_code(self, code: CodeType) -> None:
        """Say what the bytecode does: nothing of it tells lines, comments or docstrings."""
        shape = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
        table = getattr(code, "co_exceptiontable", b"")
        self._texts.append(f"code {code.co_name} {shape} {code.co_varnames} {table!r}")
        for instruction in dis.get_instructions(code):
            self._n += 1
            if instruction.opcode in dis.hasconst:
                self._add_value(f"  {instruction.opname}", instruction.argval)
            elif instruction.opcode in (*dis.hasjrel, *dis.hasjabs):
                self._texts.append(f"  {instruction.opname} {instruction.argval}")
            else:
                self._texts.append(
                    f"  {instruction.opname} {instruction.arg} {instruction.argrepr}"
                )

    def _add_declared(self) -> None:
        try:
            arguments, result = declared_types(self._function)
        except Exception:
            arguments, result = (), None
            self._texts.append(statements_behind(self._module))
        for kind in (*arguments, result):
            text, rooms = _of_type(kind)
            self._texts.append(f"declared {text}")
            self._uses += rooms

    def _add_globals(self) -> None:
        names, attributes = set(), set()
        waiting = [self._function.__code__]
        while waiting:
            code = waiting.pop()
            waiting += [part for part in code.co_consts if isinstance(part, CodeType)]
            for instruction in dis.get_instructions(code):
                if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                    names.add(instruction.argval)
                elif instruction.opcode in dis.hasname:
                    attributes.add(instruction.argval)
        for name in sorted(names):
            if name not in self._function.__globals__:
                self._texts.append(f"{name} is of Python")
                continue
            value = self._function.__globals__[name]
            self._seen.append((self._function.__globals__, name, value))
            if isinstance(value, ModuleType) and is_own(value.__name__):
                for attribute in sorted(attributes & vars(value).keys()):
                    self._seen.append((vars(value), attribute, vars(value)[attribute]))
                    self._add_value(f"{name}.{attribute}", vars(value)[attribute], value.__name__)
            else:
                self._add_value(name, value)

    def _add_values(self, name: str, values: Any) -> None:  # noqa: ANN401
        if isinstance(values, dict):
            for key in sorted(values, key=repr):
                self._add_value(f"{name}[{key!r}]", values[key])
        elif isinstance(values, tuple | list):
            self._texts.append(f"{name}: {type(values).__name__} of {len(values)}")
            for i, value in enumerate(values):
                self._add_value(f"{name}[{i}]", value)

    def _add_value(self, name: str, value: Any, module: str = "") -> None:  # noqa: ANN401
        """Say what a value is that a function uses under a name."""
        kind = type(value)
        if value is None or value is Ellipsis or kind in (bool, int, float, complex, str, bytes):
            self._texts.append(f"{name} = {kind.__name__} {value!r}")
        elif isinstance(value, CodeType):
            self._add_code(value)
        elif isinstance(value, enum.Enum):
            self._texts.append(f"{name} = {value.name} {value.value!r}")
            self._add_class(name, kind)
        elif isinstance(value, np.dtype | np.generic | np.ndarray):
            self._texts.append(f"{name} = {_array_text(value)}")
        elif isinstance(value, Border):
            arguments, result = value.signature()
            types = " ".join(str(part) for part in (*arguments, result))
            self._texts.append(f"{name} is the entry {value.name} {types}")
            self._borders.append(value)
        elif isinstance(value, Dispatcher):
            options = sorted((key, repr(option)) for key, option in value.targetoptions.items())
            self._texts.append(f"{name} is compiled {options} {value.locals}")
            self._uses.append(value.py_func)
        elif isinstance(value, numba.core.types.Type):
            self._texts.append(f"{name} is the type {_of_type(value)}")
        elif isinstance(value, ModuleType):
            version = getattr(sys.modules.get(value.__name__.partition(".")[0]), "__version__", "")
            self._texts.append(f"{name} is the module {value.__name__} {version}")
        elif isinstance(value, FunctionType) and is_own(value.__module__):
            self._texts.append(f"{name} is a function")
            self._uses.append(value)
            self._add_overloads(value)
        elif isinstance(value, type):
            self._add_class(name, value)
        elif kind in (tuple, list, dict):
            self._add_values(name, value)
        else:
            self._add_thing(name, value, module)

    def _add_class(self, name: str, cls: type) -> None:
        fields = getattr(cls, "_fields", None)
        self._texts.append(f"{name} is the class {cls.__module__}.{cls.__qualname__} {fields}")
        self._texts.append(_class_text(cls))
        if issubclass(cls, enum.Enum):
            self._texts.append(repr([(key, one.value) for key, one in cls.__members__.items()]))
        own = cls.__dict__.get("dtype")
        if isinstance(own, np.dtype):
            self._texts.append(_array_text(own))

    def _add_overloads(self, value: Any) -> None:  # noqa: ANN401
        """Say what Numba compiles in place of a function or a thing, and with which options."""
        for template in _overloads(len(builtin_registry.globals)).get(id(value), ()):
            options = sorted(
                (key, repr(one)) for key, one in vars(template).get("_jit_options", {}).items()
            )
            self._texts.append(f"overload {options} {vars(template).get('_inline')}")
            overload = vars(template).get("_overload_func")
            for maker in (template, overload):
                module = getattr(maker, "__module__", "")
                if is_own(module):
                    self._texts.append(statements_behind(module))

    def _add_thing(self, name: str, value: Any, module: str) -> None:  # noqa: ANN401
        """Say of anything else what statements it comes from, if they are ours."""
        kind = type(value)
        origin = getattr(value, "__module__", None) or kind.__module__
        label = getattr(value, "__qualname__", None) or getattr(value, "__name__", "")
        self._texts.append(f"{name} is {kind.__module__}.{kind.__qualname__} {origin}.{label}")
        if is_own(kind.__module__):
            self._texts.append(statements_behind(kind.__module__))
        elif not is_own(origin) and kind in _OF_LIBRARIES:
            return
        place = module or self._module
        self._texts.append(statements_behind(place, (name.rpartition(".")[2],)))
        self._add_overloads(value)
        room = getattr(value, "room", None)
        if room is not None:
            self._uses.append(room)


def _array_text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, np.dtype):
        return f"dtype {value!r} {value.itemsize} {value.alignment}"
    array = np.asarray(value)
    body = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return f"array {array.dtype!r} {array.shape} {array.strides} {body}"
