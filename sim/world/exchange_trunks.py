"""Trunk groups between switching centres and exchanges, and what they join."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import networkx as nx

from sim.errors import Problem, WorldError
from sim.scenario.messages import did_you_mean, given
from sim.scenario.schema import Scenario
from sim.scenario.switching_section import TrunkGroup
from sim.world.listed_exchanges import FIXED
from sim.world.listed_sites import shorten


@dataclass(frozen=True)
class JoinedGroup:
    """A trunk group whose ends are known."""

    name: str  # both ends joined by a hyphen, as they are written
    a: int  # and b: nodes
    b: int
    n_circuits: int  # and n_reserved, order: as in `switching.trunk_groups`
    n_reserved: int
    order: int


def given_groups(scenario: Scenario) -> list[tuple[str, TrunkGroup]]:
    """Return the trunk groups of the scenario itself."""
    groups = scenario.switching.trunk_groups
    return [(f"switching.trunk_groups[{i}]", group) for i, group in enumerate(groups)]


def pair_of(group: TrunkGroup, gateway: str) -> frozenset[str]:
    """Return the nodes that a trunk group joins."""
    return frozenset(gateway if end == FIXED else end for end in group.between)


def join_groups(
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
    if problems:
        raise WorldError(*shorten(problems))
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


def check_operators(
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
    if problems:
        raise WorldError(*shorten(problems))
