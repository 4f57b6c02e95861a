"""
Formulas of teletraffic theory: pools of channels, operators, links that calls of different size share.

Soft capacity: a call of a service adds its load to its own cell and a part of it to the others; a cell bears loads up
to the one of its greatest noise rise. Loads are counted in whole basic units.

References
----------
A. K. Erlang, Solution of some problems in the theory of probabilities of significance in automatic telephone
exchanges, Elektroteknikeren 13 (1917).
C. Palm, "Research on telephone traffic carried by full availability groups", Tele 1 (1957), 107 pp.
O. Garnett, A. Mandelbaum and M. Reiman, "Designing a call center with impatient customers", Manufacturing and Service
Operations Management 4 (2002), pp. 208-227.
J. S. Kaufman, Blocking in a shared resource environment, IEEE Trans. Commun. COM-29 (1981) 1474-1481.
J. W. Roberts, A service system with heterogeneous user requirements, in: Performance of Data Communications Systems
and Their Applications, North-Holland (1981) 423-431.
M. Glabowski, M. Stasiak, A. Wisniewski, P. Zwierzykowski, "Uplink Blocking Probability Calculation for Cellular Systems
with WCDMA Radio Interface, Finite Source Population and Differently Loaded Neighbouring Cells", APCC (2005) 138-142:
basic units (abstract).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def erlang_b(offered_erl: float, n_channels: int) -> float:
    """
    Return the blocking of Poisson traffic on a pool of channels, Erlang's first formula.

    Time congestion and call congestion are equal, and neither depends on the law of the holding time.

    Parameters
    ----------
    offered_erl : float
        Offered traffic, 0 or more. [erl]
    n_channels : int
        Channels, 0 or more.

    Returns
    -------
    float
        Probability that all channels are busy. [1]

    References
    ----------
    Erlang (1917); recursion B_n = A B_{n-1} / (n + A B_{n-1}).
    """
    if not 0.0 <= offered_erl < math.inf or n_channels < 0:
        message = (
            f"offered_erl = {offered_erl}, n_channels = {n_channels}: must be 0 or more, finite"
        )
        raise ValueError(message)
    blocking = 1.0
    for n in range(1, n_channels + 1):
        blocking = offered_erl * blocking / (n + offered_erl * blocking)
    return blocking


def erlang_b_of_each(
    offered_erl: NDArray[np.float64], n_channels: NDArray[np.integer]
) -> NDArray[np.float64]:
    """
    Return the blocking of Poisson traffic on each of many pools of channels, Erlang's first formula.

    Parameters
    ----------
    offered_erl : (pool,) ndarray of float64
        Offered traffic, 0 or more. [erl]
    n_channels : (pool,) ndarray of int
        Channels, 0 or more.

    Returns
    -------
    (pool,) ndarray of float64
        Probability that all channels are busy. [1]

    References
    ----------
    Erlang (1917), as `erlang_b`.
    """
    blocking = np.ones(len(offered_erl))
    for n in range(1, int(np.max(n_channels, initial=0)) + 1):
        more = offered_erl * blocking
        blocking = np.where(n <= n_channels, more / (n + more), blocking)
    return blocking


_NEGLIGIBLE = -40.0
"""Logarithm of the weight of a state, relative to the likeliest, below which further ones are left out."""


@dataclass(frozen=True)
class ErlangA:
    """A desk in equilibrium: Poisson calls, exponential service, exponential patience, first come first served."""

    p_wait: float  # probability that a call finds every operator at work [1]
    p_abandon: float  # probability that a caller gives up [1]
    # mean wait of all calls, those that are given up or need not wait included [s]
    mean_wait_s: float
    occupancy: float  # share of their time in which operators are at work [1]
    service_s: float  # and patience_s: means of service and patience [s]
    patience_s: float
    n_servers: int  # operators
    # (call,) probability that a call finds every operator at work and so many calls waiting, 0 and more [1]
    p_ahead: NDArray[np.float64]

    def p_wait_over(self, wait_s: float) -> float:
        """
        Return the probability that a call, given up or not, waits longer than a time.

        Parameters
        ----------
        wait_s : float
            Time, 0 or more. [s]

        Returns
        -------
        float
            Probability. [1]

        References
        ----------
        With k calls ahead, k + 1 must leave, by service or by giving up, at rates n / h + i / r, i = k .. 0. The
        exponential of minus their time over r is a product of beta variables, and itself beta with parameters n r / h
        and k + 1; the caller's own patience lasts longer with probability exp(-t / r).
        """
        from scipy.special import betainc

        stays = np.exp(-wait_s / self.patience_s)
        a = self.n_servers * self.patience_s / self.service_s
        still_there = betainc(a, np.arange(1.0, len(self.p_ahead) + 1.0), stays)
        return float(stays * (self.p_ahead * still_there).sum())


def erlang_a(calls_per_s: float, service_s: float, patience_s: float, n_servers: int) -> ErlangA:
    """
    Return the equilibrium of a desk whose callers give up.

    Parameters
    ----------
    calls_per_s : float
        Rate of calls, more than 0. [1/s]
    service_s : float
        Mean of the exponential service time, more than 0. [s]
    patience_s : float
        Mean of the exponential patience, more than 0. [s]
    n_servers : int
        Operators, 1 or more.

    Returns
    -------
    ErlangA
        Desk.

    Raises
    ------
    ValueError
        If a parameter is not allowed.

    References
    ----------
    Birth and death with rates l and min(k, n) / h + max(k - n, 0) / r; mean wait E[queue] / l by Little's law, share
    given up E[queue] / (l r).
    """
    if not (calls_per_s > 0.0 and service_s > 0.0 and patience_s > 0.0 and n_servers >= 1):
        message = (
            f"calls_per_s = {calls_per_s}, service_s = {service_s}, patience_s = {patience_s}, "
            f"n_servers = {n_servers}: must be more than 0, and 1 or more"
        )
        raise ValueError(message)
    offered_erl = calls_per_s * service_s
    # Logarithms: with many operators and few calls the weights leave the range of numbers.
    idle = _log_weights(np.arange(n_servers, 0.0, -1.0) / offered_erl)
    queued = _log_weights_of_queue(calls_per_s, n_servers / service_s, 1.0 / patience_s)
    most = max(idle.max(), queued.max())
    # Both have the state in which all work and nobody waits.
    total = np.exp(idle[1:] - most).sum() + np.exp(queued - most).sum()
    p_ahead = np.exp(queued - most) / total
    queue = float((np.arange(len(queued)) * p_ahead).sum())
    p_abandon = queue / (calls_per_s * patience_s)
    return ErlangA(
        p_wait=float(p_ahead.sum()),
        p_abandon=p_abandon,
        mean_wait_s=queue / calls_per_s,
        occupancy=offered_erl * (1.0 - p_abandon) / n_servers,
        service_s=service_s,
        patience_s=patience_s,
        n_servers=n_servers,
        p_ahead=p_ahead,
    )


def _log_weights(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithms of the weights of states, the first 1, each the one before it times a ratio."""
    return np.concatenate([[0.0], np.cumsum(np.log(ratios))])


