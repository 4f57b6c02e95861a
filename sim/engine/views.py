"""Views: how compiled code, or the same code in plain Python, sees a room of a state."""

from typing import Any

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

from sim.compilation.kernels import IS_PLAIN
from sim.engine.rooms import PLAIN_STATES, STRIDE, Log, arrays_of, dtype_of

_cgutils: Any = untyped_cgutils


class _RoomType(types.Type):
    """The compiled type of a room: the address of the state, and which room of it is meant."""

    def __init__(self, room: Any) -> None:
        self.room = room
        self.places: dict[str, tuple[int, Any]] = {}
        n = 0
        for name, spec in arrays_of(room).items():
            own: Any = types.Array(from_dtype(dtype_of(spec.dtype)), len(spec.names), "C")
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
    data = _load(builder, block, STRIDE * place)
    shape = [_load(builder, block, STRIDE * place + 1 + k) for k in range(array_type.ndim)]
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
        own = PLAIN_STATES[address][room]
        return room(*(_as_plain(value) for value in own))

    room.view = _view if IS_PLAIN else _View(room)
    return room.view
