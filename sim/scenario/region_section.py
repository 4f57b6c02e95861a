"""Sections `region`, `grid`, `terrain` and `population`: the territory, its squares, heights, clutter and people."""

import math
from typing import Literal

from sim.scenario.sections import ASSUMED, HOUSE, Code, PropertyKey, Section, Share, key

# A key is a row, as wide as prose may be.
# fmt: off


class ProvinceKeys(Section):
    """Under which properties a user's file of provinces keeps what is needed."""

    code: PropertyKey = key("property that holds the province's code", "code", evidence=False)
    name: PropertyKey = key("property that holds its name", "name", evidence=False)
    population: PropertyKey = key("property that holds its people, a whole number", "population", evidence=False)


class Region(Section):
    """The territory: the embedded country, a user's country, or a plain rectangle for theory and tests."""

    source: Literal["north_korea", "geojson", "plain"] = key(
        "the embedded country, a country from provinces_file, or a plain rectangle without relief")
    provinces_file: str | None = key(
        "GeoJSON of the provinces beside the scenario: polygons in degrees on WGS 84, with properties as in "
        "province_keys; for source geojson", None, evidence=False)
    province_keys: ProvinceKeys = ProvinceKeys()
    settlements_file: str | None = key(
        "CSV of cities and county seats beside the scenario: name, latitude_deg, longitude_deg, population; for "
        "source geojson, where people live evenly spread without it", None, evidence=False)
    relief: Literal["flat"] | None = key(
        "must be said for source geojson: flat, as no heights come with it; absent otherwise", None, evidence=False)
    provinces: tuple[Code, ...] | None = key(
        "codes of the provinces to simulate; all of them when absent", None, evidence=False)
    width_km: float | None = key("west-east side of the plain", None, "(0, 2000]", "km")
    height_km: float | None = key("south-north side of the plain", None, "(0, 2000]", "km")


MOST_PARTS = 16
"""Points along the side of a divided square at most: the one of a line is kept in a byte."""


def points_per_side(side_m: float, spot_m: float) -> int:
    """
    Return how many points lie along the side of a divided square.

    Parameters
    ----------
    side_m : float
        Side of the square. [m]
    spot_m : float
        Greatest distance between two points. [m]

    Returns
    -------
    int
        Points, `MOST_PARTS` at most.
    """
    return min(MOST_PARTS, math.ceil(side_m / spot_m))


class Grid(Section):
    """The equal-area grid of squares."""

    resolution_m: float = key("side of a square", 500.0, "[25, 10000]", "m", HOUSE)
    spot_m: float = key(
        "greatest distance between the points at which phones of one square of a city stand; those of other squares "
        "stand in its middle. A square has at most 16 x 16 points", 200.0, "[25, 10000]", "m", HOUSE)


class ClassDensities(Section):
    """People a square kilometre of the settlement classes, in the year of the provinces' populations."""

    urban_centre_edge_per_km2: float = key(
        "urban centre (30): people at its edge", 6_000.0, "[0, 100000]", "1/km2",
        "assumption: fitted to the area of 17 census cities")
    urban_centre_core_per_km2: float = key(
        "urban centre: people more where all within some 2 km is urban centre", 7_000.0, "[0, 100000]", "1/km2",
        "assumption: fitted to the area of 17 census cities")
    dense_cluster_per_km2: float = key(
        "dense urban cluster (23)", 5_000.0, "[0, 100000]", "1/km2", ASSUMED)
    semi_dense_cluster_per_km2: float = key(
        "semi-dense urban cluster (22)", 1_400.0, "[0, 100000]", "1/km2", ASSUMED)
    suburban_per_km2: float = key(
        "suburban (21); of provinces that have a total this and the next ones are shares of what towns leave of it",
        1_000.0, "[0, 100000]", "1/km2", ASSUMED)
    rural_cluster_per_km2: float = key("rural cluster (13)", 1_000.0, "[0, 100000]", "1/km2", ASSUMED)
    low_density_per_km2: float = key("low density rural (12)", 180.0, "[0, 100000]", "1/km2", ASSUMED)
    very_low_density_per_km2: float = key("very low density rural (11)", 8.0, "[0, 100000]", "1/km2", ASSUMED)
    town_limit: Share = key("largest share of a province's people in towns (22, 23, 30)", 0.9, source=ASSUMED)
    city_urban_share: float = key(
        "share of a census city's people in its built-up area: the census counts whole cities with their villages",
        0.8, "(0, 1]", "1", source="assumption: more than 0.606, the census's share of the country")


