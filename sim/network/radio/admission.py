"""Admission of a phone by the rules of soft capacity (docs/wcdma.md), and its leaving."""

import math

from sim.compilation.kernels import kernel
from sim.engine.pools import account, change
from sim.network.clockwork import clockwork_of
from sim.network.radio.codes import find_code, has_code, mark_code
from sim.network.radio.power import power_now_w
from sim.network.radio.soft_handover import ASKED, POWER, ask, share_power
from sim.network.radio.state import UNIT, Radio, in_units, radio_of
from sim.tables import Refusal

ADMITTED = -1
"""In place of a refusal."""

_NO_COVERAGE = int(Refusal.NO_COVERAGE)
_UPLINK = int(Refusal.UPLINK)
_DOWNLINK = int(Refusal.DOWNLINK)
_CODE = int(Refusal.CODE)
_CHANNEL_ELEMENT = int(Refusal.CHANNEL_ELEMENT)

_NO_CODE, _FRAGMENTED, _NO_ELEMENT = -1, -2, -3
"""In place of a number of legs: no code, codes that are free but not together, no channel element."""


@kernel
def received_w(radio: Radio, place: int) -> float:
    """Return all power that a phone receives, its noise included; keep the powers of the cells in the scratch."""
    scratch, total_w = radio.scratch, 0.0
    for k in range(radio.info[place].n_heard):
        power_w = radio.present_w[radio.cell[place, k]]
        scratch[k, POWER] = power_w
        total_w += power_w * radio.downlink_gain[place, k]
    return total_w + radio.rules[0].phone_noise_w


@kernel
def admit(state: int, time_s: float, phone: int, place: int, service: int, is_counted: bool) -> int:
    """Let a phone, which holds nothing yet, hold what it needs if the radio allows; return ADMITTED or the refusal.

    It is said whether a refusal for fragmented codes is counted.
    """
    radio = radio_of(state)
    if radio.info[place].n_tried == 0:
        return _NO_COVERAGE
    rules, one = radio.rules[0], radio.services[service]
    first = radio.cells[radio.cell[place, 0]]
    total_w = received_w(radio, place)
    if first.pilot_w * radio.downlink_gain[place, 0] < rules.min_ec_io * total_w:
        return _NO_COVERAGE
    # The uplink, with the phone in it.
    left = 1.0 - radio.uplink[radio.diagonal[radio.cell[place, 0]]] * UNIT - one.load
    elsewhere_w = radio.elsewhere_w[radio.cell[place, 0]]
    if elsewhere_w > left * first.limit_w:
        return _UPLINK
    most_w = tolerance_w(radio, place, service)
    if elsewhere_w > left * most_w:
        return _NO_COVERAGE
    n_legs = _find_legs(radio, place, service)
    if n_legs < 0:
        if n_legs == _FRAGMENTED and is_counted:
            first.n_fragmented += 1
        return _CHANNEL_ELEMENT if n_legs == _NO_ELEMENT else _CODE
    found = _fit_power(radio, place, service, n_legs, total_w)
    if found >= 0:
        return found
    radio.phones[phone].tolerance_w = most_w
    hold(state, time_s, phone, place, service, -found)
    return ADMITTED


@kernel(inline=True)
def tolerance_w(radio: Radio, place: int, service: int) -> float:
    """Return the greatest interference of its first cell that the power of a phone allows."""
    one = radio.services[service]
    return radio.rules[0].phone_max_w * one.uplink_activity * radio.uplink_gain[place, 0] / one.load


@kernel
def is_borne(radio: Radio, place: int, service: int, power_w: float, total_w: float) -> bool:
    """Say whether the first cell of a phone is heard among all that it receives, and gives it the power of a leg."""
    rules, first = radio.rules[0], radio.cells[radio.cell[place, 0]]
    if first.pilot_w * radio.downlink_gain[place, 0] < rules.min_ec_io * total_w:
        return False
    most_w = first.pilot_w * rules.link_to_pilot * radio.services[service].downlink_activity
    return power_w <= most_w


@kernel
def further_leg(radio: Radio, place: int, service: int, n_legs: int, rank: int) -> int:
    """Say whether a phone that holds nothing may have a leg beside the others; return ADMITTED or the refusal.

    The legs are the first cells of the place; of the others nothing is asked.
    """
    one, cells, legs = radio.services[service], radio.cells, radio.legs
    cell = radio.cell[place, rank]
    if not has_code(radio, cell, one.n_codes):
        return _CODE
    n_others = 0
    for leg in range(n_legs):
        if leg != rank:
            legs[n_others] = leg
            n_others += 1
    site = radio.sites[cells[cell].site_idx]
    if site.n_busy + one.n_elements > site.n_elements and not _has_leg_at_site(
        radio, place, n_others, cells[cell].site_idx
    ):
        return _CHANNEL_ELEMENT
    for leg in range(n_legs):
        legs[leg] = leg
    share_power(radio, place, n_legs, received_w(radio, place))
    constant_w = ask(radio, place, service, n_legs)
    return ADMITTED if _has_power(radio, place, rank, constant_w) else _DOWNLINK


