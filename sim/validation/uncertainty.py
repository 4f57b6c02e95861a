"""What results owe to each parameter: the indices of a function whose own are known."""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.stats.sensitivity import Indices, sobol_indices
from sim.validation.cases import Case
from sim.validation.found import Found
from sim.validation.length import Length
from sim.validation.verdict import by_range

Floats = NDArray[np.float64]
Rule = Callable[[Floats, Floats, Floats], Indices]

N_ROWS = 1024
NEAR = {"S1": 0.06, "ST": 0.03}
"""How near the indices of a design of so many rows are, as the case has it. [1]"""


def ishigami(x: Floats) -> Floats:
    """Return Ishigami's function of the last axis (Ishigami and Homma 1990)."""
    first = np.sin(x[..., 0])
    return np.asarray(first + 7.0 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * first)


def compare(cases: Sequence[Case], length: Length, rule: Rule = sobol_indices) -> Iterator[Found]:
    """
    Compare Sobol's indices.

    `rule` computes them; another shows what a wrong one gives.
    """
    from scipy.stats import qmc

    shares = qmc.Sobol(6, rng=length.seed).random(N_ROWS)
    points = (2.0 * shares - 1.0) * math.pi
    a, b = points[:, :3], points[:, 3:]
    ab = np.stack([np.where(np.arange(3) == factor, b, a) for factor in range(3)])
    found = rule(*(ishigami(x)[..., None] for x in (a, b, ab)))
    for case in cases:
        for name, indices in (("S1", found.first), ("ST", found.total)):
            for k, known in enumerate(case.expected[name]):
                ends = known - NEAR[name], known + NEAR[name]
                said = f"{name} of factor {k + 1}"
                yield case.id, by_range(said, known, float(indices[k]), *ends, "run")
