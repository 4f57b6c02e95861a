"""
A plain, slow SimPy model of telephone calls: one process a call, one resource a cell and a trunk group.

It draws at the same addresses as the simulator, but states every rule again in plain Python.
"""

import itertools
import math
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from sim.radio.coverage import coverage_without, ranks_at_spots
from sim.streams import (
    STREAM_AVOIDANCE,
    STREAM_CALLEE,
    STREAM_DESTINATION,
    STREAM_DURATION,
    STREAM_FIXED_BUSY,
    STREAM_LINE,
    STREAM_OPERATOR_CALLER_GONE,
    STREAM_PATIENCE,
    STREAM_PHONE_OFF,
    STREAM_REDIAL,
    STREAM_RINGING,
    STREAM_SOURCE_DURATION,
    normal_quantile,
    uniform,
    uniform_pair,
)
from sim.tables import FIXED_CELL, FIXED_ENTITY, FIXED_IDX, NONE_IDX, Outcome
from tests.oracle.environment import (
    ANSWER,
    CALL_OF_SOURCE,
    CHANGE,
    COVERAGE_SAMPLE,
    INTENT,
    INTENT_OF_FIXED,
    POWER_UPDATE,
    REDIAL,
    REDIAL_OF_FIXED,
    RELEASE,
    RELEASE_OF_SOURCE,
    OracleEnvironment,
)
from tests.oracle.flows import PlainFlows
from tests.oracle.intents import fixed_intents_of, intents_of, source_calls_of
from tests.oracle.messages import PlainMessages
from tests.oracle.movement import Channel, PlainMovement
from tests.oracle.places import PlainPlaces
from tests.oracle.plans import plans_of, service_of
from tests.oracle.radio import CALLED, PlainRadio
from tests.oracle.registrations import PlainRegistrations
from tests.oracle.sessions import PlainSessions
from tests.oracle.switchboard import PlainBoards
from tests.oracle.ways import routes_of_world

NOBODY = 2**32 - 1
STREAM_SERVICE = 42
STREAM_EMERGENCY = 63
STREAM_SOURCE_PLACE = 43


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

    def __init__(self, capacity, window_s, n_reserved=0):
        self.capacity = capacity
        self.n_reserved = n_reserved
        self.on_release = []
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

    def is_free(self, is_first_choice=True):
        return self.capacity - self.busy > (0 if is_first_choice else self.n_reserved)

    def seize(self, now_s, direction, is_first_choice=True):
        is_free = self.is_free(is_first_choice)
        if 0.0 <= now_s < self.window_s:
            self.counts["seized" if is_free else "refused", direction] += 1
        if is_free:
            self.pass_time(now_s)
            self.busy += 1
        return is_free

    def release(self, now_s):
        self.pass_time(now_s)
        self.busy -= 1
        for tell in self.on_release:
            tell()

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
    service_idx: int = 0


@dataclass
class Patched:
    """A call that operators have in hand."""

    call: Call
    caller: "Caller"
    callee: int | None
    p_line: float
    is_mobile: bool
    held: list
    is_over: object
    ring_s: float = math.inf
    callee_held: list = field(default_factory=list)


class Ongoing:
    """A call with a way and all its phones, until it ends or is shed."""

    def __init__(self, oracle, call, held, engaged):
        self.oracle, self.call, self.held, self.engaged = oracle, call, held, engaged
        self.env, self.is_shed, self.waits_for = oracle.env, False, None
        for one in held:
            if isinstance(one, Channel) or (oracle.radio and one in oracle.radio.phones):
                one.ongoing = self
        for row in engaged:
            oracle.calls_of_row[row] += 1
        oracle.ongoing.append(self)

    @property
    def address(self):
        return self.call.index + self.call.redial * 2**48

    def phones(self):
        """Phones on the radio, or their channels."""
        return [one for one in self.held if hasattr(one, "identity")]

    def until(self, time_s, kind, address):
        """The time, or that of the update at which the call is shed; it counts as open all the time."""
        self.oracle.n_open += 1
        self.waits_for = self.env.event()
        self.env.at(time_s, kind, self.call.entity, address).callbacks.append(self.time_has_come)
        return self.waits_for

    def time_has_come(self, _):
        self.oracle.n_open -= 1
        if not self.is_shed:
            self.env.go_on(self.waits_for)

    def shed(self, outcome):
        """End now: dropped when they talked, else as if refused."""
        self.is_shed = True
        self.end(outcome if math.isnan(self.call.answer_s) else Outcome.DROPPED)
        self.env.go_on(self.waits_for)

    def cut(self, is_callers):
        """End now, since a station is off the air: the caller's, or that of the called phone."""
        self.is_shed = True
        refused = Outcome.NO_COVERAGE if is_callers else Outcome.CALLEE_NO_COVERAGE
        self.end(refused if math.isnan(self.call.answer_s) else Outcome.STATION_DOWN)
        self.env.go_on(self.waits_for)

    def end(self, outcome):
        self.oracle.ongoing.remove(self)
        for one in self.held:
            one.release(self.env.now)
        for row in self.engaged:
            self.oracle.calls_of_row[row] -= 1
        self.call.outcome, self.call.end_s = outcome, self.env.now
        self.oracle.ended.append(self.call)