@kernel
def _find_legs(radio: Radio, place: int, service: int) -> int:
    """Put the ranks of the legs for which there are codes and elements into `legs`; say how many, or what lacks."""
    one, cells, legs, n_legs = radio.services[service], radio.cells, radio.legs, 0
    for rank in range(radio.info[place].n_tried):
        cell = radio.cell[place, rank]
        if not has_code(radio, cell, one.n_codes):
            if rank == 0:
                n_busy = cells[cell].n_codes_busy
                is_full = n_busy + one.n_codes > radio.rules[0].code_capacity
                return _NO_CODE if is_full else _FRAGMENTED
            continue
        site = radio.sites[cells[cell].site_idx]
        if site.n_busy + one.n_elements > site.n_elements and not _has_leg_at_site(
            radio, place, n_legs, cells[cell].site_idx
        ):
            if rank == 0:
                return _NO_ELEMENT
            continue
        legs[n_legs] = rank
        n_legs += 1
    return n_legs


@kernel(inline=True)
def _has_leg_at_site(radio: Radio, place: int, n_legs: int, site: int) -> bool:
    is_there = False
    for k in range(n_legs):
        is_there |= radio.cells[radio.cell[place, radio.legs[k]]].site_idx == site
    return is_there


@kernel
def _fit_power(radio: Radio, place: int, service: int, n_legs: int, total_w: float) -> int:
    """Leave out legs whose cells lack power; return minus the number of those that stay, or a refusal."""
    rules, one, legs = radio.rules[0], radio.services[service], radio.legs
    link_max_w = radio.cells[radio.cell[place, 0]].pilot_w * rules.link_to_pilot
    while True:
        power_w = one.need * share_power(radio, place, n_legs, total_w)
        if power_w > link_max_w * one.downlink_activity:
            return _NO_COVERAGE
        constant_w = ask(radio, place, service, n_legs)
        n_kept = 0
        for k in range(n_legs):
            if _has_power(radio, place, legs[k], constant_w):
                legs[n_kept] = legs[k]
                n_kept += 1
            elif k == 0:
                return _DOWNLINK
        if n_kept == n_legs:
            return -n_legs
        n_legs = n_kept


@kernel
def _has_power(radio: Radio, place: int, rank: int, constant_w: float) -> bool:
    """Say whether the cell of a leg has power for it."""
    scratch, cell = radio.scratch, radio.cell[place, rank]
    rest_w = radio.asked_w[cell] + constant_w
    for k in range(radio.info[place].n_heard):
        if k != rank:
            rest_w += scratch[k, ASKED] * radio.power_w[radio.cell[place, k]]
    left = 1.0 - radio.downlink[radio.diagonal[cell]] * UNIT - scratch[rank, ASKED]
    reserved_share = radio.rules[0].reserved_share
    if radio.is_full[cell]:
        return rest_w <= (left - reserved_share) * radio.most_w[cell]
    return rest_w <= left * (1.0 - reserved_share) * radio.most_w[cell]


@kernel
def hold(state: int, time_s: float, phone: int, place: int, service: int, n_legs: int) -> None:
    """Let a phone hold its legs."""
    radio = radio_of(state)
    rules, one, n_heard = radio.rules[0], radio.services[service], radio.info[place].n_heard
    constant_w = ask(radio, place, service, n_legs)
    uplink_of, downlink_of, scratch = radio.uplink_of, radio.downlink_of, radio.scratch
    gain = radio.uplink_gain[place, 0]
    for k in range(n_heard):
        uplink_of[phone, k] = in_units(one.load * (radio.uplink_gain[place, k] / gain))
        downlink_of[phone, k] = in_units(scratch[k, ASKED])
    downlink_of[phone, n_heard] = in_units(constant_w)
    row = radio.phones[phone]
    row.place, row.service, row.n_legs = place, service, n_legs
    for k in range(n_legs):
        row.rank[k] = radio.legs[k]
        if rules.is_repacking == 0:
            row.leaf[k] = find_code(radio, radio.cell[place, radio.legs[k]], one.n_codes)
    _chain(radio, phone, radio.cell[place, 0])
    _count(state, time_s, phone, 1)
    _add(radio, phone, 1)


