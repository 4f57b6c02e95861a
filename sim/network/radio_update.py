"""At an update all powers are solved anew, and phones for which there is no power are shed (docs/wcdma.md)."""

import math

from numba import njit

from sim.engine.wheel import schedule
from sim.network.admission import BLOCKED_DOWNLINK, BLOCKED_UPLINK, NO_COVERAGE
from sim.network.bearers import shed_bearer
from sim.network.flow_update import update_flows
from sim.network.live import (
    BY_MACHINE,
    COVERAGE_SAMPLE,
    N_FREE,
    N_OPEN,
    POWER_UPDATE,
    SHED,
    SHED_FROM,
    SHED_TO,
    Live,
)
from sim.network.phones import of_callee
from sim.network.radio_power import solve_downlink, solve_uplink
from sim.network.radio_state import UNIT, Radio
from sim.network.voice import let_go
from sim.tables import Outcome
from sim.traffic.calls import REDIAL_SHIFT

_DROPPED = int(Outcome.DROPPED)
_NOBODY = -1


@njit(cache=True)
def update_powers(live: Live, radio: Radio, time_s: float, number: int) -> None:
    """
    Solve all powers, shed phones for which there is none, and come again.

    Parameters
    ----------
    live : Live
        State; changed.
    radio : Radio
        State of the radio; changed.
    time_s : float
        Now. [s]
    number : int
        Number of the update; 0 is at the begin of the run.
    """
    _solve_uplink_and_shed(live, radio, time_s)
    n_shed = _solve_downlink_and_shed(live, radio, time_s)
    if n_shed > 0:
        solve_uplink(radio)
    _account_powers(radio, time_s)
    update_flows(live.packed, time_s)
    rules = radio.rules[0]
    next_s = rules.origin_s + (number + 1) * rules.update_s
    is_any_open = live.cursor[N_FREE] < len(live.link) or live.cursor[N_OPEN] > 0
    if time_s < rules.window_s or is_any_open:
        schedule(live.wheel, next_s, POWER_UPDATE, 0, number + 1, 0)


@njit(cache=True)
def _solve_uplink_and_shed(live: Live, radio: Radio, time_s: float) -> None:
    """Solve the uplink, and shed, until nobody lacks power and no cell is beyond its cap."""
    while True:
        solve_uplink(radio)
        n_victims, cause = _without_power(live, radio), NO_COVERAGE
        if n_victims == 0:
            n_victims, cause = _farthest_of_capped(live, radio), BLOCKED_UPLINK
        if n_victims == 0:
            return
        _shed_all(live, radio, time_s, n_victims, cause)


@njit(cache=True)
def _solve_downlink_and_shed(live: Live, radio: Radio, time_s: float) -> int:
    """Solve the downlink until no cell is beyond its power; return how many phones were shed."""
    n_shed = 0
    while True:
        solve_downlink(radio)
        n_victims = _neediest_of_capped(live, radio)
        if n_victims == 0:
            return n_shed
        n_shed += _shed_all(live, radio, time_s, n_victims, BLOCKED_DOWNLINK)


@njit(cache=True)
def _without_power(live: Live, radio: Radio) -> int:
    """Put the links whose phones lack power among the victims, cell by cell; return how many."""
    n_victims = 0
    for cell in range(len(radio.cells)):
        one = radio.cells[cell]
        heard_w = radio.interference_w[cell]
        if heard_w <= one.least_tolerance_w:
            continue
        # The bound may be of a phone that has left, or of one that is not to be shed.
        least_w = math.inf
        begin = n_victims
        link = one.first_link
        while link >= 0:
            row = radio.links[link]
            if heard_w <= row.tolerance_w:
                least_w = min(least_w, row.tolerance_w)
            elif live.link[link >> 1].in_hand == BY_MACHINE:
                radio.victims[n_victims] = link
                radio.victim_cell[n_victims] = cell
                n_victims += 1
            link = row.after
        one.least_tolerance_w = least_w
        _sort_by_call(live, radio, begin, n_victims)
    return n_victims


