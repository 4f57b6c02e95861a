"""
What other cells add: the ratio f of their interference to that of the own cell, and the geometry of the downlink.

References
----------
A. J. Viterbi, A. M. Viterbi, E. Zehavi, "Other-cell interference in cellular power-controlled CDMA", IEEE Trans.
Commun. 42 (1994) 1501-1504.
"""

import math

import numpy as np
from numpy.typing import NDArray

_NEPERS_PER_DB = math.log(10.0) / 10.0


def hexagonal_sites(n_rings: int) -> NDArray[np.float64]:
    """
    Return the places of sites on a hexagonal lattice about the first one.

    References
    ----------
    Viterbi et al. (1994).
    """
    steps = range(-n_rings, n_rings + 1)
    axes = np.array([(a, b) for a in steps for b in steps if abs(a + b) <= n_rings])
    ring = np.abs(np.column_stack([axes, axes.sum(axis=1)])).max(axis=1)
    axes = axes[np.argsort(ring, kind="stable")]
    return np.asarray(axes @ np.array([[1.0, 0.0], [0.5, math.sqrt(0.75)]]))


def losses_over_distance(
    points: NDArray[np.float64], sites: NDArray[np.float64], exponent: float
) -> NDArray[np.float64]:
    """
    Return the losses of an exponent of distance, without shadowing.

    References
    ----------
    Viterbi et al. (1994).
    """
    apart = points[:, None, :] - sites[None, :, :]
    return np.asarray(np.hypot(apart[..., 0], apart[..., 1]) ** exponent)


def other_cell_ratios(
    losses: NDArray[np.float64], n_candidates: int = 1, power: int = 1
) -> NDArray[np.float64]:
    """
    Return what a phone adds to all cells but its own, over what it adds to its own, for each place.

    Its own cell is the one of the least loss among the candidates.

    References
    ----------
    Viterbi et al. (1994): f = E[sum over k of L_s / L_k].
    """
    return _without_serving(losses[:, :n_candidates], losses, power)


def shadowed_other_cell_ratios(
    losses: NDArray[np.float64],
    own_shadowing_db: NDArray[np.float64],
    deviation_db: float,
    site_correlation: float,
) -> NDArray[np.float64]:
    """
    Return the ratios of `other_cell_ratios` under log-normal shadowing, the far cells averaged in closed form.

    The shadowing of a cell is sqrt(rho) Y + sqrt(1 - rho) Z_k. The part Y that all cells share cancels out. The parts
    Z_k of cells that cannot serve are independent of which cell serves, so that their mean stands for them. What is
    left random are the candidates.

    References
    ----------
    Viterbi et al. (1994); E[10^(-Z / 10)] = exp(s^2 / 2) of a normal Z with s = deviation x ln 10 / 10.
    """
    n_candidates = own_shadowing_db.shape[1]
    candidates = losses[:, :n_candidates] * np.exp(_NEPERS_PER_DB * own_shadowing_db)
    near = _without_serving(candidates, candidates, 1)
    variance = (1.0 - site_correlation) * (_NEPERS_PER_DB * deviation_db) ** 2
    far = (candidates.min(axis=1)[:, None] / losses[:, n_candidates:]).sum(axis=1)
    return np.asarray(near + math.exp(0.5 * variance) * far)


def _without_serving(
    candidates: NDArray[np.float64], losses: NDArray[np.float64], power: int
) -> NDArray[np.float64]:
    """Return the sum of (L_s / L_k)^power over all cells but the candidate s of the least loss."""
    serving = candidates.argmin(axis=1)[:, None]
    ratios = (np.take_along_axis(candidates, serving, axis=1) / losses) ** power
    np.put_along_axis(ratios, serving, 0.0, axis=1)
    return np.asarray(ratios.sum(axis=1))


def downlink_geometry_db(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return the power received from the own cell over that from all others, when all send alike.

    References
    ----------
    Holma and Toskala (2000), section 8.2.2: 1 / G is the ratio i of a place.
    """
    return np.asarray(-10.0 * np.log10(other_cell_ratios(losses, losses.shape[1])))


def in_hexagon(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spread pairs of shares in [0, 1) evenly over the cell of a site at 0, in distances between sites."""
    third = np.floor(3.0 * shares[:, 0])
    first = 3.0 * shares[:, 0] - third
    angle = 2.0 * math.pi / 3.0 * third
    side = 1.0 / math.sqrt(3.0)  # the hexagon is three rhombs with a corner in the middle
    # A corner of the cell is north of its site.
    axis = np.stack([np.cos(angle + math.pi / 2.0), np.sin(angle + math.pi / 2.0)], axis=1)
    other = angle + math.pi / 2.0 + 2.0 * math.pi / 3.0
    across = np.stack([np.cos(other), np.sin(other)], axis=1)
    return np.asarray(side * (first[:, None] * axis + shares[:, 1:2] * across))


def even_points(n_side: int) -> NDArray[np.float64]:
    """Return the midpoints of a fine grid over the cell of the site at 0."""
    middles = (np.arange(n_side) + 0.5) / n_side
    thirds = (np.arange(3 * n_side) + 0.5) / (3 * n_side)
    first, second = np.meshgrid(thirds, middles, indexing="ij")
    return in_hexagon(np.column_stack([first.ravel(), second.ravel()]))
