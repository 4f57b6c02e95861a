"""
Closed formulas of teletraffic theory for calls that wait or come back.

References
----------
V. B. Iversen, Teletraffic Engineering Handbook, ITU-D SG 2/16 (2010), chapters 9 and 10.
G. I. Falin and J. G. C. Templeton, Retrial Queues, Chapman & Hall (1997), chapter 1.
"""

import math

from sim.stats.theory import erlang_b


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
