"""Calls whose rate goes up and down over the day, in cells that never fill: M(t)/G/infinity."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR
from sim.validation.cases import Case
from sim.validation.cells import omni, replicate, theory_scenario
from sim.validation.found import Found
from sim.validation.length import N_REPLICATIONS, Length
from sim.validation.verdict import Comparison, by_error, by_range

MEAN_PER_H, SWING_PER_H = 10.0, 6.0
"""The rate of the cases, 10 + 6 sin(2 pi t / 24), in calls an hour; they last an hour on average."""

LAWS = {
    "exp": {"law": "exponential", "mean_s": SECONDS_PER_HOUR},
    "det": {"law": "fixed", "mean_s": SECONDS_PER_HOUR},
}
WARMUP_H = 12.0
N_CELLS = 8
"""Cells, each a network with lines of its own: as many as a scenario may have."""

N_DAYS = (N_REPLICATIONS, 4 * N_REPLICATIONS)
"""Replications, of a card of usual length and of a full one."""

N_LINES = 2_000
"""Lines of each: so many that those engaged, a share of up to 0.8 %, take nothing from the rate that can be seen."""


def compare(cases: Sequence[Case], length: Length, shift_h: float = 0.0) -> Iterator[Found]:
    """
    Compare how many calls there are over the day.

    `shift_h` moves the looks, to show what a wrong program gives.
    """
    for law in dict.fromkeys(case.inputs["law"] for case in cases):
        alike = [case for case in cases if case.inputs["law"] == law]
        looks_s = [(case.inputs["t"] + shift_h) * SECONDS_PER_HOUR for case in alike]
        for case, counts in zip(alike, _counts(LAWS[law], looks_s, length), strict=True):
            for one in _of(case, counts):
                yield case.id, one


def hourly_means() -> list[float]:
    """Return the mean rate of each hour of the day, in calls an hour."""
    a = 2.0 * math.pi / HOURS_PER_DAY
    return [
        MEAN_PER_H + SWING_PER_H * (math.cos(a * h) - math.cos(a * (h + 1))) / a
        for h in range(HOURS_PER_DAY)
    ]


def _counts(
    holding: dict[str, Any], looks_s: Sequence[float], length: Length
) -> Iterator[NDArray[np.int64]]:
    """Yield of each look how many calls each cell has, of all replications; everybody calls fixed lines."""
    means = hourly_means()
    networks = [omni(f"n{k}", N_LINES, [(f"c{k}", 1_000)]) for k in range(N_CELLS)]
    groups = [{"between": [one["name"], "fixed"], "n_circuits": 10_000} for one in networks]
    voice = {
        "holding": holding,
        "ringing": {"p_answer": 1, "mean_s": 0},
        "destination": {"other_network_share": 0, "fixed_share": 1},
    }
    scenario = theory_scenario(
        networks,
        {"erl_per_line": max(means) / N_LINES, "voice": voice, "profile": {"daily": means}},
        24.0,
        run={"start": "2022-11-16 00:00", "duration_h": 24.0, "warmup_h": WARMUP_H},
        switching={"trunk_groups": groups},
        seed=length.seed,
    )
    runs = replicate(scenario, length.amount(N_DAYS))
    for look_s in looks_s:
        counts = []
        for records in runs:
            calls = records["attempts"]
            is_on = (calls["time_s"] <= look_s) & (calls["end_s"] > look_s)
            counts.append(np.bincount(calls["network_idx"][is_on], minlength=len(networks)))
        yield np.array(counts).ravel()


def _of(case: Case, counts: NDArray[np.int64]) -> Iterator[Comparison]:
    from scipy.stats import chi2

    known, n = case.expected["mean"], len(counts)
    error = 4.0 * math.sqrt(known / n)
    yield by_error(f"mean at {case.inputs['t']} h", known, float(counts.mean()), error)
    # Of a Poisson law the variance over the mean is chi-square over its degrees of freedom.
    spread = float(counts.var(ddof=1) / counts.mean())
    low, high = (float(chi2.ppf(p, n - 1)) / (n - 1) for p in (0.0005, 0.9995))
    yield by_range("variance over mean", 1.0, spread, low, high, "run")
