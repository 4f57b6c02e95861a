"""Services of several sizes that share one supply: the recursion of Kaufman and Roberts, and runs held to it."""

from collections.abc import Iterator, Sequence

import numpy as np

from sim.network.records import Records
from sim.stats.theory import kaufman_roberts, service_blocking
from sim.validation.cases import Case
from sim.validation.cells import blocked_and_attempts, omni, replicate, theory_scenario
from sim.validation.found import Found
from sim.validation.length import Length
from sim.validation.verdict import Comparison, by_formula, by_ratio

MEAN_S = 100.0
LAWS = {
    "exponential": {"law": "exponential", "mean_s": MEAN_S},
    "lognormal": {"law": "lognormal", "mean_s": MEAN_S, "cv": 1.4},
}
OF_CODES = "KR_R99_codes_C120"
"""The case whose units are codes; those of the others are channel elements."""


def compare(cases: Sequence[Case], length: Length, n_less: int = 0) -> Iterator[Found]:
    """Compare services that share codes or channel elements."""
    for case in cases:
        yield from ((case.id, one) for one in _recursion(case))
        yield from _run(case, length, n_less)


def _arguments(case: Case) -> tuple[int, list[float], list[int]]:
    return case.inputs["C"], case.inputs["a"], case.inputs["b"]


def _known(case: Case) -> list[float]:
    return list(case.expected.get("exact_B", case.expected.get("B")))


def _recursion(case: Case) -> Iterator[Comparison]:
    share = kaufman_roberts(*_arguments(case))
    found = service_blocking(*_arguments(case))
    for k, known in enumerate(_known(case)):
        yield by_formula(f"blocking of service {k + 1}", known, found[k], relative=1e-9)
    if "mean_occupancy" in case.expected:
        # A printed mean sums shares cut to seven digits, each of which may lack one of the last.
        absolute = case.tolerance.get("abs", 0.0) * sum(range(len(share)))
        busy, known = float(np.arange(len(share)) @ share), case.expected["mean_occupancy"]
        yield by_formula("units in use", known, busy, relative=1e-9, absolute=absolute)
    for units, known in enumerate(case.expected.get("unnormalised_q", [])):
        found_q = float(share[units] / share[0])
        yield by_formula(f"weight of {units} units", known, found_q, absolute=1e-6)


def _run(case: Case, length: Length, n_less: int) -> Iterator[Found]:
    """Every law of holding a network, and its cell, of its own; powers are harmless."""
    runs = run_services(case, length.pick(5.0, 24.0), length.seed, n_less)
    sizes = case.inputs["b"]
    for law, name in enumerate(LAWS):
        for k, known in enumerate(_known(case)):
            counts = blocked_and_attempts(runs, "entity", law * len(sizes) + k)
            said = f"blocking of service {k + 1}, {name} holding times"
            yield case.id, by_ratio(said, known, *counts, length.pick(0.5, 0.3))


def run_services(case: Case, duration_h: float, seed: int, n_less: int = 0) -> list[Records]:
    """Run a cell for each law of holding times, in which services share codes or channel elements."""
    n_units, offered_erl, sizes = _arguments(case)
    unit, supply = (
        ("n_codes", "code_capacity") if case.id == OF_CODES else ("n_channel_elements",) * 2
    )
    harmless = {"rate_bps": 1.0, "uplink_eb_n0_db": 0.0, "downlink_eb_n0_db": 0.0}
    plenty = {"n_channel_elements": 10_000, "code_capacity": 128}
    wcdma = {
        "services": [harmless | {"name": f"b{size}", unit: size} for size in sizes],
        "power_update_s": 60,
        "coverage_sample_s": 86_400,
        **plenty,
        supply: n_units - n_less,
    }
    radio = {
        "capacity": "wcdma",
        "path_loss": {"model": "disc", "radius_km": 5},
        "wcdma": wcdma,
    }
    sources = [
        {
            "name": f"{law}_b{size}",
            "offered_erl": erl,
            "holding": holding,
            "cells": [law],
            "service": f"b{size}",
        }
        for law, holding in LAWS.items()
        for size, erl in zip(sizes, offered_erl, strict=True)
    ]
    networks = [omni(law, 0, [(law, 10_000)]) for law in LAWS]
    traffic = {"sources": sources}
    return replicate(theory_scenario(networks, traffic, duration_h, radio=radio, seed=seed))
