"""The years of a scenario from its name to their folder: planned, run as a sweep, told beside what was published."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import Problem, SimError, StoreError
from sim.runs.feasible import load_or_refuse
from sim.runs.measures.subjects import MEASURES, SUBJECTS
from sim.runs.provenance import command_line
from sim.runs.run import DEFAULT_ROOT, settled_overrides
from sim.runs.store import storing, write_text
from sim.runs.sweeps.plan import make_plan
from sim.runs.sweeps.store import SweepStore
from sim.runs.sweeps.sweep import order_of, planned_text_of, run_store
from sim.runs.timeline.course import Course
from sim.runs.timeline.dates import asked_dates
from sim.runs.timeline.found import DATE, Found, years_found
from sim.scenario.locate import plain
from sim.scenario.messages import did_you_mean, given
from sim.scenario.paths import parse_override
from sim.scenario.resolve import LoadedScenario
from sim.scenario.sweep_file import MEASURES_OF_COVERAGE, OF_COVERAGE, LoadedSweep
from sim.scenario.sweep_section import Axis, Sweep
from sim.scenario.timeline_section import ANY, N_LINES, N_SITES
from sim.tables import ALL

if TYPE_CHECKING:
    from rich.console import RenderableType

FILE = "years.json"
"""What was found, in the folder of the years of a scenario."""

KIND = "years"
"""Folder of the years of all scenarios, below that of all results."""

OF_CALLS = ("voice.blocking", "voice.dropping", "voice.carried_erl", "data.throughput_bps")
"""Measures that are told beside coverage, where the scenario has them."""


@dataclass(frozen=True)
class Years:
    """What of a scenario is run, and at which dates."""

    loaded: LoadedScenario  # scenario, with what was set in it
    overrides: tuple[str, ...]  # what was set in it
    days: tuple[date, ...]  # dates, rising
    with_calls: bool  # whether calls are simulated
    measures: tuple[str, ...]  # measures that are told

    @cached_property
    def course(self) -> Course:
        """Return what stands when."""
        return Course(self.loaded.scenario)

    @property
    def networks(self) -> list[str]:
        """Return the names of the networks."""
        return [network.name for network in self.loaded.scenario.networks]

    @cached_property
    def sweep(self) -> LoadedSweep:
        """Return the runs as a sweep: one for each date, which all have the same hour and the same draws."""
        states = {
            day.isoformat(): self.course.settings(day, with_lines=self.with_calls)
            for day in self.days
        }
        parsed = [parse_override(text) for text in self.overrides]
        always = {one.path: plain(one.value) for one in parsed}
        several = len(self.networks) > 1
        sweep = Sweep(
            name=self.loaded.scenario.name,
            notes="One hour at each date, on the same draws.",
            base=self.loaded.path.name,
            set=always,
            design="list",
            axes=(Axis(name=DATE, choices=states),),
            points=tuple({DATE: name} for name in states),
            coverage_only=not self.with_calls,
            measures=self.measures,
            networks=(ALL, *self.networks),
            covered_by=(ALL, ANY) if several else (ALL,),
        )
        return LoadedSweep(sweep, self.loaded.path)


@dataclass(frozen=True)
class YearsResult:
    """What came of the years of a scenario."""

    folder: Path  # their folder
    # and n_kept, n_failed: dates, those that are kept, and those of them that failed
    n_runs: int
    n_kept: int
    n_failed: int
    is_new: bool  # whether anything was computed now

    @property
    def is_whole(self) -> bool:
        """Whether every date is kept, and what was found is written."""
        return self.n_kept == self.n_runs

    @cached_property
    def found(self) -> Found:
        """What was found, as plain values."""
        return read_years(self.folder)

    def shown(self) -> "RenderableType":
        """
        Return what was found for a terminal.

        Returns
        -------
        RenderableType
            Tables and lines.
        """
        from sim.runs.timeline.printed import printed_years

        return printed_years(self.found)


def make_years(
    name_or_path: str | Path,
    overrides: Sequence[str] = (),
    *,
    dates: Sequence[str] = (),
    every: str | None = None,
    measures: Sequence[str] = (),
    seed: int | None = None,
    replications: int | None = None,
    with_calls: bool = True,
) -> Years:
    """
    Say at which dates a scenario is run.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a scenario, or path of its file.
    overrides : sequence of str
        `PATH=VALUE` texts, set at all dates; the timeline is set over them.
    dates : sequence of str
        Dates; those of the timeline when empty, and no step is given.
    every : str, optional
        Step from the first date of the timeline to the last, such as `1y`.
    measures : sequence of str
        Measures that are told; coverage, and the chief ones of calls, when empty.
    seed, replications : int, optional
        In place of the scenario's own.
    with_calls : bool
        Whether calls are simulated; coverage alone is computed else.

    Returns
    -------
    Years
        Dates and runs.

    Raises
    ------
    SimError
        If the scenario, a date or a measure cannot be used.
    """
    settled = settled_overrides(overrides, seed, replications)
    loaded = load_or_refuse(name_or_path, settled, with_calls=with_calls)
    days = tuple(asked_dates(loaded.scenario, dates, every))
    for i, one in enumerate(loaded.scenario.timeline.published):
        if one.quantity not in (N_SITES, N_LINES) and one.quantity not in MEASURES:
            hint = did_you_mean(one.quantity, [N_SITES, N_LINES, *MEASURES], "quantities")
            where = f"timeline.published[{i}].quantity = {given(one.quantity)}"
            raise SimError(Problem(where, f"is no quantity; {hint}"))
    told = _measures(loaded, measures, with_calls=with_calls)
    return Years(loaded, tuple(settled), days, with_calls, told)


def _measures(loaded: LoadedScenario, asked: Sequence[str], *, with_calls: bool) -> tuple[str, ...]:
    """Return the measures that are told; refuse what is none, or is of calls where there are none."""
    problems = []
    for name in asked:
        if name not in MEASURES:
            hint = did_you_mean(name, MEASURES, "measures")
            problems.append(Problem(f"--measures {name}", f"is no measure; {hint}"))
        elif not with_calls and not name.startswith(OF_COVERAGE):
            problems.append(Problem(f"--measures {name}", "is of calls; leave out --coverage-only"))
    if problems:
        raise SimError(*problems)
    if asked:
        return tuple(dict.fromkeys(asked))
    scenario = loaded.scenario
    there = {m.name for one in SUBJECTS if one.in_scenario(scenario) for m in one.measures}
    of_calls = [name for name in OF_CALLS if name in there] if with_calls else []
    published = [one.quantity for one in scenario.timeline.published if one.quantity in there]
    kept = [name for name in published if with_calls or name.startswith(OF_COVERAGE)]
    return tuple(dict.fromkeys((*MEASURES_OF_COVERAGE, *of_calls, *kept)))


def run_years(
    name_or_path: str | Path,
    overrides: Sequence[str] = (),
    *,
    dates: Sequence[str] = (),
    every: str | None = None,
    measures: Sequence[str] = (),
    seed: int | None = None,
    replications: int | None = None,
    with_calls: bool = True,
    out: Path | str = DEFAULT_ROOT,
    cluster: str = "local",
    jobs: int | None = None,
    shard: str | None = None,
    force: bool = False,
    retry: bool = False,
    options: Mapping[str, str] | None = None,
    progress: bool = False,
) -> YearsResult:
    """
    Run the hour of a scenario at one date of its timeline after the other, on the same draws.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a scenario, or path of its file.
    overrides : sequence of str
        `PATH=VALUE` texts, set at all dates; the timeline is set over them.
    dates : sequence of str
        Dates; those of the timeline when empty, and no step is given.
    every : str, optional
        Step from the first date of the timeline to the last, such as `1y`.
    measures : sequence of str
        Measures that are told; coverage, and the chief ones of calls, when empty.
    seed, replications : int, optional
        In place of the scenario's own.
    with_calls : bool
        Whether calls are simulated; coverage alone is computed else.
    out : Path or str
        Folder of all results.
    cluster : str
        `local`, `slurm`, `pbs`, `lsf`, `sge`, or the address of a running scheduler.
    jobs : int, optional
        Workers; they change no result.
    shard : str, optional
        Slice such as `2/8`: only its runs are done, here, without a scheduler.
    force : bool
        Whether everything is computed anew.
    retry : bool
        Whether runs that failed are run again.
    options : mapping of str to str, optional
        Options of a batch system's jobs, as dask-jobqueue names them.
    progress : bool
        Whether it is told on standard error how far it is.

    Returns
    -------
    YearsResult
        Folder, and what was found.

    Raises
    ------
    SimError
        If the scenario, a date, the cluster or the results folder cannot be used.
    RunInterruptedError
        If the user stops it; what is kept is not computed again.
    """
    order = order_of(cluster, jobs, shard, options, progress=progress, force=force, retry=retry)
    years = make_years(
        name_or_path, overrides, dates=dates, every=every, measures=measures, seed=seed,
        replications=replications, with_calls=with_calls,
    )  # fmt: skip
    store = _store(years, out)
    command = _command(name_or_path, overrides, years, seed, replications)
    ran = run_store(store, order, command)
    result = YearsResult(ran.folder, ran.n_runs, ran.n_kept, ran.n_failed, ran.is_new)
    if result.is_whole:
        # What was published may be told otherwise without any run being another.
        found = years_found(ran.folder, years.course, years.days, store.plan, command)
        with storing(ran.folder):
            write_text(ran.folder / FILE, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return result


def planned_years(years: Years, out: Path | str, jobs: int | None) -> str:
    """
    Say what years would run, and how long that would take here.

    Parameters
    ----------
    years : Years
        Dates and runs.
    out : Path or str
        Folder of all results.
    jobs : int or None
        Workers; as many as cores and memory allow when not given.

    Returns
    -------
    str
        Lines.
    """
    lines = [planned_text_of(_store(years, out), jobs)]
    for day in years.days:
        stands = (
            f"{network} {years.course.of_network(i, N_SITES, day):,} placed sites, "
            f"{years.course.of_network(i, N_LINES, day):,} lines"
            for i, network in enumerate(years.networks)
        )
        lines.append(f"{day}: {'; '.join(stands)}")
    return "\n".join(lines)


def _store(years: Years, out: Path | str) -> SweepStore:
    return SweepStore(Path(out).absolute(), make_plan(years.sweep), KIND)


def _command(
    name_or_path: str | Path,
    overrides: Sequence[str],
    years: Years,
    seed: int | None,
    replications: int | None,
) -> tuple[str, ...]:
    """Return the command that gives the same results."""
    words = command_line(KIND, name_or_path, overrides, seed, replications)
    words += ["--dates", ",".join(map(str, years.days)), "--measures", ",".join(years.measures)]
    if not years.with_calls:
        words.append("--coverage-only")
    return tuple(words)


def read_years(folder: Path) -> Found:
    """
    Return what the years of a scenario found.

    Parameters
    ----------
    folder : Path
        Their folder.

    Returns
    -------
    dict
        Content of years.json.
    """
    path = folder / FILE
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path}: cannot be read ({error}); give the command again with --force"
        raise StoreError(message) from error
    return dict(found)
