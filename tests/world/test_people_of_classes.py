"""People by the map of settlements: the census, towns and concentration of the embedded country; a user's own map."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from sim.errors import WorldError
from sim.scenario.region_section import CLUTTER_CLASSES, ClassDensities, Region
from sim.scenario.schema import Scenario
from sim.world.country import make_territory
from sim.world.embedded_country import embedded_country, read_provinces
from sim.world.grid import make_grid
from sim.world.landscape import Landscape, make_landscape
from sim.world.people_of_classes import spread_by_classes, town_densities
from sim.world.settlement_classes import (
    DENSE,
    LOW_DENSITY,
    RURAL_CLUSTER,
    SEMI_DENSE,
    SUBURBAN,
    URBAN_CENTRE,
    VERY_LOW,
    WATER,
    count_points,
    lay_classes,
)
from sim.world.towns import LEAST_PEOPLE, places_of_towns

COUNTRY = embedded_country(0.8)
TERRITORY = make_territory(COUNTRY, Region(source="north_korea"))
MISFITS = {"Sinuiju", "Tanchon", "Kaechon", "Anju", "Huichon", "Songnim"}
"""Cities that were counted at more than twice, or less than half, of what their built-up area has by its classes."""


@pytest.fixture(scope="module")
def squares():
    return make_grid(TERRITORY, 1_000.0)


@pytest.fixture(scope="module")
def lattice(squares):
    return lay_classes(COUNTRY.classes, squares)


@pytest.fixture(scope="module")
def people(squares, lattice):
    return spread_by_classes(ClassDensities(), None, COUNTRY, TERRITORY, squares, lattice)


def densest_share(population, grid, side_m: float, of_area: float) -> float:
    """Return the share of people in the densest part of the land, in cells of a side."""
    factor = round(side_m / grid.resolution_m)
    cell = grid.row // factor * (grid.n_cols // factor + 1) + grid.col // factor
    n_people, n_squares = np.bincount(cell, population), np.bincount(cell)
    used = np.flatnonzero(n_squares)
    order = used[np.argsort(-n_people[used] / n_squares[used], kind="stable")]
    area = np.cumsum(n_squares[order]) / n_squares.sum()
    return float(np.interp(of_area, area, np.cumsum(n_people[order]) / n_people.sum()))


def test_every_province_has_its_census_to_the_person(people, squares):
    census = [province.population for province in read_provinces()]
    assert people.totals.tolist() == census
    assert np.bincount(squares.province_idx, people.population).astype(int).tolist() == census


def test_the_embedded_people_live_as_close_together_as_the_model_was_reported(people, squares):
    assert densest_share(people.population, squares, 1_000.0, 0.136) == pytest.approx(
        0.94, abs=0.01
    )
    assert densest_share(people.population, squares, 5_000.0, 0.136) == pytest.approx(
        0.838, abs=0.01
    )
    in_towns = people.in_towns.at_point.sum() / people.totals.sum()
    assert in_towns == pytest.approx(0.71, abs=0.015)


@pytest.mark.parametrize(
    ("densities", "share"),
    [
        ({"urban_centre_edge_per_km2": 5_000, "urban_centre_core_per_km2": 6_000,
          "dense_cluster_per_km2": 4_000, "semi_dense_cluster_per_km2": 1_000}, 0.606),
        ({"urban_centre_edge_per_km2": 6_500, "urban_centre_core_per_km2": 7_500,
          "dense_cluster_per_km2": 6_000, "semi_dense_cluster_per_km2": 1_800}, 0.78),
    ],
    ids=["low", "high"],
)  # fmt: skip
def test_the_range_of_densities_holds_the_urban_share_of_the_census(
    densities, share, squares, lattice
):
    section = ClassDensities(**densities)
    made = spread_by_classes(section, None, COUNTRY, TERRITORY, squares, lattice)
    assert made.in_towns.at_point.sum() / made.totals.sum() == pytest.approx(share, abs=0.045)


def test_census_cities_have_their_people_where_their_built_up_area_can_hold_them(people, lattice):
    assert {city.name for city in people.cities if not city.is_kept} == MISFITS
    by_name = {city.name: city for city in people.cities}
    assert by_name["Pyongyang"].held == pytest.approx(0.8 * 3_255_288, rel=1e-6)
    for city in people.cities:
        assert city.town_idx >= 0
        area_km2 = (people.in_towns.points.town_idx == city.town_idx).sum() * lattice.point_km2
        # No city is as crowded as the whole of Hong Kong's built-up area, nor as empty as a village.
        assert 3_000.0 < city.held / area_km2 < 2.0 * 13_000.0


def test_the_built_up_area_of_census_cities_fits_their_people_as_reported(people, lattice):
    at_point = town_densities(people.in_towns.points, lattice, ClassDensities()) * lattice.point_km2
    by_area = np.bincount(people.in_towns.points.town_idx, at_point)
    found = {city.name: round(by_area[city.town_idx] / 1_000) for city in people.cities}
    # Thousands by area alone, of an independent cut on squares of 15 arc seconds, beside the coast and the border.
    reported = {
        "Pyongyang": 2_481, "Hamhung": 791, "Chongjin": 714, "Pyongsong": 426, "Wonsan": 338, "Kanggye": 265,
        "Sariwon": 264, "Haeju": 215, "Kimchaek": 213, "Hyesan": 183, "Sunchon": 164, "Tokchon": 162, "Kaesong": 156,
        "Sinpo": 133, "Munchon": 131, "Sinuiju": 129, "Kaechon": 115,
    }  # fmt: skip
    for name, thousands in reported.items():
        assert found[name] == pytest.approx(thousands, rel=0.07)


def test_squares_of_any_side_see_the_same_map(people):
    fine = make_grid(TERRITORY, 500.0)
    other = spread_by_classes(
        ClassDensities(), None, COUNTRY, TERRITORY, fine, lay_classes(COUNTRY.classes, fine)
    )
    assert other.in_towns.points.n_towns == people.in_towns.points.n_towns
    assert len(other.in_towns.points) == pytest.approx(len(people.in_towns.points), abs=10)
    held = {city.name: city.held for city in people.cities}
    assert {city.name: city.held for city in other.cities} == pytest.approx(held, rel=0.002)


def test_towns_are_settlements_with_names_where_one_is_near(people, squares):
    places = places_of_towns(
        people.in_towns.points, people.in_towns.at_point, COUNTRY, TERRITORY, squares
    )
    assert len(places) == pytest.approx(427, abs=5)
    assert sum(places.is_named) == pytest.approx(104, abs=3)
    assert places.name[:3] == ("Pyongyang", "Hamhung", "Chongjin")
    assert len(set(places.name)) == len(places)
    unnamed = [n for n, own in zip(places.name, places.is_named, strict=True) if not own]
    assert "town 1 of KP-02" in unnamed
    assert np.all(np.diff(places.population) <= 0.0)
    assert places.population.min() >= LEAST_PEOPLE
    off = squares.square_of(places.x_m, places.y_m) != places.square_idx
    assert off.sum() < 5
    assert np.array_equal(squares.province_idx[places.square_idx], places.province_idx)


STEP = 1 / 120
"""Pixels of a user's map: 30 arc seconds, 0.92 km by 0.59 km."""


