"""Admission of a phone by the rules of soft capacity (docs/wcdma.md), and its leaving."""

import math

from numba import njit

from sim.network.codes import find_code, has_code, mark_code
from sim.network.radio_power import power_now_w
from sim.network.radio_state import UNIT, Radio, in_units
from sim.network.soft_handover import ASKED, POWER, ask, share_power
from sim.network.ways import CONNECTED
from sim.tables import Outcome

NO_COVERAGE = int(Outcome.NO_COVERAGE)
BLOCKED_UPLINK = int(Outcome.BLOCKED_UPLINK)
BLOCKED_DOWNLINK = int(Outcome.BLOCKED_DOWNLINK)
BLOCKED_CODE = int(Outcome.BLOCKED_CODE)
BLOCKED_CHANNEL_ELEMENT = int(Outcome.BLOCKED_CHANNEL_ELEMENT)

_NO_CODE, _FRAGMENTED, _NO_ELEMENT = -1, -2, -3
"""In place of a number of legs: no code, codes that are free but not together, no channel element."""


@njit(cache=True, forceinline=True)
def received_w(radio: Radio, place: int) -> float:
    """
    Return all power that a phone receives, its noise included; keep the powers of the cells in the scratch.

    Parameters
    ----------
    radio : Radio
        State.
    place : int
        Place of the phone.

    Returns
    -------
    float
        Power. [W]
    """
    total_w = 0.0
    for k in range(radio.info[place].n_heard):
        power_w = radio.present_w[radio.cell[place, k]]
        radio.scratch[k, POWER] = power_w
        total_w += power_w * radio.downlink_gain[place, k]
    return total_w + radio.rules[0].phone_noise_w


@njit(cache=True)
def admit(radio: Radio, time_s: float, link: int, place: int, service: int) -> int:
    """
    Admit a phone if the radio allows, and let it hold what it needs.

    Parameters
    ----------
    radio : Radio
        State; changed if the phone is admitted.
    time_s : float
        Now. [s]
    link : int
        Its link, which holds nothing yet.
    place : int
        Where the phone is.
    service : int
        What it asks for.

    Returns
    -------
    int
        CONNECTED, or what becomes of a call whose caller is refused.
    """
    if radio.info[place].n_tried == 0:
        return NO_COVERAGE
    rules, one = radio.rules[0], radio.services[service]
    first = radio.cells[radio.cell[place, 0]]
    total_w = received_w(radio, place)
    if first.pilot_w * radio.downlink_gain[place, 0] < rules.min_ec_io * total_w:
        return NO_COVERAGE
    # The uplink, with the phone in it.
    left = 1.0 - radio.uplink[first.diagonal] * UNIT - one.load
    elsewhere_w = radio.elsewhere_w[radio.cell[place, 0]]
    if elsewhere_w > left * first.limit_w:
        return BLOCKED_UPLINK
    tolerance_w = rules.phone_max_w * one.uplink_activity * radio.uplink_gain[place, 0] / one.load
    if elsewhere_w > left * tolerance_w:
        return NO_COVERAGE
    n_legs = _find_legs(radio, place, service)
    if n_legs < 0:
        if n_legs == _FRAGMENTED and 0.0 <= time_s < rules.window_s:
            first.n_fragmented += 1
        return BLOCKED_CHANNEL_ELEMENT if n_legs == _NO_ELEMENT else BLOCKED_CODE
    outcome = _fit_power(radio, place, service, n_legs, total_w)
    if outcome >= 0:
        return outcome
    _hold(radio, time_s, link, place, service, -outcome, tolerance_w)
    return CONNECTED


@njit(cache=True)
def _find_legs(radio: Radio, place: int, service: int) -> int:
    """Put the ranks of the legs for which there are codes and elements into `legs`; say how many, or what lacks."""
    one, n_legs = radio.services[service], 0
    for rank in range(radio.info[place].n_tried):
        cell = radio.cell[place, rank]
        if not has_code(radio, cell, one.n_codes):
            if rank == 0:
                n_busy = radio.cells[cell].n_codes_busy
                is_full = n_busy + one.n_codes > radio.rules[0].code_capacity
                return _NO_CODE if is_full else _FRAGMENTED
            continue
        site = radio.sites[radio.cells[cell].site_idx]
        if site.n_busy + one.n_elements > site.n_elements and not _has_leg_at_site(
            radio, place, n_legs, radio.cells[cell].site_idx
        ):
            if rank == 0:
                return _NO_ELEMENT
            continue
        radio.legs[n_legs] = rank
        n_legs += 1
    return n_legs


