"""Routes between exchanges: over which trunk group a call leaves, and over which ones when that is full."""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import networkx as nx

from sim.switching.trunks import TrunkGroup

Graph: TypeAlias = nx.Graph
"""A graph or multigraph without directions: nodes are exchanges, edges are trunk groups."""


Window = tuple[float, float]
"""Begin and end of what is measured. [s]"""


def new_trunk_group(number: int, name: str, edge: dict[str, Any], window: Window) -> TrunkGroup:
    """Return the trunk group of an edge."""
    return TrunkGroup(number, name, int(edge["n_circuits"]), int(edge.get("n_reserved", 0)), window)


@dataclass(frozen=True, slots=True)
class Choice:
    """A trunk group over which a call may leave."""

    group: TrunkGroup  # trunk group
    to: str  # exchange at its other end
    is_first: bool  # whether it is the first choice


class Routes:
    """
    Routes over a graph of exchanges.

    From an exchange a call leaves over the trunk group with the fewest groups to its destination; among equals by the
    group's attribute `order`, then by name. The others follow in that order, as long as they lead to the destination
    without touching an exchange twice and over at most `max_detour` groups more than the first choice. Each exchange
    on the way chooses anew.

    Parameters
    ----------
    graph : networkx.Graph or networkx.MultiGraph
        Nodes are names of exchanges. Edges are trunk groups with the attributes `n_circuits`, and, if wanted,
        `n_reserved` (0), `order` (0) and `name` (both exchanges, joined by a hyphen). The graph is copied.
    max_detour : int
        Trunk groups more than on the first choice, 0 or more.
    window : tuple of 2 float
        Begin and end of the measured window of the groups. [s]
    no_transit : collection of str
        Exchanges at which calls begin or end, but through which none passes.
    make_group : callable
        Makes the trunk group of an edge, given number, name, attributes and window.

    Attributes
    ----------
    groups : tuple of TrunkGroup
        Trunk groups, in the order of their numbers.
    """

    def __init__(
        self,
        graph: Graph,
        max_detour: int = 1,
        window: Window = (0.0, float("inf")),
        no_transit: Collection[str] = (),
        make_group: Callable[[int, str, dict[str, Any], Window], TrunkGroup] = new_trunk_group,
    ) -> None:
        if graph.is_directed():
            message = "the graph has directions; use networkx.Graph or networkx.MultiGraph"
            raise ValueError(message)
        self._graph = nx.Graph()
        self._graph.add_nodes_from(sorted(graph.nodes))
        self._joining: dict[tuple[str, str], list[tuple[Hashable, TrunkGroup]]] = {}
        self._max_detour = max_detour
        self._no_transit = frozenset(no_transit)
        self._choices: dict[tuple[frozenset[str], str, str], tuple[Choice, ...]] = {}
        self._distances: dict[tuple[frozenset[str], str], dict[str, int]] = {}
        edges = sorted(graph.edges(data=True), key=_edge_key)
        groups = []
        for number, (a, b, data) in enumerate(edges):
            name = _edge_name(a, b, data)
            if a == b:
                message = f"trunk group {name}: must join two exchanges, not {a} with itself"
                raise ValueError(message)
            if "n_circuits" not in data:
                message = f"trunk group {name}: must have the attribute n_circuits"
                raise ValueError(message)
            group = make_group(number, name, data, window)
            groups.append(group)
            self._graph.add_edge(a, b)
            for ends in ((a, b), (b, a)):
                self._joining.setdefault(ends, []).append((data.get("order", 0), group))
        self.groups = tuple(groups)
        self._only_neighbour = self._find_leaves()
        self._core = frozenset(self._graph) - frozenset(self._only_neighbour)

    def _find_leaves(self) -> dict[str, str]:
        """Return the exchanges that a single trunk group joins to the rest, with the exchange at its other end."""
        leaves = {}
        for node in self._graph:
            neighbours = list(self._graph[node])
            if len(neighbours) == 1 and len(self._joining[node, neighbours[0]]) == 1:
                leaves[node] = neighbours[0]
        return leaves

    @property
    def exchanges(self) -> tuple[str, ...]:
        """Return the exchanges of the graph."""
        return tuple(self._graph.nodes)

    @property
    def islands(self) -> tuple[frozenset[str], ...]:
        """Return the parts of the graph that no trunk group joins."""
        parts = (frozenset(part) for part in nx.connected_components(self._graph))
        return tuple(sorted(parts, key=lambda part: (-len(part), min(part))))

    def report(self) -> str:
        """
        Say which exchanges cannot reach each other.

        Returns
        -------
        str
            A line for each part but the largest; empty when the graph is connected.
        """
        islands = self.islands
        return "\n".join(
            f"{', '.join(sorted(part))}: no trunk group to {min(islands[0])} and "
            f"{len(islands[0]) - 1} more; calls between them end as no_route"
            for part in islands[1:]
        )

    def choices(self, visited: Iterable[str], here: str, destination: str) -> tuple[Choice, ...]:
        """
        Return the trunk groups over which a call may leave, in the order in which they are tried.

        Parameters
        ----------
        visited : iterable of str
            Exchanges that the call has touched; it does not come back to them.
        here : str
            Exchange where the call is.
        destination : str
            Exchange where it wants to.

        Returns
        -------
        tuple of Choice
            Choices; none when there is no route.
        """
        if here not in self._graph or destination not in self._graph:
            return ()
        # No way leads through an exchange with a single trunk group: routes are looked for among the others, once.
        passed = frozenset(node for node in visited if node not in self._only_neighbour)
        end = destination
        if self._only_neighbour.get(destination, here) != here:
            end = self._only_neighbour[destination]
            if end in passed or end in self._no_transit:
                return ()
        key = (passed, here, end)
        found = self._choices.get(key)
        if found is None:
            found = self._choices[key] = self._find(passed, here, end)
        return found

    def leads_on(self, node: str) -> bool:
        """
        Say whether more than one trunk group joins an exchange to others.

        Parameters
        ----------
        node : str
            Exchange.

        Returns
        -------
        bool
            Whether calls may pass through it, or leave it over several groups.
        """
        return node not in self._only_neighbour

    def _find(self, visited: frozenset[str], here: str, destination: str) -> tuple[Choice, ...]:
        passed = visited | {here} if here in self._core else visited
        if destination in passed or destination == here:
            return ()
        distance = self._distance(passed, destination)
        ways = sorted(
            (distance[to], order, group.name, group.number, to)
            for to in self._graph[here]
            if to in distance
            for order, group in self._joining[here, to]
        )
        return tuple(
            Choice(self.groups[number], to, number == ways[0][3])
            for length, _, _, number, to in ways
            if length <= ways[0][0] + self._max_detour
        )

    def _distance(self, passed: frozenset[str], destination: str) -> dict[str, int]:
        """Return how many trunk groups lead to a destination from each exchange, past those that a call has touched."""
        found = self._distances.get((passed, destination))
        if found is None:
            barred = passed | (self._no_transit - {destination})
            left = self._graph.subgraph((self._core | {destination}) - barred)
            found = dict(nx.single_source_shortest_path_length(left, destination))
            self._distances[passed, destination] = found
        return found


def _edge_name(a: str, b: str, data: dict[str, Any]) -> str:
    return str(data.get("name") or "-".join(sorted((a, b))))


def _edge_key(edge: tuple[str, str, dict[str, Any]]) -> tuple[str, Any, list[str]]:
    a, b, data = edge
    return _edge_name(a, b, data), data.get("order", 0), sorted((a, b))