def province(code: str, west: float, east: float, population: int) -> dict[str, object]:
    ring = [[west, 50.1], [east, 50.1], [east, 50.3], [west, 50.3], [west, 50.1]]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": code, "population": population},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture
def land(tmp_path, monkeypatch):
    """Return a maker of the land of two provinces, A and B, each 22 by 7 km, with a user's map."""
    monkeypatch.chdir(tmp_path)

    def make(values, people=(30_001, 10_007), side_m=500, **population) -> Landscape:
        values = np.asarray(values)
        with rasterio.open(
            "classes.tif", "w", driver="GTiff", count=1, height=len(values), width=len(values[0]),
            dtype=values.dtype, crs="EPSG:4326", transform=from_origin(10.0, 50.4, STEP, STEP), nodata=-200,
        ) as file:  # fmt: skip
            file.write(values, 1)
        features = [province("A", 10.1, 10.2, people[0]), province("B", 10.2, 10.3, people[1])]
        Path("c.geojson").write_text(
            json.dumps({"type": "FeatureCollection", "features": features})
        )
        tree = {
            "name": "own",
            "region": {"source": "geojson", "provinces_file": "c.geojson", "relief": "flat"},
            "grid": {"resolution_m": side_m},
            "networks": [{"name": "net", "n_subscribers": 0}],
            "radio": {"path_loss": {"model": "terrain"}},
            "population": {"settlement_classes_file": "classes.tif"} | population,
        }
        return make_landscape(Scenario.model_validate(tree), Path())

    return make


