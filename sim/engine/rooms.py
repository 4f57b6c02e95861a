"""
Rooms of live state: declared once; types, zeros, growth, addresses, compiled views and memory follow.

A subject declares its rows and its arrays as annotated classes. A `Layout` lists the rooms; a `State` holds their
arrays, and one array with the address of each, whose own address is all that compiled code is handed. The arrays that
compiled code makes of the addresses carry no reference counters: they are valid while the state keeps them.
"""

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple, TypeVar, get_type_hints

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils as untyped_cgutils
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_global
from numba.extending import (
    infer_getattr,
    lower_builtin,
    lower_getattr_generic,
    models,
    register_model,
)
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

from sim.compilation.kernels import IS_PLAIN, kernel
from sim.engine.recorder import row_dtype
from sim.tables import Table

F8, I8, I4, I2, I1, U1, U2, U4, U8 = (
    np.dtype(code) for code in ("f8", "i8", "i4", "i2", "i1", "u1", "u2", "u4", "u8")
)
"""Types of fields: floats, whole numbers, whole numbers from 0, and their bytes."""

_STRIDE = 4  # address and at most three lengths
_HEAD = 2  # numbers at the head of a pool (free places, those to be kept) and of a queue (from, to)
_cgutils: Any = untyped_cgutils
_Room = TypeVar("_Room", bound=Any)


class _Axes(NamedTuple):
    """An array of a room: type, names of its axes, value of new places, and whether the first axis grows."""

    dtype: Any
    names: tuple[str, ...]
    fill: float
    grows: bool
    kind: str
    n_spare: int = 1
    table: Table | None = None


class Log(NamedTuple):
    """Rows that compiled code writes for a recorder."""

    rows: NDArray[np.void]  # room for rows
    n: NDArray[np.int64]  # (1,) rows written


class _Given(NamedTuple):
    """A parameter that a scenario gives."""

    path: str
    convert: Callable[[Any], Any]


def given(path: str, convert: Callable[[Any], Any] = lambda value: value) -> Any:
    """
    Say of a field which key of the scenario gives it.

    Parameters
    ----------
    path : str
        Path of attributes, such as `radio.hsdpa.max_flows`.
    convert : callable, optional
        What is done with the value.

    Returns
    -------
    Any
        Default of the field, for `row`.
    """
    return _Given(path, convert)


def array(row: Any, *axes: str, fill: float = 0, grows: bool = False) -> Any:
    """
    Declare an array of a room.

    Parameters
    ----------
    row : type or dtype
        Type of its places: a class made by `row`, or a NumPy type.
    *axes : str
        Names of one to three axes.
    fill : float, optional
        Value of new places; those of a row have its defaults.
    grows : bool, optional
        Whether its first axis is grown when a pool of that axis is empty.

    Returns
    -------
    Any
        Annotation of a field.
    """
    return Annotated[NDArray[Any], _Axes(row, axes, fill, grows, "array")]


def pool(axis: str, n_spare: int = 1) -> Any:
    """
    Declare which places of an axis that grows are free.

    Parameters
    ----------
    axis : str
        Name of the axis.
    n_spare : int, optional
        Free places that there must be before any event: as many as an event may take.

    Returns
    -------
    Any
        Annotation of a field, for `take_place` and `give_place`.
    """
    return Annotated[NDArray[np.int32], _Axes(I4, (axis,), 0, True, "pool", n_spare)]


def queue(axis: str) -> Any:
    """
    Declare a queue of places of an axis that grows; it is emptied before it is filled again.

    Parameters
    ----------
    axis : str
        Name of the axis.

    Returns
    -------
    Any
        Annotation of a field, for `put_last`, `is_waiting` and `take_first`.
    """
    return Annotated[NDArray[np.int32], _Axes(I4, (axis,), 0, True, "queue")]


def log(table: Table) -> Any:
    """
    Declare rows that go to a recorder.

    Parameters
    ----------
    table : Table
        Table without columns of text.

    Returns
    -------
    Any
        Annotation of a field that holds a `Log`.
    """
    return Annotated[Log, _Axes(row_dtype(table), ("row",), 0, False, "log", table=table)]


