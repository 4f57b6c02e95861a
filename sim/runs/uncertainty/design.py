"""Designs: which points of the unit cube are run, each a share of the law of every parameter."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError
from sim.runs.uncertainty.parameters import is_among
from sim.streams import STREAM_UNCERTAINTY, uniform

Floats = NDArray[np.float64]

OTHERS = "others"
"""What all parameters are called together that have no index of their own."""

OWN, STEP, A, B, AB = "own", "step", "a", "b", "ab"
"""Roles of samples."""

_LEVELS = 4
"""Levels of a screening, and with them the step: Morris's choice."""

STEP_SHARE = _LEVELS / (2.0 * (_LEVELS - 1.0))
"""Step of a screening as a share of the range. [1]"""


@dataclass(frozen=True)
class Factor:
    """What is moved at once: a parameter, all that lie in a section, or all that have no index of their own."""

    name: str
    members: tuple[int, ...]  # numbers of its parameters


@dataclass(frozen=True)
class Sample:
    """A point of a design."""

    role: str  # one of the roles
    row: int  # trajectory, or row
    factor: int  # number of the factor that is moved; -1 where none is
    step: float  # step of a trajectory, as a share of the range, with its sign; NaN elsewhere
    shares: Floats | None  # (parameter,) shares; None of the scenario's own values


def own_values() -> Sample:
    """Return the sample of the scenario's own values."""
    return Sample(OWN, 0, -1, math.nan, None)


def screening(n_parameters: int, n_trajectories: int, seed: int) -> list[Sample]:
    """Return Morris's trajectories: from a point of a lattice one parameter after the other takes a step."""
    samples = []
    for row in range(n_trajectories):
        draws = np.array([_draw(seed, row + 1, i) for i in range(3 * n_parameters)])
        level, goes_up, order = draws.reshape(3, n_parameters)
        low = np.floor(level * _LEVELS / 2.0) / (_LEVELS - 1.0)
        at = np.where(goes_up < 0.5, low, low + STEP_SHARE)
        steps = np.where(goes_up < 0.5, STEP_SHARE, -STEP_SHARE)
        samples.append(Sample(STEP, row, -1, math.nan, at.copy()))
        for i in np.argsort(order, kind="stable").tolist():
            at[i] += steps[i]
            samples.append(Sample(STEP, row, i, float(steps[i]), at.copy()))
    return samples


def _draw(seed: int, entity: int, index: int) -> float:
    return float(uniform(seed, 0, STREAM_UNCERTAINTY, entity, index))


def factors_of(names: Sequence[str], alone: Sequence[str]) -> tuple[Factor, ...]:
    """Return factors: what is named, with all that lies in it, and all others together; no parameter is in two."""
    left = list(range(len(names)))
    factors = []
    for root in alone:
        members = tuple(i for i in left if is_among(names[i], (root,)))
        if members:
            factors.append(Factor(root, members))
        left = [i for i in left if i not in members]
    return (*factors, Factor(OTHERS, tuple(left))) if left else tuple(factors)


def require_samples(design: str, n: int) -> None:
    """Refuse a number of samples that a design cannot have."""
    if n < 2:
        raise SimError(f"samples = {n}: must be 2 or more")
    if design == "sobol" and n & (n - 1):
        below = 1 << (n.bit_length() - 1)
        raise SimError(
            f"samples = {n}: a Sobol sequence is balanced over a power of two only; take {below:,} or {2 * below:,}, "
            "or --design latin_hypercube, which takes any number"
        )


def sampled(
    design: str,
    n: int,
    n_parameters: int,
    factors: Sequence[Factor] | None,
    seed: int,
    order: Sequence[int] = (),
) -> list[Sample]:
    """
    Return the points of a Latin hypercube or a scrambled Sobol sequence.

    With factors there are two samples, a and b, and of each row of a those in which one factor is as in b, in an order
    of the factors: runs in the same world follow one another.
    """
    shares = _unit_points(design, n, n_parameters * (1 if factors is None else 2), seed)
    if factors is None:
        return [Sample(A, row, -1, math.nan, own) for row, own in enumerate(shares)]
    samples = []
    for row, (a, b) in enumerate(zip(*np.split(shares, 2, axis=1), strict=True)):
        samples.append(Sample(A, row, -1, math.nan, a))
        for k in order or range(len(factors)):
            moved = a.copy()
            members = list(factors[k].members)
            moved[members] = b[members]
            samples.append(Sample(AB, row, k, math.nan, moved))
        samples.append(Sample(B, row, -1, math.nan, b))
    return samples


def _unit_points(design: str, n: int, n_axes: int, seed: int) -> Floats:
    from scipy.stats import qmc

    own_seed = int(_draw(seed, 0, 0) * 2**32)
    points: Floats
    if design == "sobol":
        points = qmc.Sobol(n_axes, scramble=True, seed=own_seed).random_base2(n.bit_length() - 1)
    else:
        points = qmc.LatinHypercube(n_axes, seed=own_seed).random(n)
    return points