def plain_map(of_class: int = VERY_LOW) -> np.ndarray:
    return np.full((48, 48), of_class, np.int16)


def by_province(made: Landscape) -> list[int]:
    return np.bincount(made.grid.province_idx, made.population).astype(int).tolist()


def test_a_users_map_spreads_the_totals_of_provinces(land):
    values = plain_map()
    values[24:26, 15:17] = URBAN_CENTRE
    values[20:22, 15:17] = RURAL_CLUSTER
    made = land(values, people=(30_001, 10_007))
    assert by_province(made) == [30_001, 10_007]
    # A town of four pixels, 2.2 km2, at 6,000 and a little more, holds less than 90 % of the province.
    (town,) = [made.places.population[i] for i in range(len(made.places))]
    assert 13_000 < town < 16_500
    assert made.places.name == ("town 1 of A",)
    assert made.is_urban.sum() == pytest.approx(2.2 / 0.25, abs=4)
    rural = made.population[(made.grid.province_idx == 0) & ~made.is_urban]
    assert rural.max() > 50 * np.median(rural)
    # Where all is alike people are even.
    assert np.ptp(made.population[made.grid.province_idx == 1]) <= 1


def test_a_town_holds_at_most_its_share_of_a_province(land):
    values = plain_map()
    values[24:34, 15:20] = URBAN_CENTRE
    made = land(values)
    assert made.places.population.sum() == pytest.approx(0.9 * 30_001, rel=1e-6)
    made = land(np.where(values == VERY_LOW, WATER, values), people=(30_001, 0))
    assert made.places.population.sum() == pytest.approx(30_001, rel=1e-6)


def test_a_province_of_water_alone_is_even(land):
    made = land(plain_map(WATER))
    assert by_province(made) == [30_001, 10_007]
    assert np.ptp(made.population[made.grid.province_idx == 0]) <= 1


def test_densities_count_where_no_province_has_people(land):
    made = land(plain_map(LOW_DENSITY), people=(0, 0))
    area_km2 = np.bincount(made.grid.province_idx) * 0.25
    assert by_province(made) == pytest.approx((180.0 * area_km2).tolist(), abs=1)
    doubled = land(plain_map(LOW_DENSITY), people=(0, 0), densities={"low_density_per_km2": 360})
    assert by_province(doubled) == pytest.approx((360.0 * area_km2).tolist(), abs=1)


def test_what_stands_on_a_square_is_of_the_class_of_its_people(land):
    values = plain_map()
    classes = (SUBURBAN, RURAL_CLUSTER, SEMI_DENSE, DENSE, URBAN_CENTRE)
    for k, code in enumerate(classes):
        values[14 + 4 * k : 17 + 4 * k, 15:18] = code
    made = land(values, people=(150_000, 10_007))
    clutter = np.array(CLUTTER_CLASSES)[made.surface.clutter]
    of_class = {
        code: set(clutter[made.class_of_square == code].tolist())
        for code in (VERY_LOW, LOW_DENSITY, *classes)
    }
    assert of_class[SUBURBAN] == of_class[RURAL_CLUSTER] == of_class[SEMI_DENSE] == {"suburban"}
    assert of_class[DENSE] == of_class[URBAN_CENTRE] == {"urban"}
    assert of_class[VERY_LOW] == {"open"}
    crowded = land(values, people=(0, 0), densities={"urban_centre_edge_per_km2": 11_000})
    clutter = np.array(CLUTTER_CLASSES)[crowded.surface.clutter]
    assert "dense_urban" in clutter[crowded.class_of_square == URBAN_CENTRE]
    assert "dense_urban" not in clutter[crowded.class_of_square != URBAN_CENTRE]


