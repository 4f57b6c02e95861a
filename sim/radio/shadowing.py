"""
Log-normal shadowing: a correlated field for each site, drawn by address.

White noise stands on a lattice over the whole plane, one addressed normal draw for each node. A field is a weighted
sum of the noise about each node. The weights are the inverse transform of the square root of the wanted spectrum, that
is of the covariance R(dx) = exp(-ln 2 dx / d_cor) sampled on the same lattice, cut off at five correlation distances
and scaled to a variance of 1. So the covariance between any two nodes is the wanted one, alike in all directions, to
0.01; a node's value is a pure function of seed, world replication, site and node, whichever other nodes are asked for.

A site's field has a part that all sites share and a part of its own, X_k = sqrt(rho) Y + sqrt(1 - rho) Z_k: sites
correlate by rho at the same place. The sectors of a site share its field. In dB it is multiplied by the standard
deviation of the surroundings.

References
----------
M. Gudmundson, "Correlation model for shadow fading in mobile radio systems", Electronics Letters 27 (1991) 2145-2146.
3GPP TR 25.942, Radio Frequency system scenarios: correlation of 0.5 between sites.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled
from sim.streams import STREAM_SHADOWING, normal_quantile, uniform

SITE_CORRELATION = 0.5
"""Correlation between two sites at one place (3GPP TR 25.942). [1]"""

REACH = 5.0
"""Where the weights are cut off, in correlation distances: the covariance is then right to 0.01. [1]"""

_COMMON = 0
_ORIGIN = 2**30
_TORUS = 1024


@dataclass(frozen=True)
class Lattice:
    """Nodes on which shadowing is drawn."""

    spacing_m: float  # distance between neighbours [m]
    # nodes along a side of a square of the grid: node 0 is the centre of square 0
    nodes_per_square: int
    # (node, node) weights of the noise about a node; their squares sum to 1
    weight: NDArray[np.float64]


def make_lattice(side_m: float, correlation_m: float) -> Lattice:
    """Return the lattice for a grid: whole parts of a square, no longer than half the correlation distance."""
    if not side_m / 20.0 <= correlation_m <= 20.0 * side_m:
        raise ValueError(
            f"a correlation distance of {correlation_m:g} m does not suit squares of {side_m:g} m"
        )
    n_parts = math.ceil(2.0 * side_m / correlation_m)
    spacing_m = side_m / n_parts
    return Lattice(spacing_m, n_parts, _weights(spacing_m / correlation_m))


def _weights(spacing: float) -> NDArray[np.float64]:
    """Return the weights for a spacing in correlation distances."""
    steps = np.minimum(np.arange(_TORUS), _TORUS - np.arange(_TORUS)) * spacing
    distance = np.sqrt(steps[:, np.newaxis] ** 2 + steps**2)
    spectrum = np.fft.fft2(correlation(distance, 1.0)).real
    everywhere = np.fft.ifft2(np.sqrt(spectrum)).real
    reach = math.ceil(REACH / spacing)
    about = np.arange(-reach, reach + 1)
    weight = everywhere[np.ix_(about, about)]
    return weight / math.sqrt(float((weight * weight).sum()))


def correlation(distance_m: NDArray[np.float64], correlation_m: float) -> NDArray[np.float64]:
    """
    Return the correlation of shadowing between two places, exp(-ln 2 dx / d_cor).

    References
    ----------
    Gudmundson (1991), with the decorrelation distance of UMTS 30.03.
    """
    return np.exp(-math.log(2.0) * distance_m / correlation_m)


def site_shadowing(
    lattice: Lattice,
    key: tuple[int, int],
    site: int,
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
    site_correlation: float = SITE_CORRELATION,
) -> NDArray[np.float64]:
    """Return the shadowing of a site at nodes."""
    common = math.sqrt(site_correlation) * shadow_field(lattice, key, _COMMON, rows, cols)
    own = shadow_field(lattice, key, site + 1, rows, cols)
    return common + math.sqrt(1.0 - site_correlation) * own


def shadow_field(
    lattice: Lattice,
    key: tuple[int, int],
    entity: int,
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return one field at nodes."""
    if len(rows) == 0:
        return np.empty(0)
    reach = len(lattice.weight) // 2
    first = int(rows.min()) - reach, int(cols.min()) - reach
    shape = int(rows.max()) + reach + 1 - first[0], int(cols.max()) + reach + 1 - first[1]
    noise = draw_noise(key, entity, first, shape)
    return _weighted_sums(lattice.weight, noise, rows - first[0] - reach, cols - first[1] - reach)


@compiled(tuple[int, int], int, tuple[int, int], tuple[int, int])
def draw_noise(
    key: tuple[int, int], entity: int, first: tuple[int, int], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the noise at a rectangle of nodes."""
    noise = np.empty(shape)
    for i in range(shape[0]):
        line = (first[0] + i + _ORIGIN) * 2**31 + first[1] + _ORIGIN
        for j in range(shape[1]):
            noise[i, j] = normal_quantile(
                uniform(key[0], key[1], STREAM_SHADOWING, entity, line + j)
            )
    return noise


@compiled("float64[:, ::1]", "float64[:, ::1]", "int64[::1]", "int64[::1]")
def _weighted_sums(
    weight: NDArray[np.float64],
    noise: NDArray[np.float64],
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the weighted sum of the noise from each place on, always in the same order."""
    side = len(weight)
    sums = np.empty(len(rows))
    for node in range(len(rows)):
        total = 0.0
        for i in range(side):
            for j in range(side):
                total += weight[i, j] * noise[rows[node] + i, cols[node] + j]
        sums[node] = total
    return sums
