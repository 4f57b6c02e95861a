"""How much memory a scenario needs, estimated before anything is made; the figures are measured peaks."""

import math
from collections.abc import Iterator

from sim.scenario.evidence import Finding
from sim.scenario.networks_section import Network
from sim.scenario.radio_section import MODELS_OVER_TERRAIN, Radio
from sim.scenario.region_section import Grid, Region, Terrain, points_per_side
from sim.scenario.subscribers_section import Subscribers
from sim.scenario.traffic_section import Traffic

MAX_MEMORY_BYTES = 16 * 2**30
"""Most memory that one process may be estimated to need (house limit). [B]"""

BASE_BYTES = 350_000_000
"""A process with its libraries and compiled code, before it holds any scenario (measured 270 to 300 MB). [B]"""

LINE_BYTES = 40
"""A line, in the world and in the loop (measured 37 B at 6.75 million lines). [B]"""

_SECOND_PLACE_BYTES = 9
"""A line that has a place beside its home, or might have: there, of which kind, and where it is now (counted). [B]"""

_SQUARE_WORLD_BYTES = 280
"""A square while the world is made, its share of the raster included (measured 133 to 257 B). [B]"""

_SQUARE_KEPT_BYTES, _SQUARE_RESULT_BYTES = 60, 130
"""A square in the world that is kept, and while its rows of the coverage table are written (measured together with
coverage 236 B with two networks). [B]"""

_CANDIDATE_WORK_BYTES, _CANDIDATE_KEPT_BYTES = 14, 6
"""A candidate cell of a square while cells are ranked, and in the coverage that is kept. [B]"""

_SURFACE_BYTES, _CHANCE_BYTES = 60, 60
"""A square where the model needs a surface, and a candidate cell of a square where chance decides: float64 temporaries
of the quadrature (counted, not measured). [B]"""

_HEIGHT_BYTES = 160
"""A height of the ground while relief is made, those of the raster beyond the region with it (measured 150 B). [B]"""

_CITY_SHARE, _CITY_SHARE_OF_PART = 0.05, 0.15
"""Share of the squares that belong to a city and are divided (2.7 % of the embedded country, 12.5 % of its capital's
province). [1]"""

_MOVER_BYTES, _GROUND_BYTES = 400, 40
"""A phone on its way, and a square under it with its share of the raster (counted from the types of the arrays). [B]"""

PLACE_BYTES, _HEARD_BYTES = 40, 12
"""With soft capacity: a cell that a phone's place hears, and a candidate cell of a square once more, with what is
counted of the square (counted from the types of the arrays). [B]"""

PROVINCE_AREA_KM2 = {
    "KP-01": 2_705.0,
    "KP-02": 12_355.0,
    "KP-03": 12_258.0,
    "KP-04": 15_822.0,
    "KP-05": 8_205.0,
    "KP-06": 9_311.0,
    "KP-07": 11_264.0,
    "KP-08": 18_541.0,
    "KP-09": 17_342.0,
    "KP-10": 13_888.0,
    "KP-13": 745.0,
}
"""Provinces of north_korea (ISO 3166-2; KP-02 with Nampo, KP-06 with Kaesong) with the areas of their outlines, which
are read only when the world is made: a test keeps them in step. [km2]"""


def n_squares(region: Region, grid: Grid) -> int:
    """
    Return about how many squares a region has, as far as the scenario alone says it.

    Parameters
    ----------
    region : Region
        Section.
    grid : Grid
        Section.

    Returns
    -------
    int
        Squares; 0 of a country from files.
    """
    if region.source == "geojson":
        return 0
    if region.source == "plain":
        area_km2 = (region.width_km or 0.0) * (region.height_km or 0.0)
    else:
        codes = region.provinces or tuple(PROVINCE_AREA_KM2)
        area_km2 = math.fsum(PROVINCE_AREA_KM2.get(code, 0.0) for code in codes)
    return math.ceil(area_km2 / (grid.resolution_m / 1000.0) ** 2)


def n_lines(networks: tuple[Network, ...], subscribers: Subscribers) -> int:
    """
    Return how many lines are simulated.

    Parameters
    ----------
    networks : tuple of Network
        Networks.
    subscribers : Subscribers
        Section.

    Returns
    -------
    int
        Lines.
    """
    return math.ceil(sum(network.n_subscribers for network in networks) * subscribers.scale)


def lines_bytes(lines: int, traffic: Traffic) -> int:
    """
    Return what lines take, in the world and in the loop.

    Parameters
    ----------
    lines : int
        Lines.
    traffic : Traffic
        Section; with `places`, where each is by the hour.

    Returns
    -------
    int
        Memory. [B]
    """
    return lines * (LINE_BYTES + (_SECOND_PLACE_BYTES if traffic.places else 0))


def square_bytes(n_networks: int, n_candidates: int) -> int:
    """
    Return what a square takes at most, from the world to the tables.

    Parameters
    ----------
    n_networks : int
        Networks.
    n_candidates : int
        Candidate cells kept for each square and network.

    Returns
    -------
    int
        Memory. [B]
    """
    n = n_networks * n_candidates
    ranking = _SQUARE_KEPT_BYTES + _CANDIDATE_WORK_BYTES * n
    # Cell and power of the first candidate of each network are columns of the table.
    writing = (
        _SQUARE_KEPT_BYTES + _CANDIDATE_KEPT_BYTES * n + _SQUARE_RESULT_BYTES + 16 * n_networks
    )
    return max(_SQUARE_WORLD_BYTES, ranking, writing)


