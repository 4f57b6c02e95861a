"""
Draw the invented countries of `scenarios/countries/`.

Coasts are circles with a few harmonics, borders are wavy lines; both lie in the open ocean, so that nobody takes them
for a real place. Two runs write the same bytes. Towns and people are typed here; every figure is invented.

    python tools/build_invented_countries.py [--out FOLDER]
"""

import argparse
import itertools
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

OUT = Path(__file__).resolve().parent.parent / "scenarios" / "countries"
KM_PER_DEG = 111.2
STEP_DEG = 1e-4
"""Coordinates are rounded to about 10 m."""

Place = tuple[float, float]

ISLANDS = (
    ("ME-N", "North Merrow", 420_000),
    ("ME-S", "South Merrow", 260_000),
    ("ME-T", "Tarn", 110_000),
    ("ME-K", "The Skerries", 10_000),
)
"""Code, name and people of each province."""

TOWNS = (
    ("Port Merrow", -37.845, -23.905, 180_000),
    ("Aldwick", -37.900, -24.170, 46_000),
    ("Cullen Bay", -37.790, -24.080, 28_000),
    ("Hart's Ness", -37.905, -23.800, 19_000),
    ("Southgate", -38.165, -24.045, 92_000),
    ("Brackwater", -38.080, -24.215, 24_000),
    ("Ember Sound", -38.110, -23.810, 21_000),
    ("Low Farrow", -38.225, -23.950, 11_000),
    ("Tarnhaven", -37.745, -23.190, 48_000),
    ("Oddstone", -37.685, -23.270, 9_000),
    ("Skerry Town", -38.520, -24.560, 4_000),
)
"""Name, latitude, longitude [deg] and people of cities and county seats."""

VALLEY = ((1, "Upper Vale", 14_000), (2, "Middle Vale", 47_000), (3, "Lower Vale", 29_000))
"""Id, label and inhabitants of each province, from the source to the mouth of the river."""


def island(centre: Place, radius_km: float, phase: float, n_points: int) -> shapely.Polygon:
    """
    Return a coast: a circle with harmonics.

    Parameters
    ----------
    centre : tuple of 2 float
        Longitude and latitude. [deg]
    radius_km : float
        Mean radius. [km]
    phase : float
        What tells one island from another. [rad]
    n_points : int
        Corners.

    Returns
    -------
    shapely.Polygon
        Coast. [deg]
    """
    angle = np.arange(n_points) * (2.0 * math.pi / n_points)
    wave = sum(
        share * np.sin(k * angle + phase * k * k)
        for k, share in ((2, 0.16), (3, 0.11), (5, 0.07), (9, 0.04), (17, 0.025), (31, 0.015))
    )
    radius_deg = radius_km / KM_PER_DEG * (1.0 + wave)
    squeeze = math.cos(math.radians(centre[1]))
    return shapely.Polygon(
        np.column_stack(
            (
                centre[0] + radius_deg * np.cos(angle) / squeeze,
                centre[1] + radius_deg * np.sin(angle),
            )
        )
    )


def islands() -> list[shapely.Geometry]:
    """
    Return the outlines of the island country.

    Returns
    -------
    list of shapely.Geometry
        One for each of `ISLANDS`. [deg]
    """
    merrow = shapely.set_precision(island((-24.0, -38.0), 31.0, 1.1, 220), STEP_DEG)
    west_to_east = np.linspace(-24.8, -23.2, 60)
    border = -38.0 + 0.03 * np.sin(14.0 * west_to_east) + 0.015 * np.sin(37.0 * west_to_east)
    line = np.column_stack((west_to_east, border))
    corners = [(-23.2, -37.0), (-24.8, -37.0)]
    upper = shapely.set_precision(shapely.Polygon(np.vstack((line, corners))), STEP_DEG)
    skerries = (
        ((-24.58, -38.53), 6.5, 0.4),
        ((-24.44, -38.61), 4.0, 2.0),
        ((-24.72, -38.60), 3.2, 3.7),
        ((-24.60, -38.67), 2.4, 5.1),
    )
    return [
        shapely.intersection(merrow, upper, grid_size=STEP_DEG),
        shapely.difference(merrow, upper, grid_size=STEP_DEG),
        island((-23.2, -37.73), 14.0, 2.6, 110),
        shapely.MultiPolygon([island(*skerry, 40) for skerry in skerries]),
    ]


def valley() -> list[shapely.Geometry]:
    """
    Return the outlines of the valley, a winding band cut into three.

    Returns
    -------
    list of shapely.Geometry
        One for each of `VALLEY`. [deg]
    """
    east = np.linspace(168.0, 168.6, 61)
    middle = 36.0 + 0.06 * np.sin(12.0 * (east - 168.0)) + 0.02 * np.sin(41.0 * (east - 168.0))
    half = 0.05 + 0.02 * np.sin(7.0 * (east - 168.0) + 0.5)
    cuts = (0, 18, 42, 60)
    provinces: list[shapely.Geometry] = []
    for first, last in itertools.pairwise(cuts):
        own = slice(first, last + 1)
        south = np.column_stack((east[own], (middle - half)[own]))
        north = np.column_stack((east[own], (middle + half)[own]))
        provinces.append(shapely.Polygon(np.vstack((south, north[::-1]))))
    return provinces


def geojson(
    keys: tuple[str, str, str],
    rows: Sequence[tuple[str | int, str, int]],
    outlines: Sequence[shapely.Geometry],
) -> str:
    """
    Return provinces as GeoJSON, a line for each.

    Parameters
    ----------
    keys : tuple of 3 str
        Properties for code, name and people.
    rows : sequence of tuple
        Code, name and people of each province.
    outlines : sequence of shapely.Geometry
        Their outlines. [deg]

    Returns
    -------
    str
        FeatureCollection.
    """
    features = []
    for row, outline in zip(rows, outlines, strict=True):
        rounded = shapely.set_precision(outline, STEP_DEG, mode="pointwise")
        geometry: dict[str, Any] = json.loads(
            shapely.to_geojson(shapely.orient_polygons(rounded)),
            parse_float=lambda text: round(float(text), 4),
        )
        properties = dict(zip(keys, row, strict=True))
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        features.append(json.dumps(feature, separators=(",", ":")))
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description="Draw the invented countries.")
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write to")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    keys = ("code", "name", "population")
    (out / "invented_islands.geojson").write_text(geojson(keys, ISLANDS, islands()), "ascii")
    towns = [f"{name},{lat:.3f},{lon:.3f},{people}\n" for name, lat, lon, people in TOWNS]
    header = "name,latitude_deg,longitude_deg,population\n"
    (out / "invented_islands_towns.csv").write_text(header + "".join(towns), "ascii")
    keys = ("id", "label", "inhabitants")
    (out / "invented_valley.geojson").write_text(geojson(keys, VALLEY, valley()), "ascii")


if __name__ == "__main__":
    main()
