"""Extensions change channels and circuits between machine events, exactly as the oracle does."""

import math

import numpy as np
import pytest
import simpy

from sim.network.replication import run_network
from sim.runs.measures.subject import Replication
from sim.runs.measures.subjects import check_invariants
from sim.streams import (
    STREAM_EXTENSION,
    STREAM_SOURCE_DURATION,
    exponential_quantile,
    extension_stream,
    uniform,
)
from sim.tables import Outcome
from tests.network.test_against_oracle import assert_same_rows, assert_same_servers
from tests.oracle.scenarios import BY_HAND, OVERLOAD, SAMPLED, SOURCES, THREE_NETWORKS, world_of
from tests.oracle.voice import Oracle

COUNTS = {
    "seizures_originating": ("seized", 0),
    "refusals_originating": ("refused", 0),
    "seizures_terminating": ("seized", 1),
    "refusals_terminating": ("refused", 1),
}


def at_times(changes):
    """Make an extension that gives group `i`, cells first, `n` servers at each time."""

    def processes(clock, network):
        n_cells = len(network.cell_names)

        def change(time_s, group, n):
            yield clock.at(time_s)
            if group < n_cells:
                network.set_channels(group, n)
            else:
                network.set_circuits(group - n_cells, n)

        return [change(*one) for one in changes]

    return processes


def rows(records):
    return {name: column.tobytes() for name, column in records["attempts"].items()}


def assert_as_the_oracle(one, changes):
    world, coverage = world_of(one)
    records = run_network(one, world, coverage, 0, extensions=[at_times(changes)])
    oracle = Oracle(one, world, coverage, 0)
    groups = [*oracle.cells, *oracle.trunks]
    calls = oracle.run(changes=[(time_s, groups[group], n) for time_s, group, n in changes])
    assert_same_rows(records, calls)
    assert_same_servers(records["cells"], oracle.cells, COUNTS)
    trunks = {"seizures": ("seized", 0), "refusals": ("refused", 0)}
    assert_same_servers(records["trunks"], oracle.trunks, trunks)
    check_invariants(Replication(0, one, world, None, records))
    return records


@pytest.mark.parametrize("one", [OVERLOAD, THREE_NETWORKS, SAMPLED, SOURCES], ids=lambda o: o.name)
def test_changed_channels_and_circuits_are_those_of_the_oracle(one):
    world, coverage = world_of(one)
    n_groups = len(world.cells) + len(one.switching.trunk_groups)
    changes = [
        (-200.0, 0, 3),
        (100.0, 0, 0),
        (100.25, n_groups - 1, 40),
        (700.0, 0, 1),
        (700.0, 1, 2),
        (900.5, 0, 12),
        (1790.0, n_groups - 1, 0),
        (2000.0, 0, 5),
    ]
    changed = assert_as_the_oracle(one, changes)
    plain = run_network(one, world, coverage, 0)
    assert rows(changed) != rows(plain)


def test_a_change_holds_for_a_call_at_the_same_time():
    world, coverage = world_of(OVERLOAD)
    attempts = run_network(OVERLOAD, world, coverage, 0)["attempts"]
    is_in_window = (attempts["time_s"] > 0) & (attempts["outcome"] == Outcome.COMPLETED)
    chosen = np.flatnonzero(is_in_window)[50]
    time_s, cell = float(attempts["time_s"][chosen]), int(attempts["cell_idx"][chosen])
    records = assert_as_the_oracle(OVERLOAD, [(time_s, cell, 0)])
    i = np.flatnonzero(records["attempts"]["time_s"] == time_s)[0]
    assert records["attempts"]["outcome"][i] == Outcome.BLOCKED_CHANNEL
    after = assert_as_the_oracle(OVERLOAD, [(math.nextafter(time_s, math.inf), cell, 0)])
    i = np.flatnonzero(after["attempts"]["time_s"] == time_s)[0]
    assert after["attempts"]["outcome"][i] == Outcome.COMPLETED


