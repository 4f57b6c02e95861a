"""Data flows over HSDPA or Release 99 bearers: one row each, by the rules of docs/data.md."""

from dataclasses import dataclass, fields

import numpy as np

from sim.tables import Outcome
from sim.tables.flows import FLOWS, NO_BEARER, OVER_HSDPA
from sim.tables.outcomes import FlowOutcome
from tests.oracle.environment import END_OF_BEARER
from tests.oracle.hsdpa import PlainHsdpa, in_window_s
from tests.oracle.radio import rate_bps

REFUSED = {
    Outcome.NO_COVERAGE: FlowOutcome.REFUSED_NO_COVERAGE,
    Outcome.BLOCKED_UPLINK: FlowOutcome.REFUSED_UPLINK,
    Outcome.BLOCKED_DOWNLINK: FlowOutcome.REFUSED_DOWNLINK,
    Outcome.BLOCKED_CODE: FlowOutcome.REFUSED_CODE,
    Outcome.BLOCKED_CHANNEL_ELEMENT: FlowOutcome.REFUSED_CHANNEL_ELEMENT,
}
CUT = {
    Outcome.NO_COVERAGE: FlowOutcome.CUT_NO_COVERAGE,
    Outcome.BLOCKED_UPLINK: FlowOutcome.CUT_UPLINK,
    Outcome.BLOCKED_DOWNLINK: FlowOutcome.CUT_DOWNLINK,
}


@dataclass
class Owner:
    """Whose flows they are, a subscriber or a source; no spot where the source's cell is first in none."""

    entity: int
    is_source: int
    network: int
    at: int  # network that serves the phone
    spot: int | None
    cell: int  # -1 for none
    province: int
    class_idx: int
    device_idx: int
    category: int
    peak_bps: float | None
    weight: float
    epoch: int = -1  # coverage at which the flow began


@dataclass(eq=False)
class Flow:
    """What is known of a flow; fields in the order of the table of flows."""

    time_s: float
    entity: int
    index: int
    page: int
    is_source: int
    network_idx: int
    province_idx: int
    class_idx: int
    device_idx: int
    use_idx: int
    is_up: int
    cell_idx: int
    bearer_idx: int
    outcome: int
    end_s: float
    size_bit: float
    carried_bit: float
    is_over = None  # what whoever asked for it waits for; of no row

    @property
    def address(self):
        return self.index + self.page * 2**48


@dataclass(eq=False)
class Held:
    """A Release 99 bearer in use; it may be shed like a call."""

    flows: "PlainFlows"
    flow: Flow
    phone: object
    rate_bps: float
    begun_s: float
    is_shed: bool = False

    def time_has_come(self, _):
        if not self.is_shed:
            self.end(FlowOutcome.COMPLETED, self.flow.size_bit)

    def shed(self, cause):
        self.is_shed = True
        self.end(CUT[cause], self.rate_bps * (self.flows.env.now - self.begun_s))

    def end(self, outcome, carried_bit):
        env, sums, cell = self.flows.env, self.flows.sums, self.phone.first
        window_s = in_window_s(self.begun_s, env.now, self.phone.radio.window_s)
        sums["bearer_s"][cell] += window_s
        sums["bearer_bit"][cell] += window_s * self.rate_bps
        sums["run_bit"][cell] += carried_bit
        self.phone.release(env.now)
        self.flow.carried_bit = carried_bit
        self.flows.end(self.flow, outcome)


class PlainFlows:
    """All flows of a replication."""

    def __init__(self, env, radio, scenario):
        self.env, self.radio = env, radio
        self.rules, self.wcdma = scenario.radio.hsdpa, scenario.radio.wcdma
        self.hsdpa = PlainHsdpa(env, radio, self.rules, self.end)
        self.ended, self.movement = [], None
        self.sums = {name: np.zeros(radio.n) for name in ("bearer_s", "bearer_bit", "run_bit")}

    def ask(self, owner, index, page, use_idx, is_up, size_bit):
        """Begin a flow, or refuse it; `is_over` of the row is None when it is over at once."""
        owner.epoch = len(self.radio.heards) - 1
        is_over_hsdpa = self.rules.is_on and not is_up and owner.category > 0
        flow = Flow(
            self.env.now, owner.entity, index, page, owner.is_source, owner.network, owner.province, owner.class_idx,
            owner.device_idx, use_idx, int(is_up), owner.cell, OVER_HSDPA if is_over_hsdpa else NO_BEARER,
            FlowOutcome.IN_PROGRESS, self.env.now, size_bit, 0.0,
        )  # fmt: skip
        cause = self.try_to_begin(flow, owner, is_over_hsdpa)
        if cause is not None:
            self.end(flow, cause)
        return flow

    def try_to_begin(self, flow, owner, is_over_hsdpa):
        if owner.spot is None or owner.cell < 0:
            return FlowOutcome.REFUSED_NO_COVERAGE
        if self.radio.servers[owner.cell].capacity <= 0:
            return FlowOutcome.REFUSED_CHANNEL
        if is_over_hsdpa:
            return self.hsdpa.admit(flow, owner)
        return self.try_bearers(flow, owner)

    def try_bearers(self, flow, owner):
        """The first that is admitted; else the cause of the last."""
        down, up = self.wcdma.downlink_bearers, self.wcdma.uplink_bearers
        bearers = list(enumerate((*down, *up), start=1))
        identity = flow.entity, flow.address, 0
        for number, bearer in bearers[len(down) :] if flow.is_up else bearers[: len(down)]:
            phone, cause = self.radio.try_to_admit(
                self.env.now, owner.at, owner.spot, bearer, identity, is_call=False
            )
            if phone is not None:
                flow.bearer_idx = number
                self.hold(flow, phone, rate_bps(bearer, "uplink" if flow.is_up else "downlink"))
                return None
        return REFUSED[cause]

    def hold(self, flow, phone, bearer_bps):
        now_s = self.env.now
        self.radio.hold(phone, now_s)
        phone.ongoing = held = Held(self, flow, phone, bearer_bps, now_s)
        flow.is_over = self.env.event()
        end_s = now_s + flow.size_bit / bearer_bps
        if self.movement is not None:
            self.movement.set_out(
                phone, self.row_of.get(flow.entity) if not flow.is_source else None, 2
            )
        event = self.env.at(end_s, END_OF_BEARER, flow.entity, flow.address)
        event.callbacks.append(held.time_has_come)

    def end(self, flow, outcome):
        flow.outcome, flow.end_s = outcome, self.env.now
        self.ended.append(flow)
        if flow.is_over is not None:
            self.env.go_on(flow.is_over)

    # --- what is compared

    def rows(self):
        names = [one.name for one in fields(Flow)]
        assert names == list(FLOWS.names)
        return {name: np.array([getattr(one, name) for one in self.ended]) for name in names}

    def by_cell(self):
        window_s, shared = self.radio.window_s, self.hsdpa.sums
        return {
            "hsdpa_active_share": shared["active_s"] / window_s,
            "hsdpa_flows": shared["flow_s"] / window_s,
            "hsdpa_power_w": shared["power_w_s"] / window_s,
            "hsdpa_bit": shared["bit"],
            "bearer_erl": self.sums["bearer_s"] / window_s,
            "bearer_bit": self.sums["bearer_bit"],
            "run_bit": shared["run_bit"] + self.sums["run_bit"],
        }

    def is_idle(self):
        return not any(self.hsdpa.flows) and not self.radio.is_full.any()
