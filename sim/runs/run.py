"""A run from the name of a scenario to its results folder."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile

import pyarrow as pa

from sim.errors import SimError, StoreError
from sim.runs.coverage_only import check_n_worlds, cover_worlds, read_worlds
from sim.runs.feasible import require_feasible
from sim.runs.once import Setting, make_setting
from sim.runs.progress import Progress, Stages, followed
from sim.runs.provenance import command_line, full_id
from sim.runs.publish import Journal, coverage_content, publish, run_content
from sim.runs.replication_tables import read_replications
from sim.runs.replications import run_replications
from sim.runs.result import RunResult
from sim.runs.store import Store, storing
from sim.runs.warm import warm
from sim.scenario.fields import field_shapes
from sim.scenario.load import LoadedScenario, load_scenario
from sim.scenario.messages import given, must_be
from sim.scenario.schema import Run, Scenario

DEFAULT_ROOT = Path("results")

Kept = TypeVar("Kept")


def run_scenario(
    name_or_path: str | Path,
    overrides: Sequence[str] = (),
    *,
    seed: int | None = None,
    replications: int | None = None,
    jobs: int = 1,
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
    jobs : int
        Processes; they change no result.
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
    if jobs < 1:
        raise SimError(f"jobs = {jobs}: must be 1 or more")
    settled = settled_overrides(overrides, seed, replications)
    command = command_line("run", name_or_path, overrides, seed, replications)

    def _work(store: Store, loaded: LoadedScenario, setting: Setting, stages: Stages) -> Path:
        stages("simulation")
        run_replications(setting, store, jobs, stages.progress)
        stages("results")
        numbers = range(1, setting.scenario.run.replications + 1)
        kept = _read_back(store, lambda: read_replications(store, numbers))
        if kept is None:
            store.discard()
            return store.folder
        content = run_content(loaded, setting, kept)
        stages("")
        journal = Journal("run", store.full_id, tuple(command), jobs, stages.wall_s)
        return publish(store, setting, content, journal)

    with followed(progress) as told:
        return _run("run", name_or_path, settled, Path(out), force, told, _work, jobs)


def run_coverage(
    name_or_path: str | Path,
    overrides: Sequence[str] = (),
    *,
    replications: int = 1,
    jobs: int = 1,
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
    jobs : int
        Processes; they change no result.
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
    if jobs < 1:
        raise SimError(f"jobs = {jobs}: must be 1 or more")
    check_n_worlds(replications)
    n_given = replications if replications > 1 else None
    command = command_line("coverage", name_or_path, overrides, None, n_given)

    def _work(store: Store, loaded: LoadedScenario, setting: Setting, stages: Stages) -> Path:
        if replications > 1:
            stages("worlds")
        cover_worlds(setting, loaded.folder, replications, store, jobs, stages.progress)
        stages("results")
        kept = _read_back(store, lambda: read_worlds(store, replications))
        if kept is None:
            store.discard()
            return store.folder
        content = coverage_content(loaded, setting, kept)
        stages("")
        journal = Journal("coverage", store.full_id, tuple(command), jobs, stages.wall_s)
        return publish(store, setting, content, journal)

    with followed(progress) as told:
        return _run(
            "coverage", name_or_path, overrides, Path(out), force, told, _work, jobs, replications
        )


_Work = Callable[[Store, LoadedScenario, Setting, Stages], Path]


def _run(
    kind: str,
    name_or_path: str | Path,
    overrides: Sequence[str],
    root: Path,
    force: bool,
    progress: Progress,
    work: _Work,
    n_jobs: int = 1,
    n_worlds: int = 1,
) -> RunResult:
    """Load, look whether it is done already, build the world, and work."""
    stages = Stages(progress)
    stages("scenario")
    loaded = load_scenario(name_or_path, overrides)
    store = Store(root, loaded.scenario.name, full_id(kind, loaded, n_worlds), is_fresh=force)
    if store.is_finished() and not force:
        with suppress(StoreError):  # a folder that may only be read
            store.point_latest()
        return RunResult(store.folder, is_new=False)
    with_calls = kind == "run"
    check_n_worlds(n_worlds, loaded.scenario)
    require_feasible(loaded, n_jobs, with_calls=with_calls, n_worlds=n_worlds)
    store.open()
    try:
        if with_calls:
            stages("compilation")
            warm(os.cpu_count() or 1, progress.compiling)
        setting = make_setting(loaded, stages, with_lines=with_calls)
        return RunResult(work(store, loaded, setting, stages), is_new=True)
    except BaseException:
        store.close_unused()
        raise


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


def _read_back(store: Store, read: Callable[[], Kept]) -> Kept | None:
    """Read what was kept; None when another process has published the same run meanwhile."""
    with storing(store.staging):
        try:
            return read()
        except FileNotFoundError:
            if store.is_finished():
                return None
            raise
        except (pa.ArrowInvalid, ValueError, KeyError, EOFError, BadZipFile) as error:
            message = (
                f"{store.staging}: a kept replication is damaged ({type(error).__name__}: {error}); "
                "remove this folder and run again"
            )
            raise StoreError(message) from error
