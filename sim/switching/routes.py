"""Trunk groups between exchanges, and routes: over which group a call leaves, and over which ones when that is full."""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import networkx as nx

from sim.switching.ledger import Level


class TrunkGroup:
    """
    Circuits between two exchanges, worked in both directions.

    Parameters
    ----------
    number : int
        Number of the group.
    name : str
        Name, such as `a-b`.
    n_circuits : int
        Circuits, 0 or more.
    n_reserved : int
        Circuits that must stay free when a call seizes one of a group that is not its first choice.
    window : tuple of 2 float
        Begin and end of the measured window. [s]

    Attributes
    ----------
    number : int
        Number of the group.
    name : str
        Name.
    n_circuits, n_reserved : int
        Circuits, and those kept for calls of first choice.
    busy : Level
        Circuits in use.
    full : Level
        1 while every circuit is in use, else 0.
    n_seized, n_refused : int
        Calls of first choice and others that got a circuit or none, in the window.
    on_free : list of callable
        Called with the group after each release while somebody waits for it.
    n_waiting : int
        How many wait for a circuit of the group.
    """

    def __init__(
        self, number: int, name: str, n_circuits: int, n_reserved: int, window: tuple[float, float]
    ) -> None:
        if not 0 <= n_reserved <= n_circuits:
            message = (
                f"trunk group {name}: n_circuits = {n_circuits}, n_reserved = {n_reserved}: "
                "must be 0 or more, and no more reserved than there are"
            )
            raise ValueError(message)
        self.number, self.name = number, name
        self.n_circuits, self.n_reserved = n_circuits, n_reserved
        self.busy, self.full = Level(window), Level(window)
        self.n_seized = self.n_refused = 0
        self.on_free: list[Callable[[TrunkGroup], None]] = []
        self.n_waiting = 0
        self._window = window
        if n_circuits == 0:
            self.full.change(window[0], 1)

    def is_free(self, is_first_choice: bool) -> bool:
        """Say whether a call would get a circuit."""
        n_kept = 0 if is_first_choice else self.n_reserved
        return self.n_circuits - self.busy.n > n_kept

    def seize(self, time_s: float, is_first_choice: bool) -> bool:
        """Seize a circuit if there is one."""
        counts = self._window[0] <= time_s < self._window[1]
        if not self.is_free(is_first_choice):
            self.n_refused += counts
            return False
        self.n_seized += counts
        self.busy.change(time_s, 1)
        if self.busy.n == self.n_circuits:
            self.full.change(time_s, 1)
        return True

    def release(self, time_s: float) -> None:
        """
        Release a circuit.

        Parameters
        ----------
        time_s : float
            When. [s]
        """
        if self.busy.n == self.n_circuits:
            self.full.change(time_s, -1)
        self.busy.change(time_s, -1)
        self.tell_free()

    def tell_free(self) -> None:
        """Tell those who wait that a circuit is free."""
        if self.n_waiting:
            for tell in self.on_free:
                tell(self)

    def wait(self, by: int) -> None:
        """
        Count those who wait for a circuit.

        Parameters
        ----------
        by : int
            1 for one more, -1 for one less.
        """
        self.n_waiting += by


Graph: TypeAlias = nx.Graph
"""A graph or multigraph without directions: nodes are exchanges, edges are trunk groups."""


Window = tuple[float, float]
"""Begin and end of what is measured. [s]"""


def _new_trunk_group(number: int, name: str, edge: dict[str, Any], window: Window) -> TrunkGroup:
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
        make_group: Callable[[int, str, dict[str, Any], Window], TrunkGroup] = _new_trunk_group,
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
