"""Files of sites: CSV, GeoJSON, KML, or a CSV of cells, told apart by their names and their first bytes."""

import csv
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Problem, WorldError
from sim.scenario.find import label_of
from sim.scenario.messages import given
from sim.scenario.territory import Network, Site
from sim.world.site_cells import RADIOS, CellRow, is_cell_header, read_cell_sites
from sim.world.site_features import Point, make_site, read_geojson_sites, read_kml_sites
from sim.world.site_table import MAX_SITES, read_sites

FORMATS = {".csv": "csv", ".geojson": "geojson", ".json": "geojson", ".kml": "kml"}
"""Format by the end of a name; other names are judged by their first character."""

_UNREADABLE = {
    ".kmz": "unpack it: the KML lies in it as doc.kml",
    ".zip": "unpack it",
    ".gz": "unpack it",
    ".shp": "save it as GeoJSON",
    ".gpkg": "save it as GeoJSON",
    ".gpx": "save it as KML or GeoJSON",
    ".xlsx": "save the table as CSV",
    ".xls": "save the table as CSV",
    ".ods": "save the table as CSV",
    ".parquet": "save the table as CSV",
}
"""Formats that are not read, and what to do with them."""

_FIRST = {b"{": "geojson", b"<": "kml"}


@dataclass(frozen=True)
class SiteFile:
    """What a file of sites holds."""

    rows: list[tuple[str, Site]]  # where each was written, and the site
    notes: tuple[str, ...] = ()  # what was assumed


def read_site_file(path: Path, network: Network) -> SiteFile:
    """Return the sites of a file."""
    label = label_of(path)
    suffix = path.suffix.lower()
    if suffix in _UNREADABLE:
        message = f"is a {suffix} file: must be CSV, GeoJSON or KML; {_UNREADABLE[suffix]}"
        raise WorldError(Problem(label, message))
    kind = FORMATS.get(suffix) or _FIRST.get(_first_byte(path), "csv")
    if kind == "csv":
        header = _header(path)
        if header and header[0] in RADIOS:
            message = f"has no header: put the line {','.join(CellRow.model_fields)} before the first cell"
            raise WorldError(Problem(f"{label}:1", message))
        if is_cell_header(header):
            return SiteFile(*read_cell_sites(path, network.cells, network.name))
        return SiteFile(read_sites(path))
    read = read_geojson_sites if kind == "geojson" else read_kml_sites
    return _sites_of(read(path, label, MAX_SITES), path, network)


def _first_byte(path: Path) -> bytes:
    """Return the first byte that is no blank, empty where there is none to read."""
    try:
        with path.open("rb") as file:
            return file.read(4_096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    except OSError:
        return b""


def _header(path: Path) -> list[str]:
    """Return the columns of a CSV as far as they can be read: what is wrong with it is found later."""
    try:
        with path.open("rb") as file:
            line = file.read(4_096).decode("utf-8-sig", "replace").lstrip().split("\n", 1)[0]
        return [field.strip() for field in next(csv.reader([line]), [])]
    except (OSError, csv.Error):
        return []


def _sites_of(points: list[Point | Problem], path: Path, network: Network) -> SiteFile:
    """Return the sites of points, or raise all their problems."""
    problems: list[Problem] = []
    rows: list[tuple[str, Site]] = []
    n_unnamed = 0
    for number, point in enumerate(points, 1):
        if isinstance(point, Problem):
            problems.append(point)
            continue
        n_unnamed += not point.name
        site = make_site(point, f"{network.name}_f{number:05d}")
        if isinstance(site, Site):
            rows.append((point.where, site))
        else:
            problems.extend(site)
    if problems:
        raise WorldError(*problems)
    if n_unnamed:
        note = f"{n_unnamed:,} sites of {network.name} have no name in {given(path.name)} and are numbered"
        return SiteFile(rows, (note,))
    return SiteFile(rows)
