"""Exchanges of the fixed network, switching centres of the mobile ones, and the trunk groups between them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem
from sim.scenario.check_switching import FIXED
from sim.scenario.fixed_section import ListedExchange
from sim.scenario.messages import did_you_mean, given
from sim.scenario.schema import Scenario
from sim.scenario.switching_section import TrunkGroup
from sim.world.exchange_files import read_fixed_files
from sim.world.exchange_layout import NO_LAYOUT, lay_out, rule_groups
from sim.world.input_files import raise_first
from sim.world.landscape import Landscape
from sim.world.listed_exchanges import ExchangeOnGrid, find_gateway, fixed_exchanges
from sim.world.rotas import NO_OPERATORS, has_tickets, n_cords, rota, with_rotas


@dataclass(frozen=True)
class JoinedGroup:
    """A trunk group whose ends are known."""

    name: str  # both ends joined by a hyphen, as they are written
    a: int  # and b: nodes
    b: int
    n_circuits: int  # and n_reserved, order: as in `switching.trunk_groups`
    n_reserved: int
    order: int


def _given_groups(scenario: Scenario) -> list[tuple[str, TrunkGroup]]:
    """Return the trunk groups of the scenario itself."""
    groups = scenario.switching.trunk_groups
    return [(f"switching.trunk_groups[{i}]", group) for i, group in enumerate(groups)]


def _pair_of(group: TrunkGroup, gateway: str) -> frozenset[str]:
    """Return the nodes that a trunk group joins."""
    return frozenset(gateway if end == FIXED else end for end in group.between)


def _join_groups(
    names: Sequence[str], gateway_idx: int, groups: Iterable[tuple[str, TrunkGroup]]
) -> list[JoinedGroup]:
    """Return trunk groups with the nodes that they join."""
    node_of = {name: i for i, name in enumerate(names)} | {FIXED: gateway_idx}
    problems: list[Problem] = []
    joined: list[JoinedGroup] = []
    first_use: dict[frozenset[int], str] = {}
    for where, group in groups:
        wrong = list(_wrong_ends(where, group, node_of)) or list(_wrong_pair(where, group, node_of))
        problems += wrong
        if wrong:
            continue
        a, b = (node_of[end] for end in group.between)
        if frozenset((a, b)) in first_use:
            first = first_use[frozenset((a, b))]
            message = f"{_shown(group)}: this pair has a group already, {first}; leave one out"
            problems.append(Problem(where, message))
        first_use.setdefault(frozenset((a, b)), where)
        sizes = group.n_circuits, group.n_reserved, group.order
        joined.append(JoinedGroup("-".join(group.between), a, b, *sizes))
    raise_first(problems)
    return joined


def _shown(group: TrunkGroup) -> str:
    return f"between {given(list(group.between))}"


def _wrong_ends(where: str, group: TrunkGroup, node_of: dict[str, int]) -> Iterator[Problem]:
    """Yield ends that are no network and no exchange."""
    for end in group.between:
        if end not in node_of:
            hint = did_you_mean(end, node_of, "networks and exchanges")
            yield Problem(where, f"{given(end)}: unknown network or exchange; {hint}")


def _wrong_pair(where: str, group: TrunkGroup, node_of: dict[str, int]) -> Iterator[Problem]:
    """Yield what is wrong with a group whose ends are known."""
    a, b = (node_of[end] for end in group.between)
    if a == b:
        is_gateway = " (fixed means the gateway)" if FIXED in group.between else ""
        message = f"{_shown(group)}: must be two different ones{is_gateway}"
        yield Problem(where, message)
    if group.n_reserved > group.n_circuits:
        message = f"n_reserved = {group.n_reserved}: must be at most n_circuits, {group.n_circuits}"
        yield Problem(where, message)


def parts(names: Sequence[str], groups: Iterable[JoinedGroup]) -> list[set[str]]:
    """Return what trunk groups join."""
    graph = nx.Graph()
    graph.add_nodes_from(names)
    graph.add_edges_from((names[group.a], names[group.b]) for group in groups)
    return [set(part) for part in nx.connected_components(graph)]


def _check_operators(
    scenario: Scenario,
    names: Sequence[str],
    gateway_idx: int,
    manual: Iterable[str],
    groups: Iterable[JoinedGroup],
) -> None:
    """Check that calls worked by hand have operators, and these have routes to both sides."""
    with_operators = sorted(manual)
    part_of = {name: part for part in parts(names, groups) for name in part}
    problems = []
    for i, entry in enumerate(scenario.switching.interconnect):
        for j, name in enumerate(entry.at):
            where = f"switching.interconnect[{i}].at[{j}] = {given(name)}"
            if name not in with_operators:
                hint = did_you_mean(name, with_operators, "manual exchanges")
                problems.append(Problem(where, f"no manual exchange; {hint}"))
                continue
            for side in entry.between:
                end = names[gateway_idx] if side == FIXED else side
                if end not in part_of[name]:
                    message = f"no trunk groups lead to {end}; add what is missing on the way"
                    problems.append(Problem(where, message))
    raise_first(problems)


_MAX_PARTS, _MAX_NAMES = 6, 12
"""Parts and names of a part that a note lists; the rest is counted."""


@dataclass(frozen=True)
class Trunks:
    """Trunk groups: those of `switching.trunk_groups` in their order, then those of the fixed network."""

    name: tuple[str, ...]  # both ends joined by a hyphen, as they are written
    a: NDArray[np.int32]  # and b: (group,) nodes that each group joins
    b: NDArray[np.int32]
    n_circuits: NDArray[np.int32]  # (group,) circuits, used in both directions
    # (group,) circuits kept for calls that no other group has turned away
    n_reserved: NDArray[np.int32]
    order: NDArray[np.int32]  # (group,) rank among groups that lead equally far

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True)
class Exchanges:
    """Nodes of the switching network: a switching centre for each mobile network, then the exchanges."""

    name: tuple[str, ...]  # name of each node; that of a switching centre is its network's
    n_centres: int  # switching centres: the first nodes, in the order of the networks
    gateway_idx: int  # node that `fixed` in a trunk group means
    is_manual: NDArray[np.bool_]  # (node,) whether operators put calls through
    province_idx: NDArray[np.uint8]  # (node,) province, NONE_IDX of a switching centre
    x_m: NDArray[np.float64]  # and y_m: (node,) place in the grid's metres, NaN where unknown [m]
    y_m: NDArray[np.float64]
    n_lines: NDArray[np.int32]  # (node,) fixed lines
    n_operators: NDArray[np.int32]  # (node, hour of the day) operators on duty
    n_cords: NDArray[np.int32]  # (node,) cord pairs of a position
    # (node,) whether a caller who finds no circuit is called back
    works_with_tickets: NDArray[np.bool_]
    trunks: Trunks  # trunk groups

    def __len__(self) -> int:
        return len(self.name)

    @property
    def is_simulated(self) -> bool:
        """Say whether there are exchanges, not only one that stands for the whole fixed network."""
        return self.name[self.n_centres :] != (FIXED,)

    def graph(self) -> "nx.MultiGraph[str]":
        """
        Return the nodes and trunk groups as a graph.

        Returns
        -------
        networkx.MultiGraph
            Nodes are names; edges have `name`, `number`, `n_circuits`, `n_reserved` and `order`.
        """
        graph = nx.MultiGraph()
        graph.add_nodes_from(self.name)
        trunks = self.trunks
        for number, name in enumerate(trunks.name):
            graph.add_edge(
                self.name[trunks.a[number]],
                self.name[trunks.b[number]],
                name=name,
                number=number,
                n_circuits=int(trunks.n_circuits[number]),
                n_reserved=int(trunks.n_reserved[number]),
                order=int(trunks.order[number]),
            )
        return graph


def build_exchanges(scenario: Scenario, folder: Path, landscape: Landscape) -> Exchanges:
    """
    Return the exchanges and trunk groups of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where its tables lie.
    landscape : Landscape
        Land and people.

    Returns
    -------
    Exchanges
        Switching centres, then the exchanges: generated ones, those of the scenario, of its table, of its graph.
        Without a fixed network a single exchange stands for it.

    Raises
    ------
    WorldError
        If a table is wrong, a name is taken, a place lies outside the region, or a trunk group or calls by hand name
        an exchange that there is not, with every problem found in a step.
    """
    fixed, n_centres = scenario.fixed, len(scenario.networks)
    layout = lay_out(scenario, landscape) if fixed.source == "generated" else NO_LAYOUT
    files = read_fixed_files(scenario, folder)
    exchanges = fixed_exchanges(scenario, landscape, layout.exchanges, files.exchanges)
    default = layout.seats[layout.capital_idx] if layout.seats else 0
    place = find_gateway(fixed, exchanges, default)
    gateway, gateway_idx = exchanges[place], n_centres + place
    groups = [*_given_groups(scenario), *files.groups]
    pairs = {_pair_of(group, gateway.name) for _, group in groups}
    groups += rule_groups(fixed.generated, layout, gateway, pairs)
    names = (*(network.name for network in scenario.networks), *(e.name for e in exchanges))
    joined = _join_groups(names, gateway_idx, groups)
    daily, rule = scenario.traffic.profile.daily, scenario.switching.manual
    rotas = {one.name: rota(one.given, rule, daily) for one in exchanges if one.is_manual}
    _check_operators(scenario, names, gateway_idx, rotas, joined)
    rotas = with_rotas(rotas, files.rotas)
    return _arrays(scenario, exchanges, gateway_idx, joined, rotas)


def _arrays(
    scenario: Scenario,
    exchanges: Sequence[ExchangeOnGrid],
    gateway_idx: int,
    groups: Sequence[JoinedGroup],
    rotas: Mapping[str, tuple[int, ...]],
) -> Exchanges:
    """Return nodes and trunk groups as arrays; a switching centre has neither place nor operators."""
    centres = [ExchangeOnGrid("", ListedExchange(name=n.name)) for n in scenario.networks]
    nodes = [*centres, *exchanges]
    manual = scenario.switching.manual
    return Exchanges(
        name=tuple(node.name for node in nodes),
        n_centres=len(centres),
        gateway_idx=gateway_idx,
        is_manual=np.array([node.is_manual for node in nodes], np.bool_),
        province_idx=np.array([node.province_idx for node in nodes], np.uint8),
        x_m=np.array([node.x_m for node in nodes], np.float64),
        y_m=np.array([node.y_m for node in nodes], np.float64),
        n_lines=np.array([node.given.n_lines for node in nodes], np.int32),
        n_operators=np.array([rotas.get(node.name, NO_OPERATORS) for node in nodes], np.int32),
        n_cords=np.array([n_cords(node.given, manual) for node in nodes], np.int32),
        works_with_tickets=np.array([has_tickets(node.given, manual) for node in nodes], np.bool_),
        trunks=_trunks(groups),
    )


def islands(exchanges: Exchanges) -> str:
    """
    Return what outputs must say of nodes to which no trunk group leads.

    A note that names them, part by part; empty where everything is joined.
    """
    parts = list(nx.connected_components(exchanges.graph()))
    gateway = exchanges.name[exchanges.gateway_idx]
    apart = [
        [name for name in exchanges.name if name in part] for part in parts if gateway not in part
    ]
    if not apart:
        return ""
    shown = " | ".join(_listed(part) for part in apart[:_MAX_PARTS])
    if len(apart) > _MAX_PARTS:
        shown += f" | and {len(apart) - _MAX_PARTS} more parts"
    centres = exchanges.name[: exchanges.n_centres]
    n_networks = sum(name in centres for part in apart for name in part)
    nouns = ["networks"] * (n_networks > 0)
    nouns += ["exchanges"] * (n_networks < sum(map(len, apart)))
    return (
        f"{' and '.join(nouns)} {shown}: no trunk group leads to {gateway}; "
        "calls to them end as no_route"
    )


def _listed(part: Sequence[str]) -> str:
    more = f" and {len(part) - _MAX_NAMES} more" if len(part) > _MAX_NAMES else ""
    return ", ".join(part[:_MAX_NAMES]) + more


def _trunks(groups: Sequence[JoinedGroup]) -> Trunks:
    return Trunks(
        name=tuple(group.name for group in groups),
        a=np.array([group.a for group in groups], np.int32),
        b=np.array([group.b for group in groups], np.int32),
        n_circuits=np.array([group.n_circuits for group in groups], np.int32),
        n_reserved=np.array([group.n_reserved for group in groups], np.int32),
        order=np.array([group.order for group in groups], np.int32),
    )