def row(cls: _Room) -> _Room:
    """
    Make a row of a class of annotated fields.

    Parameters
    ----------
    cls : type
        Class whose annotations are NumPy types or rows, and whose values are defaults.

    Returns
    -------
    type
        The class, with `dtype`, `new(n)` for n rows of defaults, and `of(scenario, **values)` for a single row of
        what a scenario gives and of other values.
    """
    hints = get_type_hints(cls)
    cls.dtype = np.dtype([(name, _dtype(kind)) for name, kind in hints.items()], align=True)
    defaults = {name: getattr(cls, name) for name in hints if hasattr(cls, name)}
    nested = {
        name: kind
        for name, kind in hints.items()
        if hasattr(kind, "dtype") and hasattr(kind, "new")
    }

    def _new(n: int) -> NDArray[np.void]:
        rows = np.zeros(n, cls.dtype)
        for name, kind in nested.items():
            rows[name] = kind.new(1)[0]
        for name, value in defaults.items():
            if not isinstance(value, _Given):
                rows[name] = value
        return rows

    def _of(scenario: Any, **values: Any) -> NDArray[np.void]:
        rows = _new(1)
        for name, value in defaults.items():
            if isinstance(value, _Given):
                found = scenario
                for part in value.path.split("."):
                    found = getattr(found, part)
                rows[name] = value.convert(found)
        for name, value in values.items():
            rows[name] = value
        return rows

    cls.new, cls.of = staticmethod(_new), staticmethod(_of)
    return cls


def _dtype(kind: Any) -> np.dtype[Any]:
    return np.dtype(getattr(kind, "dtype", kind) if not isinstance(kind, np.dtype) else kind)


@row
class Integral:
    """A quantity over time, and its integral over the measured window."""

    value: F8  # present value
    last_s: F8 = -math.inf  # when it was last accounted
    sum_s: F8  # integral over the window, times seconds


def arrays_of(room: Any) -> dict[str, _Axes]:
    """
    Return what a room declares.

    Parameters
    ----------
    room : type
        NamedTuple of annotated arrays.

    Returns
    -------
    dict of str to tuple
        Type, axes, value of new places, growth and kind of each array.
    """
    if room not in _declared:
        hints = get_type_hints(room, include_extras=True)
        _declared[room] = {name: hints[name].__metadata__[0] for name in room._fields}
    return _declared[room]


_declared: dict[Any, dict[str, _Axes]] = {}


def _zeros(spec: _Axes, shape: tuple[int, ...]) -> Any:
    if spec.kind in ("pool", "queue"):
        return _places(spec, np.zeros(0, np.int32), shape[0])
    if spec.kind == "log":
        return Log(np.zeros(shape[0], spec.dtype), np.zeros(1, np.int64))
    if hasattr(spec.dtype, "new"):
        return spec.dtype.new(int(np.prod(shape))).reshape(shape)
    return np.full(shape, spec.fill, spec.dtype)


def _places(spec: _Axes, kept: NDArray[np.int32], n: int) -> NDArray[np.int32]:
    """Return a pool or a queue of n places: those that are free, or wait, stay; of a pool the new ones are free."""
    old = max(0, len(kept) - _HEAD)
    places = np.zeros(_HEAD + n, np.int32)
    places[: len(kept)] = kept
    if spec.kind == "pool":
        n_free = int(places[0])
        # The last is the next to be taken: the new ones come behind those that are free, in their order.
        places[_HEAD + n - old : _HEAD + n - old + n_free] = places[_HEAD : _HEAD + n_free].copy()
        places[_HEAD : _HEAD + n - old] = np.arange(n - 1, old - 1, -1)
        places[:_HEAD] = n - old + n_free, kept[1] if len(kept) else spec.n_spare
    return places


def make_room(room: Any, lengths: Mapping[str, int], **arrays: Any) -> Any:
    """
    Return a room: arrays that are given, and others of new places.

    Parameters
    ----------
    room : type
        NamedTuple of annotated arrays.
    lengths : mapping of str to int
        Length of each axis; 0 for one that is not named.
    **arrays : Any
        Arrays by field.

    Returns
    -------
    Any
        Room.
    """
    values = {}
    for name, spec in arrays_of(room).items():
        shape = tuple(lengths.get(axis, 0) for axis in spec.names)
        values[name] = arrays[name] if name in arrays else _zeros(spec, shape)
    return room(**values)


