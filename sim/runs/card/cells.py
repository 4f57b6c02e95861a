"""
Cells and sites against the traffic that is asked of them.

Where cells have channels, blocking is Erlang's. With soft capacity only the uplink and the channel elements can be
told before anything is simulated: a cell bears calls up to its greatest noise rise, other cells adding a fixed ratio
of its own load; the downlink depends on where phones are.
"""

from dataclasses import dataclass

import numpy as np

from sim.radio.wcdma import uplink_load
from sim.runs.card.calls import Calls
from sim.runs.card.lines import Floats, Lines, ratio
from sim.runs.measures.window import group_sums
from sim.scenario.radio_section import Service
from sim.scenario.schema import Scenario
from sim.stats.theory import erlang_b_of_each, soft_blocking
from sim.units import SECONDS_PER_HOUR, db_to_linear
from sim.world.build import World

OTHER_CELL_RATIO = 0.65
"""
Interference from other cells over that of the own cell, three sectors, macro cells.

References
----------
H. Holma, A. Toskala (eds.), WCDMA for UMTS: 0.65 (remembered).
"""

_UNIT_LOAD = 1.0 / 8_000
"""Load of a basic unit (house default). [1]"""

_POINTS = 60
"""Loads at which the blocking of soft capacity is computed; between them it is interpolated (house default)."""


@dataclass(frozen=True)
class Pools:
    """Groups of servers of one kind, and what is asked of them."""

    offered_erl: Floats  # (pool,) traffic asked for [erl]
    n_servers: Floats  # (pool,) servers: channels, channel elements, or calls that the uplink bears
    blocking: Floats  # (pool,) share of it that is refused, by formula [1]

    def of(self, chosen: np.ndarray) -> "Pools":
        """Return some of the pools."""
        return Pools(self.offered_erl[chosen], self.n_servers[chosen], self.blocking[chosen])

    @property
    def refused_share(self) -> float:
        """Return the share of all traffic that is refused. [1]."""
        return float(ratio((self.offered_erl * self.blocking).sum(), self.offered_erl.sum()))

    @property
    def worst(self) -> int:
        """Return the pool that refuses the greatest share; of equals that with most traffic for its servers."""
        load = self.offered_erl / np.maximum(self.n_servers, 1.0)
        return int(np.lexsort((load, self.blocking))[-1])


def offered_to_cells(scenario: Scenario, world: World, lines: Lines, calls: Calls) -> Floats:
    """Return the traffic of the phones whose first-ranked cell each is, callers and called, and of Poisson sources."""
    n_cells = len(world.cells)
    offered_erl = np.zeros(n_cells)
    province = lines.province_idx
    for k in range(len(world.network_names)):
        cell = lines.first_cell[k]
        of_callers = lines.calls_h[k] * calls.caller_s[k, province] / SECONDS_PER_HOUR
        erl = of_callers + lines.n[k] * calls.called_erl[k, province]
        covered = lines.is_covered[k]
        offered_erl += group_sums(cell[covered], n_cells, erl[covered])
    cell_of_name = {name: i for i, name in enumerate(world.cells.name)}
    for source in scenario.traffic.sources:
        for name in source.cells:
            offered_erl[cell_of_name[name]] += source.offered_erl
    return offered_erl


def channels_of_cells(world: World, offered_erl: Floats) -> Pools:
    """Return cells that have channels."""
    n_channels = world.cells.n_channels
    blocking = erlang_b_of_each(offered_erl, n_channels)
    return Pools(offered_erl, n_channels.astype(np.float64), blocking)


def uplinks_of_cells(scenario: Scenario, offered_erl: Floats) -> Pools:
    """Return cells whose calls share the uplink; their greatest noise rise bears so many of them."""
    wcdma = scenario.radio.wcdma
    load, most = call_load(wcdma.services[0]), 1.0 - 1.0 / db_to_linear(wcdma.max_noise_rise_db)
    bears = most / (load * (1.0 + OTHER_CELL_RATIO))
    top = max(2.0 * bears, float(offered_erl.max(initial=0.0)))
    loads = np.linspace(0.0, top, _POINTS)
    points = [soft_blocking(most, [load], [a], OTHER_CELL_RATIO, _UNIT_LOAD)[0] for a in loads]
    blocking = np.interp(offered_erl, loads, points)
    return Pools(offered_erl, np.full(len(offered_erl), bears), blocking)


def call_load(service: Service) -> float:
    """Return the share of the interference at its cell that a call makes. [1]."""
    gamma = db_to_linear(service.uplink_eb_n0_db)
    return uplink_load(gamma, service.rate_bps, service.uplink_activity)


def elements_of_sites(scenario: Scenario, world: World, offered_erl: Floats) -> Pools:
    """Return the channel elements of sites, of which a call takes those of its service, one leg counted."""
    wcdma = scenario.radio.wcdma
    of_sites = group_sums(world.cells.site_idx, len(world.sites), offered_erl)
    n_calls = np.full(
        len(of_sites), wcdma.n_channel_elements // wcdma.services[0].n_channel_elements
    )
    return Pools(of_sites, n_calls.astype(np.float64), erlang_b_of_each(of_sites, n_calls))
