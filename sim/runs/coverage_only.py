"""Coverage without calls, of one world or many: each drawn anew, kept when it is done, published when all are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pyarrow as pa

from sim.errors import Problem, SimError
from sim.radio.coverage import compute_coverage
from sim.runs.content import Content
from sim.runs.maps import squares_table
from sim.runs.measures.cells import site_places_table
from sim.runs.measures.coverage import coverage_rows
from sim.runs.once import Setting
from sim.runs.progress import Extent, Progress
from sim.runs.provenance import command_line
from sim.runs.replication_tables import (
    KeptReplications,
    ReplicationTables,
    read_replications,
    write_replication,
)
from sim.runs.replications import do_missing, effort_since
from sim.runs.result import RunResult
from sim.runs.run import DEFAULT_ROOT, Order, Task, publish_once
from sim.runs.store import LATEST_COVERAGE, Store
from sim.runs.summary import ACROSS, WITHIN, measures_over
from sim.scenario.fields import field_shapes
from sim.scenario.messages import given, must_be
from sim.scenario.schema import Run, Scenario
from sim.world.build import build_world

MAX_WORLDS = 10_000
"""Most worlds: an interval is then a hundredth as wide as worlds differ (house limit)."""


def run_coverage(
    name_or_path: str | Path,
    overrides: Sequence[str] = (),
    *,
    replications: int = 1,
    jobs: int | None = 1,
    out: Path | str = DEFAULT_ROOT,
    force: bool = False,
    progress: Progress | bool | None = None,
) -> RunResult:
    """
    Compute the coverage of a scenario and publish it, unless it is there already.

    Several worlds differ in all that is drawn when a world is built, such as the sites placed by rule. The first is
    the world that a run of the scenario uses; the others have the world replications after it.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a scenario, or path of its file.
    overrides : sequence of str
        `PATH=VALUE` texts.
    replications : int
        Worlds; with several there are intervals across worlds.
    jobs : int, optional
        Processes, None for as many as cores and memory allow; they change no result.
    out : Path or str
        Folder of all results.
    force : bool
        Whether to compute results that are there already.
    progress : Progress or bool, optional
        Told how far the run is; True shows it on the terminal or in the notebook, None and False are silent.

    Returns
    -------
    RunResult
        Results: folder, manifest, measures and tables.

    Raises
    ------
    SimError
        If the scenario, its world or the results folder cannot be used.
    RunInterruptedError
        If the user stops it; worlds that are done are kept.
    """
    if not 1 <= replications <= MAX_WORLDS:
        message = f"must be a whole number, 1 to {MAX_WORLDS:,}: each is a world with its coverage"
        raise SimError(Problem(f"replications = {given(replications)}", message))
    n_given = replications if replications > 1 else None
    command = command_line("coverage", name_or_path, overrides, None, n_given)

    def _work(task: Task) -> Content | None:
        if replications > 1:
            task.stages("worlds")
        _cover_worlds(task, replications)
        task.stages("results")
        kept = read_replications(task.store, replications)
        return None if kept is None else _content(task.setting, kept)

    id_kind = "coverage" if replications == 1 else f"coverage of {replications} worlds"
    order = Order(
        "coverage",
        id_kind,
        command,
        replications,
        link=LATEST_COVERAGE,
        check=lambda one: _check_worlds(replications, one),
    )
    return RunResult(
        *publish_once(order, name_or_path, overrides, jobs, out, force, progress, _work)
    )


def _content(setting: Setting, kept: KeptReplications) -> Content:
    """Return what a folder of coverage alone holds."""
    interval = WITHIN if len(kept.measures) == 1 else ACROSS
    tables = {
        "replications": pa.concat_tables(kept.measures),
        "measures": measures_over(kept.measures, interval),
        "sites": site_places_table(setting.world, setting.coverage),
        "coverage": squares_table(setting.world, setting.coverage),
    }
    return Content(
        tables,
        kept.efforts,
        notes=(*kept.notes, *_notes_together(kept.measures)),
        interval=interval,
    )


@dataclass(frozen=True)
class _Worlds:
    """Draws a world, computes its coverage and keeps its measures."""

    scenario: Scenario
    folder: Path
    store: Store

    def __call__(self, replication: int, progress: Progress) -> None:  # noqa: ARG002
        begin_s = monotonic()
        scenario = _in_world(self.scenario, replication)
        world = build_world(scenario, self.folder, with_lines=False)
        _keep(
            self.store,
            replication,
            Setting(scenario, world, compute_coverage(scenario, world)),
            begin_s,
        )


def _keep(store: Store, replication: int, setting: Setting, begin_s: float) -> None:
    rows = coverage_rows(setting.scenario, setting.world, setting.coverage)
    notes = (*setting.world.notes, *setting.coverage.notes)
    tables = ReplicationTables(replication, rows, notes=notes)
    effort = effort_since(begin_s, 0, 0)
    store.keep_replication(replication, lambda path: write_replication(path, tables, effort))


def _in_world(scenario: Scenario, number: int) -> Scenario:
    """Return a scenario that draws another world."""
    run = scenario.run
    moved = run.model_copy(update={"world_replication": run.world_replication + number - 1})
    return scenario.model_copy(update={"run": moved})


def _check_worlds(n_worlds: int, scenario: Scenario) -> None:
    """Refuse a number of worlds of which the last cannot be drawn."""
    last = field_shapes(Run)["world_replication"]
    first = scenario.run.world_replication
    if not last.allows(first + n_worlds - 1):
        message = (
            f"{n_worlds:,} worlds begin here, and the last would be {first + n_worlds - 1}: {must_be(last)}; "
            "lower it, or --replications"
        )
        raise SimError(Problem(f"run.world_replication = {first}", message))


def _cover_worlds(task: Task, n_worlds: int) -> None:
    """Compute the coverage of the worlds that are not kept yet, and keep the measures of each."""
    store, scenario = task.store, task.setting.scenario
    is_new = not store.replication_folder(1).is_dir()
    if is_new:
        _keep(store, 1, task.setting, monotonic())
    if n_worlds > 1:
        extent = Extent(n_worlds, 0, 0.0, 0.0, "coverage", "world", n_new=int(is_new))
        work = _Worlds(scenario, task.loaded.folder, store)
        do_missing(work, extent, store, task.n_jobs, task.stages.progress)


def _notes_together(measures: Sequence[pa.Table]) -> tuple[str, ...]:
    """Return what must be said of several worlds."""
    n, first = len(measures), measures[0]
    if n == 1:
        return ()
    base = first.column("replication")[0].as_py()
    notes = [
        f"maps, squares and sites are those of world {base}, the first of {n:,}; measures are means over all of them"
    ]
    drawn = first.drop_columns(["replication"])
    if all(drawn.equals(other.drop_columns(["replication"])) for other in measures[1:]):
        notes.append(
            "no two of the worlds differ: nothing in this scenario is drawn by world, and intervals say nothing"
        )
    return tuple(notes)
