"""What maps share: squares, borders, scale bar, names of places, the largest city enlarged; in metres of the grid."""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from math import ceil
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure, FigureBase
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sim.report.folder import Territory
from sim.report.style import COLUMN_WIDTH_IN, LEAST_PT, PRINT_DPI, settle_layout

Box = tuple[float, float, float, float]
"""West, east, south and north end. [m]"""

Paint = Callable[[Axes, Box], None]
"""Paints what is seen of a box."""

MAX_COLUMNS = 3
"""Most maps beside each other on a page."""

NAMES_PER_IN = 2.2
"""Places that are named on a map, by its width (house choice)."""

_PROVINCE_COLOUR = "#4d4d4d"
_NAME_SPOTS = ((4, 0, "left"), (-4, 0, "right"), (0, 6, "center"), (0, -6, "center"))
_UNDER_NAME: Any = {"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.6}
_CITY_KM = (
    7.5  # side of the inset for 100,000 people: five times the spread of a city (house default)
)
_LEAST_ENLARGED = 2.0
_INSET_SHARES = (0.42, 0.36, 0.3)  # side of the inset, of the shorter side of the map
_MOST_LAND = 0.02  # of a corner in which the inset stands


def n_map_columns(n_maps: int) -> int:
    """Return how many maps stand beside each other. Columns: rows come out full where they can."""
    return 2 if n_maps == 4 else min(n_maps, MAX_COLUMNS)


def map_height_in(territory: Territory, width_in: float) -> float:
    """Return the height of a map of the whole territory."""
    west, east, south, north = territory.extent_m
    return width_in * min(max((north - south) / (east - west), 1 / 3), 1.5)


def map_axes(part: FigureBase, n_maps: int) -> list[Axes]:
    """Return room for maps beside each other and in rows."""
    n_cols = n_map_columns(n_maps)
    axes = part.subplots(-(-n_maps // n_cols), n_cols, squeeze=False).ravel()
    for ax in axes[n_maps:]:
        ax.set_axis_off()
    return list(axes[:n_maps])


def painter(territory: Territory, colours: NDArray[np.float64]) -> Paint:
    """Return what paints the squares of a box, outside white, as one raster layer."""
    west, east, south, north = territory.extent_m
    side = territory.resolution_m
    col = np.rint((territory.x_m - west) / side - 0.5).astype(np.int64)
    row = np.rint((north - territory.y_m) / side - 0.5).astype(np.int64)
    image = np.zeros((round((north - south) / side), round((east - west) / side), 4), np.uint8)
    image[row, col, :3] = np.rint(colours * 255.0)
    image[row, col, 3] = 255

    return partial(_paint, image, (west, north), side)


def _paint(
    image: NDArray[np.uint8], corner: tuple[float, float], side: float, ax: Axes, box: Box
) -> None:
    """Paint what an image with its north-western corner there has of a box."""
    west, north = corner
    first_col, first_row = (max(0, int(m / side)) for m in (box[0] - west, north - box[3]))
    part = image[
        first_row : ceil((north - box[2]) / side), first_col : ceil((box[1] - west) / side)
    ]
    x_m, y_m = west + first_col * side, north - first_row * side
    ends = (x_m, x_m + part.shape[1] * side, y_m - part.shape[0] * side, y_m)
    ax.imshow(part, extent=ends, interpolation="nearest", aspect="equal")


UNSERVED, UNKNOWN = "#e4e4e4", "#b0b0b0"
"""Colours of squares that no cell serves, and of those whose cell has no value."""


def cell_colours(
    values: NDArray[np.float64], best_idx: NDArray[np.int64], scale: Normalize, ramp: str
) -> NDArray[np.float64]:
    """Return the colour of each square by a value of the cell that serves it best."""
    of_squares = np.append(values, np.nan)[best_idx]  # the last for squares without a cell
    colours = np.asarray(mpl.colormaps[ramp](scale(np.nan_to_num(of_squares))))[..., :3]
    colours[np.isnan(of_squares)] = to_rgb(UNKNOWN)
    colours[best_idx < 0] = to_rgb(UNSERVED)
    return colours


def grey_handles(
    values: NDArray[np.float64], best_idx: NDArray[np.int64], said: str
) -> list[Patch]:
    """Return what stands in a legend for squares without a value, of the two greys those that occur."""
    is_unknown = np.isnan(np.append(values, 0.0)[best_idx])
    greys = ((is_unknown, UNKNOWN, said), (best_idx < 0, UNSERVED, "not served"))
    return [Patch(facecolor=colour, label=text) for chosen, colour, text in greys if chosen.any()]


def draw_map(ax: Axes, territory: Territory, title: str, paint: Paint) -> None:
    """Draw the whole territory, and the largest city enlarged where it is small and a corner is empty."""
    paint(ax, territory.extent_m)
    _draw_borders(ax, territory)
    frame_map(ax, territory)
    ax.set_title(title, loc="left")
    place = _inset_place(territory)
    if place is not None:
        corner, box = place
        inset = ax.inset_axes(corner)
        paint(inset, box)
        _draw_borders(inset, territory)
        _finish_inset(inset, territory, box)
        west, east, south, north = box
        ax.add_patch(
            Rectangle((west, south), east - west, north - south, fill=False, lw=0.5, zorder=3.4)
        )


def frame_map(ax: Axes, territory: Territory) -> None:
    """Show the whole territory at equal scale, without axes."""
    west, east, south, north = _frame_m(territory)
    ax.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    ax.grid(visible=False)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def _frame_m(territory: Territory) -> Box:
    """Return the ends of a map, with a margin about the squares."""
    west, east, south, north = territory.extent_m
    margin_m = 0.01 * max(east - west, north - south)
    return west - margin_m, east + margin_m, south - margin_m, north + margin_m


def _draw_borders(ax: Axes, territory: Territory) -> None:
    """Draw the coast and outer border, and thinner the borders between provinces."""
    for lines, width in zip(_border_lines(territory.outlines), (0.3, 0.6), strict=True):
        collection = LineCollection(
            lines,
            colors=_PROVINCE_COLOUR,
            linewidths=width,
            capstyle="round",
            joinstyle="round",
            zorder=2.5,
        )
        ax.add_collection(collection, autolim=False)


@lru_cache(maxsize=2)
def _border_lines(outlines: tuple[BaseGeometry, ...]) -> list[list[NDArray[np.float64]]]:
    """Return the borders of all provinces, and the outer one."""
    shapes = [shape for shape in outlines if not shape.is_empty]
    if not shapes:
        return [[], []]
    west, south, east, north = shapely.union_all(np.array([s.envelope for s in shapes])).bounds
    tolerance_m = max(east - west, north - south) / (COLUMN_WIDTH_IN * PRINT_DPI)
    outer = shapely.union_all(np.array([shape.buffer(tolerance_m / 2.0) for shape in shapes]))
    found = []
    for geometry in (shapely.MultiLineString(_rings(shapes)), outer.boundary):
        lines = shapely.get_parts(shapely.simplify(geometry, tolerance_m))
        found.append([shapely.get_coordinates(line) for line in lines])
    return found


def _rings(shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Return the closed lines of all parts and holes."""
    return [line for shape in shapes for line in shapely.get_parts(shape.boundary)]


def _inset_place(territory: Territory) -> tuple[Box, Box] | None:
    """
    Return where the inset stands and what it shows; None where the largest city is large enough, or no corner empty.

    West and south end, width and height of the inset as shares of the map, and the box about the city [m].
    """
    places = territory.places
    if not places.name:
        return None
    west, east, south, north = _frame_m(territory)
    width_m, height_m = east - west, north - south
    half_m = 500.0 * _CITY_KM * float(places.population[0] / 1e5) ** 0.5
    x_m, y_m = float(places.x_m[0]), float(places.y_m[0])
    box = (x_m - half_m, x_m + half_m, y_m - half_m, y_m + half_m)
    for share in _INSET_SHARES:
        side_m = share * min(width_m, height_m)
        if side_m < _LEAST_ENLARGED * 2.0 * half_m:
            return None
        corners = [(x, y) for y in (north - side_m, south) for x in (west, east - side_m)]
        land = [_land_share(territory, *corner, side_m) for corner in corners]
        if min(land) <= _MOST_LAND:
            x_m, y_m = corners[int(np.argmin(land))]
            shares = ((x_m - west) / width_m, (y_m - south) / height_m)
            return (*shares, side_m / width_m, side_m / height_m), box
    return None


def _land_share(territory: Territory, west_m: float, south_m: float, side_m: float) -> float:
    """Return how much of a square box is land."""
    inside = (territory.x_m >= west_m) & (territory.x_m <= west_m + side_m)
    inside &= (territory.y_m >= south_m) & (territory.y_m <= south_m + side_m)
    return float(np.count_nonzero(inside)) * (territory.resolution_m / side_m) ** 2


def _finish_inset(inset: Axes, territory: Territory, box: Box) -> None:
    """Frame the inset, with the name of the city and a scale bar of its own."""
    west, east, south, north = box
    inset.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[], aspect="equal")
    inset.grid(visible=False)
    inset.spines[:].set(visible=True, linewidth=0.6)
    length_m = _round_length_m(0.4 * (east - west))
    inset.plot(
        [0.05, 0.05 + length_m / (east - west)], [0.05, 0.05], transform=inset.transAxes,
        color="black", linewidth=1.4, solid_capstyle="butt", zorder=4.0,
    )  # fmt: skip
    look: Any = {
        "transform": inset.transAxes,
        "fontsize": LEAST_PT,
        "bbox": _UNDER_NAME,
        "zorder": 4.0,
    }
    inset.text(0.05, 0.08, _length_text(length_m), ha="left", va="bottom", **look)
    inset.text(0.05, 0.95, territory.places.name[0], ha="left", va="top", **look)


def name_places(figure: Figure, axes: Sequence[Axes], territory: Territory) -> None:
    """Lay a figure out, and write the names of the largest places on its maps, where there is room for them."""
    settle_layout(figure)
    places = territory.places
    for ax in axes:
        ax.apply_aspect()
        taken = [child.get_window_extent() for child in ax.child_axes]
        n_left = int(NAMES_PER_IN * ax.bbox.width / figure.dpi)
        for i, (name, x_m, y_m) in enumerate(zip(places.name, places.x_m, places.y_m, strict=True)):
            if places.is_named[i : i + 1] == (False,):
                continue
            if n_left and _name_place(ax, name, (x_m, y_m), taken):
                n_left -= 1


def _name_place(ax: Axes, name: str, place_m: tuple[float, float], taken: list[Bbox]) -> bool:
    """Write a name beside a place, unless all spots are taken. Whether it was written."""
    for right_pt, up_pt, side in _NAME_SPOTS:
        text: Annotation = ax.annotate(
            name, place_m, (right_pt, up_pt), textcoords="offset points", ha=side, va="center",
            fontsize=LEAST_PT, parse_math=False, bbox=_UNDER_NAME, zorder=3.5,
        )  # fmt: skip
        box = text.get_window_extent().padded(2.0)
        inside = Bbox.intersection(box, ax.bbox)
        is_whole = inside is not None and inside.width >= box.width and inside.height >= box.height
        if is_whole and not any(box.overlaps(other) for other in taken):
            taken.append(box)
            ax.plot(
                *place_m, marker="s", markersize=2.2, color="black", markeredgecolor="white",
                markeredgewidth=0.4, zorder=3.6,
            )  # fmt: skip
            return True
        text.remove()
    return False


def draw_scale_bar(ax: Axes, territory: Territory) -> None:
    """Draw a scale bar of a round length beneath a map."""
    west, east, _, _ = territory.extent_m
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
    ax.text(
        west + length_m / 2.0, -0.035, _length_text(length_m), transform=below, ha="center", va="top",
        fontsize=LEAST_PT,
    )  # fmt: skip


def _length_text(length_m: float) -> str:
    return f"{length_m / 1000.0:g} km" if length_m >= 1000.0 else f"{length_m:g} m"


def _round_length_m(limit_m: float) -> float:
    """Return the longest 1, 2 or 5 times a power of ten within a limit."""
    power = 10.0 ** np.floor(np.log10(limit_m))
    return float(max(step * power for step in (1.0, 2.0, 5.0) if step * power <= limit_m * 1.0001))
