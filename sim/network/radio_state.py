"""Live state of soft capacity: what phones in progress ask of each cell, in arrays for compiled code."""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

UNIT = 2.0**-44
"""Coefficients are kept as whole multiples of this: their sums do not depend on the order of adding and taking away."""

_MOST = 1024.0  # no coefficient is larger, so that the sum of 500 still fits

MAX_LEGS = 3
"""Legs of a phone at most."""

RADIO_RULES = np.dtype(
    [
        ("phone_noise_w", np.float64),
        ("phone_max_w", np.float64),
        ("min_ec_io", np.float64),
        ("orthogonality", np.float64),
        ("link_to_pilot", np.float64),
        ("reserved_share", np.float64),
        ("update_s", np.float64),
        ("sample_s", np.float64),
        ("origin_s", np.float64),
        ("window_s", np.float64),
        ("tolerance", np.float64),
        ("downlink_leak", np.float64),
        ("max_gain", np.float64),
        ("code_capacity", np.int64),
        ("is_repacking", np.int64),
        ("is_coupled", np.int64),
    ],
    align=True,
)
"""Parameters of the radio: noise and greatest power of a phone [W]; least Ec/I0; orthogonality; greatest power of a
link over the pilot; share of a cell's power that calls may not use; times between updates and between looks at the
coverage, begin of the run and length of the window [s]; relative tolerance of powers; 1 / ACIR of the downlink;
1 / minimum coupling loss; codes of a cell; whether codes are repacked; whether networks hear each
other."""

SERVICE = np.dtype(
    [
        ("load", np.float64),
        ("uplink_activity", np.float64),
        ("need", np.float64),
        ("downlink_activity", np.float64),
        ("n_codes", np.int64),
        ("n_elements", np.int64),
    ],
    align=True,
)
"""A service: l of the uplink and v; g of the downlink and v; codes of spreading factor 128; channel elements."""

RADIO_CELL = np.dtype(
    [
        ("noise_w", np.float64),
        ("limit_w", np.float64),
        ("cap_w", np.float64),
        ("pilot_w", np.float64),
        ("common_w", np.float64),
        ("most_w", np.float64),
        ("need", np.int64),
        ("diagonal", np.int32),
        ("site_idx", np.int32),
        ("n_codes_busy", np.int32),
        ("n_further_legs", np.int32),
        ("first_link", np.int32),
        ("least_tolerance_w", np.float64),
        ("leaves_low", np.uint64),
        ("leaves_high", np.uint64),
        ("last_s", np.float64),
        ("code_s", np.float64),
        ("further_leg_s", np.float64),
        ("rise_db_s", np.float64),
        ("rise_max_db", np.float64),
        ("power_w_s", np.float64),
        ("power_max_w", np.float64),
        ("n_no_coverage", np.int64),
        ("n_blocked_uplink", np.int64),
        ("n_blocked_downlink", np.int64),
        ("n_blocked_code", np.int64),
        ("n_fragmented", np.int64),
        ("n_blocked_channel_element", np.int64),
        ("n_shed_phone_power", np.int64),
        ("n_shed_uplink", np.int64),
        ("n_shed_downlink", np.int64),
    ],
    align=True,
)
"""A cell: noise, greatest interference with which it admits, and cap; pilot, common and greatest power [W]; constant
part of its phones' need in UNITs of a watt; place of its own coefficient; site; codes in use; legs beyond the first;
first link of those that it serves; a bound below their tolerances [W]; leaves of the code tree in use; then when codes
or legs last changed [s], integrals and greatest values over the window, and counts."""

RADIO_SITE = np.dtype(
    [
        ("n_elements", np.int32),
        ("n_busy", np.int32),
        ("last_s", np.float64),
        ("busy_s", np.float64),
    ],
    align=True,
)
"""A site: channel elements, those in use, when their number last changed [s], integral over the window [s]."""

PLACE_INFO = np.dtype([("n_heard", np.uint8), ("n_tried", np.uint8)])
"""A place: cells that it hears; legs that are looked at, 0 where none serves."""

RADIO_LINK = np.dtype(
    [
        ("tolerance_w", np.float64),
        ("place", np.int32),
        ("before", np.int32),
        ("after", np.int32),
        ("service", np.uint8),
        ("n_legs", np.uint8),
        ("rank", np.uint8, (MAX_LEGS,)),
        ("leaf", np.uint8, (MAX_LEGS,)),
    ],
    align=True,
)
"""A phone's link: greatest interference of its first cell that its power allows [W]; place; chain of the links of its
first cell; service; legs, 0 where it has none; ranks of their cells; first leaf of each leg's code."""


