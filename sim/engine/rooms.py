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
from numpy.typing import NDArray

from sim.compilation.kernels import IS_PLAIN
from sim.engine.recorder import row_dtype
from sim.tables import Table

F8, I8, I4, I2, I1, U1, U2, U4, U8 = (
    np.dtype(code) for code in ("f8", "i8", "i4", "i2", "i1", "u1", "u2", "u4", "u8")
)
"""Types of fields: floats, whole numbers, whole numbers from 0, and their bytes."""

STRIDE = 4
"""Numbers that compiled code is told of an array: its address and at most three lengths."""

HEAD = 2
"""Numbers at the head of a pool (free places, those to be kept) and of a queue (from, to)."""

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
    cls.dtype = np.dtype([(name, dtype_of(kind)) for name, kind in hints.items()], align=True)
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


def dtype_of(kind: Any) -> np.dtype[Any]:
    """Return the type of a row, or of a number."""
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
    old = max(0, len(kept) - HEAD)
    places = np.zeros(HEAD + n, np.int32)
    places[: len(kept)] = kept
    if spec.kind == "pool":
        n_free = int(places[0])
        # The last is the next to be taken: the new ones come behind those that are free, in their order.
        places[HEAD + n - old : HEAD + n - old + n_free] = places[HEAD : HEAD + n_free].copy()
        places[HEAD : HEAD + n - old] = np.arange(n - 1, old - 1, -1)
        places[:HEAD] = n - old + n_free, kept[1] if len(kept) else spec.n_spare
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
            grown = _places(spec, present, 2 * (len(present) - HEAD))
        else:
            grown = np.concatenate([present, _zeros(spec, present.shape)])
        more[name] = grown
    return value._replace(**more)


def room_bytes(room: Any, lengths: Mapping[str, int]) -> int:
    """
    Return how much memory a room takes.

    Parameters
    ----------
    room : type
        Room.
    lengths : mapping
        Length of each axis; 0 of those that it does not name.

    Returns
    -------
    int
        Memory. [B]
    """
    return sum(
        dtype_of(spec.dtype).itemsize * math.prod(lengths.get(axis, 0) for axis in spec.names)
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


PLAIN_STATES: dict[int, "State"] = {}
"""States by their addresses, for code that is not compiled."""


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
            PLAIN_STATES[self.address] = self

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
            for part, dtype in zip(parts, (dtype_of(spec.dtype), I8), strict=False):
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
                addresses += [part.ctypes.data, *part.shape, *(0,) * (STRIDE - 1 - part.ndim)]
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
