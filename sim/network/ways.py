"""
Ways from switching centre to exchange and on, as compiled code walks them.

Every choice that a call may meet is laid out beforehand as a state: the exchange where it is, those that it has
touched, and where it wants to. Exchanges with a single trunk group need no states of their own: the way begins or ends
with that group, and leads between their neighbours.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.errors import ModelRangeError, Problem
from sim.network.live import FREED, Live
from sim.network.usage import release_circuit, seize_circuit
from sim.scenario.check_switching import FIXED
from sim.scenario.schema import Scenario
from sim.switching.draws import MAX_HOPS
from sim.switching.routes import Routes
from sim.tables import Outcome
from sim.world.exchanges import Exchanges

NO_TRUNK, NO_ROUTE, BARRED, BY_HAND, AUTOMATIC = -1, -2, -3, -4, 0
"""Routes: inside a network or exchange; there is none; not allowed; over operators; over automatic exchanges only."""

MODES = ("automatic", "manual", "barred")
"""How calls between two networks are worked, in the order of their codes."""

_ARRIVED, _NO_WAY = -1, -2
_MAX_STATES = 200_000
CONNECTED = -1
"""In place of an outcome: everything that was asked for is held."""

_BLOCKED_TRUNK = int(Outcome.BLOCKED_TRUNK)
NO_ROUTE_OUTCOME = int(Outcome.NO_ROUTE)

CHOICE = np.dtype([("group", np.int32), ("next_state", np.int32), ("is_first", np.uint8)])
"""A trunk group over which a call may leave: its number, where the call is then, and whether it is the first choice."""


class Ways(NamedTuple):
    """
    Ways between nodes, and how calls between networks are worked.

    Attributes
    ----------
    only_group : (node,) ndarray of int32
        The single trunk group of a node outside the core, -1 for nodes of the core.
    core : (node,) ndarray of int32
        Number of the node in the core, or of its only neighbour.
    start : (core, core) ndarray of int32
        First state on the way between two nodes of the core.
    first_choice : (state + 1,) ndarray of int32
        First choice of each state.
    choice : (choice,) structured ndarray
        Choices in the order in which they are tried.
    is_manual : (node,) ndarray of uint8
        Whether operators work the node.
    has_manual : (core, core) ndarray of uint8
        Whether a way between two nodes of the core may lead over operators.
    mode : (network + 1, network + 1) ndarray of uint8
        How calls are worked, as in MODES; the fixed network is the last.
    talk_factor : (network + 1, network + 1) ndarray of float64
        How much longer conversations are, for their price. [1]
    avoidance : (network + 1, network + 1) ndarray of float64
        Share of callers who never call over. [1]
    """

    only_group: NDArray[np.int32]
    core: NDArray[np.int32]
    start: NDArray[np.int32]
    first_choice: NDArray[np.int32]
    choice: NDArray[np.void]
    is_manual: NDArray[np.uint8]
    has_manual: NDArray[np.uint8]
    mode: NDArray[np.uint8]
    talk_factor: NDArray[np.float64]
    avoidance: NDArray[np.float64]


class _States:
    """The states between nodes of the core, under construction."""

    def __init__(self, exchanges: Exchanges, routes: Routes, trunk_of: list[int]) -> None:
        self._routes, self._trunk_of = routes, trunk_of
        self._is_manual = dict(zip(exchanges.name, exchanges.is_manual.tolist(), strict=True))
        self._known: dict[tuple[frozenset[str], str, str], tuple[int, bool]] = {}
        self.rows: list[list[tuple[int, int, bool]]] = []

    def find(self, visited: tuple[str, ...], here: str, goal: str) -> tuple[int, bool]:
        """Return the state of a call, and whether operators may work it from here on."""
        if here == goal:
            return _ARRIVED, self._is_manual[here]
        key = frozenset(visited), here, goal
        if key in self._known:
            return self._known[key]
        choices = self._routes.choices(visited, here, goal) if len(visited) < MAX_HOPS - 2 else ()
        number, row = len(self.rows), []
        self.rows.append([])
        if number > _MAX_STATES:
            message = (
                f"gives more than {_MAX_STATES:,} ways between the exchanges: must be fewer; "
                "lower it, or join the exchanges by fewer trunk groups"
            )
            raise ModelRangeError(Problem("switching.max_detour", message))
        has_manual = self._is_manual[here]
        for choice in choices:
            state, is_manual = self.find((*visited, here), choice.to, goal)
            row.append((self._trunk_of[choice.group.number], state, choice.is_first))
            has_manual = has_manual or is_manual
        self.rows[number] = row
        self._known[key] = number, has_manual
        return number, has_manual


def make_ways(scenario: Scenario, exchanges: Exchanges, routes: Routes) -> Ways:
    """
    Lay out all ways between the nodes of a world.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    exchanges : Exchanges
        Nodes and trunk groups.
    routes : Routes
        Routes between them.

    Returns
    -------
    Ways
        Ways for compiled code.

    Raises
    ------
    ModelRangeError
        If there are too many.
    """
    only_group, neighbour = _leaves(exchanges, routes)
    core_nodes = np.flatnonzero(only_group < 0)
    number_of = np.full(len(exchanges), -1, np.int32)
    number_of[core_nodes] = np.arange(len(core_nodes))
    trunk_of = [exchanges.trunks.name.index(group.name) for group in routes.groups]
    states = _States(exchanges, routes, trunk_of)
    n = len(core_nodes)
    start, has_manual = np.zeros((n, n), np.int32), np.zeros((n, n), np.uint8)
    for i, a in enumerate(core_nodes):
        for j, b in enumerate(core_nodes):
            state, is_manual = states.find((), exchanges.name[a], exchanges.name[b])
            is_end = state >= 0 and not states.rows[state]
            start[i, j], has_manual[i, j] = (_NO_WAY if is_end else state), is_manual
    flat = [choice for row in states.rows for choice in row]
    first = np.cumsum([0, *(len(row) for row in states.rows)], dtype=np.int32)
    mode, talk_factor, avoidance = _interconnect(scenario)
    return Ways(
        only_group=only_group,
        core=np.where(only_group < 0, number_of, number_of[neighbour]),
        start=start,
        first_choice=first,
        choice=np.array(flat, CHOICE),
        is_manual=exchanges.is_manual.astype(np.uint8),
        has_manual=has_manual,
        mode=mode,
        talk_factor=talk_factor,
        avoidance=avoidance,
    )


def _leaves(exchanges: Exchanges, routes: Routes) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the single trunk group of each node outside the core, -1 for others, and the node at its other end."""
    trunks = exchanges.trunks
    n = len(exchanges)
    ends_only = exchanges.n_centres + (not exchanges.is_simulated)
    degree = np.bincount(np.concatenate([trunks.a, trunks.b]), minlength=n)
    only_group, neighbour = np.full(n, -1, np.int32), np.arange(n, dtype=np.int32)
    for number, (a, b) in enumerate(zip(trunks.a.tolist(), trunks.b.tolist(), strict=True)):
        for leaf, other in ((a, b), (b, a)):
            is_leaf = not routes.leads_on(exchanges.name[leaf])
            # A neighbour that no call passes through, or that leads nowhere else, is no way to anywhere.
            if is_leaf and leaf >= ends_only and other >= ends_only and degree[other] > 1:
                only_group[leaf], neighbour[leaf] = number, other
    return only_group, neighbour