@njit(cache=True, forceinline=True)
def _has_leg_at_site(radio: Radio, place: int, n_legs: int, site: int) -> bool:
    is_there = False
    for k in range(n_legs):
        is_there |= radio.cells[radio.cell[place, radio.legs[k]]].site_idx == site
    return is_there


@njit(cache=True)
def _fit_power(radio: Radio, place: int, service: int, n_legs: int, total_w: float) -> int:
    """Leave out legs whose cells lack power; return minus the number of those that stay, or an outcome."""
    rules, one = radio.rules[0], radio.services[service]
    link_max_w = radio.cells[radio.cell[place, 0]].pilot_w * rules.link_to_pilot
    while True:
        power_w = one.need * share_power(radio, place, n_legs, total_w)
        if power_w > link_max_w * one.downlink_activity:
            return NO_COVERAGE
        constant_w = ask(radio, place, service, n_legs)
        n_kept = 0
        for k in range(n_legs):
            if _has_power(radio, place, radio.legs[k], constant_w):
                radio.legs[n_kept] = radio.legs[k]
                n_kept += 1
            elif k == 0:
                return BLOCKED_DOWNLINK
        if n_kept == n_legs:
            return -n_legs
        n_legs = n_kept


@njit(cache=True, forceinline=True)
def _has_power(radio: Radio, place: int, rank: int, constant_w: float) -> bool:
    """Say whether the cell of a leg has power for it."""
    cell = radio.cell[place, rank]
    one = radio.cells[cell]
    rest_w = radio.asked_w[cell] + constant_w
    for k in range(radio.info[place].n_heard):
        if k != rank:
            rest_w += radio.scratch[k, ASKED] * radio.power_w[radio.cell[place, k]]
    left = 1.0 - radio.downlink[one.diagonal] * UNIT - radio.scratch[rank, ASKED]
    reserved_share = radio.rules[0].reserved_share
    if radio.is_full[cell]:
        return rest_w <= (left - reserved_share) * one.most_w
    return rest_w <= left * (1.0 - reserved_share) * one.most_w


@njit(cache=True)
def _hold(
    radio: Radio,
    time_s: float,
    link: int,
    place: int,
    service: int,
    n_legs: int,
    tolerance_w: float,
) -> None:
    """Let a phone hold its legs."""
    rules, one, n_heard = radio.rules[0], radio.services[service], radio.info[place].n_heard
    constant_w = ask(radio, place, service, n_legs)
    gain = radio.uplink_gain[place, 0]
    for k in range(n_heard):
        radio.uplink_of[link, k] = in_units(one.load * (radio.uplink_gain[place, k] / gain))
        radio.downlink_of[link, k] = in_units(radio.scratch[k, ASKED])
    radio.downlink_of[link, n_heard] = in_units(constant_w)
    row = radio.links[link]
    row.tolerance_w = tolerance_w
    row.place, row.service, row.n_legs = place, service, n_legs
    for k in range(n_legs):
        row.rank[k] = radio.legs[k]
        if not rules.is_repacking:
            cell = radio.cell[place, radio.legs[k]]
            row.leaf[k] = find_code(radio, cell, one.n_codes)
    _chain(radio, link, radio.cell[place, 0])
    _count(radio, time_s, link, 1)
    _add(radio, link, 1)


@njit(cache=True)
def leave(radio: Radio, time_s: float, link: int) -> None:
    """
    Let a phone release whatever it holds.

    Parameters
    ----------
    radio : Radio
        State; changed.
    time_s : float
        Now. [s]
    link : int
        Its link; nothing happens when it has no leg.
    """
    row = radio.links[link]
    if row.n_legs == 0:
        return
    _add(radio, link, -1)
    _count(radio, time_s, link, -1)
    _unchain(radio, link, radio.cell[row.place, 0])
    row.n_legs = 0


