"""
How often phones on their way cross the borders of cells, against the fluid-flow model: speed x border / (pi x area).

A border of squares is a line of steps, longer than the straight one; by how much is counted, and what is known of
straight borders is multiplied by it.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Voronoi

from sim.network.records import Records
from sim.network.replication import run_network
from sim.radio.coverage import compute_coverage
from sim.scenario.schema import Scenario
from sim.tables import Outcome
from sim.validation.cases import Case
from sim.validation.cells import theory_scenario
from sim.validation.found import Found
from sim.validation.hexagons import hexagonal_sites
from sim.validation.length import Length
from sim.validation.verdict import Comparison, by_ratio
from sim.world.build import build_world

SPEED_M_S, MEAN_S = 40.0, 300.0
SIDE_KM, WIDTH_KM = 0.1, 10.0
"""Sides of a square, and of the region. [km]"""

APART_KM, TURN = 2.0, 0.2
"""Distance of the sites of hexagons, and the angle [rad] by which their rows lie across the squares."""

DENSITY_PER_KM2, MARGIN_KM = 0.6, 2.5
"""Poisson sites; cells whose site is so near to the region's end are left out."""

RADIUS_KM = 4.5
N_RUNS = (12, 30)
"""Replications, of a card of usual length and of a full one; Poisson sites are others in each."""

Points = NDArray[np.float64]
Cells = NDArray[np.int64]


def compare(cases: Sequence[Case], length: Length, faster: float = 1.0) -> Iterator[Found]:
    """Compare crossings; phones that are `faster` than is said show what a wrong program gives."""
    n_runs = length.pick(*N_RUNS)
    for case in cases:
        for one in (
            _hexagons(case, length, n_runs, faster),
            _poisson(case, length, n_runs, faster),
            _circle(case, length, n_runs, faster),
        ):
            yield case.id, one


def _scenario(
    sites: Points, length: Length, speed_m_s: float, path_loss: dict[str, object]
) -> Scenario:
    """Return phones that all go straight on, in cells of which the nearest is the best, and never full."""
    rows = [{"name": f"s{k}", "x_km": float(x), "y_km": float(y)} for k, (x, y) in enumerate(sites)]
    network = {
        "name": "net",
        "n_subscribers": 20_000,
        "equipment": {"n_sectors": 1, "n_channels": 10_000},
        "sites": rows,
    }
    voice = {
        "holding": {"law": "exponential", "mean_s": MEAN_S},
        "ringing": {"p_answer": 1, "mean_s": 0},
        "destination": {"other_network_share": 0, "fixed_share": 1},
    }
    return theory_scenario(
        [network],
        {
            "erl_per_line": 0.01,
            "voice": voice,
            "journeys": {"modes": [{"name": "all", "share": 1, "speed_m_s": speed_m_s}]},
        },
        0.5,
        run={"start": "2022-11-16 00:00", "duration_h": 0.5, "warmup_h": 0.2},
        region={"source": "plain", "width_km": WIDTH_KM, "height_km": WIDTH_KM},
        grid={"resolution_m": 1000.0 * SIDE_KM},
        switching={"trunk_groups": [{"between": ["net", "fixed"], "n_circuits": 100_000}]},
        radio={
            "path_loss": path_loss,
            "min_rscp_dbm": -150,
            "max_range_km": 20,
            "handover": {"hysteresis_db": 0, "time_to_trigger_s": 0, "lost_after_s": 0},
        },
        seed=length.seed,
    )


def _runs(scenario: Scenario, numbers: Sequence[int]) -> tuple[list[Records], Cells]:
    """Return replications, and which cell is the best in each square of the region, by row and column."""
    world = build_world(scenario, Path())
    coverage = compute_coverage(scenario, world)
    best: Cells = np.full(world.grid.square_at.shape, -1, np.int64)
    best[world.grid.row, world.grid.col] = coverage.cell_idx[0, : world.grid.n_squares, 0]
    return [run_network(scenario, world, coverage, number) for number in numbers], best


def _steps(best: Cells, sites: Points, inner: Cells) -> float:
    """Return how much longer the borders of some cells are as squares have them than straight ones."""
    drawn = 0
    for one, other in ((best[1:], best[:-1]), (best[:, 1:], best[:, :-1])):
        is_border = one != other
        drawn += int(np.isin(one[is_border], inner).sum() + np.isin(other[is_border], inner).sum())
    diagram, straight_km = Voronoi(sites), 0.0
    for pair, ends in zip(diagram.ridge_points, diagram.ridge_vertices, strict=True):
        n_inner = int(np.isin(pair, inner).sum())
        if n_inner:
            straight_km += n_inner * math.dist(*diagram.vertices[ends])
    return drawn * SIDE_KM / straight_km


