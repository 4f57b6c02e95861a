"""Operators with a single exponential task against exact results: Erlang-A, Erlang C, Cobham, desks before trunks."""

import math

import numpy as np
import pytest

from sim.stats.theory import erlang_b
from sim.stats.theory_waiting import erlang_c, mean_wait_s, p_wait_over
from sim.switching.tasks import exponential, fixed, lognormal
from tests.switching.desks import (
    CASES,
    blocking_agrees,
    desk,
    mean_agrees,
    patient,
    ratio_agrees,
    replicate,
    trunks,
    waits,
)

HELLO = fixed(0.0)  # a talk that takes no time: the desk alone is measured


def in_seconds(given):
    """Rates of an Erlang-A case per second."""
    for unit, scale in (("_per_s", 1.0), ("_per_min", 1.0 / 60.0), ("", 1.0)):
        if f"mu{unit}" in given:
            return [given[f"{name}{unit}"] * scale for name in ("lambda", "mu", "theta")]
    raise AssertionError(given)


def desk_runs(rate_per_s, mu_per_s, n_operators, theta_per_s=None, n_calls=1600):
    patience = None if theta_per_s is None else exponential(1.0 / theta_per_s)
    warmup_s = 30.0 / mu_per_s
    return replicate(
        [desk("a", n_operators, exponential(1.0 / mu_per_s))],
        [(rate_per_s, "a", "a", HELLO, {})],
        warmup_s + n_calls / rate_per_s,
        warmup_s,
        service=patient(patience),
    )


def agreements(runs, expected, per_s, end_s, n_operators):
    """Which of the expected values lie in their intervals."""
    all_waits = waits(runs, "a")
    n = [len(wait_s) for wait_s, _ in all_waits]
    found = {
        "P_wait": ratio_agrees([(w > 0.0).sum() for w, _ in all_waits], n, expected["P_wait"]),
        "P_abandon": ratio_agrees([(~a).sum() for _, a in all_waits], n, expected["P_abandon"]),
        "E_W_all": ratio_agrees([w.sum() for w, _ in all_waits], n, expected["E_W_all"] / per_s),
    }
    for key, value in expected.items():
        if key.startswith("P_W_gt_"):
            over_s = float(key.removeprefix("P_W_gt_"))
            found[key] = ratio_agrees([(w > over_s).sum() for w, _ in all_waits], n, value)
    ledgers = [run.ledgers["a"] for run in runs]
    found["utilisation"] = mean_agrees(
        [one.busy.mean(end_s) / n_operators for one in ledgers], expected["utilisation"]
    )
    found["E_Lq"] = mean_agrees([one.waiting.mean(end_s) for one in ledgers], expected["E_Lq"])
    return found


ERLANG_A = [case_id for case_id in CASES if case_id.startswith("erlangA_")]


@pytest.mark.parametrize("case_id", ERLANG_A)
def test_erlang_a(case_id):
    given, expected = CASES[case_id]["inputs"], CASES[case_id]["expected"]
    expected = expected.get("exact", expected)
    per_s = 1.0 / 60.0 if "mu_per_min" in given else 1.0
    rate_per_s, mu_per_s, theta_per_s = in_seconds(given)
    n_calls = 3000 if given["c"] == 50 else 1600  # one operator in fifty makes less of a difference
    end_s = 30.0 / mu_per_s + n_calls / rate_per_s
    found = []
    for n_more in (0, 1):
        n = given["c"] + n_more
        runs = desk_runs(rate_per_s, mu_per_s, n, theta_per_s, n_calls)
        found.append(agreements(runs, expected, per_s, end_s, n))
    as_given, one_operator_more = found
    assert [name for name, agrees in as_given.items() if not agrees] == []
    assert [name for name, agrees in one_operator_more.items() if agrees] == []


def test_there_are_five_cases_of_erlang_a():
    assert len(ERLANG_A) == 5


