"""Kernels of short messages as plain Python, on states written out by hand."""

import math

import pytest

from sim.compilation.kernels import IS_PLAIN

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.network.clockwork import Clockwork
from sim.network.data.records import data_records
from sim.network.kinds import Kind
from sim.network.lines import Lines
from sim.network.messages.state import Messages
from sim.network.messages.steps import on_message
from sim.network.servers import Servers
from sim.streams import STREAM_MESSAGE_RECEIVER, STREAM_PHONE_STATE, uniform, uniform_pair
from sim.tables import MessageOutcome
from tests.kernels.data_states import WINDOW_S, Small, messages


def two_lines(cells=(0, 1), **rules):
    """Two lines in a cell each: each is the only one to whom the other may write."""
    n_cells = max(cells) + 1
    return Small(n_cells, line_cells=cells, message_room=messages(n_cells, **rules))


def test_a_message_is_sent_and_delivered_over_a_channel_of_each_cell():
    small = two_lines()
    on_message(small.at, 10.0, 0, 77)
    cells = small.messages.cells
    assert cells["busy"]["value"].tolist() == [1.0, 0.0]
    assert small.step() == (13.0, Kind.MESSAGE_STEP, 100, 77, 0)
    assert cells["busy"]["value"].tolist() == [0.0, 1.0]
    assert small.step() == (16.0, Kind.MESSAGE_STEP, 100, 77, 0)
    assert small.step() is None
    row = small.rows(Messages)[0]
    assert row["outcome"] == MessageOutcome.DELIVERED
    assert (row["time_s"], row["submitted_s"], row["end_s"]) == (10.0, 13.0, 16.0)
    assert (row["n_submits"], row["n_tries"]) == (1, 1)
    assert (row["entity"], row["index"], row["receiver_id"]) == (100, 77, 101)
    assert (row["cell_idx"], row["receiver_cell_idx"], row["destination_idx"]) == (0, 1, 0)
    found = data_records(small.state)["data_cells"]
    assert found["signalling_busy"].tolist() == [3.0 / WINDOW_S] * 2
    assert found["n_signalling_refused"].tolist() == [0, 0]
    assert found["run_bit"].tolist() == [0.0, 0.0]
    assert small.messages.free[0] == 8


def test_a_phone_that_gets_no_channel_tries_again_and_gives_up():
    small = two_lines()
    on_message(small.at, -1.0, 0, 1)  # sends until 2 s
    on_message(small.at, 0.0, 0, 2)
    small.messages.cells["busy"]["value"][0] = 2.0  # somebody else, who stays
    assert [event[3] for event in small.run()] == [1, 1, 2]
    rows = small.rows(Messages)
    assert rows["index"].tolist() == [1, 2]
    assert rows["outcome"].tolist() == [
        MessageOutcome.DELIVERED, MessageOutcome.BLOCKED_SIGNALLING,
    ]  # fmt: skip
    assert (rows["n_submits"][1], rows["end_s"][1], rows["n_tries"][1]) == (2, 10.0, 0)
    assert math.isnan(rows["submitted_s"][1])
    # Only tries in the window count.
    assert small.messages.cells["n_refused"].tolist() == [2, 0]


def test_a_cell_without_servers_has_no_signalling_channels():
    small = two_lines()
    small.state[Servers].groups["capacity"][0] = 0
    on_message(small.at, WINDOW_S - 5.0, 0, 1)
    small.run()
    assert small.rows(Messages)["outcome"].tolist() == [MessageOutcome.BLOCKED_SIGNALLING]
    assert small.messages.cells["n_refused"].tolist() == [1, 0]


