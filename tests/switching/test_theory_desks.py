"""Operators with a single exponential task against Erlang C and Erlang-A."""

import math
from dataclasses import dataclass, replace

import pytest

from sim.switching.tasks import exponential, fixed
from tests.switching.desks import (
    CASES,
    HELLO,
    N_REPLICATIONS,
    WIDEST,
    desk,
    mean_agrees,
    patient,
    ratio_agrees,
    replicate,
    waits,
)
from tests.theory.pool_formulas import mean_wait_s

# `make validate` holds desks to the same cases, in less time.
pytestmark = pytest.mark.slow

RARE = 0.75  # as WIDEST, where less than one call in a hundred counts


@dataclass(frozen=True)
class Desk:
    """Operators with one exponential task, and what is expected of them; times are in seconds."""

    rate_per_s: float
    service_s: float
    n_operators: int
    patience_s: float | None
    warmup_s: float
    expected: dict[str, float]

    def run(self, n_calls, patience=None):
        """Replicate windows of so many calls each, on average."""
        if patience is None and self.patience_s is not None:
            patience = exponential(self.patience_s)
        runs = replicate(
            [desk("a", self.n_operators, exponential(self.service_s))],
            [(self.rate_per_s, "a", "a", HELLO, {})],
            self.warmup_s + n_calls / self.rate_per_s,
            self.warmup_s,
            service=patient(patience),
        )
        all_waits = waits(runs, "a")
        assert sum(answered.sum() for _, answered in all_waits) >= 0.4 * N_REPLICATIONS * n_calls
        return runs, all_waits

    def found(self, n_calls):
        """Which of the expected values lie in their intervals."""
        runs, all_waits = self.run(n_calls)
        end_s = self.warmup_s + n_calls / self.rate_per_s
        ledgers = [run.ledgers["a"] for run in runs]
        n = [len(wait_s) for wait_s, _ in all_waits]
        found = {}
        for key, value in self.expected.items():
            if key == "utilisation":
                busy = [one.busy.mean(end_s) / self.n_operators for one in ledgers]
                found[key] = mean_agrees(busy, value)
            elif key == "E_Lq":
                found[key] = mean_agrees([one.waiting.mean(end_s) for one in ledgers], value)
            else:
                sums = [_sum(key, wait_s, answered) for wait_s, answered in all_waits]
                found[key] = ratio_agrees(sums, n, value, RARE if value < 0.01 else WIDEST)
        return found


def _sum(key, wait_s, answered):
    """Sum over calls of which an expected value is the mean."""
    if key == "E_W_all":
        return wait_s.sum()
    if key == "P_abandon":
        return (~answered).sum()
    return (wait_s > float(key.removeprefix("P_W_gt_"))).sum()


def erlang_a_desk(case_id):
    given, expected = CASES[case_id]["inputs"], CASES[case_id]["expected"]
    expected = expected.get("exact", expected)
    unit = next(unit for unit in ("_per_s", "_per_min", "") if f"mu{unit}" in given)
    unit_s = 60.0 if unit == "_per_min" else 1.0
    rate, mu, theta = (given[name + unit] / unit_s for name in ("lambda", "mu", "theta"))
    of_calls = {"P_W_gt_0": expected["P_wait"], "E_W_all": expected["E_W_all"] * unit_s}
    if "W_quantile_0.9" in expected:
        of_calls[f"P_W_gt_{expected['W_quantile_0.9'] * unit_s}"] = 0.1
    as_they_are = ("P_abandon", "E_Lq", "utilisation", "P_W_gt_")
    of_calls |= {key: expected[key] for key in expected if key.startswith(as_they_are)}
    return Desk(rate, 1.0 / mu, given["c"], 1.0 / theta, 30.0 / mu, of_calls)


# Calls in the window of a replication; one operator in fifty makes less of a difference.
ERLANG_A = {
    "erlangA_desk6_1200cph_AHT15_pat30": 1600,
    "erlangA_desk4_1200cph_AHT15_pat30_overload": 1600,
    "erlangA_desk2_100cph_AHT60_pat45": 1600,
    "erlangA_closed_form_theta_eq_mu": 1600,
    "erlangA_pub_MandelbaumZeltyn_50operators": 8000,
}
ERLANG_C = {
    "swbd_ASA_1200cph_c6": 3000,
    "erlangC_A1_N2": 1500,
    "erlangC_pub_pyworkforce": 3000,
    "erlangC_A10_N12": 4000,
    "erlangC_A5_N6": 12_000,
    "erlangC_A24_N25": 40_000,
    "erlangC_A90_N100": 60_000,
}


