"""
A plain, slow SimPy model of telephone calls: one process a call, one resource a cell and a trunk group.

It draws at the same addresses as the simulator, but states every rule again in plain Python.
"""

import math
from dataclasses import dataclass

from sim.streams import (
    STREAM_CALLEE,
    STREAM_DESTINATION,
    STREAM_DURATION,
    STREAM_LINE,
    STREAM_PATIENCE,
    STREAM_PHONE_OFF,
    STREAM_REDIAL,
    STREAM_RINGING,
    STREAM_SOURCE_DURATION,
    normal_quantile,
    uniform,
    uniform_pair,
)
from sim.tables import FIXED_IDX, NONE_IDX, Outcome
from tests.oracle.environment import (
    ANSWER,
    CALL_OF_SOURCE,
    CHANGE,
    INTENT,
    REDIAL,
    RELEASE,
    RELEASE_OF_SOURCE,
    OracleEnvironment,
)
from tests.oracle.intents import intents_of, source_calls_of

NOBODY = 2**32 - 1


def exponential(u):
    return -math.log1p(-u)


def holding_s(holding, u):
    if holding.law == "fixed":
        return holding.mean_s
    if holding.law == "exponential":
        return holding.mean_s * exponential(u)
    if holding.law == "lognormal":
        variance = math.log1p(holding.cv**2)
        mu = math.log(holding.mean_s) - variance / 2.0
        return math.exp(mu + math.sqrt(variance) * normal_quantile(u))
    kept = 1.0 / (1.0 + math.pow(holding.max_s / holding.median_s, -holding.shape))
    p = u * kept
    return holding.median_s * math.pow(p / (1.0 - p), 1.0 / holding.shape)


class Servers:
    """Channels of a cell, or circuits of a trunk group."""

    def __init__(self, capacity, window_s):
        self.capacity = capacity
        self.window_s = window_s
        self.busy = 0
        self.last_s = -math.inf
        self.busy_server_s = 0.0
        self.all_busy_s = 0.0
        self.counts = {("seized", 0): 0, ("seized", 1): 0, ("refused", 0): 0, ("refused", 1): 0}

    def pass_time(self, now_s):
        length_s = min(now_s, self.window_s) - max(self.last_s, 0.0)
        if length_s > 0.0:
            self.busy_server_s += self.busy * length_s
            if self.busy >= self.capacity:
                self.all_busy_s += length_s
        self.last_s = now_s

    def seize(self, now_s, direction):
        is_free = self.busy < self.capacity
        if 0.0 <= now_s < self.window_s:
            self.counts["seized" if is_free else "refused", direction] += 1
        if is_free:
            self.pass_time(now_s)
            self.busy += 1
        return is_free

    def release(self, now_s):
        self.pass_time(now_s)
        self.busy -= 1

    def change(self, now_s, capacity):
        """From now on there are more or fewer; who holds one keeps it."""
        self.pass_time(now_s)
        self.capacity = capacity


@dataclass
class Call:
    """What is known of an attempt; fields in the order of the table of attempts."""

    time_s: float
    entity: int
    index: int
    redial: int
    is_source: int
    network_idx: int
    province_idx: int
    class_idx: int
    cell_idx: int
    destination_idx: int
    callee_id: int
    callee_cell_idx: int
    exchange_idx: int
    trunk_idx: int
    outcome: int
    answer_s: float
    end_s: float
    would_hold_s: float
    n_manual: int = 0
    lost_at_idx: int = -1
    wait_s: float = 0.0


