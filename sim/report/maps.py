"""What every map shares: extent, frame, borders and scale bar, in metres of the grid."""

from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import FigureBase
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sim.report.folder import Territory
from sim.report.style import COLUMN_WIDTH_IN, PRINT_DPI

_PROVINCE_COLOUR = "#4d4d4d"
MAX_COLUMNS = 3
"""Most maps beside each other on a page."""


def n_map_columns(n_maps: int) -> int:
    """Return how many maps stand beside each other. Columns: rows come out full where they can."""
    return 2 if n_maps == 4 else min(n_maps, MAX_COLUMNS)


def map_height_in(territory: Territory, width_in: float) -> float:
    """Return the height of a map of the whole territory."""
    west, east, south, north = _extent_m(territory)
    return width_in * min(max((north - south) / (east - west), 1 / 3), 1.5)


def _extent_m(territory: Territory) -> tuple[float, float, float, float]:
    """Return the outer edges of all squares."""
    half = territory.resolution_m / 2.0
    x_m, y_m = territory.x_m, territory.y_m
    return (
        float(x_m.min() - half),
        float(x_m.max() + half),
        float(y_m.min() - half),
        float(y_m.max() + half),
    )


def paint_squares(ax: Axes, territory: Territory, colours: NDArray[np.float64]) -> None:
    """Paint each square, outside white, as one raster layer."""
    west, east, south, north = _extent_m(territory)
    side = territory.resolution_m
    col = np.rint((territory.x_m - west) / side - 0.5).astype(np.int64)
    row = np.rint((north - territory.y_m) / side - 0.5).astype(np.int64)
    image = np.zeros((round((north - south) / side), round((east - west) / side), 4), np.uint8)
    image[row, col, :3] = np.rint(colours * 255.0)
    image[row, col, 3] = 255
    ax.imshow(image, extent=(west, east, south, north), interpolation="nearest", aspect="equal")


def _draw_borders(ax: Axes, outlines: Iterable[BaseGeometry]) -> None:
    """Draw the coast and outer border, and thinner the borders between provinces."""
    shapes = [shape for shape in outlines if not shape.is_empty]
    if not shapes:
        return
    west, south, east, north = shapely.union_all(np.array([s.envelope for s in shapes])).bounds
    tolerance_m = max(east - west, north - south) / (COLUMN_WIDTH_IN * PRINT_DPI)
    outer = shapely.union_all(np.array([shape.buffer(tolerance_m / 2.0) for shape in shapes]))
    for geometry, width in ((shapely.MultiLineString(_rings(shapes)), 0.3), (outer.boundary, 0.6)):
        lines = shapely.get_parts(shapely.simplify(geometry, tolerance_m))
        collection = LineCollection(
            [shapely.get_coordinates(line) for line in lines],
            colors=_PROVINCE_COLOUR,
            linewidths=width,
            capstyle="round",
            joinstyle="round",
            zorder=2.5,
        )
        ax.add_collection(collection, autolim=False)


def _rings(shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Return the closed lines of all parts and holes."""
    return [line for shape in shapes for line in shapely.get_parts(shape.boundary)]


def map_axes(part: FigureBase, n_maps: int) -> list[Axes]:
    """Return room for maps beside each other and in rows."""
    n_cols = n_map_columns(n_maps)
    axes = part.subplots(-(-n_maps // n_cols), n_cols, squeeze=False).ravel()
    for ax in axes[n_maps:]:
        ax.set_axis_off()
    return list(axes[:n_maps])


def finish_map(ax: Axes, territory: Territory, title: str) -> None:
    """Draw borders, show the whole territory, and name the map."""
    _draw_borders(ax, territory.outlines)
    frame_map(ax, territory)
    ax.set_title(title, loc="left")


def frame_map(ax: Axes, territory: Territory) -> None:
    """Show the whole territory at equal scale, without axes."""
    west, east, south, north = _extent_m(territory)
    margin_m = 0.01 * max(east - west, north - south)
    ax.set_xlim(west - margin_m, east + margin_m)
    ax.set_ylim(south - margin_m, north + margin_m)
    ax.set_aspect("equal")
    ax.grid(visible=False)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)


def draw_scale_bar(ax: Axes, territory: Territory) -> None:
    """Draw a scale bar of a round length beneath a map."""
    west, east, _, _ = _extent_m(territory)
    length_m = _round_length_m(0.3 * (east - west))
    below = ax.get_xaxis_transform()
    ax.plot(
        [west, west + length_m],
        [-0.02, -0.02],
        transform=below,
        color="black",
        linewidth=1.4,
        solid_capstyle="butt",
        clip_on=False,
    )
    text = f"{length_m / 1000.0:g} km" if length_m >= 1000.0 else f"{length_m:g} m"
    ax.text(
        west + length_m / 2.0, -0.035, text, transform=below, ha="center", va="top", fontsize=7.0
    )


def _round_length_m(limit_m: float) -> float:
    """Return the longest 1, 2 or 5 times a power of ten within a limit."""
    power = 10.0 ** np.floor(np.log10(limit_m))
    return float(max(step * power for step in (1.0, 2.0, 5.0) if step * power <= limit_m * 1.0001))
