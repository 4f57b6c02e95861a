"""
Log-normal shadowing: a correlated field for each site, drawn by address, and how surely squares are covered under it.

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
from sim.errors import Problem, ScenarioError
from sim.radio.points import Points, clutter_at
from sim.scenario.radio_section import Shadowing
from sim.scenario.region_section import CLUTTER_CLASSES
from sim.scenario.schema import Scenario
from sim.streams import STREAM_SHADOWING, normal_quantile, uniform
from sim.world.build import World
from sim.world.subscribers import NETWORK_SHIFT

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


def make_lattice(side_m: float, correlation_m: float, n_points: int = 1) -> Lattice:
    """
    Return the lattice for a grid: whole parts of a square, no longer than half the correlation distance.

    So many points along the side of a divided square are nodes of it, as the middles of all squares are.
    """
    if not side_m / 20.0 <= correlation_m <= 20.0 * side_m:
        raise ValueError(
            f"a correlation distance of {correlation_m:g} m does not suit squares of {side_m:g} m"
        )
    # Of an even number of points none is in the middle: they lie half as far from it as from one another.
    step = n_points if n_points % 2 else 2 * n_points
    n_parts = step * math.ceil(2.0 * side_m / correlation_m / step)
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


_INTEGRAL_SPAN = 8.0
_INTEGRAL_STEP = 0.5
_LEAST_OWN = 0.01


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
    for node, weight in zip(*_common_part(site_correlation), strict=True):
        missed = np.prod(ndtr(-(margin + common * node) / own), axis=2)
        covered += weight * (1.0 - missed)
        none += weight * np.prod(missed, axis=0)
        every += weight * np.prod(1.0 - missed, axis=0)
    return covered, none, every


def _common_part(site_correlation: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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
    step = (
        _INTEGRAL_STEP * min(1.0, own / math.sqrt(site_correlation))
        if site_correlation > 0.0
        else _INTEGRAL_STEP
    )
    n_aside = math.ceil(_INTEGRAL_SPAN / step)
    nodes = np.arange(-n_aside, n_aside + 1, dtype=np.float64) * step
    weights: NDArray[np.float64] = np.exp(-0.5 * nodes * nodes)
    return nodes, weights / float(weights.sum())


_FINEST_SHARE = 0.25
"""Least correlation distance of a field, in sides of a square: below it the squares are independent anyway."""

REACH_SIGMAS = 4.0
"""How far below the threshold a median may lie and its cell still count, in standard deviations."""


@dataclass(frozen=True)
class Chances:
    """How surely squares are covered: over their area, the expected share of it."""

    # (network, square) probability that at least one of the ranked sites of the network suffices [1]
    p_covered: NDArray[np.float32]
    # and p_all: (square,) probability that at least one network covers the square, and that every one does [1]
    p_any: NDArray[np.float32]
    p_all: NDArray[np.float32]
    # the same of a square's people, where these stand among other clutter than its area; None where they do not
    of_people: "Chances | None" = None


def sigma_of_classes_db(section: Shadowing) -> NDArray[np.float64]:
    """
    Return the standard deviation of shadowing among each class of clutter.

    Standard deviations, in the order of `CLUTTER_CLASSES` [dB].
    """
    by_name = {
        "water": section.sigma_open_db,
        "open": section.sigma_open_db,
        "forest": section.sigma_forest_db,
    }
    return np.array([by_name.get(name, section.sigma_built_db) for name in CLUTTER_CLASSES])


def sigma_of_squares_db(scenario: Scenario, world: World) -> NDArray[np.float64]:
    """Return the standard deviation of shadowing in each square; without a surface every one counts as open country."""
    by_class = sigma_of_classes_db(scenario.radio.shadowing)
    if world.surface is None:
        return np.full(world.grid.n_squares, by_class[CLUTTER_CLASSES.index("open")])
    return np.asarray(by_class[world.surface.clutter], np.float64)


def site_addresses(network_idx: NDArray[np.uint8]) -> NDArray[np.int64]:
    """
    Return where the field of each site is drawn: by its network and its number there.

    So a further site of one network leaves those of the others as they are.
    """
    own = np.arange(len(network_idx)) - np.searchsorted(network_idx, network_idx)
    return (network_idx.astype(np.int64) << NETWORK_SHIFT) + own


class Field:
    """
    Correlated fields of all sites.

    Parameters
    ----------
    scenario : Scenario
        Section `radio.shadowing`, seed and number of the world.
    world : World
        Grid and surface.
    """

    def __init__(self, scenario: Scenario, world: World) -> None:
        section, grid = scenario.radio.shadowing, world.grid
        low_m, high_m = _FINEST_SHARE * grid.resolution_m, 20.0 * grid.resolution_m
        if not low_m <= section.correlation_m <= high_m:
            message = (
                f"{section.correlation_m:g} does not suit squares of {grid.resolution_m:g} m: must be {low_m:g} to "
                f"{high_m:g}; change it or grid.resolution_m, or take radio.shadowing.mode probability"
            )
            raise ScenarioError(Problem("radio.shadowing.correlation_m", message))
        n_points = world.spots.n_parts if world.spots.has_points else 1
        self._lattice = make_lattice(grid.resolution_m, section.correlation_m, n_points)
        self._key = scenario.seed, scenario.run.world_replication
        self._site_correlation = section.site_correlation
        self._sigma_db = sigma_of_squares_db(scenario, world)
        self._of_class_db = sigma_of_classes_db(section)
        self._surface = world.surface
        self._address = site_addresses(world.sites.network_idx)
        n = self._lattice.nodes_per_square
        # From the plane's origin, so that a square keeps its shadowing in whichever region it is asked for.
        first_row = -round(grid.y_max_m / grid.resolution_m)
        first_col = round(grid.x_min_m / grid.resolution_m)
        self._first = first_row, first_col
        self._row = (grid.row.astype(np.int64) + first_row) * n
        self._col = (grid.col.astype(np.int64) + first_col) * n

    def shadowing_db(self, site: int, squares: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the shadowing of a site, to be added to its losses."""
        field = site_shadowing(
            self._lattice, self._key, int(self._address[site]), self._row[squares], self._col[squares],
            self._site_correlation,
        )  # fmt: skip
        return self._sigma_db[squares] * field

    def at_points_db(self, site: int, points: Points) -> NDArray[np.float64]:
        """Return the shadowing of a site at points of squares, each at its own place and among its own clutter."""
        n, sigma_db = self._lattice.nodes_per_square, self._sigma_db[points.where.squares]
        if self._surface is not None:
            sigma_db = self._of_class_db[clutter_at(self._surface, points)]
        rows, cols = (
            np.rint((place + first) * n).astype(np.int64)
            for place, first in zip((points.rows, points.cols), self._first, strict=True)
        )
        return sigma_db * site_shadowing(
            self._lattice,
            self._key,
            int(self._address[site]),
            rows,
            cols,
            self._site_correlation,
        )


