"""Solve the powers of cells by the program's kernel as plain Python: problems come in and solutions go out as JSON."""

import json
import sys
from typing import Any

import numpy as np

from sim.network.radio.power import solve
from sim.network.radio.state import UNIT

TOLERANCE = 1e-13
"""Relative change at which a power counts as found."""


def solved_w(problem: dict[str, Any]) -> list[float]:
    """Return the interference of each cell of one problem."""
    matrix = np.array(problem["matrix"])
    n_cells = len(matrix)
    powers_w = np.array(problem["noise_w"], np.float64)
    solve(
        np.arange(n_cells + 1, dtype=np.uint32) * np.uint32(n_cells),
        np.tile(np.arange(n_cells, dtype=np.uint32), n_cells),
        np.floor(matrix / UNIT + 0.5).astype(np.int64).T.ravel(),
        powers_w.copy(),
        np.array(problem["cap_w"], np.float64),
        TOLERANCE,
        powers_w,
    )
    return [float(power) for power in powers_w]


if __name__ == "__main__":
    json.dump([solved_w(problem) for problem in json.load(sys.stdin)], sys.stdout)
