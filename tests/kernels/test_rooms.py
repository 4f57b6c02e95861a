"""
Rooms, rows, pools, queues, logs and integrals.

What compiled code does to them stands in small entries, so that the tests say the same of compiled code and, with
NUMBA_DISABLE_JIT=1, of plain Python.
"""

import math
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

from sim.compilation.kernels import IS_PLAIN, entry
from sim.engine.pools import (
    N_SPARE_ROWS,
    account,
    change,
    give_place,
    has_places,
    has_rows,
    is_waiting,
    make_room_check,
    n_free_places,
    put_last,
    put_row,
    take_first,
    take_place,
)
from sim.engine.recorder import Recorder
from sim.engine.rooms import (
    F8,
    I2,
    I4,
    U1,
    U2,
    U4,
    Integral,
    Layout,
    Log,
    State,
    array,
    arrays_of,
    given,
    grow_axis,
    log,
    make_room,
    pool,
    queue,
    room_bytes,
    row,
)
from sim.engine.views import view
from sim.tables import Table
from sim.tables.columns import Column

TABLE = Table(
    "things",
    "thing",
    (Column("time_s", "float64", "s", "when"), Column("redial", "uint8", "1", "which")),
)
RANKS = np.dtype((U1, (3,)))


@row
class Inner:
    busy: Integral
    limit: F8 = 2.5
    first: I4 = -1


@row
class Thing:
    inner: Inner  # an Integral two levels down
    redial: U1
    entity: U4 = 7
    diagonal: I2 = -3  # NumPy's arrays have an attribute of this name
    n_calls: U2
    scale: F8 = given("subscribers.scale")
    begin_s: F8 = given("run.warmup_h", lambda hours: -3600.0 * hours)
    rank: RANKS


class Things(NamedTuple):
    things: array(Thing, "thing", grows=True)
    pair: array(I4, "thing", "side", fill=-1, grows=True)
    place: array(F8, "place", fill=1.5)
    free: pool("thing", n_spare=2)
    waiting: queue("thing")
    ended: log(TABLE)


class Others(NamedTuple):
    free: pool("other")


things_of = view(Things)
others_of = view(Others)
LAYOUT = Layout(Things, Others)
has_room = make_room_check(LAYOUT)


def state_of(n_things=4, n_rows=3, n_others=1):
    lengths = {"thing": n_things, "side": 2, "place": 3, "row": n_rows}
    return State(LAYOUT, make_room(Things, lengths), make_room(Others, {"other": n_others}))


@entry(is_called_by_python=True)
def take(state: int) -> int:
    return take_place(things_of(state).free) + 0  # an entry returns no narrower number


@entry(is_called_by_python=True)
def give(state: int, place: int) -> None:
    give_place(things_of(state).free, place)


@entry(is_called_by_python=True)
def n_free(state: int) -> int:
    return n_free_places(things_of(state).free) + 0


@entry(is_called_by_python=True)
def look(state: int) -> tuple[bool, bool, bool, bool]:
    things = things_of(state)
    is_roomy = has_room(state)
    return has_places(things.free), is_waiting(things.waiting), has_rows(things.ended), is_roomy


@entry(is_called_by_python=True)
def put(state: int, place: int) -> None:
    put_last(things_of(state).waiting, place)


@entry(is_called_by_python=True)
def take_waiting(state: int) -> int:
    return take_first(things_of(state).waiting) + 0


@entry(is_called_by_python=True)
def write(state: int, time_s: float, redial: int) -> None:
    ended = things_of(state).ended
    one = ended.rows[len(ended.rows) - 1]
    one.time_s = time_s
    one.redial = redial
    put_row(ended, one)


@entry(is_called_by_python=True)
def account_for(state: int, time_s: float, window_s: float) -> None:
    account(things_of(state).things[0].inner.busy, time_s, window_s)


@entry(is_called_by_python=True)
def change_by(state: int, by: float, time_s: float, window_s: float) -> None:
    change(things_of(state).things[0].inner.busy, by, time_s, window_s)


@entry(is_called_by_python=True)
def copy_row(state: int, source: int, target: int) -> None:
    things = things_of(state).things
    things[target] = things[source]


@entry(is_called_by_python=True)
def numbers_of(state: int, thing: int) -> tuple[int, int, int, int, int, float]:
    things = things_of(state)
    one = things.things[thing]
    # A byte is no byte any more once one reckons with it, nor is an unsigned number unsigned.
    address = things.pair[thing, 0] + (one.redial << 48)
    return address, one.redial - 1, one.entity + 1, one.diagonal - 1, one.n_calls - 1, one.scale * 2


@entry(is_called_by_python=True)
def fill(state: int, thing: int, number: int) -> int:
    one = things_of(state).things[thing]
    one.redial = number
    one.n_calls += number
    one.inner.busy.value = one.redial
    one.inner.first = one.redial << 8
    for k in range(3):
        one.rank[k] = number - k
    return one.rank[2] - number


