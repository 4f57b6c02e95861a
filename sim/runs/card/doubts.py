"""Where arithmetic already shows nonsense: the key, the number, and what to change."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.runs.card.card import Card, Load
from sim.runs.card.cells import Pools
from sim.runs.effort import duration_text
from sim.scenario.networks_section import Network
from sim.world.build import World

MOST_UNCOVERED, MOST_REFUSED, MOST_UNJOINED = 0.25, 0.1, 0.01
"""Shares that are doubted when exceeded: lines without cover, calls refused, and without a route (house limits). [1]"""

_LONG_S = 12 * 3600.0
"""A run that takes longer is pointed out (house limit). [s]"""


@dataclass(frozen=True)
class Doubt:
    """Something that is allowed, and hardly meant."""

    key: str  # key of the scenario, with its value where it has one
    found: str  # what comes of it
    advice: str  # what to change

    def __str__(self) -> str:
        return f"{self.key}: {self.found}; {self.advice}"


def doubts_of(card: Card) -> list[Doubt]:
    """Return what is doubted, by subject."""
    found = [*_of_traffic(card), *_of_warmup(card)]
    if card.world is not None:
        found += _of_people(card, card.world)
        if card.load is not None:
            found += _of_networks(card, card.world, card.load)
            found += _of_routes(card.load)
            found += _of_circuits(card, card.world, card.load.groups)
            found += _of_operators(card, card.load)
    return [*found, *_of_effort(card)]


def _of_traffic(card: Card) -> Iterator[Doubt]:
    """Yield that nobody asks for anything, with the first key that says so."""
    needs, scenario = card.needs, card.scenario
    if needs.attempts or needs.n_flows or needs.n_messages:
        return
    key, found = f"traffic.erl_per_line = {scenario.traffic.erl_per_line:g}", ""
    advice = "raise it"
    if not needs.lines:
        key, advice = "networks[].n_subscribers = 0", "give lines to networks"
    elif not card.weight:
        key, found = "traffic.profile.daily", f", as it is 0 from {card.hour} h on"
        advice = "let the run begin in another hour"
    found = f"nobody calls in this run{found}"
    yield Doubt(key, found, f"{advice}, or name sources in traffic.sources")


def _of_warmup(card: Card) -> Iterator[Doubt]:
    missing, advice = card.scenario.short_warmup
    if missing:
        key = f"run.warmup_h = {card.scenario.warmup_h:g}"
        yield Doubt(key, f"the measured window {missing}", advice)


def _of_people(card: Card, world: World) -> Iterator[Doubt]:
    n_people = int(world.population.sum())
    n_lines = sum(network.n_subscribers for network in card.scenario.networks)
    if 0 < n_people < n_lines:
        yield Doubt(
            "networks[].n_subscribers",
            f"{n_lines:,} lines are more than the {n_people:,} people",
            "lower them, or raise population.total",
        )


def _of_networks(card: Card, world: World, load: Load) -> Iterator[Doubt]:
    """Yield networks that are not heard, and those whose cells or sites refuse much."""
    for k, network in enumerate(card.scenario.networks):
        share = float(load.uncovered_share[k])
        if share > MOST_UNCOVERED:
            yield Doubt(
                _sites_key(network),
                f"{percent(share)} of its lines have no cover at home",
                "give it more sites or a lower radio.min_rscp_dbm, or sell its lines near sites only (sold_within_km)",
            )
        refused = load.cells.of(world.cells.network_idx == k).refused_share
        if refused > MOST_REFUSED:
            yield _refused_by_cells(card, network.name, network.equipment.n_channels, refused)
        if load.elements is None:
            continue
        refused = load.elements.of(world.sites.network_idx == k).refused_share
        if refused > MOST_REFUSED:
            yield Doubt(
                f"radio.wcdma.n_channel_elements = {card.scenario.radio.wcdma.n_channel_elements}",
                f"the sites of {network.name} would refuse {percent(refused)} of the calls that are asked of them "
                "(Erlang B)",
                "give sites more of them, or the network more sites",
            )


def _sites_key(network: Network) -> str:
    """Return the key that says most of a network's sites."""
    if network.n_sites or not (network.sites or network.sites_file):
        return f"networks[{network.name}].n_sites = {network.n_sites}"
    return f"networks[{network.name}].{'sites_file' if network.sites_file else 'sites'}"