@dataclass
class Caller:
    """Who calls: somebody with a mobile phone, or somebody at a line of a fixed exchange."""

    entity: int
    network: int  # the number of networks for the fixed network
    node: int
    province: int
    row: int | None
    class_idx: int
    cell: int
    spot: int | None = None
    home: int = -1  # province, whose people it calls as neighbours
    at: int | None = None  # network that serves the phone

    def __post_init__(self):
        self.home = self.province if self.home < 0 else self.home


class Oracle:
    """One replication; `run` returns the attempts in the order in which they ended."""

    def __init__(self, scenario, world, coverage, replication):
        self.scenario, self.world, self.coverage = scenario, world, coverage
        self.voice = scenario.traffic.voice
        self.key = (scenario.seed, replication)
        self.window_s = scenario.run.duration_h * 3600.0
        self.settled_s = -scenario.settle_h * 3600.0
        self.env = OracleEnvironment(-scenario.warmup_h * 3600.0)
        n_guard = scenario.radio.handover.n_guard_channels
        if scenario.radio.capacity == "wcdma":
            n_guard = 0
        self.cells = [Servers(int(n), self.window_s, n_guard) for n in world.cells.n_channels]
        trunks = world.exchanges.trunks
        self.trunks = [
            Servers(int(n), self.window_s, int(kept))
            for n, kept in zip(trunks.n_circuits, trunks.n_reserved, strict=True)
        ]
        self.calls_of_row = [0] * len(world.subscribers)
        self.places = PlainPlaces(scenario, world)
        self.ongoing = []
        self.is_off = self.cells_off(self.env.now)
        self.names = [network.name for network in scenario.networks]
        shape = (len(self.names) + 1, len(world.provinces))
        self.n_intents = [[0] * shape[1] for _ in range(shape[0])]
        self.n_engaged = [[0] * shape[1] for _ in range(shape[0])]
        self.n_emergency = [[0] * shape[1] for _ in range(shape[0])]
        self.n_emergency_lost = [[0] * shape[1] for _ in range(shape[0])]
        self.n_avoided = [[0] * shape[1] for _ in range(shape[0])]
        self.ended = []
        self.routes = routes_of_world(world.exchanges, self.trunks, scenario.switching.max_detour)
        self.patched = {}
        self.presented = []
        self.n_open = 0
        self.radio = self.flows = self.sessions = None
        if scenario.radio.capacity == "wcdma":
            for servers in self.cells:
                servers.capacity = math.inf
            self.radio = PlainRadio(scenario, world, coverage, self.cells)
            self.radio.silence(self.is_off)
            self.radio.power_w, _ = self.radio.solve_downlink()
            self.flows = PlainFlows(self.env, self.radio, scenario)
            self.sessions = PlainSessions(self, self.flows)
        self.messages = PlainMessages(self)
        self.movement = PlainMovement(self)
        if self.flows is not None:
            self.flows.movement = self.movement
            self.flows.row_of = {self.id_of(row): row for row in range(len(world.subscribers))}
            self.flows.hsdpa.movement, self.flows.hsdpa.row_of = self.movement, self.flows.row_of
        self.registrations = PlainRegistrations(self)
        self.boards = None
        plans = list(plans_of(scenario, world.exchanges))
        if plans:
            service = service_of(scenario)
            self.boards = PlainBoards(self.env, plans, self.key, self.routes, self, service)

    def draw(self, stream, entity, index):
        return uniform(*self.key, stream, entity, index)

    def run(self, intents=None, changes=()):
        """Changes are (time_s, cell or trunk group, capacity); they hold for a call at the same time."""
        for number, (time_s, servers, capacity) in enumerate(changes):
            self.env.process(self.change(time_s, number, servers, capacity))
        self.env.process(self.switch_sites())
        drawn = intents_of(self.scenario, self.world, self.key[1])
        for time_s, row, root in drawn if intents is None else intents:
            self.env.process(self.intent(time_s, INTENT, self.subscriber(row), root))
        for time_s, node, root in fixed_intents_of(self.scenario, self.world, self.key[1]):
            self.env.process(self.intent(time_s, INTENT_OF_FIXED, self.fixed_caller(node), root))
        for time_s, source, address in source_calls_of(self.scenario, self.key[1]):
            self.env.process(self.source_call(time_s, source, address))
        self.messages.start()
        self.registrations.start()
        if self.radio is not None:
            self.sessions.start()
            self.env.process(self.update_powers())
            self.env.process(self.sample_coverage())
        # Rotas go on for ever: the end is when nobody calls any more.
        self.env.run(until=None if self.boards is None else 3.0e6)
        for servers in (*self.cells, *self.trunks):
            assert servers.busy == 0
            servers.pass_time(max(servers.last_s, self.window_s))
        assert not any(self.calls_of_row)
        assert not self.patched
        assert self.n_open == 0
        assert not any(self.messages.n_busy)
        assert not any(map(self.registrations.n_held, range(len(self.cells))))
        if self.radio is not None:
            assert self.sessions.n_open == 0
            assert self.flows.is_idle()
            assert not self.radio.phones
        return self.ended

    def change(self, time_s, number, servers, capacity):
        yield self.env.at(time_s, CHANGE, number, 0)
        servers.change(self.env.now, capacity)

    # --- sites off the air

    def spans(self):
        """Begin, end and names of sites off the air; only names are known here."""
        zero = datetime.fromisoformat(self.scenario.run.start)
        for network in self.scenario.networks:
            for off in network.sites_off:
                begin, end = (
                    none if text is None else (datetime.fromisoformat(text) - zero).total_seconds()
                    for text, none in ((off.begin, -math.inf), (off.end, math.inf))
                )
                yield begin, end, off.sites

    def cells_off(self, now_s):
        off = {name for begin, end, names in self.spans() if begin <= now_s < end for name in names}
        sites = self.world.sites.name
        return np.array([sites[site] in off for site in self.world.cells.site_idx], bool)

    def switch_sites(self):
        times = {time_s for begin, end, _ in self.spans() for time_s in (begin, end)}
        for number, time_s in enumerate(sorted(times)):
            if self.env.now < time_s < math.inf:
                yield self.env.at(time_s, CHANGE, number, 0)
                self.switch()

    def switch(self):
        before = self.registrations.cells_of_lines()
        self.is_off = self.cells_off(self.env.now)
        sites = np.zeros(len(self.world.sites), bool)
        sites[self.world.cells.site_idx] = self.is_off
        self.coverage = coverage_without(self.scenario, self.world, sites)
        if self.radio is not None:
            self.radio.change(self.is_off, self.scenario, self.world, self.coverage)
        for one in sorted(self.ongoing, key=lambda one: (one.call.entity, one.address)):
            off = {unit.identity[2] for unit in one.phones() if self.is_off[unit.first]}
            if off:
                one.cut(0 in off)
        if self.registrations.rules.is_on:
            self.registrations.follow(before)
        if self.radio is None:
            return
        served = [one for one in self.radio.phones if self.is_off[one.first] and not one.is_call]
        for phone in sorted(served, key=lambda one: one.identity):
            phone.ongoing.shed(Outcome.NO_COVERAGE)
        for cell in np.flatnonzero(self.is_off):
            self.flows.hsdpa.cut_all(cell)
        self.radio.drop_legs(self.env.now, self.is_off)

    # --- soft capacity

    def update_powers(self):
        begin_s, step_s = self.env.now, self.scenario.radio.wcdma.power_update_s
        self.radio.keep_solution(begin_s)
        k = 1
        while self.env.now < self.window_s or self.is_any_open():
            yield self.env.at(begin_s + k * step_s, POWER_UPDATE, 0, 0)
            self.radio.update(self.env.now)
            self.radio.keep_solution(self.env.now)
            self.flows.hsdpa.keep_power(self.env.now, step_s)
            self.flows.hsdpa.update()
            k += 1

    def is_any_open(self):
        """Operators may still hold something of a call that is over."""
        legs = [leg for call in self.presented for leg in call.legs]
        if self.sessions.n_open > 0:
            return True
        return self.n_open > 0 or bool(self.patched) or not all(leg.is_down for leg in legs)

    def sample_coverage(self):
        step_s = self.scenario.radio.wcdma.coverage_sample_s
        k = 0
        while k * step_s < self.window_s:
            yield self.env.at(k * step_s, COVERAGE_SAMPLE, 0, 0)
            self.radio.sample()
            k += 1

    def service_idx(self, caller, is_mobile, root):
        """Of calls between mobile phones some are video calls."""
        if self.radio is None or caller.row is None or not is_mobile:
            return 0
        if self.draw(STREAM_SERVICE, caller.entity, root) < self.voice.video_share:
            return self.service_named("video")
        return 0

    def service_named(self, name):
        return [one.name for one in self.scenario.radio.wcdma.services].index(name)

    def connect(self, call, direction, side, network, spot, cell, held):
        """Seize what a phone needs of the radio, or say why not; side 0 is the caller, 1 the called."""
        if self.is_off[cell]:
            return (Outcome.NO_COVERAGE, Outcome.CALLEE_NO_COVERAGE)[side]
        identity = call.entity, call.index + call.redial * 2**48, side
        if self.radio is None:
            if not self.cells[cell].seize(self.env.now, direction, is_first_choice=False):
                return (Outcome.BLOCKED_CHANNEL, Outcome.CALLEE_BLOCKED)[side]
            held.append(Channel(self, cell, identity))
            return None
        service = self.scenario.radio.wcdma.services[call.service_idx]
        phone, cause = self.radio.admit(self.env.now, network, spot, service, direction, identity)
        if cause is not None:
            return CALLED[cause] if side else cause
        held.append(phone)
        return None

    def data_by_cell(self):
        """What data and messages were to each cell."""
        flows = {} if self.flows is None else self.flows.by_cell()
        return {**flows, **self.messages.by_cell()}

    # --- whom

    def subscriber(self, row, is_emergency=False):
        subscribers = self.world.subscribers
        network, spot = int(subscribers.network_idx[row]), self.spot_of(row)
        province = int(self.world.grid.province_idx[self.world.spots.square_idx[spot]])
        at = self.serving_network(network, spot, is_emergency)
        return Caller(
            self.id_of(row), network, network, province, row, int(subscribers.class_idx[row]),
            int(ranks_at_spots(self.coverage).cell_idx[at, spot, 0]), spot, self.province_of(row), at,
        )  # fmt: skip

    def serving_network(self, own, spot, is_emergency=False):
        """The own network, or where that serves nobody and phones may roam, the loudest of the others that do."""
        roaming = self.scenario.radio.roaming
        may_roam = roaming == "all" or (roaming == "emergency" and is_emergency)
        ranks, others = ranks_at_spots(self.coverage), range(len(self.names))
        serving = [one for one in others if ranks.cell_idx[one, spot, 0] >= 0]
        if not may_roam or own in serving or not serving:
            return own
        return max(serving, key=lambda one: (int(ranks.rscp_cdbm[one, spot, 0]), -one))

    def spot_of(self, row):
        """Where the line is at the time: at home, or at its second place."""
        return self.places.spot_at(row, self.env.now)

    def is_emergency(self, caller, root):
        if caller.row is None:
            return False
        return self.draw(STREAM_EMERGENCY, caller.entity, root) < self.voice.emergency_share

    def wanted(self, caller, root):
        """The called network, whether another exchange is called, and the draw that says if somebody near."""
        u, p_near = uniform_pair(*self.key, STREAM_DESTINATION, caller.entity, root)
        if self.is_emergency(caller, root):
            return len(self.names), True, 0.0
        return *self.destination_of(caller, u), p_near

    def count_emergency(self, caller, root, failure):
        if self.is_emergency(caller, root) and 0.0 <= self.env.now < self.window_s:
            is_lost = failure == Outcome.NO_COVERAGE
            self.n_emergency[caller.network][caller.province] += 1
            self.n_emergency_lost[caller.network][caller.province] += is_lost

    def fixed_caller(self, node):
        province = int(self.world.exchanges.province_idx[node])
        n = len(self.names)
        return Caller(FIXED_ENTITY + node, n, node, province, None, NONE_IDX, FIXED_CELL)

    def network_of(self, row):
        return int(self.world.subscribers.network_idx[row])

    def province_of(self, row):
        square = self.world.subscribers.square_idx[row]
        return int(self.world.grid.province_idx[square])

    def id_of(self, row):
        return int(self.world.subscribers.subscriber_id[row])

    def is_engaged(self, row, u):
        return u < self.calls_of_row[row] * self.scenario.subscribers.scale

    def destination_of(self, caller, u):
        """The called network, or the number of networks for the fixed network; whether another exchange is called."""
        lines = [network.n_subscribers for network in self.scenario.networks]
        if caller.row is None:
            return self.destination_of_fixed(caller, u, lines)
        lines[caller.network] = 0
        total = sum(lines)
        destination = self.voice.destination
        shares = [
            destination.other_network_share * n / total if total else 0.0 for n in map(float, lines)
        ]
        shares.append(destination.fixed_share)
        shares[caller.network] = 1.0 - sum(shares)
        passed = 0.0
        for network, share in enumerate(shares):
            passed += share
            if u < passed:
                return network, True
        return len(lines), True

    def destination_of_fixed(self, caller, u, lines):
        traffic = self.scenario.fixed.traffic
        mobile_share = traffic.mobile_share if sum(lines) else 0.0
        if not self.world.exchanges.is_manual[caller.node]:
            u *= traffic.toll_share + mobile_share
        if u < traffic.toll_share:
            return len(lines), True
        if u >= traffic.toll_share + mobile_share:
            return len(lines), False
        v = (u - traffic.toll_share) / mobile_share
        passed = 0
        for network, n in enumerate(lines):
            passed += n
            if v < passed / sum(lines):
                return network, True
        return len(lines) - 1, True

    def callee_of(self, caller, network, stream, address, p_near):
        subscribers = self.world.subscribers
        everybody = [
            other
            for other in range(len(subscribers))
            if self.network_of(other) == network and other != caller.row
        ]
        everybody.sort(key=self.id_of)
        near = [other for other in everybody if self.province_of(other) == caller.home]
        wanted = near if near and p_near < self.voice.destination.same_province_share else everybody
        if not wanted:
            return None
        return wanted[self.last_record(len(wanted), stream, caller.entity, address)]

    def last_record(self, n, stream, entity, address):
        """Number below n: number j is a record with probability 1 / (j + 1), and the last record is taken."""
        for octave in reversed(range(32)):
            records = []
            j = 2**octave
            for i in itertools.count():
                index = address + (1 + 64 * octave + i // 2) * 2**48
                j = int(j / uniform_pair(*self.key, stream, entity, index)[i % 2])
                if j >= min(n, 2 ** (octave + 1)):
                    break
                records.append(j)
                j += 1
            if records:
                return records[-1]
        return 0

    def exchange_of(self, caller, u, p_near):
        """Exchange of the fixed line that is called: the one of a line picked from all, province by province."""
        exchanges = self.world.exchanges
        if not exchanges.is_simulated:
            return exchanges.gateway_idx
        lines = [
            (int(exchanges.province_idx[node]), node)
            for node, n in enumerate(exchanges.n_lines.tolist())
            for _ in range(n)
            if node != caller.node
        ]
        lines.sort()
        near = [one for one in lines if one[0] == caller.home]
        wanted = near if near and p_near < self.voice.destination.same_province_share else lines
        if not wanted:
            return None
        return wanted[min(len(wanted) - 1, int(u * len(wanted)))][1]

    def interconnect(self, own, network):
        """How calls between two networks are worked, None for nothing special."""
        names = [*self.names, "fixed"]
        for entry in self.scenario.switching.interconnect:
            if own != network and set(entry.between) == {names[own], names[network]}:
                return entry
        return None

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

    def is_avoided(self, caller, network, root):
        entry = self.interconnect(caller.network, network)
        if entry is None:
            return False
        who = network if caller.row is not None else root
        return self.draw(STREAM_AVOIDANCE, caller.entity, who) < entry.avoidance_share

    def intent(self, time_s, kind, caller, root):
        yield self.env.at(time_s, kind, caller.entity, root)
        if caller.row is not None:
            caller = self.subscriber(caller.row)  # where it is now
        place = caller.network, caller.province
        is_measured = 0.0 <= time_s < self.window_s
        if is_measured:
            self.n_intents[place[0]][place[1]] += 1
        u = uniform_pair(*self.key, STREAM_DESTINATION, caller.entity, root)[0]
        network, _ = self.destination_of(caller, u)
        if not self.is_emergency(caller, root) and self.is_avoided(caller, network, root):
            self.n_avoided[place[0]][place[1]] += is_measured
            return
        if self.is_engaged_caller(caller, root):
            self.n_engaged[place[0]][place[1]] += is_measured
            return
        redial = 0
        while True:
            call = yield from self.attempt(caller, root, redial)
            address = root + redial * 2**48
            u, v = uniform_pair(*self.key, STREAM_REDIAL, caller.entity, address)
            rule = self.voice.redial
            if call.outcome in (Outcome.COMPLETED, Outcome.NO_COVERAGE, Outcome.BARRED):
                return
            if redial >= rule.max_redials:
                return
            if u >= rule.probability:
                return
            redial += 1
            address = root + redial * 2**48
            again_s = self.env.now + rule.delay_mean_s * exponential(v)
            again = REDIAL if caller.row is not None else REDIAL_OF_FIXED
            yield self.env.at(again_s, again, caller.entity, address)
            if self.is_engaged_caller(caller, address):
                return

    def is_engaged_caller(self, caller, address):
        if caller.row is None:
            return False
        return self.is_engaged(caller.row, self.draw(STREAM_LINE, caller.entity, address))

    def attempt(self, caller, root, redial):
        if caller.row is not None:
            # Elsewhere by now, and sites may have gone off the air.
            caller = self.subscriber(caller.row, self.is_emergency(caller, root))
        entity, own = caller.entity, caller.network
        address = root + redial * 2**48
        network, is_elsewhere, p_near = self.wanted(caller, root)
        is_mobile = network < len(self.names)
        callee, p_line, node = None, 0.0, network
        v, w = uniform_pair(*self.key, STREAM_CALLEE, entity, root)
        if is_mobile:
            callee, p_line = self.callee_of(caller, network, STREAM_CALLEE, root, p_near), w
        else:
            node = self.exchange_of(caller, v, p_near) if is_elsewhere else caller.node
        course, ring_s, talk_s = self.course_of(entity, address)
        entry = self.interconnect(own, network)
        factor = 1.0 if entry is None else entry.price_ratio**-entry.price_elasticity
        talk_s *= factor
        way = self.first_way(caller, node)
        now_s = self.env.now
        call = Call(
            now_s, entity, root, redial, 0 if caller.row is not None else 2,
            own if caller.row is not None else FIXED_IDX, caller.province, caller.class_idx, caller.cell,
            network if is_mobile else FIXED_IDX,
            NOBODY if callee is None else self.id_of(callee),
            -1 if callee is None else self.subscriber(callee).cell,
            -1 if is_mobile or not self.world.exchanges.is_simulated or node is None else node,
            -1, Outcome.IN_PROGRESS, math.nan, now_s, ring_s + talk_s,
        )  # fmt: skip
        call.service_idx = self.service_idx(caller, is_mobile, root)
        is_by_hand = self.is_by_hand(caller, node, entry)
        if not is_by_hand and now_s + call.would_hold_s < self.settled_s:
            has_way = node is not None and (way or caller.node == node)
            has_none = not has_way or (is_mobile and (callee is None or call.callee_cell_idx < 0))
            return (yield from self.pass_over(call, caller, entry, has_none, course, ring_s))
        if not is_by_hand and way and (entry is None or entry.mode != "barred"):
            call.trunk_idx = way[0]
        failure, held = self.begin(call, caller, entry)
        self.count_emergency(caller, root, failure)
        if failure is None and is_by_hand:
            patched = Patched(call, caller, callee, p_line, is_mobile, held, self.env.event())
            self.patch(patched, address, node, entry, factor)
            yield patched.is_over
            return call
        if failure is None:
            failure = self.set_up(call, address, caller, is_mobile, callee, p_line, node, held)
        if failure is not None:
            for servers in reversed(held):
                servers.release(now_s)
            call.outcome = failure
            self.ended.append(call)
            return call
        engaged = [row for row in (caller.row, callee) if row is not None]
        ongoing = Ongoing(self, call, held, engaged)
        self.movement.set_out_all(ongoing.phones(), (caller.row, callee))
        end_s = now_s + ring_s + talk_s
        if course == Outcome.COMPLETED:
            yield ongoing.until(now_s + ring_s, ANSWER, address)
            if ongoing.is_shed:
                return call
            call.answer_s = self.env.now
            yield ongoing.until(end_s, RELEASE, address)
        else:
            yield ongoing.until(now_s + ring_s, RELEASE, address)
        if not ongoing.is_shed:
            ongoing.end(course)
        return call

    def pass_over(self, call, caller, entry, has_none, course, ring_s):
        """Make no call, whose outcome only says whether its caller tries again."""
        address = call.index + call.redial * 2**48
        is_mobile = call.destination_idx != FIXED_IDX
        p_off = self.voice.p_phone_off if is_mobile else self.scenario.fixed.traffic.p_busy
        off = STREAM_PHONE_OFF if is_mobile else STREAM_FIXED_BUSY
        call.outcome = course
        if caller.row is not None and caller.cell < 0:
            call.outcome = Outcome.NO_COVERAGE
        elif entry is not None and entry.mode == "barred":
            call.outcome = Outcome.BARRED
        elif has_none or self.draw(off, call.entity, address) < p_off:
            call.outcome = Outcome.CALLEE_OFF
        elif course != Outcome.COMPLETED:
            yield self.env.at(call.time_s + ring_s, RELEASE, call.entity, address)
        return call

    def begin(self, call, caller, entry):
        """What stops the call at its very begin, None if nothing does, and what it holds so far."""
        held = []
        if caller.row is not None and call.cell_idx < 0:
            return Outcome.NO_COVERAGE, held
        if entry is not None and entry.mode == "barred":
            return Outcome.BARRED, held
        failure = None
        if caller.row is not None:
            failure = self.connect(call, 0, 0, caller.at, caller.spot, caller.cell, held)
        return failure, held

    def set_up(self, call, address, caller, is_mobile, callee, p_line, node, held):
        """What stops the call, None if nothing does; adds to what it holds."""
        if node is None or (is_mobile and callee is None):
            return Outcome.NO_ROUTE
        failure = self.seize_way(call, caller, node, held)
        if failure is not None:
            return failure
        if not is_mobile:
            p_busy = self.scenario.fixed.traffic.p_busy
            is_busy = self.draw(STREAM_FIXED_BUSY, call.entity, address) < p_busy
            return Outcome.CALLEE_BUSY if is_busy else None
        return self.reach(call, callee, p_line, address, held)

    def reach(self, call, callee, p_line, address, held):
        """Seize the called phone's channel, or say why not."""
        if self.draw(STREAM_PHONE_OFF, call.entity, address) < self.voice.p_phone_off:
            return Outcome.CALLEE_OFF
        if self.is_engaged(callee, p_line):
            return Outcome.CALLEE_BUSY
        to = self.subscriber(callee)
        if to.cell < 0:
            return Outcome.CALLEE_NO_COVERAGE
        if not self.registrations.answers(to.cell):
            return Outcome.CALLEE_BLOCKED
        return self.connect(call, 1, 1, to.at, to.spot, to.cell, held)

    # --- ways over exchanges

    def name(self, node):
        return self.world.exchanges.name[node]

    def first_way(self, caller, node):
        """Trunk groups of the way on which every group has a free circuit."""
        way, here, visited = [], caller.node, []
        while node is not None and here != node:
            choices = self.routes.choices(visited, self.name(here), self.name(node))
            if not choices:
                return []
            visited.append(self.name(here))
            way.append(choices[0].group.number)
            here = self.world.exchanges.name.index(choices[0].to)
        return way

    def is_by_hand(self, caller, node, entry):
        """Whether operators may have to do with the call, wherever it is led."""
        if entry is not None and entry.mode != "automatic":
            return entry.mode == "manual" and node is not None
        if node is None:
            return False
        is_manual = self.world.exchanges.is_manual
        if is_manual[caller.node]:
            return True
        return bool(self.first_way(caller, node)) and self.meets_operators([], caller.node, node)

    def meets_operators(self, visited, here, node):
        exchanges = self.world.exchanges
        if exchanges.is_manual[here]:
            return True
        if here == node:
            return False
        choices = self.routes.choices(visited, self.name(here), self.name(node))
        return any(
            self.meets_operators([*visited, self.name(here)], exchanges.name.index(choice.to), node)
            for choice in choices
        )

    def seize_way(self, call, caller, node, held):
        """Seize a circuit of a group on every part of the way, or say why not."""
        here, visited, is_first = caller.node, [], True
        if caller.network == node and caller.row is not None:
            return None
        n_before = len(held)
        while here != node:
            choices = self.routes.choices(visited, self.name(here), self.name(node))
            if not choices:
                return Outcome.NO_ROUTE
            visited.append(self.name(here))
            for choice in choices:
                if choice.group.seize(self.env.now, is_first and choice.is_first):
                    break
            else:
                return Outcome.BLOCKED_TRUNK
            is_first = is_first and choice.is_first
            held.append(choice.group.servers)
            here = self.world.exchanges.name.index(choice.to)
        call.trunk_idx = self.trunks.index(held[n_before])
        return None

    # --- by hand: the operators' model asks what lines there are, and says when a call is over

    def patch(self, patched, address, node, entry, factor):
        call, caller = patched.call, patched.caller
        u, v = uniform_pair(*self.key, STREAM_RINGING, call.entity, address)
        ringing = self.voice.ringing
        patched.ring_s = ringing.mean_s * exponential(v) if u < ringing.p_answer else math.inf
        w = uniform(*self.key, STREAM_DURATION, call.entity, address)
        if caller.row is not None:
            self.calls_of_row[caller.row] += 1
            self.movement.set_out(patched.held[0], caller.row, 0)
        self.patched[call.entity, address] = patched
        via = None
        if entry is not None and entry.mode == "manual":
            exchanges = self.world.exchanges
            nodes = [exchanges.name.index(name) for name in entry.at]
            near = [one for one in nodes if exchanges.province_idx[one] == caller.province]
            via = self.name((near or nodes)[0])
        classes = [one.name for one in self.scenario.subscribers.classes]
        is_prior = caller.row is not None and (
            classes[caller.class_idx] in self.scenario.switching.manual.priority_classes
        )
        presented = self.boards.present(
            call.entity,
            address,
            self.name(caller.node),
            self.name(node),
            holding_s(self.voice.holding, w) * factor,
            priority=0 if is_prior else 1,
            on_end=self.patched_over,
            via=via,
        )
        self.presented.append(presented)

    def seize(self, patch):
        one = self.patched[patch.entity, patch.index]
        if not one.is_mobile:
            p_busy = self.scenario.fixed.traffic.p_busy
            is_busy = self.draw(STREAM_FIXED_BUSY, patch.entity, patch.index) < p_busy
            return Outcome.CALLEE_BUSY if is_busy else None
        if one.callee is None:
            return Outcome.NO_ROUTE
        failure = self.reach(one.call, one.callee, one.p_line, patch.index, one.callee_held)
        if failure is None:
            self.calls_of_row[one.callee] += 1
            self.movement.set_out(one.callee_held[-1], one.callee, 1)
        return failure

    def ring_s(self, patch):
        return self.patched[patch.entity, patch.index].ring_s

    def release(self, patch):
        one = self.patched[patch.entity, patch.index]
        if one.is_mobile:
            one.callee_held.pop().release(self.env.now)
            self.calls_of_row[one.callee] -= 1

    def hang_up(self, patch):
        one = self.patched[patch.entity, patch.index]
        if one.caller.row is not None and one.held:
            one.held.pop().release(self.env.now)
            self.calls_of_row[one.caller.row] -= 1

    def is_caller_there(self, patch):
        one = self.patched[patch.entity, patch.index]
        if one.caller.row is None:
            gone = self.scenario.fixed.traffic.p_caller_gone
            return self.draw(STREAM_OPERATOR_CALLER_GONE, patch.entity, patch.index) >= gone
        if self.is_engaged_caller(one.caller, patch.index):
            return False
        to = self.subscriber(one.caller.row)
        if to.cell < 0 or not self.registrations.answers(to.cell):
            return False
        if self.connect(one.call, 1, 0, to.at, to.spot, to.cell, one.held) is not None:
            return False
        self.calls_of_row[one.caller.row] += 1
        self.movement.set_out(one.held[-1], one.caller.row, 0)
        return True

    def patched_over(self, patch):
        one = self.patched[patch.entity, patch.index]
        call = one.call
        self.hang_up(patch)
        del self.patched[patch.entity, patch.index]
        call.outcome, call.end_s = patch.outcome, self.env.now
        if patch.outcome in (Outcome.COMPLETED, Outcome.PATCH_CUT_OFF):
            call.answer_s = patch.answered_s
        call.n_manual, call.wait_s = patch.n_manual, patch.waited_s
        if patch.lost_at is not None:
            call.lost_at_idx = self.world.exchanges.name.index(patch.lost_at)
        seized = [leg.circuit.number for leg in patch.legs if leg.circuit is not None]
        call.trunk_idx = seized[0] if seized else -1
        self.ended.append(call)
        one.is_over.succeed()

    def source_call(self, time_s, source, address):
        yield self.env.at(time_s, CALL_OF_SOURCE, source, address)
        section = self.scenario.traffic.sources[source]
        cells = [self.world.cells.name.index(name) for name in section.cells]
        u = uniform(*self.key, STREAM_SOURCE_DURATION, source, address)
        would_hold_s = holding_s(section.holding, u)
        if time_s + would_hold_s < self.settled_s:
            return
        places = uniform_pair(*self.key, STREAM_SOURCE_PLACE, source, address)
        rider = None
        if section.ride is not None:
            rider, first = self.movement.board(source, address, places[0])
            cells, network, province = [first], rider.network, self.province_of_ride(rider)
        else:
            first = cells[0]
            network = int(self.world.cells.network_idx[first])
            province = int(self.world.sites.province_idx[self.world.cells.site_idx[first]])
        call = Call(
            time_s, source, address, 0, 1, network, province, NONE_IDX, first, NONE_IDX, NOBODY,
            cells[1] if len(cells) > 1 else -1, -1, -1, Outcome.COMPLETED, math.nan, time_s, would_hold_s,
        )  # fmt: skip
        if self.radio is not None:
            call.service_idx = self.service_named(section.service)
        held = []
        for side, (cell, place) in enumerate(zip(cells, places, strict=False)):
            if rider is not None:
                spot = rider.square
                failure = Outcome.NO_COVERAGE if cell < 0 else None
            else:
                network, spot = self.source_place(cell, place)
                failure = None
            failure = failure or self.connect(call, side, side, network, spot, cell, held)
            if failure is not None:
                call.outcome = failure
                for one in held:
                    one.release(time_s)
                self.ended.append(call)
                return
        call.answer_s = time_s
        ongoing = Ongoing(self, call, held, [])
        if rider is not None:
            self.movement.ride_on(rider, held[0])
        else:
            self.movement.set_out_dwelling(held[0], source)
        yield ongoing.until(time_s + would_hold_s, RELEASE_OF_SOURCE, address)
        if not ongoing.is_shed:
            ongoing.end(Outcome.COMPLETED)

    def province_of_ride(self, rider):
        x_m, y_m = rider.line[0][0]
        square = int(self.world.grid.square_of(np.array([x_m]), np.array([y_m]))[0])
        return int(self.world.grid.province_idx[square]) if square >= 0 else 0

    def source_place(self, cell, u):
        """Network and spot of a phone of a source; None for a spot when the cell is first in none."""
        network = int(self.world.cells.network_idx[cell])
        first = ranks_at_spots(self.coverage).cell_idx[network, :, 0].tolist()
        # All squares are alike: one that is not divided is there as often as a divided one has points.
        layout = self.world.spots
        n_times = layout.n_parts**2 if len(layout) > layout.n_squares else 1
        spots = []
        for spot, one in enumerate(first):
            is_middle = spot < layout.n_squares
            if one == cell and not (is_middle and layout.first[spot] >= 0):
                spots += [spot] * (n_times if is_middle else 1)
        if not spots:
            return network, None
        return network, spots[min(len(spots) - 1, int(u * len(spots)))]