def _interconnect(
    scenario: Scenario,
) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64]]:
    names = [*(network.name for network in scenario.networks), FIXED]
    n = len(names)
    mode, talk_factor, avoidance = np.zeros((n, n), np.uint8), np.ones((n, n)), np.zeros((n, n))
    for entry in scenario.switching.interconnect:
        a, b = (names.index(name) for name in entry.between)
        for i, j in ((a, b), (b, a)):
            mode[i, j] = MODES.index(entry.mode)
            talk_factor[i, j] = entry.price_ratio**-entry.price_elasticity
            avoidance[i, j] = entry.avoidance_share
    return mode, talk_factor, avoidance


@njit(cache=True, forceinline=True)
def route_between(ways: Ways, origin: int, destination: int, mode: int) -> int:
    """
    Return the kind of route between two nodes.

    Parameters
    ----------
    ways : Ways
        Ways.
    origin, destination : int
        Nodes.
    mode : int
        How calls between their networks are worked, as in MODES.

    Returns
    -------
    int
        NO_TRUNK, NO_ROUTE, BARRED, BY_HAND or AUTOMATIC.
    """
    if mode == 2:
        return BARRED
    if mode == 1 or ways.is_manual[origin]:
        return BY_HAND
    if origin == destination:
        return NO_TRUNK
    a, b = ways.core[origin], ways.core[destination]
    if ways.start[a, b] == _NO_WAY:
        return NO_ROUTE
    if ways.is_manual[destination] or ways.has_manual[a, b]:
        return BY_HAND
    return AUTOMATIC