class Oracle:
    """One replication; `run` returns the attempts in the order in which they ended."""

    def __init__(self, scenario, world, coverage, replication):
        self.scenario, self.world, self.coverage = scenario, world, coverage
        self.voice = scenario.traffic.voice
        self.key = (scenario.seed, replication)
        self.window_s = scenario.run.duration_h * 3600.0
        self.env = OracleEnvironment(-scenario.run.warmup_h * 3600.0)
        self.cells = [Servers(int(n), self.window_s) for n in world.cells.n_channels]
        self.trunks = [
            Servers(group.n_circuits, self.window_s) for group in scenario.switching.trunk_groups
        ]
        self.calls_of_row = [0] * len(world.subscribers)
        self.names = [network.name for network in scenario.networks]
        shape = (len(self.names), len(world.provinces))
        self.n_intents = [[0] * shape[1] for _ in range(shape[0])]
        self.n_engaged = [[0] * shape[1] for _ in range(shape[0])]
        self.ended = []

    def run(self, intents=None, changes=()):
        """Changes are (time_s, cell or trunk group, capacity); they hold for a call at the same time."""
        for number, (time_s, servers, capacity) in enumerate(changes):
            self.env.process(self.change(time_s, number, servers, capacity))
        drawn = intents_of(self.scenario, self.world, self.key[1])
        for time_s, row, root in drawn if intents is None else intents:
            self.env.process(self.intent(time_s, row, root))
        for time_s, source, address in source_calls_of(self.scenario, self.key[1]):
            self.env.process(self.source_call(time_s, source, address))
        self.env.run()
        for servers in (*self.cells, *self.trunks):
            assert servers.busy == 0
            servers.pass_time(max(servers.last_s, self.window_s))
        assert not any(self.calls_of_row)
        return self.ended

    def change(self, time_s, number, servers, capacity):
        yield self.env.at(time_s, CHANGE, number, 0)
        servers.change(self.env.now, capacity)

    # --- whom

    def network_of(self, row):
        return int(self.world.subscribers.network_idx[row])

    def province_of(self, row):
        square = self.world.subscribers.square_idx[row]
        return int(self.world.grid.province_idx[square])

    def cell_of(self, row):
        square = self.world.subscribers.square_idx[row]
        return int(self.coverage.cell_idx[self.network_of(row), square, 0])

    def id_of(self, row):
        return int(self.world.subscribers.subscriber_id[row])

    def is_engaged(self, row, u):
        return u < self.calls_of_row[row] * self.scenario.subscribers.scale

    def destination_of(self, row, u):
        """The called network, or the number of networks for the fixed network."""
        own = self.network_of(row)
        lines = [network.n_subscribers for network in self.scenario.networks]
        lines[own] = 0
        total = sum(lines)
        destination = self.voice.destination
        shares = [
            destination.other_network_share * n / total if total else 0.0 for n in map(float, lines)
        ]
        shares.append(destination.fixed_share)
        shares[own] = 1.0 - sum(shares)
        passed = 0.0
        for network, share in enumerate(shares):
            passed += share
            if u < passed:
                return network
        return len(lines)

    def callee_of(self, row, network, u, p_near):
        subscribers = self.world.subscribers
        everybody = [
            other
            for other in range(len(subscribers))
            if self.network_of(other) == network and other != row
        ]
        near = [other for other in everybody if self.province_of(other) == self.province_of(row)]
        wanted = near if near and p_near < self.voice.destination.same_province_share else everybody
        if not wanted:
            return None
        return wanted[min(len(wanted) - 1, int(u * len(wanted)))]

    def trunk_of(self, own, network):
        """Number of the trunk group, None inside the network, -1 for no route."""
        if network == own:
            return None
        wanted = {self.names[own], [*self.names, "fixed"][network]}
        for number, group in enumerate(self.scenario.switching.trunk_groups):
            if set(group.between) == wanted:
                return number
        return -1

    # --- how

    def course_of(self, entity, address):
        """Outcome, ringing and conversation of a call once it rings."""
        ringing = self.voice.ringing
        u, v = uniform_pair(*self.key, STREAM_RINGING, entity, address)
        ring_s = ringing.mean_s * exponential(v)
        patience_s = ringing.patience_mean_s * exponential(
            uniform(*self.key, STREAM_PATIENCE, entity, address)
        )
        give_up_s = min(patience_s, ringing.timeout_s)
        if u < ringing.p_answer and ring_s <= give_up_s:
            w = uniform(*self.key, STREAM_DURATION, entity, address)
            return Outcome.COMPLETED, ring_s, holding_s(self.voice.holding, w)
        if patience_s < ringing.timeout_s:
            return Outcome.CALLER_ABANDONED, patience_s, 0.0
        return Outcome.NO_ANSWER, ringing.timeout_s, 0.0

    def intent(self, time_s, row, root):
        yield self.env.at(time_s, INTENT, self.id_of(row), root)
        place = self.network_of(row), self.province_of(row)
        is_measured = 0.0 <= time_s < self.window_s
        engaged = self.is_engaged(row, uniform(*self.key, STREAM_LINE, self.id_of(row), root))
        if is_measured:
            self.n_intents[place[0]][place[1]] += 1
            self.n_engaged[place[0]][place[1]] += engaged
        if engaged:
            return
        redial = 0
        while True:
            call = yield from self.attempt(row, root, redial)
            address = root + redial * 2**48
            u, v = uniform_pair(*self.key, STREAM_REDIAL, self.id_of(row), address)
            rule = self.voice.redial
            if call.outcome in (Outcome.COMPLETED, Outcome.NO_COVERAGE):
                return
            if redial >= rule.max_redials:
                return
            if u >= rule.probability:
                return
            redial += 1
            address = root + redial * 2**48
            again_s = self.env.now + rule.delay_mean_s * exponential(v)
            yield self.env.at(again_s, REDIAL, self.id_of(row), address)
            if self.is_engaged(row, uniform(*self.key, STREAM_LINE, self.id_of(row), address)):
                return

    def attempt(self, row, root, redial):
        entity, own = self.id_of(row), self.network_of(row)
        address = root + redial * 2**48
        u, p_near = uniform_pair(*self.key, STREAM_DESTINATION, entity, root)
        network = self.destination_of(row, u)
        is_mobile = network < len(self.names)
        callee, p_line = None, 0.0
        if is_mobile:
            v, p_line = uniform_pair(*self.key, STREAM_CALLEE, entity, root)
            callee = self.callee_of(row, network, v, p_near)
        course, ring_s, talk_s = self.course_of(entity, address)
        trunk = self.trunk_of(own, network)
        now_s = self.env.now
        call = Call(
            now_s, entity, root, redial, 0, own, self.province_of(row),
            int(self.world.subscribers.class_idx[row]), self.cell_of(row),
            network if is_mobile else FIXED_IDX,
            NOBODY if callee is None else self.id_of(callee),
            -1 if callee is None else self.cell_of(callee),
            -1,
            -1 if trunk is None else trunk,
            Outcome.IN_PROGRESS, math.nan, now_s, ring_s + talk_s,
        )  # fmt: skip
        failure, held = self.set_up(call, address, is_mobile, callee, p_line, trunk)
        if failure is not None:
            for servers in held:
                servers.release(now_s)
            call.outcome = failure
            self.ended.append(call)
            return call
        engaged = [row] if callee is None else [row, callee]
        for one in engaged:
            self.calls_of_row[one] += 1
        end_s = now_s + ring_s + talk_s
        if course == Outcome.COMPLETED:
            yield self.env.at(now_s + ring_s, ANSWER, entity, address)
            call.answer_s = self.env.now
            yield self.env.at(end_s, RELEASE, entity, address)
        else:
            yield self.env.at(now_s + ring_s, RELEASE, entity, address)
        for servers in held:
            servers.release(self.env.now)
        for one in engaged:
            self.calls_of_row[one] -= 1
        call.outcome, call.end_s = course, self.env.now
        self.ended.append(call)
        return call

    def set_up(self, call, address, is_mobile, callee, p_line, trunk):
        """What stops the call, None if nothing does, and what it holds so far."""
        held = []

        def seize(servers, direction):
            is_seized = servers.seize(self.env.now, direction)
            if is_seized:
                held.append(servers)
            return is_seized

        if call.cell_idx < 0:
            return Outcome.NO_COVERAGE, held
        if not seize(self.cells[call.cell_idx], 0):
            return Outcome.BLOCKED_CHANNEL, held
        if trunk == -1 or (is_mobile and callee is None):
            return Outcome.NO_ROUTE, held
        if trunk is not None and not seize(self.trunks[trunk], 0):
            return Outcome.BLOCKED_TRUNK, held
        if not is_mobile:
            return None, held
        u = uniform(*self.key, STREAM_PHONE_OFF, call.entity, address)
        if u < self.voice.p_phone_off:
            return Outcome.CALLEE_OFF, held
        if self.is_engaged(callee, p_line):
            return Outcome.CALLEE_BUSY, held
        if call.callee_cell_idx < 0:
            return Outcome.CALLEE_NO_COVERAGE, held
        if not seize(self.cells[call.callee_cell_idx], 1):
            return Outcome.CALLEE_BLOCKED, held
        return None, held

    def source_call(self, time_s, source, address):
        yield self.env.at(time_s, CALL_OF_SOURCE, source, address)
        section = self.scenario.traffic.sources[source]
        cells = [self.world.cells.name.index(name) for name in section.cells]
        u = uniform(*self.key, STREAM_SOURCE_DURATION, source, address)
        would_hold_s = holding_s(section.holding, u)
        first = cells[0]
        site = self.world.cells.site_idx[first]
        call = Call(
            time_s, source, address, 0, 1, int(self.world.cells.network_idx[first]),
            int(self.world.sites.province_idx[site]), NONE_IDX, first, NONE_IDX, NOBODY,
            cells[1] if len(cells) > 1 else -1, -1, -1, Outcome.COMPLETED, math.nan, time_s, would_hold_s,
        )  # fmt: skip
        held = []
        for direction, cell in enumerate(cells):
            if not self.cells[cell].seize(time_s, direction):
                call.outcome = (Outcome.BLOCKED_CHANNEL, Outcome.CALLEE_BLOCKED)[direction]
                break
            held.append(self.cells[cell])
        if call.outcome == Outcome.COMPLETED:
            call.answer_s = time_s
            yield self.env.at(time_s + would_hold_s, RELEASE_OF_SOURCE, source, address)
            call.end_s = self.env.now
        for servers in held:
            servers.release(self.env.now)
        self.ended.append(call)
