"""Soft handover: which cells a phone takes and gives up on its way (docs/movement.md)."""

import math

from sim.compilation.kernels import entry, kernel
from sim.network.movement.handover import (
    judge,
    keep_pending,
    mark_since,
    take_cell,
    write_handover,
)
from sim.network.movement.heard import fill_place, find_heard, listen
from sim.network.movement.state import Movement, movement_of
from sim.network.radio.admission import (
    ADMITTED,
    further_leg,
    hold,
    is_borne,
    leave,
    received_w,
    tolerance_w,
)
from sim.network.radio.soft_handover import share_power
from sim.network.radio.state import radio_of
from sim.tables.movement import ADDED, BEST, DONE, REPLACED

NAN = math.nan


@entry
def renew_legs(state: int, time_s: float, mover: int) -> None:
    """Renew the legs of a phone that has come into another square, or for which something is due."""
    movement, radio = movement_of(state), radio_of(state)
    one = movement.movers[mover]
    row = radio.phones[one.phone]
    n = listen(state, mover)
    n = _within_reach(movement, n)
    for leg in range(row.n_legs):
        k = find_heard(movement, n, radio.cell[row.place, row.rank[leg]])
        if k >= 0:
            movement.heard[k].is_leg = 1
    _mark(movement, mover, n, time_s)
    old_place, n_old, first = row.place, row.n_legs, row.cell
    leave(state, time_s, one.phone)
    place = movement.own_place[mover]
    if place == old_place:
        place += 1
    n_legs = _give_up(movement, n)
    n_legs = _take(state, time_s, mover, place, n, n_legs)
    if n_legs == 0:
        n_legs, place = n_old, old_place  # it goes on with what it has, until it is lost
        for leg in range(n_old):
            radio.legs[leg] = row.rank[leg]
    else:
        fill_place(state, mover, place, n)
        for leg in range(n_legs):
            radio.legs[leg] = leg
    total_w = received_w(radio, place)
    power_w = radio.services[row.service].need * share_power(radio, place, n_legs, total_w)
    is_lost = not is_borne(radio, place, row.service, power_w, total_w)
    row.tolerance_w = tolerance_w(radio, place, row.service)
    hold(state, time_s, one.phone, place, row.service, n_legs)
    best = radio.cell[place, 0]
    if best != first:
        write_handover(state, time_s, mover, BEST, best, DONE, 0.0)
        take_cell(state, time_s, one.phone, best)
    keep_pending(movement, mover, n)
    judge(state, time_s, mover, is_lost or n == 0 or not movement.heard[0].is_leg)


@kernel(inline=True)
def _within_reach(movement: Movement, n: int) -> int:
    """Return how many of the heard cells are not too much weaker than the first."""
    reach_cdb = movement.rules[0].reach_cdb
    kept = 0
    while kept < n and movement.heard[0].cdbm - movement.heard[kept].cdbm <= reach_cdb:
        kept += 1
    return kept


@kernel
def _weakest_leg(movement: Movement, n: int) -> int:
    """Return the weakest of the legs, -1 where there is none."""
    weakest = -1
    for k in range(n):
        if movement.heard[k].is_leg:
            weakest = k
    return weakest


@kernel
def _mark(movement: Movement, mover: int, n: int, time_s: float) -> None:
    """Say which legs are weak enough to be given up, and which other cells are strong enough to be taken."""
    rules, n_legs = movement.rules[0], 0
    for k in range(n):
        n_legs += movement.heard[k].is_leg
    weakest = _weakest_leg(movement, n)
    for k in range(n):
        heard = movement.heard[k]
        gap_cdb = movement.heard[0].cdbm - heard.cdbm
        if heard.is_leg:
            is_met = gap_cdb > rules.add_cdb + rules.margin_cdb
        elif n_legs == 0 or n_legs < rules.max_legs:
            is_met = gap_cdb <= rules.add_cdb
        else:
            is_met = heard.cdbm >= movement.heard[weakest].cdbm + rules.hysteresis_cdb
        mark_since(movement, mover, k, time_s, is_met)
        if is_met and n_legs == 0:
            heard.is_due = 1  # it would have no leg at all


@kernel
def _give_up(movement: Movement, n: int) -> int:
    """Give up legs that have been weak for long enough, the weakest first, but for the last; return how many stay."""
    n_legs = 0
    for k in range(n):
        n_legs += movement.heard[k].is_leg
    for i in range(n):
        heard = movement.heard[n - 1 - i]
        if heard.is_leg and heard.is_due and n_legs > 1:
            heard.is_leg, heard.is_due, heard.since_s = 0, 0, NAN
            n_legs -= 1
    return n_legs


@kernel
def _take(state: int, time_s: float, mover: int, place: int, n: int, n_legs: int) -> int:
    """Take the cells that have been strong for long enough as far as they can be had; return the number of legs."""
    movement = movement_of(state)
    rules, service = movement.rules[0], radio_of(state).phones[movement.movers[mover].phone].service
    for k in range(n):
        heard = movement.heard[k]
        if heard.is_leg or not heard.is_due:
            continue
        weakest = -1
        if n_legs >= rules.max_legs:
            weakest = _weakest_leg(movement, n)
            if heard.cdbm < movement.heard[weakest].cdbm + rules.hysteresis_cdb:
                continue
            movement.heard[weakest].is_leg = 0
        heard.is_leg = 1
        rank = 0
        for i in range(k):
            rank += movement.heard[i].is_leg
        refusal = further_leg(
            radio_of(state), place, service, fill_place(state, mover, place, n), rank
        )
        kind = ADDED if weakest < 0 else REPLACED
        code = DONE if refusal == ADMITTED else refusal
        write_handover(state, time_s, mover, kind, heard.cell, code, 0.0)
        if refusal == ADMITTED:
            n_legs += weakest < 0
            heard.since_s = NAN
            if weakest >= 0:
                movement.heard[weakest].is_due, movement.heard[weakest].since_s = 0, NAN
        else:
            heard.is_leg = 0
            if weakest >= 0:
                movement.heard[weakest].is_leg = 1
    return n_legs