def _refused_by_cells(card: Card, name: str, n_channels: int, refused: float) -> Doubt:
    key, by = f"networks[{name}].equipment.n_channels = {n_channels}", "Erlang B"
    if card.scenario.radio.capacity == "wcdma":
        key = f"radio.wcdma.max_noise_rise_db = {card.scenario.radio.wcdma.max_noise_rise_db:g}"
        by = "uplink, Kaufman and Roberts"
    found = f"the cells of {name} would refuse {percent(refused)} of the calls that are asked of them ({by})"
    return Doubt(key, found, "raise it, give the network more sites, or lower traffic.erl_per_line")


def _of_routes(load: Load) -> Iterator[Doubt]:
    for one, other, share in load.unjoined:
        if share > MOST_UNJOINED:
            yield Doubt(
                "switching.trunk_groups",
                f"no way leads from {one} to {other}: {percent(share)} of the calls of {one} end as no_route",
                "join them by trunk groups, or lower the share of calls from one to the other",
            )


def _of_circuits(card: Card, world: World, groups: Pools) -> Iterator[Doubt]:
    """Yield the trunk group that refuses most, and how many do."""
    crowded = np.flatnonzero((groups.blocking > MOST_REFUSED) & (groups.offered_erl > 1.0))
    if not len(crowded):
        return
    worst = int(crowded[np.argmax(groups.blocking[crowded])])
    own = len(card.scenario.switching.trunk_groups)
    key = f"switching.trunk_groups[{worst}].n_circuits = {groups.n_servers[worst]:.0f}"
    if worst >= own:
        key = f"trunk group {world.exchanges.trunks.name[worst]}, {groups.n_servers[worst]:.0f} circuits"
    yield Doubt(
        key,
        f"{world.exchanges.trunks.name[worst]} would refuse {percent(float(groups.blocking[worst]))} of "
        f"{groups.offered_erl[worst]:,.1f} erl (Erlang B){_and_more(crowded, 'groups')}",
        "give it more circuits, or lower the traffic between the two",
    )


def _of_operators(card: Card, load: Load) -> Iterator[Doubt]:
    """Yield the manual exchange with most work for its operators, and how many have more than these can do."""
    boards = load.boards
    short = np.flatnonzero(boards.work_erl > boards.n_operators)
    if not len(short):
        return
    ratio = boards.work_erl[short] / np.maximum(boards.n_operators[short], 0.5)
    worst = int(short[np.argmax(ratio)])
    listed = [one.name for one in card.scenario.fixed.exchanges]
    name = boards.name[worst]
    key = "switching.manual.staffed_for_calls_per_line"
    if name in listed:
        exchange = card.scenario.fixed.exchanges[listed.index(name)]
        is_by_hour = exchange.positions_by_hour is not None
        key = f"fixed.exchanges[{name}].{'positions_by_hour' if is_by_hour else 'n_positions'}"
    yield Doubt(
        key,
        f"at {card.hour} h {name} has {boards.n_operators[worst]} operators for {boards.work_erl[worst]:,.1f} erl of "
        f"work{_and_more(short, 'exchanges')}: callers wait until they give up",
        "give them more operators, or fewer calls",
    )


def _and_more(places: NDArray[np.intp], what: str) -> str:
    n_more = len(places) - 1
    return f", and {n_more} more {what} are like it" if n_more else ""


def _of_effort(card: Card) -> Iterator[Doubt]:
    run, n_jobs = card.scenario.run, card.needs.jobs
    least, most = run.n_replications
    key = "run.precision" if run.precision else f"run.replications = {most}"
    run_s = card.replication_s * most / n_jobs
    at_most = "at most " * (most > least)
    if run_s > _LONG_S:
        yield Doubt(
            f"{key}, run.duration_h = {run.duration_h:g}",
            f"the run takes {at_most}about {duration_text(run_s)} on {n_jobs} process{'es' * (n_jobs > 1)}",
            "lower one of them, or subscribers.scale, or use a machine with more cores",
        )


def percent(share: float) -> str:
    """Return a share in per cent, as messages have it."""
    return f"{100.0 * share:.0f} %" if share >= 0.1 else f"{100.0 * share:.1f} %"