class Population(Section):
    """How many people there are, and the rule that spreads them."""

    total: int | None = key(
        "people in the whole country; census totals are scaled to it (the census itself when absent)", None,
        "[0, 2000000000]")
    raster_file: str | None = key(
        "GeoTIFF of people beside the scenario, in place of the rule that spreads them within provinces; totals of "
        "provinces are kept", None, evidence=False)
    raster_kind: Literal["counts", "density_per_km2"] = key(
        "what a pixel of raster_file holds", "counts", source=HOUSE)
    settlement_classes_file: str | None = key(
        "GeoTIFF of settlement classes beside the scenario: 10, 11, 12, 13, 21, 22, 23 and 30 as GHS-SMOD has them; "
        "those of 2025 for the embedded country when absent", None, evidence=False)
    densities: ClassDensities = ClassDensities()
    city_spread_km: float = key(
        "standard deviation of a city of 100,000 people about its centre; grows with the square root of its size; "
        "people are spread by it only where there are no settlement classes",
        1.5, "(0, 50]", "km", ASSUMED)
    rural_height_scale_m: float = key(
        "height over which rural density falls by 1/e, where there are no settlement classes", 300.0, "(0, 10000]",
        "m", ASSUMED)
    rural_slope_scale: float = key(
        "slope of the terrain over which rural density falls by 1/e, where there are no settlement classes", 0.05,
        "(0, 10]", "1", ASSUMED)


class SettlementRow(Section):
    """One city or county seat: a row of settlements_file."""

    name: str = key("name", length="[1, 80]", evidence=False)
    latitude_deg: float = key("latitude on WGS 84", within="[-90, 90]", unit="deg")
    longitude_deg: float = key("longitude on WGS 84", within="[-180, 180]", unit="deg")
    population: int = key("people in the year of the provinces' populations", within="[1, 2000000000]")


CLUTTER_CLASSES = ("water", "open", "suburban", "urban", "forest", "dense_urban")
"""Classes of clutter: those of ITU-R P.2108, table 3."""

WORLD_COVER = {
    "10": "forest",
    "20": "open",
    "30": "open",
    "40": "open",
    "50": "urban",
    "60": "open",
    "70": "open",
    "80": "water",
    "90": "open",
    "95": "forest",
    "100": "open",
}
"""
Classes of ESA WorldCover's values: trees, shrubs, grass, crops, built-up, bare, snow, water, wetland, mangroves, moss.

Which class each has is an assumption.

References
----------
ESA WorldCover 2021 v200, Product User Manual: map codes.
"""

ClutterClass = Literal["water", "open", "suburban", "urban", "forest", "dense_urban"]


class Terrain(Section):
    """Heights and clutter."""

    heights: Literal["smooth", "synthetic", "files"] = key(
        "smooth: the country's coarse heights, interpolated; synthetic: with invented relief between them, drawn "
        "by seed and world_replication; files: a user's elevation files", "smooth", source=HOUSE)
    files: tuple[str, ...] = key(
        "GeoTIFF or SRTM .hgt tiles beside the scenario, for heights: files", (), length="[0, 1000]", evidence=False)
    spacing_m: float = key(
        "greatest distance between the heights that paths meet, whatever the side of the squares; relief is invented "
        "down to twice as much", 250.0, "[10, 10000]", "m", HOUSE)
    clutter_file: str | None = key(
        "GeoTIFF of clutter classes beside the scenario; by height, slope and settlement when absent", None,
        evidence=False)
    clutter_classes: dict[Code, ClutterClass] = key(
        "class of each value of clutter_file; those of ESA WorldCover (10 trees, ..., 100 moss) when absent, "
        "built-up being urban", {}, source=ASSUMED, length="[0, 256]", evidence=False)
