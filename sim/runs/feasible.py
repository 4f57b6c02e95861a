"""What must hold before a run begins: tables that can be read, rates that can be drawn, memory that is there."""

import re
from collections.abc import Callable

from sim.errors import Problem, SimError
from sim.network.demand import check_demand
from sim.runs.needs import Needs, needs_of, without_calls
from sim.scenario.find import label_of
from sim.scenario.resolve import LoadedScenario
from sim.scenario.schema import Scenario
from sim.world.country import Territory
from sim.world.exchange_files import read_fixed_files
from sim.world.exchanges import build_exchanges
from sim.world.grid import make_grid
from sim.world.landscape import make_landscape, survey_land
from sim.world.listed_sites import SiteFile, list_sites, read_tables


def require_feasible(
    loaded: LoadedScenario, n_jobs: int | None = 1, *, with_calls: bool = True, n_worlds: int = 1
) -> Needs:
    """
    Refuse a run that cannot come to an end, before anything is made, and say what it needs.

    Parameters
    ----------
    loaded : LoadedScenario
        Scenario.
    n_jobs : int, optional
        Processes; None for as many as fit.
    with_calls : bool
        Whether calls are simulated, not only coverage computed.
    n_worlds : int
        Worlds of which coverage alone is computed.

    Returns
    -------
    Needs
        What it needs, and how many processes fit.

    Raises
    ------
    SimError
        With everything that is wrong.
    """
    scenario = loaded.scenario
    land: list[Territory] = []
    sites: list[SiteFile] = []

    def _survey() -> None:
        land.append(survey_land(scenario, loaded.folder)[1])

    def _read_sites() -> None:
        sites.extend(read_tables(scenario, loaded.folder))

    def _read_exchanges() -> None:
        read_fixed_files(scenario, loaded.folder)

    def _demand() -> None:
        if with_calls:
            check_demand(scenario)

    problems = _problems_of(_survey, _read_sites, _read_exchanges, _demand)
    needs = None
    if not problems:
        if not with_calls:
            scenario = without_calls(scenario, n_worlds)
        needs = needs_of(scenario, land[0], sites, has_calls=with_calls)
        problems = needs.problems(n_jobs or 1)
        if with_calls:
            problems += _look_problems(scenario, needs.squares)
    if not problems:
        problems = _problems_on_grid(loaded, land[0], has_sites=any(len(one.rows) for one in sites))
    # Exchanges by rule fit by themselves; land and people are laid out only where somebody has listed others.
    if not problems and scenario.fixed.source == "given":
        problems = _exchange_problems(loaded)
    if problems or needs is None:
        raise SimError(*(_in_file(loaded, problem) for problem in problems))
    return needs


def _problems_of(*steps: Callable[[], None]) -> list[Problem]:
    """Return the problems of all steps, each of which is taken whatever became of those before."""
    problems: list[Problem] = []
    for step in steps:
        try:
            step()
        except SimError as error:
            problems.extend(error.problems)
    return problems


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
        from sim.world.rasters import check_rasters, list_rasters

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
