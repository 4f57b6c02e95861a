"""How long conversations last: laws of the holding time, drawn by inversion."""

import math
from typing import NamedTuple

from sim.compilation.kernels import compiled
from sim.scenario.traffic_section import Holding
from sim.streams import exponential_quantile, normal_quantile

FIXED, EXPONENTIAL, LOGNORMAL, TRUNCATED_LOG_LOGISTIC = range(4)


class HoldingLaw(NamedTuple):
    """A law of the holding time with its parameters, for compiled code."""

    law: int  # FIXED, EXPONENTIAL, LOGNORMAL or TRUNCATED_LOG_LOGISTIC
    # and b, c: fixed: length [s]. Exponential: mean [s]. Lognormal: mean and standard deviation of the logarithm of the
    # seconds. Truncated log-logistic: median before truncation [s], shape, probability of the part kept.
    a: float
    b: float
    c: float


def holding_law(holding: Holding) -> HoldingLaw:
    """
    Return the law of a scenario's section `holding`.

    Parameters
    ----------
    holding : Holding
        Section of the scenario.

    Returns
    -------
    HoldingLaw
        Law with its parameters.

    Notes
    -----
    A lognormal law of mean m and coefficient of variation v has sigma**2 = ln(1 + v**2) and
    mu = ln(m) - sigma**2 / 2.
    """
    if holding.law == "fixed":
        return HoldingLaw(FIXED, holding.mean_s, 0.0, 0.0)
    if holding.law == "exponential":
        return HoldingLaw(EXPONENTIAL, holding.mean_s, 0.0, 0.0)
    if holding.law == "lognormal":
        variance = math.log1p(holding.cv**2)
        return HoldingLaw(
            LOGNORMAL, math.log(holding.mean_s) - variance / 2.0, math.sqrt(variance), 0.0
        )
    p_kept = 1.0 / (1.0 + math.pow(holding.max_s / holding.median_s, -holding.shape))
    return HoldingLaw(TRUNCATED_LOG_LOGISTIC, holding.median_s, holding.shape, p_kept)


@compiled(inline=True)
def holding_time_s(law: HoldingLaw, p: float) -> float:
    """
    Return the quantile of a holding time.

    Parameters
    ----------
    law : HoldingLaw
        Law with its parameters.
    p : float
        Probability, more than 0 and less than 1.

    Returns
    -------
    float
        Holding time, 0 or more. [s]

    References
    ----------
    P. O. S. Vaz de Melo et al., "Surprising patterns for the call duration distribution of mobile phone users",
    ECML PKDD (2010): the truncated log-logistic law.
    """
    if law.law == FIXED:
        return law.a
    if law.law == EXPONENTIAL:
        return law.a * exponential_quantile(p)
    if law.law == LOGNORMAL:
        return math.exp(law.a + law.b * normal_quantile(p))
    kept = p * law.c
    return law.a * math.pow(kept / (1.0 - kept), 1.0 / law.b)


def mean_holding_s(holding: Holding) -> float:
    """
    Return the mean of a holding time, truncation included.

    Parameters
    ----------
    holding : Holding
        Section of the scenario.

    Returns
    -------
    float
        Mean. [s]

    Notes
    -----
    The mean of the truncated log-logistic law is the integral of its quantile function over the probability,
    taken numerically.
    """
    if holding.law != "truncated_log_logistic":
        return holding.mean_s
    from scipy.integrate import quad

    law = holding_law(holding)
    mean_s, _ = quad(lambda p: holding_time_s(law, p), 0.0, 1.0, limit=400, epsrel=1e-10)
    return float(mean_s)