def test_there_are_all_cases_of_desks():
    ids = {case_id for case_id in CASES if case_id.startswith(("erlangA_", "erlangC_"))}
    assert ids | {"swbd_ASA_1200cph_c6"} == ERLANG_A.keys() | ERLANG_C.keys()


def agrees_only_as_given(as_given, n_calls):
    """All expected values are met, and none of them is with one operator more, of a hundred with four more."""
    n = as_given.n_operators
    found = as_given.found(n_calls)
    assert [name for name, agrees in found.items() if not agrees] == []
    found = replace(as_given, n_operators=n + (4 if n >= 100 else 1)).found(n_calls)
    assert [name for name, agrees in found.items() if agrees] == []


def cases(n_calls):
    return pytest.mark.parametrize(
        "case_id",
        [
            pytest.param(case_id, marks=pytest.mark.slow if n > 3500 else ())
            for case_id, n in n_calls.items()
        ],
    )


@cases(ERLANG_A)
def test_erlang_a(case_id):
    agrees_only_as_given(erlang_a_desk(case_id), ERLANG_A[case_id])


@pytest.mark.parametrize("case_id", [i for i in ERLANG_A if "_desk" in i])
def test_identities_of_erlang_a(case_id):
    """P_ab = theta E[W] needs exponential patience; lambda (1 - P_ab) h = c utilisation is Little's law."""
    as_given, n_calls = erlang_a_desk(case_id), 1000
    end_s = as_given.warmup_s + n_calls / as_given.rate_per_s

    def found(patience, service_s):
        runs, all_waits = as_given.run(n_calls, patience)
        abandoned = [(~answered).sum() for _, answered in all_waits]
        waited = [wait_s.sum() for wait_s, _ in all_waits]
        work_s = [run.ledgers["a"].busy.area(end_s) for run in runs]
        answered = [answered.sum() for _, answered in all_waits]
        return [
            ratio_agrees(abandoned, waited, 1.0 / as_given.patience_s),
            ratio_agrees(answered, work_s, 1.0 / service_s),
        ]

    assert found(None, as_given.service_s) == [True, True]
    assert found(fixed(as_given.patience_s), 1.1 * as_given.service_s) == [False, False]


def erlang_c_desk(case_id):
    """After five times the time in which a queue forgets, h / (sqrt(N) - sqrt(A))^2."""
    given, expected = CASES[case_id]["inputs"], CASES[case_id]["expected"]
    if "AHT_min" in given:
        n, service_s = given["operators"], 60.0 * given["AHT_min"]
        rate = given["calls"] / (60.0 * given["interval_min"])
        of_calls = {
            "P_W_gt_0": expected["exact_P_wait"],
            f"P_W_gt_{given['target_s']}": 1.0 - expected["exact_SL"],
            "utilisation": expected["occupancy"],
            "E_W_all": mean_wait_s(rate * service_s, n, service_s),
        }
    elif "AHT_s" in given:
        n, service_s, rate = given["operators"], given["AHT_s"], given["calls_per_h"] / 3600.0
        within = {t: expected[f"P_answer_within_{t}s"] for t in (3, 10)}
        of_calls = {"P_W_gt_0": expected["P_wait"], "E_W_all": expected["ASA_s"]}
        of_calls |= {f"P_W_gt_{t}": 1.0 - share for t, share in within.items()}
    else:
        n, service_s = given["N"], 1.0 / given["mu"]
        rate = given["A_erlang"] / service_s
        of_calls = {"P_W_gt_0": expected["P_wait"], f"P_W_gt_{given['t']}": expected["P_Wq_gt_t"]}
        of_calls |= {"E_W_all": expected["E_Wq"], "E_Lq": expected["E_Lq"]}
    forgets_s = service_s / (math.sqrt(n) - math.sqrt(rate * service_s)) ** 2
    return Desk(rate, service_s, n, None, 5.0 * forgets_s, of_calls)


@cases(ERLANG_C)
def test_erlang_c(case_id):
    agrees_only_as_given(erlang_c_desk(case_id), ERLANG_C[case_id])
