"""
Probabilities of coverage under log-normal shadowing, by formula: of a place, of any of several sites, of a cell's area.

References
----------
W. C. Jakes, Microwave Mobile Communications, Wiley (1974), section 2.5.3: share of a cell's area.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, ndtr, ndtri

from sim.radio.shadowing import joint_probabilities


def coverage_probability(
    median_dbm: NDArray[np.float64], least_dbm: float, sigma_db: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """Return the probability that a shadowed power suffices."""
    return np.asarray(ndtr((median_dbm - least_dbm) / sigma_db), np.float64)


def any_site_probability(
    median_dbm: NDArray[np.float64],
    least_dbm: float,
    sigma_db: NDArray[np.float64] | float,
    site_correlation: float,
) -> NDArray[np.float64]:
    """
    Return the probability that at least one site suffices, where sites correlate alike.

    Given the part that all sites share they are independent; that part is integrated out. Sites that correlate fully
    share all of it, so that the strongest one decides.
    """
    margin = np.asarray((median_dbm - least_dbm) / sigma_db, np.float64)
    places = margin.reshape(1, len(margin), -1).swapaxes(1, 2)
    covered, _, _ = joint_probabilities(places, site_correlation)
    return covered.reshape(margin.shape[1:])


def fade_margin_db(edge_probability: float, sigma_db: float) -> float:
    """Return the margin that gives a probability of coverage at one place."""
    return sigma_db * float(ndtri(edge_probability))


def area_probability(edge_margin_db: float, exponent: float, sigma_db: float) -> float:
    """
    Return the covered share of a round cell from the margin at its edge.

    References
    ----------
    Jakes (1974), section 2.5.3.
    """
    a = -edge_margin_db / (sigma_db * math.sqrt(2.0))
    b = 10.0 * exponent * math.log10(math.e) / (sigma_db * math.sqrt(2.0))
    # exp((1 - 2ab) / b^2) erfc((1 - ab) / b) without overflow: erfcx(x) = exp(x^2) erfc(x), and x^2 differs by a^2.
    inner = math.exp(-a * a) * float(erfcx(1.0 / b - a))
    return 0.5 * (math.erfc(a) + inner)
