"""Sites that the user gave, in the scenario or in a file beside it, brought onto the grid."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from sim.errors import Problem, WorldError
from sim.scenario.find import label_of
from sim.scenario.messages import did_you_mean, given
from sim.scenario.networks_section import Network, Site
from sim.scenario.schema import Scenario
from sim.scenario.sections import key
from sim.world.grid import Grid, place_on_grid
from sim.world.input_files import noting, raise_first, read_rows
from sim.world.site_cells import MAX_SITES, RADIOS, CellRow, is_cell_header, read_cell_sites
from sim.world.site_features import Point, make_site, read_geojson_sites, read_kml_sites


class SharedSite(Site):
    """A site in a table that several networks share."""

    network: str = key("network whose site it is", length="[1, 48]", evidence=False)


_Rows = list[tuple[str, Site]]
"""Sites, each with the place of its row."""


def _read_sites(path: Path) -> _Rows:
    return read_rows(path, Site, "site", MAX_SITES, of_header=_without_place)


def _read_shared(path: Path) -> list[tuple[str, SharedSite]]:
    needed = ("name", "network")
    return read_rows(path, SharedSite, "site", MAX_SITES, needed, of_header=_without_place)


def is_shared(path: Path) -> bool:
    """Return whether a file is a table of sites that says whose each is."""
    return is_table_of_sites(path) and "network" in _header(path)


def is_table_of_sites(path: Path) -> bool:
    """Return whether a file is a CSV with a row for each site, and not for each cell."""
    kind = FORMATS.get(path.suffix.lower()) or _FIRST.get(_first_byte(path), "csv")
    return kind == "csv" and not is_cell_header(_header(path))


class _SharedTables:
    """
    Tables that say whose each site is, read once for all networks that name them.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where its tables lie.
    """

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self._networks, self._folder = scenario.networks, folder
        self._by_network: dict[Path, dict[str, _Rows] | None] = {}
        self._of_one: dict[Path, str] = {}

    def require_one_user(self, path: Path, network: Network) -> None:
        """Refuse a table that does not say whose its sites are, and that another network has taken them from."""
        first = self._of_one.setdefault(path.resolve(), network.name)
        if first != network.name and is_table_of_sites(path):
            message = (
                f"is named by networks {first} and {network.name}, and does not say whose each site is; add a column "
                "network, or give each a file of its own"
            )
            raise WorldError(Problem(label_of(path), message))

    def rows(self, path: Path, network: Network) -> _Rows:
        """Return the sites of a network; nothing of a table that was refused already."""
        place = path.resolve()
        if place not in self._by_network:
            self._by_network[place] = None
            self._by_network[place] = self._read(path)
        tables = self._by_network[place]
        if tables is None:
            return []
        if network.name not in tables:
            there = ", ".join(list(tables)[:_MAX_NAMED])
            message = (
                f"has no site of {network.name}: column network has {there}; add one, or leave sites_file of "
                f"networks[{network.name}] out"
            )
            raise WorldError(Problem(label_of(path), message))
        return tables[network.name]

    def _read(self, path: Path) -> dict[str, _Rows]:
        """Return the sites of a table by network; refuse those that nobody takes."""
        tables: dict[str, _Rows] = {}
        for where, site in _read_shared(path):
            tables.setdefault(site.network, []).append((where, site))
        takers = {
            one.name
            for one in self._networks
            if one.sites_file is not None
            and (self._folder / one.sites_file).resolve() == path.resolve()
        }
        problems = [
            Problem(rows[0][0], self._why_not(name, len(rows), path))
            for name, rows in tables.items()
            if name not in takers
        ]
        raise_first(problems, label_of(path))
        return tables

    def _why_not(self, name: str, n_rows: int, path: Path) -> str:
        """Return why nobody takes the rows of a network."""
        known = [one.name for one in self._networks]
        rows = f" ({n_rows:,} rows)" if n_rows > 1 else ""
        if name in known:
            return (
                f"network = {given(name)}{rows}: this network does not name the file; give {path.name} as sites_file "
                f"of networks[{name}], or leave its rows out"
            )
        hint = did_you_mean(name, known, "networks")
        return f"network = {given(name)}{rows}: no network of the scenario; {hint}"


def _without_place(where: str, header: list[str]) -> list[Problem]:
    """Return that a header has no pair of coordinates, if so."""
    pairs = ({"x_km", "y_km"}, {"longitude_deg", "latitude_deg"})
    if any(pair <= set(header) for pair in pairs):
        return []
    message = "coordinates are missing: needs x_km and y_km, or longitude_deg and latitude_deg"
    return [Problem(where, message)]


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

_MAX_NAMED = 8

_FIRST = {b"{": "geojson", b"<": "kml"}


@dataclass(frozen=True)
class SiteFile:
    """What a file of sites holds."""

    rows: _Rows  # where each was written, and the site
    notes: tuple[str, ...] = ()  # what was assumed
    of_cells: bool = False  # whether the sites were made of cells, none of which can be left out


def _read_site_file(path: Path, network: Network) -> SiteFile:
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
            return SiteFile(*read_cell_sites(path, network.cells, network.name), of_cells=True)
        return SiteFile(_read_sites(path))
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


SAME_PLACE_M = 1.0
"""Sites of a file nearer than this are one site written twice (assumption). [m]"""


@dataclass(frozen=True)
class SiteOnGrid:
    """A site with its place."""

    where: str  # where the user wrote it
    site: Site  # what the user wrote
    x_m: float  # and y_m: place in the grid's metres [m]
    y_m: float
    square_idx: int  # square in which it stands


@dataclass(frozen=True)
class ListedSites:
    """Sites that a scenario and its files list."""

    # sites of each network: those of the scenario, then those of its file
    standing: list[list[SiteOnGrid]]
    notes: tuple[str, ...]  # what was assumed of them


def list_sites(scenario: Scenario, folder: Path, grid: Grid) -> ListedSites:
    """
    Return the sites that a scenario and its tables list.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where its tables lie.
    grid : Grid
        Squares.

    Returns
    -------
    ListedSites
        Sites and notes.

    Raises
    ------
    WorldError
        If a file is wrong, a name or a place is used twice or a site lies outside the region.
    """
    problems: list[Problem] = []
    listed: list[list[SiteOnGrid]] = []
    notes: list[str] = []
    for network, table in zip(scenario.networks, read_tables(scenario, folder), strict=True):
        listed.append([])
        of_file: list[SiteOnGrid] = []
        for i, (where, site) in enumerate(table.rows):
            standing = _stand(where, site, grid)
            if isinstance(standing, Problem):
                problems.append(standing)
                continue
            listed[-1].append(standing)
            if i >= len(network.sites):
                of_file.append(standing)
        if not table.of_cells:
            problems.extend(_same_places(of_file))
        notes += [*table.notes, *_notes(network, of_file, grid)]
    raise_first(problems)
    return ListedSites(listed, tuple(notes))


def _same_places(sites: Sequence[SiteOnGrid]) -> Iterator[Problem]:
    """Yield sites of a file that stand where another one stands."""
    if len(sites) < 2:
        return
    from scipy.spatial import cKDTree

    places = np.array([(site.x_m, site.y_m) for site in sites])
    found = cKDTree(places).query(places, k=2)
    away_m, others = np.asarray(found[0]), np.asarray(found[1])
    told: set[int] = set()
    for i in np.flatnonzero(away_m[:, 1] <= SAME_PLACE_M).tolist():
        other = int(others[i, 0]) if others[i, 0] != i else int(others[i, 1])
        later, earlier = max(i, other), min(i, other)
        if later not in told:
            told.add(later)
            message = (
                f"stands within {SAME_PLACE_M:g} m of {sites[earlier].where}: a network has one site at a place; "
                "leave one out"
            )
            yield Problem(sites[later].where, message)


def _notes(network: Network, sites: Sequence[SiteOnGrid], grid: Grid) -> Iterator[str]:
    """Yield what was assumed of the sites of a file, which is named as in the run's id, wherever it lies."""
    file = PurePosixPath(network.sites_file or "").name
    n_low = sum(site.site.antenna_height_m is None for site in sites)
    if n_low:
        yield (
            f"{n_low:,} of {len(sites):,} sites of {network.name} in {file} have no antenna_height_m: "
            f"{network.equipment.antenna_height_m:g} m are assumed"
        )
    x_m, y_m = (np.array([getattr(site, key) for site in sites]) for key in ("x_m", "y_m"))
    n_beside = int((grid.square_of(x_m, y_m) < 0).sum()) if sites else 0
    if n_beside:
        yield (
            f"{n_beside:,} sites of {network.name} in {file} stand just outside the region's squares: "
            "the nearest square is taken for theirs"
        )