@njit(cache=True, forceinline=True)
def _add(radio: Radio, link: int, sign: int) -> None:
    """Add a phone's coefficients to those of the cells, or take them away."""
    row = radio.links[link]
    place, n_heard = row.place, radio.info[row.place].n_heard
    n_columns = radio.cell.shape[1]
    first_w = radio.interference_w[radio.cell[place, 0]]
    for k in range(n_heard):
        value = sign * radio.uplink_of[link, k]
        radio.uplink[radio.uplink_at[place, k]] += value
        radio.is_due_up[radio.cell[place, k]] = 1
        if k > 0:
            radio.elsewhere_w[radio.cell[place, k]] += value * UNIT * first_w
    constant = sign * radio.downlink_of[link, n_heard]
    for leg in range(row.n_legs):
        rank = row.rank[leg]
        cell = radio.cell[place, rank]
        radio.cells[cell].need += constant
        radio.is_due_down[cell] = 1
        more_w = constant * UNIT
        for k in range(n_heard):
            value = sign * radio.downlink_of[link, k]
            radio.downlink[radio.at[place, rank * n_columns + k]] += value
            if k != rank:
                more_w += value * UNIT * radio.power_w[radio.cell[place, k]]
        radio.asked_w[cell] += more_w
        radio.present_w[cell] = power_now_w(radio, cell)


@njit(cache=True, forceinline=True)
def _count(radio: Radio, time_s: float, link: int, sign: int) -> None:
    """Take or give back the codes of all legs, and the channel elements of their sites."""
    row = radio.links[link]
    service, rules = radio.services[row.service], radio.rules[0]
    for leg in range(row.n_legs):
        cell = radio.cell[row.place, row.rank[leg]]
        account_codes(radio, cell, time_s)
        radio.cells[cell].n_codes_busy += sign * service.n_codes
        radio.cells[cell].n_further_legs += sign * (leg > 0)
        if not rules.is_repacking:
            mark_code(radio, cell, row.leaf[leg], service.n_codes)
        site = radio.cells[cell].site_idx
        is_softer = False
        for earlier in range(leg):
            if radio.cells[radio.cell[row.place, row.rank[earlier]]].site_idx == site:
                is_softer = True
        if not is_softer:
            account_elements(radio, site, time_s)
            radio.sites[site].n_busy += sign * service.n_elements


@njit(cache=True, forceinline=True)
def account_codes(radio: Radio, cell: int, time_s: float) -> None:
    """
    Add the time since the last change to the integrals of a cell's codes and legs.

    Parameters
    ----------
    radio : Radio
        State; changed.
    cell : int
        Cell.
    time_s : float
        Now. [s]
    """
    one = radio.cells[cell]
    length_s = min(time_s, radio.rules[0].window_s) - max(one.last_s, 0.0)
    if length_s > 0.0:
        one.code_s += one.n_codes_busy * length_s
        one.further_leg_s += one.n_further_legs * length_s
    one.last_s = time_s


@njit(cache=True, forceinline=True)
def account_elements(radio: Radio, site: int, time_s: float) -> None:
    """
    Add the time since the last change to the integral of a site's channel elements.

    Parameters
    ----------
    radio : Radio
        State; changed.
    site : int
        Site.
    time_s : float
        Now. [s]
    """
    one = radio.sites[site]
    length_s = min(time_s, radio.rules[0].window_s) - max(one.last_s, 0.0)
    if length_s > 0.0:
        one.busy_s += one.n_busy * length_s
    one.last_s = time_s


@njit(cache=True, forceinline=True)
def _chain(radio: Radio, link: int, cell: int) -> None:
    """Put a link at the head of the chain of the cell that serves it."""
    row, one = radio.links[link], radio.cells[cell]
    row.before, row.after = -1, one.first_link
    if one.first_link >= 0:
        radio.links[one.first_link].before = link
    one.first_link = link
    one.least_tolerance_w = min(one.least_tolerance_w, row.tolerance_w)


@njit(cache=True, forceinline=True)
def _unchain(radio: Radio, link: int, cell: int) -> None:
    row = radio.links[link]
    if row.before >= 0:
        radio.links[row.before].after = row.after
    else:
        radio.cells[cell].first_link = row.after
        if row.after < 0:
            radio.cells[cell].least_tolerance_w = math.inf
    if row.after >= 0:
        radio.links[row.after].before = row.before