def _left(records: Records, inner: Cells) -> tuple[int, float]:
    """Return how often phones left some cells, and how many seconds they were there."""
    handovers = records["handovers"]
    is_measured = (handovers["time_s"] >= 0.0) & (handovers["time_s"] < records.window_s)
    n_left = int(np.isin(handovers["from_idx"][is_measured], inner).sum())
    return n_left, float(records["cells"]["busy_erl"][inner].sum() * records.window_s)


def _by_rate(
    said: str, known: float, left: Sequence[tuple[int, float]], per_s: float, widest: float
) -> Comparison:
    """Compare departures in units of their rate, by which the known number is to be multiplied."""
    n_left, there_s = np.array(left).T
    return by_ratio(said, known, n_left, there_s * per_s, widest)


def _hexagons(case: Case, length: Length, n_runs: int, faster: float) -> Comparison:
    turn = np.array([[math.cos(TURN), math.sin(TURN)], [-math.sin(TURN), math.cos(TURN)]])
    sites = APART_KM * hexagonal_sites(5) @ turn + WIDTH_KM / 2.0 + np.array([0.007, 0.018])
    sites = sites[((sites > 0.0) & (sites < WIDTH_KM)).all(axis=1)]
    scenario = _scenario(sites, length, SPEED_M_S * faster, {"model": "free_space"})
    inner = _inner(sites, APART_KM)
    runs, best = _runs(scenario, range(n_runs))
    per_s = SPEED_M_S * _steps(best, sites, inner) / (1000.0 * APART_KM / math.sqrt(3.0))
    left = [_left(records, inner) for records in runs]
    return _by_rate("out of a hexagon", case.expected["hexagon_circumradius_R"], left, per_s, 0.05)


def _inner(sites: Points, margin_km: float) -> Cells:
    is_inner = ((sites > margin_km) & (sites < WIDTH_KM - margin_km)).all(axis=1)
    return np.flatnonzero(is_inner)


def _poisson(case: Case, length: Length, n_runs: int, faster: float) -> Comparison:
    """Other sites in each replication; the typical cell is one whose site lies in a window that is given."""
    rng, left = np.random.default_rng(length.seed), []
    for number in range(n_runs):
        n_sites = int(rng.poisson(DENSITY_PER_KM2 * WIDTH_KM**2))
        sites = WIDTH_KM * rng.uniform(size=(n_sites, 2))
        scenario = _scenario(sites, length, SPEED_M_S * faster, {"model": "free_space"})
        inner = _inner(sites, MARGIN_KM)
        runs, best = _runs(scenario, [number])
        n_left, there_s = _left(runs[0], inner)
        left.append((n_left, there_s * _steps(best, sites, inner)))
    per_s = SPEED_M_S * math.sqrt(DENSITY_PER_KM2) / 1000.0
    return _by_rate(
        "out of a Poisson-Voronoi cell", case.expected["poisson_voronoi_density_1"], left, per_s,
        0.25,
    )  # fmt: skip


def _circle(case: Case, length: Length, n_runs: int, faster: float) -> Comparison:
    """
    Compare a lone disc, whose phones are lost as soon as they leave it.

    Of calls that last 1 / mu in the mean a share of (rate / mu) (1 - f*(mu)) leaves, f* the transform of the time that
    a chord takes. A chord of a direction drawn at random is 2 sqrt(1 - b^2) radii long, b uniform.
    """
    middle = np.array([[WIDTH_KM / 2.0, WIDTH_KM / 2.0]])
    path_loss = {"model": "disc", "radius_km": RADIUS_KM}
    scenario = _scenario(middle, length, SPEED_M_S * faster, path_loss)
    radius_s = 1000.0 * RADIUS_KM / SPEED_M_S
    b = (np.arange(100_000) + 0.5) / 100_000
    transform = float(np.exp(-2.0 * radius_s / MEAN_S * np.sqrt(1.0 - b * b)).mean())
    per_call = MEAN_S / radius_s * (1.0 - transform)
    lost, calls = [], []
    for records in _runs(scenario, range(n_runs))[0]:
        attempts = records["attempts"]
        outcome = attempts["outcome"][attempts["time_s"] >= 0.0]
        n_lost = int((outcome == Outcome.DROPPED).sum())
        lost.append(n_lost)
        calls.append((n_lost + int((outcome == Outcome.COMPLETED).sum())) * per_call)
    return by_ratio("out of a circle", case.expected["circle"], lost, calls, 0.1)
