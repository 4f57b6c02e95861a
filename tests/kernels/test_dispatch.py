"""The loop as plain Python, with handlers that only say that they were called, and with calls."""

import math

import numpy as np
import pytest

from sim.compilation.kernels import IS_PLAIN, handler_address

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.engine.pools import N_SPARE_ROWS
from sim.engine.wheel import Wheel, add_event, make_wheel
from sim.network.clockwork import Clockwork, with_intents
from sim.network.data.state import Data
from sim.network.dispatch import (
    DONE,
    NEEDS_HUMAN,
    NO_ROOM,
    NOT_DUE,
    PAUSED,
    next_due_s,
    run_events,
)
from sim.network.kinds import Intent, Kind, Owner, Pending, handlers
from sim.network.messages.state import Messages
from sim.network.radio.state import Radio
from sim.network.voice.state import ALL, Calls
from sim.tables import Outcome
from sim.traffic.calls import Intents
from tests.kernels.call_states import (
    FIRST_ID,
    N_CELLS,
    NETWORK_A,
    NETWORK_B,
    Country,
    find,
    to_a,
    to_b,
)

MANY = 10**6


class Told:
    """A loop whose handlers write down what they are told, and then do what a test wants."""

    def __init__(self):
        self.country = Country()
        self.at = self.country.at
        self.heard = []
        self.then = {}
        clockwork = self.country.clockwork
        for array, table in (
            (clockwork.on_event, Kind), (clockwork.on_intent, Intent), (clockwork.on_pending, Pending),
        ):  # fmt: skip
            array[:] = [handler_address(self._handler(member)) for member in table]

    def _handler(self, member):
        def handle(state, time_s, payload, address):
            assert state == self.at
            self.heard.append((time_s, member, payload, address))
            if member in self.then:
                self.then[member](time_s)

        return handle

    @property
    def cursor(self):
        return self.country.cursor

    def put(self, time_s, kind, entity=0, address=0, payload=0):
        add_event(self.at, time_s, int(kind), entity, address, payload)

    def run(self, limit_s=math.inf, max_events=MANY):
        """Run, and return why the loop stopped, and whom it has called."""
        self.heard.clear()
        status = run_events(self.at, limit_s, max_events)
        return status, [(time_s, member) for time_s, member, *_ in self.heard]


def test_nothing_is_due_of_nothing():
    told = Told()
    assert told.run() == (NOT_DUE, [])
    assert next_due_s(told.at) == math.inf


def test_handlers_are_told_when_of_what_and_by_whose_address():
    told = Told()
    told.put(2.0, Kind.ANSWER, entity=2**32 - 1, address=2**50, payload=17)
    told.country.give((1.0, Intent.OF_A_SOURCE, 4, 2**40), (3.0, Intent.OF_A_MESSAGE, 5, 7))
    assert told.run()[0] == DONE
    assert told.heard == [
        (1.0, Intent.OF_A_SOURCE, 4, 2**40),
        (2.0, Kind.ANSWER, 17, 2**50),
        (3.0, Intent.OF_A_MESSAGE, 5, 7),
    ]
    assert (told.cursor["n_events"], told.cursor["intent"]) == (3, 2)
    assert told.country.state[Wheel].hand["n_events"][0] == 0
    assert told.run() == (NOT_DUE, [])


def test_at_the_same_time_events_come_in_the_order_of_their_kinds_and_before_intents():
    told = Told()
    kinds = [*Kind]
    for kind in kinds[::2] + kinds[1::2]:
        told.put(5.0, kind)
    told.country.give((5.0, Intent.OF_A_SOURCE, 0, 0), (5.0, Intent.OF_A_SUBSCRIBER, 0, 0))
    told.put(math.nextafter(5.0, 6.0), kinds[0])
    status, called = told.run()
    assert status == DONE
    assert [member for _, member in called] == [
        *kinds, Intent.OF_A_SOURCE, Intent.OF_A_SUBSCRIBER, kinds[0],
    ]  # fmt: skip


def test_what_a_handler_puts_at_its_own_time_comes_before_the_next_intent():
    told = Told()
    told.country.give((5.0, Intent.OF_A_SUBSCRIBER, 0, 0), (5.0, Intent.OF_A_MESSAGE, 0, 0))
    told.then[Intent.OF_A_SUBSCRIBER] = lambda time_s: told.put(time_s, Kind.MESSAGE_STEP)
    assert told.run()[1] == [
        (5.0, Intent.OF_A_SUBSCRIBER), (5.0, Kind.MESSAGE_STEP), (5.0, Intent.OF_A_MESSAGE),
    ]  # fmt: skip