def test_speed_of_answer_of_erlang_c():
    expected = CASES["swbd_ASA_1200cph_c6"]["expected"]
    rate_per_s, mean_s, n_operators = 1200.0 / 3600.0, 15.0, 6

    def found(n):
        all_waits = waits(desk_runs(rate_per_s, 1.0 / mean_s, n, n_calls=2000), "a")
        sizes = [len(wait_s) for wait_s, _ in all_waits]
        return [
            ratio_agrees([w.sum() for w, _ in all_waits], sizes, expected["ASA_s"]),
            ratio_agrees([(w > 0.0).sum() for w, _ in all_waits], sizes, expected["P_wait"]),
            *(
                ratio_agrees(
                    [(w <= t).sum() for w, _ in all_waits],
                    sizes,
                    expected[f"P_answer_within_{t}s"],
                )
                for t in (3, 10)
            ),
        ]

    assert all(found(n_operators))
    assert not any(found(n_operators + 1))
    offered_erl = rate_per_s * mean_s
    assert mean_wait_s(offered_erl, n_operators, mean_s) == pytest.approx(expected["ASA_s"])
    within = 1.0 - p_wait_over(offered_erl, n_operators, mean_s, 3.0)
    assert within == pytest.approx(expected["P_answer_within_3s"])


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

        replicate(
            [desk("a", n, exponential(mean_s), has_priority_lines=has_priority_lines)],
            [
                (rate, "a", "a", HELLO, {"priority": priority, "on_end": note})
                for priority, rate in enumerate(rates_per_s)
            ],
            10_900.0,
            900.0,
            before_each=lambda: notes.append([]),
        )
        agree = []
        for priority in (0, 1):
            waited = [[w for p, w in ended if p == priority] for ended in notes]
            agree.append(
                ratio_agrees(
                    [sum(w) for w in waited], [len(w) for w in waited], expected_s[priority]
                )
            )
        return agree

    assert found(n_operators, True) == [True, True]
    assert found(n_operators, False) == [False, False]
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
    [("lognormal", 1.25), pytest.param("exponential", 3.0, marks=pytest.mark.slow)],
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
    # The desk lets the same Poisson calls through, however many operators there are (Burke): the trunks do not notice.
    one_operator_more = tandem_runs(given["operators"] + 1, given["trunks"], talk, hours)
    assert not any(wait_agrees(one_operator_more))
    assert blocking_agrees(one_operator_more, 0, expected["P_block_trunk"])
    one_circuit_more = tandem_runs(given["operators"], given["trunks"] + 1, talk, hours)
    assert not blocking_agrees(one_circuit_more, 0, expected["P_block_trunk"])


def test_two_trunk_groups_in_turn():
    case = CASES["overflow_twostage_A10_10+5"]
    given, expected = case["inputs"], case["expected"]

    def found(n_more):
        graph = trunks(
            ("a", "b", given["N1"] + n_more, {"name": "first", "order": 0}),
            ("a", "b", given["N2"], {"name": "second", "order": 1}),
        )
        warmup_s, mean_s = 2000.0, 100.0
        runs = replicate(
            [desk("a", 1, HELLO)],
            [(given["A"] / mean_s, "a", "b", exponential(mean_s), {})],
            warmup_s + 16_000.0,
            warmup_s,
            graph,
        )
        first, second = ([run.routes.groups[i] for run in runs] for i in (0, 1))
        lost = [group.n_refused for group in second]
        offered = [group.n_refused + group.n_seized for group in first]
        return [
            blocking_agrees(runs, 0, expected["P_overflow_primary"]),
            blocking_agrees(runs, 1, expected["blocking_seen_by_overflow"]),
            ratio_agrees(lost, offered, expected["P_lost_total"]),
        ]

    assert all(found(0))
    assert not any(found(1))
    assert expected["P_lost_total"] == pytest.approx(erlang_b(given["A"], 15))


def test_circuits_kept_for_calls_of_first_choice():
    """Exact birth and death: all calls while more circuits are free than are kept, then those of first choice only."""
    n_circuits, n_reserved, direct_erl, other_erl, mean_s = 8, 2, 4.0, 3.0, 100.0

    def exact(kept):
        weights = [1.0]
        for busy in range(n_circuits):
            both = n_circuits - busy > kept
            weights.append(weights[-1] * (direct_erl + other_erl * both) / (busy + 1))
        p = np.array(weights) / sum(weights)
        return p[-1], p[n_circuits - kept :].sum()

    def found(kept):
        graph = trunks(
            ("a", "b", 0, {}),
            ("a", "c", 1000, {}),
            ("c", "b", n_circuits, {"n_reserved": kept}),
        )
        runs = replicate(
            [],
            [
                (direct_erl / mean_s, "c", "b", exponential(mean_s), {}),
                (other_erl / mean_s, "a", "b", exponential(mean_s), {}),
            ],
            25_000.0,
            2000.0,
            graph,
        )
        lost = {
            name: [
                (
                    sum(
                        n
                        for o, n in run.ledgers[name].outcomes.items()
                        if o.name == "BLOCKED_TRUNK"
                    ),
                    sum(run.ledgers[name].outcomes.values()),
                )
                for run in runs
            ]
            for name in "ca"
        }
        direct, rerouted = exact(n_reserved)
        return [
            ratio_agrees(*zip(*lost["c"], strict=True), direct),
            ratio_agrees(*zip(*lost["a"], strict=True), rerouted),
        ]

    assert found(n_reserved) == [True, True]
    assert found(0) == [False, False]
    assert math.isclose(exact(0)[0], erlang_b(direct_erl + other_erl, n_circuits))


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
