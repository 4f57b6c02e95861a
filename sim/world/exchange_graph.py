"""Exchanges and trunk groups drawn as a graph, in GraphML."""

import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import networkx as nx
from pydantic import Field, ValidationError

from sim.errors import Problem, WorldError
from sim.scenario.find import label_of
from sim.scenario.fixed_section import Exchange, ListedExchange
from sim.scenario.messages import given
from sim.scenario.sections import Name, Section
from sim.scenario.switching_section import Circuits, Rank, TrunkGroup
from sim.scenario.tables_beside import MAX_FILE_BYTES
from sim.world.csv_table import explain
from sim.world.given_file import read_given
from sim.world.listed_sites import shorten

MAX_NODES, MAX_EDGES = 5_000, 20_000
"""Most nodes and edges, as rows of a table (house limits)."""

Row = TypeVar("Row", bound=Section)
Entry = TypeVar("Entry")
Drawn = tuple[list[tuple[str, ListedExchange]], list[tuple[str, TrunkGroup]]]


class TrunkRow(Section):
    """A row of trunk_groups_file, or an edge of graph_file."""

    a: Name = Field(description="a network or exchange")
    b: Name = Field(description="another")
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


def as_listed(row: Exchange) -> ListedExchange:
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
            exchanges[node] = (where, as_listed(row))
    known |= exchanges.keys()
    groups: list[tuple[str, TrunkGroup]] = []
    edges = (((a, b), values) for a, b, values in graph.edges(data=True))
    for (a, b), values in _filled(edges, graph.graph["edge_default"]):
        where = f"{label}: edge {given(a)} to {given(b)}"
        ends = {"a": nodes[a]["name"], "b": nodes[b]["name"]}
        if {a, b} <= known:
            edge = _checked(TrunkRow, "trunk group", where, values | ends, problems)
            groups += [] if edge is None else [(where, edge.group())]
    if problems:
        raise WorldError(*shorten(problems))
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
    for key in elements["key"]:
        if key.get("yfiles.type") is None:
            key.set("attr.type", "string")
    for edge in elements["edge"]:
        # Edges of one identifier between the same nodes would become one.
        edge.attrib.pop("id", None)
    problems = list(_strange(label, elements["node"], elements["edge"]))
    if problems:
        raise WorldError(*shorten(problems))
    try:
        return nx.parse_graphml(ET.tostring(root, encoding="unicode"), force_multigraph=True)
    except (nx.NetworkXError, KeyError, ValueError, AttributeError) as error:
        raise WorldError(Problem(label, f"is no GraphML that can be read ({error})")) from error


def _read(path: Path, label: str) -> ET.Element:
    """Return the root of an XML file."""
    data = read_given(path, label, "graph_file", "GraphML", MAX_FILE_BYTES)
    try:
        return ET.fromstring(data)
    except (ET.ParseError, LookupError, ValueError) as error:
        raise WorldError(
            Problem(label, f"is no XML ({error}); save the graph as GraphML")
        ) from error


def _strange(label: str, nodes: list[ET.Element], edges: list[ET.Element]) -> Iterator[Problem]:
    """Yield nodes that are there twice, edges that end nowhere, and too many of either."""
    for noun, found, most in (("nodes", nodes, MAX_NODES), ("edges", edges, MAX_EDGES)):
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
