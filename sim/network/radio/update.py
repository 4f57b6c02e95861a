"""At an update all powers are solved anew, and phones for which there is no power are shed (docs/wcdma.md)."""

import math

from sim.compilation.kernels import call_handler, entry, kernel
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import clockwork_of
from sim.network.data.update import update_flows
from sim.network.kinds import Kind, Owner
from sim.network.radio.power import solve_downlink, solve_uplink
from sim.network.radio.state import UNIT, Radio, radio_of
from sim.tables import Refusal

_POWER_UPDATE = int(Kind.POWER_UPDATE)
_CALL = int(Owner.CALL)
_NO_COVERAGE = int(Refusal.NO_COVERAGE)
_UPLINK = int(Refusal.UPLINK)
_DOWNLINK = int(Refusal.DOWNLINK)
_NOBODY = -1


@entry
def on_update(state: int, time_s: float, payload: int, address: int) -> None:  # noqa: ARG001
    """Solve all powers, shed phones for which there is none, and come again; the address is the update's number."""
    radio, clockwork = radio_of(state), clockwork_of(state)
    _solve_uplink_and_shed(state, time_s)
    n_shed = _solve_downlink_and_shed(state, time_s)
    if n_shed > 0:
        solve_uplink(radio)
    window_s = clockwork.rules[0].window_s
    _account_powers(radio, time_s, window_s)
    update_flows(state, time_s)
    next_s = clockwork.rules[0].origin_s + (address + 1) * radio.rules[0].update_s
    if time_s < window_s or clockwork.cursor[0].n_open > 0:
        schedule(wheel_of(state), next_s, _POWER_UPDATE, 0, address + 1, 0)


@kernel
def _solve_uplink_and_shed(state: int, time_s: float) -> None:
    """Solve the uplink, and shed, until nobody lacks power and no cell is beyond its cap."""
    radio = radio_of(state)
    while True:
        solve_uplink(radio)
        n_victims, cause = _without_power(radio), _NO_COVERAGE
        if n_victims == 0:
            n_victims, cause = _farthest_of_capped(radio), _UPLINK
        if n_victims == 0:
            radio.is_changed_up[:] = 0
            return
        _shed_all(state, time_s, n_victims, cause)


@kernel
def _solve_downlink_and_shed(state: int, time_s: float) -> int:
    """Solve the downlink until no cell is beyond its power; return how many owners' phones were shed."""
    radio = radio_of(state)
    n_shed = 0
    while True:
        solve_downlink(radio)
        n_victims = _neediest_of_capped(radio)
        if n_victims == 0:
            radio.is_changed_down[:] = 0
            return n_shed
        n_shed += _shed_all(state, time_s, n_victims, _DOWNLINK)


@kernel
def _without_power(radio: Radio) -> int:
    """Put the phones that lack power among the victims, cell by cell; return how many."""
    cells, phones, n_victims = radio.cells, radio.phones, 0
    for cell in range(len(cells)):
        if not radio.is_changed_up[cell]:
            continue
        one = cells[cell]
        heard_w = radio.interference_w[cell]
        if heard_w <= one.least_tolerance_w:
            continue
        # The bound may be of a phone that has left, or of one that is not to be shed.
        least_w = math.inf
        begin = n_victims
        phone = one.first_phone
        while phone >= 0:
            row = phones[phone]
            if heard_w <= row.tolerance_w:
                least_w = min(least_w, row.tolerance_w)
            elif row.may_be_shed:
                radio.victims[n_victims] = phone
                radio.victim_cell[n_victims] = cell
                n_victims += 1
            phone = row.after
        one.least_tolerance_w = least_w
        sort_victims(radio, begin, n_victims)
    return n_victims


@kernel
def sort_victims(radio: Radio, begin: int, end: int) -> None:
    """Sort victims by (entity, address, side): few, by insertion."""
    victims = radio.victims
    for i in range(begin + 1, end):
        phone = victims[i]
        k = i
        while k > begin and _comes_before(radio, phone, victims[k - 1]):
            victims[k] = victims[k - 1]
            k -= 1
        victims[k] = phone


@kernel(inline=True)
def _comes_before(radio: Radio, phone: int, other: int) -> bool:
    """Say whether a phone is of the lower (entity, address, side)."""
    one, two = radio.phones[phone], radio.phones[other]
    if one.entity != two.entity:
        return one.entity < two.entity
    if one.address != two.address:
        return one.address < two.address
    return one.side < two.side