def grow_axis(value: _Room, axis: str) -> _Room:
    """Return a room with twice the places along an axis that grows."""
    more = {}
    for name, spec in arrays_of(type(value)).items():
        if spec.names[:1] != (axis,) or not spec.grows:
            continue
        present = getattr(value, name)
        if spec.kind in ("pool", "queue"):
            grown = _places(spec, present, 2 * (len(present) - _HEAD))
        else:
            grown = np.concatenate([present, _zeros(spec, present.shape)])
        more[name] = grown
    return value._replace(**more)


def room_bytes(room: Any, lengths: Mapping[str, int]) -> int:
    """Return how much memory a room takes."""
    return sum(
        _dtype(spec.dtype).itemsize * math.prod(lengths.get(axis, 0) for axis in spec.names)
        for spec in arrays_of(room).values()
    )


class Layout:
    """
    Where each room stands in the array of addresses.

    Parameters
    ----------
    *rooms : type
        NamedTuples of annotated arrays; a room belongs to one layout.
    """

    def __init__(self, *rooms: Any) -> None:
        self.rooms = rooms
        for number, room in enumerate(rooms):
            room.number = number


_plain: dict[int, "State"] = {}


class State:
    """
    The live state of all rooms of a layout.

    Parameters
    ----------
    layout : Layout
        Layout.
    *values : room
        Rooms; those that are missing are put in before compiled code is called.

    Attributes
    ----------
    address : int
        What compiled code is handed; the same for as long as the state lives.
    """

    def __init__(self, layout: Layout, *values: Any) -> None:
        self._rooms: dict[Any, Any] = {}
        self._parts: dict[Any, NDArray[np.int64]] = {}
        self._table = np.zeros(len(layout.rooms), np.int64)
        self.address = self._table.ctypes.data
        self._layout = layout
        for value in values:
            self.put(value)
        if IS_PLAIN:
            _plain[self.address] = self

    def check(self) -> None:
        """
        Refuse to go on where a room is missing.

        Raises
        ------
        TypeError
            If one is.
        """
        missing = [room.__name__ for room in self._layout.rooms if room not in self._rooms]
        if missing:
            message = f"the state lacks {', '.join(missing)}"
            raise TypeError(message)

    def __getitem__(self, room: Any) -> Any:
        """Return the present arrays of a room."""
        return self._rooms[room]

    def put(self, value: Any) -> None:
        """
        Put a room in place of the present one.

        Parameters
        ----------
        value : room
            Its arrays, which the state keeps.

        Raises
        ------
        TypeError
            If an array is not as declared.
        """
        room = type(value)
        addresses = []
        for name, spec in arrays_of(room).items():
            parts = getattr(value, name) if spec.kind == "log" else (getattr(value, name),)
            for part, dtype in zip(parts, (_dtype(spec.dtype), I8), strict=False):
                if (
                    part.dtype != dtype
                    or part.ndim != len(spec.names)
                    or not part.flags.c_contiguous
                ):
                    message = (
                        f"{room.__name__}.{name}: {part.dtype} with {part.ndim} axes; must be "
                        f"contiguous {dtype} with axes {spec.names}"
                    )
                    raise TypeError(message)
                addresses += [part.ctypes.data, *part.shape, *(0,) * (_STRIDE - 1 - part.ndim)]
        self._rooms[room] = value
        self._parts[room] = np.array(addresses, np.int64)
        self._table[room.number] = self._parts[room].ctypes.data

    def grow(self, room: Any, axis: str) -> None:
        """
        Double an axis of a room.

        Parameters
        ----------
        room : type
            Room.
        axis : str
            Name of an axis that grows.
        """
        self.put(grow_axis(self._rooms[room], axis))


class _RoomType(types.Type):
    """The compiled type of a room: the address of the state, and which room of it is meant."""

    def __init__(self, room: Any) -> None:
        self.room = room
        self.places: dict[str, tuple[int, Any]] = {}
        n = 0
        for name, spec in arrays_of(room).items():
            own: Any = types.Array(from_dtype(_dtype(spec.dtype)), len(spec.names), "C")
            if spec.kind == "log":
                own = types.NamedTuple((own, types.Array(types.int64, 1, "C")), Log)
            self.places[name] = n, own
            n += 2 if spec.kind == "log" else 1
        super().__init__(f"room({room.__name__})")


@register_model(_RoomType)
class _RoomModel(models.PrimitiveModel):
    def __init__(self, manager: Any, room_type: Any) -> None:
        super().__init__(manager, room_type, ir.IntType(64))  # type: ignore[no-untyped-call]


