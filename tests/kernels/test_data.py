"""Kernels of data as plain Python, on states written out by hand."""

import math

import numpy as np
import pytest

from sim.compilation.kernels import IS_PLAIN

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.engine.pools import is_waiting
from sim.network.clockwork import Clockwork
from sim.network.data.bearers import on_bearer_end, on_shed
from sim.network.data.flows import on_flow_end, write_lost_flow
from sim.network.data.records import CELL_COLUMNS, data_records
from sim.network.data.sessions import on_page, on_source_flow
from sim.network.data.sharing import chain, go_on, share_out, unchain, work_off
from sim.network.data.state import data_of
from sim.network.data.update import update_flows
from sim.network.data.uses import draw_use
from sim.network.kinds import Kind, Owner, Pending
from sim.network.servers import Servers
from sim.radio.hsdpa import cqi_tables, flow_rate_bps, least_snrs_db
from sim.streams import STREAM_PAGE, STREAM_USE, uniform_pair
from sim.tables import FlowOutcome, Refusal
from sim.traffic.calls import REDIAL_SHIFT
from tests.kernels.data_states import COMMON_W, GAIN, MOST_W, NOISE_W, WINDOW_S, Small, data

MBIT = (0, 1e6, 0.0, 0.0, 0.0)
"""Every size is one megabit."""


def source(cell=0, is_up=0, category=6, peak_bps=math.inf, sizes=MBIT):
    return cell, is_up, category, peak_bps, 1.0, sizes


def alone_rate_bps(category=6, n_codes=5):
    """Return what a flow gets that is alone: the cell sends its 20 W, 4 of them to all."""
    snr_db = 10.0 * math.log10((MOST_W - COMMON_W) * GAIN / (NOISE_W + 0.4 * MOST_W * GAIN))
    tables = cqi_tables()
    return flow_rate_bps(
        tables.block_bit, tables.n_codes, tables.lowest_cqi, least_snrs_db(0.1), category, snr_db,
        n_codes, 4,
    )  # fmt: skip


def shared(*fields, gain=None):
    """Return the small state, and the places of flows that share its cell."""
    small = Small()
    if gain is not None:
        small.data.gain[:] = gain
    view = data_of(small.at)
    places = small.put_flows(0, *fields)
    for flow in reversed(places):
        chain(view, flow, 0)
    share_out(view, 0)
    return small, places


# --- the shares


@pytest.mark.parametrize(
    ("fields", "shares"),
    [
        # Alike, and by weight.
        ([{}, {}, {}, {}], [0.25, 0.25, 0.25, 0.25]),
        ([{"weight": 1.0}, {"weight": 3.0}], [0.25, 0.75]),
        # What a greatest rate leaves goes to the others.
        ([{"peak_bps": 1e5}, {}, {}], [0.1, 0.45, 0.45]),
        # A first level of 1/3 holds the first back, the second level of 0.45 the second.
        ([{"peak_bps": 1e5}, {"peak_bps": 4e5}, {}], [0.1, 0.4, 0.5]),
        # By weight: the level is 0.25, then 0.6 / 2.
        ([{"peak_bps": 4e5, "weight": 2.0}, {"weight": 0.5}, {"weight": 1.5}], [0.4, 0.15, 0.45]),
        # All greatest shares fit.
        ([{"peak_bps": 2e5}, {"peak_bps": 3e5}], [0.2, 0.3]),
        # Whoever gets nothing alone takes nothing from others.
        ([{"alone_bps": 0.0, "weight": 9.0}, {}, {}], [0.0, 0.5, 0.5]),
        # Blocks of category 2 come every third interval at most.
        ([{"category": 2}], [1 / 3]),
        ([{"category": 2}, {}, {"peak_bps": 1e5}], [1 / 3, 0.9 - 1 / 3, 0.1]),
    ],
)
def test_shares_are_those_worked_by_hand(fields, shares):
    small, places = shared(*fields)
    flows = small.data.flows[places]
    assert flows["share"].tolist() == pytest.approx(shares, rel=1e-12)
    assert flows["rate_bps"].tolist() == pytest.approx([1e6 * one for one in shares], rel=1e-12)
    n_served = sum(one.get("alone_bps", 1.0) > 0.0 for one in fields)
    assert small.data.cells["n_served"][0] == n_served


