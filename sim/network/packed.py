"""
The live state and the intents as one array of addresses, for calls into compiled code.

Handing over some forty arrays takes longer than the few events between two SimPy events. One array of their addresses
and shapes is handed over at once, and the arrays made of it carry no reference counters (`sim.engine.borrow`).
"""

from typing import Any

import numpy as np
from numba import carray, njit  # type: ignore[attr-defined]  # it is public, but not typed as such
from numpy.typing import NDArray

from sim.engine.borrow import pointer_to
from sim.engine.recorder import row_dtype
from sim.engine.wheel import NODE, Wheel
from sim.network.data_state import (
    BEARER,
    DATA_CELL,
    DATA_DTYPES,
    DATA_RULES,
    DATA_SOURCE,
    DEVICE,
    FLOW,
    FLOW_ROW,
    MESSAGE,
    MESSAGE_ROW,
    USE,
    Data,
)
from sim.network.fixed_lines import FixedLines
from sim.network.live import LINE, LINK, PLAN, SOURCE, Live, Rules, as_int32
from sim.network.radio_state import (
    PLACE_INFO,
    RADIO_CELL,
    RADIO_DTYPES,
    RADIO_LINK,
    RADIO_RULES,
    RADIO_SITE,
    SERVICE,
    Radio,
)
from sim.network.usage import GROUP
from sim.network.ways import CHOICE, Ways
from sim.tables import ATTEMPTS
from sim.traffic.calls import Intents, Key
from sim.traffic.durations import HoldingLaw

Packed = NDArray[np.int64]
"""Address and three lengths of each array, one after the other."""

_pointer: Any = pointer_to  # Numba gives the intrinsic its first argument itself
_STRIDE = 4
_ROW = row_dtype(ATTEMPTS)
_F8, _I8, _I4, _I2, _U1, _U2 = np.float64, np.int64, np.int32, np.int16, np.uint8, np.uint16

_WHOLE = ("max_", "n_", "fixed_", "video_service")

RULES = np.dtype(
    [
        ("seed", np.int64),
        ("replication", np.int64),
        ("law", np.int64),
        ("a", np.float64),
        ("b", np.float64),
        ("c", np.float64),
        *(
            (name, np.int64 if name.startswith(_WHOLE) else np.float64)
            for name in Rules._fields
            if name not in ("key", "holding")
        ),
    ],
    align=True,
)
"""Parameters of calls as a row: key, law of a conversation, then the other fields of Rules."""


def pack_rules(rules: Rules) -> NDArray[np.void]:
    """
    Return parameters of calls as a row.

    Parameters
    ----------
    rules : Rules
        Parameters.

    Returns
    -------
    (1,) structured ndarray
        Row of RULES.
    """
    rest = (value for name, value in rules._asdict().items() if name not in ("key", "holding"))
    return np.array([(*rules.key, *rules.holding, *rest)], RULES)


def _arrays(
    rules: NDArray[np.void],
    live: Live,
    fixed: FixedLines,
    ways: Ways,
    intents: Intents,
    radio: Radio,
    data: Data,
) -> list[NDArray[Any]]:
    """Return all arrays in the order in which `unpack` takes them."""
    own = [
        live.cursor, live.lines, live.n_calls, live.groups, live.sources, live.first_row,
        live.destination_share, live.held, live.ahead, live.plan, live.record, live.link,
        live.n_intents, live.block, live.scratch,
    ]  # fmt: skip
    return [rules, *own, *live.wheel, *intents, *fixed, *ways, *radio, *data]


def no_addresses() -> Packed:
    """
    Return room for all addresses.

    Returns
    -------
    Packed
        Zeros.
    """
    return np.zeros(_STRIDE * len(_DTYPES), np.int64)


def pack(
    rules: NDArray[np.void],
    live: Live,
    fixed: FixedLines,
    ways: Ways,
    intents: Intents,
    radio: Radio,
    data: Data,
) -> Packed:
    """
    Write the addresses and shapes of all arrays into `live.packed`.

    Parameters
    ----------
    rules : (1,) structured ndarray
        Parameters of calls, as `pack_rules` makes them.
    live : Live
        State; the caller keeps it, and packs anew when an array of it is replaced.
    fixed : FixedLines
        Fixed lines, which the caller keeps.
    ways : Ways
        Ways, which the caller keeps.
    intents : Intents
        Intents of the present window, which the caller keeps.
    radio : Radio
        State of soft capacity, which the caller keeps, and packs anew when an array of it is replaced.
    data : Data
        State of data and messages, likewise.

    Returns
    -------
    Packed
        `live.packed`, which compiled code is handed.

    Raises
    ------
    TypeError
        If an array is not as compiled code takes it.
    """
    packed = live.packed
    arrays = _arrays(rules, live, fixed, ways, intents, radio, data)
    for i, (array, dtype) in enumerate(zip(arrays, _DTYPES, strict=True)):
        if array.dtype != dtype or not array.flags.c_contiguous:
            message = f"array {i}: {array.dtype}, must be contiguous {dtype}"
            raise TypeError(message)
        packed[_STRIDE * i] = array.ctypes.data
        packed[_STRIDE * i + 1 : _STRIDE * i + 1 + array.ndim] = array.shape
    return packed


