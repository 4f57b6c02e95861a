"""Who wants data when: sessions of subscribers, page by page, and flows of Poisson sources."""

import math

from sim.streams import uniform, uniform_pair
from sim.tables import NONE_IDX
from sim.tables.outcomes import FlowOutcome
from tests.oracle.environment import FLOW_OF_SOURCE, PAGE, SESSION
from tests.oracle.flows import Owner
from tests.oracle.intents import hours_of, in_hour, poisson, rates_of, weight_of
from tests.oracle.sizes import size_bit

STREAM_DEVICE = 6
STREAM_SESSION_COUNT = 44
STREAM_SESSION_TIME = 45
STREAM_USE = 46
STREAM_PAGE = 47
STREAM_FLOW_COUNT = 48
STREAM_FLOW_TIME = 49
STREAM_FLOW_SIZE = 50
OF_DATA = 2**23
MOST_PAGES = 32_767


def devices_of(scenario, world):
    """The device of each line."""
    key = scenario.seed, scenario.run.world_replication
    found = []
    for entity in world.subscribers.subscriber_id.tolist():
        u = uniform(*key, STREAM_DEVICE, entity, 0)
        found.append(chosen([one.share for one in scenario.subscribers.devices], u))
    return found


def chosen(shares, u):
    """The first whose cumulative share exceeds the draw."""
    passed = 0.0
    for number, share in enumerate(shares):
        passed += share
        if passed > u:
            return number
    return len(shares) - 1


def times_of(scenario, key, entity, mean_of_hour, streams, number_of_address):
    """Times and addresses in warm-up and window of whoever wants something mean_of_hour(hour) times in an hour."""
    begin_s = -scenario.warmup_h * 3600.0
    end_s = scenario.run.duration_h * 3600.0
    for hour, hour_s in hours_of(scenario):
        count = poisson(uniform(*key, streams[0], entity, hour), mean_of_hour(hour))
        rates = rates_of(scenario.traffic.profile, hour)
        for number in range(count):
            address = hour * 2**24 + number_of_address + number
            v = uniform(*key, streams[1], entity, address)
            time_s = hour_s + in_hour(v, rates) * 3600.0
            if begin_s <= time_s < end_s:
                yield time_s, address


class PlainSessions:
    """Sessions and sources of a replication, in the environment of an oracle of calls."""

    def __init__(self, oracle, flows):
        self.oracle, self.flows, self.env = oracle, flows, oracle.env
        self.scenario, self.world, self.key = oracle.scenario, oracle.world, oracle.key
        self.data = self.scenario.traffic.data
        self.device_idx = devices_of(self.scenario, self.world)
        self.n_open = 0

    def start(self):
        for row, entity in enumerate(self.world.subscribers.subscriber_id.tolist()):
            rate_h = sum(rate for _, rate in self.uses_of(row)) / self.scenario.subscribers.scale
            if rate_h == 0.0:
                continue
            streams = STREAM_SESSION_COUNT, STREAM_SESSION_TIME
            for time_s, address in times_of(
                self.scenario, self.key, entity, lambda hour, r=rate_h: r * self.weight(hour), streams, OF_DATA
            ):  # fmt: skip
                self.env.process(self.session(time_s, row, address))
        for number in range(len(self.data.sources)):
            for time_s, address in self.flows_of_source(number):
                self.env.process(self.flow_of_source(time_s, number, address))

    def weight(self, hour):
        return weight_of(self.scenario.traffic.profile, hour)

    # --- subscribers

    def uses_of(self, row):
        """Number and sessions in the busy hour of each use of a line."""
        subscribers = self.scenario.subscribers
        device = subscribers.devices[self.device_idx[row]].name
        of_class = subscribers.classes[self.world.subscribers.class_idx[row]].name
        for number, use in enumerate(self.data.uses):
            has_device = not use.devices or device in use.devices
            if has_device and (not use.classes or of_class in use.classes):
                yield number, use.sessions_per_line_h

    def owner(self, row):
        who = self.oracle.subscriber(row)
        device = self.scenario.subscribers.devices[self.device_idx[row]]
        weight = self.scenario.subscribers.classes[who.class_idx].data_weight
        return Owner(
            who.entity, 0, who.network, who.at, who.spot, who.cell, who.province, who.class_idx, self.device_idx[row],
            device.hsdpa_category, device.peak_rate_bps, weight,
        )  # fmt: skip

    def session(self, time_s, row, address):
        owner = self.owner(row)
        yield self.env.at(time_s, SESSION, owner.entity, address)
        self.n_open += 1
        u, v = uniform_pair(*self.key, STREAM_USE, owner.entity, address)
        number, use = self.use_of(row, u)
        reading_s = 0.0
        for page in range(n_pages(use.pages_mean, v)):
            u, v = uniform_pair(*self.key, STREAM_PAGE, owner.entity, address + page * 2**48)
            if page > 0:
                at_s = self.env.now + reading_s
                yield self.env.at(at_s, PAGE, owner.entity, address + page * 2**48)
            owner = self.owner(row)
            reading_s = -use.reading_mean_s * math.log1p(-v)
            is_up = use.direction == "up"
            flow = self.flows.ask(owner, address, page, number, is_up, size_bit(use.size, u))
            if flow.is_over is not None:
                yield flow.is_over
            if flow.outcome != FlowOutcome.COMPLETED:
                break
        self.n_open -= 1

    def use_of(self, row, u):
        numbers, rates = zip(*self.uses_of(row), strict=True)
        number = numbers[chosen([rate / sum(rates) for rate in rates], u)]
        return number, self.data.uses[number]

    # --- sources

    def flows_of_source(self, number):
        source, scenario = self.data.sources[number], self.scenario
        per_hour = source.offered_bps / source.size.mean_bit * 3600.0
        parts = math.ceil(per_hour / 32.0)
        begin_s = -scenario.warmup_h * 3600.0
        end_s = scenario.run.duration_h * 3600.0
        for hour, hour_s in hours_of(scenario):
            for part in range(parts):
                first = hour * 2**24 + part * 2**8
                u = uniform(*self.key, STREAM_FLOW_COUNT, number, first)
                for k in range(poisson(u, per_hour / parts)):
                    v = uniform(*self.key, STREAM_FLOW_TIME, number, first + k)
                    time_s = hour_s + v * 3600.0
                    if begin_s <= time_s < end_s:
                        yield time_s, first + k + OF_DATA

    def flow_of_source(self, time_s, number, address):
        yield self.env.at(time_s, FLOW_OF_SOURCE, number, address)
        source, cells = self.data.sources[number], self.world.cells
        u, v = uniform_pair(*self.key, STREAM_FLOW_SIZE, number, address)
        cell = cells.name.index(source.cell)
        network, spot = self.oracle.source_place(cell, v)
        province = int(self.world.sites.province_idx[cells.site_idx[cell]])
        owner = Owner(
            number, 1, network, network, spot, cell, province, NONE_IDX, NONE_IDX, source.hsdpa_category,
            source.peak_rate_bps, source.weight,
        )  # fmt: skip
        is_up = source.direction == "up"
        flow = self.flows.ask(owner, address, 0, NONE_IDX, is_up, size_bit(source.size, u))
        if flow.is_over is not None:
            self.n_open += 1
            yield flow.is_over
            self.n_open -= 1


def n_pages(mean, v):
    if mean == 1.0:
        return 1
    return min(MOST_PAGES, 1 + math.floor(math.log(1.0 - v) / math.log(1.0 - 1.0 / mean)))
