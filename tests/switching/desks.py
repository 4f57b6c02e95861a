"""Desks and trunk groups as theory has them, and 99.9 % intervals about what is measured of them."""

import numpy as np

from sim.stats.intervals import mean_interval, ratio_interval
from sim.validation.cases import all_cases
from sim.validation.desks import (
    ARRIVAL,
    HELLO,
    UNLIMITED,
    Calls,
    Window,
    desk,
    lost_and_all,
    n_completed,
    patient,
    refused_and_offered,
    trunks,
    waits,
)
from sim.validation.desks import replicate as replicate_window
from sim.validation.length import N_REPLICATIONS, SEED
from sim.validation.verdict import CONFIDENCE

__all__ = [
    "ARRIVAL",
    "HELLO",
    "N_REPLICATIONS",
    "SEED",
    "UNLIMITED",
    "desk",
    "n_completed",
    "patient",
    "trunks",
    "waits",
]

WIDEST = 0.3  # half of an interval over the values that it is to tell apart, at most
CASES = {
    case_id: {"inputs": case.inputs, "expected": case.expected}
    for case_id, case in all_cases().items()
}


def replicate(plans, streams, end_s, warmup_s, graph=None, service=None, begin=None):
    """Replicate streams (rate, origin, destination, talk, more); the window is after the warm-up."""
    window = Window(warmup_s, end_s - warmup_s)
    calls = [Calls(*stream) for stream in streams]
    return replicate_window(plans, calls, window, graph, service, begin)


def agrees(interval, expected, widest):
    """Whether the interval contains the expected value; it must be narrow enough to tell."""
    half_width = (interval.high - interval.low) / 2.0
    assert half_width <= widest * max(interval.value, expected), (interval, expected)
    return bool(interval.low <= expected <= interval.high)


def ratio_agrees(numerators, denominators, expected, widest=WIDEST):
    interval = ratio_interval(
        np.array(numerators, float), np.array(denominators, float), CONFIDENCE
    )
    return agrees(interval, expected, widest)


def mean_agrees(values, expected, widest=WIDEST):
    return agrees(mean_interval(np.array(values, float), CONFIDENCE), expected, widest)


def loss_agrees(runs, origins, expected):
    """Whether so many of the calls that begin at some exchanges find no circuit."""
    return ratio_agrees(*lost_and_all(runs, origins), expected)


def blocking_agrees(runs, group, expected):
    return ratio_agrees(*refused_and_offered(runs, group), expected)
