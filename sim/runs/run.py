"""A run from the name of a scenario to its results folder."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sim.errors import SimError, StoreError
from sim.runs.content import Content, Journal, publish
from sim.runs.differences import differences_of
from sim.runs.feasible import load_or_refuse, naming_file, require_feasible
from sim.runs.inputs import read_inputs
from sim.runs.measures.coverage import coverage_rows
from sim.runs.measures.subject import Finished
from sim.runs.measures.subjects import SUBJECTS
from sim.runs.needs import n_cores
from sim.runs.once import Setting, make_setting
from sim.runs.precision import Outcome
from sim.runs.progress import Progress, Stages, followed
from sim.runs.provenance import command_line, full_id, input_digests
from sim.runs.replication_tables import KeptReplications, read_replications
from sim.runs.replications import run_replications
from sim.runs.result import RunResult
from sim.runs.store import LATEST, Store
from sim.runs.summary import measures_over
from sim.runs.warm import warm
from sim.scenario.fields import field_shapes
from sim.scenario.messages import given, must_be
from sim.scenario.resolve import LoadedScenario
from sim.scenario.schema import Run, Scenario

DEFAULT_ROOT = Path("results")


def run_scenario(
    name_or_path: str | Path,
    overrides: Sequence[str] = (),
    *,
    seed: int | None = None,
    replications: int | None = None,
    jobs: int | None = 1,
    out: Path | str = DEFAULT_ROOT,
    force: bool = False,
    progress: Progress | bool | None = None,
) -> RunResult:
    """
    Simulate a scenario and publish its results, unless they are there already.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a scenario, or path of its file.
    overrides : sequence of str
        `PATH=VALUE` texts.
    seed, replications : int, optional
        In place of the scenario's own.
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
        If the user stops the run; finished replications are kept.
    """
    given = (name_or_path, overrides, seed, replications)
    return _run(*given, jobs=jobs, out=out, force=force, progress=progress, link=LATEST)


def run_aside(
    name_or_path: str | Path,
    overrides: Sequence[str],
    seed: int | None,
    replications: int | None,
    jobs: int | None,
    out: Path | str,
) -> RunResult:
    """Simulate a scenario for something else, such as a comparison: `latest` stays where it is."""
    return _run(name_or_path, overrides, seed, replications, jobs=jobs, out=out)


def _run(
    name_or_path: str | Path,
    overrides: Sequence[str],
    seed: int | None,
    replications: int | None,
    *,
    jobs: int | None,
    out: Path | str,
    force: bool = False,
    progress: Progress | bool | None = None,
    link: str = "",
) -> RunResult:
    settled = settled_overrides(overrides, seed, replications)
    command = command_line("run", name_or_path, overrides, seed, replications)

    def _work(task: Task) -> Content | None:
        task.stages("simulation")
        found = run_replications(task.setting, task.store, task.n_jobs, task.stages.progress)
        task.stages("results")
        n = found.n if found else task.setting.scenario.run.replications
        kept = read_replications(task.store, n)
        return None if kept is None else run_content(task.setting, kept, found)

    order = Order("run", "run", command, link=link)
    return RunResult(*publish_once(order, name_or_path, settled, jobs, out, force, progress, _work))


def run_content(
    setting: Setting, kept: KeptReplications, precision: Outcome | None = None
) -> Content:
    """Return what the folder of a run holds."""
    scenario, world = setting.scenario, setting.world
    shared = coverage_rows(scenario, world, setting.coverage)
    tables = {
        "replications": pa.concat_tables([shared, *kept.measures]),
        "measures": pa.concat_tables([measures_over([shared]), measures_over(kept.measures)]),
    }
    run = Finished(scenario, world, setting.coverage, kept.kept)
    for subject in SUBJECTS:
        if subject.is_on(scenario, world):
            tables |= subject.published(run)
    notes = precision.notes if precision else ()
    return Content(tables, kept.efforts, parts=kept.parts, notes=notes, precision=precision)


@dataclass(frozen=True)
class Order:
    """What shall be published."""

    kind: str  # `run`, `coverage` or `staff`
    id_kind: str  # the same, with what beside the scenario tells its results apart
    command: Sequence[str]  # command that gives the same results
    n_worlds: int = 1  # worlds of coverage alone
    folder: str = ""  # folder below that of all results
    link: str = (
        LATEST  # what points to the newest folder of the scenario as it is; nothing when empty
    )
    check: Callable[[Scenario], None] = lambda _scenario: None  # refuses scenarios

    @property
    def has_calls(self) -> bool:
        """Whether calls are simulated."""
        return self.kind != "coverage"


@dataclass(frozen=True)
class Task:
    """An order that is worked on: its results are not there yet."""

    store: Store  # where results are kept
    loaded: LoadedScenario  # scenario
    setting: Setting  # the same with its world and coverage
    n_jobs: int  # processes
    stages: Stages  # told what is being done


def publish_once(
    order: Order,
    name_or_path: str | Path,
    overrides: Sequence[str],
    jobs: int | None,
    out: Path | str,
    force: bool,
    progress: Progress | bool | None,
    work: Callable[[Task], Content | None],
) -> tuple[Path, bool]:
    """Return the folder of an order and whether it is new: load, look whether it is done already, else have it done."""
    if jobs is not None and jobs < 1:
        raise SimError(f"jobs = {jobs}: must be 1 or more")
    with followed(progress) as told:
        stages = Stages(told)
        stages("scenario")
        loaded = load_or_refuse(name_or_path, overrides, with_calls=order.has_calls)
        root = Path(out) / order.folder
        differences = differences_of(loaded, overrides)
        digests = input_digests(loaded)
        run_id = full_id(order.id_kind, loaded, digests)
        store = Store(root, loaded.scenario.name, run_id, is_fresh=force)
        link = "" if differences else order.link
        if store.is_finished() and not force:
            with suppress(StoreError):  # a folder that may only be read
                _point(store, link)
            return store.folder, False
        order.check(loaded.scenario)
        needs = require_feasible(loaded, jobs, with_calls=order.has_calls, n_worlds=order.n_worlds)
        n_jobs = jobs or needs.jobs
        inputs = read_inputs(loaded, digests, store.folder)
        store.open()
        try:
            if order.has_calls:
                stages("compilation")
                warm(n_cores(), told.compiling)
            with naming_file(loaded.path):
                setting = make_setting(loaded, stages, with_lines=order.has_calls)
            inputs.require_unchanged()
            content = work(Task(store, loaded, setting, n_jobs, stages))
            if content is None:  # another process has published the same meanwhile
                store.discard()
            else:
                stages("")
                command, wall_s = tuple(order.command), stages.wall_s
                journal = Journal(order.kind, run_id, command, n_jobs, wall_s, inputs, differences)
                publish(store, setting, content, journal)
            _point(store, link)
        except BaseException:
            store.close_unused()
            raise
        return store.folder, True


def _point(store: Store, link: str) -> None:
    if link:
        store.point(link)


def settled_overrides(
    overrides: Sequence[str], seed: int | None, replications: int | None
) -> tuple[str, ...]:
    """Return overrides with those that have options of their own."""
    options = (
        ("seed", seed, Scenario, "seed"),
        ("replications", replications, Run, "run.replications"),
    )
    more = []
    problems = []
    for name, value, section, path in options:
        if value is None:
            continue
        shape = field_shapes(section)[name]
        if not shape.allows(value):
            problems.append(f"{name} = {given(value)}: {must_be(shape)}")
        more.append(f"{path}={value}")
    if problems:
        raise SimError(*problems)
    return (*overrides, *more)
