"""
Closed formulas of teletraffic theory for one pool of channels without waiting.

References
----------
A. K. Erlang, Solution of some problems in the theory of probabilities of significance in automatic telephone
exchanges, Elektroteknikeren 13 (1917).
T. Engset, Die Wahrscheinlichkeitsrechnung zur Bestimmung der Waehleranzahl in automatischen Fernsprechaemtern,
Elektrotechnische Zeitschrift 39 (1918).
V. B. Iversen, Teletraffic Engineering Handbook, ITU-D SG 2/16 (2010), chapters 4 and 5.
W. Whitt, Asymptotic formulas for Markov processes with applications to simulation, Oper. Res. 40 (1992) 279-291.
"""

import math


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
    _check(offered_erl, n_channels)
    blocking = 1.0
    for n in range(1, n_channels + 1):
        blocking = offered_erl * blocking / (n + offered_erl * blocking)
    return blocking


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


def _check(offered_erl: float, n_channels: int) -> None:
    if not 0.0 <= offered_erl < math.inf or n_channels < 0:
        message = (
            f"offered_erl = {offered_erl}, n_channels = {n_channels}: must be 0 or more, finite"
        )
        raise ValueError(message)