@infer_getattr
class _RoomAttributes(AttributeTemplate):
    key = _RoomType

    def generic_resolve(self, room_type: Any, name: str) -> Any:  # type: ignore[override]
        return room_type.places[name][1] if name in room_type.places else None


@lower_getattr_generic(_RoomType)
def _get_array(context: Any, builder: Any, room_type: Any, address: Any, name: str) -> Any:
    place, array_type = room_type.places[name]
    block = _load(builder, address, room_type.room.number)
    if isinstance(array_type, types.NamedTuple):
        parts = [
            _make_array(context, builder, part, block, place + k)
            for k, part in enumerate(array_type.types)
        ]
        return context.make_tuple(builder, array_type, parts)
    return _make_array(context, builder, array_type, block, place)


def _load(builder: Any, address: Any, index: int) -> Any:
    """Load a number of a table that does not change while compiled code runs."""
    word = ir.IntType(64)
    table = builder.inttoptr(address, word.as_pointer())
    value = builder.load(builder.gep(table, [word(index)]))
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


def _make_array(context: Any, builder: Any, array_type: Any, block: Any, place: int) -> Any:
    own = context.make_array(array_type)(context, builder)
    word = ir.IntType(64)
    data = _load(builder, block, _STRIDE * place)
    shape = [_load(builder, block, _STRIDE * place + 1 + k) for k in range(array_type.ndim)]
    itemsize = word(context.get_abi_sizeof(context.get_data_type(array_type.dtype)))
    strides: list[Any] = []
    stride, n = itemsize, word(1)
    for length in reversed(shape):
        strides.insert(0, stride)
        stride, n = builder.mul(stride, length), builder.mul(n, length)
    own.data = builder.inttoptr(data, own.data.type)
    own.shape = _cgutils.pack_array(builder, shape)
    own.strides = _cgutils.pack_array(builder, strides)
    own.itemsize, own.nitems = itemsize, n
    own.meminfo = own.meminfo.type(None)
    own.parent = own.parent.type(None)
    return own._getvalue()


class _PlainRow(np.record):  # type: ignore[misc]  # it may be subclassed
    """A row as compiled code sees it."""

    def __getattribute__(self, name: str) -> Any:
        # A field comes before NumPy's own attributes, such as `diagonal`.
        place = np.void.__getattribute__(self, "dtype").fields.get(name)
        if place is not None:
            return _as_seen(np.void.getfield(self, *place[:2]))
        return super().__getattribute__(name)


class _PlainArray(np.ndarray[Any, Any]):
    """An array as compiled code sees it."""

    def __getitem__(self, key: Any) -> Any:
        return _as_seen(super().__getitem__(key))


def _as_seen(value: Any) -> Any:
    """Return what compiled code sees: rows whose fields are attributes, and numbers that do not overflow."""
    if isinstance(value, np.void):
        return value.view(np.dtype((_PlainRow, value.dtype)))
    if isinstance(value, np.ndarray):
        return value.view(_PlainArray)
    return value.item() if isinstance(value, np.generic) else value


def _as_plain(value: Any) -> Any:
    if isinstance(value, Log):
        return Log(_as_plain(value.rows), _as_plain(value.n))
    return value.view(_PlainArray)


class _View:
    """A function of compiled code: the address of a state, to a room of it."""

    def __init__(self, room: Any) -> None:
        self.room = room
        room.numba_type = _RoomType(room)

        class _Template(AbstractTemplate):
            key = self

            def generic(self, arguments: Any, keywords: Any) -> Any:  # noqa: ARG002
                return room.numba_type(types.int64)

        infer_global(self, types.Function(_Template))
        lower_builtin(self, types.int64)(_same_address)


def _same_address(_context: Any, _builder: Any, _signature: Any, arguments: Any) -> Any:
    return arguments[0]


def view(room: Any) -> Any:
    """
    Return how compiled code gets a room of a state.

    Parameters
    ----------
    room : type
        NamedTuple of annotated arrays, which a layout lists.

    Returns
    -------
    callable
        Function of compiled code from the address of a state to its room.
    """

    def _view(address: int) -> Any:
        own = _plain[address][room]
        return room(*(_as_plain(value) for value in own))

    room.view = _view if IS_PLAIN else _View(room)
    return room.view