def test_what_is_due_at_the_limit_or_later_stays():
    told = Told()
    told.put(4.0, Kind.PAGE)
    told.put(7.0, Kind.PAGE)
    told.country.give((4.0, Intent.OF_A_SESSION, 0, 0), (6.0, Intent.OF_A_SESSION, 0, 0))
    assert told.run(4.0) == (NOT_DUE, [])
    assert told.run(6.0) == (DONE, [(4.0, Kind.PAGE), (4.0, Intent.OF_A_SESSION)])
    assert told.run(6.0) == (NOT_DUE, [])
    assert next_due_s(told.at) == 6.0
    assert told.run(math.nextafter(6.0, 7.0)) == (DONE, [(6.0, Intent.OF_A_SESSION)])
    assert told.run(7.0) == (NOT_DUE, [])
    assert told.run() == (DONE, [(7.0, Kind.PAGE)])


def test_the_next_thing_due_is_an_event_or_an_intent():
    told = Told()
    told.country.give((4.0, Intent.OF_A_SESSION, 0, 0))
    assert next_due_s(told.at) == 4.0
    for time_s, due_s in ((9.0, 4.0), (4.0, 4.0), (3.5, 3.5)):
        told.put(time_s, Kind.PAGE)
        assert next_due_s(told.at) == due_s
    # Looking changes nothing.
    assert told.run()[1] == [
        (3.5, Kind.PAGE), (4.0, Kind.PAGE), (4.0, Intent.OF_A_SESSION), (9.0, Kind.PAGE),
    ]  # fmt: skip


