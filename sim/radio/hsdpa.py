"""
What a flow gets over HSDPA: channel quality, transport blocks, retransmissions, and the gain of a scheduler.

Signal-to-noise ratios (SNR) are per chip, before despreading; after spreading factor 16 they are 12.04 dB more. The
rules are those of docs/data.md, "What a flow could get". Functions for compiled code check nothing.

References
----------
3GPP TS 25.214, 6A.2: channel quality indicator (CQI) and transport blocks.
EURANE, the UMTS extensions to ns-2 of the SEACORN project: block error rates of link simulations (files cqi.h and
SNRBLERMatrix).
F. Brouwer et al., "Usage of link-level performance indicators for HSDPA network-level simulations in E-UMTS", ISSSTA
(2004): SNR to CQI.
F. Berggren, R. Jantti, "Asymptotically fair transmission scheduling over fading channels", IEEE Trans. Wireless
Commun. 3 (2004) 326-336.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled
from sim.scenario.hsdpa_categories import (
    BLOCK_BIT,
    DISTANCE,
    INTERVAL_S,
    LAST_CQI,
    MAX_CQI,
    N_CATEGORIES,
    N_CODES,
)

# Fit of the SEACORN link simulations.
_BLER_POWER = 0.7
_BLER_SLOPE_DB = 1.03
_BLER_OFFSET_DB = 17.3
_BLER_SPREAD = math.sqrt(3.0)


class CqiTables(NamedTuple):
    """Transport blocks by category of phone and CQI; row 0 (no HSDPA) and column 0 (no service) are zeros."""

    block_bit: NDArray[np.int64]  # (13, 31) size of the transport block [bit]
    n_codes: NDArray[np.int64]  # (13, 31) codes of spreading factor 16 that it takes, 0 to 15
    lowest_cqi: NDArray[np.int64]  # (13, 31) lowest CQI of the category with the same block
    # (13,) least distance of the blocks of a phone, 1 to 3 transmission intervals
    distance: NDArray[np.int64]
    most_bps: NDArray[np.float64]  # (13,) greatest block over a transmission interval [bit/s]


def cqi_tables() -> CqiTables:
    """
    Return the tables of all categories.

    Returns
    -------
    CqiTables
        Newly made.
    """
    shape = (N_CATEGORIES + 1, MAX_CQI + 1)
    block_bit, n_codes, lowest_cqi = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for i, last in enumerate(LAST_CQI):
        lowest = np.minimum(np.arange(1, MAX_CQI + 1), last)
        lowest_cqi[i + 1, 1:] = lowest
        block_bit[i + 1, 1:] = np.array(BLOCK_BIT)[lowest - 1]
        n_codes[i + 1, 1:] = np.array(N_CODES)[lowest - 1]
    distance = np.array((0, *DISTANCE), dtype=np.int64)
    return CqiTables(block_bit, n_codes, lowest_cqi, distance, block_bit.max(axis=1) / INTERVAL_S)


@compiled
def block_error_rate(snr_db: float, cqi: int) -> float:
    """
    Return how often a block of a CQI arrives wrong.

    References
    ----------
    EURANE, fit of the SEACORN link simulations.

    Block error rate (1 + 10^x)^(-1/0.7), x = 2 (SNR - 1.03 CQI + 17.3) / (√3 - log10 CQI), 0 to 1 [1].
    """
    above_db = snr_db - _BLER_SLOPE_DB * cqi + _BLER_OFFSET_DB
    x = 2.0 * above_db / (_BLER_SPREAD - math.log10(cqi))
    if x <= 0.0:
        return math.pow(1.0 + math.pow(10.0, x), -1.0 / _BLER_POWER)
    # The same, with 10^x taken out so that it does not overflow.
    rest = math.pow(1.0 + math.pow(10.0, -x), -1.0 / _BLER_POWER)
    return math.pow(10.0, -x / _BLER_POWER) * rest


@compiled(int, float)
def least_snr_db(cqi: int, bler: float) -> float:
    """
    Return the least SNR at which a block of a CQI arrives wrong no more often than so.

    References
    ----------
    EURANE, fit of the SEACORN link simulations.
    """
    spread = 0.5 * (_BLER_SPREAD - math.log10(cqi))
    x = math.log10(math.pow(bler, -_BLER_POWER) - 1.0)
    return spread * x + _BLER_SLOPE_DB * cqi - _BLER_OFFSET_DB


def least_snrs_db(bler: float) -> NDArray[np.float64]:
    """
    Return the least SNR of every CQI.

    Parameters
    ----------
    bler : float
        Block error rate that is aimed at, 0.001 to 0.9. [1]

    Returns
    -------
    (31,) ndarray of float64
        SNR, rising with the CQI; entry 0 is minus infinity. [dB]
    """
    return np.array([-math.inf, *(least_snr_db(cqi, bler) for cqi in range(1, MAX_CQI + 1))])


@compiled
def flow_rate_bps(
    tables_block: NDArray[np.int64],
    tables_codes: NDArray[np.int64],
    tables_lowest: NDArray[np.int64],
    least_snr_db: NDArray[np.float64],
    category: int,
    snr_db: float,
    n_codes: int,
    max_transmissions: int,
) -> float:
    """
    Return what a flow gets while every transmission interval is its own, faults repaired.

    It falls a little where a CQI begins: its blocks are wrong as often as is aimed at, those of the CQI below hardly
    ever, and they may be nearly as large.

    Parameters
    ----------
    tables_block : (13, 31) ndarray of int64
        `CqiTables.block_bit`. [bit]
    tables_codes : (13, 31) ndarray of int64
        `CqiTables.n_codes`.
    tables_lowest : (13, 31) ndarray of int64
        `CqiTables.lowest_cqi`.
    least_snr_db : (31,) ndarray of float64
        Least SNR of every CQI (`least_snrs_db`). [dB]
    category : int
        HS-DSCH category of the phone, 1 to 12; 0 gets nothing.
    snr_db : float
        Signal-to-noise ratio of one transmission. [dB]
    n_codes : int
        Codes of spreading factor 16 that are free, 0 or more.
    max_transmissions : int
        Transmissions of a block at most, 1 or more.

    Returns
    -------
    float
        Rate block / 2 ms · (1 - q) / m, 0 where no CQI fits. [bit/s]

    References
    ----------
    3GPP TS 25.214, 6A.2: the greatest CQI that meets the target. Transmissions of a block are combined, k of them with
    k times the SNR (Chase combining, ideal); a block that is wrong after the last is sent anew from above.
    """
    cqi = MAX_CQI
    while cqi > 0 and (snr_db < least_snr_db[cqi] or tables_codes[category, cqi] > n_codes):
        cqi -= 1
    block_bit = tables_block[category, cqi]
    if block_bit == 0:
        return 0.0
    lowest = tables_lowest[category, cqi]
    wrong = 1.0  # probability that all transmissions so far were
    mean_transmissions = 0.0
    for k in range(1, max_transmissions + 1):
        mean_transmissions += wrong
        wrong *= block_error_rate(snr_db + 10.0 * math.log10(k), lowest)
    return block_bit / INTERVAL_S * (1.0 - wrong) / mean_transmissions


def scheduling_gain(n_max: int, snr_db: float) -> NDArray[np.float64]:
    """
    Return what flows get together when the best of the moment is served, over what they get in turn.

    Parameters
    ----------
    n_max : int
        Flows at most, 1 or more.
    snr_db : float
        Mean SNR s of the fading, the same for all flows. [dB]

    Returns
    -------
    (n_max + 1,) ndarray of float64
        Gain E[log2(1 + s max of n)] / E[log2(1 + s X)] of n flows, X and the n exponential with mean 1 (Rayleigh
        fading); entries 0 and 1 are 1. [1]

    Raises
    ------
    ValueError
        If a parameter is out of range.

    References
    ----------
    Berggren and Jantti (2004): order statistics of the flow that is best relative to its own mean.
    """
    if n_max < 1 or not math.isfinite(snr_db):
        message = f"n_max = {n_max}, snr_db = {snr_db}: must be 1 or more, finite"
        raise ValueError(message)
    snr = math.pow(10.0, snr_db / 10.0)
    alone = _mean_log_of_best(1, snr)
    rest = [_mean_log_of_best(n, snr) / alone for n in range(2, n_max + 1)]
    return np.array([1.0, 1.0, *rest])


def _mean_log_of_best(n: int, snr: float) -> float:
    """Return E[ln(1 + s max of n)]: the integral of P(ln(1 + s max) > y) over y."""
    from scipy.integrate import quad

    def exceeds(y: float) -> float:
        x = math.expm1(y) / snr
        return -math.expm1(n * math.log(-math.expm1(-x)))

    end = math.log1p(snr * (math.log(n) + 40.0))  # beyond it is less than exp(-40)
    mean, _ = quad(exceeds, 0.0, end, epsabs=0.0, epsrel=1e-11, limit=200)
    return float(mean)
