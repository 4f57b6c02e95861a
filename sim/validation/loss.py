"""Pools of channels without a queue: Erlang's first formula, its inverse, and Engset's few subscribers."""

import math
from collections.abc import Callable, Iterator, Sequence

from sim.network.records import Records
from sim.stats.theory import erlang_b
from sim.validation.cases import Case
from sim.validation.cells import (
    blocked_and_attempts,
    of_cells,
    omni,
    replicate,
    theory_scenario,
)
from sim.validation.found import Found, with_prefix
from sim.validation.length import N_REPLICATIONS, Length
from sim.validation.verdict import by_error, by_formula, by_mean, by_ratio

MEAN_S = 100.0
LAWS = {
    "fixed": {"law": "fixed", "mean_s": MEAN_S},
    "lognormal": {"law": "lognormal", "mean_s": MEAN_S, "cv": 1.4},
}
INSENSITIVE = "erlangB_A10_N10"
"""The point that is run with other laws of the holding time, too."""

Blocking = Callable[[float, int], float]


def compare(
    cases: Sequence[Case], length: Length, blocking: Blocking = erlang_b, n_more: int = 0
) -> Iterator[Found]:
    """Compare pools of channels."""
    for case in with_prefix(cases, "erlangB_inv", "erlangB_pub"):
        yield from _inverse(case, blocking)
    points = with_prefix(cases, "erlangB_A")
    for case in points:
        found = blocking(case.inputs["A_erlang"], case.inputs["N"])
        yield case.id, by_formula("blocking", case.expected["B"], found, relative=1e-10)
        carried_erl = case.inputs["A_erlang"] * (1.0 - found)
        known_erl = case.expected["carried"]
        yield case.id, by_formula("carried [erl]", known_erl, carried_erl, relative=1e-10)
    if points:
        yield from _poisson(points, length, n_more)
    few = with_prefix(cases, "engset")
    for per_idle in dict.fromkeys(case.inputs["lambda_per_idle_source_over_mu"] for case in few):
        alike = [c for c in few if c.inputs["lambda_per_idle_source_over_mu"] == per_idle]
        yield from _few_sources(alike, per_idle, length, n_more)


def offered_for_blocking(wanted: float, n_channels: int, blocking: Blocking = erlang_b) -> float:
    """Return the traffic that a pool of channels blocks with a given probability."""
    from scipy.optimize import brentq

    most_erl = n_channels / (1.0 - wanted)  # what is carried is at most the channels
    found = brentq(lambda erl: blocking(erl, n_channels) - wanted, 1e-9, most_erl, xtol=1e-13)
    return float(found)


def _inverse(case: Case, blocking: Blocking) -> Iterator[Found]:
    offered_erl = offered_for_blocking(case.inputs["B"], case.inputs["N"], blocking)
    known_erl = case.expected["A_erlang"]
    if "abs" in case.tolerance:
        absolute = case.tolerance["abs"]
        yield case.id, by_formula("offered [erl]", known_erl, offered_erl, absolute=absolute)
        return
    yield case.id, by_formula("offered [erl]", known_erl, offered_erl, relative=1e-9)
    printed_erl = case.expected["printed_table"]
    rounded_erl = float(f"{offered_erl:.3g}")
    yield case.id, by_formula("offered, three digits as printed [erl]", printed_erl, rounded_erl)


def _poisson(cases: Sequence[Case], length: Length, n_more: int) -> Iterator[Found]:
    """Every point in a cell of its own, and the other laws in one each."""
    duration_h = length.pick(4.0, 24.0)
    widest = length.pick(0.6, 0.3)
    of_law = {law: case for law in LAWS for case in cases if case.id == INSENSITIVE}
    exponential = {"law": "exponential", "mean_s": MEAN_S}
    pools = [(case, exponential) for case in cases]
    pools += [(case, LAWS[law]) for law, case in of_law.items()]
    sites = [(f"c{k}", case.inputs["N"] + n_more) for k, (case, _) in enumerate(pools)]
    sources = [
        {
            "name": f"s{k}",
            "offered_erl": case.inputs["A_erlang"],
            "holding": holding,
            "cells": [f"c{k}"],
        }
        for k, (case, holding) in enumerate(pools)
    ]
    scenario = theory_scenario(
        [omni("net", 0, sites)], {"sources": sources}, duration_h, seed=length.seed
    )
    runs = replicate(scenario)
    busy = of_cells(runs, "cells", "all_busy_share").mean(axis=0)
    holding_times = N_REPLICATIONS * duration_h * 3600.0 / MEAN_S
    for k, (case, holding) in enumerate(pools):
        known = case.expected["B"]
        law = "" if holding is exponential else f", {holding['law']} holding times"
        if not law:
            error = 4.0 * math.sqrt(case.expected["sigma2_timeavg_blocking"] / holding_times)
            yield case.id, by_error("time congestion", known, busy[k], error)
        counts = blocked_and_attempts(runs, "cell_idx", k)
        yield case.id, by_ratio(f"call congestion{law}", known, *counts, widest)


def _few_sources(
    cases: Sequence[Case], per_idle_erl: float, length: Length, n_more: int
) -> Iterator[Found]:
    """Each point a network of its own; everybody calls a fixed line, and everybody answers at once."""
    networks = [
        omni(f"n{k}", case.inputs["S"], [(f"c{k}", case.inputs["N"] + n_more)])
        for k, case in enumerate(cases)
    ]
    voice = {
        "holding": {"law": "exponential", "mean_s": MEAN_S},
        "ringing": {"p_answer": 1, "mean_s": 0},
        "destination": {"other_network_share": 0, "fixed_share": 1},
    }
    groups = [{"between": [one["name"], "fixed"], "n_circuits": 10_000} for one in networks]
    scenario = theory_scenario(
        networks,
        {"erl_per_line": per_idle_erl, "voice": voice},
        length.pick(15.0, 80.0),
        switching={"trunk_groups": groups},
        seed=length.seed,
    )
    yield from _of_few(cases, replicate(scenario), length.pick(0.5, 0.3))


def _of_few(cases: Sequence[Case], runs: list[Records], widest: float) -> Iterator[Found]:
    busy, carried_erl = (of_cells(runs, "cells", name) for name in ("all_busy_share", "busy_erl"))
    for k, case in enumerate(cases):
        known = case.expected
        yield (
            case.id,
            by_mean("time congestion", known["time_congestion"], busy[:, k], widest),
        )
        counts = blocked_and_attempts(runs, "network_idx", k)
        yield case.id, by_ratio("call congestion", known["call_congestion"], *counts, widest)
        yield case.id, by_mean("carried [erl]", known["carried"], carried_erl[:, k], 0.05)
