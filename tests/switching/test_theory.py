"""Operators with a single exponential task against exact results: Cobham, a desk before trunks, two desks in turn."""

import numpy as np
import pytest

from sim.switching.tasks import exponential, lognormal
from tests.switching.desks import (
    CASES,
    HELLO,
    N_REPLICATIONS,
    blocking_agrees,
    desk,
    n_completed,
    patient,
    ratio_agrees,
    replicate,
    trunks,
    waits,
)
from tests.theory.pool_formulas import erlang_c


def test_two_classes_of_lines_wait_as_cobham_says():
    """A. Cobham, Operations Research 2 (1954) 70-76: W_k = C h / (N (1 - s_(k-1)) (1 - s_k)), without preemption."""
    n_operators, mean_s, rates_per_s = 3, 15.0, (0.05, 0.11)
    cumulative = np.cumsum(rates_per_s) * mean_s / n_operators
    first = erlang_c(sum(rates_per_s) * mean_s, n_operators) * mean_s / n_operators
    expected_s = [
        first / (1.0 - cumulative[0]),
        first / ((1.0 - cumulative[0]) * (1.0 - cumulative[1])),
    ]

    def found(n, has_priority_lines):
        notes = []  # of each replication, priority and wait of each call after the warm-up

        def note(call):
            if call.presented_s >= 900.0:
                notes[-1].append((call.priority, call.waited_s))

        runs = replicate(
            [desk("a", n, exponential(mean_s), has_priority_lines=has_priority_lines)],
            [
                (rate, "a", "a", HELLO, {"priority": priority, "on_end": note})
                for priority, rate in enumerate(rates_per_s)
            ],
            10_900.0,
            900.0,
            begin=lambda *_: notes.append([]),
        )
        assert n_completed(runs) > 0.9 * N_REPLICATIONS * sum(rates_per_s) * 10_000.0
        agree = []
        for priority in (0, 1):
            waited = [[w for p, w in ended if p == priority] for ended in notes]
            agree.append(
                ratio_agrees(
                    [sum(w) for w in waited], [len(w) for w in waited], expected_s[priority], 0.4
                )
            )
        return agree

    assert found(n_operators, True) == [True, True]
    # Without priority the first class waits far longer than it should.
    assert not all(found(n_operators, False))
    assert found(n_operators + 1, True) == [False, False]


def tandem_runs(n_operators, n_circuits, talk, hours):
    given = CASES["tandem_operator_then_trunks"]["inputs"]
    warmup_s = 1800.0
    return replicate(
        [desk("a", n_operators, exponential(given["operator_mean_s"]))],
        [(given["lambda_per_s"], "a", "b", talk, {})],
        warmup_s + hours * 3600.0,
        warmup_s,
        trunks(("a", "b", n_circuits, {})),
    )


@pytest.mark.parametrize(
    ("law", "hours"),
    [
        pytest.param("lognormal", 1.5, marks=pytest.mark.slow),
        pytest.param("exponential", 3.0, marks=pytest.mark.slow),
    ],
)
def test_a_desk_before_a_trunk_group(law, hours):
    case = CASES["tandem_operator_then_trunks"]
    given, expected = case["inputs"], case["expected"]
    mean_s = given["holding_mean_s"]
    talk = exponential(mean_s) if law == "exponential" else lognormal(mean_s, 1.4)

    def wait_agrees(runs):
        all_waits = waits(runs, "a")
        n = [len(wait_s) for wait_s, _ in all_waits]
        return [
            ratio_agrees([w.sum() for w, _ in all_waits], n, expected["E_Wq_s"]),
            ratio_agrees([(w > 0).sum() for w, _ in all_waits], n, expected["P_wait_operator"]),
        ]

    runs = tandem_runs(given["operators"], given["trunks"], talk, hours)
    assert all(wait_agrees(runs))
    assert blocking_agrees(runs, 0, expected["P_block_trunk"])
    n_carried = N_REPLICATIONS * hours * 3600.0 * given["lambda_per_s"]
    assert n_completed(runs) > 0.85 * (1.0 - expected["P_block_trunk"]) * n_carried
    # The desk lets the same Poisson calls through, however many operators there are (Burke): the trunks do not notice.
    one_operator_more = tandem_runs(given["operators"] + 1, given["trunks"], talk, hours)
    assert not any(wait_agrees(one_operator_more))
    assert blocking_agrees(one_operator_more, 0, expected["P_block_trunk"])
    one_circuit_more = tandem_runs(given["operators"], given["trunks"] + 1, talk, hours)
    assert not blocking_agrees(one_circuit_more, 0, expected["P_block_trunk"])


