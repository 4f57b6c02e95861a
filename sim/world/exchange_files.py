"""Exchanges and trunk groups from the files beside a scenario: tables in CSV, and a graph in GraphML."""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import networkx as nx
from pydantic import ValidationError

from sim.errors import Problem, WorldError
from sim.scenario.check_switching import FIXED
from sim.scenario.find import label_of
from sim.scenario.fixed_section import Exchange, ListedExchange
from sim.scenario.messages import given
from sim.scenario.named_files import MAX_FILE_BYTES
from sim.scenario.schema import Scenario
from sim.scenario.sections import Name, Section, key
from sim.scenario.switching_section import Circuits, Rank, TrunkGroup
from sim.world.input_files import explain, noting, raise_first, read_bytes, read_rows
from sim.world.rotas import RotaRows, read_rotas

MAX_EXCHANGES, MAX_TRUNK_GROUPS = 5_000, 20_000
"""Most rows of a table, and nodes and edges of a graph (house limits)."""

Row = TypeVar("Row", bound=Section)
Entry = TypeVar("Entry")
Drawn = tuple[list[tuple[str, ListedExchange]], list[tuple[str, TrunkGroup]]]


class TrunkRow(Section):
    """A row of trunk_groups_file, or an edge of graph_file."""

    a: Name = key("a network or exchange")
    b: Name = key("another")
    n_circuits: Circuits
    n_reserved: Circuits = 0
    order: Rank = 0

    def group(self) -> TrunkGroup:
        """Return the row as a trunk group."""
        return TrunkGroup(
            between=(self.a, self.b),
            n_circuits=self.n_circuits,
            n_reserved=self.n_reserved,
            order=self.order,
        )


def _as_listed(row: Exchange) -> ListedExchange:
    """Return a row of a table as an exchange of a scenario."""
    return ListedExchange.model_construct(**dict(row))


def read_graph(path: Path, networks: Collection[str]) -> Drawn:
    """Return the exchanges and trunk groups of a graph."""
    label = label_of(path)
    graph = _parse(path, label)
    default = graph.graph["node_default"]
    nodes = {n: {"name": n} | values for n, values in _filled(graph.nodes(data=True), default)}
    problems: list[Problem] = []
    exchanges: dict[str, tuple[str, ListedExchange]] = {}
    known = {node for node, values in nodes.items() if len(values) == 1 and node in networks}
    for node in [node for node in nodes if node not in known]:
        where = f"{label}: node {given(node)}"
        row = _checked(Exchange, "exchange", where, nodes[node], problems)
        if row is not None:
            exchanges[node] = (where, _as_listed(row))
    known |= exchanges.keys()
    groups: list[tuple[str, TrunkGroup]] = []
    edges = (((a, b), values) for a, b, values in graph.edges(data=True))
    for (a, b), values in _filled(edges, graph.graph["edge_default"]):
        where = f"{label}: edge {given(a)} to {given(b)}"
        ends = {"a": nodes[a]["name"], "b": nodes[b]["name"]}
        if {a, b} <= known:
            edge = _checked(TrunkRow, "trunk group", where, values | ends, problems)
            groups += [] if edge is None else [(where, edge.group())]
    raise_first(problems)
    return list(exchanges.values()), groups


def _checked(
    section: type[Row], noun: str, where: str, values: Mapping[str, str], problems: list[Problem]
) -> Row | None:
    """Return a node or an edge as a section, or note what is wrong with it."""
    try:
        return section.model_validate(values)
    except ValidationError as error:
        problems.extend(
            Problem(where, explain(detail, values, section, noun)) for detail in error.errors()
        )
        return None


def _filled(
    entries: Iterable[tuple[Entry, Mapping[str, object]]], default: Mapping[str, object]
) -> Iterator[tuple[Entry, dict[str, str]]]:
    """Yield nodes, or ends of edges, with their attributes and the graph's defaults, empty ones left out."""
    for entry, values in entries:
        stripped = {key: str(text).strip() for key, text in {**default, **values}.items()}
        yield entry, {key: text for key, text in stripped.items() if text}


