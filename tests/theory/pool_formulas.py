"""
Closed formulas that the simulator is held to: pools of channels, operators with a queue, callers who come back.

References
----------
T. Engset, Die Wahrscheinlichkeitsrechnung zur Bestimmung der Waehleranzahl in automatischen Fernsprechaemtern,
Elektrotechnische Zeitschrift 39 (1918).
V. B. Iversen, Teletraffic Engineering Handbook, ITU-D SG 2/16 (2010), chapters 4, 5, 9 and 10.
W. Whitt, Asymptotic formulas for Markov processes with applications to simulation, Oper. Res. 40 (1992) 279-291.
G. I. Falin and J. G. C. Templeton, Retrial Queues, Chapman & Hall (1997), chapter 1.
F. P. Kelly, Blocking probabilities in large circuit-switched networks, Adv. Appl. Prob. 18 (1986) 473-505.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.stats.theory import erlang_b


def offered_for_blocking(blocking: float, n_channels: int) -> float:
    """Return the Poisson traffic that a pool of channels blocks with a given probability."""
    if not 0.0 < blocking < 1.0 or n_channels < 1:
        message = (
            f"blocking = {blocking}, n_channels = {n_channels}: must be in (0, 1) and 1 or more"
        )
        raise ValueError(message)
    low_erl, high_erl = 0.0, n_channels / (1.0 - blocking)  # carried <= n_channels bounds offered
    while True:
        middle_erl = 0.5 * (low_erl + high_erl)
        if not low_erl < middle_erl < high_erl:
            return middle_erl
        if erlang_b(middle_erl, n_channels) < blocking:
            low_erl = middle_erl
        else:
            high_erl = middle_erl


def extended_erlang_b(
    first_offered_erl: float, n_channels: int, retry_share: float
) -> tuple[float, float]:
    """
    Return blocking when a share of blocked calls is tried again at once, and again.

    References
    ----------
    A = A0 + r A B(N, A); the difference A (1 - r B) - A0 rises with A, so the solution is unique.
    """
    _check(first_offered_erl, n_channels)
    if not 0.0 <= retry_share < 1.0:
        message = f"retry_share = {retry_share}: must be 0 or more and less than 1"
        raise ValueError(message)
    low_erl, high_erl = first_offered_erl, first_offered_erl / (1.0 - retry_share)
    while True:
        total_erl = 0.5 * (low_erl + high_erl)
        blocking = erlang_b(total_erl, n_channels)
        if not low_erl < total_erl < high_erl:
            return blocking, total_erl
        if total_erl * (1.0 - retry_share * blocking) < first_offered_erl:
            low_erl = total_erl
        else:
            high_erl = total_erl


def engset_time_congestion(n_sources: int, n_channels: int, offered_per_idle_erl: float) -> float:
    """
    Return the share of time in which all channels are busy, offered by few sources.

    References
    ----------
    Engset (1918); recursion E_n = a (S - n + 1) E_{n-1} / (n + a (S - n + 1) E_{n-1}).
    """
    _check(offered_per_idle_erl, n_channels)
    if n_sources < n_channels:
        return 0.0
    congestion = 1.0
    for n in range(1, n_channels + 1):
        push = offered_per_idle_erl * (n_sources - n + 1) * congestion
        congestion = push / (n + push)
    return congestion


def engset_call_congestion(n_sources: int, n_channels: int, offered_per_idle_erl: float) -> float:
    """
    Return the share of calls of few sources that are blocked: the time congestion that one source fewer makes.

    References
    ----------
    Arrival theorem; Iversen (2010), section 5.5.
    """
    return engset_time_congestion(n_sources - 1, n_channels, offered_per_idle_erl)


def engset_carried_erl(n_sources: int, n_channels: int, offered_per_idle_erl: float) -> float:
    """
    Return the traffic of few sources that a pool of channels carries.

    References
    ----------
    Balance of starts and ends: Y = a (S - Y) (1 - B), with the call congestion B.
    """
    passed = 1.0 - engset_call_congestion(n_sources, n_channels, offered_per_idle_erl)
    push = offered_per_idle_erl * passed
    return n_sources * push / (1.0 + push)


def all_busy_variance(offered_erl: float, n_channels: int) -> float:
    """
    Return the variance of the measured time congestion of Erlang's system, per mean holding time.

    Over T mean holding times the measured share of time with all channels busy has about the variance of this over
    T, for exponential holding times.

    References
    ----------
    Whitt (1992), birth-death processes: sigma^2 = 2 sum_j (sum_{i<=j} (f_i - f) pi_i)^2 / (lambda_j pi_j). Here f_i is
    1 in state N only, and the sum of pi_i up to j is pi_j / B_j, with Erlang's B of j channels.
    """
    _check(offered_erl, n_channels)
    up_to = [1.0]  # sum of pi_i, i <= j, over pi_j
    for n in range(1, n_channels + 1):
        up_to.append(1.0 + up_to[-1] * n / offered_erl)
    blocking = 1.0 / up_to[n_channels]
    p_state, total = blocking, 0.0
    for n in range(n_channels - 1, -1, -1):
        p_state *= (n + 1) / offered_erl
        total += p_state * up_to[n] * up_to[n]
    return 2.0 * blocking * blocking * total / offered_erl


def erlang_c(offered_erl: float, n_servers: int) -> float:
    """
    Return the probability that a patient call must wait, Erlang's second formula.

    References
    ----------
    C = N B / (N - A (1 - B)), with Erlang's B.
    """
    if not offered_erl < n_servers:
        message = f"offered_erl = {offered_erl}: must be less than n_servers = {n_servers}"
        raise ValueError(message)
    blocking = erlang_b(offered_erl, n_servers)
    return n_servers * blocking / (n_servers - offered_erl * (1.0 - blocking))


def mean_wait_s(offered_erl: float, n_servers: int, service_s: float) -> float:
    """
    Return the mean wait of patient calls, those that need not wait included.

    References
    ----------
    M/M/N: C h / (N - A).
    """
    return erlang_c(offered_erl, n_servers) * service_s / (n_servers - offered_erl)


def p_wait_over(offered_erl: float, n_servers: int, service_s: float, wait_s: float) -> float:
    """
    Return the probability that a patient call waits longer than a given time, first come first served.

    References
    ----------
    M/M/N: C exp(-(N - A) t / h).
    """
    decay = math.exp(-(n_servers - offered_erl) * wait_s / service_s)
    return erlang_c(offered_erl, n_servers) * decay


def single_server_mean_wait_s(
    occupancy: float, service_s: float, squared_variation: float
) -> float:
    """
    Return the mean wait of Poisson calls at one server with any service time.

    References
    ----------
    Pollaczek-Khinchine: rho h (1 + c^2) / (2 (1 - rho)).
    """
    if not 0.0 <= occupancy < 1.0:
        message = f"occupancy = {occupancy}: must be 0 or more and less than 1"
        raise ValueError(message)
    return occupancy * service_s * (1.0 + squared_variation) / (2.0 * (1.0 - occupancy))


def retrial_orbit_mean(offered_erl: float, retrials_per_service: float) -> float:
    """
    Return the mean number of callers who are about to try one server again.

    References
    ----------
    M/M/1 retrial queue, Falin and Templeton (1997): rho (lambda + rho gamma) / ((1 - rho) gamma), time in services.
    """
    if not 0.0 <= offered_erl < 1.0 or not retrials_per_service > 0.0:
        message = (
            f"offered_erl = {offered_erl}, retrials_per_service = {retrials_per_service}: "
            "must be 0 or more and less than 1, and more than 0"
        )
        raise ValueError(message)
    pressure = offered_erl + offered_erl * retrials_per_service
    return offered_erl * pressure / ((1.0 - offered_erl) * retrials_per_service)


def loss_network_blocking(
    n_circuits: Sequence[int], circuits_per_call: NDArray[np.int64], offered_erl: Sequence[float]
) -> NDArray[np.float64]:
    """
    Return the exact blocking of each route of a network with fixed routes.

    The weights of all states are summed by the circuits they hold, which takes memory of the product of all
    `n_circuits` + 1.

    References
    ----------
    Kelly (1986): pi(n) ~ prod_r a_r^n_r / n_r! on A n <= C, and B_r = 1 - G(C - A_r) / G(C).
    """
    weight = np.zeros([n + 1 for n in n_circuits])
    weight[(0,) * len(n_circuits)] = 1.0
    for held, offered in zip(circuits_per_call, offered_erl, strict=True):
        weight = _with_route(weight, held, offered)
    total = weight.sum()
    blocking = []
    for held in circuits_per_call:
        room = [n + 1 - int(h) for n, h in zip(n_circuits, held, strict=True)]
        admitted = weight[tuple(slice(0, max(0, r)) for r in room)].sum()
        blocking.append(1.0 - admitted / total)
    return np.array(blocking)


def _with_route(
    weight: NDArray[np.float64], held: NDArray[np.int64], offered_erl: float
) -> NDArray[np.float64]:
    """Return the weights by circuits held, with the calls of one more route."""
    most = min(
        (n - 1) // int(h) for n, h in zip(weight.shape, held, strict=True) if h > 0
    )  # calls that fit on the route alone
    summed = np.zeros_like(weight)
    factor = 1.0
    for n_calls in range(most + 1):
        if n_calls > 0:
            factor *= offered_erl / n_calls
        shift = [n_calls * int(h) for h in held]
        into = tuple(slice(s, None) for s in shift)
        out_of = tuple(slice(0, n - s) for n, s in zip(weight.shape, shift, strict=True))
        summed[into] += factor * weight[out_of]
    return summed


def _check(offered_erl: float, n_channels: int) -> None:
    if not 0.0 <= offered_erl < math.inf or n_channels < 0:
        message = (
            f"offered_erl = {offered_erl}, n_channels = {n_channels}: must be 0 or more, finite"
        )
        raise ValueError(message)