@entry(is_called_by_python=True)
def is_less(state: int, a: int, b: int) -> bool:
    things = things_of(state).things
    return things[a].redial - things[b].redial < 0


# --- rows


def test_a_row_has_its_defaults_and_those_of_rows_inside_it():
    rows = Thing.new(2)
    assert rows["entity"].tolist() == [7, 7]
    assert rows["diagonal"].tolist() == [-3, -3]
    assert rows["inner"]["limit"].tolist() == [2.5, 2.5]
    assert rows["inner"]["first"].tolist() == [-1, -1]
    assert rows["inner"]["busy"]["last_s"].tolist() == [-math.inf, -math.inf]
    assert rows["inner"]["busy"]["sum_s"].tolist() == [0.0, 0.0]
    # What a scenario is to give, and what has no default, is 0 until then.
    assert [rows[name].tolist() for name in ("scale", "redial", "begin_s")] == [[0, 0]] * 3
    assert rows["rank"].tolist() == [[0, 0, 0]] * 2
    assert Thing.dtype.isalignedstruct


def test_a_scenario_gives_what_stands_at_a_path_and_other_values_come_by_name():
    scenario = SimpleNamespace(
        subscribers=SimpleNamespace(scale=0.25), run=SimpleNamespace(warmup_h=0.5)
    )
    (one,) = Thing.of(scenario, redial=4, scale=0.5)
    assert one["begin_s"] == -1800.0
    assert one["redial"] == 4
    # A value by name comes last.
    assert one["scale"] == 0.5
    assert Thing.of(scenario)["scale"].tolist() == [0.25]
    assert Thing.of(scenario)["entity"].tolist() == [7]


# --- rooms


def test_new_places_have_the_values_that_are_declared():
    things = make_room(Things, {"thing": 2, "side": 3, "row": 5})
    assert things.things["entity"].tolist() == [7, 7]
    assert things.pair.tolist() == [[-1, -1, -1]] * 2
    assert things.pair.dtype == I4
    # An axis that nobody names has no places.
    assert things.place.shape == (0,)
    # Two are free, of which the first is the next; two must be.
    assert things.free.tolist() == [2, 2, 1, 0]
    assert things.waiting.tolist() == [0, 0, 0, 0]
    assert things.ended.rows.dtype.names == ("time_s", "redial")
    assert (len(things.ended.rows), things.ended.n.tolist()) == (5, [0])


def test_arrays_that_are_given_are_taken_as_they_are():
    mine = np.array([3.0, 4.0])
    things = make_room(Things, {"thing": 2, "side": 1, "place": 9}, place=mine)
    assert things.place is mine


def test_what_a_room_declares_is_told():
    declared = arrays_of(Things)
    assert list(declared) == ["things", "pair", "place", "free", "waiting", "ended"]
    assert [one.kind for one in declared.values()] == ["array"] * 3 + ["pool", "queue", "log"]
    assert [one.grows for one in declared.values()] == [True, True, False, True, True, False]
    assert declared["ended"].table is TABLE


def test_the_memory_of_a_room_is_that_of_its_places():
    # Rows of 24 + 8 + 4 (+ 4) = 40 and 80 bytes; two numbers a thing; and 8, 4, 4 and 16 bytes a place.
    assert Inner.dtype.itemsize == 40
    assert Thing.dtype.itemsize == 80
    lengths = {"thing": 10, "side": 2, "place": 3, "row": 5}
    assert room_bytes(Things, lengths) == 10 * 80 + 10 * 2 * 4 + 3 * 8 + 10 * 4 + 10 * 4 + 5 * 16
    assert room_bytes(Things, {}) == 0


# --- growth


def test_an_axis_that_grows_keeps_what_is_there_and_has_as_many_new_places():
    state = state_of()
    state[Things].things["entity"] = [1, 2, 3, 4]
    state[Things].pair[:] = [[1, 2], [3, 4], [5, 6], [7, 8]]
    state[Things].place[:] = 9.0
    state.grow(Things, "thing")
    things = state[Things]
    assert things.things["entity"].tolist() == [1, 2, 3, 4, 7, 7, 7, 7]
    assert things.pair.tolist() == [[1, 2], [3, 4], [5, 6], [7, 8]] + [[-1, -1]] * 4
    # Other axes stay, and so does a log.
    assert things.place.tolist() == [9.0] * 3
    assert len(things.ended.rows) == 3
    # Compiled code sees the new arrays at once.
    assert numbers_of(state.address, 7)[2] == 8


