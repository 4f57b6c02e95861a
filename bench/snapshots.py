"""Snapshots of two operators after 3GPP TR 25.942: powers of all phones and cells, by the kernels of soft capacity."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bench.two_layouts import N_CELLS, N_SITES
from sim.engine.rooms import make_room
from sim.network.radio.power import solve
from sim.network.radio.soft_handover import ASKED, POWER, WEIGHT, ask, share_power
from sim.network.radio.state import (
    MAX_LEGS,
    N_COLUMNS,
    Cell,
    PlaceInfo,
    Radio,
    RadioRules,
    RadioService,
    in_units,
    noise_w,
)
from sim.scenario.radio_section import Service, Wcdma
from sim.units import CHIP_RATE_HZ, db_to_linear

SPEECH = Service(name="speech", rate_bps=8_000.0, uplink_eb_n0_db=6.1, downlink_eb_n0_db=7.9)
"""Speech of 8 kbit/s in macro cells, sent all the time (3GPP TR 25.942, remembered)."""

RULES = Wcdma(services=(SPEECH,))
"""Powers, noise and soft handover of 3GPP TR 25.942: the defaults of a scenario."""

PILOT_DBM = 33.0
"""Power of a cell's pilot: its greatest power is 43 dBm, that of a link 30 dBm. [dBm]"""

_SATISFIED = db_to_linear(-0.5)
"""Share of its Eb/N0 with which a phone is satisfied (3GPP TR 25.942, remembered)."""

_CAP = db_to_linear(40.0)
"""Greatest noise rise; phones at their greatest power stay below it."""

_TOLERANCE = 1e-6
_MAX_TURNS = 50


def make_snapshot(gain: NDArray[np.float64], leak: float, wcdma: Wcdma = RULES) -> Radio:
    """
    Return the state of soft capacity with every phone at a place of its own.

    Parameters
    ----------
    gain : (phone, N_CELLS) ndarray of float64
        1 / L, from `make_gains`.
    leak : float
        1 / ACIR; 0 for operators that do not hear each other. [1]
    wcdma : Wcdma
        Powers, noise, orthogonality and service (the first).

    Returns
    -------
    Radio
        Rules, service, cells, and places, whose cells are in the order of `gain`.
    """
    leaked = gain.copy()
    leaked[:, N_SITES:] *= leak
    cell = np.empty(gain.shape, np.int32)
    half = len(gain) // 2
    cell[:half] = np.arange(N_CELLS)
    cell[half:] = np.roll(np.arange(N_CELLS), N_SITES)
    info = PlaceInfo.new(len(gain))  # type: ignore[attr-defined]
    info["n_heard"] = N_CELLS
    noise = noise_w(wcdma.cell_noise_figure_db)
    most_w = db_to_linear(PILOT_DBM + wcdma.max_power_to_pilot_db - 30.0)
    lengths = {
        "cell": N_CELLS, "coefficient": N_CELLS**2, "heard": N_CELLS, "column": N_COLUMNS,
        "leg": MAX_LEGS,
    }  # fmt: skip
    return make_room(
        Radio,
        lengths,
        rules=_make_rules(wcdma),
        services=_make_service(wcdma.services[0]),
        cells=_make_cells(wcdma),
        first=np.arange(0, N_CELLS**2 + 1, N_CELLS, dtype=np.uint32),
        other=np.tile(np.arange(N_CELLS, dtype=np.uint32), N_CELLS),
        diagonal=np.arange(0, N_CELLS**2, N_CELLS + 1, dtype=np.int32),
        noise_w=np.full(N_CELLS, noise),
        cap_w=np.full(N_CELLS, noise * _CAP),
        most_w=np.full(N_CELLS, most_w),
        info=info,
        cell=cell,
        uplink_gain=leaked,
        downlink_gain=leaked,
    )


def _make_rules(wcdma: Wcdma) -> NDArray[np.void]:
    rules = RadioRules.new(1)  # type: ignore[attr-defined]
    rules["phone_noise_w"] = noise_w(wcdma.phone_noise_figure_db)
    rules["phone_max_w"] = db_to_linear(wcdma.phone_max_power_dbm - 30.0)
    rules["orthogonality"] = wcdma.orthogonality
    rules["link_to_pilot"] = db_to_linear(wcdma.link_power_to_pilot_db)
    rules["tolerance"] = _TOLERANCE
    return rules


def _make_service(one: Service) -> NDArray[np.void]:
    up = db_to_linear(one.uplink_eb_n0_db) * one.rate_bps * one.uplink_activity
    down = db_to_linear(one.downlink_eb_n0_db) * one.rate_bps * one.downlink_activity
    service = RadioService.new(1)  # type: ignore[attr-defined]
    service["load"] = 1.0 / (1.0 + CHIP_RATE_HZ / up)
    service["uplink_activity"] = one.uplink_activity
    service["need"] = down / CHIP_RATE_HZ
    service["downlink_activity"] = one.downlink_activity
    return service