@njit(cache=True, forceinline=True)
def first_group(ways: Ways, origin: int, destination: int) -> int:
    """
    Return the first trunk group of the first choice between two nodes.

    Parameters
    ----------
    ways : Ways
        Ways.
    origin, destination : int
        Nodes with an automatic route.

    Returns
    -------
    int
        Trunk group.
    """
    if ways.only_group[origin] >= 0:
        return ways.only_group[origin]
    state = ways.start[ways.core[origin], ways.core[destination]]
    if state >= 0:
        return ways.choice[ways.first_choice[state]].group
    return ways.only_group[destination]


@njit(cache=True, forceinline=True)
def seize_way(live: Live, ways: Ways, origin: int, destination: int, time_s: float) -> int:
    """
    Seize a circuit in every trunk group on a way, group by group; all of them or none.

    Parameters
    ----------
    live : Live
        State; changed. `scratch` holds the groups afterwards.
    ways : Ways
        Ways.
    origin, destination : int
        Nodes with an automatic route.
    time_s : float
        Now. [s]

    Returns
    -------
    int
        -1 when the way is held, else the outcome of the call.
    """
    groups, scratch = live.groups, live.scratch
    n_cells, window_s = live.rules.n_cells, live.rules.window_s
    n = 0
    outcome = CONNECTED
    is_first = True
    state = ways.start[ways.core[origin], ways.core[destination]]
    first = ways.only_group[origin]
    if first >= 0:
        if seize_circuit(groups, n_cells + first, True, time_s, window_s):
            scratch[n] = first
            n += 1
        else:
            outcome = _BLOCKED_TRUNK
    while outcome == CONNECTED and state >= 0:
        outcome = NO_ROUTE_OUTCOME
        for c in range(ways.first_choice[state], ways.first_choice[state + 1]):
            choice = ways.choice[c]
            outcome = _BLOCKED_TRUNK
            may_have_all = is_first and choice.is_first == 1
            if seize_circuit(groups, n_cells + choice.group, may_have_all, time_s, window_s):
                outcome = CONNECTED
                scratch[n] = choice.group
                n += 1
                is_first = may_have_all
                state = choice.next_state
                break
    last = ways.only_group[destination]
    if outcome == CONNECTED and last >= 0:
        if seize_circuit(groups, n_cells + last, is_first, time_s, window_s):
            scratch[n] = last
            n += 1
        else:
            outcome = _BLOCKED_TRUNK
    scratch[n] = -1
    if outcome != CONNECTED:
        for k in range(n):
            if release_circuit(groups, n_cells + scratch[k], time_s, window_s):
                live.cursor[FREED] = 1
    return outcome