def exact_chain(rate, mu_a, mu_b, talk, theta, n_circuits, most_at_a=30):
    """
    Two manual exchanges with an operator each, solved as a Markov chain.

    A state is (calls at a, calls at b, calls that talk): those at b and those that talk hold a circuit. Patience is
    exponential, so what is left of it at b is as long again. Returned are the shares of calls that reach a and leave,
    that are tested and find no circuit, and that reach b and leave, and the mean wait at b.
    """
    states = [
        (a, b, k)
        for a in range(most_at_a + 1)
        for b in range(n_circuits + 1)
        for k in range(n_circuits + 1 - b)
    ]
    number = {state: i for i, state in enumerate(states)}
    rows = np.zeros((len(states), len(states)))

    def go(state, other, flow):
        rows[number[state], number[other]] += flow
        rows[number[state], number[state]] -= flow

    for a, b, k in states:
        here = (a, b, k)
        if a < most_at_a:
            go(here, (a + 1, b, k), rate)
        if a:
            go(here, (a - 1, b + 1, k) if b + k < n_circuits else (a - 1, b, k), mu_a)
        if a > 1:
            go(here, (a - 1, b, k), (a - 1) * theta)
        if b:
            go(here, (a, b - 1, k + 1), mu_b)
        if b > 1:
            go(here, (a, b - 1, k), (b - 1) * theta)
        if k:
            go(here, (a, b, k - 1), k / talk)
    balance = rows.T.copy()
    balance[-1] = 1.0
    p = np.linalg.solve(balance, np.eye(len(states))[-1])

    def mean(of):
        return sum(weight * of(*state) for weight, state in zip(p, states, strict=True))

    assert mean(lambda a, _b, _k: a == most_at_a) < 1e-9
    tested = mu_a * mean(lambda a, _b, _k: a > 0)
    blocked = mu_a * mean(lambda a, b, k: a > 0 and b + k == n_circuits)
    waiting_b = mean(lambda _a, b, _k: max(0, b - 1))
    return (
        theta * mean(lambda a, _b, _k: max(0, a - 1)) / rate,
        blocked / tested,
        theta * waiting_b / (tested - blocked),
        waiting_b / (tested - blocked),
    )


def test_a_chain_of_two_manual_exchanges():
    rate, service_a_s, service_b_s, talk_s, patience_s, n_circuits = 0.05, 14.0, 18.0, 60.0, 40.0, 5
    expected = exact_chain(
        rate, 1 / service_a_s, 1 / service_b_s, talk_s, 1 / patience_s, n_circuits
    )

    def found(n_a, n_b, n_more_circuits):
        warmup_s = 1500.0
        runs = replicate(
            [
                desk("a", n_a, exponential(service_a_s)),
                desk("b", n_b, exponential(service_b_s)),
            ],
            [(rate, "a", "b", exponential(talk_s), {})],
            warmup_s + 20_000.0,
            warmup_s,
            trunks(("a", "b", n_circuits + n_more_circuits, {})),
            patient(exponential(patience_s)),
        )
        assert n_completed(runs) > 15_000
        at_a, at_b = waits(runs, "a"), waits(runs, "b")
        sizes = [[len(w) for w, _ in one] for one in (at_a, at_b)]
        return [
            ratio_agrees([(~answered).sum() for _, answered in at_a], sizes[0], expected[0]),
            blocking_agrees(runs, 0, expected[1]),
            ratio_agrees([(~answered).sum() for _, answered in at_b], sizes[1], expected[2]),
            ratio_agrees([w.sum() for w, _ in at_b], sizes[1], expected[3]),
        ]

    assert all(found(1, 1, 0))
    # The desk at a is before everything, so that only its own operators change it.
    assert found(2, 1, 0)[0] is False
    assert found(1, 2, 0) == [True, False, False, False]
    assert found(1, 1, 1)[1] is False