@kernel
def _farthest_of_capped(radio: Radio) -> int:
    """Put of each cell beyond its cap the phone with the greatest loss among the victims; return how many."""
    cells, phones, n_victims = radio.cells, radio.phones, 0
    for cell in range(len(cells)):
        if not radio.is_changed_up[cell]:
            continue
        one = cells[cell]
        if (
            radio.elsewhere_w[cell]
            <= (1.0 - radio.uplink[radio.diagonal[cell]] * UNIT) * radio.cap_w[cell]
        ):
            continue
        worst, worst_gain = _NOBODY, math.inf
        phone = one.first_phone
        while phone >= 0:
            row = phones[phone]
            if row.may_be_shed:
                gain = radio.uplink_gain[row.place, 0]
                if gain < worst_gain or (gain == worst_gain and _comes_before(radio, phone, worst)):
                    worst, worst_gain = phone, gain
            phone = row.after
        if worst != _NOBODY:
            radio.victims[n_victims] = worst
            radio.victim_cell[n_victims] = cell
            n_victims += 1
    return n_victims


@kernel
def _neediest_of_capped(radio: Radio) -> int:
    """Put of each cell beyond its power the phone with the neediest leg among the victims; return how many."""
    n_victims = 0
    for cell in range(len(radio.cells)):
        if not radio.is_changed_down[cell]:
            continue
        if (
            radio.asked_w[cell]
            <= (1.0 - radio.downlink[radio.diagonal[cell]] * UNIT) * radio.most_w[cell]
        ):
            continue
        worst = _neediest(radio, cell)
        if worst != _NOBODY and not _is_among(radio, worst, n_victims):
            radio.victims[n_victims] = worst
            radio.victim_cell[n_victims] = cell
            n_victims += 1
    return n_victims


@kernel
def _neediest(radio: Radio, cell: int) -> int:
    """Return the phone with the neediest leg in a cell, -1 for none."""
    phones = radio.phones
    worst, worst_w = _NOBODY, -1.0
    # Whoever has a leg here is served by a cell that meets this one somewhere.
    for k in range(radio.first[cell], radio.first[cell + 1]):
        phone = radio.cells[radio.other[k]].first_phone
        while phone >= 0:
            row = phones[phone]
            if row.may_be_shed and _has_leg(radio, phone, cell):
                need_w = _need_w(radio, phone)
                if need_w > worst_w or (need_w == worst_w and _comes_before(radio, phone, worst)):
                    worst, worst_w = phone, need_w
            phone = row.after
    return worst


@kernel(inline=True)
def _has_leg(radio: Radio, phone: int, cell: int) -> bool:
    row, has_leg = radio.phones[phone], False
    for leg in range(row.n_legs):
        has_leg |= radio.cell[row.place, row.rank[leg]] == cell
    return has_leg


@kernel(inline=True)
def _need_w(radio: Radio, phone: int) -> float:
    """Return the power of each of a phone's legs."""
    downlink_of, place = radio.downlink_of, radio.phones[phone].place
    n_heard = radio.info[place].n_heard
    need_w = downlink_of[phone, n_heard] * UNIT
    for k in range(n_heard):
        need_w += downlink_of[phone, k] * UNIT * radio.power_w[radio.cell[place, k]]
    return need_w


@kernel(inline=True)
def _is_among(radio: Radio, phone: int, n_victims: int) -> bool:
    is_among = False
    for k in range(n_victims):
        is_among |= radio.victims[k] == phone
    return is_among


@kernel
def _shed_all(state: int, time_s: float, n_victims: int, cause: int) -> int:
    """Let the owners of the victims know, who release all their phones; return how many owners that were."""
    radio, clockwork = radio_of(state), clockwork_of(state)
    n_shed = 0
    is_measured = 0.0 <= time_s < clockwork.rules[0].window_s
    for k in range(n_victims):
        phone = radio.victims[k]
        row = radio.phones[phone]
        if row.cell < 0 or not row.may_be_shed:
            continue  # the other phone of its call was shed a moment ago
        if is_measured and row.owner_kind == _CALL:
            one = radio.cells[radio.victim_cell[k]]
            one.n_shed_phone_power += cause == _NO_COVERAGE
            one.n_shed_uplink += cause == _UPLINK
            one.n_shed_downlink += cause == _DOWNLINK
        call_handler(clockwork.on_shed[row.owner_kind], state, time_s, phone, cause)
        n_shed += 1
    return n_shed


@kernel
def _account_powers(radio: Radio, time_s: float, window_s: float) -> None:
    """Let the solution stand for the time to the next update."""
    length_s = min(time_s + radio.rules[0].update_s, window_s) - max(time_s, 0.0)
    if length_s <= 0.0:
        return
    cells, interference_w, power_w = radio.cells, radio.interference_w, radio.power_w
    for cell in range(len(cells)):
        one = cells[cell]
        rise_db = 10.0 * math.log10(interference_w[cell] / radio.noise_w[cell])
        one.rise_db_s += rise_db * length_s
        one.rise_max_db = max(one.rise_max_db, rise_db)
        one.power_w_s += power_w[cell] * length_s
        one.power_max_w = max(one.power_max_w, power_w[cell])
