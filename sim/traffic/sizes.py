"""How large data flows are: laws of the size, drawn by inversion; the mean is always the one after truncation."""

import math
from typing import NamedTuple

from sim.compilation.kernels import compiled, kernel
from sim.errors import Problem, ScenarioError
from sim.scenario.check_traffic import size_problems
from sim.scenario.traffic_section import Size
from sim.streams import exponential_quantile, normal_quantile

FIXED, EXPONENTIAL, HYPEREXPONENTIAL, LOGNORMAL, TRUNCATED_PARETO = range(5)

_MAX_STEPS = 100  # of Newton; some ten are usual
_LEAST_CUT = -30.0  # standard deviations above the median at which a lognormal may be cut, at least
_UNCUT = 10.0  # and beyond which the cut takes nothing that a float can hold
# Logarithm of greatest over smallest size; 80 is enough for every mean of 1 bit or more.
_MAX_PARETO_SPAN = 200.0


class SizeLaw(NamedTuple):
    """A law of the size with its parameters, for compiled code."""

    law: int  # FIXED, EXPONENTIAL, HYPEREXPONENTIAL, LOGNORMAL or TRUNCATED_PARETO
    # and b, c, d: fixed: size [bit]. Exponential: mean [bit]. Hyperexponential: probability of the first law, means of
    # both [bit]. Lognormal: mean and standard deviation of the logarithm of the bits before truncation, probability of
    # the part kept, greatest size [bit]. Truncated Pareto: shape, smallest and greatest size [bit], probability of the
    # part kept. Parameters that a law does not have are 0.
    a: float
    b: float
    c: float
    d: float


def size_law(size: Size) -> SizeLaw:
    """
    Return the law of a scenario's section `size`.

    Parameters
    ----------
    size : Size
        Section of the scenario.

    Returns
    -------
    SizeLaw
        Law with its parameters.

    Raises
    ------
    ScenarioError
        If no law has the mean and the variation asked for.

    Notes
    -----
    A hyperexponential law of mean m and coefficient of variation v with balanced means has the probability
    p = (1 + sqrt((v² - 1) / (v² + 1))) / 2 of the mean m / 2p, else m / 2(1 - p).
    """
    problems = [Problem(key, message.strip(" :")) for key, message in size_problems(size)]
    if problems:
        raise ScenarioError(*problems)
    if size.law == "fixed":
        return SizeLaw(FIXED, size.mean_bit, 0.0, 0.0, 0.0)
    if size.law == "exponential":
        return SizeLaw(EXPONENTIAL, size.mean_bit, 0.0, 0.0, 0.0)
    if size.law == "hyperexponential":
        square = size.cv * size.cv
        p = 0.5 * (1.0 + math.sqrt((square - 1.0) / (square + 1.0)))
        means_bit = size.mean_bit / (2.0 * p), size.mean_bit / (2.0 * (1.0 - p))
        return SizeLaw(HYPEREXPONENTIAL, p, *means_bit, 0.0)
    return _lognormal(size) if size.law == "lognormal" else _truncated_pareto(size)


def _lognormal(size: Size) -> SizeLaw:
    """
    Return the lognormal law cut at its greatest size M.

    Cut z standard deviations s above the median, M times exp(s²/2 - z s) Φ(z - s) / Φ(z) is its mean.
    """
    from scipy.optimize import brentq
    from scipy.special import log_ndtr, ndtr

    variance = math.log1p(size.cv * size.cv)
    deviation = math.sqrt(variance)
    log_share = math.log(size.mean_bit) - math.log(size.max_bit)
    # Truncation takes from the mean: the cut lies no higher than it would if the mean were that before truncation.
    highest = (0.5 * variance - log_share) / deviation if deviation > 0.0 else math.inf
    if highest - deviation > _UNCUT:
        mu = math.log(size.mean_bit) - 0.5 * variance
        return SizeLaw(LOGNORMAL, mu, deviation, 1.0, size.max_bit)

    def excess(z: float) -> float:
        cut = float(log_ndtr(z - deviation)) - float(log_ndtr(z))
        return 0.5 * variance - z * deviation + cut - log_share

    # A step beyond the bound, where rounding cannot reach.
    z = float(brentq(excess, _LEAST_CUT, highest + 1.0, xtol=1e-14))
    mu = math.log(size.max_bit) - z * deviation
    return SizeLaw(LOGNORMAL, mu, deviation, float(ndtr(z)), size.max_bit)


def _truncated_pareto(size: Size) -> SizeLaw:
    """
    Return the Pareto law cut at its greatest size M.

    With u = ln(M / k) its mean is M exp(-u) a u f(u (a - 1)) / (1 - exp(-a u)), f(y) = (1 - exp(-y)) / y.
    """
    from scipy.optimize import brentq

    a = size.shape
    log_share = math.log(size.mean_bit) - math.log(size.max_bit)

    def excess(u: float) -> float:
        y = u * (a - 1.0)
        mean_of_power = -math.expm1(-y) / y if y != 0.0 else 1.0
        return -u + math.log(a * u * mean_of_power / -math.expm1(-a * u)) - log_share

    u = float(brentq(excess, 1e-9, _MAX_PARETO_SPAN, xtol=1e-14))
    smallest_bit = size.max_bit * math.exp(-u)
    return SizeLaw(TRUNCATED_PARETO, a, smallest_bit, size.max_bit, -math.expm1(-a * u))


@compiled
def size_bit(law: SizeLaw, p: float) -> float:
    """
    Return the quantile of a size.

    Parameters
    ----------
    law : SizeLaw
        Law with its parameters.
    p : float
        Probability, more than 0 and less than 1.

    Returns
    -------
    float
        Size, more than 0 and at most the greatest one. [bit]

    References
    ----------
    M. E. Crovella, A. Bestavros, "Self-similarity in World Wide Web traffic: evidence and possible causes", IEEE/ACM
    Trans. Networking 5 (1997) 835-846: Pareto sizes.
    """
    if law.law == FIXED:
        return law.a
    if law.law == EXPONENTIAL:
        return law.a * exponential_quantile(p)
    if law.law == HYPEREXPONENTIAL:
        return _hyperexponential_quantile(law.a, 1.0 / law.b, 1.0 / law.c, p)
    if law.law == LOGNORMAL:
        return min(math.exp(law.a + law.b * normal_quantile(p * law.c)), law.d)
    return min(law.b * math.pow(1.0 - p * law.d, -1.0 / law.a), law.c)


@kernel
def _hyperexponential_quantile(p_first: float, first: float, second: float, p: float) -> float:
    """
    Return the quantile of a mixture of two exponentials with these rates.

    The logarithm of the probability to exceed x falls ever less steeply: Newton's steps from a point below the
    quantile never pass it.
    """
    log_exceeded = math.log1p(-p)
    p_second = 1.0 - p_first
    x = -log_exceeded / (p_first * first + p_second * second)
    x = max(x, (math.log(p_second) - log_exceeded) / second)
    for _ in range(_MAX_STEPS):
        of_first = p_first * math.exp(-first * x)
        of_second = p_second * math.exp(-second * x)
        exceeded = of_first + of_second
        slope = (first * of_first + second * of_second) / exceeded
        above = x + (math.log(exceeded) - log_exceeded) / slope
        if not above > x:
            break
        x = above
    return x
