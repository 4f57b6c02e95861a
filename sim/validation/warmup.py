"""What is cut from the begin of a series: MSER-5 on series made by a stated generator."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.stats.mser import Truncation, mser5
from sim.validation.cases import Case
from sim.validation.found import Found
from sim.validation.length import Length
from sim.validation.verdict import Comparison, by_formula

N_VALUES = 1000
MULTIPLIER, INCREMENT, MODULUS, FIRST = 1103515245, 12345, 2**31, 12345
"""The congruential generator that the cases state."""

Rule = Callable[[NDArray[np.float64]], Truncation | None]


def compare(cases: Sequence[Case], length: Length, rule: Rule = mser5) -> Iterator[Found]:  # noqa: ARG001
    """Compare what is cut."""
    series = {
        "mser5_expdecay": 10.0 * 0.95 ** np.arange(N_VALUES) + _noise(),
        "mser5_stationary": 5.0 + _noise(),
        "mser5_late_step_half_rule": np.repeat([0.0, 1.0], [600, 400]),
    }
    for case in cases:
        for one in _of(case, rule(series[case.id])):
            yield case.id, one


def _noise() -> NDArray[np.float64]:
    """Return even numbers from -0.5 to 0.5."""
    x, found = FIRST, []
    for _ in range(N_VALUES):
        x = (MULTIPLIER * x + INCREMENT) % MODULUS
        found.append(x / MODULUS - 0.5)
    return np.array(found)


def _of(case: Case, cut: Truncation | None) -> Iterator[Comparison]:
    known = case.expected
    if cut is None:
        yield by_formula("series that are cut", 1.0, 0.0)
        return
    yield by_formula("batches cut", known["truncate_batches"], cut.n_batches)
    yield by_formula("values cut", known["truncate_observations"], cut.n_values)
    yield by_formula("mean of the rest", known["truncated_mean"], cut.mean, absolute=1e-12)
    yield by_formula("error of the rest", known["mser"], cut.mser, relative=1e-9)
    is_late = float(case.id == "mser5_late_step_half_rule")
    yield by_formula("flagged, optimum beyond half", is_late, float(cut.is_beyond_half))
