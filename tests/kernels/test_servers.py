"""Channels and circuits as plain Python: who gets one, what is counted, and how busy they were."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.compilation.kernels import IS_PLAIN

if not IS_PLAIN:
    pytest.skip(
        "kernels are not plain Python here: set NUMBA_DISABLE_JIT=1", allow_module_level=True
    )

from sim.engine.rooms import Layout, State, make_room
from sim.network.clockwork import Clockwork, RunRules
from sim.network.servers import (
    ORIGINATING,
    TERMINATING,
    Group,
    Servers,
    close_window,
    give_circuit,
    is_free,
    make_servers,
    refuse,
    release,
    release_circuit,
    seize,
    seize_circuit,
    server_records,
    servers_of,
    set_capacity,
    take_circuit,
)
from sim.tables import NONE_IDX

WINDOW_S = 100.0
COUNTS = (
    "n_seized_originating", "n_seized_terminating", "n_refused_originating", "n_refused_terminating",
)  # fmt: skip


class Small:
    """Groups of servers, the first of them cells."""

    def __init__(self, *capacity, n_cells=0, n_reserved=0):
        rules = RunRules.new(1)
        rules["window_s"], rules["n_cells"] = WINDOW_S, n_cells
        groups = Group.new(len(capacity))
        groups["capacity"], groups["n_reserved"] = capacity, n_reserved
        clockwork = make_room(Clockwork, {"one": 1}, rules=rules)
        self.state = State(Layout(Clockwork, Servers), clockwork, Servers(groups))
        self.at = self.state.address
        self.groups = groups

    @property
    def servers(self):
        return servers_of(self.at)

    @property
    def cursor(self):
        return self.state[Clockwork].cursor[0]

    def seize(self, time_s, direction=ORIGINATING, group=0):
        return seize(self.servers, group, direction, time_s, WINDOW_S)

    def release(self, time_s, group=0):
        release(self.servers, group, time_s, WINDOW_S)

    def counts(self, group=0):
        return [int(self.groups[name][group]) for name in COUNTS]

    def sums_s(self, group=0):
        """Integrals of busy servers and of the time with every server busy."""
        one = self.groups[group]
        return float(one["busy"]["sum_s"]), float(one["all_busy"]["sum_s"])


def test_a_server_is_seized_while_one_is_free_and_each_direction_is_counted():
    small = Small(2)
    assert is_free(small.servers, 0)
    assert small.seize(1.0, ORIGINATING)
    assert small.seize(2.0, TERMINATING)
    assert not is_free(small.servers, 0)
    assert not small.seize(3.0, ORIGINATING)
    assert not small.seize(3.0, ORIGINATING)
    assert not small.seize(3.0, TERMINATING)
    assert small.counts() == [1, 1, 2, 1]
    assert small.groups["n_busy"].tolist() == [2]
    small.release(4.0)
    assert is_free(small.servers, 0)
    assert small.seize(5.0, TERMINATING)
    assert small.counts() == [1, 2, 2, 1]


@pytest.mark.parametrize(
    ("time_s", "is_counted"), [(-1e-9, 0), (0.0, 1), (99.9, 1), (WINDOW_S, 0), (200.0, 0)]
)
def test_only_what_happens_in_the_window_is_counted(time_s, is_counted):
    small = Small(1, 0)
    small.seize(time_s, ORIGINATING)
    small.seize(time_s, TERMINATING)
    refuse(small.servers, 1, ORIGINATING, time_s, WINDOW_S)
    refuse(small.servers, 1, TERMINATING, time_s, WINDOW_S)
    assert small.counts() == [is_counted, 0, 0, is_counted]
    assert small.counts(1) == [0, 0, is_counted, is_counted]
    # Counted or not, a server is held.
    assert small.groups["n_busy"].tolist() == [1, 0]


def test_nothing_is_released_of_no_group():
    small = Small(1)
    small.release(1.0, group=-1)
    assert small.groups["n_busy"].tolist() == [0]
    assert small.groups["busy"]["last_s"].tolist() == [-math.inf]


def test_busy_servers_and_the_time_with_all_of_them_busy_are_added_up_over_the_window():
    small = Small(2)
    small.seize(-20.0)  # one busy from the begin of the window on
    small.seize(10.0)  # both
    assert small.sums_s() == (10.0, 0.0)
    small.release(25.0)  # one
    assert small.sums_s() == (10.0 + 2 * 15.0, 15.0)
    small.seize(90.0)  # both, beyond the end
    small.release(130.0)
    small.release(140.0)
    assert small.sums_s() == (40.0 + 65.0 + 2 * 10.0, 15.0 + 10.0)


def test_a_refusal_changes_no_integral():
    small = Small(1)
    small.seize(10.0)
    small.seize(30.0)
    assert small.groups["busy"]["last_s"].tolist() == [10.0]
    small.release(40.0)
    assert small.sums_s() == (30.0, 30.0)


def test_the_window_is_closed_at_its_end_but_no_integral_goes_back():
    small = Small(1, 1, 1, 0)
    small.seize(40.0, group=0)
    small.seize(40.0, group=1)
    small.release(120.0, group=1)
    close_window(small.at)
    assert [small.sums_s(group)[0] for group in range(4)] == [60.0, 60.0, 0.0, 0.0]
    assert small.groups["busy"]["last_s"].tolist() == [100.0, 120.0, 100.0, 100.0]
    # Where there are no servers, every one of them is busy.
    assert [small.sums_s(group)[1] for group in range(4)] == [60.0, 60.0, 0.0, 100.0]
    close_window(small.at)
    assert [small.sums_s(group)[0] for group in range(4)] == [60.0, 60.0, 0.0, 0.0]


# --- circuits


@pytest.mark.parametrize(
    ("n_busy", "is_first_choice", "is_seized"),
    [
        (0, True, True), (0, False, True),
        (1, True, True), (1, False, False),  # two of three are left, both reserved
        (2, True, True), (2, False, False),
        (3, True, False), (3, False, False),
    ],
)  # fmt: skip
def test_reserved_circuits_are_for_calls_that_nobody_has_turned_away(
    n_busy, is_first_choice, is_seized
):
    small = Small(3, n_reserved=2)
    for _ in range(n_busy):
        assert seize_circuit(small.servers, 0, True, 0.0, WINDOW_S)
    assert seize_circuit(small.servers, 0, is_first_choice, 1.0, WINDOW_S) == is_seized
    assert small.counts() == [n_busy + is_seized, 0, not is_seized, 0]
    assert small.groups["n_busy"].tolist() == [n_busy + is_seized]


def test_a_refused_circuit_is_counted_in_the_window_alone():
    small = Small(1, n_reserved=1)
    for time_s in (-1.0, 0.0, WINDOW_S):
        assert not seize_circuit(small.servers, 0, False, time_s, WINDOW_S)
    assert small.counts() == [0, 0, 1, 0]


def test_the_loop_is_told_of_a_circuit_only_where_somebody_waits_for_one():
    small = Small(2, 2)
    small.groups["is_awaited"][1] = 1
    for group in (0, 1):
        assert take_circuit(small.at, group, True, 10.0)
        assert take_circuit(small.at, group, True, 10.0)
    release_circuit(small.at, 0, 20.0)
    assert small.groups["is_freed"].tolist() == [0, 0]
    assert small.cursor["is_freed"] == 0
    release_circuit(small.at, 1, 30.0)
    assert small.groups["is_freed"].tolist() == [0, 1]
    assert small.cursor["is_freed"] == 1
    assert small.groups["n_busy"].tolist() == [1, 1]
    assert small.sums_s(0) == (20.0, 10.0)
    assert small.sums_s(1) == (40.0, 20.0)


def test_python_takes_and_gives_circuits_as_the_loop_does_but_tells_itself_who_waits():
    small = Small(2, n_reserved=1)
    small.groups["is_awaited"] = 1
    assert take_circuit(small.at, 0, False, 10.0)
    assert not take_circuit(small.at, 0, False, 20.0)
    assert take_circuit(small.at, 0, True, 20.0)
    assert small.counts() == [2, 0, 1, 0]
    give_circuit(small.at, 0, 30.0)
    assert small.groups["n_busy"].tolist() == [1]
    assert small.cursor["is_freed"] == 0
    assert small.groups["is_freed"].tolist() == [0]
    assert small.sums_s() == (10.0 + 20.0, 10.0)


# --- capacity


def test_servers_that_are_taken_away_stay_in_use_until_they_are_released():
    small = Small(3)
    for _ in range(3):
        small.seize(0.0)
    small.release(10.0)
    set_capacity(small.at, 0, 1, 20.0)
    # Two are busy and one is there: nobody gets one, until both are released.
    assert small.groups["n_busy"].tolist() == [2]
    assert not small.seize(25.0)
    small.release(30.0)
    assert not small.seize(30.0)
    small.release(40.0)
    assert small.seize(50.0)
    close_window(small.at)
    # Busy: 3 to 10 s, 2 to 30 s, 1 to 40 s, 1 from 50 s on; all busy: to 10 s, from 20 s to 40 s, from 50 s on.
    assert small.sums_s() == (30.0 + 40.0 + 10.0 + 50.0, 10.0 + 20.0 + 50.0)
    assert small.counts() == [4, 0, 2, 0]


def test_reserved_circuits_of_a_group_that_has_shrunk_keep_nobody_but_others_out():
    small = Small(4, n_reserved=2)
    set_capacity(small.at, 0, 2, 0.0)
    assert not take_circuit(small.at, 0, False, 1.0)
    assert take_circuit(small.at, 0, True, 1.0)
    set_capacity(small.at, 0, 0, 2.0)
    assert not take_circuit(small.at, 0, True, 3.0)


def test_servers_that_are_added_are_free_at_once():
    small = Small(0)
    assert not small.seize(10.0)
    set_capacity(small.at, 0, 1, 60.0)
    assert small.seize(60.0)
    small.release(70.0)
    close_window(small.at)
    # Nothing was accounted before the change; since the begin there had been no server.
    assert small.sums_s() == (10.0, 60.0 + 10.0)


# --- begin and end of a replication


@pytest.mark.parametrize(
    ("capacity", "channels"), [("channels", [7, 8, 9]), ("wcdma", [2**31 - 1] * 3)]
)
def test_cells_come_first_and_then_trunk_groups(capacity, channels):
    cells = type("Cells", (SimpleNamespace,), {"__len__": lambda _: 3})(
        n_channels=np.array([7, 8, 9], np.int32),
        network_idx=np.array([0, 1, 0], np.uint8),
        site_idx=np.array([1, 0, 1]),
    )
    trunks = SimpleNamespace(n_circuits=np.array([5, 6]), n_reserved=np.array([2, 0]))
    world = SimpleNamespace(
        cells=cells, exchanges=SimpleNamespace(trunks=trunks),
        sites=SimpleNamespace(province_idx=np.array([3, 4], np.uint8)),
    )  # fmt: skip
    handover = SimpleNamespace(n_guard_channels=3)
    scenario = SimpleNamespace(radio=SimpleNamespace(capacity=capacity, handover=handover))
    groups = make_servers(scenario, world).groups
    assert groups["capacity"].tolist() == [*channels, 5, 6]
    kept = 3 if capacity == "channels" else 0
    assert groups["n_reserved"].tolist() == [kept, kept, kept, 2, 0]
    assert groups["network_idx"].tolist() == [0, 1, 0, NONE_IDX, NONE_IDX]
    assert groups["province_idx"].tolist() == [4, 3, 4, NONE_IDX, NONE_IDX]
    assert not groups["n_busy"].any()


def test_records_tell_of_cells_and_of_trunk_groups():
    small = Small(1, 2, n_cells=1)
    small.seize(0.0, TERMINATING)
    small.seize(5.0, ORIGINATING)
    small.release(50.0)
    take_circuit(small.at, 1, True, 20.0)
    give_circuit(small.at, 1, 30.0)
    records = server_records(small.state)
    assert {name: column.tolist() for name, column in records["cells"].items()} == {
        "seizures_originating": [0], "refusals_originating": [1],
        "seizures_terminating": [1], "refusals_terminating": [0],
        "busy_erl": [0.5], "all_busy_share": [0.5],
    }  # fmt: skip
    assert {name: column.tolist() for name, column in records["trunks"].items()} == {
        "seizures": [1], "refusals": [0], "busy_erl": [0.1], "all_busy_share": [0.0],
    }  # fmt: skip


def test_there_are_no_records_while_a_server_is_held():
    small = Small(1)
    small.seize(0.0)
    with pytest.raises(AssertionError, match="still held"):
        server_records(small.state)