def read_tables(scenario: Scenario, folder: Path) -> list[SiteFile]:
    """
    Return the sites that a scenario and its tables list, before they are brought onto a grid.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where its tables lie.

    Returns
    -------
    list of SiteFile
        Sites by network: those of the scenario, then those of its file.

    Raises
    ------
    WorldError
        If a table is wrong, or a name is used twice.
    """
    problems: list[Problem] = []
    listed: list[SiteFile] = []
    first_use: dict[str, str] = {}
    shared = _SharedTables(scenario, folder)
    for network in scenario.networks:
        named = [
            (f"networks[{network.name}].sites[{i}]", site) for i, site in enumerate(network.sites)
        ]
        notes: tuple[str, ...] = ()
        of_cells = False
        if network.sites_file is not None:
            path = folder / network.sites_file
            with noting(problems):
                if is_shared(path):
                    table = SiteFile(shared.rows(path, network))
                else:
                    shared.require_one_user(path, network)
                    table = _read_site_file(path, network)
                named += table.rows
                notes, of_cells = table.notes, table.of_cells
        listed.append(SiteFile(named, notes, of_cells))
        for where, site in named:
            if site.name in first_use:
                shown = given(site.name)
                message = f"name = {shown}: already that of {first_use[site.name]}; rename one"
                problems.append(Problem(where, message))
            first_use.setdefault(site.name, where)
    raise_first(problems)
    return listed


def _stand(where: str, site: Site, grid: Grid) -> SiteOnGrid | Problem:
    """Return a site on the grid, or why it cannot stand."""
    place = place_on_grid(where, site, grid)
    return place if isinstance(place, Problem) else SiteOnGrid(where, site, *place)
