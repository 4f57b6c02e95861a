"""What must hold before a run begins: tables that can be read, rates that can be drawn, memory that is there."""

import math
import os
import re
from collections.abc import Callable

import numpy as np

from sim.errors import Problem, SimError
from sim.network.demand import check_demand, flow_rates, lengths_h, most_attempts, session_rates
from sim.runs.measures import coverage
from sim.runs.measures.registry import SUBJECTS
from sim.runs.measures.timeseries import BIN_S
from sim.runs.measures.window import WINDOW_BYTES
from sim.scenario.data_section import Data
from sim.scenario.find import label_of
from sim.scenario.load import LoadedScenario
from sim.scenario.memory import (
    BASE_BYTES,
    HELD_TWICE,
    LINE_BYTES,
    MAX_MEMORY_BYTES,
    data_bytes,
    link_bytes,
    n_lines,
    radio_bytes,
    square_bytes,
)
from sim.scenario.schema import Scenario
from sim.tables import ATTEMPTS, CALLS, REPLICATIONS, TIMESERIES
from sim.world.exchange_tables import read_fixed_files
from sim.world.exchanges import build_exchanges
from sim.world.grid import make_grid
from sim.world.landscape import make_landscape, survey_land
from sim.world.listed_sites import list_sites, read_tables
from sim.world.region import Territory

MACHINE_SHARE = 0.9
"""Share of the machine's memory that all processes together may be estimated to need (house limit). [1]"""

ATTEMPT_BYTES = math.ceil(HELD_TWICE * ATTEMPTS.row_bytes) + WINDOW_BYTES
"""An attempt in the loop, whose blocks become one table, and in the measures (measured 205 B). [B]"""

KEPT_ATTEMPT_BYTES = math.ceil(HELD_TWICE * CALLS.row_bytes)
"""An attempt again where its row is kept: its columns and their Parquet part (measured 151 B). [B]"""

MEASURE_BYTES, BIN_BYTES = REPLICATIONS.row_bytes, TIMESERIES.row_bytes
"""A row of the measures and of the time series, when all replications come together. [B]"""


def require_feasible(
    loaded: LoadedScenario, n_jobs: int = 1, *, with_calls: bool = True, n_worlds: int = 1
) -> None:
    """
    Refuse a run that cannot come to an end, before anything is made.

    Parameters
    ----------
    loaded : LoadedScenario
        Scenario.
    n_jobs : int
        Processes.
    with_calls : bool
        Whether calls are simulated, not only coverage computed.
    n_worlds : int
        Worlds of which coverage alone is computed.

    Raises
    ------
    SimError
        With everything that is wrong.
    """
    scenario = loaded.scenario
    land: list[Territory] = []
    sites: list[int] = []

    def _survey() -> None:
        land.append(survey_land(scenario, loaded.folder)[1])

    def _read_sites() -> None:
        tables = read_tables(scenario, loaded.folder)
        sites.append(sum(len(table.rows) for table in tables))

    def _read_exchanges() -> None:
        read_fixed_files(scenario, loaded.folder)

    def _demand() -> None:
        if with_calls:
            check_demand(scenario)

    problems = _problems_of(_survey, _read_sites, _read_exchanges, _demand)
    if not problems:
        squares = math.ceil(land[0].area_m2 / scenario.grid.resolution_m**2)
        if with_calls:
            attempts = math.ceil(most_attempts(scenario))
            rows = _rows(scenario, sites[0])
            problems = _memory_problems(scenario, squares, attempts, rows, n_jobs)
            problems += _look_problems(scenario, squares)
        else:
            problems = _coverage_problems(scenario, squares, n_jobs, n_worlds)
    if not problems:
        problems = _problems_on_grid(loaded, land[0], has_sites=bool(sites[0]))
    # Exchanges by rule fit by themselves; land and people are laid out only where somebody has listed others.
    if not problems and scenario.fixed.source == "given":
        problems = _exchange_problems(loaded)
    if problems:
        raise SimError(*(_in_file(loaded, problem) for problem in problems))


def _problems_of(*steps: Callable[[], None]) -> list[Problem]:
    """Return the problems of all steps, each of which is taken whatever became of those before."""
    problems: list[Problem] = []
    for step in steps:
        try:
            step()
        except SimError as error:
            problems.extend(error.problems)
    return problems


