"""A position that is never without a call handles as many an hour as Table XIV of 1911 says."""

from dataclasses import replace

import pytest
import simpy

from sim.streams import uniform
from sim.switching.draws import draws_of_key
from sim.switching.ledger import measure_exchange
from sim.switching.lines import AddressedLines
from sim.switching.plan import ExchangePlan, around_the_clock
from sim.switching.switchboards import Switchboards
from sim.switching.tasks import TABLE_XIV, Task, exponential, fixed
from tests.switching.desks import (
    ARRIVAL,
    CASES,
    N_REPLICATIONS,
    SEED,
    mean_agrees,
    patient,
    trunks,
)

ROWS = list(
    zip(
        CASES["swbd_tableXIV"]["inputs"]["pct_trunked_to_other_offices"],
        CASES["swbd_tableXIV"]["expected"]["calls_per_operator_busy_hour"],
        strict=True,
    )
)
WARMUP_S, END_S = 1800.0, 2 * 3600.0
TALK_S = 120.0  # longer than operators wait before they look: every call has every task


class Saturating(AddressedLines):
    """Lines on which somebody answers after five seconds; for each call that reaches one, another call waits."""

    def __init__(self, draw, replication, trunked_share):
        super().__init__(draw, ring=fixed(5.0))
        self.replication, self.trunked_share = replication, trunked_share
        self.number = 0
        self.boards = None

    def seize(self, call):
        self.present()
        return super().seize(call)

    def present(self):
        u = uniform(SEED, self.replication, ARRIVAL, 0, self.number)
        destination = "b" if u < self.trunked_share else "a"
        self.boards.present(0, self.number, "a", destination, TALK_S)
        self.number += 1


def calls_per_h(trunked_share, times=TABLE_XIV):
    """Calls that one operator answers in an hour, by replication."""
    answered = []
    for replication in range(N_REPLICATIONS):
        env = simpy.Environment()
        draw = draws_of_key(SEED, replication)
        lines = Saturating(draw, replication, trunked_share)
        plan = ExchangePlan("a", around_the_clock(1), n_cords=60, times=times)
        lines.boards = Switchboards(
            env,
            [plan],
            draw,
            trunks(("a", "b", 60, {})),
            lines,
            patient(),
            window=(WARMUP_S, END_S),
            keeps_log=False,
        )
        for _ in range(2):
            lines.present()
        env.run(until=END_S)
        measures = measure_exchange(lines.boards.ledgers["a"], END_S)
        assert measures.occupancy == pytest.approx(1.0)
        answered.append(measures.n_arrived / ((END_S - WARMUP_S) / 3600.0))
    return answered


@pytest.mark.parametrize(("percent", "published"), ROWS)
def test_calls_per_operator_and_hour(percent, published):
    share = percent / 100.0
    found = calls_per_h(share)
    assert sum(found) / len(found) == pytest.approx(published, rel=0.05)
    assert mean_agrees(found, 3600.0 / TABLE_XIV.work_s(share))


def test_more_than_a_second_more_to_answer_is_seen():
    slow = replace(TABLE_XIV, originating={**TABLE_XIV.originating, Task.ANSWER: exponential(3.2)})
    found = calls_per_h(0.0, slow)
    assert sum(found) / len(found) != pytest.approx(ROWS[0][1], rel=0.05)
    assert not mean_agrees(found, ROWS[0][1])


def test_the_split_adds_up_to_the_published_work():
    assert TABLE_XIV.work_s(0.0) == pytest.approx(15.0)
    for percent, published in ROWS:
        assert 3600.0 / TABLE_XIV.work_s(percent / 100.0) == pytest.approx(published, rel=0.04)


def test_work_on_incoming_calls_is_within_the_published_range():
    low, high = CASES["swbd_trunk_operator"]["expected"][
        "incoming_trunk_operator_connections_per_busy_hour"
    ]
    tasks = (Task.ANSWER, Task.NUMBER, Task.TEST_LINE, Task.PLUG, Task.RING, Task.CLEAR)
    work_s = sum(TABLE_XIV.incoming[task].mean_s for task in tasks)
    assert work_s == pytest.approx(10.5)
    assert low < 3600.0 / work_s < high