def test_a_scheduler_lets_each_of_many_flows_be_faster():
    # Three flows are there, and two are served: the gain of two. No flow is faster than its category.
    gain = np.array([1.0, 1.0, 1.5, 9.0] + [9.0] * 97)
    small, places = shared({}, {"alone_bps": 0.0}, {"alone_bps": 3.5e6}, gain=gain)
    flows = small.data.flows[places]
    assert flows["rate_bps"].tolist() == pytest.approx([0.75e6, 0.0, 0.5 * 7_168 / 0.002])


def test_flows_are_chained_and_unchained_anywhere():
    small = Small()
    view = data_of(small.at)
    first, second, third = small.put_flows(0, {}, {}, {})

    def chained():
        found, flow, before = [], small.data.cells["first_flow"][0], -1
        while flow >= 0:
            assert small.data.flows["before"][flow] == before
            found.append(int(flow))
            before, flow = flow, small.data.flows["after"][flow]
        assert small.data.cells["flows"]["value"][0] == len(found)
        return found

    for flow in (first, second, third):
        chain(view, flow, 0)
    assert chained() == [third, second, first]
    unchain(view, second, 0)
    assert chained() == [third, first]
    unchain(view, third, 0)
    assert chained() == [first]
    unchain(view, first, 0)
    assert chained() == []


# --- time


def test_bits_are_worked_off_and_counted_within_the_window():
    small, (slow, fast) = shared({"peak_bps": 1e5}, {"residual_bit": 1.5e6})
    view = data_of(small.at)
    work_off(view, 0, 0.0, WINDOW_S)
    small.data.flows["residual_bit"][[slow, fast]] = 1e6, 1.5e6
    small.data.cells["run_bit"] = 0.0
    work_off(view, 0, 1.0, WINDOW_S)
    assert small.data.flows["residual_bit"][[slow, fast]].tolist() == [0.9e6, 0.6e6]
    work_off(view, 0, 3.0, WINDOW_S)  # it was done before: nothing below 0 is left
    assert small.data.flows["residual_bit"][[slow, fast]].tolist() == pytest.approx([0.7e6, 0.0])
    cell = small.data.cells[0]
    assert cell["run_bit"] == pytest.approx(3e6)
    assert cell["sent_bps"]["sum_s"] == pytest.approx(3e6)
    assert (cell["flows"]["sum_s"], cell["active"]["sum_s"]) == (6.0, 3.0)
    # Beyond the window only the whole run counts.
    work_off(view, 0, WINDOW_S + 7.0, WINDOW_S)
    assert cell["flows"]["sum_s"] == 2 * WINDOW_S
    assert cell["active"]["sum_s"] == WINDOW_S
    assert cell["sent_bps"]["sum_s"] == pytest.approx(1e6 * WINDOW_S)
    assert cell["run_bit"] == pytest.approx(1e6 * (WINDOW_S + 7.0))


def test_the_first_end_goes_into_the_wheel_and_the_cell_sends_all_it_has():
    small, (slow, fast) = shared({"peak_bps": 1e5}, {"residual_bit": 1.8e6})
    go_on(small.at, 0, 10.0)
    cell = small.data.cells[0]
    assert cell["finish_flow"] == fast
    assert cell["finish_s"] == cell["due_s"] == 12.0
    assert (small.radio.is_full[0], small.radio.present_w[0]) == (1, MOST_W)
    # A later end waits for the event that is there, an earlier one has its own.
    small.data.flows["residual_bit"][fast] = 9e6
    go_on(small.at, 0, 10.0)
    assert (cell["finish_s"], cell["due_s"], cell["n_scheduled"]) == (20.0, 12.0, 1)
    small.data.flows["residual_bit"][slow] = 1e5
    go_on(small.at, 0, 10.0)
    assert (cell["finish_s"], cell["due_s"], cell["n_scheduled"]) == (11.0, 11.0, 2)
    assert small.take_event() == (11.0, Kind.FLOW_END, 0, 1, 0)
    assert small.take_event() == (12.0, Kind.FLOW_END, 0, 0, 0)


