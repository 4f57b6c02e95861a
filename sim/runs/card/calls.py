"""
Who calls whom in the busiest hour of a run, as it is to be expected: rates between nodes, and how long calls hold.

Every intent is one attempt: nobody tries again, nobody is engaged, and nothing is blocked. What is asked for here is
so rather too little.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.network.demand import exchange_rates, hours_of_run
from sim.network.trunks.circuits import ends_of_ways
from sim.network.trunks.ways import MODES, NO_WAY, Trunks, make_trunks
from sim.network.voice.state import destination_shares
from sim.runs.card.lines import Floats, Lines, ratio
from sim.scenario.check_switching import FIXED
from sim.scenario.schema import Scenario
from sim.switching.routes import Routes
from sim.traffic.durations import mean_holding_s
from sim.traffic.profile import hour_weight, mean_ringing_s, p_answered
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR
from sim.world.build import World

_ROUNDING = 1e-9
"""Share of the calls that may seem to be lost by rounding. [1]"""


def busiest(scenario: Scenario) -> tuple[int, float]:
    """Return the hour of the day in which a run has most intents, and its weight beside the busiest of the week."""
    hours = [one.hour for one in hours_of_run(scenario) if one.to_s > 0.0]
    weights = [hour_weight(scenario.traffic.profile, hour) for hour in hours]
    best = int(np.argmax(weights))
    return hours[best] % HOURS_PER_DAY, weights[best]


@dataclass(frozen=True)
class Ways:
    """Ways between the nodes of a world."""

    routes: Routes  # as operators choose them
    trunks: Trunks  # as the network loop walks them

    @property
    def joined(self) -> NDArray[np.bool_]:
        """Return between which nodes there is a way."""
        core = self.trunks.core
        found = self.trunks.start[core[:, None], core[None, :]] != NO_WAY
        np.fill_diagonal(found, True)
        return np.asarray(found)

    def leads_over(self, origin: str, board: str, end: str) -> bool:
        """Return whether a way leads to a board and on to its end, and touches no exchange twice."""
        visited: tuple[str, ...] = ()
        here = origin
        for goal in (board, end):
            while here != goal:
                choices = self.routes.choices(visited, here, goal)
                if not choices:
                    return False
                visited, here = (*visited, here), choices[0].to
        return True


def ways_of(scenario: Scenario, world: World) -> Ways:
    """Return the ways between the nodes of a world."""
    exchanges, max_detour = world.exchanges, scenario.switching.max_detour
    routes = Routes(exchanges.graph(), max_detour, no_transit=ends_of_ways(exchanges))
    return Ways(routes, make_trunks(scenario, exchanges, routes))


@dataclass(frozen=True)
class Calls:
    """Calls in the busiest hour of a run, between nodes: switching centres of mobile networks, then exchanges."""

    hour: int  # hour of the day
    # (node, node) attempts with cover that leave a node for another or for itself, boards between networks apart, and
    # those of them, legs to and from boards included, that find the called phone or line ready [1/h]
    tried_h: Floats
    ready_h: Floats
    boards_h: Floats  # (node,) calls between networks that operators there put through [1/h]
    hold_s: Floats  # (network, network) how long a call holds that finds its callee ready, the fixed network last [s]
    # (network, province) time for which an intent of a line that has cover holds radio, and traffic of the calls to
    # such a line [s], [erl]
    caller_s: Floats
    called_erl: Floats
    # pairs of networks that no trunk groups join though people call over, and the share of the first one's intents
    unjoined: tuple[tuple[str, str, float], ...]


def calls_of(scenario: Scenario, world: World, lines: Lines, ways: Ways) -> Calls:
    """Return the calls of the busiest hour."""
    count = _Count(scenario, world, lines, ways)
    for own in range(len(world.network_names)):
        count.add_subscribers(own)
    if world.exchanges.is_simulated:
        count.add_fixed_lines(exchange_rates(scenario, world))
    return count.calls()


class _Count:
    """The calls of an hour under construction; vectors are by the province of the caller."""

    def __init__(self, scenario: Scenario, world: World, lines: Lines, ways: Ways) -> None:
        self._scenario, self._exchanges = scenario, world.exchanges
        self._ways, self._trunks = ways, ways.trunks
        self._names = (*world.network_names, FIXED)
        self._n, n_nodes = len(world.network_names), len(world.exchanges)
        self._hour, self._weight = busiest(scenario)
        voice, self._covered = scenario.traffic.voice, lines.covered_share
        self._n_lines = lines.by_province(lines.n)
        self._intents_h = lines.by_province(lines.calls_h)
        talk_s = p_answered(voice.ringing) * mean_holding_s(voice.holding)
        self._hold_s = mean_ringing_s(voice.ringing) + talk_s * ways.trunks.talk_factor
        self._p_on = 1.0 - voice.p_phone_off
        self._same_province = voice.destination.same_province_share
        is_simulated = self._exchanges.is_simulated
        self._p_free = 1.0 - (scenario.fixed.traffic.p_busy if is_simulated else 0.0)
        self._joined = ways.joined
        self._near = [self._near_or_far(own) for own in self._n_lines]
        self._fixed = self._called_exchanges(lines.n_provinces)
        self._tried_h, self._ready_h = np.zeros((n_nodes, n_nodes)), np.zeros((n_nodes, n_nodes))
        self._boards_h = np.zeros(n_nodes)
        self._caller_s = np.zeros_like(self._intents_h)
        self._called_s_h = np.zeros_like(self._intents_h)  # of all lines there, with cover or not
        self._no_route_h = np.zeros((self._n + 1, self._n + 1))

    def _near_or_far(self, lines: Floats) -> Floats:
        """Return in which province the called line of a network is: near where it has lines there, or anywhere."""
        if not lines.any():
            return np.zeros((len(lines), len(lines)))
        near = np.where(lines > 0.0, self._same_province, 0.0)
        shares: Floats = np.diag(near) + np.outer(1.0 - near, lines / lines.sum())
        return shares

    def _called_exchanges(self, n_provinces: int) -> Floats:
        """Return at which node the called fixed line is, by province of the caller."""
        exchanges = self._exchanges
        shares: Floats = np.zeros((n_provinces, len(exchanges)))
        if not exchanges.is_simulated:
            shares[:, exchanges.gateway_idx] = 1.0
        elif exchanges.n_lines.any():
            lines = exchanges.n_lines.astype(np.float64)
            there = np.arange(n_provinces)[:, None] == exchanges.province_idx[None, :]
            own = _of_each(there * lines)
            near = np.where(own.any(axis=1), self._same_province, 0.0)
            shares = near[:, None] * own + np.outer(1.0 - near, lines / lines.sum())
        return shares

    def calls(self) -> Calls:
        """Return the calls."""
        asked_h = np.append(self._intents_h.sum(axis=1), np.inf)
        unjoined = tuple(
            (self._names[a], self._names[b], float(self._no_route_h[a, b] / asked_h[a]))
            for a, b in np.argwhere(self._no_route_h > 0.0).tolist()
        )
        called_erl = ratio(self._called_s_h, self._n_lines) / SECONDS_PER_HOUR
        return Calls(
            self._hour, self._tried_h, self._ready_h, self._boards_h, self._hold_s,
            self._caller_s, called_erl, unjoined,
        )  # fmt: skip

    def add_subscribers(self, own: int) -> None:
        """Add the calls of the lines of a network."""
        shares = np.diff(destination_shares(self._scenario)[own], prepend=0.0)
        for other, share in enumerate(shares.tolist()):
            tried_h = self._intents_h[own] * self._covered[own] * share
            reached = self._add(own, own, other, tried_h)
            wants = share * (1.0 - self._trunks.avoidance[own, other])
            self._caller_s[own] += wants * reached * self._hold_s[own, other]

    def add_fixed_lines(self, rates_h: Floats) -> None:
        """Add the calls of the lines of exchanges, as far as they need an operator or a circuit."""
        exchanges, traffic = self._exchanges, self._scenario.fixed.traffic
        lines = self._n_lines.sum(axis=1)
        of_networks = traffic.mobile_share * _of_each(lines[None, :])[0]
        toll, mobile = traffic.toll_share, float(of_networks.sum())
        for node in np.flatnonzero(rates_h).tolist():
            whole = 1.0 if exchanges.is_manual[node] else toll + mobile or 1.0
            calls_h = np.zeros(len(self._fixed))
            calls_h[exchanges.province_idx[node]] = rates_h[node] * self._weight / whole
            for other, share in enumerate(of_networks.tolist()):
                self._add(node, self._n, other, calls_h * share)
            others = self._fixed.copy()
            others[:, node] = 0.0
            self._add(node, self._n, self._n, calls_h * toll, _of_each(others))
            if exchanges.is_manual[node]:
                at_home = np.zeros_like(others)
                at_home[:, node] = 1.0
                self._add(node, self._n, self._n, calls_h * (1.0 - toll - mobile), at_home)

    def _add(
        self, origin: int, own: int, other: int, calls_h: Floats, nodes: Floats | None = None
    ) -> Floats:
        """Add calls of a node to a network; return how many of one are put through to a phone or line that is ready."""
        calls_h = calls_h * (1.0 - self._trunks.avoidance[own, other])
        mode = MODES[self._trunks.mode[own, other]]
        if mode == "barred" or not calls_h.any():
            return np.zeros(len(calls_h))
        if other < self._n:
            nodes = np.zeros((len(calls_h), len(self._exchanges)))
            nodes[:, other] = self._near[other].sum(axis=1)  # nothing where it has no lines
            p_ready = self._p_on * (self._near[other] @ self._covered[other])
        else:
            nodes = self._fixed if nodes is None else nodes
            p_ready = np.full(len(calls_h), self._p_free)
        reached = np.zeros(len(calls_h))
        for via, part in self._vias(own, other, origin, mode):
            leads = nodes * self._leads(origin, via, nodes)
            put_h = (calls_h * part)[:, None] * leads
            ready_h = put_h * p_ready[:, None]
            reached += part * leads.sum(axis=1)
            if mode == "manual":
                self._boards_h[via] += put_h.sum()
                self._ready_h[origin, via] += ready_h.sum()
            else:
                self._tried_h[via] += put_h.sum(axis=0)
            self._ready_h[via] += ready_h.sum(axis=0)
        lost_h = float(calls_h @ (1.0 - reached))
        if lost_h > _ROUNDING * float(calls_h.sum()):
            self._no_route_h[own, other] += lost_h
        if other < self._n:
            to_lines_h = (calls_h * reached) @ self._near[other]
            self._called_s_h[other] += to_lines_h * self._p_on * self._hold_s[own, other]
        found: Floats = reached * p_ready
        return found

    def _leads(self, origin: int, via: int, nodes: Floats) -> NDArray[np.bool_]:
        """Return to which nodes a way leads from another, over a board or itself."""
        if via == origin:
            return np.asarray(self._joined[origin])
        names, found = self._exchanges.name, np.zeros(len(self._exchanges), np.bool_)
        for node in np.flatnonzero(nodes.any(axis=0)).tolist():
            found[node] = self._ways.leads_over(names[origin], names[via], names[node])
        return found

    def _vias(self, own: int, other: int, origin: int, mode: str) -> Iterator[tuple[int, Floats]]:
        """Yield the boards that put calls between two networks through, and for whom each does; else the origin."""
        n_provinces = len(self._fixed)
        if mode != "manual":
            yield origin, np.ones(n_provinces)
            return
        names = {self._names[own], self._names[other]}
        at = next(e.at for e in self._scenario.switching.interconnect if set(e.between) == names)
        boards = [self._exchanges.name.index(name) for name in at]
        places = self._exchanges.province_idx[boards]
        found = [int(np.argmax(places == p)) if p in places else 0 for p in range(n_provinces)]
        for i, board in enumerate(boards):
            yield board, np.array([one == i for one in found], np.float64)


def _of_each(rows: Floats) -> Floats:
    """Return the shares in the sum of each row, 0 where that is 0."""
    return ratio(rows, np.broadcast_to(rows.sum(axis=1)[:, None], rows.shape))
