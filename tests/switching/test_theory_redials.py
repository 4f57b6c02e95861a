"""Callers who are refused and try again: retrial queues at a desk without a queue, and at a trunk group."""

import pytest

from sim.streams import extension_stream, uniform
from sim.switching.ledger import Level
from sim.switching.tasks import exponential
from sim.tables import Outcome
from tests.switching.desks import (
    CASES,
    HELLO,
    N_REPLICATIONS,
    SEED,
    desk,
    mean_agrees,
    n_completed,
    ratio_agrees,
    replicate,
    trunks,
)

PERSISTENCE, PAUSE = extension_stream("test.persistence"), extension_stream("test.pause")
ATTEMPT = 2**32  # from the index of an attempt to that of the caller's next one


class Redials:
    """Callers who are refused try again after a while, with the same probability each time."""

    def __init__(self, pause, persistence, window):
        self.pause, self.persistence, self.window = pause, persistence, window
        self.orbits = []  # of each replication, callers who are about to try again
        self.first = []  # of each replication, first attempts that were refused, and all of them

    def begin(self, env, boards, replication):
        self.env, self.boards, self.replication = env, boards, replication
        self.orbits.append(Level(self.window))
        self.first.append([0, 0])

    def ended(self, call):
        is_refused = call.outcome in (Outcome.PATCH_REFUSED, Outcome.BLOCKED_TRUNK)
        if call.index < ATTEMPT and call.presented_s >= self.window[0]:
            self.first[-1][0] += is_refused
            self.first[-1][1] += 1
        if is_refused and self._u(PERSISTENCE, call) < self.persistence:
            self.env.process(self._try_again(call))

    def _u(self, stream, call):
        return uniform(SEED, self.replication, stream, call.entity, call.index)

    def _try_again(self, call):
        orbit = self.orbits[-1]
        orbit.change(self.env.now, 1)
        yield self.env.timeout(self.pause.time_s(self._u(PAUSE, call)))
        orbit.change(self.env.now, -1)
        self.boards.present(
            call.entity,
            call.index + ATTEMPT,
            call.origin,
            call.destination,
            call.talk_s,
            on_end=self.ended,
        )


def simulate(case_id, plans, graph, destination, talk, n_service_times):
    """Return the runs, the callers and the end of a case; times are in units of the mean service time."""
    given = CASES[case_id]["inputs"]
    window = 60.0, 60.0 + n_service_times
    pause = exponential(1.0 / given["retrial_rate"])
    redials = Redials(pause, given.get("persistence", 1.0), window)
    runs = replicate(
        plans,
        [(given["lambda"], "a", destination, talk, {"on_end": redials.ended})],
        window[1],
        window[0],
        graph,
        begin=redials.begin,
    )
    assert n_completed(runs) > 0.7 * N_REPLICATIONS * given["lambda"] * n_service_times
    return runs, redials, window[1]


def first_refused_agrees(redials, expected):
    refused, presented = zip(*redials.first, strict=True)
    return ratio_agrees(refused, presented, expected)


@pytest.mark.parametrize(
    ("case_id", "n_service_times"),
    [
        ("retrial_mm1_l0.5_g1", 1500),
        pytest.param("retrial_mm1_l0.5_g0.1", 6000, marks=pytest.mark.slow),
    ],
)
def test_an_operator_without_a_queue(case_id, n_service_times):
    """Falin and Templeton (1997), section 1.1; a caller who redials finds the operator busy as often as need be."""
    given, expected = CASES[case_id]["inputs"], CASES[case_id]["expected"]

    def found(n_more):
        n = given["c"] + n_more
        plans = [desk("a", n, exponential(1.0 / given["nu"]), max_waiting=0)]
        runs, redials, end_s = simulate(case_id, plans, None, "a", HELLO, n_service_times)
        return [
            mean_agrees(
                [run.ledgers["a"].busy.mean(end_s) / n for run in runs], expected["P_busy"]
            ),
            mean_agrees([orbit.mean(end_s) for orbit in redials.orbits], expected["E_orbit"]),
            first_refused_agrees(redials, expected["P_first_attempt_blocked"]),
        ]

    assert found(0) == [True, True, True]
    assert found(1) == [False, False, False]


@pytest.mark.parametrize(
    ("case_id", "n_service_times"),
    [
        ("retrial_mmc_l2_c4_g1_p1.0", 400),
        pytest.param("retrial_mmc_l8_c10_g2_p1.0", 1000, marks=pytest.mark.slow),
        ("retrial_mmc_l12_c10_g2_p0.7", 100),
    ],
)
def test_a_trunk_group(case_id, n_service_times):
    """Circuits are full for as much of the time as first attempts find them full, and all who persist are carried."""
    given, expected = CASES[case_id]["inputs"], CASES[case_id]["expected"]

    def found(n_more):
        graph = trunks(("a", "b", given["c"] + n_more, {}))
        talk = exponential(1.0 / given["nu"])
        runs, redials, end_s = simulate(case_id, [], graph, "b", talk, n_service_times)
        groups = [run.routes.groups[0] for run in runs]
        is_carried = mean_agrees([group.busy.mean(end_s) for group in groups], expected["E_busy"])
        return is_carried, [
            mean_agrees([group.full.mean(end_s) for group in groups], expected["P_block"]),
            first_refused_agrees(redials, expected["P_block"]),
            mean_agrees([orbit.mean(end_s) for orbit in redials.orbits], expected["E_orbit"]),
        ]

    assert found(0) == (True, [True, True, True])
    # With a circuit more as many are carried, unless some give up.
    assert found(1) == (given["persistence"] == 1.0, [False, False, False])