def _log_weights_of_queue(
    calls_per_s: float, served_per_s: float, given_up_per_s: float
) -> NDArray[np.float64]:
    """Return the logarithms of the weights of 0, 1, 2 .. calls in the queue, as far as they count."""
    # Weights rise up to the queue at which as many leave as come, and fall ever faster beyond.
    balance = max(0.0, calls_per_s - served_per_s) / given_up_per_s
    n = 16
    while True:
        ratios = calls_per_s / (served_per_s + np.arange(1.0, n) * given_up_per_s)
        weights = _log_weights(ratios)
        if n > balance and weights[-1] < weights.max() + _NEGLIGIBLE:
            return weights
        n *= 2


def kaufman_roberts(
    n_units: int, offered_erl: Sequence[float], units_per_call: Sequence[int]
) -> NDArray[np.float64]:
    """
    Return how many units of one link are busy, when services of different size share it.

    References
    ----------
    Kaufman (1981), Roberts (1981): j q(j) = sum_k a_k b_k q(j - b_k).
    """
    weight = np.zeros(n_units + 1)
    weight[0] = 1.0
    for busy in range(1, n_units + 1):
        for offered, units in zip(offered_erl, units_per_call, strict=True):
            if units <= busy:
                weight[busy] += offered * units * weight[busy - units] / busy
        if weight[busy] > 1e200:  # keep large links inside the range of a float
            weight *= 1e-200
    return np.asarray(weight / weight.sum())