def _coverage_problems(
    scenario: Scenario, squares: int, n_jobs: int, n_worlds: int
) -> list[Problem]:
    """Return what the coverage of so many worlds would take too much of."""
    run = scenario.run.model_copy(update={"replications": n_worlds})
    networks = [one.model_copy(update={"n_subscribers": 0}) for one in scenario.networks]
    traffic = scenario.traffic.model_copy(update={"data": Data()})
    scenario = scenario.model_copy(update={"run": run, "networks": networks, "traffic": traffic})
    return _memory_problems(scenario, squares, 0, _coverage_rows(scenario), n_jobs)


def _problems_on_grid(loaded: LoadedScenario, land: Territory, *, has_sites: bool) -> list[Problem]:
    """Return sites and rasters that lie elsewhere: squares take up memory, so it has been found to suffice."""
    terrain, population = loaded.scenario.terrain, loaded.scenario.population
    has_rasters = bool(terrain.files or terrain.clutter_file or population.raster_file)
    if not has_sites and not has_rasters:
        return []
    try:
        grid = make_grid(land, loaded.scenario.grid.resolution_m)
    except SimError as error:
        return list(error.problems)
    problems: list[Problem] = []
    if has_rasters:
        # GDAL takes a sixth of a second to import: only where a raster is read.
        from sim.world.raster_fit import check_rasters
        from sim.world.rasters import list_rasters

        for group in list_rasters(loaded.scenario, loaded.folder):
            problems.extend(check_rasters(group, grid))
    try:
        list_sites(loaded.scenario, loaded.folder, grid)
    except SimError as error:
        problems.extend(error.problems)
    return problems


def _exchange_problems(loaded: LoadedScenario) -> list[Problem]:
    """Return exchanges and trunk groups that do not fit the region, the networks or each other."""
    scenario = loaded.scenario
    try:
        build_exchanges(scenario, loaded.folder, make_landscape(scenario, loaded.folder))
    except SimError as error:
        return list(error.problems)
    return []


def _in_file(loaded: LoadedScenario, problem: Problem) -> Problem:
    """Return a problem of a key with the file in which the key stands."""
    key = re.split(r"[.\[]", problem.where, maxsplit=1)[0]
    if key not in Scenario.model_fields:
        return problem
    return Problem(f"{label_of(loaded.path)}: {problem.where}", problem.message)


MAX_LOOKS = 200_000_000_000
"""Most looks at squares to see whether they are covered, in a replication (house limit): half a day or so."""


def _look_problems(scenario: Scenario, squares: int) -> list[Problem]:
    """Return what says that squares are looked at without end."""
    if scenario.radio.capacity != "wcdma":
        return []
    step_s = scenario.radio.wcdma.coverage_sample_s
    n_looks = scenario.run.duration_h * 3600.0 / step_s * squares * len(scenario.networks)
    if n_looks <= MAX_LOOKS:
        return []
    message = (
        f"{squares:,} squares would be looked at every {step_s:g} s, {n_looks:,.0f} looks in a replication: must be at "
        f"most {MAX_LOOKS:,}; make it {step_s * n_looks / MAX_LOOKS:.3g} or more"
    )
    return [Problem("radio.wcdma.coverage_sample_s", message)]


