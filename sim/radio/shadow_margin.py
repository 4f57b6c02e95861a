"""
Probabilities of coverage under log-normal shadowing: of a place, of a cell's area, and of any of several sites.

References
----------
W. C. Jakes, Microwave Mobile Communications, Wiley (1974), section 2.5.3: share of a cell's area.
"""

import math

import numpy as np
from numpy.typing import NDArray

_SPAN = 8.0
_STEP = 0.5
_LEAST_OWN = 0.01


def coverage_probability(
    median_dbm: NDArray[np.float64], least_dbm: float, sigma_db: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """Return the probability that a shadowed power suffices."""
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

    Given the part that all sites share they are independent; that part is integrated out. Sites that correlate fully
    share all of it, so that the strongest one decides.
    """
    margin = np.asarray((median_dbm - least_dbm) / sigma_db, np.float64)
    places = margin.reshape(1, len(margin), -1).swapaxes(1, 2)
    covered, _, _ = joint_probabilities(places, site_correlation)
    return covered.reshape(margin.shape[1:])


def joint_probabilities(
    margin: NDArray[np.float64], site_correlation: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """
    Return the probabilities that a network covers a place, that none does, and that every one does.

    Given the part that all sites share they are independent; that part is integrated out. Sites that correlate fully
    share all of it, so that the strongest one decides.
    """
    from scipy.special import ndtr

    if site_correlation == 1.0:
        alone = np.asarray(ndtr(margin.max(axis=2)), np.float64)
        return alone, 1.0 - alone.max(axis=0), alone.min(axis=0)
    common, own = math.sqrt(site_correlation), math.sqrt(1.0 - site_correlation)
    covered, none = np.zeros(margin.shape[:2]), np.zeros(margin.shape[1])
    every = np.zeros(margin.shape[1])
    for node, weight in zip(*common_part(site_correlation), strict=True):
        missed = np.prod(ndtr(-(margin + common * node) / own), axis=2)
        covered += weight * (1.0 - missed)
        none += weight * np.prod(missed, axis=0)
        every += weight * np.prod(1.0 - missed, axis=0)
    return covered, none, every


def common_part(site_correlation: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return nodes and weights by which the part that all sites share is integrated out.

    Equal steps, a half of the narrower of both parts: on smooth functions that fall off like a normal density the
    error falls exponentially with the step (3e-9 for six sites). Gauss-Hermite nodes lie too far apart for sites that
    correlate strongly: 32 of them err by 1e-3 at 0.9 and by 0.1 at 1.

    References
    ----------
    L. N. Trefethen, J. A. C. Weideman, "The exponentially convergent trapezoidal rule", SIAM Review 56 (2014) 385-458.
    """
    own = max(math.sqrt(1.0 - site_correlation), _LEAST_OWN)
    step = _STEP * min(1.0, own / math.sqrt(site_correlation)) if site_correlation > 0.0 else _STEP
    n_aside = math.ceil(_SPAN / step)
    nodes = np.arange(-n_aside, n_aside + 1, dtype=np.float64) * step
    weights: NDArray[np.float64] = np.exp(-0.5 * nodes * nodes)
    return nodes, weights / float(weights.sum())


def fade_margin_db(edge_probability: float, sigma_db: float) -> float:
    """Return the margin that gives a probability of coverage at one place."""
    from scipy.special import ndtri

    return sigma_db * float(ndtri(edge_probability))


def area_probability(edge_margin_db: float, exponent: float, sigma_db: float) -> float:
    """
    Return the covered share of a round cell from the margin at its edge.

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
