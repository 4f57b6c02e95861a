"""What must hold before a run begins: tables that can be read, rates that can be drawn, memory that is there."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import Problem, ScenarioError, SimError
from sim.network.demand import check_demand
from sim.runs.extensions import read_extensions
from sim.runs.needs import Needs, needs_of, without_calls
from sim.runs.precision import precision_problems
from sim.scenario.fields import field_shapes
from sim.scenario.find import label_of
from sim.scenario.load import examine_scenario
from sim.scenario.memory import MAX_MEMORY_BYTES, square_bytes
from sim.scenario.resolve import LoadedScenario
from sim.scenario.schema import Scenario
from sim.world.country import Territory
from sim.world.exchange_files import read_fixed_files
from sim.world.exchanges import build_exchanges
from sim.world.grid import make_grid
from sim.world.landscape import find_land, make_landscape, survey_land
from sim.world.listed_sites import SiteFile, list_sites, read_tables


def require_feasible(
    loaded: LoadedScenario, n_jobs: int | None = 1, *, with_calls: bool = True, n_worlds: int = 1
) -> Needs:
    """Refuse a run that cannot come to an end, before anything is made, and say what it needs."""
    ground = _Ground(loaded.scenario, loaded.path, frozenset(Scenario.model_fields), with_calls)
    problems, needs = ground.problems(n_jobs or 1, n_worlds)
    if problems or needs is None:
        raise SimError(*problems)
    return needs


def load_or_refuse(
    name_or_path: str | Path, overrides: Sequence[str] = (), *, with_calls: bool = True
) -> LoadedScenario:
    """Load a scenario; refuse one with all that is wrong with it and with the world of its sound sections."""
    examined = examine_scenario(name_or_path, overrides)
    if examined.loaded is not None:
        return examined.loaded
    scenario = Scenario.model_construct(**(_defaults() | examined.sections))
    sound = frozenset(examined.sections)
    problems, _ = _Ground(scenario, examined.path, sound, with_calls).problems(1, 1)
    raise ScenarioError(*examined.problems, *problems)


def require_sound(
    name_or_path: str | Path, overrides: Sequence[str] = ()
) -> tuple[LoadedScenario, Needs]:
    """
    Return a scenario with which nothing is wrong, extensions included, and what a run of it needs.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a scenario, or path of its file.
    overrides : sequence of str
        `PATH=VALUE` texts.

    Returns
    -------
    LoadedScenario
        Scenario.
    Needs
        What a run needs.

    Raises
    ------
    SimError
        With everything that can be found to be wrong.
    """
    loaded = load_or_refuse(name_or_path, overrides)
    problems: list[Problem] = []
    needs = None
    with _noting(problems):
        needs = require_feasible(loaded)
    with _noting(problems):
        read_extensions(loaded)
    if problems or needs is None:
        raise SimError(*problems)
    return loaded, needs


def _defaults() -> dict[str, Any]:
    """Return sections for those that are wrong, which nobody looks at."""
    return {
        key: shape.default for key, shape in field_shapes(Scenario).items() if not shape.is_required
    }


@contextmanager
def _noting(problems: list[Problem]) -> Iterator[None]:
    """Let what fails be told together with what fails after it."""
    try:
        yield
    except SimError as error:
        problems.extend(error.problems)


@dataclass(frozen=True)
class _Ground:
    """Where a scenario is to be built, as far as its sections are sound."""

    scenario: Scenario
    path: Path  # its file
    sound: frozenset[str]  # sections of which nothing is wrong
    with_calls: bool  # whether calls are simulated

    def problems(self, n_jobs: int, n_worlds: int) -> tuple[list[Problem], Needs | None]:
        """Return everything that is wrong, whatever became of what was looked at before, and what a run needs."""
        problems: list[Problem] = []
        land, sites, needs = None, None, None
        with _noting(problems):
            land = self._land()
        with _noting(problems):
            sites = self._sites()
        n_before = len(problems)
        with _noting(problems):
            if self._is_sound("networks", "fixed"):
                read_fixed_files(self.scenario, self.path.parent)
        n_fixed = len(problems)
        with _noting(problems):
            if self.with_calls and self._is_sound(*_OF_DEMAND):
                check_demand(self.scenario)
        if self.with_calls and self._is_sound(*_OF_MEASURES):
            codes = None if land is None else land.code
            problems += precision_problems(self.scenario, codes)
        if land is not None and sites is not None:
            too_much: list[Problem] = []
            if self.sound == frozenset(Scenario.model_fields) and len(problems) == n_fixed:
                needs, too_much = self._needs(land, sites, n_jobs, n_worlds)
            if not too_much and self._fits(land):
                problems += self._on_the_ground(land, sites, has_files=n_fixed == n_before)
            problems += too_much
        return [_in_file(self.path, problem) for problem in problems], needs

    def _is_sound(self, *sections: str) -> bool:
        return self.sound.issuperset(sections)

    def _land(self) -> Territory | None:
        """Return the land; where it cannot be told how much memory it takes, only whether there is any."""
        scenario, folder = self.scenario, self.path.parent
        if self._is_sound(*_OF_LAND, "grid", "radio", "subscribers"):
            return survey_land(scenario, folder)[1]
        if self._is_sound(*_OF_LAND):
            return find_land(scenario, folder)[1]
        return None

    def _sites(self) -> list[SiteFile] | None:
        is_sound = self._is_sound("networks")
        return read_tables(self.scenario, self.path.parent) if is_sound else None

    def _needs(
        self, land: Territory, sites: list[SiteFile], n_jobs: int, n_worlds: int
    ) -> tuple[Needs, list[Problem]]:
        """Return what a run needs, and what of it is too much."""
        scenario, has_calls = self.scenario, self.with_calls
        asked = scenario if has_calls else without_calls(scenario, n_worlds)
        needs = needs_of(asked, land, sites, has_calls=has_calls)
        problems = needs.problems(n_jobs)
        if has_calls:
            problems += _look_problems(scenario, needs.squares)
        return needs, problems

    def _fits(self, land: Territory) -> bool:
        """Return whether the squares have room in memory, which has to be so before they are made."""
        if not self._is_sound("grid"):
            return False
        squares = land.area_m2 / self.scenario.grid.resolution_m**2
        return squares * square_bytes(len(self.scenario.networks), _RANKS) < MAX_MEMORY_BYTES

    def _on_the_ground(
        self, land: Territory, sites: list[SiteFile], *, has_files: bool
    ) -> list[Problem]:
        """Return what lies elsewhere, and exchanges that do not fit together."""
        has_sites = any(len(one.rows) for one in sites)
        problems = _problems_on_grid(self.scenario, self.path.parent, land, has_sites=has_sites)
        # Exchanges by rule fit by themselves; land and people are laid out only where somebody has listed others.
        is_given = self.scenario.fixed.source == "given" and has_files
        if is_given and not problems and self._is_sound("fixed", "switching", "traffic", "radio"):
            problems = _exchange_problems(self.scenario, self.path.parent)
        return problems


_OF_LAND = ("region", "terrain", "population", "networks")
_OF_MEASURES = tuple(Scenario.model_fields)
_OF_DEMAND = ("run", "networks", "subscribers", "traffic", "fixed")
_RANKS = 6
"""The most cells that are kept for a square and network."""


def _problems_on_grid(
    scenario: Scenario, folder: Path, land: Territory, *, has_sites: bool
) -> list[Problem]:
    """
    Return provinces without a square, and sites and rasters that lie elsewhere.

    Squares take up memory, so it has been found to suffice.
    """
    terrain, population = scenario.terrain, scenario.population
    people_files = population.raster_file or population.settlement_classes_file
    has_rasters = bool(terrain.files or terrain.clutter_file or people_files)
    try:
        grid = make_grid(land, scenario.grid.resolution_m)
    except SimError as error:
        return list(error.problems)
    problems: list[Problem] = []
    if has_rasters:
        # GDAL takes a sixth of a second to import: only where a raster is read.
        from sim.world.rasters import check_rasters, list_rasters

        for group in list_rasters(scenario, folder):
            problems.extend(check_rasters(group, grid))
    try:
        if has_sites:
            list_sites(scenario, folder, grid)
    except SimError as error:
        problems.extend(error.problems)
    return problems


def _exchange_problems(scenario: Scenario, folder: Path) -> list[Problem]:
    """Return exchanges and trunk groups that do not fit the region, the networks or each other."""
    try:
        build_exchanges(scenario, folder, make_landscape(scenario, folder))
    except SimError as error:
        return list(error.problems)
    return []


@contextmanager
def naming_file(path: Path) -> Iterator[None]:
    """
    Name the file of a scenario where the problem is with one of its keys.

    Parameters
    ----------
    path : Path
        File.

    Yields
    ------
    None
        Inside, errors are raised with the file.
    """
    try:
        yield
    except SimError as error:
        raise type(error)(*(_in_file(path, problem) for problem in error.problems)) from error


def _in_file(path: Path, problem: Problem) -> Problem:
    """Return a problem of a key with the file in which the key stands."""
    key = re.split(r"[.\[]", problem.where, maxsplit=1)[0]
    if key not in Scenario.model_fields:
        return problem
    return Problem(f"{label_of(path)}: {problem.where}", problem.message)


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
