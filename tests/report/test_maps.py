"""Names of places, the largest city enlarged, and squares that have the colour of their cell."""

import json
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import Normalize, to_rgb

from sim.report.folder import Places, read_territory
from sim.report.maps import (
    UNKNOWN,
    UNSERVED,
    cell_colours,
    draw_map,
    map_axes,
    name_places,
    painter,
)
from sim.report.style import new_figure, paper_style
from tests.report.layout import nothing_overlaps, texts_in_view
from tests.report.test_drawings import territory_of


def land_of(side: int, is_land: np.ndarray, places: Places):
    """Return a territory of some of the squares of a plain."""
    whole = territory_of(side)
    parts = {
        name: getattr(whole, name)[is_land] for name in ("x_m", "y_m", "population", "province_idx")
    }
    return replace(whole, **parts, places=places)


def places_of(*rows: tuple[str, float, float, float]) -> Places:
    names, x_km, y_km, people = zip(*rows, strict=True)
    return Places(names, 1000.0 * np.array(x_km), 1000.0 * np.array(y_km), np.array(people))


def drawn_map(territory):
    with paper_style():
        figure = new_figure(3.5, 3.8)
        axes = map_axes(figure, 1)
        colours = np.zeros((len(territory.x_m), 3))
        colours[:, 0] = np.arange(len(territory.x_m)) % 256 / 255.0
        draw_map(axes[0], territory, "A map of it", painter(territory, colours))
        name_places(figure, axes, territory)
        figure.draw_without_rendering()
    return figure


def test_places_are_named_beside_each_other_and_the_largest_first():
    close = [(f"Town {k}", 50.0 + 0.2 * k, 50.0, 1e4 - k) for k in range(12)]
    far = [("Far away", 10.0, 90.0, 100.0)]
    territory = replace(territory_of(100), places=places_of(*close, *far))
    figure = drawn_map(territory)
    names = [t.get_text() for t in texts_in_view(figure) if t.get_text() != "A map of it"]
    assert names[0] == "Town 0"
    assert "Far away" in names
    assert 3 <= len(names) < 12  # of those that stand on each other some are left out
    nothing_overlaps_of(figure)


def test_a_place_without_a_name_of_its_own_has_none_on_the_map():
    rows = [("town 1 of A", 30.0, 30.0, 2e4), ("Town", 70.0, 70.0, 1e4)]
    places = replace(places_of(*rows), is_named=(False, True))
    texts = [
        t.get_text() for t in texts_in_view(drawn_map(replace(territory_of(100), places=places)))
    ]
    assert "Town" in texts
    assert "town 1 of A" not in texts


def nothing_overlaps_of(figure):
    """Fail as for any other figure; it has few texts."""
    figure.text(0.5, 0.01, "a")
    for k in range(6):
        figure.text(0.1 * k, 0.05, "b")
    nothing_overlaps(figure)


def test_the_largest_city_is_enlarged_in_an_empty_corner():
    x, y = territory_of(100).x_m, territory_of(100).y_m
    is_land = ~((x > 50_000.0) & (y > 50_000.0))  # none in the north-east
    territory = land_of(100, is_land, places_of(("City", 20.0, 20.0, 100_000.0)))
    (ax,) = drawn_map(territory).axes
    (inset,) = ax.child_axes
    west, east = inset.get_xlim()
    south, north = inset.get_ylim()
    assert (0.5 * (west + east), 0.5 * (south + north)) == pytest.approx((20_000.0, 20_000.0))
    box = inset.get_window_extent().transformed(ax.transData.inverted())
    assert box.x0 >= 49_000.0
    assert box.y0 >= 49_000.0
    assert box.width / (east - west) > 2.0
    assert box.width / (east - west) == pytest.approx(box.height / (north - south), rel=1e-3)
    # It shows what the map shows there.
    whole, part = (np.asarray(one.images[0].get_array()) for one in (ax, inset))
    left, _, bottom, top = inset.images[0].get_extent()
    row = round((100_000.0 - top) / 1000.0)
    col = round(left / 1000.0)
    assert np.array_equal(part, whole[row : row + part.shape[0], col : col + part.shape[1]])
    assert left <= west
    assert bottom <= south


@pytest.mark.parametrize(
    ("n_people", "has_room"),
    [(100_000.0, False), (5e6, True)],
)
def test_no_inset_where_there_is_no_room_or_no_need(n_people, has_room):
    x, y = territory_of(60).x_m, territory_of(60).y_m
    is_land = ~((x > 25_000.0) & (y > 25_000.0)) if has_room else np.ones(3600, bool)
    territory = land_of(60, is_land, places_of(("City", 20.0, 20.0, n_people)))
    (ax,) = drawn_map(territory).axes
    assert not ax.child_axes


def test_places_are_read_in_the_metres_of_the_squares(results_folder):
    made = results_folder(n_networks=1)
    assert read_territory(made.path).places.name == ()
    one = {
        "type": "Feature",
        "properties": {"name": "A", "province": "west", "population": 70},
        "geometry": {"type": "Point", "coordinates": [1500.0, 2500.0]},
    }
    whole = {"type": "FeatureCollection", "features": [one]}
    (made.path / "places.geojson").write_text(json.dumps(whole))
    places = read_territory(made.path).places
    assert (places.name, places.x_m.tolist(), places.y_m.tolist()) == (("A",), [1500.0], [2500.0])
    assert (places.population.tolist(), places.is_named) == ([70.0], (True,))
    one["properties"]["is_named"] = False
    (made.path / "places.geojson").write_text(json.dumps(whole))
    assert read_territory(made.path).places.is_named == (False,)


def test_squares_have_the_colour_of_the_cell_that_serves_them():
    values = np.array([0.0, np.nan, 2.0])
    colours = cell_colours(values, np.array([2, 0, 1, -1]), Normalize(0.0, 2.0), "gray")
    assert colours[0] == pytest.approx([1.0, 1.0, 1.0])
    assert colours[1] == pytest.approx([0.0, 0.0, 0.0])
    assert colours[2] == pytest.approx(to_rgb(UNKNOWN))
    assert colours[3] == pytest.approx(to_rgb(UNSERVED))
