"""The compiled loop and the plain SimPy oracle give the same records, row by row."""

from dataclasses import astuple
from functools import cache

import numpy as np
import pytest

from sim.engine.clock import Clock
from sim.network.exchanges import patching
from sim.network.loop import NetworkLoop
from sim.network.replication import run_network
from sim.switching.calls import PatchCall
from sim.switching.procedure import Procedure
from sim.tables import ATTEMPTS, OUTCOMES, Outcome
from sim.traffic.calls import Intents
from tests.oracle.scenarios import BY_HAND, DRAWN, PAIR, world_of
from tests.oracle.voice import Oracle


def rows_of(records):
    columns = [records["attempts"][name].tolist() for name in ATTEMPTS.names]
    return list(zip(*columns, strict=True))


def assert_same_rows(records, calls):
    """Equal to the last bit; repr makes NaN equal to NaN."""
    expected = [row_of(astuple(call)) for call in calls]
    assert [row_of(row) for row in rows_of(records)] == expected


def row_of(values):
    return repr(tuple(map(float, values)))


def assert_same_servers(table, servers, directions):
    for name, key in directions.items():
        assert table[name].tolist() == [one.counts[key] for one in servers]
    for name, attribute in {"busy_erl": "busy_server_s", "all_busy_share": "all_busy_s"}.items():
        expected = [getattr(one, attribute) / one.window_s for one in servers]
        np.testing.assert_allclose(table[name], expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize("replication", [0, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("one", [*DRAWN, *BY_HAND], ids=lambda one: one.name)
def test_records_are_those_of_the_oracle(one, replication):
    world, coverage = world_of(one)
    records = run_network(one, world, coverage, replication)
    oracle = Oracle(one, world, coverage, replication)
    assert_same_rows(records, oracle.run())
    assert_same_servers(
        records["cells"],
        oracle.cells,
        {
            "seizures_originating": ("seized", 0),
            "refusals_originating": ("refused", 0),
            "seizures_terminating": ("seized", 1),
            "refusals_terminating": ("refused", 1),
        },
    )
    assert_same_servers(
        records["trunks"], oracle.trunks, {"seizures": ("seized", 0), "refusals": ("refused", 0)}
    )
    assert records["intents"]["n_intents"].tolist() == oracle.n_intents
    assert records["intents"]["n_engaged"].tolist() == oracle.n_engaged
    assert records["intents"]["n_avoided"].tolist() == oracle.n_avoided


def test_the_scenarios_exercise_every_outcome_of_the_voice_model():
    seen = set()
    for one in DRAWN:
        world, coverage = world_of(one)
        records = run_network(one, world, coverage, 0)
        seen |= {OUTCOMES[code] for code in np.unique(records["attempts"]["outcome"])}
    assert seen == {
        "completed",
        "no_coverage",
        "blocked_channel",
        "blocked_trunk",
        "no_route",
        "callee_busy",
        "callee_off",
        "callee_no_coverage",
        "callee_blocked",
        "no_answer",
        "caller_abandoned",
    }


def test_the_scenarios_exercise_operators_chains_tickets_and_the_price():
    seen, n_manual, n_avoided = set(), set(), 0
    for one in BY_HAND:
        world, coverage = world_of(one)
        records = run_network(one, world, coverage, 0)
        seen |= {OUTCOMES[code] for code in np.unique(records["attempts"]["outcome"])}
        n_manual |= set(records["attempts"]["n_manual"].tolist())
        n_avoided += records["intents"]["n_avoided"].sum()
        is_by_hand = records["attempts"]["n_manual"] > 0
        completed = records["attempts"]["outcome"] == Outcome.COMPLETED
        assert np.count_nonzero(is_by_hand & completed) > 20
        assert records["attempts"]["wait_s"].max() > 10.0
    assert {
        "barred",
        "patch_abandoned",
        "patch_cut_off",
        "patch_no_cord",
        "patch_refused",
        "patch_wrong",
        "ticket_expired",
    } <= seen
    assert {0, 1, 2} <= n_manual
    assert n_avoided > 0


def forget_what_calls_must_pass(monkeypatch):
    monkeypatch.setattr(PatchCall, "goal", property(lambda call: call.destination))


def ring_on_the_way(monkeypatch):
    rung = Procedure._rung

    def ring_where_the_line_is(self, hop):
        if hop.node == hop.call.destination:
            self._courses.ring(hop.call)
        else:
            rung(self, hop)

    monkeypatch.setattr(Procedure, "_rung", ring_where_the_line_is)


def keep_callers_with_tickets_on_the_line(monkeypatch):
    write = Procedure._ticket_written

    def write_only(self, hop):
        hang_up, self._lines.hang_up = self._lines.hang_up, lambda _: None
        write(self, hop)
        self._lines.hang_up = hang_up

    monkeypatch.setattr(Procedure, "_ticket_written", write_only)


def find_every_caller_there(monkeypatch):
    monkeypatch.setattr(patching, "uniform", lambda *_: 1.0)


def answer_everybody_alike(monkeypatch):
    monkeypatch.setattr(patching, "_PRIORITY", 1)


def work_at_the_first_exchange_named(monkeypatch):
    monkeypatch.setattr(patching, "_ways_over_operators", lambda *_: {})


FAULTS = (
    forget_what_calls_must_pass, ring_on_the_way, keep_callers_with_tickets_on_the_line, find_every_caller_there,
    answer_everybody_alike, work_at_the_first_exchange_named,
)  # fmt: skip


@cache
def rows_of_oracle(number):
    one = BY_HAND[number]
    return [row_of(astuple(call)) for call in Oracle(one, *world_of(one), 0).run()]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_rule_of_work_by_hand_is_noticed(monkeypatch, fault):
    for number in range(len(BY_HAND)):
        rows_of_oracle(number)
    fault(monkeypatch)

    def is_noticed(number):
        one = BY_HAND[number]
        try:
            records = run_network(one, *world_of(one), 0)
        except AssertionError:  # something is held for ever
            return True
        return [row_of(row) for row in rows_of(records)] != rows_of_oracle(number)

    assert any(is_noticed(number) for number in range(len(BY_HAND)))


def run_trace(one, trace):
    """Run hand-made intents (time_s, subscriber_id, root) through the loop and through the oracle."""
    world, coverage = world_of(one)
    row_of = {entity: row for row, entity in enumerate(world.subscribers.subscriber_id.tolist())}
    trace = [(time_s, row_of[entity], root) for time_s, entity, root in trace]
    loop = NetworkLoop(one, world, coverage, 0)
    times_s, rows, roots = zip(*trace, strict=True)
    loop.add_intents(
        Intents(
            np.array(times_s, np.float64),
            np.ones(len(trace), np.uint8),
            np.array(rows, np.int32),
            np.array(roots, np.int64),
        )
    )
    Clock(-one.warmup_h * 3600.0, loop).run()
    records = loop.records()
    assert_same_rows(records, Oracle(one, world, coverage, 0).run(trace))
    return records


def test_two_who_call_each_other_at_the_same_instant():
    records = run_trace(PAIR, [(10.0, 0, 5), (10.0, 1, 5)])
    assert records["attempts"]["outcome"].tolist() == [Outcome.COMPLETED]
    assert records["attempts"]["entity"].tolist() == [0]
    assert records["intents"]["n_engaged"].sum() == 1


def test_a_caller_who_calls_somebody_who_calls_him_later():
    records = run_trace(PAIR, [(10.0, 0, 5), (30.0, 1, 5), (60.0, 0, 7), (60.0, 1, 6)])
    # The second is engaged; at 60 s the first call ends before the others begin, and the lower entity is first.
    assert records["attempts"]["end_s"].tolist() == [60.0, 110.0]
    assert records["attempts"]["entity"].tolist() == [0, 0]
    assert records["intents"]["n_engaged"].sum() == 2


def test_calls_at_the_same_instant_take_the_last_channel_in_the_order_of_entities():
    one = PAIR.model_copy(
        update={
            "networks": (
                PAIR.networks[0].model_copy(
                    update={
                        "n_subscribers": 40,
                        "sites": tuple(
                            site.model_copy(update={"n_channels": 3})
                            for site in PAIR.networks[0].sites
                        ),
                    }
                ),
            )
        }
    )
    trace = [(100.0, entity, 9) for entity in range(40)]
    records = run_trace(one, trace)
    completed = records["attempts"]["entity"][records["attempts"]["outcome"] == Outcome.COMPLETED]
    refused = records["attempts"]["entity"][
        records["attempts"]["outcome"] == Outcome.BLOCKED_CHANNEL
    ]
    assert len(completed) > 0
    assert len(refused) > 0
    assert completed.min() < refused.min()


@pytest.mark.parametrize("bucket_s", [1e-3, 0.37, 5e3])
def test_the_width_of_buckets_changes_nothing(bucket_s):
    one = DRAWN[0]
    world, coverage = world_of(one)
    expected = run_network(one, world, coverage, 0)
    records = run_network(one, world, coverage, 0, bucket_s=bucket_s)
    assert len(rows_of(expected)) > 500
    for name in ATTEMPTS.names:
        assert records["attempts"][name].tobytes() == expected["attempts"][name].tobytes()