def test_an_event_that_is_too_early_looks_and_goes_on():
    small, (flow,) = shared({"residual_bit": 1e6})
    small.cursor["n_open"] = 1
    work_off(data_of(small.at), 0, 0.0, WINDOW_S)
    small.data.flows["residual_bit"][flow] = 1e6
    go_on(small.at, 0, 0.0)
    small.data.cells["finish_s"][0] = 3.0
    assert small.step() == (1.0, Kind.FLOW_END, 0, 0, 0)
    assert len(small.rows()) == 0
    # One that was overtaken does nothing at all.
    on_flow_end(small.at, 2.0, 0, 0)
    assert len(small.rows()) == 0
    assert small.step() == (3.0, Kind.FLOW_END, 0, 1, 0)
    assert small.rows()["end_s"].tolist() == [3.0]
    assert not small.radio.is_full[0]
    assert small.cursor["n_open"] == 0


# --- flows of sources over HSDPA


def test_two_flows_share_a_cell_until_one_ends():
    small = Small(data_room=data(1, sources=[source(), source(sizes=(0, 2e6, 0.0, 0.0, 0.0))]))
    alone_bps = alone_rate_bps()
    assert alone_bps > 5e5
    on_source_flow(small.at, 0.0, 0, 7)
    on_source_flow(small.at, 0.0, 1, 9)
    assert small.cursor["n_open"] == 2
    assert small.data.flows["rate_bps"][:2].tolist() == [0.5 * alone_bps] * 2
    small.run()
    rows = small.rows()
    # Both are sent a megabit, then the second alone another.
    assert rows["end_s"].tolist() == pytest.approx([2e6 / alone_bps, 3e6 / alone_bps], rel=1e-12)
    assert rows["carried_bit"].tolist() == rows["size_bit"].tolist() == [1e6, 2e6]
    assert rows["outcome"].tolist() == [FlowOutcome.COMPLETED] * 2
    assert rows["bearer_idx"].tolist() == [0, 0]
    assert (rows["entity"].tolist(), rows["index"].tolist()) == ([0, 1], [7, 9])
    assert rows["class_idx"].tolist() == rows["use_idx"].tolist() == [255, 255]
    cells = data_records(small.state)["data_cells"]
    assert tuple(cells) == CELL_COLUMNS
    assert cells["run_bit"][0] == cells["hsdpa_bit"][0] == pytest.approx(3e6, rel=1e-12)
    assert cells["hsdpa_active_share"][0] == pytest.approx(3e6 / alone_bps / WINDOW_S)
    assert cells["hsdpa_flows"][0] == pytest.approx(5e6 / alone_bps / WINDOW_S)
    assert small.cursor["n_open"] == 0
    assert small.data.free[0] == len(small.data.flows)


def test_flows_are_refused_by_number_rate_cover_and_capacity():
    alone_bps = alone_rate_bps()
    small = Small(3, data_room=data(
        3, sources=[source(0), source(1), source(2)], max_flows=2, min_rate_bps=0.5 * alone_bps,
    ))  # fmt: skip
    for number in range(3):
        on_source_flow(small.at, 1.0, 0, number)
    # The greatest rate of two is the least one: not refused by rounding.
    assert small.rows()["outcome"].tolist() == [FlowOutcome.REFUSED_FLOWS]
    small.data.rules["max_flows"] = 3
    on_source_flow(small.at, 2.0, 0, 3)
    assert small.rows()["outcome"].tolist()[1:] == [FlowOutcome.REFUSED_RATE]
    assert small.data.cells["flows"]["value"].tolist() == [2.0, 0.0, 0.0]
    small.radio.downlink_gain[1] = 1e-16
    on_source_flow(small.at, 3.0, 1, 4)
    small.radio.downlink_gain[1] = GAIN
    small.radio.info["n_tried"][1] = 0
    on_source_flow(small.at, 3.0, 1, 5)
    assert small.rows()["outcome"].tolist()[2:] == [FlowOutcome.REFUSED_NO_COVERAGE] * 2
    small.state[Servers].groups["capacity"][2] = 0
    on_source_flow(small.at, 4.0, 2, 6)
    assert small.rows()["outcome"].tolist()[4:] == [FlowOutcome.REFUSED_CHANNEL]
    rows = small.rows()
    assert rows["end_s"].tolist() == rows["time_s"].tolist() == [1.0, 2.0, 3.0, 3.0, 4.0]
    assert not rows["carried_bit"].any()
    assert (small.cursor["n_open"], small.data.free[0]) == (2, 14)
    assert not small.radio.is_full[1:].any()