def test_a_cell_without_channels_is_all_busy_and_calls_in_progress_keep_theirs():
    seen = []

    def processes(clock, network):
        def watch():
            yield clock.at(600.0)
            n_before = network.n_busy(0)
            network.set_channels(0, 0)
            seen.append((n_before, network.n_busy(0), network.n_channels(0), network.n_free(0)))
            yield clock.at(OVERLOAD.run.duration_h * 3600.0 - 1e-6)
            seen.append(network.n_busy(0))

        yield watch()

    world, coverage = world_of(OVERLOAD)
    records = run_network(OVERLOAD, world, coverage, 0, extensions=[processes])
    (n_before, n_after, n_channels, n_free), n_last = seen
    assert n_before == n_after > 0
    assert (n_channels, n_free, n_last) == (0, 0, 0)
    assert (
        records["cells"]["all_busy_share"][0] > 2 / 3
    )  # the last 1200 s of 1800 s, and some before
    later = (records["attempts"]["time_s"] >= 600.0) & (records["attempts"]["cell_idx"] == 0)
    assert later.sum() > 100
    assert set(records["attempts"]["outcome"][later]) == {Outcome.BLOCKED_CHANNEL}


def test_an_extension_that_never_ends_ends_with_the_last_call():
    times_s = []

    def processes(clock, network):
        def forever():
            while True:
                times_s.append(clock.now)
                yield clock.timeout(7.0)

        yield forever()

    world, coverage = world_of(OVERLOAD)
    records = run_network(OVERLOAD, world, coverage, 0, extensions=[processes])
    plain = run_network(OVERLOAD, world, coverage, 0)
    assert rows(records) == rows(plain)
    assert records.n_events == plain.n_events
    last_s = max(records["attempts"]["end_s"].max(), 1800.0)
    assert times_s[0] == -360.0
    # A last attempt may be forgone by a caller who is engaged, so the last event may be later than the last row.
    assert last_s - 7.0 <= times_s[-1] < last_s + 60.0


@pytest.mark.parametrize("period_s", [0.01, 1e9])
def test_the_end_comes_after_the_window_even_when_nobody_calls(period_s):
    quiet = OVERLOAD.model_copy(
        update={
            "traffic": OVERLOAD.traffic.model_copy(update={"erl_per_line": 0.0}),
            "run": OVERLOAD.run.model_copy(update={"duration_h": 0.01, "warmup_h": 0.0}),
        }
    )

    def processes(clock, network):
        def forever():
            while True:
                yield clock.timeout(period_s)

        def late():
            yield clock.at(9.0)
            network.set_channels(0, 0)

        return forever(), late()

    world, coverage = world_of(quiet)
    records = run_network(quiet, world, coverage, 0, extensions=[processes])
    assert len(records["attempts"]["time_s"]) == 0
    assert records["cells"]["all_busy_share"].tolist() == [0.75, 0.0]


def test_extensions_run_in_their_order_beside_each_other():
    order = []

    def named(name):
        def processes(clock, network):
            def process():
                order.append((name, clock.now))
                yield clock.timeout(1.0)
                order.append((name, clock.now))

            yield process()

        return processes

    world, coverage = world_of(OVERLOAD)
    run_network(OVERLOAD, world, coverage, 0, extensions=[named("a"), named("b")])
    assert order == [("a", -360.0), ("b", -360.0), ("a", -359.0), ("b", -359.0)]


def test_an_error_in_an_extension_is_the_users_own():
    def processes(clock, network):
        def process():
            yield clock.timeout(5.0)
            raise KeyError("mine")

        yield process()

    world, coverage = world_of(OVERLOAD)
    with pytest.raises(KeyError, match="mine") as caught:
        run_network(OVERLOAD, world, coverage, 0, extensions=[processes])
    assert "in process" in str(caught.getrepr(style="native", chain=True))


def test_resources_stores_and_interrupts_work_over_a_network():
    log = []

    def processes(clock, network):
        store, crew = simpy.Store(clock), simpy.Resource(clock, capacity=1)

        def alarm(cell, time_s):
            yield clock.at(time_s)
            yield store.put(cell)

        def dispatcher():
            while True:
                cell = yield store.get()
                clock.process(repair(cell))

        def repair(cell):
            with crew.request() as free:
                yield free
                try:
                    yield clock.timeout(50.0)
                    log.append(("repaired", cell, clock.now))
                except simpy.Interrupt as interrupt:
                    log.append((interrupt.cause, cell, clock.now))

        def superior(other):
            yield clock.at(-340.0)
            other.interrupt("called off")

        return (
            *(alarm(cell, 10.0 + cell) for cell in range(2)),
            dispatcher(),
            superior(clock.process(repair(9))),
        )

    world, coverage = world_of(OVERLOAD)
    run_network(OVERLOAD, world, coverage, 0, extensions=[processes])
    assert log == [("called off", 9, -340.0), ("repaired", 0, 60.0), ("repaired", 1, 110.0)]