def _memory_problems(
    scenario: Scenario, squares: int, attempts: int, rows: tuple[int, int], n_jobs: int
) -> list[Problem]:
    """Return what is too large: one process, or all of them together."""
    run = scenario.run
    lines = n_lines(scenario.networks, scenario.subscribers)
    n_networks, radio = len(scenario.networks), scenario.radio
    of_world = lines * LINE_BYTES + squares * square_bytes(n_networks, radio.n_candidates)
    of_world += radio_bytes(n_networks, radio, squares, lines)
    of_calls = _call_bytes(scenario, attempts, lines)
    n_flows, n_messages = expected_flows(scenario), expected_messages(scenario)
    of_data = data_bytes(n_flows, n_messages)
    n_rows, n_bins = rows
    of_results = run.replications * (n_rows * MEASURE_BYTES + n_bins * BIN_BYTES)
    worker = BASE_BYTES + of_world + of_calls + of_data
    parent = BASE_BYTES + of_world + of_results
    one = max(worker, parent)
    processes = min(n_jobs, run.replications)
    every = one if processes == 1 else processes * worker + parent
    machine = _machine_bytes()
    most = math.floor(MACHINE_SHARE * machine)
    if one <= MAX_MEMORY_BYTES and every <= most:
        return []
    if processes > 1 and one <= min(MAX_MEMORY_BYTES, most):
        fit = max(1, (most - parent) // worker)
        message = (
            f"{processes:,} processes need about {_gib(every)} of memory, {_gib(worker)} each, and the machine has "
            f"{_gib(machine)}: must be at most {fit:,}; lower it"
        )
        return [Problem(f"jobs = {n_jobs}", message)]
    shares = (
        (lines * LINE_BYTES, "subscribers.scale", "lower it"),
        (of_world - lines * LINE_BYTES, "grid.resolution_m", "make it coarser"),
        (of_calls, "run.duration_h", "shorten it, or lower the traffic"),
        (of_data, "run.duration_h", "shorten it, or lower the data and messages"),
        (of_results, "run.replications" if n_bins else "replications", "lower it"),
    )
    _, key, advice = max(shares)
    data = f"{n_flows:,.0f} flows, {n_messages:,.0f} messages, " if of_data else ""
    message = (
        f"the run needs about {_gib(one)} of memory ({lines:,} lines, {squares:,} squares, {attempts:,} calls, {data}"
        f"{run.replications:,} x {n_rows + n_bins:,} rows of results): must be at most {_limit_text(most)}; {advice}"
    )
    return [Problem(key, message)]


def _call_bytes(scenario: Scenario, attempts: int, lines: int) -> int:
    """Return what calls take, their radio links included, in bytes."""
    records = scenario.run.records
    kept_share = {"none": 0.0, "all": 1.0}.get(records.calls, records.sample_share)
    n_bytes = attempts * (ATTEMPT_BYTES + math.ceil(kept_share * KEPT_ATTEMPT_BYTES))
    if attempts:
        n_bytes += link_bytes(len(scenario.networks), scenario.radio, lines, scenario.traffic)
    return n_bytes


def _limit_text(most: int) -> str:
    """Return what one process may take at most, in words."""
    if most < MAX_MEMORY_BYTES:
        return f"{_gib(most)}, {MACHINE_SHARE:.0%} of this machine's"
    return f"{_gib(MAX_MEMORY_BYTES)} for one process"


def _rows(scenario: Scenario, listed_sites: int) -> tuple[int, int]:
    """Return the rows of measures, about, and of the time series of a replication."""
    n_networks = len(scenario.networks) + 1
    n_provinces = _most_provinces(scenario)
    n_cells = sum(
        (network.n_sites + len(network.sites)) * network.equipment.n_sectors
        for network in scenario.networks
    )
    n_cells += 3 * listed_sites
    n_rows = n_networks * n_provinces * _n_measures(scenario, "province")
    n_rows += n_cells * _n_measures(scenario, "cell")
    n_bins = n_networks * math.ceil(scenario.run.duration_h * 3600.0 / BIN_S)
    return n_rows, n_bins


def _coverage_rows(scenario: Scenario) -> tuple[int, int]:
    """Return the rows of measures, about, of a world without calls; it has no time series."""
    return (len(scenario.networks) + 3) * _most_provinces(scenario) * len(coverage.MEASURES), 0


def _n_measures(scenario: Scenario, axis: str) -> int:
    """Return how many measures stand by an axis, of all subjects that the scenario alone does not rule out."""
    subjects = [subject for subject in SUBJECTS if subject.in_scenario(scenario)]
    return sum(axis in measure.axes for subject in subjects for measure in subject.measures)


def _most_provinces(scenario: Scenario) -> int:
    return len(scenario.region.provinces or ()) + 12


def _gib(n_bytes: float) -> str:
    return f"{n_bytes / 2**30:,.1f} GiB"


def _machine_bytes() -> int:
    """Return how many bytes of memory this machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def expected_flows(scenario: Scenario) -> float:
    """Return how many flows are asked for if none is refused or cut."""
    subscribers = scenario.subscribers
    weighted_h, hours = lengths_h(scenario)
    of_class = np.array([one.share for one in subscribers.classes])
    of_device = np.array([one.share for one in subscribers.devices])
    pages = np.array([use.pages_mean for use in scenario.traffic.data.uses])
    sessions_h = session_rates(scenario) * subscribers.scale
    per_line_h = float(of_class @ (sessions_h @ pages) @ of_device)
    of_sources_h = float(flow_rates(scenario).sum())
    return _lines(scenario) * per_line_h * weighted_h + of_sources_h * hours


def expected_messages(scenario: Scenario) -> float:
    """Return how many messages are sent."""
    weighted_h, _ = lengths_h(scenario)
    return _lines(scenario) * scenario.traffic.messages.per_line_h * weighted_h


def _lines(scenario: Scenario) -> float:
    """Return the lines before `subscribers.scale`: a simulated line asks for as many as it stands for."""
    return float(sum(network.n_subscribers for network in scenario.networks))