@kernel(inline=True)
def take_place(places: NDArray[np.int32]) -> int:
    """
    Take a free place of a pool, which must have one.

    Parameters
    ----------
    places : (place,) ndarray of int32
        Pool; changed.

    Returns
    -------
    int
        Place.
    """
    places[0] -= 1
    return places[_HEAD + places[0]]


@kernel(inline=True)
def give_place(places: NDArray[np.int32], place: int) -> None:
    """
    Give a place back to its pool, as the next to be taken.

    Parameters
    ----------
    places : (place,) ndarray of int32
        Pool; changed.
    place : int
        Place.
    """
    places[_HEAD + places[0]] = place
    places[0] += 1


@kernel(inline=True)
def n_free_places(places: NDArray[np.int32]) -> int:
    """Return how many places of a pool are free."""
    return places[0]


@kernel(inline=True)
def has_places(places: NDArray[np.int32]) -> bool:
    """Say whether a pool has as many free places as an event may take."""
    return places[0] >= places[1]


@kernel(inline=True)
def has_rows(rows: Log) -> bool:
    """Say whether a log has room for a row."""
    return rows.n[0] < len(rows.rows)


@kernel(inline=True)
def put_last(waiting: NDArray[np.int32], place: int) -> None:
    """
    Put a place at the end of a queue.

    Parameters
    ----------
    waiting : (place,) ndarray of int32
        Queue; changed.
    place : int
        Place.
    """
    waiting[_HEAD + waiting[1]] = place
    waiting[1] += 1


@kernel(inline=True)
def is_waiting(waiting: NDArray[np.int32]) -> bool:
    """Say whether anything is in a queue."""
    return waiting[0] < waiting[1]


@kernel(inline=True)
def take_first(waiting: NDArray[np.int32]) -> int:
    """
    Take the first place out of a queue that is not empty.

    Parameters
    ----------
    waiting : (place,) ndarray of int32
        Queue; changed.

    Returns
    -------
    int
        Place.
    """
    place = waiting[_HEAD + waiting[0]]
    waiting[0] += 1
    if waiting[0] == waiting[1]:
        waiting[0] = 0
        waiting[1] = 0
    return place


@kernel(inline=True)
def next_row(rows: Log) -> Any:
    """Return the next row of a log, which must have room for it."""
    i = rows.n[0]
    rows.n[0] = i + 1
    return rows.rows[i]


@kernel(inline=True)
def account(quantity: Any, time_s: float, window_s: float) -> None:
    """
    Add to an integral what its quantity was from the last time to now, as far as that lies in the window.

    Parameters
    ----------
    quantity : Integral
        Row; changed.
    time_s : float
        Now. [s]
    window_s : float
        Length of the measured window, which begins at 0. [s]
    """
    length_s = min(time_s, window_s) - max(quantity.last_s, 0.0)
    if length_s > 0.0:
        quantity.sum_s += quantity.value * length_s
    quantity.last_s = time_s


@kernel(inline=True)
def change(quantity: Any, by: float, time_s: float, window_s: float) -> None:
    """
    Account for a quantity up to now, and let it be more or less from now on.

    Parameters
    ----------
    quantity : Integral
        Row; changed.
    by : float
        How much more.
    time_s : float
        Now. [s]
    window_s : float
        Length of the measured window, which begins at 0. [s]
    """
    account(quantity, time_s, window_s)
    quantity.value += by


def make_room_check(layout: Layout) -> Any:
    """
    Return a kernel that says whether there is room for whatever an event may add.

    Parameters
    ----------
    layout : Layout
        Rooms with pools and logs.

    Returns
    -------
    callable
        Kernel from the address of a state to a truth value.
    """
    names: dict[str, Any] = {"__name__": __name__, "has_places": has_places, "has_rows": has_rows}
    checks = []
    for number, room in enumerate(layout.rooms):
        names[f"view_{number}"] = room.view
        for name, spec in arrays_of(room).items():
            if spec.kind in ("pool", "log"):
                check = "has_places" if spec.kind == "pool" else "has_rows"
                checks.append(f"{check}(view_{number}(state).{name})")
    source = (
        "def has_room(state: int) -> bool:\n    return (" + "\n        and ".join(checks) + ")\n"
    )
    exec(source, names)
    function = names["has_room"]
    return kernel(function)