def test_a_flow_that_cannot_be_served_stalls_and_is_cut():
    small = Small(data_room=data(1, sources=[source()]))
    small.radio.cells["n_codes_busy"] = 128
    on_source_flow(small.at, 0.5, 0, 0)
    assert not small.radio.is_full[0]
    for time_s in (2.0, 4.0, 5.9):
        update_flows(small.at, time_s)
    assert not is_waiting(small.data.lost)
    update_flows(small.at, 6.0)  # 4 s after the update that saw it first
    assert small.data.cells["flows"]["value"][0] == 0
    assert (small.cursor["n_pending"], small.cursor["n_open"]) == (1, 1)
    write_lost_flow(small.at, 0.0, 0, 0)
    row = small.rows()[0]
    assert (row["outcome"], row["end_s"], row["carried_bit"]) == (FlowOutcome.CUT_STALLED, 6.0, 0.0)
    assert (small.cursor["n_pending"], small.cursor["n_open"]) == (0, 0)
    assert small.data.free[0] == len(small.data.flows)


def test_flows_out_of_cover_are_cut_with_what_they_have_and_the_rest_go_on():
    small = Small(2, data_room=data(2, sources=[source(0), source(1)]))
    on_source_flow(small.at, 0.0, 0, 0)
    on_source_flow(small.at, 0.0, 1, 0)
    rate_bps = small.data.flows["rate_bps"][0]
    small.radio.power_w[:] = MOST_W
    small.radio.downlink_gain[0] = 1e-16
    update_flows(small.at, 0.25)
    write_lost_flow(small.at, 0.0, 0, 0)
    row = small.rows()[0]
    assert (row["outcome"], row["end_s"]) == (FlowOutcome.CUT_NO_COVERAGE, 0.25)
    assert row["carried_bit"] == pytest.approx(0.25 * rate_bps)
    assert small.radio.is_full.tolist() == [0, 1]
    assert small.radio.present_w.tolist() == [COMMON_W, MOST_W]
    # Power is what it was at the update, 16 W to the flows of each cell for the 2 s that follow.
    assert small.data.cells["hsdpa_w_s"].tolist() == [32.0, 32.0]
    small.run()
    assert small.rows()["outcome"].tolist()[1:] == [FlowOutcome.COMPLETED]


# --- Release 99 bearers