def service_blocking(
    n_units: int, offered_erl: Sequence[float], units_per_call: Sequence[int]
) -> NDArray[np.float64]:
    """
    Return the blocking of each service that shares one link.

    References
    ----------
    Kaufman (1981): B_k = sum_{i < b_k} q(C - i).
    """
    share = kaufman_roberts(n_units, offered_erl, units_per_call)
    blocking = [share[max(0, n_units + 1 - units) :].sum() for units in units_per_call]
    return np.array(blocking)


ROUNDING_UNITS = 1e-9
"""Share of a unit by which a load may miss a whole number of units and still count as it: rounding of floats."""


def check_traffic(offered_erl: Sequence[float], others: Sequence[float]) -> None:
    """Refuse traffic, or what goes with it, that is negative or not finite."""
    numbers = np.array([*offered_erl, *others], dtype=np.float64)
    if not bool((np.isfinite(numbers) & (numbers >= 0.0)).all()):
        message = f"offered_erl = {offered_erl}, others = {others}: must be 0 or more, finite"
        raise ValueError(message)


def load_units(
    max_load: float, loads: NDArray[np.float64], unit_load: float
) -> tuple[int, NDArray[np.int64]]:
    """
    Return loads in whole basic units.

    Room is rounded down and calls are rounded up, so that blocking is rather too large. It is exact where the unit
    divides the loads.

    References
    ----------
    Glabowski et al. (2005).
    """
    if not 0.0 <= max_load <= 1.0 or not 0.0 < unit_load < math.inf:
        message = f"max_load = {max_load}, unit_load = {unit_load}: must be in [0, 1], more than 0"
        raise ValueError(message)
    if not bool((np.isfinite(loads) & (loads >= 0.0)).all()):
        message = f"loads = {loads}: must be 0 or more, finite"
        raise ValueError(message)
    units = np.ceil(np.asarray(loads) / unit_load - ROUNDING_UNITS).astype(np.int64)
    return int(max_load / unit_load + ROUNDING_UNITS), units


def soft_blocking(
    max_load: float,
    loads: Sequence[float],
    offered_erl: Sequence[float],
    other_cell_ratio: float,
    unit_load: float,
) -> NDArray[np.float64]:
    """
    Return the blocking of each service where other cells add a fixed ratio of the own load.

    Parameters
    ----------
    max_load : float
        Load that a cell bears: 1 - 10^(-rise / 10) with its greatest noise rise in dB. [1]
    loads : sequence of float
        Load of a call of each service. [1]
    offered_erl : sequence of float
        Offered traffic of each service. [erl]
    other_cell_ratio : float
        Load from other cells over the own. [1]
    unit_load : float
        Load that counts as one server. [1]

    Returns
    -------
    (service,) ndarray
        Blocking. [1]

    Raises
    ------
    ValueError
        If a load or a traffic is negative or infinite.

    References
    ----------
    Glabowski et al. (2005); Kaufman (1981). Every call takes (1 + f) times its load.
    """
    check_traffic(offered_erl, (other_cell_ratio,))
    taken = (1.0 + other_cell_ratio) * np.array(loads)
    n_units, units = load_units(max_load, taken, unit_load)
    return service_blocking(n_units, offered_erl, units.tolist())
