"""The embedded data of North Korea: outlines, census, settlements, elevation and land mask."""

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely.geometry
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sim.world.country import Elevation

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