class Radio(NamedTuple):
    """
    State of soft capacity.

    Attributes
    ----------
    rules : (1,) structured ndarray
        Parameters, fields as in RADIO_RULES.
    services : (service,) structured ndarray
        Services, fields as in SERVICE.
    cells : (cell,) structured ndarray
        Cells, fields as in RADIO_CELL.
    sites : (site,) structured ndarray
        Sites, fields as in RADIO_SITE.
    interference_w : (cell,) ndarray of float64
        Interference and noise of the last solution. [W]
    power_w : (cell,) ndarray of float64
        Downlink power of the last solution. [W]
    elsewhere_w : (cell,) ndarray of float64
        Noise and interference from other cells' phones, as of the last solution elsewhere. [W]
    asked_w : (cell,) ndarray of float64
        Common power and what the cell's phones need but for its own part, likewise. [W]
    present_w : (cell,) ndarray of float64
        Present downlink power. [W]
    is_full : (cell,) ndarray of uint8
        Whether the cell sends all its power, since a flow over HSDPA is served.
    is_due_up, is_due_down : (cell,) ndarray of uint8
        Whether the cell has to be worked at the next solution.
    told_up_w, told_down_w : (cell,) ndarray of float64
        What the cells of its neighbourhood know of it. [W]
    first : (cell + 1,) ndarray of int32
        Where the coefficients of each cell begin.
    other : (coefficient,) ndarray of int32
        The other cell of each.
    uplink, downlink : (coefficient,) ndarray of int64
        Coefficients in UNITs: what a cell hears of the phones of the other, per watt of the other's interference;
        what the phones of a cell need per watt of the other.
    info : (place,) structured ndarray
        Squares with phones of a network, fields as in PLACE_INFO.
    cell : (place, heard) ndarray of int32
        Cells that they hear: those of the own network by rank, then those of others.
    uplink_gain, downlink_gain : (place, heard) ndarray of float64
        1 / (L ACIR) of each.
    at : (place, leg * heard) ndarray of int32
        Where the coefficient of each leg's cell and each heard cell stands.
    uplink_at : (place, heard) ndarray of int32
        Where the coefficient of each heard cell and the first one stands.
    links : (2 * call,) structured ndarray
        Links of phones, fields as in RADIO_LINK.
    uplink_of : (2 * call, heard) ndarray of int64
        What each link adds to `uplink`.
    downlink_of : (2 * call, heard + 1) ndarray of int64
        What it adds to `downlink` for each leg, and at the end to the constant part.
    scratch : (heard, 4) ndarray of float64
        Room for the work on one phone.
    legs : (8,) ndarray of int64
        Likewise.
    queue : (call,) ndarray of int32
        Calls that were shed and whose rows are not written.
    victims : (call,) ndarray of int32
        Room for the links to be shed together.
    victim_cell : (call,) ndarray of int32
        The cells for whose sake.
    place_of_line : (subscriber,) ndarray of int32
        Place of each line.
    source_first : (cell + 1,) ndarray of int32
        Where the places of each cell's sources begin.
    source_place : (place,) ndarray of int32
        Places where a cell is the first that serves.
    heard_cell : (network * square, rank) ndarray of int32
        Cells that are heard in every square.
    heard_cdbm : (network * square, rank) ndarray of int16
        Their received pilot power. [0.01 dBm]
    is_served : (network * square,) ndarray of uint8
        Whether the first of them serves.
    n_covered : (network * square,) ndarray of int32
        Looks at which the square was covered.
    looks : (1,) ndarray of int64
        Looks so far.
    """

    rules: NDArray[np.void]
    services: NDArray[np.void]
    cells: NDArray[np.void]
    sites: NDArray[np.void]
    interference_w: NDArray[np.float64]
    power_w: NDArray[np.float64]
    elsewhere_w: NDArray[np.float64]
    asked_w: NDArray[np.float64]
    present_w: NDArray[np.float64]
    is_full: NDArray[np.uint8]
    is_due_up: NDArray[np.uint8]
    is_due_down: NDArray[np.uint8]
    told_up_w: NDArray[np.float64]
    told_down_w: NDArray[np.float64]
    first: NDArray[np.int32]
    other: NDArray[np.int32]
    uplink: NDArray[np.int64]
    downlink: NDArray[np.int64]
    info: NDArray[np.void]
    cell: NDArray[np.int32]
    uplink_gain: NDArray[np.float64]
    downlink_gain: NDArray[np.float64]
    at: NDArray[np.int32]
    uplink_at: NDArray[np.int32]
    links: NDArray[np.void]
    uplink_of: NDArray[np.int64]
    downlink_of: NDArray[np.int64]
    scratch: NDArray[np.float64]
    legs: NDArray[np.int64]
    queue: NDArray[np.int32]
    victims: NDArray[np.int32]
    victim_cell: NDArray[np.int32]
    place_of_line: NDArray[np.int32]
    source_first: NDArray[np.int32]
    source_place: NDArray[np.int32]
    heard_cell: NDArray[np.int32]
    heard_cdbm: NDArray[np.int16]
    is_served: NDArray[np.uint8]
    n_covered: NDArray[np.int32]
    looks: NDArray[np.int64]


RADIO_DTYPES = (
    RADIO_RULES, SERVICE, RADIO_CELL, RADIO_SITE, np.float64, np.float64, np.float64, np.float64, np.float64,
    np.uint8, np.uint8, np.uint8, np.float64, np.float64, np.int32, np.int32, np.int64, np.int64, PLACE_INFO, np.int32,
    np.float64, np.float64, np.int32, np.int32, RADIO_LINK, np.int64, np.int64, np.float64, np.int64, np.int32,
    np.int32, np.int32, np.int32, np.int32, np.int32, np.int32, np.int16, np.uint8, np.int32, np.int64,
)  # fmt: skip
"""Types of the arrays of a Radio, in their order."""


@njit(cache=True, forceinline=True)
def in_units(value: float) -> Any:  # noqa: ANN401  a whole number of 64 bits
    """
    Return a coefficient in whole units.

    Parameters
    ----------
    value : float
        Coefficient, 0 or more.

    Returns
    -------
    int
        The nearest multiple of UNIT, 1024 at most.
    """
    return np.int64(math.floor(min(value, _MOST) / UNIT + 0.5))