def test_receivers_in_a_call_wait_and_messages_that_wait_too_long_expire():
    small = two_lines()
    small.state[Lines].n_calls[1] = 1
    on_message(small.at, 0.0, 0, 1)
    small.step()
    assert small.step()[0] == 63.0
    small.state[Lines].n_calls[1] = 0
    small.run()
    row = small.rows(Messages)[0]
    assert (row["n_tries"], row["end_s"]) == (3, 126.0)
    # Tries at 1003, 1063, 1123 s; another would be at 1183 s, after 1150 s.
    small.state[Lines].n_calls[1] = 1
    on_message(small.at, 1_000.0, 0, 2)
    small.run()
    row = small.rows(Messages)[1]
    assert (row["outcome"], row["n_tries"], row["end_s"]) == (MessageOutcome.EXPIRED, 3, 1_150.0)
    assert row["submitted_s"] == 1_003.0
    # Unless phones receive during calls.
    small.messages.rules["is_during_calls"] = 1
    on_message(small.at, 2_000.0, 0, 3)
    small.run()
    assert small.rows(Messages)["outcome"][2] == MessageOutcome.DELIVERED


def test_a_validity_shorter_than_the_sending_ends_at_once():
    small = two_lines(validity_s=1.0)
    small.state[Lines].n_calls[1] = 1
    on_message(small.at, 0.0, 0, 1)
    small.run()
    row = small.rows(Messages)[0]
    assert (row["outcome"], row["end_s"]) == (MessageOutcome.EXPIRED, 3.0)


def test_one_of_the_lines_of_a_row_is_meant():
    small = two_lines()
    small.state[Clockwork].rules["scale"] = 0.5
    small.state[Lines].n_calls[1] = 1
    on_message(small.at, 0.0, 0, 4)
    _, p_line = uniform_pair(1, 2, STREAM_MESSAGE_RECEIVER, 100, 4)
    assert small.messages.messages["p_line"][0] == p_line
    small.run()
    assert (small.rows(Messages)["n_tries"][0] > 1) == (p_line < 0.5)


def test_phones_are_off_in_slots_of_time():
    small = two_lines(p_phone_off=0.5)
    on_message(small.at, 0.0, 0, 1)
    small.run()
    row = small.rows(Messages)[0]
    tries_s = [3.0 + 60.0 * k for k in range(3)]
    is_on = [
        uniform(1, 2, STREAM_PHONE_STATE, 101, (1 << 40) + math.floor(time_s / 100.0)) >= 0.5
        for time_s in tries_s
    ]
    if any(is_on):
        assert row["n_tries"] == 1 + is_on.index(True)
        assert row["outcome"] == MessageOutcome.DELIVERED
    else:
        assert row["outcome"] == MessageOutcome.EXPIRED


def test_cover_is_asked_for_at_the_load_of_the_moment():
    small = two_lines()
    small.radio.downlink_gain[0] = 1e-16
    on_message(small.at, 0.0, 0, 1)
    row = small.rows(Messages)[0]
    assert (row["outcome"], row["end_s"]) == (MessageOutcome.NO_COVERAGE, 0.0)
    # Where cells have channels the map decides.
    small.radio.rules["is_soft"] = 0
    on_message(small.at, 0.0, 0, 2)
    small.run()
    assert small.rows(Messages)["outcome"][1] == MessageOutcome.DELIVERED


def test_somebody_without_cover_or_company_sends_nothing():
    small = two_lines(cells=(-1, 0))
    on_message(small.at, 0.0, 0, 1)
    assert small.rows(Messages)["outcome"].tolist() == [MessageOutcome.NO_COVERAGE]
    # The other way round the message centre waits.
    on_message(small.at, 0.0, 1, 2)
    small.run()
    assert small.rows(Messages)["outcome"].tolist()[1:] == [MessageOutcome.EXPIRED]
    alone = Small(1, line_cells=[0])
    on_message(alone.at, 4.0, 0, 3)
    row = alone.rows(Messages)[0]
    assert (row["outcome"], row["receiver_id"]) == (MessageOutcome.NO_RECEIVER, 2**32 - 1)
    assert (row["receiver_cell_idx"], row["n_submits"], row["end_s"]) == (-1, 0, 4.0)
    assert alone.messages.free[0] == 8
