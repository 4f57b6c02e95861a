"""The exchanges of a scenario: those that the rule lays out, and those that the user gives."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import networkx as nx
import numpy as np

from sim.errors import Problem, WorldError
from sim.scenario.fixed_section import ListedExchange
from sim.scenario.messages import did_you_mean, given
from sim.scenario.schema import Scenario
from sim.scenario.switching_section import TrunkGroup
from sim.tables import NONE_IDX
from sim.world.exchange_layout import Node, lay_out
from sim.world.exchange_staff import operators_by_hour
from sim.world.exchange_tables import read_exchange_files
from sim.world.exchanges import FIXED, Exchanges, Trunks
from sim.world.landscape import Landscape
from sim.world.listed_sites import shorten, stand

_MOST_NAMED = 5  # exchanges that a note names of each part


def build_exchanges(scenario: Scenario, folder: Path, landscape: Landscape) -> Exchanges:
    """
    Return the exchanges of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where its files lie.
    landscape : Landscape
        Land and people.

    Returns
    -------
    Exchanges
        Switching centres, then exchanges.

    Raises
    ------
    WorldError
        If an exchange or a trunk group cannot be, with every problem found in a step.
    """
    generated: list[Node] = []
    more_groups: list[TrunkGroup] = []
    if scenario.fixed.source == "generated":
        generated, more_groups = lay_out(scenario, landscape)
    problems: list[Problem] = []
    written, file_groups = _written(scenario, folder)
    placed = [_place(where, exchange, landscape, problems) for where, exchange in written]
    nodes = [*generated, *placed]
    if scenario.fixed.source == "none":
        nodes = [Node(ListedExchange(name=FIXED), "fixed", NONE_IDX)]
    centres = [
        Node(ListedExchange(name=network.name), f"networks[{network.name}]", NONE_IDX)
        for network in scenario.networks
    ]
    problems += _taken_names([*centres, *nodes])
    if problems:
        raise WorldError(*shorten(problems))
    groups = [
        *(
            (f"switching.trunk_groups[{i}]", g)
            for i, g in enumerate(scenario.switching.trunk_groups)
        ),
        *file_groups,
        *(("fixed.generated", group) for group in more_groups),
    ]
    return _assemble(scenario, centres, nodes, groups)


_Written = list[tuple[str, ListedExchange]]
_Groups = list[tuple[str, TrunkGroup]]


def _written(scenario: Scenario, folder: Path) -> tuple[_Written, _Groups]:
    """Return the exchanges and trunk groups that the user gives, each with where it was written."""
    listed = [(f"fixed.exchanges[{one.name}]", one) for one in scenario.fixed.exchanges]
    of_files, groups = read_exchange_files(scenario.fixed, folder)
    return [*listed, *of_files], groups


def _place(
    where: str, exchange: ListedExchange, landscape: Landscape, problems: list[Problem]
) -> Node:
    """Return an exchange with its place and province; adds what is wrong with them."""
    codes = landscape.territory.code
    province, x_m, y_m = 0, np.nan, np.nan
    keys = ("x_km", "y_km", "longitude_deg", "latitude_deg")
    if any(getattr(exchange, key) is not None for key in keys):
        place = stand(where, exchange, landscape.grid)
        if isinstance(place, Problem):
            problems.append(place)
        else:
            x_m, y_m, square = place
            province = int(landscape.grid.province_idx[square])
    if exchange.province is not None:
        if exchange.province in codes:
            province = codes.index(exchange.province)
        else:
            hint = did_you_mean(exchange.province, codes, "provinces")
            problems.append(
                Problem(where, f"province = {given(exchange.province)}: unknown; {hint}")
            )
    return Node(exchange, where, province, x_m, y_m)


def _taken_names(nodes: Sequence[Node]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for node in nodes:
        name = node.exchange.name
        if name in first:
            message = f"name = {given(name)}: already that of {first[name]}; rename one"
            yield Problem(node.where, message)
        first.setdefault(name, node.where)


def _assemble(
    scenario: Scenario, centres: list[Node], exchanges: list[Node], groups: _Groups
) -> Exchanges:
    """Return nodes and trunk groups as arrays."""
    nodes = [*centres, *exchanges]
    names = tuple(node.exchange.name for node in nodes)
    place = {name: i for i, name in enumerate(names)}
    gateway = scenario.fixed.gateway or exchanges[0].exchange.name
    problems = []
    if gateway not in names[len(centres) :]:
        hint = did_you_mean(gateway, names[len(centres) :], "exchanges")
        problems.append(Problem("fixed.gateway", f"{given(gateway)}: unknown exchange; {hint}"))
    else:
        place[FIXED] = place[gateway]
    trunks = _trunks(groups, place, problems)
    manual = scenario.switching.manual
    is_manual = np.array([node.exchange.is_manual for node in nodes], np.bool_)
    problems += _operators_missing(scenario, names, is_manual, trunks)
    if problems:
        raise WorldError(*shorten(problems))
    return Exchanges(
        name=names,
        n_centres=len(centres),
        gateway_idx=place[gateway],
        is_manual=is_manual,
        province_idx=np.array([node.province_idx for node in nodes], np.uint8),
        x_m=np.array([node.x_m for node in nodes], np.float64),
        y_m=np.array([node.y_m for node in nodes], np.float64),
        n_lines=np.array([node.exchange.n_lines for node in nodes], np.int32),
        n_operators=np.stack([operators_by_hour(scenario, node.exchange) for node in nodes]),
        n_cords=np.array([node.exchange.n_cords or manual.n_cords for node in nodes], np.int32),
        works_with_tickets=np.array(
            [(node.exchange.working or manual.working) == "delay" for node in nodes], np.bool_
        ),
        trunks=trunks,
    )


def _trunks(groups: _Groups, place: dict[str, int], problems: list[Problem]) -> Trunks:
    ends: list[tuple[int, int]] = []
    kept: list[TrunkGroup] = []
    seen: dict[frozenset[int], str] = {}
    for where, group in groups:
        unknown = [name for name in group.between if name not in place]
        for name in unknown:
            hint = did_you_mean(name, tuple(place), "networks and exchanges")
            message = f"{given(name)}: unknown network or exchange; {hint}"
            problems.append(Problem(where, message))
        if unknown:
            continue
        a, b = (place[name] for name in group.between)
        pair = frozenset((a, b))
        if a == b or pair in seen:
            other = "itself" if a == b else f"the same as {seen[pair]} does"
            message = f"{' and '.join(group.between)}: joins {other}; must join two others"
            problems.append(Problem(where, message))
            continue
        seen[pair] = where
        ends.append((a, b))
        kept.append(group)
    joined = np.array(ends, np.int32).reshape(-1, 2)
    return Trunks(
        name=tuple("-".join(group.between) for group in kept),
        a=joined[:, 0],
        b=joined[:, 1],
        n_circuits=np.array([group.n_circuits for group in kept], np.int32),
        n_reserved=np.array([group.n_reserved for group in kept], np.int32),
        order=np.array([group.order for group in kept], np.int32),
    )


def _operators_missing(
    scenario: Scenario, names: Sequence[str], is_manual: Iterable[bool], trunks: Trunks
) -> Iterator[Problem]:
    """Yield what is wrong with the exchanges that work calls between networks by hand."""
    manual = [name for name, one in zip(names, is_manual, strict=True) if one]
    graph = nx.Graph()
    graph.add_nodes_from(names)
    graph.add_edges_from((names[a], names[b]) for a, b in zip(trunks.a, trunks.b, strict=True))
    for i, entry in enumerate(scenario.switching.interconnect):
        for j, name in enumerate(entry.at):
            where = f"switching.interconnect[{i}].at[{j}]"
            if name not in manual:
                hint = did_you_mean(name, manual, "manual exchanges")
                yield Problem(where, f"{given(name)}: no manual exchange; {hint}")
                continue
            for network in entry.between:
                if network != FIXED and not nx.has_path(graph, network, name):
                    message = f"no trunk group leads from {network} to {name}; add one"
                    yield Problem(where, message)


def exchange_notes(scenario: Scenario, exchanges: Exchanges) -> Iterator[str]:
    """
    Yield what every output must say of the exchanges.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    exchanges : Exchanges
        Exchanges.

    Yields
    ------
    str
        Note.
    """
    if not exchanges.is_simulated:
        return
    if scenario.fixed.source == "generated":
        yield "exchanges are placed by rule, not observed"
    parts = sorted(
        nx.connected_components(exchanges.graph()), key=lambda part: (-len(part), min(part))
    )
    for part in parts[1:]:
        named = sorted(part)
        shown = ", ".join(named[:_MOST_NAMED])
        more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
        yield f"no trunk group leads from {shown}{more} to the rest; calls between them end as no_route"