@pytest.mark.parametrize("max_events", [1, 2, 3])
def test_the_loop_pauses_after_as_many_events_as_asked(max_events):
    told = Told()
    for k in range(3):
        told.put(2.0 * k, Kind.PAGE)
    told.country.give(*((2.0 * k + 1.0, Intent.OF_A_SESSION, 0, 0) for k in range(3)))
    times_s = []
    for n in range(1, 6 // max_events + 1):
        status, called = told.run(max_events=max_events)
        assert status == PAUSED
        assert told.cursor["n_events"] == n * max_events
        times_s += [time_s for time_s, _ in called]
    assert times_s == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert told.run(max_events=max_events) == (NOT_DUE, [])
    # No event is asked for: whether one is due is not looked at.
    assert told.run(max_events=0) == (PAUSED, [])


def test_intents_of_a_new_window_are_counted_from_its_begin():
    told = Told()
    told.country.give((1.0, Intent.OF_A_SESSION, 3, 0))
    told.run()
    told.cursor["planned"] = 1
    columns = (np.array([2.0]), np.array([3], np.uint8), np.array([4], np.int32), np.array([5]))
    told.country.state.put(with_intents(told.country.state[Clockwork], Intents(*columns)))
    assert (told.cursor["intent"], told.cursor["planned"]) == (0, 0)
    assert told.run() == (DONE, [(2.0, Intent.OF_A_SESSION)])
    assert told.heard[0][2:] == (4, 5)


# --- rows that wait


def wait_for_rows(told, **n):
    """Let rows wait, and each handler write one of them."""
    for name, number in n.items():
        kind = Pending[name]
        told.country.clockwork.n_pending[kind] = number

        def write(_time_s, kind=kind):
            told.country.clockwork.n_pending[kind] -= 1
            told.cursor["n_pending"] -= 1

        told.then[kind] = write
    told.cursor["n_pending"] = sum(n.values())


def test_rows_that_wait_are_written_before_anything_else_happens():
    told = Told()
    wait_for_rows(told, LOST_FLOW=1, SHED_CALL=2)
    told.put(3.0, Kind.PAGE)
    told.country.give((2.0, Intent.OF_A_SESSION, 0, 0))
    status, called = told.run(3.0)
    assert status == DONE
    assert called == [
        (0.0, Pending.SHED_CALL), (0.0, Pending.SHED_CALL), (0.0, Pending.LOST_FLOW),
        (2.0, Intent.OF_A_SESSION),
    ]  # fmt: skip
    # They are no events.
    assert told.cursor["n_events"] == 1
    wait_for_rows(told, SHED_CALL=1)
    assert told.run(3.0) == (NOT_DUE, [(0.0, Pending.SHED_CALL)])


def test_rows_that_an_event_leaves_behind_are_written_before_the_next():
    told = Told()
    told.put(1.0, Kind.POWER_UPDATE)
    told.put(1.0, Kind.RELEASE)
    told.then[Kind.POWER_UPDATE] = lambda _: wait_for_rows(told, SHED_CALL=1, LOST_FLOW=1)
    assert [member for _, member in told.run()[1]] == [
        Kind.POWER_UPDATE, Pending.SHED_CALL, Pending.LOST_FLOW, Kind.RELEASE,
    ]  # fmt: skip


# --- room


def full_log(room):
    def fill(country):
        log = country.state[room].ended
        log.n[0] = len(log.rows)

    def empty(country):
        country.state[room].ended.n[0] = 0

    return fill, empty


def full_pool(room, axis):
    def fill(country):
        free = country.state[room].free
        free[0] = free[1] - 1

    return fill, lambda country: country.state.grow(room, axis)


@pytest.mark.parametrize(
    ("fill", "make_space"),
    [
        full_pool(Wheel, "node"), full_pool(Calls, "call"), full_pool(Radio, "phone"),
        full_pool(Data, "flow"), full_pool(Messages, "message"),
        full_log(Calls), full_log(Data), full_log(Messages),
    ],
    ids=["events", "calls", "phones", "flows", "messages", "attempts", "rows of flows", "rows of messages"],
)  # fmt: skip
def test_nothing_happens_while_there_is_no_room_for_it(fill, make_space):
    told = Told()
    told.put(1.0, Kind.PAGE)
    told.put(2.0, Kind.PAGE)
    wait_for_rows(told, SHED_CALL=1)
    told.then[Kind.PAGE] = lambda time_s: fill(told.country) if time_s == 1.0 else None
    assert told.run() == (NO_ROOM, [(0.0, Pending.SHED_CALL), (1.0, Kind.PAGE)])
    wait_for_rows(told, SHED_CALL=1)
    assert told.run() == (NO_ROOM, [])
    assert told.cursor["n_events"] == 1
    make_space(told.country)
    assert told.run() == (DONE, [(0.0, Pending.SHED_CALL), (2.0, Kind.PAGE)])


def test_a_wheel_has_room_for_as_many_events_as_one_may_put():
    told = Told()
    told.country.state.put(make_wheel(0.0, 1.0, 4, 4, n_spare=3))
    told.put(1.0, Kind.PAGE)
    assert told.run()[0] == DONE
    for time_s in (2.0, 3.0):
        told.put(time_s, Kind.PAGE)
    assert told.run() == (NO_ROOM, [])


# --- humans


def test_the_loop_stops_where_a_call_needs_operators():
    told = Told()
    told.put(1.0, Kind.REDIAL)
    told.put(1.0, Kind.REDIAL, address=1)

    def call(_time_s):
        told.cursor["called"] = 0

    told.then[Kind.REDIAL] = call
    assert told.run() == (NEEDS_HUMAN, [(1.0, Kind.REDIAL)])
    told.cursor["called"] = -1
    assert told.run() == (NEEDS_HUMAN, [(1.0, Kind.REDIAL)])
    assert told.cursor["n_events"] == 2
    told.cursor["called"] = -1
    assert told.run() == (NOT_DUE, [])


def test_the_loop_stops_where_a_circuit_is_free_for_somebody_who_waits():
    told = Told()
    told.put(1.0, Kind.RELEASE)
    told.country.give((2.0, Intent.OF_A_SOURCE, 0, 0))

    def free(_time_s):
        told.cursor["is_freed"] = 1

    told.then[Kind.RELEASE] = free
    assert told.run() == (NEEDS_HUMAN, [(1.0, Kind.RELEASE)])
    told.cursor["is_freed"] = 0
    assert told.run() == (DONE, [(2.0, Intent.OF_A_SOURCE)])


# --- the real handlers


@pytest.mark.parametrize("table", [Kind, Intent, Owner, Pending])
def test_every_member_of_a_table_has_its_handler_and_its_number(table):
    found = handlers(table)
    assert [int(member) for member in table] == list(range(len(found)))
    for member, handler in zip(table, found, strict=True):
        module, name = member.handler.split(":")
        assert (handler.__module__, handler.__name__) == (f"sim.network.{module}", name)


def test_a_handler_that_is_not_there_is_told():
    class Wrong(type(Kind.PAGE).__mro__[1]):
        PAGE = "data.sessions:on_paper"

    with pytest.raises(
        TypeError, match=r"Wrong\.PAGE: there is no handler data\.sessions:on_paper"
    ):
        handlers(Wrong)


def country_with_handlers(**rules):
    country = Country(**rules)
    clockwork = country.clockwork
    for array, table in (
        (clockwork.on_event, Kind), (clockwork.on_intent, Intent), (clockwork.on_pending, Pending),
    ):  # fmt: skip
        array[:] = [handler_address(handler) for handler in handlers(table)]
    return country


def test_a_call_goes_from_its_intent_to_its_row():
    country = country_with_handlers()
    first, second = find(FIRST_ID, to_b), find(FIRST_ID + 3, to_a)
    country.give(
        (10.0, Intent.OF_A_SUBSCRIBER, 0, first.root),
        (10.5, Intent.OF_A_SUBSCRIBER, 3, second.root),
    )
    assert run_events(country.at, math.inf, MANY) == DONE
    assert country.cursor["n_events"] == 6
    country.require_idle()
    ends_s = {
        FIRST_ID: 10.0 + first.ring_s + first.talk_s,
        FIRST_ID + 3: 10.5 + second.ring_s + second.talk_s,
    }
    assert dict(country.rows[["entity", "end_s"]].tolist()) == ends_s
    assert country.rows["outcome"].tolist() == [Outcome.COMPLETED] * 2
    assert country.calls.n_intents[ALL].tolist() == [[1, 1], [0, 0], [0, 0]]


def test_a_channel_that_is_released_is_free_for_whoever_calls_at_that_instant():
    first = find(FIRST_ID, to_b)
    second = find(FIRST_ID + 1, to_b)
    end_s = 10.0 + first.ring_s + first.talk_s
    for time_s, outcome in (
        (end_s, Outcome.COMPLETED),
        (math.nextafter(end_s, 0.0), Outcome.BLOCKED_CHANNEL),
    ):
        country = country_with_handlers()
        country.groups["capacity"][0] = 1
        country.give(
            (10.0, Intent.OF_A_SUBSCRIBER, 0, first.root),
            (time_s, Intent.OF_A_SUBSCRIBER, 1, second.root),
        )
        assert run_events(country.at, math.inf, MANY) == DONE
        (found,) = country.rows["outcome"][country.rows["entity"] == FIRST_ID + 1]
        assert found == outcome
        country.require_idle()


def test_many_intents_are_planned_together_and_each_has_its_own_attempt():
    country = country_with_handlers(n_calls=64, p_phone_off=1.0)
    draws = [find(FIRST_ID + k % 5, lambda d: d.to < 0.7, begin=100 * k) for k in range(20)]
    country.give(
        *((1.0 + k, Intent.OF_A_SUBSCRIBER, k % 5, one.root) for k, one in enumerate(draws))
    )
    assert run_events(country.at, 8.0, MANY) == DONE
    assert (country.cursor["intent"], country.cursor["planned"]) == (7, 20)
    run_events(country.at, math.inf, MANY)
    assert country.rows["index"].tolist() == [one.root for one in draws]
    assert country.rows["time_s"].tolist() == [1.0 + k for k in range(20)]
    assert (country.rows["outcome"] == Outcome.CALLEE_OFF).all()


def test_the_loop_hands_a_call_to_operators_and_tells_of_a_circuit():
    country = country_with_handlers()
    country.trunks.mode[NETWORK_A, NETWORK_B] = 1
    country.groups["is_awaited"][N_CELLS:] = 1
    by_hand, other = (
        find(FIRST_ID, to_b),
        find(FIRST_ID + 5, lambda d: d.to < 0.3 and d.is_answered and d.off >= 0.2),
    )
    country.give(
        (1.0, Intent.OF_A_SUBSCRIBER, 5, other.root), (1e4, Intent.OF_A_SUBSCRIBER, 0, by_hand.root)
    )
    # From B to A, over a circuit for which somebody waits.
    assert run_events(country.at, math.inf, MANY) == NEEDS_HUMAN
    assert (country.cursor["is_freed"], country.cursor["called"]) == (1, -1)
    assert country.cursor["n_events"] == 3
    country.cursor["is_freed"] = 0
    assert run_events(country.at, math.inf, MANY) == NEEDS_HUMAN
    assert (country.cursor["is_freed"], country.cursor["called"]) == (0, 0)
    assert country.calls.record["time_s"][0] == 1e4


def test_a_loop_without_room_for_a_row_goes_on_where_it_was():
    country = country_with_handlers(n_rows=N_SPARE_ROWS)
    roots = [find(FIRST_ID, to_b, begin=100 * k).root for k in (1, 2, 3)]
    country.lines.lines["cell_idx"][0] = -1
    country.give(*((1.0 + k, Intent.OF_A_SUBSCRIBER, 0, root) for k, root in enumerate(roots)))
    found = []
    while (status := run_events(country.at, math.inf, MANY)) == NO_ROOM:
        found += country.rows["index"].tolist()
        country.calls.ended.n[0] = 0
    assert status in (DONE, NOT_DUE)
    assert found == roots
