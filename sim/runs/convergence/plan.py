"""The plan of a study of convergence: a sweep of every choice's levels, over seeds that all levels share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from sim.errors import Problem, SimError
from sim.runs.convergence.held_sites import held_sites
from sim.runs.feasible import load_or_refuse, require_feasible
from sim.runs.measures.subjects import SUBJECTS
from sim.runs.method.choices import Choice, Levels, Value, chosen, levels_of
from sim.runs.method.headlines import HEADLINES
from sim.runs.run import settled_overrides
from sim.runs.sweeps.plan import load_planned
from sim.scenario.locate import plain
from sim.scenario.messages import given
from sim.scenario.paths import parse_override
from sim.scenario.resolve import LoadedScenario
from sim.scenario.schema import Scenario
from sim.scenario.sweep_file import OF_COVERAGE, LoadedSweep
from sim.scenario.sweep_section import Axis, Sweep
from sim.tables import ALL

AS_IS = "as_is"
"""Name of the level that the scenario has."""

LEVEL, DRAW = "level", "draw"
"""Axes of the sweep: which choice has which value, and the seed."""

_SEEDS = 2**32
ANY = "any"


@dataclass(frozen=True)
class Study:
    """What a study of convergence compares."""

    loaded: LoadedScenario  # scenario as it is
    overrides: tuple[str, ...]  # what was set in it, seed and number of replications apart
    levels: tuple[Levels, ...]  # values of each choice
    n_replications: int  # replications, each with a seed, and so a world, of its own
    factor: float  # how many times coarser or finer a level is than the next
    with_calls: bool  # whether calls are simulated
    holds_sites: bool  # whether sites stand where they stand in the scenario as it is

    @property
    def seeds(self) -> list[int]:
        """Return the seeds of the replications: the scenario's own, and those after it."""
        return [(self.loaded.scenario.seed + i) % _SEEDS for i in range(self.n_replications)]

    @property
    def networks(self) -> list[str]:
        """Return the names of the networks."""
        return [network.name for network in self.loaded.scenario.networks]

    def case_of(self, levels: Levels, i: int) -> str:
        """Return the name of a level in the sweep."""
        return AS_IS if i == levels.as_is else case_name(levels, i)

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """Return the measures that are compared, of all that the scenario may have."""
        scenario = self.loaded.scenario
        there = {m.name for one in SUBJECTS if one.in_scenario(scenario) for m in one.measures}
        wanted = [name for name in HEADLINES if self.with_calls or name.startswith(OF_COVERAGE)]
        return tuple(name for name in wanted if name in there)

    @cached_property
    def sweep(self) -> LoadedSweep:
        """Return the runs as a sweep: all levels of a seed before the next, those of one world beside each other."""
        cases: dict[str, dict[str, Any]] = {AS_IS: {}}
        for one in self.levels:
            for i, value in enumerate(one.values):
                if i != one.as_is:
                    cases[case_name(one, i)] = {one.choice.path: value}
        scenario, path = self.loaded.scenario, self.loaded.path
        always = _plain(self.overrides)
        if self.holds_sites:
            always |= held_sites(self.loaded)
        # The last counts: neither `run` nor `run.precision` may say how many there are.
        always["run.replications"] = 1
        sweep = Sweep(
            name=scenario.name,
            notes="What choices of the method leave: every level on the same seeds.",
            base=path.name,
            set=always,
            design="list",
            axes=(Axis(name=LEVEL, choices=cases), Axis(name=DRAW, path="seed")),
            points=tuple({LEVEL: case, DRAW: seed} for seed in self.seeds for case in cases),
            coverage_only=not self.with_calls,
            measures=self.measures,
            networks=(ALL, *self.networks),
            covered_by=(ALL, ANY),
        )
        return LoadedSweep(sweep, path)


def case_name(levels: Levels, i: int) -> str:
    """Return the name of a value that is not the scenario's."""
    value = levels.values[i]
    return f"{levels.choice.name} {value if isinstance(value, str) else format(value, 'g')}"


def make_study(
    name_or_path: str | Path,
    overrides: Sequence[str] = (),
    *,
    choices: Sequence[str] = (),
    seed: int | None = None,
    replications: int | None = None,
    factor: float = 2.0,
    with_calls: bool = True,
    holds_sites: bool = True,
) -> Study:
    """
    Say what a study of convergence compares.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a scenario, or path of its file.
    overrides : sequence of str
        `PATH=VALUE` texts.
    choices : sequence of str
        Choices, all that the scenario has when empty.
    seed, replications : int, optional
        In place of the scenario's own.
    factor : float
        How many times coarser or finer.
    with_calls : bool
        Whether calls are simulated; coverage alone is compared else.
    holds_sites : bool
        Whether sites stand where they stand in the scenario as it is.

    Returns
    -------
    Study
        Levels that can be run, and why others cannot.

    Raises
    ------
    SimError
        If the scenario, a choice or a number cannot be used, or nothing is left to compare.
    """
    settled = settled_overrides(overrides, seed, replications)
    loaded = load_or_refuse(name_or_path, settled, with_calls=with_calls)
    scenario = loaded.scenario
    _check(scenario, factor)
    require_feasible(loaded, with_calls=with_calls)

    refused = partial(_refused, str(loaded.path), _plain(overrides), with_calls=with_calls)
    wanted = chosen(choices, scenario, with_calls=with_calls)
    levels = tuple(levels_of(one, scenario, factor, refused) for one in wanted)
    if not any(len(one.values) > 1 for one in levels):
        told = [Problem("", line) for one in levels for line in one.left_out]
        message = "no choice of this scenario has another value that can be run"
        raise SimError(Problem(scenario.name, message), *told)
    n = scenario.run.replications
    return Study(loaded, tuple(overrides), levels, n, factor, with_calls, holds_sites)


def _refused(
    file: str, always: Mapping[str, Any], choice: Choice, value: Value, *, with_calls: bool
) -> str:
    """Return why a value cannot be run, by its bounds or its need of memory; empty where it can."""
    try:
        level = load_planned(file, (*always.items(), (choice.path, value)))
        if choice.of_world:
            require_feasible(level, with_calls=with_calls)
    except SimError as error:
        return error.problems[0].message
    return ""


def _check(scenario: Scenario, factor: float) -> None:
    problems = []
    if not 1.0 < factor <= 10.0:  # NaN too
        problems.append(Problem(f"factor = {given(factor)}", "must be more than 1, 10 at most"))
    if scenario.run.replications < 2:
        message = "must be 2 or more: a difference of one pair has no interval"
        problems.append(Problem(f"replications = {scenario.run.replications}", message))
    if problems:
        raise SimError(*problems)


def _plain(overrides: Sequence[str]) -> dict[str, Any]:
    """Return overrides as values by path; the number of replications is the study's own."""
    parsed = [parse_override(text) for text in overrides]
    kept = [one for one in parsed if one.path not in ("run.replications", "seed")]
    return {one.path: plain(one.value) for one in kept}
