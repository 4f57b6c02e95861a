"""
Data flows that share a cell: how many there are, and how long they take.

Flows arrive as a Poisson process and leave when they have been carried. Where all are served alike at every moment
(processor sharing) nothing but the mean of their sizes matters, whatever the law (insensitivity).

References
----------
T. Bonald, A. Proutiere, "Wireless downlink data channels: user performance and cell dimensioning", MobiCom (2003):
harmonic mean of the rates of all places, throughput of a flow.
J. W. Cohen, "The multiple phase service network with generalized processor sharing", Acta Informatica 12 (1979)
245-284: rates that depend on the number of flows.
G. Fayolle, I. Mitrani, R. Iasnogorodski, "Sharing a processor among many job classes", J. ACM 27 (1980) 519-532:
discriminatory sharing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.theory.pool_formulas import erlang_c


@dataclass(frozen=True)
class SharedCell:
    """What becomes of flows that share a cell."""

    mean_flows: float  # mean number of flows in progress [1]
    p_empty: float  # probability that there is none [1]
    blocking: float  # probability that a flow is refused [1]
    mean_duration_s: float  # mean duration of a flow that is carried [s]
    throughput_bps: float  # mean size over mean duration [bit/s]


@dataclass(frozen=True)
class HarmonicCell:
    """A cell that carries flows to several places at the rate of each."""

    # harmonic mean of the rates, weighted by the bits asked for: what the cell carries at most [bit/s]
    capacity_bps: float
    load: float  # offered over capacity [1]
    mean_flows: float  # mean number of flows in progress [1]
    # (place,) mean size over mean duration of the flows to each place [bit/s]
    throughput_bps: NDArray[np.float64]


def processor_sharing(capacity_bps: float, offered_bps: float, mean_bit: float) -> SharedCell:
    """
    Return what becomes of flows that share a rate alike, none refused.

    References
    ----------
    M/G/1 processor sharing: load / (1 - load) flows, throughput capacity x (1 - load), for flows of every size.
    """
    load = _load(capacity_bps, offered_bps, mean_bit)
    throughput_bps = capacity_bps * (1.0 - load)
    return SharedCell(
        load / (1.0 - load), 1.0 - load, 0.0, mean_bit / throughput_bps, throughput_bps
    )


def peak_rate_sharing(
    capacity_bps: float, offered_bps: float, mean_bit: float, n_at_peak: int
) -> SharedCell:
    """
    Return what becomes of flows that share a rate alike and of which each has a greatest rate.

    References
    ----------
    Cohen (1979): the states are those of M/M/n, so E[T] = mean / peak + C mean / (capacity (1 - load)) with Erlang's C.
    """
    load = _load(capacity_bps, offered_bps, mean_bit)
    if n_at_peak < 1:
        message = f"n_at_peak = {n_at_peak}: must be 1 or more"
        raise ValueError(message)
    offered_erl = n_at_peak * load
    waits = erlang_c(offered_erl, n_at_peak)
    alone_s = mean_bit / capacity_bps
    duration_s = alone_s * n_at_peak + waits * alone_s / (1.0 - load)
    # P(n or more) = C, and p_n = p_0 A^n / n! of which P(n or more) = p_n / (1 - load).
    log_weight = n_at_peak * math.log(offered_erl) - math.lgamma(n_at_peak + 1)
    p_empty = waits * (1.0 - load) * math.exp(-log_weight)
    mean_flows = offered_bps / mean_bit * duration_s
    return SharedCell(mean_flows, p_empty, 0.0, duration_s, mean_bit / duration_s)


def limited_sharing(rates_bps: Sequence[float], offered_bps: float, mean_bit: float) -> SharedCell:
    """
    Return what becomes of flows that share a rate alike, of which so many are admitted.

    References
    ----------
    Cohen (1979): p_n is proportional to the product of offered / rate over 1 to n.
    """
    _check_positive("rates_bps", *rates_bps)
    rates = np.array(rates_bps, dtype=np.float64)
    _check_positive("offered_bps, mean_bit", offered_bps, mean_bit)
    logs = np.concatenate([[0.0], np.cumsum(np.log(offered_bps / rates))])
    weights = np.exp(logs - logs.max())
    p = weights / weights.sum()
    blocking = float(p[-1])
    mean_flows = float(np.arange(len(p)) @ p)
    duration_s = mean_flows / (offered_bps / mean_bit * (1.0 - blocking))
    return SharedCell(mean_flows, float(p[0]), blocking, duration_s, mean_bit / duration_s)


def harmonic_cell(
    rates_bps: Sequence[float], shares: Sequence[float], offered_bps: float
) -> HarmonicCell:
    """
    Return what a cell carries to places with rates of their own, the time shared alike.

    References
    ----------
    Bonald and Proutiere (2003): C = 1 / sum (p_i / C_i), throughput C_i (1 - load).
    """
    _check_positive("rates_bps", *rates_bps)
    _check_positive("shares", *shares)
    total = math.fsum(shares)
    if len(shares) != len(rates_bps) or not math.isclose(total, 1.0, rel_tol=1e-9):
        message = f"shares = {list(shares)}: must be one for each rate, summing to 1"
        raise ValueError(message)
    rates = np.array(rates_bps, dtype=np.float64)
    capacity_bps = 1.0 / float((np.array(shares) / rates).sum())
    load = _load(capacity_bps, offered_bps, 1.0)
    return HarmonicCell(capacity_bps, load, load / (1.0 - load), rates * (1.0 - load))


def discriminatory_sharing(
    flows_per_s: Sequence[float], mean_alone_s: Sequence[float], weights: Sequence[float]
) -> NDArray[np.float64]:
    """
    Return how long flows of several classes take that share a cell by weights.

    Here the law of the sizes matters: they are exponential.

    References
    ----------
    Fayolle, Mitrani and Iasnogorodski (1980): with rates m = 1 / mean_alone_s and weights g, the mean durations T solve
    T_k (1 - sum_j l_j g_j / (g_j m_j + g_k m_k)) - sum_j l_j g_j T_j / (g_j m_j + g_k m_k) = 1 / m_k.
    """
    if not len(flows_per_s) == len(mean_alone_s) == len(weights) > 0:
        message = "flows_per_s, mean_alone_s, weights: must be of one length, 1 or more"
        raise ValueError(message)
    _check_positive("flows, durations, weights", *flows_per_s, *mean_alone_s, *weights)
    intensity, alone_s, weight = (
        np.array(one, dtype=np.float64) for one in (flows_per_s, mean_alone_s, weights)
    )
    load = float(intensity @ alone_s)
    if load >= 1.0:
        message = f"the loads sum to {load}: must be less than 1, else flows pile up"
        raise ValueError(message)
    hurry = weight / alone_s
    coupling = (intensity * weight)[None, :] / (hurry[None, :] + hurry[:, None])
    system = np.diag(1.0 - coupling.sum(axis=1)) - coupling
    return np.asarray(np.linalg.solve(system, alone_s), dtype=np.float64)


def _load(capacity_bps: float, offered_bps: float, mean_bit: float) -> float:
    """Return offered over capacity, or refuse what has no equilibrium."""
    _check_positive("capacity_bps, offered_bps, mean_bit", capacity_bps, offered_bps, mean_bit)
    if offered_bps >= capacity_bps:
        message = f"offered_bps = {offered_bps}: must be less than the capacity, {capacity_bps}, else flows pile up"
        raise ValueError(message)
    return offered_bps / capacity_bps


def _check_positive(names: str, *numbers: float) -> None:
    if not numbers or not all(0.0 < one < math.inf for one in numbers):
        message = f"{names} = {[float(one) for one in numbers]}: must be more than 0, finite"
        raise ValueError(message)
