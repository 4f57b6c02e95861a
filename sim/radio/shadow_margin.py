"""
Probabilities of coverage under log-normal shadowing: of a place, of a cell's area, and of any of several sites.

References
----------
W. C. Jakes, Microwave Mobile Communications, Wiley (1974), section 2.5.3: share of a cell's area.
"""

import math

import numpy as np
from numpy.typing import NDArray

_N_NODES = 32


def coverage_probability(
    median_dbm: NDArray[np.float64], least_dbm: float, sigma_db: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """
    Return the probability that a shadowed power suffices.

    Parameters
    ----------
    median_dbm : ndarray of float64
        Median power; minus infinity where there is none. [dBm]
    least_dbm : float
        Least power that suffices. [dBm]
    sigma_db : ndarray of float64 or float
        Standard deviation of shadowing, more than 0. [dB]

    Returns
    -------
    ndarray of float64
        Phi((median - least) / sigma). [1]
    """
    from scipy.special import ndtr

    return np.asarray(ndtr((median_dbm - least_dbm) / sigma_db), np.float64)


def any_site_probability(
    median_dbm: NDArray[np.float64],
    least_dbm: float,
    sigma_db: NDArray[np.float64] | float,
    site_correlation: float,
) -> NDArray[np.float64]:
    """
    Return the probability that at least one site suffices, where sites correlate alike.

    Given the part that all sites share they are independent; that part is integrated out by Gauss-Hermite quadrature.

    Parameters
    ----------
    median_dbm : (site, ...) ndarray of float64
        Median power of the best sector of each site; minus infinity where there is none. [dBm]
    least_dbm : float
        Least power that suffices. [dBm]
    sigma_db : ndarray of float64 or float
        Standard deviation of shadowing at each place, more than 0. [dB]
    site_correlation : float
        Correlation between two sites, 0 to less than 1. [1]

    Returns
    -------
    (...) ndarray of float64
        Probability. [1]
    """
    from scipy.special import ndtr

    nodes, weights = np.polynomial.hermite_e.hermegauss(_N_NODES)
    margin = (median_dbm - least_dbm) / sigma_db
    common, own = math.sqrt(site_correlation), math.sqrt(1.0 - site_correlation)
    none = np.zeros(margin.shape[1:])
    for node, weight in zip(nodes, weights / math.sqrt(2.0 * math.pi), strict=True):
        none += weight * np.prod(ndtr(-(margin + common * node) / own), axis=0)
    return 1.0 - none


def fade_margin_db(edge_probability: float, sigma_db: float) -> float:
    """
    Return the margin that gives a probability of coverage at one place.

    Parameters
    ----------
    edge_probability : float
        Probability, more than 0 and less than 1. [1]
    sigma_db : float
        Standard deviation of shadowing. [dB]

    Returns
    -------
    float
        Margin of the median over the least power. [dB]
    """
    from scipy.special import ndtri

    return sigma_db * float(ndtri(edge_probability))


def area_probability(edge_margin_db: float, exponent: float, sigma_db: float) -> float:
    """
    Return the covered share of a round cell from the margin at its edge.

    Parameters
    ----------
    edge_margin_db : float
        Margin of the median over the least power at the edge. [dB]
    exponent : float
        Path-loss exponent n, loss rising by 10 n dB a decade; more than 0. [1]
    sigma_db : float
        Standard deviation of shadowing, more than 0. [dB]

    Returns
    -------
    float
        (1 - erf a + exp((1 - 2ab) / b^2) (1 - erf((1 - ab) / b))) / 2, a = -margin / (sigma sqrt 2),
        b = 10 n log10(e) / (sigma sqrt 2). [1]

    References
    ----------
    Jakes (1974), section 2.5.3.
    """
    from scipy.special import erfcx

    a = -edge_margin_db / (sigma_db * math.sqrt(2.0))
    b = 10.0 * exponent * math.log10(math.e) / (sigma_db * math.sqrt(2.0))
    # exp((1 - 2ab) / b^2) erfc((1 - ab) / b) without overflow: erfcx(x) = exp(x^2) erfc(x), and x^2 differs by a^2.
    inner = math.exp(-a * a) * float(erfcx(1.0 / b - a))
    return 0.5 * (math.erfc(a) + inner)