def _parse(path: Path, label: str) -> "nx.MultiGraph[str]":
    """Return a graph whose attributes are all text."""
    root = _read(path, label)
    elements: dict[str, list[ET.Element]] = {"key": [], "node": [], "edge": []}
    for element in root.iter():
        elements.get(element.tag.rpartition("}")[2], []).append(element)
    for attribute in elements["key"]:
        if attribute.get("yfiles.type") is None:
            attribute.set("attr.type", "string")
    for edge in elements["edge"]:
        # Edges of one identifier between the same nodes would become one.
        edge.attrib.pop("id", None)
    problems = list(_strange(label, elements["node"], elements["edge"]))
    raise_first(problems)
    try:
        return nx.parse_graphml(ET.tostring(root, encoding="unicode"), force_multigraph=True)
    except (nx.NetworkXError, KeyError, ValueError, AttributeError) as error:
        raise WorldError(Problem(label, f"is no GraphML that can be read ({error})")) from error


def _read(path: Path, label: str) -> ET.Element:
    """Return the root of an XML file."""
    data = read_bytes(path, label, "graph_file", "GraphML", MAX_FILE_BYTES)
    try:
        return ET.fromstring(data)
    except (ET.ParseError, LookupError, ValueError) as error:
        raise WorldError(
            Problem(label, f"is no XML ({error}); save the graph as GraphML")
        ) from error


def _strange(label: str, nodes: list[ET.Element], edges: list[ET.Element]) -> Iterator[Problem]:
    """Yield nodes that are there twice, edges that end nowhere, and too many of either."""
    for noun, found, most in (("nodes", nodes, MAX_EXCHANGES), ("edges", edges, MAX_TRUNK_GROUPS)):
        if len(found) > most:
            yield Problem(label, f"has {len(found):,} {noun}; must be at most {most:,}")
    if not nodes:
        yield Problem(label, "has no nodes; needs a graphml with a graph of nodes and edges")
    known = set()
    for node in nodes:
        name = node.get("id")
        if not name or name in known:
            what = "the identifier is missing" if not name else f"node {given(name)} is there twice"
            yield Problem(label, f"{what}; give each node an id of its own")
        known.add(name)
    for edge in edges:
        for end in (edge.get("source"), edge.get("target")):
            if end not in known:
                yield Problem(
                    label, f"an edge ends at {given(end)}, which is no node; add the node"
                )


@dataclass(frozen=True)
class FixedFiles:
    """What the files of a fixed network hold."""

    exchanges: list[tuple[str, ListedExchange]]  # exchanges of the table, then of the graph
    groups: list[tuple[str, TrunkGroup]]  # trunk groups of the table, then of the graph
    rotas: RotaRows  # operators on duty by exchange and hour


def read_fixed_files(scenario: Scenario, folder: Path) -> FixedFiles:
    """
    Return the exchanges, trunk groups and rotas of the files that a fixed network names.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where its files lie.

    Returns
    -------
    FixedFiles
        Exchanges, trunk groups and rotas.

    Raises
    ------
    WorldError
        With everything that is wrong in all files.
    """
    fixed = scenario.fixed
    networks = {network.name for network in scenario.networks} | {FIXED}
    problems: list[Problem] = []

    exchanges: list[tuple[str, ListedExchange]] = []
    groups: list[tuple[str, TrunkGroup]] = []
    rotas: RotaRows = []

    def _graph(path: Path) -> None:
        drawn = read_graph(path, networks)
        exchanges.extend(drawn[0])
        groups.extend(drawn[1])

    readers: tuple[tuple[str | None, Callable[[Path], None]], ...] = (
        (fixed.exchanges_file, lambda path: exchanges.extend(read_exchanges(path))),
        (fixed.trunk_groups_file, lambda path: groups.extend(_read_trunk_groups(path))),
        (fixed.graph_file, _graph),
        (fixed.rotas_file, lambda path: rotas.extend(read_rotas(path))),
    )
    for name, read in readers:
        if name is not None:
            with noting(problems):
                read(folder / name)
    raise_first(problems)
    return FixedFiles(exchanges, groups, rotas)


def read_exchanges(path: Path) -> list[tuple[str, ListedExchange]]:
    """Return the exchanges of a table."""
    rows = read_rows(path, Exchange, "exchange", MAX_EXCHANGES)
    return [(where, _as_listed(row)) for where, row in rows]


def _read_trunk_groups(path: Path) -> list[tuple[str, TrunkGroup]]:
    """Return the trunk groups of a table."""
    rows = read_rows(path, TrunkRow, "trunk group", MAX_TRUNK_GROUPS, ("a", "b", "n_circuits"))
    return [(where, row.group()) for where, row in rows]