def test_the_first_bearer_that_is_admitted_is_taken_for_size_over_rate():
    room = data(1, sources=[source(category=0), source(is_up=1)], is_hsdpa=0)
    small = Small(data_room=room)
    small.radio.rules["code_capacity"] = 28
    for number in range(4):
        on_source_flow(small.at, 1.0, 0, number)
    on_source_flow(small.at, 1.0, 1, 0)
    # 28 codes: 16 and 8 and 4, then none.
    rows = small.rows()
    assert rows["outcome"].tolist() == [FlowOutcome.REFUSED_CODE] * 2
    assert rows["bearer_idx"].tolist() == [255, 255]
    assert small.radio.free[0] == 8 - 3
    # Three flows, and their bearers.
    assert small.cursor["n_open"] == 6
    phones = small.radio.phones[small.data.flows["phone"][:3]]
    assert phones["owner"].tolist() == [0, 1, 2]
    assert set(phones["owner_kind"]) == {Owner.BEARER}
    assert phones["address"].tolist() == [0, 1, 2]
    assert phones["may_be_shed"].all()
    events = small.run()
    assert [event[:4] for event in events] == [
        (1.0 + 1e6 / rate_bps, Kind.BEARER_END, 0, number)
        for number, rate_bps in enumerate((384e3, 128e3, 64e3))
    ]
    rows = small.rows()[2:]
    assert rows["bearer_idx"].tolist() == [1, 2, 3]
    assert rows["outcome"].tolist() == [FlowOutcome.COMPLETED] * 3
    assert rows["carried_bit"].tolist() == [1e6] * 3
    on_source_flow(small.at, 99.0, 1, 0)
    assert small.data.flow_row["bearer_idx"][small.data.free[2 + small.data.free[0]]] == 4
    small.run()
    assert (small.cursor["n_open"], small.radio.free[0], small.data.free[0]) == (0, 8, 16)
    cells = data_records(small.state)["data_cells"]
    assert cells["bearer_bit"][0] == cells["run_bit"][0] == pytest.approx(4e6)
    held_s = 1e6 / 384e3 + 1e6 / 128e3 + 2 * 1e6 / 64e3
    assert cells["bearer_erl"][0] == pytest.approx(held_s / WINDOW_S)


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        (Refusal.NO_COVERAGE, FlowOutcome.REFUSED_NO_COVERAGE),
        (Refusal.UPLINK, FlowOutcome.REFUSED_UPLINK),
        (Refusal.DOWNLINK, FlowOutcome.REFUSED_DOWNLINK),
        (Refusal.CODE, FlowOutcome.REFUSED_CODE),
        (Refusal.CHANNEL_ELEMENT, FlowOutcome.REFUSED_CHANNEL_ELEMENT),
    ],
)
def test_what_the_radio_refuses_becomes_of_the_flow(refusal, outcome, monkeypatch):
    small = Small(data_room=data(1, sources=[source(category=0)], first_bearer=5))
    asked = []

    def refuse(state, time_s, cell, place, service):
        asked.append((state, time_s, cell, place, service))
        return -1 - refusal

    monkeypatch.setattr("sim.network.data.bearers.admit_bearer", refuse)
    on_source_flow(small.at, 2.0, 0, 0)
    assert asked == [(small.at, 2.0, 0, 0, service) for service in (5, 6, 7)]
    assert small.rows()["outcome"].tolist() == [outcome]
    assert (small.cursor["n_open"], small.data.free[0]) == (0, 16)


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (Refusal.NO_COVERAGE, FlowOutcome.CUT_NO_COVERAGE),
        (Refusal.UPLINK, FlowOutcome.CUT_UPLINK),
        (Refusal.DOWNLINK, FlowOutcome.CUT_DOWNLINK),
    ],
)
def test_a_flow_whose_phone_is_shed_is_cut_and_keeps_its_place_until_its_event(cause, outcome):
    small = Small(data_room=data(1, sources=[source(category=0)]))
    on_source_flow(small.at, -1.0, 0, 3)
    phone = int(small.data.flows["phone"][0])
    on_shed(small.at, 1.0, phone, int(cause))
    assert small.radio.free[0] == 8
    assert small.radio.cells["n_codes_busy"][0] == 0
    assert (small.cursor["n_pending"], small.cursor["n_open"]) == (1, 2)
    write_lost_flow(small.at, 0.0, 0, 0)
    row = small.rows()[0]
    assert (row["outcome"], row["end_s"], row["carried_bit"]) == (outcome, 1.0, 768e3)
    # Half of it was before the window.
    cell = small.data.cells[0]
    assert (cell["bearer_s"], cell["bearer_bit"], cell["run_bit"]) == (1.0, 384e3, 768e3)
    assert (small.cursor["n_pending"], small.cursor["n_open"], small.data.free[0]) == (0, 1, 15)
    assert small.step()[1] == Kind.BEARER_END
    assert (small.cursor["n_open"], small.data.free[0], len(small.rows())) == (0, 16, 1)


