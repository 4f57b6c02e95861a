"""The embedded country: North Korea's provinces, settlements with their sizes, heights and land, from the data pack."""

import csv
import json
import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely.geometry
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sim.units import EARTH_RADIUS_M
from sim.world.country import ClassRaster, Country, Elevation, Province, Settlement
from sim.world.settlements import spread_m

FOLDER = Path(__file__).parent / "data"
"""Where the pack lies; tools/build_data_pack.py writes it."""


@dataclass(frozen=True)
class PackProvince:
    """A province of the pack."""

    iso: str  # ISO 3166-2 code
    name: str  # name of the census
    population: int  # people counted in 2008
    urban_share: float  # share of them in towns (unverified) [1]
    outline: BaseGeometry  # outline on WGS 84 [deg]


@dataclass(frozen=True)
class PackPlace:
    """A settlement of the pack."""

    name: str  # name
    iso: str  # code of its province
    population: int  # people: of a census city counted in 2008, else the stale figure of GeoNames
    longitude_deg: float  # and latitude_deg: place on WGS 84 [deg]
    latitude_deg: float


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def read_provinces() -> tuple[PackProvince, ...]:
    """Return the provinces of the pack by code."""
    collection: dict[str, Any] = json.loads((FOLDER / "provinces.geojson").read_text("ascii"))
    outlines = {
        feature["id"]: shapely.geometry.shape(feature["geometry"])
        for feature in collection["features"]
    }
    return tuple(
        PackProvince(
            row["iso"],
            row["name"],
            int(row["population"]),
            float(row["urban_share"]),
            outlines[row["iso"]],
        )
        for row in _rows("census_provinces.csv")
    )


def _places(name: str) -> tuple[PackPlace, ...]:
    return tuple(
        PackPlace(
            row["name"],
            row["iso"],
            int(row["population"]),
            float(row["longitude_deg"]),
            float(row["latitude_deg"]),
        )
        for row in _rows(name)
    )


@cache
def read_census_cities() -> tuple[PackPlace, ...]:
    """Return the cities of the census by falling population."""
    return _places("census_cities.csv")


@cache
def read_settlements() -> tuple[PackPlace, ...]:
    """Return the settlements of GeoNames by falling, stale population."""
    return _places("settlements.csv")


@cache
def read_elevation() -> Elevation:
    """Return the elevation of the pack."""
    with np.load(FOLDER / "elevation_5min.npz") as file:
        height_m = file["height_m"]
        latitude_deg, longitude_deg = file["latitude_deg"], file["longitude_deg"]
    land = read_land()
    with np.load(FOLDER / "land_30s.npz") as file:
        north_deg, west_deg = file["north_west_deg"]
    # A 30" node on the border of two cells counts to the southern and eastern one; the margin absorbs rounding.
    node_row = (latitude_deg[0] - north_deg) * 12.0 + np.arange(land.shape[0]) / 10.0
    node_col = (west_deg - longitude_deg[0]) * 12.0 + np.arange(land.shape[1]) / 10.0
    row = np.floor(node_row + 0.5 + 1e-6).astype(np.int64)
    col = np.floor(node_col + 0.5 + 1e-6).astype(np.int64)
    row_ok = (row >= 0) & (row < height_m.shape[0])
    col_ok = (col >= 0) & (col < height_m.shape[1])
    is_land = np.zeros(height_m.shape, np.bool_)
    np.logical_or.at(
        is_land,
        np.ix_(row[row_ok], col[col_ok]),
        land[np.ix_(np.flatnonzero(row_ok), np.flatnonzero(col_ok))],
    )
    return Elevation(height_m, is_land, latitude_deg, longitude_deg)


@cache
def read_land() -> NDArray[np.bool_]:
    """Return the land mask of the pack."""
    with np.load(FOLDER / "land_30s.npz") as file:
        n_rows, n_cols = (int(n) for n in file["shape"])
        bits = np.unpackbits(file["land_bits"], count=n_rows * n_cols)
    return bits.reshape(n_rows, n_cols).astype(np.bool_)


@cache
def read_settlement_classes() -> ClassRaster:
    """Return the settlement classes of the pack; 0 farther than 3 km from the provinces."""
    with np.load(FOLDER / "settlement_classes_15s.npz") as file:
        code = np.repeat(file["run_class"], file["run_length"]).reshape(file["shape"])
        north_deg, west_deg = (float(end) for end in file["north_west_deg"])
        return ClassRaster(code, north_deg, west_deg, 1.0 / int(file["steps_per_deg"]))


LARGEST_TOWN = 40_000
"""People of a province's first-ranked town that the census cities do not name (assumption)."""

SMALLEST_TOWN = 10_000
"""People of the least town; between them size falls with the square root of rank (assumption)."""

SAME_PLACE_M = 6_000.0
"""A settlement nearer than this to a larger one, or within two spreads of it, is a part of it (assumption). [m]"""

SMOOTH_NOTE = "heights are means of 5-arc-minute cells, interpolated: valleys and summits are lost"

CAMPS_NOTE = "702,372 people counted in military camps in 2008 are in no province"

CENSUS_NOTE = f"people are census totals of provinces spread by rule; {CAMPS_NOTE}"

NOTES = (SMOOTH_NOTE, CENSUS_NOTE)
"""What every output must say of the embedded data."""


def embedded_country(city_spread_km: float) -> Country:
    """
    Return North Korea.

    Cities have the figures of the census less the province's rural share; other settlements, whose figures are
    stale, have a size by their rank in the province, from `LARGEST_TOWN` down to `SMALLEST_TOWN`.
    """
    return Country(
        provinces=tuple(
            Province(province.iso, province.name, province.population, province.outline)
            for province in read_provinces()
        ),
        settlements=tuple(
            Settlement(
                place.name, place.iso, place.population, place.longitude_deg, place.latitude_deg
            )
            for place in _sized_places(city_spread_km)
        ),
        elevation=read_elevation(),
        notes=NOTES,
    )


def _sized_places(city_spread_km: float) -> list[PackPlace]:
    """Return census cities and the towns apart from them, with their sizes, the largest first."""
    places = list(read_census_cities())
    rank: dict[str, int] = {}
    for town in read_settlements():
        if any(_is_part(town, place, city_spread_km) for place in places):
            continue
        rank[town.iso] = rank.get(town.iso, 0) + 1
        size = max(SMALLEST_TOWN, round(LARGEST_TOWN / math.sqrt(rank[town.iso])))
        places.append(replace(town, population=size))
    for province in read_provinces():
        urban = sum(place.population for place in places if place.iso == province.iso)
        # The census counts a city with its rural part: together places never exceed the urban share.
        share = min(1.0, province.urban_share * province.population / urban)
        places = [
            replace(place, population=round(place.population * share))
            if place.iso == province.iso
            else place
            for place in places
        ]
    return sorted(places, key=lambda place: (-place.population, place.name))


def _is_part(town: PackPlace, place: PackPlace, city_spread_km: float) -> bool:
    """Return whether a town is a part of a larger place: on a sphere, near enough for this purpose."""
    mean_rad = math.radians((town.latitude_deg + place.latitude_deg) / 2.0)
    north_rad = math.radians(town.latitude_deg - place.latitude_deg)
    east_rad = math.radians(town.longitude_deg - place.longitude_deg) * math.cos(mean_rad)
    distance_m = EARTH_RADIUS_M * math.hypot(north_rad, east_rad)
    return distance_m < max(SAME_PLACE_M, 2.0 * spread_m(place.population, city_spread_km))