def chances(
    cell_idx: NDArray[np.int32],
    rscp_dbm: NDArray[np.float64],
    site_idx: NDArray[np.int32],
    least_dbm: float,
    sigma_db: NDArray[np.float64],
    site_correlation: float,
) -> Chances:
    """
    Return how surely squares are covered, by each network, by any and by all of them.

    Sectors of a site share its shadowing, so that only its strongest one counts. Given the part that all sites share
    they are independent, those of other networks too; that part is integrated out. Sites that correlate fully share all
    of it, so that the strongest one decides.
    """
    n_networks, n_squares, _ = cell_idx.shape
    p_covered = np.zeros((n_networks, n_squares), np.float32)
    p_any, p_all = np.zeros((2, n_squares), np.float32)
    reached = np.flatnonzero((cell_idx[:, :, 0] >= 0).any(axis=0))
    margin = (rscp_dbm[:, reached] - least_dbm) / sigma_db[reached, np.newaxis]
    margin[_repeats_a_site(cell_idx[:, reached], site_idx)] = -math.inf
    covered, none, every = joint_probabilities(margin, site_correlation)
    p_covered[:, reached] = np.clip(covered, 0.0, 1.0)
    p_any[reached], p_all[reached] = np.clip(1.0 - none, 0.0, 1.0), np.clip(every, 0.0, 1.0)
    return Chances(p_covered, p_any, p_all)


def _repeats_a_site(cell_idx: NDArray[np.int32], site_idx: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which ranked cells belong to a site that a stronger one of them belongs to."""
    site = np.where(cell_idx >= 0, site_idx[cell_idx], -1)
    repeats = np.zeros(cell_idx.shape, np.bool_)
    for rank in range(1, cell_idx.shape[2]):
        same = site[:, :, :rank] == site[:, :, rank, np.newaxis]
        repeats[:, :, rank] = same.any(axis=2) & (site[:, :, rank] >= 0)
    return repeats
