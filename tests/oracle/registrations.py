"""Idle phones that register and are paged: a process for each, by the rules of docs/idle_phones.md."""

import math
from datetime import datetime

from sim.streams import uniform
from tests.oracle.environment import CHANGE, REGISTRATION, SIGNALLING_END
from tests.oracle.hsdpa import in_window_s

STREAM_REGISTRATION = 61
STREAM_ATTACHMENT = 62
TOGETHER = 2**20
FIRST_TRY = 2**21
COUNTS = ("first_tries", "first_tries_refused", "tries_refused", "given_up", "unanswered")


class PlainRegistrations:
    """All registrations and all paging of a replication, in the environment of an oracle of calls."""

    def __init__(self, oracle):
        self.oracle, self.env, self.key = oracle, oracle.env, oracle.key
        self.scenario, self.world = oracle.scenario, oracle.world
        self.rules, self.window_s = self.scenario.traffic.registrations, oracle.window_s
        n = len(self.world.cells)
        self.area = self.areas()
        self.n_registering, self.n_paging, self.n_sent = [0] * n, [0] * n, [0] * n
        self.sums = {name: [0] * n for name in COUNTS}
        self.registering_s, self.paging_s, self.paged = [0.0] * n, [0.0] * n, [0] * n
        self.rate_per_s, self.number, self.generation = [], [0] * n, 0
        self.had, self.arrived = [], set()
        self.n_together, self.number_together = [0] * n, [0] * n
        self.attached_by_s, self.generation_together = [-math.inf] * n, 0
        self.attached = [[0] * 256 for _ in self.oracle.names]

    def start(self):
        if self.rules.is_on:
            self.begin()
            self.env.process(self.storms())
            if self.scenario.traffic.places:
                self.env.process(self.full_hours())

    # --- where and how often

    def areas(self):
        """The location area of each cell."""
        sites, of_cell = self.world.sites, self.world.cells.site_idx.tolist()
        of_site = {}
        for network in range(len(self.oracle.names)):
            own = [i for i in range(len(sites)) if sites.network_idx[i] == network]
            if self.rules.areas == "province":
                provinces = sorted({int(sites.province_idx[i]) for i in own})
                groups = [[i for i in own if sites.province_idx[i] == one] for one in provinces]
            else:
                groups = self.halved(own)
            first = len(set(of_site.values()))
            of_site |= {i: first + number for number, part in enumerate(groups) for i in part}
        return [of_site[site] for site in of_cell]

    def halved(self, own):
        if len(own) <= self.rules.sites_per_area:
            return [own] if own else []
        x_m, y_m = (
            {i: values[i] for i in own} for values in (self.world.sites.x_m, self.world.sites.y_m)
        )
        wide, high = (max(one.values()) - min(one.values()) for one in (x_m, y_m))
        order = sorted(own, key=(x_m if wide >= high else y_m).__getitem__)
        return self.halved(order[: len(own) // 2]) + self.halved(order[len(own) // 2 :])

    def cells_of_lines(self):
        rows = range(len(self.world.subscribers)) if self.rules.is_on else ()
        return [self.oracle.subscriber(row).cell for row in rows]

    def phones(self, cells):
        """How many phones, switched on, these first-ranked cells serve."""
        p_on = 1.0 - self.scenario.traffic.voice.p_phone_off
        scale = self.scenario.subscribers.scale
        return [cells.count(cell) / scale * p_on for cell in range(len(self.area))]

    def rates(self):
        p_off = self.scenario.traffic.voice.p_phone_off
        per_phone_s = p_off / self.scenario.traffic.messages.phone_state_s
        if self.rules.period_h > 0.0:
            per_phone_s += 1.0 / (self.rules.period_h * 3600.0)
        if self.rules.crossings_per_line_h is not None:
            per_phone_s += self.rules.crossings_per_line_h / 3600.0
        cells = self.had = self.cells_of_lines()
        rates = [n * per_phone_s for n in self.phones(cells)]
        if self.rules.crossings_per_line_h is None:
            self.add_crossings(rates)
        arrived = self.phones([cells[row] for row in sorted(self.arrived)])
        return [rate + n / 3600.0 for rate, n in zip(rates, arrived, strict=True)]

    def add_crossings(self, rates):
        """Fluid flow over every side of every square, both ways: density * speed / pi, borders being steps."""
        grid, scale = self.world.grid, self.scenario.subscribers.scale
        p_moving = self.rules.moving_share * (1.0 - self.scenario.traffic.voice.p_phone_off)
        number = {
            (int(r), int(c)): i for i, (r, c) in enumerate(zip(grid.row, grid.col, strict=True))
        }
        for row in range(len(self.world.subscribers)):
            network = self.oracle.network_of(row)
            square = int(self.world.spots.square_idx[self.oracle.spot_of(row)])
            one = self.first_cell(network, square)
            density = p_moving / scale / grid.resolution_m**2
            crossed_m = grid.resolution_m * math.pi / 4.0
            r, c = int(grid.row[square]), int(grid.col[square])
            for beside in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                if beside in number and one >= 0:
                    other = self.first_cell(network, number[beside])
                    if other >= 0 and self.area[one] != self.area[other]:
                        rates[other] += density * self.rules.speed_m_s / math.pi * crossed_m

    def first_cell(self, network, square):
        at = self.oracle.serving_network(network, square)
        return int(self.oracle.coverage.cell_idx[at, square, 0])

    # --- who comes

    def begin(self):
        self.generation += 1
        self.rate_per_s = self.rates()
        for cell in range(len(self.area)):
            self.env.process(self.stream(cell, self.generation))

    def stream(self, cell, generation):
        """Phones that register for themselves: a Poisson stream."""
        while True:
            self.number[cell] += 1
            number = self.number[cell]
            u = uniform(*self.key, STREAM_REGISTRATION, cell, number)
            if self.rate_per_s[cell] == 0.0:
                return
            at_s = self.env.now + -math.log1p(-u) / self.rate_per_s[cell]
            if at_s >= self.window_s:
                return
            yield self.env.at(at_s, REGISTRATION, cell, number * FIRST_TRY)
            if generation != self.generation:
                return
            self.env.process(self.phone(cell, number * FIRST_TRY))

    def follow(self, before):
        """Sites have gone off the air, or are back."""
        self.begin()
        pairs = zip(before, self.had, strict=True)
        cells = [new if self.has_come(old, new) else -1 for old, new in pairs]
        self.attach(self.phones(cells), self.rules.attach_within_s)

    def full_hours(self):
        """Lines go elsewhere: those in another area register in the course of the hour."""
        past_s = 60.0 * datetime.fromisoformat(self.scenario.run.start).minute
        hour = math.floor((self.env.now + past_s) / 3600.0) + 1
        while 3600.0 * hour - past_s < self.window_s:
            yield self.env.at(3600.0 * hour - past_s, CHANGE, -1, 0)
            pairs = zip(self.had, self.cells_of_lines(), strict=True)
            self.arrived = {row for row, pair in enumerate(pairs) if self.has_come(*pair)}
            self.begin()
            hour += 1

    def has_come(self, old, new):
        """Whether a line has a cell of another area, or one again."""
        return new >= 0 and (old < 0 or self.area[old] != self.area[new])

    def storms(self):
        zero = datetime.fromisoformat(self.scenario.run.start)
        storms = sorted(self.rules.storms, key=lambda one: one.at)
        for number, storm in enumerate(storms):
            at_s = (datetime.fromisoformat(storm.at) - zero).total_seconds()
            if not self.env.now <= at_s < self.window_s:
                continue
            yield self.env.at(at_s, CHANGE, number, 1)
            self.attach(
                [n * storm.share for n in self.phones(self.cells_of_lines())], storm.within_s
            )

    def attach(self, phones, within_s):
        self.generation_together += 1
        for cell, n in enumerate(phones):
            n_new = math.floor(n + 0.5)
            self.n_together[cell] += n_new
            if n_new:
                until_s = self.env.now + within_s
                self.attached_by_s[cell] = max(self.attached_by_s[cell], until_s)
            if self.n_together[cell]:
                self.env.process(self.together(cell, self.generation_together))

    def together(self, cell, generation):
        """Phones whose first tries are spread evenly over a time: the earliest of those left, again and again."""
        while True:
            self.number_together[cell] += 1
            number, n = self.number_together[cell], self.n_together[cell]
            if n == 0:
                return
            u = uniform(*self.key, STREAM_ATTACHMENT, cell, number)
            left_s = self.attached_by_s[cell] - self.env.now
            at_s = self.env.now + left_s * (1.0 - math.pow(1.0 - u, 1.0 / n))
            address = number * FIRST_TRY + TOGETHER
            yield self.env.at(at_s, REGISTRATION, cell, address)
            if generation != self.generation_together:
                return
            self.n_together[cell] -= 1
            self.env.process(self.phone(cell, address))

    # --- a phone

    def phone(self, cell, address):
        tries, is_together = 0, bool(address & TOGETHER)
        while True:
            is_measured = 0.0 <= self.env.now < self.window_s
            self.sums["first_tries"][cell] += is_measured and tries == 0
            is_up = self.oracle.cells[cell].capacity > 0 and not self.oracle.is_off[cell]
            if is_up and self.has_channel(cell):
                break
            self.sums["first_tries_refused"][cell] += is_measured and tries == 0
            self.sums["tries_refused"][cell] += is_measured
            tries += 1
            if not is_up or (tries >= self.rules.max_tries and not is_together):
                self.sums["given_up"][cell] += is_measured
                return
            again_s = self.env.now + self.rules.retry_s
            yield self.env.at(again_s, REGISTRATION, cell, address + tries)
        if is_together:
            network = int(self.world.cells.network_idx[cell])
            self.attached[network][min(tries, 255)] += 1
        begin_s = self.env.now
        self.n_registering[cell] += 1
        end_s = begin_s + self.rules.transfer_s
        yield self.env.at(end_s, SIGNALLING_END, cell, address + tries)
        self.n_registering[cell] -= 1
        self.registering_s[cell] += in_window_s(begin_s, self.env.now, self.window_s)

    # --- signalling channels

    def n_held(self, cell):
        return self.n_registering[cell] + self.n_paging[self.area[cell]]

    def has_channel(self, cell):
        n_busy = self.n_held(cell) + self.oracle.messages.n_busy[cell]
        return n_busy < self.scenario.traffic.messages.n_signalling_channels

    def answers(self, cell):
        """Whether a phone that is called finds a channel to answer."""
        if not self.rules.is_on:
            return True
        is_answered = self.has_channel(cell)
        self.page(cell, is_answered)
        return is_answered

    def page(self, cell, is_answered):
        if self.rules.is_on:
            self.env.process(self.paging(cell, is_answered))

    def paging(self, cell, is_answered):
        """A page in each cell of the area, whether or not a channel is free there."""
        begin_s, area = self.env.now, self.area[cell]
        is_measured = 0.0 <= begin_s < self.window_s
        self.sums["unanswered"][cell] += is_measured and not is_answered
        self.paged[area] += is_measured
        self.n_paging[area] += 1
        number = self.n_sent[area]
        self.n_sent[area] += 1
        end_s = begin_s + self.rules.paging_s
        yield self.env.at(end_s, SIGNALLING_END, len(self.area) + area, number)
        self.n_paging[area] -= 1
        self.paging_s[area] += in_window_s(begin_s, end_s, self.window_s)

    # --- what is compared

    def by_cell(self):
        if not self.rules.is_on:
            return {}
        return {
            **self.sums,
            "area_idx": self.area,
            "paged": [self.paged[area] for area in self.area],
            "registrations_busy": [held_s / self.window_s for held_s in self.registering_s],
            "paging_busy": [self.paging_s[area] / self.window_s for area in self.area],
        }