def test_rows_of_lost_flows_come_in_the_order_of_the_losses():
    small = Small(2, data_room=data(
        2, sources=[source(0, category=0), source(1), source(1, category=0)]
    ))  # fmt: skip
    for number in (1, 0, 2):
        on_source_flow(small.at, 0.0, number, 0)
    phones = small.data.flows["phone"][:3].tolist()
    on_shed(small.at, 0.25, phones[2], int(Refusal.UPLINK))
    on_shed(small.at, 0.25, phones[1], int(Refusal.UPLINK))
    small.radio.downlink_gain[1] = 1e-16
    update_flows(small.at, 0.25)
    assert small.state[Clockwork].n_pending[Pending.LOST_FLOW] == 3
    for _ in range(3):
        write_lost_flow(small.at, 0.0, 0, 0)
    assert small.rows()["entity"].tolist() == [2, 0, 1]
    assert not is_waiting(small.data.lost)
    on_bearer_end(small.at, 9.0, 1, 0)
    on_bearer_end(small.at, 9.0, 2, 0)
    assert (small.cursor["n_open"], small.data.free[0]) == (0, 16)


# --- sessions


@pytest.mark.parametrize(("mean", "wanted"), [(1.0, 1), (1.5, 2)])
def test_a_use_has_one_page_alone_only_if_that_is_its_mean(mean, wanted):
    small = Small(line_cells=[0], devices=[1], data_room=data(1, uses=[(0, mean, 10.0, MBIT)]))
    session = 0
    # A third of sessions has a second page at a mean of 1.5, and two in nine have that and no third one.
    while not 1.0 / 9.0 < 1.0 - uniform_pair(1, 2, STREAM_USE, 100, session)[1] < 1.0 / 3.0:
        session += 1
    assert draw_use(small.at, 0, session) == (0, wanted)


def test_pages_follow_each_other_and_share_what_is_drawn_of_their_session():
    use = (0, 4.0, 10.0, MBIT)
    small = Small(line_cells=[0], devices=[1], data_room=data(1, uses=[use]))
    line, session = 100, 5
    while True:
        _, v = uniform_pair(1, 2, STREAM_USE, line, session)
        n_pages = 1 + math.floor(math.log(1.0 - v) / math.log(0.75))
        if n_pages == 3:
            break
        session += 1
    assert draw_use(small.at, 0, session) == (0, 3)
    on_page(small.at, 0.0, 0, session)
    # The device's greatest rate, in a cell that has more.
    rate_bps = min(1e6, alone_rate_bps())
    time_s, events = 0.0, small.run()
    for page in range(3):
        address = session + (page << REDIAL_SHIFT)
        end_s = time_s + 1e6 / rate_bps
        assert events[2 * page][:2] == (pytest.approx(end_s, rel=1e-12), Kind.FLOW_END)
        _, v = uniform_pair(1, 2, STREAM_PAGE, line, address)
        time_s = events[2 * page][0] - 10.0 * math.log1p(-v)
        if page < 2:
            following = session + ((page + 1) << REDIAL_SHIFT)
            assert events[2 * page + 1] == (time_s, Kind.PAGE, line, following, 0)
    assert len(events) == 5
    rows = small.rows()
    assert rows["page"].tolist() == [0, 1, 2]
    assert set(rows["index"]) == {session}
    assert set(rows["device_idx"]) == {1}
    assert set(rows["entity"]) == {line}
    assert small.data.flows["weight"][0] == 2.0
    assert (small.cursor["n_open"], small.data.free[0]) == (0, 16)


def test_a_session_is_over_when_a_page_is_refused():
    small = Small(line_cells=[-1], devices=[1], data_room=data(1, uses=[(0, 4.0, 10.0, MBIT)]))
    on_page(small.at, 3.0, 0, 5)
    assert small.rows()["outcome"].tolist() == [FlowOutcome.REFUSED_NO_COVERAGE]
    assert small.run() == []
    assert small.cursor["n_open"] == 0


def test_phones_without_hsdpa_and_phones_that_send_use_bearers():
    uses = [(1, 1.0, 10.0, MBIT)]
    small = Small(2, line_cells=[0, 1], devices=[0, 1], data_room=data(2, uses=uses))
    on_page(small.at, 0.0, 1, 5)
    assert small.data.flow_row["bearer_idx"][0] == 4
    small.data.uses["is_up"] = 0
    on_page(small.at, 0.0, 0, 5)
    assert small.data.flow_row["bearer_idx"][1] == 1
    on_page(small.at, 0.0, 1, 6)
    assert small.data.flow_row["bearer_idx"][2] == 0