def test_a_square_is_of_the_class_of_most_people_not_of_most_ground(land):
    # Squares of 4 km hold some 30 pixels: a single one of town outweighs all others wherever it lies in them.
    for row, col in ((20, 15), (22, 17), (24, 14)):
        values = plain_map()
        values[row, col] = URBAN_CENTRE
        made = land(values, people=(0, 0), side_m=4_000)
        assert (made.class_of_square == URBAN_CENTRE).sum() in (1, 2)
        assert made.is_urban[made.places.square_idx[0]]


def test_values_that_are_no_classes_are_refused(land):
    values = plain_map()
    values[24, 15] = 3
    with pytest.raises(WorldError) as caught:
        land(values)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(
        "population.settlement_classes_file = 'classes.tif': holds the values 3, which are no settlement classes: must "
        "be those of GHS-SMOD, 10, 11, 12, 13, 21, 22, 23, 30"
    )


def test_squares_without_a_class_are_refused(land):
    values = plain_map()
    values[:, 30:] = -200
    with pytest.raises(WorldError, match=r"has no class for .* every square must have one"):
        land(values)


def test_points_of_a_class_are_counted_in_bands(squares, lattice):
    n = lattice.per_side
    assert n == 8
    counts = sum(count_points(lattice, squares, code) for code in np.unique(lattice.code))
    assert set(counts.tolist()) == {64.0}
    square = int(squares.square_at[500, squares.square_at[500].argmax()])
    row, col = squares.row[square], squares.col[square]
    own = lattice.code[row * n : row * n + n, col * n : col * n + n]
    assert count_points(lattice, squares, VERY_LOW)[square] == (own == VERY_LOW).sum()


def test_a_raster_of_people_leaves_towns_and_clutter_to_the_map(land):
    values = plain_map()
    values[24:26, 15:17] = DENSE
    with rasterio.open(
        "people.tif", "w", driver="GTiff", count=1, height=48, width=48, dtype="float32", crs="EPSG:4326",
        transform=from_origin(10.0, 50.4, STEP, STEP),
    ) as file:  # fmt: skip
        file.write(np.ones((48, 48), np.float32), 1)
    made = land(values, people=(300_001, 10_007), raster_file="people.tif")
    assert by_province(made) == [300_001, 10_007]
    assert np.ptp(made.population[made.grid.province_idx == 0]) < 100
    assert made.is_urban.any()
    assert made.places.population.tolist() == pytest.approx([300_001 * 2.2 / 158.0], rel=0.2)


def test_cities_of_other_provinces_are_no_misfits():
    tree = {
        "name": "capital",
        "seed": 1,
        "run": {"start": "2022-11-16 19:00", "duration_h": 0.1},
        "region": {"source": "north_korea", "provinces": ["KP-01"]},
        "grid": {"resolution_m": 1000},
        "networks": [{"name": "a", "n_subscribers": 0}],
    }
    land = make_landscape(Scenario.model_validate(tree), Path())
    assert not [note for note in land.notes if "built-up area" in note]


def capital(**sections) -> Landscape:
    tree = {
        "name": "capital",
        "region": {"source": "north_korea", "provinces": ["KP-01"]},
        "grid": {"resolution_m": 1000},
        "networks": [{"name": "a", "n_subscribers": 0}],
    }
    return make_landscape(Scenario.model_validate(tree | sections), Path())


def test_people_are_kept_for_worlds_that_have_the_same_and_for_no_other():
    first = capital()
    with_sites = capital(networks=[{"name": "b", "n_subscribers": 5, "n_sites": 3}], seed=2)
    assert with_sites.population is first.population
    others = (
        {"population": {"total": 20_000_000}},
        {"population": {"densities": {"city_urban_share": 0.7}}},
        {"region": {"source": "north_korea", "provinces": ["KP-04"]}},
        {"grid": {"resolution_m": 2000}},
    )
    for other in others:
        assert not np.array_equal(capital(**other).population, first.population), other
    again = capital()
    assert again.population is not first.population  # those of another territory came between
    np.testing.assert_array_equal(again.population, first.population)
    # Where the surface is needed the map of settlements is laid again, with the same people.
    over_terrain = capital(radio={"path_loss": {"model": "terrain"}})
    assert over_terrain.population is again.population
    assert over_terrain.surface is not None
