"""Kernels of registrations and paging as plain Python, on states written out by hand."""

import math

import pytest

from sim.compilation.kernels import IS_PLAIN

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.network.kinds import Kind
from sim.network.messages.state import Messages
from sim.network.messages.steps import on_message
from sim.network.registrations.build import registration_records
from sim.network.registrations.paging import has_channel, send_paging
from sim.network.registrations.steps import (
    NUMBER_SHIFT,
    TOGETHER,
    begin_first_tries,
    on_registration,
)
from sim.network.servers import Servers
from sim.streams import STREAM_ATTACHMENT, STREAM_REGISTRATION, uniform
from sim.tables import MessageOutcome
from tests.kernels.data_states import WINDOW_S, Small, messages, registrations

KEY = 1, 2


def small(areas=(0,), rates_per_s=0.0, message_room=None, **rules):
    idle = registrations(areas, rates_per_s, **rules)
    return Small(len(areas), line_cells=(0, 0), idle_room=idle, message_room=message_room)


def answers_paging(at, time_s, cell):
    is_answered = has_channel(at, cell)
    send_paging(at, time_s, cell, is_answered)
    return is_answered


def test_first_tries_are_a_poisson_stream_at_the_addresses_of_their_cell():
    one = small(rates_per_s=0.01, n_signalling=100)
    begin_first_tries(one.at, 0.0, False)
    times_s = [event[0] for event in one.run() if event[1] == Kind.REGISTRATION]
    expected, at_s = [], 0.0
    for number in range(1, 100):
        at_s += -math.log1p(-uniform(*KEY, STREAM_REGISTRATION, 0, number)) / 0.01
        expected.append(at_s)
    assert times_s == [time_s for time_s in expected if time_s < WINDOW_S]
    assert 2 < len(times_s) == one.idle.cells["n_first"][0]
    assert one.idle.held["sum_s"][0] == pytest.approx(3.0 * len(times_s))


def test_a_stream_that_begins_anew_replaces_the_one_before():
    one = small(rates_per_s=0.01)
    begin_first_tries(one.at, 0.0, False)
    begin_first_tries(one.at, 0.0, False)
    numbers = [event[3] >> NUMBER_SHIFT for event in one.run() if event[1] == Kind.REGISTRATION]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert one.idle.cells["n_first"][0] == len(numbers) - 1


def test_a_phone_that_finds_no_channel_tries_again_and_gives_up():
    one = small()
    one.idle.held["value"][0] = 2.0  # somebody else, who stays
    address = 1 << NUMBER_SHIFT
    one.idle.cells["number"] = 1
    on_registration(one.at, 5.0, 0, address)
    assert one.run() == [(15.0, Kind.REGISTRATION, 0, address + 1, 0)]
    cell = one.idle.cells[0]
    assert (cell["n_first"], cell["n_first_refused"], cell["n_refused"]) == (1, 1, 2)
    assert cell["n_given_up"] == 1
    # One that attaches with others tries until it is served.
    one.idle.cells["number_together"], one.idle.cells["n_together"] = 1, 1
    on_registration(one.at, 100.0, 0, address + TOGETHER)
    for k in range(1, 4):
        assert one.step()[0] == 100.0 + 10.0 * k
    one.idle.held["value"][0] = 1.0
    assert one.step()[:2] == (140.0, Kind.REGISTRATION)
    assert one.step()[:2] == (143.0, Kind.SIGNALLING_END)
    assert one.idle.n_attached[0].nonzero()[0].tolist() == [4]


def test_a_cell_that_is_off_serves_nobody_who_tries_again():
    one = small()
    one.state[Servers].groups["is_off"] = 1
    one.idle.cells["number"] = 1
    on_registration(one.at, 5.0, 0, 1 << NUMBER_SHIFT)
    assert one.run() == []
    assert one.idle.cells["n_given_up"][0] == 1


def test_phones_that_attach_together_come_evenly_and_all_of_them():
    one = small(n_signalling=100)
    one.idle.cells["n_together"], one.idle.cells["attached_by_s"] = 3, 40.0
    begin_first_tries(one.at, 10.0, True)
    times_s = [event[0] for event in one.run() if event[1] == Kind.REGISTRATION]
    expected, at_s = [], 10.0
    for number in range(1, 4):
        u = uniform(*KEY, STREAM_ATTACHMENT, 0, number)
        at_s += (40.0 - at_s) * (1.0 - math.pow(1.0 - u, 1.0 / (4 - number)))
        expected.append(at_s)
    assert times_s == expected
    assert one.idle.n_attached[0, 0] == 3
    assert registration_records(one.state)["attachments"]["phones"].sum() == 3


def test_paging_holds_a_channel_in_every_cell_of_the_area():
    one = small(areas=(0, 0, 1), n_signalling=2)
    assert answers_paging(one.at, 1.0, 0)
    assert one.idle.held["value"].tolist() == [0, 0, 0, 1, 0]
    assert answers_paging(one.at, 1.5, 1)
    # It goes out though no channel is free to answer.
    assert not answers_paging(one.at, 1.6, 0)
    assert answers_paging(one.at, 1.6, 2)
    assert [event[0] for event in one.run()] == [2.0, 2.5, 2.6, 2.6]
    found = registration_records(one.state)["registrations"]
    assert found["paged"].tolist() == [3, 3, 1]
    assert found["unanswered"].tolist() == [1, 0, 0]
    assert found["paging_busy"] == pytest.approx([3 / WINDOW_S, 3 / WINDOW_S, 1 / WINDOW_S])


def test_messages_and_registrations_take_channels_from_each_other():
    one = small(message_room=messages(1, n_signalling=2, max_submits=1))
    one.idle.held["value"][0] = 2.0
    on_message(one.at, 10.0, 0, 1)
    assert one.rows(Messages)["outcome"].tolist() == [MessageOutcome.BLOCKED_SIGNALLING]
    one.idle.held["value"][0] = 1.0
    on_message(one.at, 20.0, 0, 2)
    assert one.idle.cells["n_messages"][0] == 1
    one.idle.cells["number"] = 1
    on_registration(one.at, 21.0, 0, 1 << NUMBER_SHIFT)
    assert one.idle.cells["n_first_refused"][0] == 1
    one.idle.held["value"][0] = 0.0
    one.run()
    assert one.rows(Messages)["outcome"].tolist()[1:] == [MessageOutcome.DELIVERED]
    assert one.idle.n_paged[1] == 1
    assert one.idle.cells["n_messages"][0] == 0
