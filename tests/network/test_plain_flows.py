"""The oracle of data flows, against theory and cases worked by hand; the product has no part in it."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.scenario.radio_section import DOWNLINK_BEARERS, UPLINK_BEARERS, VOICE, Hsdpa
from sim.tables import Outcome
from sim.tables.outcomes import FLOW_OUTCOMES, FlowOutcome
from tests.network.test_plain_radio import G, radio_of
from tests.oracle.environment import FLOW_OF_SOURCE, POWER_UPDATE, OracleEnvironment
from tests.oracle.flows import Owner, PlainFlows
from tests.oracle.radio import CHIP_RATE_HZ
from tests.oracle.shared_channel import Blocks, decibel, error_rate, shares_of

ALONE = {"scheduler": "round_robin", "min_rate_bps": 0.0, "max_flows": 1000}


def flows_of(losses_db, hsdpa=None, **rules):
    """Flows among phones in squares with these losses to each cell; nobody updates powers."""
    radio = radio_of(losses_db, active_set_size=1, **rules)
    radio.window_s = math.inf
    section = Hsdpa(**{**ALONE, **(hsdpa or {})})
    scenario = SimpleNamespace(radio=SimpleNamespace(hsdpa=section, wcdma=radio.rules))
    return PlainFlows(OracleEnvironment(), radio, scenario)


def phone(flows, spot=0, category=6, peak_bps=None, weight=1.0, entity=0):
    cell = flows.radio.first_of(0, spot)
    return Owner(entity, 1, 0, 0, spot, cell, 0, 255, 255, category, peak_bps, weight)


def poisson_flows(flows, owner, rate_s, mean_bit, n, seed, law="exponential"):
    """Let n flows of exponential sizes, or of one size, begin."""
    rng = np.random.default_rng(seed)
    times_s = np.cumsum(rng.exponential(1.0 / rate_s, n))
    sizes_bit = rng.exponential(mean_bit, n) if law == "exponential" else np.full(n, mean_bit)

    def ask(number, time_s, size):
        yield flows.env.at(time_s, FLOW_OF_SOURCE, owner.entity, number)
        flows.ask(owner, number, 0, 255, False, size)

    for number, (time_s, size) in enumerate(zip(times_s.tolist(), sizes_bit.tolist(), strict=True)):
        flows.env.process(ask(number, time_s, size))
    return times_s[-1]


def assert_mean(values, expected):
    """Within four standard errors of batch means, the begin apart."""
    batches = np.array_split(np.asarray(values)[len(values) // 20 :], 40)
    means = np.array([batch.mean() for batch in batches])
    error = means.std(ddof=1) / math.sqrt(len(means))
    assert error < 0.06 * expected
    assert abs(means.mean() - expected) < 4.0 * error


def durations_s(flows, entity=0):
    done = [one for one in flows.ended if one.entity == entity]
    assert {one.outcome for one in done} == {FlowOutcome.COMPLETED}
    return [one.end_s - one.time_s for one in sorted(done, key=lambda one: one.time_s)]


# --- HSDPA against processor sharing


@pytest.mark.parametrize("law", ["exponential", "fixed"])
def test_flows_of_any_size_see_processor_sharing(law):
    """C (1 - load), whatever the law of sizes: L. Kleinrock, Queueing Systems II (1976), 4.4."""
    flows = flows_of([[100.0]])
    owner = phone(flows)
    most_bps = flows.hsdpa.alone_bps(owner, flows.radio.power_w)
    load = 0.5
    end_s = poisson_flows(flows, owner, load, most_bps, 8_000, seed=1, law=law)
    flows.env.run()
    assert_mean(durations_s(flows), 1.0 / (1.0 - load))
    sums = flows.hsdpa.sums
    asked_bit = sum(one.size_bit for one in flows.ended)
    assert sums["run_bit"][0] == pytest.approx(asked_bit, rel=1e-9)
    assert sums["active_s"][0] == pytest.approx(asked_bit / most_bps, rel=1e-9)
    assert sums["active_s"][0] / end_s == pytest.approx(load, rel=0.05)


def test_flows_beyond_the_most_are_refused_as_often_as_in_a_finite_queue():
    flows = flows_of([[100.0]], {"max_flows": 3})
    owner = phone(flows)
    most_bps = flows.hsdpa.alone_bps(owner, flows.radio.power_w)
    load, n = 0.9, 8_000
    poisson_flows(flows, owner, load, most_bps, n, seed=2)
    flows.env.run()
    outcomes = {FLOW_OUTCOMES[one.outcome] for one in flows.ended}
    assert outcomes == {"completed", "refused_flows"}
    in_order = sorted(flows.ended, key=lambda one: one.time_s)
    is_refused = [one.outcome == FlowOutcome.REFUSED_FLOWS for one in in_order]
    assert_mean(is_refused, (1.0 - load) * load**3 / (1.0 - load**4))


def test_flows_with_a_greatest_rate_are_as_many_as_callers_who_wait():
    """With a peak of half the cell the number of flows is that of an M/M/2 queue."""
    flows = flows_of([[100.0]])
    owner = phone(flows)
    most_bps = flows.hsdpa.alone_bps(owner, flows.radio.power_w)
    owner.peak_bps = most_bps / 2.0
    load = 0.6
    poisson_flows(flows, owner, load, most_bps, 8_000, seed=3)
    flows.env.run()
    # Mean number in an M/M/2 queue of this load per server, over the rate of arrivals (Little).
    assert_mean(durations_s(flows), 2.0 * load / (1.0 - load**2) / load)


def test_weights_share_a_cell_as_discriminatory_processor_sharing():
    """G. Fayolle, I. Mitrani, R. Iasnogorodski, "Sharing a processor among many job classes", JACM 27 (1980)."""
    flows = flows_of([[100.0]])
    rates, weights = (0.3, 0.3), (1.0, 4.0)
    owners = [phone(flows, weight=weights[i], entity=i) for i in (0, 1)]
    most_bps = flows.hsdpa.alone_bps(owners[0], flows.radio.power_w)
    for i in (0, 1):
        poisson_flows(flows, owners[i], rates[i], most_bps, 6_000, seed=4 + i)
    flows.env.run()
    matrix = np.eye(2)
    for k in (0, 1):
        for j in (0, 1):
            part = rates[j] * weights[j] / (weights[j] + weights[k])
            matrix[k, k] -= part
            matrix[k, j] -= part
    expected_s = np.linalg.solve(matrix, np.ones(2))
    for i in (0, 1):
        assert_mean(durations_s(flows, i), expected_s[i])


def test_blocks_at_a_distance_leave_intervals_to_others():
    flows = flows_of([[100.0]])
    slow = [phone(flows, category=2, entity=i) for i in range(4)]
    rates_bps = []
    for i, owner in enumerate(slow):
        flows.ask(owner, i, 0, 255, False, 1e9)
        rates_bps.append([one.rate_bps for one in flows.hsdpa.flows[0]])
    alone_bps = flows.hsdpa.flows[0][0].alone_bps
    for n, rates in enumerate(rates_bps, start=1):
        assert rates == pytest.approx([alone_bps / max(3, n)] * n)


def test_a_flow_with_a_peak_of_the_least_rate_is_not_refused():
    flows = flows_of([[100.0]], {"min_rate_bps": 1e5})
    for peak_bps, is_refused in ((1e5, False), (0.999e5, True)):
        for step in range(100):
            owner = phone(flows, peak_bps=peak_bps)
            flows.hsdpa.alone_bps = lambda *_, x=step: 2e5 * 1.01**x
            flow = flows.ask(owner, step, 0, 255, False, 1e5)
            assert (flow.outcome == FlowOutcome.REFUSED_RATE) == is_refused
            flows.env.run()


# --- what a flow could get


def test_the_rate_of_a_flow_is_that_worked_by_hand():
    flows = flows_of([[100.0, 106.0]], code_capacity=128)
    radio, owner = flows.radio, phone(flows)
    # Cell 1 sends more now than at the last solution.
    power_w = radio.common_w * [1.0, 3.0]
    own, other = 1e-10, 10**-10.6
    sent_w = radio.most_w[0] - radio.common_w[0]
    assert flows.hsdpa.flow_power_w(0) == pytest.approx(sent_w, rel=1e-12)
    noise_w = radio.phone_noise_w + 0.4 * radio.most_w[0] * own + power_w[1] * other
    snr_db = decibel(sent_w * own / noise_w)
    found = flows.hsdpa.alone_bps(owner, power_w)
    assert found == flows.hsdpa.sharing.blocks.rate_bps(6, pytest.approx(snr_db).expected, 5)
    # Codes: 128 are 16 of spreading factor 16, of which five may be used; of 13 free ones of 128 one.
    radio.codes[0].take(radio.codes[0].find(64))
    assert flows.hsdpa.alone_bps(owner, power_w) == found
    radio.codes[0].take(radio.codes[0].find(32))
    radio.codes[0].take(radio.codes[0].find(16))
    assert flows.hsdpa.alone_bps(owner, power_w) < found
    radio.codes[0].take(radio.codes[0].find(16))
    assert flows.hsdpa.alone_bps(owner, power_w) == 0.0


def test_the_quality_is_the_greatest_within_the_target_and_the_codes():
    blocks = Blocks(Hsdpa(max_transmissions=1, bler_target=0.1))
    # At CQI 10 alone: x with (1 + 10^x)^(-1/0.7) = 0.1, block of 1,262 bit over three codes.
    x = math.log10(0.1**-0.7 - 1.0)
    snr_db = x * (math.sqrt(3.0) - 1.0) / 2.0 + 10.3 - 17.3
    assert error_rate(snr_db, 10) == pytest.approx(0.1, rel=1e-12)
    assert blocks.rate_bps(6, snr_db + 1e-9, 5) == pytest.approx(631_000 * 0.9, rel=1e-6)
    assert blocks.rate_bps(6, snr_db - 1e-9, 5) < 931 / 0.002
    assert blocks.rate_bps(6, snr_db + 1e-9, 2) < 931 / 0.002
    assert blocks.rate_bps(6, -40.0, 5) == 0.0
    again = Blocks(Hsdpa(max_transmissions=2, bler_target=0.1))
    first, second = error_rate(snr_db + 1e-9, 10), error_rate(snr_db + 1e-9 + decibel(2), 10)
    expected = 631_000 * (1 - first * second) / (1 + first)
    assert again.rate_bps(6, snr_db + 1e-9, 5) == pytest.approx(expected, rel=1e-9)


def test_shares_are_those_of_a_level_found_by_bisection():
    rng = np.random.default_rng(5)
    for n in range(1, 12):
        caps, weights = rng.uniform(0.01, 0.9, n), rng.uniform(0.1, 5.0, n)
        shares = shares_of(caps.tolist(), weights.tolist())
        if caps.sum() <= 1.0:
            assert shares == caps.tolist()
            continue
        low, high = 0.0, 100.0
        for _ in range(200):
            theta = (low + high) / 2.0
            is_over = np.minimum(caps, weights * theta).sum() > 1.0
            low, high = (low, theta) if is_over else (theta, high)
        np.testing.assert_allclose(shares, np.minimum(caps, weights * low), rtol=1e-9)


# --- power, updates and cuts


def test_a_cell_with_a_served_flow_sends_all_it_has():
    flows = flows_of([[100.0, 110.0], [110.0, 100.0]])
    radio = flows.radio
    talk, _ = radio.admit(0.0, 0, 1, VOICE, 0, (9, 0, 0))
    before_w = radio.present_power_w()
    flows.ask(phone(flows), 0, 0, 255, False, 1e9)
    # The other cell learns of it at the update.
    assert radio.present_power_w().tolist() == [radio.most_w[0], before_w[1]]
    radio.update(0.0)
    heard_w = radio.phone_noise_w * 1e10 + radio.most_w[0] * 0.1
    assert radio.power_w[0] == radio.most_w[0]
    expected_w = (radio.common_w[1] + G * heard_w) / (1 - 0.4 * G)
    assert radio.power_w[1] == pytest.approx(expected_w, rel=1e-12)
    talk.release(0.0)


def test_calls_leave_a_flow_less_and_are_admitted_into_what_is_not_reserved():
    flows = flows_of([[100.0]], hsdpa_reserved_share=0.2)
    radio = flows.radio
    flows.ask(phone(flows), 0, 0, 255, False, 1e12)
    need_w = G * (1e10 * radio.phone_noise_w + 0.4 * radio.most_w[0])
    room_w = 0.8 * radio.most_w[0] - radio.common_w[0]
    causes = []
    while not causes or causes[-1] is None:
        causes.append(radio.admit(0.0, 0, 0, VOICE, 0, (len(causes), 0, 0))[1])
        assert len(causes) < 200
    assert causes[-1] in (Outcome.BLOCKED_DOWNLINK, Outcome.BLOCKED_CODE, Outcome.BLOCKED_UPLINK)
    n = len(causes) - 1
    assert (causes[-1] == Outcome.BLOCKED_DOWNLINK) == (n == math.floor(room_w / need_w))
    left_w = radio.most_w[0] - radio.common_w[0] - n * need_w
    assert flows.hsdpa.flow_power_w(0) == pytest.approx(left_w, rel=1e-9)


def updates(flows, times_s):
    def update():
        for time_s in times_s:
            yield flows.env.at(time_s, POWER_UPDATE, 0, 0)
            flows.radio.update(flows.env.now)
            flows.hsdpa.update()

    flows.env.process(update())


def test_flows_that_get_nothing_are_cut_when_they_have_stalled_for_long():
    flows = flows_of([[100.0]], {"max_stall_s": 4.0}, code_capacity=128)
    taken = flows.radio.codes[0].find(128)
    flows.radio.codes[0].take(taken)
    flow = flows.ask(phone(flows), 0, 0, 255, False, 1e6)
    assert flow.is_over is not None
    assert not flows.radio.is_full[0]
    updates(flows, [2.0 * k for k in range(1, 10)])
    flows.env.run()
    # Since the first update, at 2 s.
    assert (flow.outcome, flow.end_s) == (FlowOutcome.CUT_STALLED, 6.0)
    assert flow.carried_bit == 0.0


def test_flows_out_of_cover_are_cut_at_the_update_with_what_they_have():
    flows = flows_of([[100.0]], {"max_stall_s": 4.0}, min_ec_io_db=-10.5)
    flow = flows.ask(phone(flows), 0, 0, 255, False, 1e9)
    rate_bps = flows.hsdpa.flows[0][0].rate_bps
    # Alone the pilot is 10 dB below all that the cell may send, of which the flow sees to it that it does.
    updates(flows, [2.0, 4.0])
    flows.radio.rules.__dict__["min_ec_io_db"] = -9.9
    flows.env.run()
    assert (flow.outcome, flow.end_s) == (FlowOutcome.CUT_NO_COVERAGE, 2.0)
    assert flow.carried_bit == pytest.approx(2.0 * rate_bps, rel=1e-12)
    assert not flows.radio.is_full[0]


# --- Release 99 bearers


def test_bearers_are_refused_as_by_erlang_and_held_for_size_over_rate():
    # Eight bearers of 64 kbit/s fill the 32 codes.
    flows = flows_of(
        [[90.0]], {"is_on": False}, code_capacity=32, downlink_bearers=(DOWNLINK_BEARERS[2],)
    )
    load = 8.0
    poisson_flows(flows, phone(flows), load, 64_000.0, 6_000, seed=7)
    flows.env.run()
    assert {one.outcome for one in flows.ended} == {FlowOutcome.COMPLETED, FlowOutcome.REFUSED_CODE}
    blocking = 1.0
    for n in range(1, 9):
        blocking = load * blocking / (n + load * blocking)
    in_order = sorted(flows.ended, key=lambda one: one.time_s)
    assert_mean([one.outcome == FlowOutcome.REFUSED_CODE for one in in_order], blocking)
    for one in in_order:
        is_carried = one.outcome == FlowOutcome.COMPLETED
        assert one.bearer_idx == (1 if is_carried else 255)
        assert one.end_s == one.time_s + is_carried * one.size_bit / 64_000.0
        assert one.carried_bit == is_carried * one.size_bit


def test_the_first_bearer_that_fits_is_taken_and_phones_send_over_their_own():
    flows = flows_of([[90.0]], code_capacity=28)
    down = [flows.ask(phone(flows, category=0), k, 0, 255, False, 1e6) for k in range(4)]
    up = flows.ask(phone(flows), 9, 0, 255, True, 1e6)
    # 28 codes: 16 and 8 and 4, then none.
    assert [one.bearer_idx for one in down] == [1, 2, 3, 255]
    assert down[3].outcome == up.outcome == FlowOutcome.REFUSED_CODE
    flows.env.run()
    assert [one.end_s for one in down[:3]] == [1e6 / 384e3, 1e6 / 128e3, 1e6 / 64e3]
    again = flows.ask(phone(flows), 10, 0, 255, True, 1e6)
    assert again.bearer_idx == 4
    bearer = UPLINK_BEARERS[0]
    spread = CHIP_RATE_HZ / (10**0.2 * bearer.uplink_rate_bps)
    assert flows.radio.phones[0].uplink_load == pytest.approx(1.0 / (1.0 + spread), rel=1e-12)
