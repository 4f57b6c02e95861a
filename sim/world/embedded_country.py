"""The embedded country: North Korea's provinces, settlements with their sizes, heights and land, from the data pack."""

import csv
import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely.geometry
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sim.world.country import ClassRaster, Country, Elevation, Province, Settlement

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


SMOOTH_NOTE = "heights are means of 5-arc-minute cells, interpolated: valleys and summits are lost"

CAMPS_NOTE = "702,372 people counted in military camps in 2008 are in no province"

CENSUS_NOTE = f"people are census totals of provinces, modelled by class of settlement, not observed; {CAMPS_NOTE}"

CLASSES_NOTE = "settlement classes are those of 2025, a projection (GHS-WUP-DEGURBA R2025A, European Commission)"

NOTES = (SMOOTH_NOTE, CENSUS_NOTE, CLASSES_NOTE)
"""What every output must say of the embedded data."""


def embedded_country(city_urban_share: float) -> Country:
    """
    Return North Korea.

    Cities have the people of the census, as far as they live in built-up areas; the names of other towns are those of
    GeoNames, whose figures are stale.
    """
    cities = [
        replace(city, population=round(city_urban_share * city.population))
        for city in read_census_cities()
    ]
    return Country(
        provinces=tuple(
            Province(province.iso, province.name, province.population, province.outline)
            for province in read_provinces()
        ),
        cities=tuple(map(_settlement, cities)),
        names=tuple(map(_settlement, read_settlements())),
        classes=read_settlement_classes(),
        elevation=read_elevation(),
        notes=NOTES,
    )


def _settlement(place: PackPlace) -> Settlement:
    return Settlement(
        place.name, place.iso, place.population, place.longitude_deg, place.latitude_deg
    )