@njit(cache=True)
def _sort_by_call(live: Live, radio: Radio, begin: int, end: int) -> None:
    """Sort victims by (entity, address, side): few, by insertion."""
    for i in range(begin + 1, end):
        link = radio.victims[i]
        k = i
        while k > begin and _comes_before(live, link, radio.victims[k - 1]):
            radio.victims[k] = radio.victims[k - 1]
            k -= 1
        radio.victims[k] = link


@njit(cache=True, forceinline=True)
def _comes_before(live: Live, link: int, other: int) -> bool:
    """Say whether a link is of the lower (entity, address, side)."""
    one, two = live.record[link >> 1], live.record[other >> 1]
    if one.entity != two.entity:
        return one.entity < two.entity
    address = one.index + (one.redial << REDIAL_SHIFT)
    other_address = two.index + (two.redial << REDIAL_SHIFT)
    if address != other_address:
        return address < other_address
    return link < other


@njit(cache=True)
def _farthest_of_capped(live: Live, radio: Radio) -> int:
    """Put of each cell beyond its cap the phone with the greatest loss among the victims; return how many."""
    n_victims = 0
    for cell in range(len(radio.cells)):
        one = radio.cells[cell]
        if radio.elsewhere_w[cell] <= (1.0 - radio.uplink[one.diagonal] * UNIT) * one.cap_w:
            continue
        worst, worst_gain = _NOBODY, math.inf
        link = one.first_link
        while link >= 0:
            row = radio.links[link]
            if live.link[link >> 1].in_hand == BY_MACHINE:
                gain = radio.uplink_gain[row.place, 0]
                if gain < worst_gain or (gain == worst_gain and _comes_before(live, link, worst)):
                    worst, worst_gain = link, gain
            link = row.after
        if worst != _NOBODY:
            radio.victims[n_victims] = worst
            radio.victim_cell[n_victims] = cell
            n_victims += 1
    return n_victims


@njit(cache=True)
def _neediest_of_capped(live: Live, radio: Radio) -> int:
    """Put of each cell beyond its power the phone with the neediest leg among the victims; return how many."""
    n_victims = 0
    for cell in range(len(radio.cells)):
        one = radio.cells[cell]
        if radio.asked_w[cell] <= (1.0 - radio.downlink[one.diagonal] * UNIT) * one.most_w:
            continue
        worst = _neediest(live, radio, cell)
        if worst != _NOBODY and not _is_among(radio, worst, n_victims):
            radio.victims[n_victims] = worst
            radio.victim_cell[n_victims] = cell
            n_victims += 1
    return n_victims


@njit(cache=True)
def _neediest(live: Live, radio: Radio, cell: int) -> int:
    """Return the link of the phone with the neediest leg in a cell, -1 for none."""
    worst, worst_w = _NOBODY, -1.0
    # Whoever has a leg here is served by a cell that meets this one somewhere.
    for k in range(radio.first[cell], radio.first[cell + 1]):
        link = radio.cells[radio.other[k]].first_link
        while link >= 0:
            row = radio.links[link]
            if live.link[link >> 1].in_hand == BY_MACHINE and _has_leg(radio, link, cell):
                need_w = _need_w(radio, link)
                if need_w > worst_w or (need_w == worst_w and _comes_before(live, link, worst)):
                    worst, worst_w = link, need_w
            link = row.after
    return worst


@njit(cache=True, forceinline=True)
def _has_leg(radio: Radio, link: int, cell: int) -> bool:
    row, has_leg = radio.links[link], False
    for leg in range(row.n_legs):
        has_leg |= radio.cell[row.place, row.rank[leg]] == cell
    return has_leg


@njit(cache=True, forceinline=True)
def _need_w(radio: Radio, link: int) -> float:
    """Return the power of each of a phone's legs."""
    place = radio.links[link].place
    n_heard = radio.info[place].n_heard
    need_w = radio.downlink_of[link, n_heard] * UNIT
    for k in range(n_heard):
        need_w += radio.downlink_of[link, k] * UNIT * radio.power_w[radio.cell[place, k]]
    return need_w