@kernel
def leave(state: int, time_s: float, phone: int) -> None:
    """Let a phone release its legs; nothing happens when it has none."""
    radio = radio_of(state)
    row = radio.phones[phone]
    if row.n_legs == 0:
        return
    _add(radio, phone, -1)
    _count(state, time_s, phone, -1)
    _unchain(radio, phone, radio.cell[row.place, 0])
    row.n_legs = 0


@kernel(inline=True)
def _add(radio: Radio, phone: int, sign: int) -> None:
    """Add a phone's coefficients to those of the cells, or take them away."""
    row, heard = radio.phones[phone], radio.cell
    uplink_of, downlink_of, downlink = radio.uplink_of, radio.downlink_of, radio.downlink
    place, n_heard = row.place, radio.info[row.place].n_heard
    n_columns = heard.shape[1]
    first_w = radio.interference_w[heard[place, 0]]
    for k in range(n_heard):
        value = sign * uplink_of[phone, k]
        radio.uplink[radio.uplink_at[place, k]] += value
        radio.is_due_up[heard[place, k]] = 1
        if k > 0:
            radio.elsewhere_w[heard[place, k]] += value * UNIT * first_w
    constant = sign * downlink_of[phone, n_heard]
    for leg in range(row.n_legs):
        rank = row.rank[leg]
        cell = heard[place, rank]
        radio.cells[cell].need += constant
        radio.is_due_down[cell] = 1
        more_w = constant * UNIT
        for k in range(n_heard):
            value = sign * downlink_of[phone, k]
            downlink[radio.at[place, rank * n_columns + k]] += value
            if k != rank:
                more_w += value * UNIT * radio.power_w[heard[place, k]]
        radio.asked_w[cell] += more_w
        radio.present_w[cell] = power_now_w(radio, cell)


@kernel(inline=True)
def _count(state: int, time_s: float, phone: int, sign: int) -> None:
    """Take or give back the codes of all legs, and the channel elements of their sites."""
    radio, window_s = radio_of(state), clockwork_of(state).rules[0].window_s
    row, cells = radio.phones[phone], radio.cells
    service, is_repacking = radio.services[row.service], radio.rules[0].is_repacking != 0
    for leg in range(row.n_legs):
        cell = radio.cell[row.place, row.rank[leg]]
        one = cells[cell]
        account_codes(radio, cell, time_s, window_s)
        one.n_codes_busy += sign * service.n_codes
        change(one.further_legs, sign * (leg > 0), time_s, window_s)
        if not is_repacking:
            mark_code(radio, cell, row.leaf[leg], service.n_codes)
        site = one.site_idx
        is_softer = False
        for earlier in range(leg):
            if cells[radio.cell[row.place, row.rank[earlier]]].site_idx == site:
                is_softer = True
        if not is_softer:
            account_elements(radio, site, time_s, window_s)
            radio.sites[site].n_busy += sign * service.n_elements


@kernel(inline=True)
def account_codes(radio: Radio, cell: int, time_s: float, window_s: float) -> None:
    """Bring the integral of a cell's codes up to now; they may change afterwards."""
    one = radio.cells[cell]
    one.codes.value = one.n_codes_busy
    account(one.codes, time_s, window_s)


@kernel(inline=True)
def account_elements(radio: Radio, site: int, time_s: float, window_s: float) -> None:
    """Bring the integral of a site's channel elements up to now; they may change afterwards."""
    one = radio.sites[site]
    one.busy.value = one.n_busy
    account(one.busy, time_s, window_s)


@kernel(inline=True)
def _chain(radio: Radio, phone: int, cell: int) -> None:
    """Put a phone at the head of the chain of the cell that serves it."""
    phones, one = radio.phones, radio.cells[cell]
    row = phones[phone]
    row.before, row.after = -1, one.first_phone
    if one.first_phone >= 0:
        phones[one.first_phone].before = phone
    one.first_phone = phone
    one.least_tolerance_w = min(one.least_tolerance_w, row.tolerance_w)


@kernel(inline=True)
def _unchain(radio: Radio, phone: int, cell: int) -> None:
    phones, one = radio.phones, radio.cells[cell]
    row = phones[phone]
    if row.before >= 0:
        phones[row.before].after = row.after
    else:
        one.first_phone = row.after
        if row.after < 0:
            one.least_tolerance_w = math.inf
    if row.after >= 0:
        phones[row.after].before = row.before
