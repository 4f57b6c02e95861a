"""
Erlang-A: operators, and callers who give up.

References
----------
C. Palm, "Research on telephone traffic carried by full availability groups", Tele 1 (1957), 107 pp.
O. Garnett, A. Mandelbaum and M. Reiman, "Designing a call center with impatient customers", Manufacturing and Service
Operations Management 4 (2002), pp. 208-227.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
