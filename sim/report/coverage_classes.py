"""The colours of a coverage map, and how much of the territory each of them stands for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex
from numpy.typing import NDArray

from sim.report.material import NetworkLayer, Territory

RSCP_STEP_DB = 10.0
"""Width of a class of received pilot power on a map. [dB]"""

UNCOVERED_DENSITY_PER_KM2 = (0.0, 50.0, 500.0)
"""Least density of people of the classes of uncovered squares, each of them exceeded. [1/km2]"""

DENSITY_BLOCK_M = 500.0
"""Side of the blocks whose density of people colours uncovered squares, or that of a square where larger. [m]"""

_MAX_RSCP_CLASSES = 7
_EMPTY_COLOUR = "#e4e4e4"
_UNCOVERED_COLOURS = ("#fde6cf", "#f6b26b", "#c04a00")


@dataclass(frozen=True)
class MapClass:
    """One colour of a coverage map."""

    name: str  # name in tables
    label: str  # name in the legend
    colour: str  # colour as hexadecimal RGB
    is_served: bool  # whether a cell serves the squares of this class


@dataclass(frozen=True)
class ClassedCoverage:
    """The class of every square for every network."""

    classes: tuple[MapClass, ...]  # classes, the unserved ones first, then by rising received power
    class_idx: NDArray[np.int64]  # (network, square) class of each square


def classify_coverage(territory: Territory, layers: Sequence[NetworkLayer]) -> ClassedCoverage:
    """Sort squares into the colours of the coverage map, the same for all networks."""
    borders_dbm = _rscp_borders([layer.rscp_dbm for layer in layers])
    classes = (*_unserved_classes(), *_served_classes(borders_dbm))
    density = _density_around(territory)
    unserved_idx = np.searchsorted(UNCOVERED_DENSITY_PER_KM2, density, side="left")
    n_unserved = len(UNCOVERED_DENSITY_PER_KM2) + 1
    class_idx = np.empty((len(layers), len(density)), np.int64)
    for row, layer in enumerate(layers):
        served = np.isfinite(layer.rscp_dbm)
        strength = np.searchsorted(borders_dbm, np.where(served, layer.rscp_dbm, 0.0), side="right")
        class_idx[row] = np.where(served, n_unserved + strength, unserved_idx)
    return ClassedCoverage(classes, class_idx)


def _density_around(territory: Territory) -> NDArray[np.float64]:
    """Return people per km2 of the squares within the same block: in small squares single people are specks."""
    n_side = max(1, math.ceil(DENSITY_BLOCK_M / territory.resolution_m))
    side_m = n_side * territory.resolution_m
    west_m, north_m = territory.x_m.min(), territory.y_m.max()
    half_m = 0.5 * territory.resolution_m
    col = np.floor((territory.x_m - west_m + half_m) / side_m).astype(np.int64)
    row = np.floor((north_m - territory.y_m + half_m) / side_m).astype(np.int64)
    block = row * (int(col.max()) + 1) + col
    people, squares = np.bincount(block, territory.population), np.bincount(block)
    square_km2 = (territory.resolution_m / 1000.0) ** 2
    density: NDArray[np.float64] = people[block] / (squares[block] * square_km2)
    return density


def _rscp_borders(powers_dbm: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Borders between classes: multiples of the step that leave no class nearly empty."""
    served = np.concatenate([power[np.isfinite(power)] for power in powers_dbm])
    if len(served) == 0:
        return np.empty(0)
    low, high = np.percentile(served, [1.0, 99.0])
    first = np.ceil(low / RSCP_STEP_DB + 1e-9)
    last = np.floor(high / RSCP_STEP_DB)
    borders = RSCP_STEP_DB * np.arange(first, last + 1.0)
    return np.asarray(borders[-(_MAX_RSCP_CLASSES - 1) :], np.float64)


def _unserved_classes() -> tuple[MapClass, ...]:
    bounds = [f"{bound:g}" for bound in UNCOVERED_DENSITY_PER_KM2]
    labels = [f"up to {bounds[1]}", f"{bounds[1]} to {bounds[2]}", f"over {bounds[2]}"]
    names = [f"unserved_to_{bounds[1]}", f"unserved_{bounds[1]}_to_{bounds[2]}"]
    names.append(f"unserved_over_{bounds[2]}")
    classes = [MapClass("unserved_empty", "nobody lives there", _EMPTY_COLOUR, is_served=False)]
    for name, label, colour in zip(names, labels, _UNCOVERED_COLOURS, strict=True):
        classes.append(MapClass(f"{name}_per_km2", label, colour, is_served=False))
    return tuple(classes)


def _served_classes(borders_dbm: NDArray[np.float64]) -> tuple[MapClass, ...]:
    minus = "\N{MINUS SIGN}"
    texts = [f"{border:g}".replace("-", minus) for border in borders_dbm]
    n_classes = len(borders_dbm) + 1
    ramp = mpl.colormaps["Blues"](np.linspace(0.3, 1.0, n_classes))
    classes = []
    for idx in range(n_classes):
        if n_classes == 1:
            name, label = "served", "served"
        elif idx == 0:
            name, label = f"served_below_{borders_dbm[0]:g}_dbm", f"below {texts[0]}"
        elif idx == n_classes - 1:
            name, label = f"served_from_{borders_dbm[-1]:g}_dbm", f"{texts[-1]} and more"
        else:
            name = f"served_{borders_dbm[idx - 1]:g}_to_{borders_dbm[idx]:g}_dbm"
            label = f"{texts[idx - 1]} to {texts[idx]}"
        classes.append(MapClass(name, label, to_hex(ramp[idx]), is_served=True))
    return tuple(classes)


def coverage_shares(territory: Territory, layer: NetworkLayer) -> tuple[float, float]:
    """
    Return the shares of area and of people that a network covers, expected ones where chance decides.

    Share of squares and share of people; NaN where there are none [1].
    """
    p_covered = layer.p_covered
    if p_covered is None:
        p_covered = np.isfinite(layer.rscp_dbm).astype(np.float64)
    people = float(territory.population.sum())
    covered = float((territory.population * p_covered).sum())
    return float(p_covered.mean()), covered / people if people > 0.0 else float("nan")
