"""Intervals about the means of replications of a theory scenario."""

import math

import numpy as np
from scipy.stats import t as student_t

from sim.validation.cells import blocked_and_attempts, omni, replicate, theory_scenario
from sim.validation.length import N_REPLICATIONS
from sim.validation.verdict import CONFIDENCE

__all__ = ["N_REPLICATIONS", "omni", "replicate", "theory_scenario"]


def all_busy_shares(replications):
    """Time congestion: (replication, cell)."""
    return np.array([records["cells"]["all_busy_share"] for records in replications])


def call_congestion(replications, column, value):
    """Share of measured attempts that were blocked, where a column has a value: (replication,)."""
    blocked, attempts = blocked_and_attempts(replications, column, value)
    return np.array(blocked) / np.array(attempts)


def half_width(values):
    """Half the width of the t interval about the mean of the values."""
    quantile = student_t.ppf(0.5 + CONFIDENCE / 2.0, len(values) - 1)
    return quantile * values.std(ddof=1) / math.sqrt(len(values))


def is_inside(values, expected):
    """Whether the t interval about the mean of the values contains the expected one."""
    return abs(values.mean() - expected) <= half_width(values)