def test_places_of_a_pool_come_in_order_and_the_last_that_was_given_back_is_the_next():
    state = state_of()
    assert [take(state.address) for _ in range(3)] == [0, 1, 2]
    give(state.address, 1)
    give(state.address, 0)
    assert n_free(state.address) == 3
    assert [take(state.address) for _ in range(3)] == [0, 1, 3]


def test_a_pool_that_grows_gives_old_places_before_new_ones():
    state = state_of()
    taken = [take(state.address) for _ in range(4)]
    give(state.address, taken[1])
    state.grow(Things, "thing")
    assert n_free(state.address) == 5
    assert [take(state.address) for _ in range(5)] == [1, 4, 5, 6, 7]
    # Twice, while some of the new places are still free.
    for place in (6, 2):
        give(state.address, place)
    state.grow(Things, "thing")
    assert n_free(state.address) == 10
    assert [take(state.address) for _ in range(10)] == [2, 6, *range(8, 16)]


def test_a_pool_has_places_as_long_as_an_event_finds_as_many_as_it_may_take():
    state = state_of()
    assert [look(state.address)[0], take(state.address)] == [True, 0]
    assert [look(state.address)[0], take(state.address)] == [True, 1]
    # Two are free, the spare ones.
    assert [look(state.address)[0], take(state.address)] == [True, 2]
    assert not look(state.address)[0]
    state.grow(Things, "thing")
    assert look(state.address)[0]


def test_a_grown_pool_keeps_as_many_places_spare_as_before():
    grown = grow_axis(make_room(Things, {"thing": 2, "side": 1}), "thing")
    assert grown.free[:2].tolist() == [4, 2]


def test_a_grown_pool_keeps_as_many_places_spare_as_it_was_told():
    things = make_room(Things, {"thing": 2, "side": 1})
    things.free[1] = 9  # as make_wheel does, for updates of the powers
    assert grow_axis(things, "thing").free[1] == 9


def test_whoever_waits_first_is_taken_first_while_the_queue_grows():
    state = state_of()
    assert not look(state.address)[1]
    for place in (3, 0, 2, 1):
        put(state.address, place)
    assert take_waiting(state.address) == 3
    state.grow(Things, "thing")
    for place in (7, 6, 5):
        put(state.address, place)
    assert [take_waiting(state.address) for _ in range(5)] == [0, 2, 1, 7, 6]
    assert look(state.address)[1]
    assert take_waiting(state.address) == 5
    # An empty queue begins at its first place again: it never runs out of places.
    assert not look(state.address)[1]
    assert state[Things].waiting[:2].tolist() == [0, 0]


# --- logs and the check of room


def test_rows_are_written_one_after_the_other_as_long_as_there_is_room_for_those_of_an_event():
    state = state_of(n_rows=N_SPARE_ROWS + 1)
    write(state.address, 1.5, 255)
    assert look(state.address)[2]
    write(state.address, 2.5, 3)
    assert not look(state.address)[2]
    assert state[Things].ended.rows[:2].tolist() == [(1.5, 255), (2.5, 3)]
    assert state[Things].ended.n.tolist() == [2]


@pytest.mark.parametrize(
    ("n_things", "n_rows", "n_others", "is_roomy"),
    [(2, 0, 1, True), (1, 0, 1, False), (2, -1, 1, False), (2, 0, 0, False)],
)
def test_there_is_room_where_every_pool_and_every_log_has_some(
    n_things, n_rows, n_others, is_roomy
):
    assert look(state_of(n_things, N_SPARE_ROWS + n_rows, n_others).address)[3] == is_roomy


def test_a_new_log_is_written_to_once_it_is_put():
    state = state_of(n_rows=0)
    rows = Log(np.zeros(1, arrays_of(Things)["ended"].dtype), np.zeros(1, np.int64))
    state.put(state[Things]._replace(ended=rows))
    write(state.address, 4.0, 1)
    assert rows.rows.tolist() == [(4.0, 1)]


def test_a_recorder_keeps_the_rows_that_it_is_handed():
    state, recorder = state_of(), Recorder(TABLE, 2)
    rows = Log(recorder.block, np.zeros(1, np.int64))
    state.put(state[Things]._replace(ended=rows))
    for n in (2, 1, 2, 2):
        for k in range(n):
            write(state.address, recorder.n_rows + k + 0.5, 10 * n + k)
        recorder.hand_over(n)
        rows.n[0] = 0
    columns = recorder.columns()
    assert columns["time_s"].tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5]
    assert columns["redial"].tolist() == [20, 21, 10, 20, 21, 20, 21]
    assert recorder.n_rows == 7


# --- states