_DTYPES = (
    RULES,
    # live
    _I8, LINE, _U2, GROUP, SOURCE, _I8, _F8, _I2, _ROW, PLAN, _ROW, LINK, _I8, _ROW, _I2,
    # wheel
    _F8, _I8, _I4, NODE,
    # intents
    _F8, _U1, _I4, _I8,
    # fixed lines
    _I4, _I8, _I4, _U1, _F8,
    # ways
    _I4, _I4, _I4, _I4, CHOICE, _U1, _U1, _U1, _F8, _F8,
    # radio
    *RADIO_DTYPES,
    # data
    *DATA_DTYPES,
)  # fmt: skip
_RADIO = len(_DTYPES) - len(DATA_DTYPES) - len(RADIO_DTYPES)
_DATA = len(_DTYPES) - len(DATA_DTYPES)
_PLACE_OF_LINE = _RADIO + Radio._fields.index("place_of_line")


@njit(cache=True, forceinline=True)
def _one(packed: Packed, i: int, dtype: Any) -> Any:  # noqa: ANN401  its type follows from dtype
    at = _STRIDE * i
    return carray(_pointer(packed[at]), packed[at + 1], dtype)


@njit(cache=True, forceinline=True)
def _two(packed: Packed, i: int, dtype: Any) -> Any:  # noqa: ANN401
    at = _STRIDE * i
    return carray(_pointer(packed[at]), (packed[at + 1], packed[at + 2]), dtype)


@njit(cache=True, forceinline=True)
def _three(packed: Packed, i: int, dtype: Any) -> Any:  # noqa: ANN401
    at = _STRIDE * i
    shape = (packed[at + 1], packed[at + 2], packed[at + 3])
    return carray(_pointer(packed[at]), shape, dtype)


@njit(cache=True, forceinline=True)
def _rules(packed: Packed) -> Rules:
    row = _one(packed, 0, RULES)[0]
    return Rules(
        Key(row.seed, row.replication),
        HoldingLaw(row.law, row.a, row.b, row.c),
        row.p_answer,
        row.ring_mean_s,
        row.timeout_s,
        row.patience_mean_s,
        row.same_province_share,
        row.p_phone_off,
        row.redial_probability,
        row.redial_delay_mean_s,
        row.max_redials,
        row.scale,
        row.window_s,
        row.n_cells,
        row.n_networks,
        row.fixed_node,
        row.toll_share,
        row.mobile_share,
        row.p_fixed_busy,
        row.n_services,
        row.video_share,
        row.video_service,
        row.n_spare_events,
    )


@njit(cache=True, forceinline=True)
def ways_of(live: Live) -> Ways:
    """
    Return the ways over trunk groups.

    Parameters
    ----------
    live : Live
        State.

    Returns
    -------
    Ways
        Ways.
    """
    packed = live.packed
    return Ways(
        _one(packed, 29, _I4),
        _one(packed, 30, _I4),
        _two(packed, 31, _I4),
        _one(packed, 32, _I4),
        _one(packed, 33, CHOICE),
        _one(packed, 34, _U1),
        _two(packed, 35, _U1),
        _two(packed, 36, _U1),
        _two(packed, 37, _F8),
        _two(packed, 38, _F8),
    )


@njit(cache=True, forceinline=True)
def fixed_lines_of(live: Live) -> FixedLines:
    """
    Return the fixed lines.

    Parameters
    ----------
    live : Live
        State.

    Returns
    -------
    FixedLines
        Fixed lines.
    """
    packed = live.packed
    return FixedLines(
        _one(packed, 24, _I4),
        _one(packed, 25, _I8),
        _one(packed, 26, _I4),
        _one(packed, 27, _U1),
        _one(packed, 28, _F8),
    )


@njit(cache=True, forceinline=True)
def unpack(packed: Packed) -> Live:
    """
    Return the state, as compiled code works on it.

    Parameters
    ----------
    packed : Packed
        Addresses and shapes.

    Returns
    -------
    Live
        The same arrays without reference counters.
    """
    wheel = Wheel(
        _one(packed, 16, _F8), _one(packed, 17, _I8), _one(packed, 18, _I4), _one(packed, 19, NODE)
    )
    return Live(
        _rules(packed),
        _one(packed, 1, _I8),
        _one(packed, 2, LINE),
        _one(packed, 3, _U2),
        _one(packed, 4, GROUP),
        _one(packed, 5, SOURCE),
        _two(packed, 6, _I8),
        _two(packed, 7, _F8),
        packed,
        _one(packed, 15, _I2),
        _two(packed, 8, _I2),
        _one(packed, 9, _ROW),
        _one(packed, 10, PLAN),
        _one(packed, 11, _ROW),
        _one(packed, 12, LINK),
        _three(packed, 13, _I8),
        wheel,
        _one(packed, 14, _ROW),
    )


