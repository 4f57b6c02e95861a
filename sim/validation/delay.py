"""Operators with a queue and patient callers: Erlang's second formula, and a fixed time of work at one operator."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.switching.switchboards import Switchboards
from sim.switching.tasks import Law, exponential, fixed
from sim.validation.cases import Case
from sim.validation.desks import Calls, Window, desk, patient, replicate, waits
from sim.validation.found import ONLY_FULL, Found
from sim.validation.length import USUAL_WIDTH, Length
from sim.validation.verdict import Comparison, by_mean, by_ratio

N_CALLS = {
    "erlangC_A1_N2": (2000, 8000),
    "erlangC_pub_pyworkforce": (2500, 10_000),
    "erlangC_A10_N12": (0, 8000),
    "erlangC_A5_N6": (0, 15_000),
    "erlangC_A24_N25": (0, 45_000),
    "erlangC_A90_N100": (0, 60_000),
    "md1_pk": (5000, 25_000),
}
"""Calls in the window of each replication, of a card of usual length and of a full one; 0: none."""

WIDEST, WIDEST_RARE = USUAL_WIDTH, 0.75
"""Greatest half-width of an interval, and where less than one call in a hundred counts."""


@dataclass(frozen=True)
class Desk:
    """Operators with one task, and what is expected of them."""

    rate_per_s: float  # rate of calls [1/s]
    work: Law  # law of the time that a call takes
    n_operators: int  # operators
    patience: Law | None  # law of the patience of callers; None: for ever
    warmup_s: float  # time that is not looked at [s]
    # known numbers by name: utilisation, E_Lq, E_W_all, P_abandon, and P_W_gt_<seconds>
    expected: dict[str, float]

    def compare(
        self, lengths: tuple[int, int], length: Length, n_more: int = 0
    ) -> Iterator[Comparison]:
        """Compare windows of so many calls each, usual and full."""
        window = Window(self.warmup_s, length.amount(lengths) / self.rate_per_s)
        n = self.n_operators + n_more
        calls = [Calls(self.rate_per_s, "a", "a")]
        service = patient(self.patience)
        runs = replicate(
            [desk("a", n, self.work)], calls, window, service=service, seed=length.seed
        )
        yield from self._of_runs(runs, window, lengths, length)

    def _of_runs(
        self,
        runs: list[Switchboards],
        window: Window,
        lengths: tuple[int, int],
        length: Length,
    ) -> Iterator[Comparison]:
        all_waits = waits(runs, "a")
        n_calls = [len(wait_s) for wait_s, _ in all_waits]
        ledgers = [run.ledgers["a"] for run in runs]
        for name, known in self.expected.items():
            widest = length.widest(lengths, WIDEST_RARE if known < 0.01 else WIDEST)
            if name == "utilisation":
                busy = [one.busy.mean(window.end_s) / self.n_operators for one in ledgers]
                yield by_mean("operators at work", known, busy, widest)
            elif name == "E_Lq":
                queues = [one.waiting.mean(window.end_s) for one in ledgers]
                yield by_mean("calls that wait", known, queues, widest)
            else:
                sums = [_sum(name, *one) for one in all_waits]
                yield by_ratio(_said(name), known, sums, n_calls, widest)


def _sum(name: str, wait_s: NDArray[np.float64], is_answered: NDArray[np.bool_]) -> float:
    """Return the sum over calls of what a known number is the mean of."""
    if name == "E_W_all":
        return float(wait_s.sum())
    if name == "P_abandon":
        return float((~is_answered).sum())
    return float((wait_s > float(name.removeprefix("P_W_gt_"))).sum())


def _said(name: str) -> str:
    if name == "E_W_all":
        return "mean wait [s]"
    if name == "P_abandon":
        return "callers who give up"
    return f"calls that wait longer than {float(name.removeprefix('P_W_gt_')):g} s"


def compare(cases: Sequence[Case], length: Length, n_more: int = 0) -> Iterator[Found]:
    """Compare desks with patient callers."""
    for case in cases:
        lengths = N_CALLS[case.id]
        if length.amount(lengths) == 0:
            yield case.id, ONLY_FULL
            continue
        for one in desk_of(case).compare(lengths, length, n_more):
            yield case.id, one


def desk_of(case: Case) -> Desk:
    """Return the desk of a case with patient callers."""
    given, known = case.inputs, case.expected
    if case.id == "md1_pk":
        return Desk(given["rho"], fixed(1.0), 1, None, 500.0, {"E_W_all": known["E_Wq"]})
    if "AHT_min" in given:
        n, service_s = given["operators"], 60.0 * given["AHT_min"]
        rate = given["calls"] / (60.0 * given["interval_min"])
        late = 1.0 - known["exact_SL"]
        expected = {"P_W_gt_0": known["exact_P_wait"], f"P_W_gt_{given['target_s']}": late}
        expected |= {"utilisation": known["occupancy"]}
    elif "AHT_s" in given:
        n, service_s, rate = given["operators"], given["AHT_s"], given["calls_per_h"] / 3600.0
        within = {t: known[f"P_answer_within_{t}s"] for t in (3, 10)}
        expected = {"P_W_gt_0": known["P_wait"], "E_W_all": known["ASA_s"]}
        expected |= {f"P_W_gt_{t}": 1.0 - share for t, share in within.items()}
    else:
        n, service_s = given["N"], 1.0 / given["mu"]
        rate = given["A_erlang"] / service_s
        expected = {"P_W_gt_0": known["P_wait"], f"P_W_gt_{given['t']}": known["P_Wq_gt_t"]}
        expected |= {"E_W_all": known["E_Wq"], "E_Lq": known["E_Lq"]}
    forgets_s = service_s / (math.sqrt(n) - math.sqrt(rate * service_s)) ** 2
    return Desk(rate, exponential(service_s), n, None, 5.0 * forgets_s, expected)
