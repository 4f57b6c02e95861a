"""What must be so of data and messages whatever the numbers: who waits for whom, and what takes from what."""

import math

import numpy as np
import pytest

from sim.errors import WorldError
from sim.scenario.schema import Scenario
from sim.streams import STREAM_PHONE_STATE, uniform
from sim.tables import FlowOutcome, MessageOutcome
from tests.network.soft import country, network, run_soft, scenario_of

CELLS = [f"n0_{i}" for i in range(9)]


def with_data(voice_erl, offered_bps, **hsdpa):
    """Nine cells with calls of a minute and flows of two megabit."""
    base = country(voice_erl, wcdma={"power_update_s": 2}).model_dump()
    base["traffic"]["data"] = {
        "sources": [
            {
                "name": f"data_{cell}",
                "cell": cell,
                "offered_bps": offered_bps,
                "size": {"law": "exponential", "mean_bit": 2e6},
            }
            for cell in CELLS
        ]
    }
    base["radio"]["hsdpa"] |= {"min_rate_bps": 0, "max_flows": 200, **hsdpa}
    return Scenario.model_validate(base)


def throughput_bps(records):
    flows = records["flows"]
    carried = (flows["time_s"] >= 0.0) & (flows["outcome"] == FlowOutcome.COMPLETED)
    lasted_s = (flows["end_s"] - flows["time_s"])[carried]
    assert carried.sum() > 500
    return flows["size_bit"][carried].sum() / lasted_s.sum()


def test_calls_take_from_data():
    """The same flows, and the same calls and more: each step leaves flows less."""
    quiet, some, many = (
        throughput_bps(run_soft(with_data(erl, 150_000.0))) for erl in (0.5, 5.0, 12.0)
    )
    assert quiet > 1.1 * some > 1.1 * 1.1 * many > 0.0


def test_a_fair_scheduler_carries_more_than_a_blind_one():
    """Cells that always have flows: the gain of many flows is the gain of the cell."""
    carried = {}
    for scheduler in ("round_robin", "proportional_fair"):
        scenario = with_data(2.0, 6e6, scheduler=scheduler, max_codes=5)
        cells = run_soft(scenario)["data_cells"]
        assert cells["hsdpa_active_share"].mean() > 0.9
        carried[scheduler] = cells["hsdpa_bit"]
    assert np.all(carried["proportional_fair"] > 1.02 * carried["round_robin"])
    assert carried["proportional_fair"].sum() > 1.1 * carried["round_robin"].sum()


def messages(n_subscribers=400, **more):
    """Two networks in one cell each, and phones that are off half of the time."""
    keys = {
        "per_line_h": 6.0,
        "phone_state_s": 120,
        "retry_s": 45,
        "transfer_s": 2,
        "n_signalling_channels": 100,
        "during_calls": True,
        "same_network_share": 0.5,
        **more.pop("messages", {}),
    }
    networks = [network("a", [(1, 1)], n_subscribers), network("b", [(1, 1)], n_subscribers)]
    traffic = {"erl_per_line": 0, "messages": keys, "voice": {"p_phone_off": 0.5}}
    return scenario_of(networks, 2, 2, traffic=traffic, **more)


def is_on(scenario, replication, receiver, time_s):
    slot = (1 << 40) + math.floor(time_s / scenario.traffic.messages.phone_state_s)
    u = uniform(scenario.seed, replication, STREAM_PHONE_STATE, int(receiver), slot)
    return u >= scenario.traffic.voice.p_phone_off


def test_a_message_is_delivered_after_the_receiver_returns():
    scenario = messages()
    rows = run_soft(scenario, replication=1)["messages"]
    waited = rows["n_tries"] > 1
    assert waited.sum() > 200
    assert (~waited).sum() > 200
    assert np.all(rows["outcome"] == MessageOutcome.DELIVERED)
    transfer_s, retry_s = 2.0, 45.0
    for i in range(len(waited)):
        receiver, n_tries = rows["receiver_id"][i], int(rows["n_tries"][i])
        tries_s = [rows["submitted_s"][i] + k * retry_s for k in range(n_tries)]
        states = [is_on(scenario, 1, receiver, time_s) for time_s in tries_s]
        assert states == [False] * (n_tries - 1) + [True]
        assert rows["end_s"][i] == pytest.approx(tries_s[-1] + transfer_s, abs=1e-6)


def test_a_message_that_nobody_can_take_expires():
    rows = run_soft(messages(messages={"validity_h": 0.05}))["messages"]
    is_late = rows["outcome"] == MessageOutcome.EXPIRED
    assert is_late.sum() > 50
    np.testing.assert_allclose((rows["end_s"] - rows["time_s"])[is_late], 180.0, atol=1e-9)
    is_fine = rows["outcome"] == MessageOutcome.DELIVERED
    assert (rows["end_s"] - rows["time_s"])[is_fine].max() <= 180.0 + 2.0


def test_little_signalling_capacity_makes_messages_wait_and_fail():
    plenty = run_soft(messages())
    scarce = run_soft(messages(messages={"n_signalling_channels": 2, "submit_retry_s": 5}))
    assert plenty["data_cells"]["n_signalling_refused"].sum() == 0
    assert scarce["data_cells"]["n_signalling_refused"].sum() > 200
    assert (scarce["messages"]["n_submits"] > 1).sum() > 50
    assert (scarce["messages"]["outcome"] == MessageOutcome.BLOCKED_SIGNALLING).sum() > 5
    assert scarce["data_cells"]["signalling_busy"].max() <= 2.0
    assert scarce["data_cells"]["signalling_busy"].min() > 1.0


def test_cells_that_do_not_exist_are_named():
    scenario = with_data(1.0, 1e5)
    base = scenario.model_dump()
    base["traffic"]["data"]["sources"][3]["cell"] = "n0_33"
    with pytest.raises(WorldError, match=r"traffic\.data\.sources\[3\]\.cell.*n0_33.*n0_3"):
        run_soft(Scenario.model_validate(base))