@njit(cache=True, forceinline=True)
def unpack_intents(packed: Packed) -> Intents:
    """
    Return the intents, as compiled code works on them.

    Parameters
    ----------
    packed : Packed
        Addresses and shapes.

    Returns
    -------
    Intents
        The same arrays without reference counters.
    """
    return Intents(
        _one(packed, 20, _F8), _one(packed, 21, _U1), _one(packed, 22, _I4), _one(packed, 23, _I8)
    )


@njit(cache=True, forceinline=True)
def radio_of(packed: Packed) -> Radio:
    """
    Return the state of soft capacity, as compiled code works on it.

    Parameters
    ----------
    packed : Packed
        Addresses and shapes.

    Returns
    -------
    Radio
        The same arrays without reference counters.
    """
    return Radio(
        _one(packed, _RADIO + 0, RADIO_RULES),
        _one(packed, _RADIO + 1, SERVICE),
        _one(packed, _RADIO + 2, RADIO_CELL),
        _one(packed, _RADIO + 3, RADIO_SITE),
        _one(packed, _RADIO + 4, _F8),
        _one(packed, _RADIO + 5, _F8),
        _one(packed, _RADIO + 6, _F8),
        _one(packed, _RADIO + 7, _F8),
        _one(packed, _RADIO + 8, _F8),
        _one(packed, _RADIO + 9, _U1),
        _one(packed, _RADIO + 10, _U1),
        _one(packed, _RADIO + 11, _U1),
        _one(packed, _RADIO + 12, _F8),
        _one(packed, _RADIO + 13, _F8),
        _one(packed, _RADIO + 14, _I4),
        _one(packed, _RADIO + 15, _I4),
        _one(packed, _RADIO + 16, _I8),
        _one(packed, _RADIO + 17, _I8),
        _one(packed, _RADIO + 18, PLACE_INFO),
        _two(packed, _RADIO + 19, _I4),
        _two(packed, _RADIO + 20, _F8),
        _two(packed, _RADIO + 21, _F8),
        _two(packed, _RADIO + 22, _I4),
        _two(packed, _RADIO + 23, _I4),
        _one(packed, _RADIO + 24, RADIO_LINK),
        _two(packed, _RADIO + 25, _I8),
        _two(packed, _RADIO + 26, _I8),
        _two(packed, _RADIO + 27, _F8),
        _one(packed, _RADIO + 28, _I8),
        _one(packed, _RADIO + 29, _I4),
        _one(packed, _RADIO + 30, _I4),
        _one(packed, _RADIO + 31, _I4),
        _one(packed, _RADIO + 32, _I4),
        _one(packed, _RADIO + 33, _I4),
        _one(packed, _RADIO + 34, _I4),
        _two(packed, _RADIO + 35, _I4),
        _two(packed, _RADIO + 36, _I2),
        _one(packed, _RADIO + 37, _U1),
        _one(packed, _RADIO + 38, _I4),
        _one(packed, _RADIO + 39, _I8),
    )


@njit(cache=True, forceinline=True)
def data_of(packed: Packed) -> Data:
    """
    Return the state of data and messages, as compiled code works on it.

    Parameters
    ----------
    packed : Packed
        Addresses and shapes.

    Returns
    -------
    Data
        The same arrays without reference counters.
    """
    return Data(
        _one(packed, _DATA + 0, DATA_RULES),
        _one(packed, _DATA + 1, USE),
        _one(packed, _DATA + 2, DATA_SOURCE),
        _one(packed, _DATA + 3, DEVICE),
        _one(packed, _DATA + 4, BEARER),
        _three(packed, _DATA + 5, _F8),
        _one(packed, _DATA + 6, _F8),
        _two(packed, _DATA + 7, _F8),
        _two(packed, _DATA + 8, _I8),
        _two(packed, _DATA + 9, _I8),
        _two(packed, _DATA + 10, _I8),
        _one(packed, _DATA + 11, _I8),
        _one(packed, _DATA + 12, _F8),
        _one(packed, _DATA + 13, _F8),
        _one(packed, _DATA + 14, _F8),
        _one(packed, _DATA + 15, DATA_CELL),
        _one(packed, _DATA + 16, FLOW),
        _one(packed, _DATA + 17, FLOW_ROW),
        _one(packed, _DATA + 18, _I4),
        _one(packed, _DATA + 19, FLOW_ROW),
        _one(packed, _DATA + 20, MESSAGE),
        _one(packed, _DATA + 21, MESSAGE_ROW),
        _one(packed, _DATA + 22, MESSAGE_ROW),
    )


@njit(cache=True, forceinline=True)
def place_of(live: Live, row: int) -> int:
    """
    Return the place of a line for the radio.

    Parameters
    ----------
    live : Live
        State.
    row : int
        Row of the line.

    Returns
    -------
    int
        Place, -1 where cells have channels.
    """
    if live.rules.n_services == 0 or row < 0:
        return as_int32(-1)
    return _one(live.packed, _PLACE_OF_LINE, _I4)[row]
