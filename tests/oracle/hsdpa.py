"""Flows over HSDPA: cells that share what calls leave, by the rules of docs/data.md."""

import math
from dataclasses import dataclass

import numpy as np

from sim.tables.outcomes import FlowOutcome
from tests.oracle.environment import END_OF_FLOW
from tests.oracle.shared_channel import CODES_OF_16, Sharing, decibel


@dataclass(eq=False)
class Served:
    """A flow in progress in a cell."""

    flow: object  # its row
    owner: object
    is_over: object
    alone_bps: float = 0.0
    rate_bps: float = 0.0
    left_bit: float = 0.0
    nothing_since_s: float = math.inf
    mover: object = None  # itself on its way
    ongoing: object = None
    movement: object = None

    @property
    def identity(self):
        return self.flow.entity, self.flow.address, 0

    @property
    def first(self):
        return self.owner.cell

    @property
    def category(self):
        return self.owner.category

    @property
    def peak_bps(self):
        return self.owner.peak_bps

    @property
    def weight(self):
        return self.owner.weight


def in_window_s(begin_s, end_s, window_s):
    return max(0.0, min(end_s, window_s) - max(begin_s, 0.0))


class PlainHsdpa:
    """The flows of every cell; `end(flow, outcome)` is told what became of each."""

    def __init__(self, env, radio, rules, end):
        self.env, self.radio, self.rules, self.end = env, radio, rules, end
        self.sharing = Sharing(rules)
        self.flows = [[] for _ in range(radio.n)]
        self.worked_s = [-math.inf] * radio.n
        self.n_plans = [0] * radio.n
        self.movement, self.row_of = None, {}
        names = ("active_s", "flow_s", "power_w_s", "bit", "run_bit")
        self.sums = {name: np.zeros(radio.n) for name in names}

    # --- what a flow could get

    def alone_bps(self, owner, power_w):
        """With the powers of the other cells as they are told."""
        s, radio = owner.cell, self.radio
        flow_power_w = self.flow_power_w(s)
        n_codes = min(self.rules.max_codes, radio.codes[s].n_free() // CODES_OF_16)
        if flow_power_w <= 0.0 or n_codes == 0:
            return 0.0
        losses = radio.losses(owner.at, owner.spot, owner.epoch)
        gain = {k: 1.0 / (loss * acir) for k, (loss, _, acir) in losses.items()}
        own_w = (1.0 - radio.rules.orthogonality) * radio.most_w[s] * gain[s]
        others_w = sum(power_w[k] * gain[k] for k in gain if k != s)
        snr = flow_power_w * gain[s] / (radio.phone_noise_w + own_w + others_w)
        return self.sharing.blocks.rate_bps(owner.category, decibel(snr), n_codes)

    def flow_power_w(self, cell):
        return max(0.0, self.radio.most_w[cell] - self.radio.without_flows_w(cell))

    def hears_pilot(self, owner, power_w):
        losses = self.radio.losses(owner.at, owner.spot, owner.epoch)
        return self.radio.hears_pilot(owner.cell, losses, power_w)

    # --- begin and end

    def admit(self, flow, owner):
        """Why the flow is refused, or None: then it is in progress."""
        cell, power_w = owner.cell, self.radio.present_power_w()
        if not self.hears_pilot(owner, power_w):
            return FlowOutcome.REFUSED_NO_COVERAGE
        if len(self.flows[cell]) >= self.rules.max_flows:
            return FlowOutcome.REFUSED_FLOWS
        served = Served(flow, owner, self.env.event(), self.alone_bps(owner, power_w))
        served.left_bit = flow.size_bit
        # A peak that is the least rate is enough, whatever rounding says.
        least_bps = self.rules.min_rate_bps * (1.0 - 1e-12)
        if self.sharing.rates_bps([*self.flows[cell], served])[-1] < least_bps:
            return FlowOutcome.REFUSED_RATE
        self.work_off(cell)
        self.flows[cell].append(served)
        self.share(cell)
        flow.is_over = served.is_over
        if self.movement is not None and not owner.is_source:
            self.movement.set_out(served, self.row_of[owner.entity], 2)
        return None

    def work_off(self, cell):
        """What has been carried since the last change."""
        now_s, since_s = self.env.now, self.worked_s[cell]
        self.worked_s[cell] = now_s
        if not self.flows[cell]:
            return
        window_s = in_window_s(since_s, now_s, self.radio.window_s)
        self.sums["active_s"][cell] += window_s * bool(self.radio.is_full[cell])
        self.sums["flow_s"][cell] += window_s * len(self.flows[cell])
        for one in self.flows[cell]:
            bit = one.rate_bps * (now_s - since_s)
            one.left_bit -= bit
            one.flow.carried_bit += bit
            self.sums["bit"][cell] += one.rate_bps * window_s
            self.sums["run_bit"][cell] += bit

    def share(self, cell):
        """Rates from now on, and the first end to come if nothing changes."""
        flows = self.flows[cell]
        for one, rate_bps in zip(flows, self.sharing.rates_bps(flows), strict=True):
            one.rate_bps = rate_bps
        served = [one for one in flows if one.rate_bps > 0.0]
        self.radio.is_full[cell] = bool(served)
        self.n_plans[cell] += 1
        if served:
            ends = [(self.end_s(one), one.flow.entity, one.flow.address, one) for one in served]
            end_s, entity, address, one = min(ends, key=lambda end: end[:3])
            plan = self.n_plans[cell]
            event = self.env.at(end_s, END_OF_FLOW, entity, address)
            event.callbacks.append(lambda _: self.time_has_come(cell, plan, one))

    def end_s(self, one):
        return self.env.now + max(0.0, one.left_bit) / one.rate_bps

    def time_has_come(self, cell, plan, one):
        if plan != self.n_plans[cell]:
            return
        self.work_off(cell)
        one.flow.carried_bit = one.flow.size_bit
        self.take_out(cell, one, FlowOutcome.COMPLETED)
        self.share(cell)

    def take_out(self, cell, one, outcome):
        self.flows[cell].remove(one)
        if one.mover is not None:
            self.movement.arrive(one.mover)
        self.end(one.flow, outcome)

    def cut(self, one):
        """The phone hears its cell no more."""
        cell = one.owner.cell
        self.work_off(cell)
        self.take_out(cell, one, FlowOutcome.CUT_NO_COVERAGE)
        self.share(cell)

    def change_cell(self, one, cell, square):
        """Another cell serves a flow, with what of it is to come."""
        before = one.owner.cell
        self.work_off(before)
        self.flows[before].remove(one)
        self.share(before)
        self.move_to(one, cell, square)
        one.alone_bps = self.alone_bps(one.owner, self.radio.present_power_w())
        self.work_off(cell)
        self.flows[cell].append(one)
        self.share(cell)

    def move_to(self, one, cell, square):
        one.owner.cell, one.owner.spot, one.owner.epoch = cell, square, len(self.radio.heards) - 1

    # --- updates

    def update(self):
        """After all powers are solved; of a cell the flow that began last is looked at first."""
        for cell in range(self.radio.n):
            if not self.flows[cell]:
                continue
            self.work_off(cell)
            for one in reversed(list(self.flows[cell])):
                self.look_at(cell, one)
            self.share(cell)

    def cut_all(self, cell):
        """The cell has gone off the air."""
        if self.flows[cell]:
            self.work_off(cell)
            for one in reversed(list(self.flows[cell])):
                self.take_out(cell, one, FlowOutcome.CUT_NO_COVERAGE)
            self.share(cell)

    def look_at(self, cell, one):
        power_w = self.radio.power_w
        if not self.hears_pilot(one.owner, power_w):
            self.take_out(cell, one, FlowOutcome.CUT_NO_COVERAGE)
            return
        one.alone_bps = self.alone_bps(one.owner, power_w)
        if one.alone_bps > 0.0:
            one.nothing_since_s = math.inf
            return
        one.nothing_since_s = min(one.nothing_since_s, self.env.now)
        if self.env.now - one.nothing_since_s >= self.rules.max_stall_s:
            self.take_out(cell, one, FlowOutcome.CUT_STALLED)

    def keep_power(self, now_s, step_s):
        """What was sent to flows when powers were solved is sent to them until the next update."""
        length_s = in_window_s(now_s, now_s + step_s, self.radio.window_s)
        for cell in np.flatnonzero(self.radio.is_full):
            self.sums["power_w_s"][cell] += self.flow_power_w(cell) * length_s
