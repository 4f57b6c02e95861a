"""
Ways from switching centre to exchange and on, as compiled code walks them.

Every choice that a call may meet is laid out beforehand as a state: the exchange where it is, those that it has
touched, and where it wants to. Exchanges with a single trunk group need no states of their own: the way begins or ends
with that group, and leads between their neighbours.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import kernel
from sim.engine.rooms import F8, I2, I4, U1, array, make_room, row
from sim.engine.views import view
from sim.errors import ModelRangeError, Problem
from sim.network.clockwork import clockwork_of
from sim.network.servers import release_circuit, seize_circuit, servers_of
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

_ARRIVED, NO_WAY = -1, -2
"""In place of a state: the call is where it wants to; it never gets there."""

_MAX_STATES = 200_000
CONNECTED = -1
"""In place of an outcome: everything that was asked for is held."""

_BLOCKED_TRUNK = int(Outcome.BLOCKED_TRUNK)
NO_ROUTE_OUTCOME = int(Outcome.NO_ROUTE)

MAX_WAY = MAX_HOPS + 2
"""Trunk groups of a way at most, and one place for its end."""


@row
class Choice:
    """A trunk group over which a call may leave."""

    group: I4  # its number
    next_state: I4  # where the call is then
    is_first: U1  # whether it is the first choice


class Trunks(NamedTuple):
    """Ways between nodes, and how calls between networks are worked. Leaves of the graph are outside its core."""

    only_group: array(I4, "node")  # the single trunk group of a leaf, -1 for nodes of the core
    core: array(I4, "node")  # number of the node in the core, or of the only neighbour of a leaf
    start: array(I4, "core", "core")  # first state on the way between two nodes of the core
    first_choice: array(I4, "state_end")  # first choice of each state
    choice: array(Choice, "choice")  # in the order in which they are tried
    is_manual: array(U1, "node")  # whether operators work the node
    has_manual: array(U1, "core", "core")  # whether a way may lead over operators
    # By networks, the fixed one the last:
    mode: array(U1, "from_network", "to_network")  # how calls are worked, as in MODES
    talk_factor: array(
        F8, "from_network", "to_network"
    )  # how much longer people talk, for the price
    avoidance: array(F8, "from_network", "to_network")  # share of callers who never call over
    way: array(
        I2, "hop", fill=-1
    )  # trunk groups of the way that was seized last, -1 behind the last


trunks_of = view(Trunks)


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


def make_trunks(scenario: Scenario, exchanges: Exchanges, routes: Routes) -> Trunks:
    """
    Lay out all ways between the nodes of a world.

    Parameters
    ----------
    scenario : Scenario
        Sections `networks` and `switching`.
    exchanges : Exchanges
        Nodes and trunk groups.
    routes : Routes
        Routes over these.

    Returns
    -------
    Trunks
        Ways.

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
            start[i, j], has_manual[i, j] = (NO_WAY if is_end else state), is_manual
    flat = [choice for row in states.rows for choice in row]
    first = np.cumsum([0, *(len(row) for row in states.rows)], dtype=np.int32)
    mode, talk_factor, avoidance = _interconnect(scenario)
    return make_room(
        Trunks,
        {"hop": MAX_WAY},
        only_group=only_group,
        core=np.where(only_group < 0, number_of, number_of[neighbour]),
        start=start,
        first_choice=first,
        choice=np.array(flat, Choice.dtype),  # type: ignore[attr-defined,arg-type]
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


@kernel
def route_between(trunks: Trunks, origin: int, destination: int, mode: int) -> int:
    """Return the kind of route between two nodes, of networks whose calls are worked in a mode."""
    if mode == 2:
        return BARRED
    if mode == 1 or trunks.is_manual[origin]:
        return BY_HAND
    if origin == destination:
        return NO_TRUNK
    a, b = trunks.core[origin], trunks.core[destination]
    if trunks.start[a, b] == NO_WAY:
        return NO_ROUTE
    if trunks.is_manual[destination] or trunks.has_manual[a, b]:
        return BY_HAND
    return AUTOMATIC


@kernel
def first_group(trunks: Trunks, origin: int, destination: int) -> int:
    """Return the first trunk group of the first choice between two nodes with an automatic route."""
    if trunks.only_group[origin] >= 0:
        return trunks.only_group[origin]
    state = trunks.start[trunks.core[origin], trunks.core[destination]]
    if state >= 0:
        return trunks.choice[trunks.first_choice[state]].group
    return trunks.only_group[destination]


@kernel
def _seize(state: int, trunk: int, is_first: bool, n: int, time_s: float) -> bool:
    """Seize a circuit of a trunk group as the n-th of the present way; say whether one was free."""
    rules, trunks = clockwork_of(state).rules[0], trunks_of(state)
    group = rules.n_cells + trunk
    if not seize_circuit(servers_of(state), group, is_first, time_s, rules.window_s):
        return False
    trunks.way[n] = trunk
    return True


@kernel
def seize_way(state: int, origin: int, destination: int, time_s: float) -> int:
    """
    Seize a circuit in every trunk group on an automatic route, group by group; all of them or none.

    The way stands in `trunks.way` afterwards; what comes back is CONNECTED, or the outcome of the call.
    """
    trunks = trunks_of(state)
    n = 0
    outcome = CONNECTED
    is_first = True
    at = trunks.start[trunks.core[origin], trunks.core[destination]]
    first = trunks.only_group[origin]
    if first >= 0:
        if _seize(state, first, True, n, time_s):
            n += 1
        else:
            outcome = _BLOCKED_TRUNK
    while outcome == CONNECTED and at >= 0:
        outcome = NO_ROUTE_OUTCOME
        for c in range(trunks.first_choice[at], trunks.first_choice[at + 1]):
            choice = trunks.choice[c]
            outcome = _BLOCKED_TRUNK
            may_have_all = is_first and choice.is_first == 1
            if _seize(state, choice.group, may_have_all, n, time_s):
                outcome = CONNECTED
                n += 1
                is_first = may_have_all
                at = choice.next_state
                break
    last = trunks.only_group[destination]
    if outcome == CONNECTED and last >= 0:
        if _seize(state, last, is_first, n, time_s):
            n += 1
        else:
            outcome = _BLOCKED_TRUNK
    trunks.way[n] = -1
    if outcome != CONNECTED:
        n_cells = clockwork_of(state).rules[0].n_cells
        for k in range(n):
            release_circuit(state, n_cells + trunks.way[k], time_s)
    return outcome


@kernel
def release_way(state: int, way: NDArray[np.int16], time_s: float) -> None:
    """Release the circuits of a way, which ends with -1."""
    n_cells = clockwork_of(state).rules[0].n_cells
    for k in range(MAX_WAY):
        if way[k] < 0:
            break
        release_circuit(state, n_cells + way[k], time_s)