def surface_bytes(n_networks: int, radio: Radio) -> int:
    """Return what a square takes besides where heights or chance decide who hears whom."""
    n_bytes = _SURFACE_BYTES if radio.path_loss.model in MODELS_OVER_TERRAIN else 0
    if radio.shadowing.mode == "probability":
        n_bytes += _CHANCE_BYTES * n_networks * radio.n_candidates
    return n_bytes


def points_bytes(
    region: Region, grid: Grid, n_networks: int, n_candidates: int, squares: int
) -> int:
    """
    Return what the points of divided squares take while cells are ranked.

    Parameters
    ----------
    region : Region
        Section.
    grid : Grid
        Section.
    n_networks : int
        Networks.
    n_candidates : int
        Candidate cells kept for each point and network.
    squares : int
        Squares of the region.

    Returns
    -------
    int
        Memory, 0 where no square is divided. [B]
    """
    n_parts = points_per_side(grid.resolution_m, grid.spot_m)
    if n_parts == 1:
        return 0
    is_whole = region.source == "north_korea" and region.provinces is None
    share = _CITY_SHARE if is_whole else _CITY_SHARE_OF_PART
    n_points = math.ceil(share * squares) * n_parts**2
    return n_points * n_networks * n_candidates * _CANDIDATE_WORK_BYTES


def heights_bytes(region: Region, grid: Grid, terrain: Terrain, radio: Radio, squares: int) -> int:
    """
    Return what the heights of parts of squares take while they are made.

    Parameters
    ----------
    region : Region
        Section.
    grid : Grid
        Section.
    terrain : Terrain
        Section.
    radio : Radio
        Section.
    squares : int
        Squares of the region.

    Returns
    -------
    int
        Memory, 0 where no heights are made. [B]
    """
    has_heights = terrain.heights == "files" or region.source == "north_korea"
    is_met = radio.path_loss.model in MODELS_OVER_TERRAIN or terrain.heights != "smooth"
    if not (has_heights and is_met):
        return 0
    return squares * math.ceil(grid.resolution_m / terrain.spacing_m) ** 2 * _HEIGHT_BYTES


def radio_bytes(n_networks: int, radio: Radio, squares: int, lines: int, traffic: Traffic) -> int:
    """
    Return what soft capacity takes beside the coverage, calls apart.

    Parameters
    ----------
    n_networks : int
        Networks.
    radio : Radio
        Section.
    squares : int
        Squares of the region.
    lines : int
        Lines; a place is a square in which a network has any.
    traffic : Traffic
        Section; with `places`, they are in two squares each.

    Returns
    -------
    int
        Memory, 0 where cells have channels. [B]
    """
    if radio.capacity != "wcdma":
        return 0
    n_places = min(squares * n_networks, lines * (2 if traffic.places else 1))
    of_places = n_places * n_heard(n_networks, radio) * PLACE_BYTES
    return of_places + squares * n_networks * radio.n_candidates * _HEARD_BYTES


def movement_bytes(
    n_networks: int, radio: Radio, squares: int, lines: int, traffic: Traffic
) -> int:
    """Return what phones on their way take: where lines are, the ground, and two places of the radio for each."""
    if not traffic.is_moving:
        return 0
    one = _MOVER_BYTES
    if radio.capacity == "wcdma":
        one += 2 * n_heard(n_networks, radio) * PLACE_BYTES
    of_lines = 4 * lines if traffic.journeys.is_on and not traffic.places else 0
    return of_lines + squares * _GROUND_BYTES + one * traffic.most_on_the_way(lines)


def n_heard(n_networks: int, radio: Radio) -> int:
    """
    Return the most cells that a phone hears.

    Parameters
    ----------
    n_networks : int
        Networks.
    radio : Radio
        Section.

    Returns
    -------
    int
        Cells.
    """
    return radio.n_candidates * (n_networks if radio.adjacent_channel.is_on else 1)


def check_memory(
    region: Region,
    grid: Grid,
    terrain: Terrain,
    networks: tuple[Network, ...],
    radio: Radio,
    subscribers: Subscribers,
    traffic: Traffic,
    squares: int | None = None,
) -> Iterator[Finding]:
    """
    Check that the world of a scenario fits into memory.

    Parameters
    ----------
    region : Region
        Section.
    grid : Grid
        Section.
    terrain : Terrain
        Section.
    networks : tuple of Network
        Networks.
    radio : Radio
        Section.
    subscribers : Subscribers
        Section.
    traffic : Traffic
        Section.
    squares : int, optional
        Squares of the region, where they are known better than from the scenario alone.

    Yields
    ------
    Finding
        The need, at the key that drives it most.
    """
    lines = n_lines(networks, subscribers)
    squares = n_squares(region, grid) if squares is None else squares
    n_networks = len(networks)
    of_squares = squares * square_bytes(n_networks, radio.n_candidates)
    of_squares += squares * surface_bytes(n_networks, radio)
    of_squares += radio_bytes(n_networks, radio, squares, lines, traffic)
    of_squares += movement_bytes(n_networks, radio, squares, lines, traffic)
    parts = {
        ("subscribers", "scale"): lines_bytes(lines, traffic),
        ("grid", "resolution_m"): of_squares,
        ("grid", "spot_m"): points_bytes(region, grid, n_networks, radio.n_candidates, squares),
        ("terrain", "spacing_m"): heights_bytes(region, grid, terrain, radio, squares),
    }
    total = BASE_BYTES + sum(parts.values())
    if total <= MAX_MEMORY_BYTES:
        return
    loc = max(parts, key=parts.__getitem__)
    message = (
        f": the world needs about {total / 2**30:,.1f} GiB of memory ({lines:,} lines, {squares:,} squares): "
        f"must be at most {MAX_MEMORY_BYTES / 2**30:.0f} GiB; "
    )
    yield Finding(loc, message + ("lower it" if loc[1] == "scale" else "make it coarser"))
