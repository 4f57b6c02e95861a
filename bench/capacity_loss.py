"""How many phones two operators may have, each with the other and without, and what is lost."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.snapshots import (
    RULES,
    first_legs,
    leaked_w,
    make_snapshot,
    mean_rise_db,
    satisfied_share,
)
from bench.two_layouts import (
    N_SITES,
    OFFSETS,
    SHADOWING_DB,
    Draws,
    draw_phones,
    make_gains,
)
from sim.network.radio.state import Radio
from sim.scenario.radio_section import Wcdma
from sim.stats.intervals import Interval, mean_interval, ratio_interval
from sim.units import db_to_linear

DIRECTIONS = ("uplink", "downlink")

SATISFIED_SHARE = 0.95
"""Share of satisfied phones at which the downlink is full (3GPP TR 25.942, remembered)."""


@dataclass(frozen=True)
class Study:
    """
    What is looked at.

    Attributes
    ----------
    acir_db : tuple of float
        Adjacent channel interference ratios, rising. [dB]
    offsets : tuple of str
        Of OFFSETS.
    n_replications, n_snapshots : int
        Replications, and snapshots of each: the criterion holds for their mean.
    n_phones : int
        Phones of an operator for which there is room; more than fit.
    seed : int
        Seed of all draws.
    shadowing_db : float
        Standard deviation of the shadowing. [dB]
    wcdma : Wcdma
        Powers, noise and service.
    """

    acir_db: tuple[float, ...] = (20.0, 25.0, 30.0, 33.0, 35.0, 40.0, 45.0)
    offsets: tuple[str, ...] = tuple(OFFSETS)
    n_replications: int = 20
    n_snapshots: int = 8
    n_phones: int = 100 * N_SITES
    seed: int = 1
    shadowing_db: float = SHADOWING_DB
    wcdma: Wcdma = RULES


QUICK = Study(acir_db=(25.0, 35.0), n_replications=2, n_snapshots=1)


@dataclass(frozen=True)
class Loss:
    """
    What one direction loses.

    Attributes
    ----------
    direction, offset : str
        One of DIRECTIONS and of OFFSETS.
    acir_db : float
        Adjacent channel interference ratio. [dB]
    alone, together : Interval
        Phones of a cell, of either operator, without and with the other. [1]
    loss : Interval
        1 - together / alone, on the same phones. [1]
    """

    direction: str
    offset: str
    acir_db: float
    alone: Interval
    together: Interval
    loss: Interval


def phones_that_fit(margin: Callable[[int], float], low: int, high: int) -> float:
    """
    Return the number of phones at which a margin is used up, by halving and then on a straight line.

    Parameters
    ----------
    margin : callable
        What is left with so many phones, negative when they are too many.
    low, high : int
        Between which numbers it is sought; beyond them where it is not used up at
        `high`, or is at `low`.

    Returns
    -------
    float
        Phones.

    Raises
    ------
    ValueError
        If one phone is too many.
    """
    at_low = margin(low)
    while at_low < 0.0:
        if low <= 1:
            message = "not a single phone fits: the margin is used up at once"
            raise ValueError(message)
        low, high = max(1, low // 2), low
        at_low = margin(low)
    at_high = margin(high)
    while at_high >= 0.0:
        low, at_low, high = high, at_high, high + 2 * (high - low)
        at_high = margin(high)
    while high - low > 1:
        middle = (low + high) // 2
        at_middle = margin(middle)
        if at_middle >= 0.0:
            low, at_low = middle, at_middle
        else:
            high, at_high = middle, at_middle
    return low + at_low / (at_low - at_high)


def measure_losses(study: Study, on_stage: Callable[[str], None]) -> list[Loss]:
    """
    Measure the loss of both directions at every offset and ratio.

    Parameters
    ----------
    study : Study
        What is looked at.
    on_stage : callable
        Called with what is going on.

    Returns
    -------
    list of Loss
        By direction, offset and ratio.
    """
    shape = (len(DIRECTIONS), len(study.offsets), len(study.acir_db) + 1, study.n_replications)
    fits = np.empty(shape)
    for replication in range(study.n_replications):
        on_stage(f"replication {replication + 1} of {study.n_replications}")
        draws = [
            draw_phones(study.seed, replication + 1, snapshot, study.n_phones)
            for snapshot in range(study.n_snapshots)
        ]
        fits[..., replication] = _replicate(study, draws)
    return [
        _loss(direction, offset, acir_db, fits[i, k, -1] / N_SITES, fits[i, k, j] / N_SITES)
        for i, direction in enumerate(DIRECTIONS)
        for k, offset in enumerate(study.offsets)
        for j, acir_db in enumerate(study.acir_db)
    ]


def _loss(
    direction: str,
    offset: str,
    acir_db: float,
    alone: NDArray[np.float64],
    together: NDArray[np.float64],
) -> Loss:
    loss = ratio_interval(alone - together, alone)
    return Loss(direction, offset, acir_db, mean_interval(alone), mean_interval(together), loss)


def _replicate(study: Study, draws: list[Draws]) -> NDArray[np.float64]:
    """Return how many phones fit, by direction, offset and ratio; the last without the other operator."""
    fits = np.empty((len(DIRECTIONS), len(study.offsets), len(study.acir_db) + 1))
    for k, offset in enumerate(study.offsets):
        gains = [
            make_gains(one, OFFSETS[offset], study.wcdma.min_coupling_loss_db, study.shadowing_db)
            for one in draws
        ]
        window = db_to_linear(study.wcdma.active_set_window_db)
        legs = [first_legs(gain, N_SITES, window) for gain in gains]
        high = np.full(len(DIRECTIONS), study.n_phones // 2)
        # The operators alone are the same whatever the offset: they are counted once.
        for j in range(len(study.acir_db), -1, -1):
            is_alone = j == len(study.acir_db)
            if is_alone and k > 0:
                fits[:, k, j] = fits[:, 0, j]
                high = fits[:, 0, j].astype(np.int64) + 2
                continue
            leak = 0.0 if is_alone else 1.0 / db_to_linear(study.acir_db[j])
            snapshots = [make_snapshot(gain, leak, study.wcdma) for gain in gains]
            for i, margin in enumerate((_uplink_margin, _downlink_margin)):
                limited = _limited(margin, snapshots, legs, study)
                fits[i, k, j] = phones_that_fit(limited, 9 * high[i] // 10, high[i])
                high[i] = int(fits[i, k, j]) + 2
    return fits


Legs = tuple[NDArray[np.int64], NDArray[np.int64]]
Margin = Callable[[Radio, Legs, int, Wcdma], float]


def _limited(
    margin: Margin, snapshots: list[Radio], legs: list[Legs], study: Study
) -> Callable[[int], float]:
    """Return the mean margin of all snapshots as a function of the number of phones."""

    def of_all(n_phones: int) -> float:
        if n_phones > study.n_phones:
            message = f"n_phones = {study.n_phones}: must be more than fit; allow more"
            raise ValueError(message)
        pairs = zip(snapshots, legs, strict=True)
        return float(np.mean([margin(one, mine, n_phones, study.wcdma) for one, mine in pairs]))

    return of_all


def _uplink_margin(snapshot: Radio, legs: Legs, n_phones: int, wcdma: Wcdma) -> float:
    return wcdma.max_noise_rise_db - mean_rise_db(snapshot, legs[0], n_phones)


def _downlink_margin(snapshot: Radio, legs: Legs, n_phones: int, _wcdma: Wcdma) -> float:
    return satisfied_share(snapshot, legs[0], legs[1], n_phones) - SATISFIED_SHARE


def leak_of_worst(study: Study, together: Interval, share: float = 0.01) -> Interval:
    """
    Return how much of what leaks in the uplink comes from the few phones that leak most.

    Parameters
    ----------
    study : Study
        What is looked at; its first offset and ratio.
    together : Interval
        Phones of a cell with which the cells are loaded. [1]
    share : float
        Share of the phones. [1]

    Returns
    -------
    Interval
        Share of the leaked power, by replications. [1]
    """
    of_few = np.zeros(study.n_replications)
    of_all = np.zeros(study.n_replications)
    n_phones = round((together.value or 0.0) * N_SITES)
    leak = 1.0 / db_to_linear(study.acir_db[0])
    window = db_to_linear(study.wcdma.active_set_window_db)
    least_loss_db = study.wcdma.min_coupling_loss_db
    for replication in range(study.n_replications):
        for snapshot in range(study.n_snapshots):
            draws = draw_phones(study.seed, replication + 1, snapshot, n_phones)
            gain = make_gains(draws, OFFSETS[study.offsets[0]], least_loss_db, study.shadowing_db)
            one = make_snapshot(gain, leak, study.wcdma)
            best, _ = first_legs(gain, N_SITES, window)
            mean_rise_db(one, best, n_phones)
            each_w = np.sort(leaked_w(one, best, n_phones))[::-1]
            of_few[replication] += each_w[: round(share * len(each_w))].sum()
            of_all[replication] += each_w.sum()
    return ratio_interval(of_few, of_all)
