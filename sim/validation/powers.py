"""Powers of phones that disturb each other: the program's solution beside an exact one, and a load with none."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.radio.wcdma import uplink_load
from sim.units import db_to_linear
from sim.validation.cases import Case, all_cases
from sim.validation.found import Found
from sim.validation.length import Length
from sim.validation.verdict import Comparison, by_formula

Floats = NDArray[np.float64]

LAYOUT = "ul_powercontrol_2cell_5x144k"
"""The case whose stations, noise and path loss the other one has, too."""

CAP_W = 1e-9
"""Interference beyond which the program sheds phones, in the case without a solution. [W]"""


def compare(cases: Sequence[Case], length: Length, more_db: float = 0.0) -> Iterator[Found]:  # noqa: ARG001
    """
    Compare powers that the program solves.

    `more_db` is added to what phones need, to show what a wrong program gives.
    """
    problems = [_problem(case, more_db) for case in cases]
    for case, problem, solved in zip(cases, problems, _solve(problems), strict=True):
        judge = _exact if case.id == LAYOUT else _without_solution
        for one in judge(case, problem, np.array(solved)):
            yield case.id, one


def _problem(case: Case, more_db: float) -> dict[str, Any]:
    """Return noise, cap, and what interference of each cell adds to each, with the load and loss of each phone."""
    layout, given = all_cases()[LAYOUT].inputs, case.inputs
    phones_km = np.repeat(given["UE_km"], given.get("copies", 1))
    apart_km = np.abs(phones_km[:, None] - np.array(layout["BS_km"]))
    losses = 10.0 ** ((128.1 + 37.6 * np.log10(apart_km)) / 10.0)
    load = uplink_load(db_to_linear(given["EbN0_dB"] + more_db), given["R"], 1.0, layout["W"])
    # The first of equals serves; rounding must not decide at the middle.
    serving = (apart_km[:, 1] < apart_km[:, 0] - 1e-9).astype(int)
    own = losses[np.arange(len(serving)), serving]
    matrix = np.zeros((2, 2))
    np.add.at(matrix.T, serving, load * own[:, None] / losses)
    noise_w = db_to_linear(layout["noise_dBm"] - 30.0)
    return {
        "matrix": matrix.tolist(),
        "noise_w": [noise_w] * 2,
        "cap_w": [CAP_W if case.id != LAYOUT else 1.0] * 2,
        "load": load,
        "own_loss": own.tolist(),
        "serving": serving.tolist(),
    }


def _solve(problems: list[dict[str, Any]]) -> list[list[float]]:
    """Return the interference of each cell, solved by the program's kernel as plain Python in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "sim.validation.plain_powers"],
        input=json.dumps(problems),
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def _exact(case: Case, problem: dict[str, Any], heard_w: Floats) -> Iterator[Comparison]:
    known = case.expected
    serving = problem["serving"]
    for cell, known_db in enumerate(known["noise_rise_dB"]):
        found_db = 10.0 * math.log10(heard_w[cell] / problem["noise_w"][cell])
        yield by_formula(f"noise rise of cell {cell + 1} [dB]", known_db, found_db, absolute=1e-6)
    for k, known_dbm in enumerate(known["tx_dBm"]):
        power_w = problem["load"] * heard_w[serving[k]] * problem["own_loss"][k]
        found_dbm = 10.0 * math.log10(power_w) + 30.0
        yield by_formula(f"power of phone {k + 1} [dBm]", known_dbm, found_dbm, absolute=1e-6)


def _without_solution(case: Case, problem: dict[str, Any], heard_w: Floats) -> Iterator[Comparison]:
    """Compare a load for which no powers suffice: the program ends at its cap, where phones are shed."""
    radius = float(np.abs(np.linalg.eigvals(np.array(problem["matrix"]))).max())
    is_feasible = float(bool((heard_w < CAP_W).all()))
    yield by_formula("a solution below the cap", float(case.expected["feasible"]), is_feasible)
    yield by_formula("cells beyond their noise rise", 1.0, float(radius > 1.0))
