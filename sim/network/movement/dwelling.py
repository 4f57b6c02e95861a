"""Phones that go from cell to cell after a time in each: how long they stay, and where they go."""

import math

from sim.compilation.kernels import kernel
from sim.network.clockwork import clockwork_of
from sim.network.movement.state import movement_of
from sim.scenario.journeys_section import Dwell as DwellSection
from sim.streams import (
    STREAM_DWELL,
    STREAM_DWELL_CELL,
    exponential_quantile,
    normal_quantile,
    uniform,
    uniform_pair,
)

FIXED, EXPONENTIAL, ERLANG, LOGNORMAL = range(4)
_SHIFT = 48  # bits of the address of a call
_DRAWS = 8  # for each stay


def dwell_law(dwell: DwellSection) -> tuple[int, float, float]:
    """Return the law of the time in a cell: FIXED and so on, and its parameters as the room has them [s]."""
    if dwell.law == "erlang":
        return ERLANG, dwell.mean_s / dwell.shape, float(dwell.shape)
    if dwell.law == "lognormal":
        variance = math.log1p(dwell.cv**2)
        return LOGNORMAL, math.log(dwell.mean_s) - variance / 2.0, math.sqrt(variance)
    return (FIXED if dwell.law == "fixed" else EXPONENTIAL), dwell.mean_s, 0.0


@kernel
def draw_dwell_s(state: int, mover: int) -> float:
    """
    Return how long a phone stays in the cell that it has come into; in its first, how much of a stay is left.

    What is left of a stay in equilibrium is a uniform part of one that is chosen with a probability as its length.
    """
    run, one = clockwork_of(state).rules[0], movement_of(state).movers[mover]
    law = movement_of(state).dwells[one.source]
    first = one.index + ((_DRAWS * one.n_dwells) << _SHIFT)
    is_first = one.n_dwells == 0
    u, v = uniform_pair(run.seed, run.replication, STREAM_DWELL, one.entity, first)
    if law.law == FIXED:
        return law.a * u if is_first else law.a
    if law.law == EXPONENTIAL:
        return law.a * exponential_quantile(u)
    if law.law == LOGNORMAL:
        shift = law.b * law.b if is_first else 0.0
        whole_s = math.exp(law.a + shift + law.b * normal_quantile(u))
        return whole_s * v if is_first else whole_s
    whole_s, n_parts = 0.0, int(law.b) + is_first
    for k in range(n_parts):
        p, q = uniform_pair(
            run.seed, run.replication, STREAM_DWELL, one.entity, first + ((k // 2 + 1) << _SHIFT)
        )
        whole_s += law.a * exponential_quantile(p if k % 2 == 0 else q)
    return whole_s * v if is_first else whole_s


@kernel
def draw_cell(state: int, mover: int, cell: int) -> int:
    """Return the cell into which a phone goes from another one."""
    run, movement = clockwork_of(state).rules[0], movement_of(state)
    one = movement.movers[mover]
    law, cells = movement.dwells[one.source], movement.dwell_cells
    index = one.index + (one.n_dwells << _SHIFT)
    u = uniform(run.seed, run.replication, STREAM_DWELL_CELL, one.entity, index)
    n = law.end - law.first
    own = 0
    while own < n and cells[law.first + own] != cell:
        own += 1
    n_others = n - 1 if own < n else n
    chosen = min(n_others - 1, int(u * n_others))
    return cells[law.first + (chosen + 1 if chosen >= own else chosen)]
