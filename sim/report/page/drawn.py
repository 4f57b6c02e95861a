"""What Bokeh draws on a page: the map, the chart of a table, and curves over time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from bokeh.core.types import ID
from bokeh.embed import json_item
from bokeh.models import (
    ColumnDataSource,
    NumeralTickFormatter,
    PanTool,
    Range1d,
    TapTool,
    WheelZoomTool,
)
from bokeh.models.annotations import ScaleBar
from bokeh.plotting import figure

from sim.report.folder import RunFacts, Territory
from sim.report.page.listings import Listing
from sim.report.page.territory import Squares
from sim.report.style import NETWORK_COLOURS
from sim.tables import ALL

_TALLEST, _WIDEST = 0.6, 2.0
_BORDER_PIXELS = 1500.0
_N_PLACES = 14
_MARKERS = ("circle", "square", "triangle", "diamond", "inverted_triangle", "hex", "star", "plus")
_DASHES = ("solid", "dashed", "dotdash", "dotted", "dashdot", "solid", "dashed", "dotdash")
_PER_POINT = 3

Drawn = Any
"""What `Bokeh.embed.embed_item` takes."""


def map_item(
    territory: Territory, run: RunFacts, squares: Squares, listings: Mapping[str, Listing]
) -> Drawn:
    """Return the map: squares that the page colours, borders, places, sites and exchanges."""
    west, north = squares.west_m, squares.north_m
    width, height = squares.n_cols * squares.side_m, squares.n_rows * squares.side_m
    plot = _plain_figure("map", width / height)
    plot.x_range = Range1d(start=west, end=west + width, name="map_x")
    plot.y_range = Range1d(start=north - height, end=north, name="map_y")
    for name in ("squares", "chosen_area"):
        image = np.zeros((1, 1), np.uint32)
        source = ColumnDataSource({"image": [image]}, name=name)
        plot.image_rgba(
            "image", x=west, y=north - height, dw=width, dh=height, source=source, level="image"
        )
    xs, ys = _borders(territory)
    plot.multi_line(xs=xs, ys=ys, line_color="#666666", line_width=0.8, name="borders")
    source = ColumnDataSource({"xs": [], "ys": []}, name="chosen_province")
    plot.multi_line("xs", "ys", source=source, line_color="#CC00AA", line_width=2.5)
    _draw_places(plot, territory)
    _draw_points(plot, run, listings)
    ring = ColumnDataSource({"x": [], "y": []}, name="chosen_point")
    plot.scatter("x", "y", source=ring, size=17, fill_alpha=0.0, line_color="#CC00AA", line_width=3)
    bar = ScaleBar(
        range=plot.x_range, unit="m", location="bottom_left", background_fill_alpha=0.6, name="bar",
    )  # fmt: skip
    plot.add_layout(bar)
    return json_item(plot, ID("map"))


def chart_item() -> Drawn:
    """Return the chart of two columns of a table, for which the page has the points."""
    plot = _plain_figure("chart", 1.25, has_axes=True)
    source = ColumnDataSource({"x": [0, 1], "y": [0, 1], "row": [0, 0]}, name="chart_points")
    plot.scatter(
        "x", "y", source=source, size=6, fill_color="#0072B2", fill_alpha=0.45, line_color=None,
        nonselection_fill_alpha=0.45,
    )  # fmt: skip
    ring = ColumnDataSource({"x": [], "y": []}, name="chart_chosen")
    plot.scatter("x", "y", source=ring, size=13, fill_color="#CC00AA", line_color="white")
    return json_item(plot, ID("chart"))


def curves_item(run: RunFacts, networks: Mapping[str, Mapping[str, Any]]) -> Drawn:
    """Return curves over time, one for each network and one for all."""
    plot = _plain_figure("curves", 2.6, has_axes=True, x_axis_type="datetime")
    labels = dict(zip(run.networks, run.labels, strict=True)) | {ALL: "all callers"}
    for number, (name, steps) in enumerate(networks.items()):
        colour = "#808080" if name == ALL else NETWORK_COLOURS[number % len(NETWORK_COLOURS)]
        values = steps["value"]
        columns = {"x": steps["ms"], "y": values, "low": values, "high": values}
        source = ColumnDataSource(columns, name=f"curve_{name}")
        plot.varea("x", "low", "high", source=source, fill_color=colour, fill_alpha=0.2)
        plot.line(
            "x", "y", source=source, line_color=colour, line_width=2,
            line_dash="dotted" if name == ALL else _DASHES[number % len(_DASHES)],
            legend_label=labels.get(name, name),
        )  # fmt: skip
        plot.scatter(
            "x", "y", source=source, fill_color=colour, line_color=colour, size=6,
            marker=_MARKERS[number % len(_MARKERS)], legend_label=labels.get(name, name),
        )  # fmt: skip
    plot.add_layout(plot.legend[0], "above")
    plot.legend.orientation = "horizontal"
    plot.y_range.start = 0.0
    return json_item(plot, ID("curves"))


def _plain_figure(name: str, aspect: float, *, has_axes: bool = False, **more: Any) -> Any:  # noqa: ANN401
    """Return a figure that is panned by dragging, zoomed by the wheel with Ctrl, and asked by a click."""
    aspect = min(max(aspect, _TALLEST), _WIDEST) if not has_axes else aspect
    wheel = WheelZoomTool(modifiers="ctrl")
    plot = figure(
        name=name, toolbar_location=None, sizing_mode="stretch_width", aspect_ratio=aspect,
        tools=[PanTool(), TapTool(), wheel], min_border=0, **more,
    )  # fmt: skip
    plot.toolbar.active_scroll = wheel
    if has_axes:
        plot.yaxis.formatter = NumeralTickFormatter(format="0,0.[0000]")
    else:
        plot.axis.visible = False
        plot.grid.visible = False
        plot.outline_line_color = None
    return plot


def _borders(territory: Territory) -> tuple[list[list[float]], list[list[float]]]:
    """Return the borders of the provinces, as smooth as a screen shows them."""
    lines = border_lines(territory)
    rows = [row for of_province in lines for row in of_province]
    return [row[0] for row in rows], [row[1] for row in rows]


def border_lines(territory: Territory) -> list[list[tuple[list[float], list[float]]]]:
    """Return the borders of each province."""
    west, east, south, north = territory.extent_m
    tolerance_m = max(east - west, north - south) / _BORDER_PIXELS
    found = []
    for outline in territory.outlines:
        rings = shapely.get_parts(shapely.simplify(outline, tolerance_m).boundary)
        points = [np.rint(shapely.get_coordinates(ring)) for ring in rings]
        kept = [one for one in points if len(one) > _PER_POINT]
        found.append([(one[:, 0].tolist(), one[:, 1].tolist()) for one in kept])
    return found


def _draw_places(plot: Any, territory: Territory) -> None:  # noqa: ANN401
    places = territory.places
    named = [i for i in range(len(places.name)) if places.is_named[i : i + 1] != (False,)]
    few = named[:_N_PLACES]
    source = ColumnDataSource(
        {
            "x": [float(places.x_m[i]) for i in few],
            "y": [float(places.y_m[i]) for i in few],
            "name": [places.name[i] for i in few],
        },
        name="places",
    )
    plot.text(
        "x", "y", "name", source=source, text_font_size="11px", x_offset=5, y_offset=-3, name="place_names",
        text_color="#1b1f24", background_fill_color="white", background_fill_alpha=0.65, padding=1,
    )  # fmt: skip


def _draw_points(plot: Any, run: RunFacts, listings: Mapping[str, Listing]) -> None:  # noqa: ANN401
    """Draw sites, a layer for each network, and exchanges; a point knows its row in the table."""
    for number, name in enumerate(run.networks):
        rows = _rows_of(listings.get("sites"), name)
        plot.scatter(
            "x", "y", source=_points(listings.get("sites"), rows, f"sites_{number}"), size=4,
            marker=_MARKERS[number % len(_MARKERS)], line_color=None,
            fill_color=NETWORK_COLOURS[number % len(NETWORK_COLOURS)], name=f"layer_sites_{number}",
            nonselection_fill_alpha=1.0,
        )  # fmt: skip
    exchanges = listings.get("exchanges")
    rows = list(range(exchanges.n_rows)) if exchanges and "x_m" in exchanges.data else []
    plot.scatter(
        "x", "y", source=_points(exchanges, rows, "exchanges"), size=6, marker="square_x",
        fill_color="#F0E442", line_color="black", name="layer_exchanges",
        nonselection_fill_alpha=1.0, nonselection_line_alpha=1.0,
    )  # fmt: skip


def _rows_of(sites: Listing | None, network: str) -> list[int]:
    if sites is None:
        return []
    return [row for row, name in enumerate(sites.data["network"]) if name == network]


def _points(listing: Listing | None, rows: Sequence[int], name: str) -> ColumnDataSource:
    if listing is not None:
        rows = [row for row in rows if listing.data["x_m"][row] is not None]
    places = {
        axis: [round(listing.data[f"{axis}_m"][row]) for row in rows] if listing else []
        for axis in ("x", "y")
    }
    return ColumnDataSource({**places, "row": list(rows)}, name=name)