@njit(cache=True, forceinline=True)
def _is_among(radio: Radio, link: int, n_victims: int) -> bool:
    is_among = False
    for k in range(n_victims):
        is_among |= radio.victims[k] == link
    return is_among


@njit(cache=True)
def _shed_all(live: Live, radio: Radio, time_s: float, n_victims: int, cause: int) -> int:
    """Shed the victims, and return how many calls that were."""
    n_shed = 0
    is_measured = 0.0 <= time_s < live.rules.window_s
    for k in range(n_victims):
        link = radio.victims[k]
        call = link >> 1
        if live.link[call].in_hand != BY_MACHINE:
            continue  # its other phone was shed a moment ago
        if live.link[call].flow >= 0:
            shed_bearer(live.packed, time_s, call, cause)
            _put_in_queue(live, radio, call)
            n_shed += 1
            continue
        one = radio.cells[radio.victim_cell[k]]
        if is_measured:
            one.n_shed_phone_power += cause == NO_COVERAGE
            one.n_shed_uplink += cause == BLOCKED_UPLINK
            one.n_shed_downlink += cause == BLOCKED_DOWNLINK
        record = live.record[call]
        if math.isnan(record.answer_s):
            record.outcome = cause if link & 1 == 0 else of_callee(cause)
        else:
            record.outcome = _DROPPED
        let_go(live, time_s, call)
        _put_in_queue(live, radio, call)
        n_shed += 1
    return n_shed


@njit(cache=True, forceinline=True)
def _put_in_queue(live: Live, radio: Radio, call: int) -> None:
    live.link[call].in_hand = SHED
    radio.queue[live.cursor[SHED_TO]] = call
    live.cursor[SHED_TO] += 1


@njit(cache=True)
def _account_powers(radio: Radio, time_s: float) -> None:
    """Let the solution stand for the time to the next update."""
    rules = radio.rules[0]
    length_s = min(time_s + rules.update_s, rules.window_s) - max(time_s, 0.0)
    if length_s <= 0.0:
        return
    for cell in range(len(radio.cells)):
        one = radio.cells[cell]
        rise_db = 10.0 * math.log10(radio.interference_w[cell] / one.noise_w)
        one.rise_db_s += rise_db * length_s
        one.rise_max_db = max(one.rise_max_db, rise_db)
        one.power_w_s += radio.power_w[cell] * length_s
        one.power_max_w = max(one.power_max_w, radio.power_w[cell])


@njit(cache=True, forceinline=True)
def has_shed_calls(live: Live) -> bool:
    """
    Say whether rows of shed calls are to be written.

    Parameters
    ----------
    live : Live
        State.

    Returns
    -------
    bool
        Whether any call stands in the queue.
    """
    return live.cursor[SHED_FROM] < live.cursor[SHED_TO]


@njit(cache=True, forceinline=True)
def next_shed_call(live: Live, radio: Radio) -> int:
    """
    Take the first call out of the queue of those that were shed.

    Parameters
    ----------
    live : Live
        State; changed.
    radio : Radio
        State of the radio.

    Returns
    -------
    int
        The call.
    """
    call = radio.queue[live.cursor[SHED_FROM]]
    live.cursor[SHED_FROM] += 1
    if live.cursor[SHED_FROM] == live.cursor[SHED_TO]:
        live.cursor[SHED_FROM] = 0
        live.cursor[SHED_TO] = 0
    return call


@njit(cache=True)
def sample_later(live: Live, radio: Radio, number: int) -> None:
    """
    Look at the coverage again after the usual time, while the window lasts.

    Parameters
    ----------
    live : Live
        State; changed.
    radio : Radio
        State of the radio.
    number : int
        Number of the present look.
    """
    next_s = (number + 1) * radio.rules[0].sample_s
    if next_s < radio.rules[0].window_s:
        schedule(live.wheel, next_s, COVERAGE_SAMPLE, 0, number + 1, 0)
