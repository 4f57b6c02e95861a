"""Sizes of flows: the quantiles of their laws, solved anew at every draw."""

import math
from functools import cache
from statistics import NormalDist

import numpy as np
from scipy.optimize import brentq


def normal(z):
    """Probability of the standard normal law; erfc keeps its digits in the tail."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def size_bit(size, u):
    if size.law == "fixed":
        return size.mean_bit
    if size.law == "exponential":
        return -size.mean_bit * math.log1p(-u)
    if size.law == "hyperexponential":
        return hyperexponential_bit(size, u)
    if size.law == "lognormal":
        median_bit, sigma = lognormal_median_bit(size), lognormal_sigma(size)
        kept = normal(math.log(size.max_bit / median_bit) / sigma)
        return median_bit * math.exp(sigma * NormalDist().inv_cdf(u * kept))
    least_bit = least_pareto_bit(size)
    at_most = (least_bit / size.max_bit) ** size.shape
    return least_bit * ((1.0 - u) * (1.0 - at_most) + at_most) ** (-1.0 / size.shape)


def hyperexponential_bit(size, u):
    """Two exponentials of balanced means, p / lambda_1 = (1 - p) / lambda_2."""
    p = 0.5 * (1.0 + math.sqrt((size.cv**2 - 1.0) / (size.cv**2 + 1.0)))
    fast, slow = 2.0 * p / size.mean_bit, 2.0 * (1.0 - p) / size.mean_bit
    wanted = math.log1p(-u)

    def above(x):
        return math.log(p * math.exp(-fast * x) + (1.0 - p) * math.exp(-slow * x)) - wanted

    return root(above, 0.0, -wanted / slow)


def lognormal_sigma(size):
    return math.sqrt(math.log1p(size.cv**2))


@cache
def lognormal_median_bit(size):
    """The median before truncation for which the mean after it is that of the law."""
    sigma = lognormal_sigma(size)

    def mean_bit(log_median):
        z = (math.log(size.max_bit) - log_median) / sigma
        whole_bit = math.exp(log_median + sigma**2 / 2.0)
        return whole_bit * normal(z - sigma) / normal(z)

    log_mean = math.log(size.mean_bit)
    return math.exp(
        root(lambda y: mean_bit(y) / size.mean_bit - 1.0, log_mean - 40.0, log_mean + 20.0)
    )


@cache
def least_pareto_bit(size):
    """The least size for which the mean is that of the law."""
    a, most = size.shape, size.max_bit

    def mean_bit(least):
        # Over x from least to most, of x a least^a x^(-a-1) / (1 - (least/most)^a).
        kept = -math.expm1(a * math.log(least / most))
        if a == 1.0:
            return least * math.log(most / least) / kept
        return a * least / (a - 1.0) * -math.expm1((a - 1.0) * math.log(least / most)) / kept

    return math.exp(
        root(
            lambda y: mean_bit(math.exp(y)) / size.mean_bit - 1.0,
            math.log(most) - 80.0,
            math.log(size.mean_bit),
        )
    )


def root(f, low, high):
    return brentq(f, low, high, xtol=1e-15, rtol=4 * np.finfo(float).eps)