def _make_cells(wcdma: Wcdma) -> NDArray[np.void]:
    cells = Cell.new(N_CELLS)  # type: ignore[attr-defined]
    pilot_w = db_to_linear(PILOT_DBM - 30.0)
    cells["pilot_w"] = pilot_w
    cells["common_w"] = pilot_w * db_to_linear(wcdma.common_power_to_pilot_db)
    return cells


@njit(cache=True)
def first_legs(
    gain: NDArray[np.float64], n_own: int, window: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """
    Return the best own cell of each phone, and the second where it is in the window.

    Parameters
    ----------
    gain : (phone, cell) ndarray of float64
        1 / L, cells of the own operator first.
    n_own : int
        How many these are.
    window : float
        How much weaker than the first the second may be, a ratio of 1 or more. [1]

    Returns
    -------
    tuple of 2 (phone,) ndarray of int64
        Columns of `gain`; -1 for no second leg.
    """
    n_phones = len(gain)
    best, second = np.zeros(n_phones, np.int64), np.full(n_phones, -1, np.int64)
    for phone in range(n_phones):
        for k in range(1, n_own):
            if gain[phone, k] > gain[phone, best[phone]]:
                second[phone] = best[phone]
                best[phone] = k
            elif second[phone] < 0 or gain[phone, k] > gain[phone, second[phone]]:
                second[phone] = k
        if gain[phone, second[phone]] * window < gain[phone, best[phone]]:
            second[phone] = -1
    return best, second


@njit(cache=True)
def mean_rise_db(radio: Radio, best: NDArray[np.int64], n_phones: int) -> float:
    """
    Return the noise rise of the uplink when the first phones of both operators talk.

    A phone that would need more than its greatest power sends that; which they are is found in turns, from all of
    them unlimited downwards (each turn is the solution for one choice, and the least choice is the solution).

    Parameters
    ----------
    radio : Radio
        Snapshot; its `uplink` and `interference_w` change.
    best : (phone,) ndarray of int64
        Column of the serving cell of each phone.
    n_phones : int
        Phones of each operator.

    Returns
    -------
    float
        Mean over all cells of the rise in dB. [dB]
    """
    rules, one = radio.rules[0], radio.services[0]
    room = len(best) // 2
    most_w = rules.phone_max_w * one.uplink_activity
    is_limited = np.zeros(len(best), np.bool_)
    constant_w = np.empty(N_CELLS)
    for _turn in range(_MAX_TURNS):
        radio.uplink[:] = 0
        constant_w[:] = radio.noise_w
        for phone in _talking(n_phones, room):
            server = radio.cell[phone, best[phone]]
            own = radio.uplink_gain[phone, best[phone]]
            for k in range(N_CELLS):
                gain, cell = radio.uplink_gain[phone, k], radio.cell[phone, k]
                if is_limited[phone]:
                    constant_w[cell] += most_w * gain
                else:
                    radio.uplink[server * N_CELLS + cell] += in_units(one.load * (gain / own))
        radio.interference_w[:] = constant_w
        solve(
            radio.first, radio.other, radio.uplink, constant_w, radio.cap_w,
            rules.tolerance, radio.interference_w,
        )  # fmt: skip
        is_changed = False
        for phone in _talking(n_phones, room):
            heard_w = radio.interference_w[radio.cell[phone, best[phone]]]
            is_now = one.load * heard_w > most_w * radio.uplink_gain[phone, best[phone]]
            is_changed |= is_now != is_limited[phone]
            is_limited[phone] = is_now
        if not is_changed:
            break
    return 10.0 * np.mean(np.log10(radio.interference_w / radio.noise_w))


def leaked_w(radio: Radio, best: NDArray[np.int64], n_phones: int) -> NDArray[np.float64]:
    """
    Return what each phone adds to the cells of the other operator.

    Parameters
    ----------
    radio : Radio
        Snapshot, solved by `mean_rise_db` with the same phones.
    best : (phone,) ndarray of int64
        Column of the serving cell of each phone.
    n_phones : int
        Phones of each operator.

    Returns
    -------
    (2 * n_phones,) ndarray of float64
        Sum over the other operator's cells, the filters passed. [W]
    """
    talking = _talking(n_phones, len(best) // 2)
    rules, one = radio.rules[0], radio.services[0]
    heard_w = radio.interference_w[radio.cell[talking, best[talking]]]
    own = radio.uplink_gain[talking, best[talking]]
    sent_w = np.minimum(one["load"] * heard_w / own, rules["phone_max_w"] * one["uplink_activity"])
    total: NDArray[np.float64] = sent_w * radio.uplink_gain[talking, N_SITES:].sum(axis=1)
    return total


@njit(cache=True)
def _talking(n_phones: int, room: int) -> NDArray[np.int64]:
    """Return the first phones of both operators."""
    first = np.arange(n_phones)
    return np.concatenate((first, first + room))


@njit(cache=True)
def satisfied_share(
    radio: Radio, best: NDArray[np.int64], second: NDArray[np.int64], n_phones: int
) -> float:
    """
    Return the share of satisfied phones of the downlink when the first phones of both operators talk.

    The power of a phone is held to its tangent at the powers of the last turn, and to the greatest power of a link; in
    turns this comes to the powers with the harmonic mean itself. A cell that lacks power gives every phone the same
    share of what it asks.

    Parameters
    ----------
    radio : Radio
        Snapshot; its `downlink`, `power_w`, `scratch` and `legs` change.
    best, second : (phone,) ndarray of int64
        Columns of the legs of each phone.
    n_phones : int
        Phones of each operator.

    Returns
    -------
    float
        Share of phones with at least -0.5 dB of their Eb/N0. [1]
    """
    talking = _talking(n_phones, len(best) // 2)
    before_w, constant_w = np.empty(N_CELLS), np.empty(N_CELLS)
    radio.power_w[:] = radio.most_w
    for _turn in range(_MAX_TURNS):
        before_w[:] = radio.power_w
        _ask_all(radio, talking, best, second, constant_w)
        solve(
            radio.first, radio.other, radio.downlink, constant_w, radio.most_w,
            radio.rules[0].tolerance, radio.power_w,
        )  # fmt: skip
        if np.max(np.abs(radio.power_w / before_w - 1.0)) < 10.0 * _TOLERANCE:
            break
    return _count_satisfied(radio, talking, best, second) / len(talking)


@njit(cache=True)
def _power_of_leg(radio: Radio, phone: int, best: int, second: int) -> tuple[float, float, int]:
    """Return what each leg of a phone needs and h, and keep its weights; say how many legs there are."""
    total_w = radio.rules[0].phone_noise_w
    for k in range(N_CELLS):
        power_w = radio.power_w[radio.cell[phone, k]]
        radio.scratch[k, POWER] = power_w
        total_w += power_w * radio.downlink_gain[phone, k]
    radio.legs[0], radio.legs[1] = best, second
    n_legs = 1 if second < 0 else 2
    share_w = share_power(radio, phone, n_legs, total_w)
    return radio.services[0].need * share_w, share_w, n_legs


@njit(cache=True)
def _ask_all(
    radio: Radio,
    talking: NDArray[np.int64],
    best: NDArray[np.int64],
    second: NDArray[np.int64],
    constant_w: NDArray[np.float64],
) -> None:
    """Fill in the matrix and the constant part of the powers of all cells."""
    rules, one = radio.rules[0], radio.services[0]
    link_w = radio.cells[0].pilot_w * rules.link_to_pilot * one.downlink_activity
    radio.downlink[:] = 0
    constant_w[:] = radio.cells["common_w"]
    for phone in talking:
        need_w, _, n_legs = _power_of_leg(radio, phone, best[phone], second[phone])
        more_w = link_w
        if need_w <= link_w:
            more_w = ask(radio, phone, 0, n_legs)
        for leg in range(n_legs):
            cell = radio.cell[phone, radio.legs[leg]]
            constant_w[cell] += more_w
            if need_w <= link_w:
                for k in range(N_CELLS):
                    at = radio.cell[phone, k] * N_CELLS + cell
                    radio.downlink[at] += in_units(radio.scratch[k, ASKED])


@njit(cache=True)
def _count_satisfied(
    radio: Radio, talking: NDArray[np.int64], best: NDArray[np.int64], second: NDArray[np.int64]
) -> int:
    """Count the phones that get what they need, at the present powers."""
    rules, one = radio.rules[0], radio.services[0]
    link_w = radio.cells[0].pilot_w * rules.link_to_pilot * one.downlink_activity
    asked_w = np.zeros(N_CELLS)
    for phone in talking:
        need_w, _, n_legs = _power_of_leg(radio, phone, best[phone], second[phone])
        for leg in range(n_legs):
            asked_w[radio.cell[phone, radio.legs[leg]]] += min(need_w, link_w)
    given = np.empty(N_CELLS)
    for cell in range(N_CELLS):
        room_w = radio.most_w[cell] - radio.cells[cell].common_w
        given[cell] = min(1.0, room_w / max(asked_w[cell], 1e-30))
    n_satisfied = 0
    for phone in talking:
        need_w, share_w, n_legs = _power_of_leg(radio, phone, best[phone], second[phone])
        sent_w = min(need_w, link_w)
        got = 0.0
        for leg in range(n_legs):
            weight = radio.scratch[radio.legs[leg], WEIGHT]
            got += given[radio.cell[phone, radio.legs[leg]]] * sent_w * weight
        n_satisfied += got >= _SATISFIED * one.need * share_w
    return n_satisfied