@pytest.fixture
def network():
    """The facade of a replication, caught before anything happens."""
    caught = []

    def processes(clock, network):
        caught.append(network)
        return ()

    world, coverage = world_of(THREE_NETWORKS)
    run_network(THREE_NETWORKS, world, coverage, 3, extensions=[processes])
    return caught[0]


def test_names_and_places_are_those_of_the_world(network):
    world, _ = world_of(THREE_NETWORKS)
    assert network.network_names == ("a", "b", "c")
    assert network.site_names == world.sites.name
    assert network.cell_names == world.cells.name
    assert network.trunk_names == ("a-b", "fixed-a", "c-b")
    assert network.site_x_m.tolist() == [3000.0, 5000.0, 11000.0, 1000.0]
    assert network.site_y_m.tolist() == [3000.0] * 4
    assert network.site_of_cell.tolist() == [0, 1, 2, 3]
    assert network.network_of_cell.tolist() == network.network_of_site.tolist() == [0, 1, 1, 2]
    assert network.cells_of_site(2) == (2,)
    assert [network.n_channels(cell) for cell in range(4)] == [9, 8, 2, 4]
    assert [network.n_circuits(trunk) for trunk in range(3)] == [2, 1, 0]
    assert network.n_busy_circuits(0) == 0
    assert network.window_s == 1800.0
    with pytest.raises(ValueError, match="read-only"):
        network.site_x_m[0] = 0.0


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("n_busy", (4,), "cell = 4: must be 0 to 3"),
        ("n_channels", (-1,), "cell = -1: must be 0 to 3"),
        ("set_channels", (0, -1), "n = -1: must be 0 to 2147483647"),
        ("set_circuits", (3, 1), "trunk = 3: must be 0 to 2"),
        ("cells_of_site", (4,), "site = 4: must be 0 to 3"),
        ("draw", ("x", -1, 0), "entity = -1: must be 0 to 4294967295"),
        ("draw", ("x", 0, 2**63), "index = 9223372036854775808: must be 0 to"),
    ],
)
def test_what_is_not_there_is_refused(network, name, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(network, name)(*arguments)


def test_a_part_of_a_channel_is_refused(network):
    with pytest.raises(TypeError):
        network.set_channels(0, 1.5)


def test_draws_are_addressed_and_in_streams_of_their_own(network):
    expected = uniform(7, 3, extension_stream("failure"), 5, 2)
    assert network.draw("failure", 5, 2) == expected == network.draw("failure", np.int64(5), 2)
    others = [network.draw("repair", 5, 2), network.draw("failure", 6, 2)]
    assert len({expected, network.draw("failure", 5, 3), *others}) == 4
    streams = [extension_stream(str(number)) for number in range(2000)]
    assert STREAM_SOURCE_DURATION < STREAM_EXTENSION <= min(streams)
    assert max(streams) < 2**32
    assert len(set(streams)) == 2000
    draws = [network.draw("failure", entity, 0) for entity in range(4000)]
    # Means of uniform and exponential draws within four standard errors.
    assert abs(np.mean(draws) - 0.5) < 4 / math.sqrt(12 * 4000)
    means = [exponential_quantile(u) for u in draws]
    assert abs(np.mean(means) - 1.0) < 4 / math.sqrt(4000)


def test_an_extension_sets_operators_until_the_rota_says_otherwise():
    one = next(one for one in BY_HAND if one.name == "counties")
    world, coverage = world_of(one)
    seen = []

    def processes(clock, network):
        def strike():
            name = network.exchange_names[0]
            yield clock.at(600.0)
            seen.append(network.n_operators(name))
            network.set_operators(name, 0)
            seen.append(network.n_operators(name))
            with pytest.raises(ValueError, match="there is no manual exchange 'nowhere'"):
                network.n_operators("nowhere")
            with pytest.raises(ValueError, match="n = 99: must be 0 to"):
                network.set_operators(name, 99)

        return [strike()]

    before = run_network(one, world, coverage, 0)
    records = run_network(one, world, coverage, 0, extensions=[processes])
    assert seen[0] > 0 == seen[1]
    waits = [table["attempts"]["wait_s"].sum() for table in (before, records)]
    assert waits[1] > waits[0]
    assert records["changes"]["what"].tolist() == ["operators"]