def test_a_state_whose_room_is_missing_is_refused():
    state = State(LAYOUT, make_room(Others, {}))
    with pytest.raises(TypeError, match="the state lacks Things"):
        state.check()
    state.put(make_room(Things, {}))
    state.check()


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("place", np.zeros(3, np.float32), "Things.place: float32 with 1 axes"),
        ("place", np.zeros((3, 1)), "Things.place: float64 with 2 axes"),
        ("place", np.zeros(6)[::2], "must be contiguous float64 with axes"),
        ("pair", np.zeros((2, 4), np.int32).T, "Things.pair: int32 with 2 axes"),
        ("things", Inner.new(4), "Things.things: "),
        ("free", np.zeros(6, np.int64), "Things.free: int64"),
        ("ended", Log(np.zeros(1), np.zeros(1, np.int64)), "Things.ended: float64"),
        (
            "ended",
            Log(np.zeros(1, arrays_of(Things)["ended"].dtype), np.zeros(1)),
            "must be contiguous int64",
        ),
    ],
)
def test_an_array_that_is_not_as_declared_is_refused(name, wrong, said):
    state = state_of()
    before = state[Things]
    with pytest.raises(TypeError, match=said):
        state.put(before._replace(**{name: wrong}))
    assert state[Things] is before


# --- integrals


@pytest.mark.parametrize(
    ("begin_s", "end_s", "sum_s"),
    [
        # Two servers are busy from the begin to the end; the window is 0 to 100 s.
        (-50.0, -10.0, 0.0),
        (-50.0, 0.0, 0.0),
        (-50.0, 30.0, 60.0),
        (-50.0, 170.0, 200.0),
        (20.0, 30.0, 20.0),
        (90.0, 170.0, 20.0),
        (100.0, 170.0, 0.0),
        (130.0, 170.0, 0.0),
        (-math.inf, 5.0, 10.0),
    ],
)
def test_an_integral_is_that_over_the_window(begin_s, end_s, sum_s):
    state = state_of()
    busy = state[Things].things["inner"]["busy"]
    busy["value"][0], busy["last_s"][0] = 2.0, begin_s
    account_for(state.address, end_s, 100.0)
    assert (busy["sum_s"][0], busy["last_s"][0], busy["value"][0]) == (sum_s, end_s, 2.0)


def test_a_change_counts_from_its_time_on():
    state = state_of()
    busy = state[Things].things["inner"]["busy"]
    for by, time_s in ((1.0, -5.0), (2.0, 10.0), (-3.0, 14.0), (1.0, 95.0), (-1.0, 120.0)):
        change_by(state.address, by, time_s, 100.0)
    # One from 0 to 10, three to 14, none to 95, one to 100.
    assert busy["sum_s"][0] == 10.0 + 12.0 + 0.0 + 5.0
    assert (busy["value"][0], busy["last_s"][0]) == (0.0, 120.0)


# --- rows in compiled code, and in plain Python


def test_whole_rows_are_copied_with_all_that_is_in_them():
    state = state_of()
    things = state[Things].things
    fill(state.address, 0, 200)
    copy_row(state.address, 0, 3)
    assert things[3] == things[0]
    # It is a copy: what happens to one is nothing to the other.
    fill(state.address, 0, 9)
    assert things["redial"][[0, 3]].tolist() == [9, 200]
    assert things["rank"][[0, 3]].tolist() == [[9, 8, 7], [200, 199, 198]]
    assert things["inner"]["busy"]["value"][[0, 3]].tolist() == [9.0, 200.0]


def test_fields_of_rows_are_numbers_that_do_not_overflow():
    state = state_of()
    things = state[Things]
    things.things[1] = Thing.new(1)[0]
    for name, value in {"redial": 255, "entity": 2**32 - 1, "n_calls": 0, "scale": 0.3}.items():
        things.things[name][1] = value
    things.pair[1, 0] = 2**31 - 1
    assert numbers_of(state.address, 1) == (255 * 2**48 + 2**31 - 1, 254, 2**32, -4, -1, 0.6)
    # And of a row whose numbers are all 0.
    things.things["redial"][1] = 0
    assert numbers_of(state.address, 1)[:2] == (2**31 - 1, -1)


def test_fields_inside_rows_and_arrays_inside_rows_are_written_in_place():
    state = state_of()
    one = state[Things].things[2:3]
    one["n_calls"] = 65_000
    assert fill(state.address, 2, 255) == -2
    assert one["redial"].tolist() == [255]
    assert one["n_calls"].tolist() == [65_255]
    assert one["inner"]["busy"]["value"].tolist() == [255.0]
    assert one["inner"]["first"].tolist() == [255 * 256]
    assert one["rank"].tolist() == [[255, 254, 253]]


@pytest.mark.xfail(
    not IS_PLAIN,
    strict=True,
    reason="in compiled code the difference of two unsigned fields is unsigned; in plain Python not",
)
def test_the_difference_of_two_unsigned_fields_may_be_negative():
    state = state_of()
    state[Things].things["redial"] = [3, 5, 0, 0]
    assert not is_less(state.address, 1, 0)
    assert is_less(state.address, 0, 1)
