"""A sweep from its file to one table: planned, run as far as it is not kept already, collected."""

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sim.errors import SimError
from sim.runs.feasible import require_feasible
from sim.runs.needs import n_cores
from sim.runs.replications import RunInterruptedError, end_unless_begun
from sim.runs.run import DEFAULT_ROOT
from sim.runs.store import read_manifest, storing
from sim.runs.sweeps.batch_systems import require_batch_system
from sim.runs.sweeps.chunks import ChunkQueue
from sim.runs.sweeps.cluster import BATCH_SYSTEMS, Where, execute
from sim.runs.sweeps.collect import collect
from sim.runs.sweeps.missing import distinct_runs, find_missing, lacking
from sim.runs.sweeps.plan import PlannedRun, kept_key, load_planned, load_sweep, make_plan
from sim.runs.sweeps.progress import SweepProgress, estimate
from sim.runs.sweeps.shards import Shard, shard_of
from sim.runs.sweeps.store import RunNote, RunOutcome, SweepStore, write_part
from sim.runs.sweeps.worker import platform_digest, run_chunk
from sim.runs.warm import warm

BATCH_JOBS = 4
"""Jobs of a batch system where nothing else is asked for (house choice)."""


@dataclass(frozen=True)
class SweepResult:
    """What came of a sweep."""

    folder: Path  # folder of the sweep
    # and n_kept, n_failed: runs of the plan, those that are kept, and those of them that failed
    n_runs: int
    n_kept: int
    n_failed: int
    is_new: bool  # whether anything was computed now
    # networks at which a measure is asked for and no run has it, by measure
    not_measured: dict[str, list[str]] = field(default_factory=dict)
    n_not_precise: int = 0  # runs that did not reach the precision that was asked for

    @property
    def is_whole(self) -> bool:
        """Whether every run is kept, and the table collected."""
        return self.n_kept == self.n_runs


def run_sweep(
    name_or_path: str | Path,
    *,
    cluster: str = "local",
    jobs: int | None = None,
    shard: str | None = None,
    out: Path | str = DEFAULT_ROOT,
    force: bool = False,
    retry: bool = False,
    any_platform: bool = False,
    options: Mapping[str, str] | None = None,
    progress: bool = False,
) -> SweepResult:
    """
    Run what is missing of a sweep, and collect it when nothing is.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a sweep, or path of its file.
    cluster : str
        `local`, `slurm`, `pbs`, `lsf`, `sge`, or the address of a running scheduler.
    jobs : int, optional
        Workers; as many as cores and memory of this machine allow, or four jobs of a batch system, when not given.
        They change no result.
    shard : str, optional
        Slice such as `2/8`: only its runs are done, here, without a scheduler.
    out : Path or str
        Folder of all results.
    force : bool
        Whether everything is computed anew.
    retry : bool
        Whether runs that failed are run again.
    any_platform : bool
        Whether workers of another platform are accepted; the results then say so.
    options : mapping of str to str, optional
        Options of a batch system's jobs, as dask-jobqueue names them.
    progress : bool
        Whether it is told on standard error how far the sweep is.

    Returns
    -------
    SweepResult
        Folder, and how much of it is done.

    Raises
    ------
    SimError
        If the sweep, a scenario, the cluster or the results folder cannot be used.
    RunInterruptedError
        If the user stops it; what is kept is not computed again.
    """
    order = order_of(
        cluster, jobs, shard, options, progress=progress,
        force=force, retry=retry, any_platform=any_platform,
    )  # fmt: skip
    store = SweepStore(Path(out).absolute(), make_plan(load_sweep(name_or_path)))
    return run_store(store, order, _command(name_or_path))


@dataclass(frozen=True)
class Order:
    """How the runs of a plan are done."""

    where: Where  # on what workers
    shard: Shard | None  # part of the runs that is done; None for all
    told: SweepProgress  # told how far it is
    force: bool = False  # whether everything is computed anew
    retry: bool = False  # whether runs that failed are run again
    any_platform: bool = False  # whether workers of another platform are accepted


def order_of(
    cluster: str,
    jobs: int | None,
    shard: str | None,
    options: Mapping[str, str] | None,
    *,
    progress: bool,
    **how: bool,
) -> Order:
    """Return how runs are done, as the user asks for it; refuse what cannot be."""
    if shard is None:
        end_unless_begun()
    _check_options(cluster, jobs, shard, options)
    own = None if shard is None else shard_of(shard)
    if own is not None and how["force"]:
        raise SimError(
            "force: cannot go with shard, as the shards of one sweep share their folder; use a new --out"
        )
    where = Where(cluster, jobs or 0, dict(options or {}))
    return Order(where, own, SweepProgress(is_shown=progress), **how)


def run_store(store: SweepStore, order: Order, command: tuple[str, ...]) -> SweepResult:
    """Run what is missing of a plan, and collect it when nothing is."""
    plan = store.plan
    facts = read_manifest(store.folder)
    is_collected = facts.get("id") == plan.sweep_id and (store.folder / "sweep.parquet").is_file()
    if is_collected and not order.force and not order.retry:
        return SweepResult(
            store.folder,
            facts["n_runs"],
            facts["n_runs"],
            facts["n_failed"],
            is_new=False,
            not_measured=facts.get("not_measured", {}),
            n_not_precise=len(facts.get("precision_not_reached", {})),
        )
    store.open(is_fresh=order.force)
    if order.retry:
        store.drop_failed()
    try:
        is_new = _do_missing(store, order)
    except KeyboardInterrupt:
        n = len(store.notes())
        raise RunInterruptedError(
            f"Interrupted; {n:,} runs are kept in {store.folder}; the same command goes on from there."
        ) from None
    finally:
        order.told.close()
    return _finish(store, command, is_new=is_new)


def _check_options(
    cluster: str, jobs: int | None, shard: str | None, options: Mapping[str, str] | None
) -> None:
    problems = []
    if jobs is not None and jobs < 1:
        problems.append(f"jobs = {jobs}: must be 1 or more")
    if cluster != "local" and cluster not in BATCH_SYSTEMS and "://" not in cluster:
        problems.append(
            f"cluster = {cluster!r}: must be local, slurm, pbs, lsf, sge or the address of a running "
            "scheduler, such as tcp://10.0.0.1:8786"
        )
    if options and cluster not in BATCH_SYSTEMS:
        problems.append("cluster options: belong to the jobs of a batch system; leave them out")
    if shard is not None and cluster != "local":
        problems.append("shard: needs no cluster; leave one of them out")
    if problems:
        raise SimError(*problems)
    if cluster in BATCH_SYSTEMS:
        require_batch_system(cluster, options or {})


def planned_text(name_or_path: str | Path, out: Path | str, jobs: int | None) -> str:
    """
    Say what a sweep would run, and how long that would take here.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a sweep, or path of its file.
    out : Path or str
        Folder of all results.
    jobs : int or None
        Workers; as many as cores and memory allow when not given.

    Returns
    -------
    str
        Lines.

    Raises
    ------
    SimError
        If the sweep, a scenario or the results folder cannot be used.
    """
    return planned_text_of(
        SweepStore(Path(out).absolute(), make_plan(load_sweep(name_or_path))), jobs
    )


def planned_text_of(store: SweepStore, jobs: int | None) -> str:
    """Say what a plan would run, and how long that would take here."""
    plan = store.plan
    notes = store.notes() if store.parts.is_dir() else {}
    missing = lacking(distinct_runs(plan), notes)
    n_workers = jobs or _workers_of("local", missing, with_calls=not plan.sweep.coverage_only)
    return estimate(plan, missing, notes, 0, n_workers)


def _workers_of(cluster: str, runs: Sequence[PlannedRun], *, with_calls: bool) -> int:
    """Return how many workers do runs where nobody says it: here as many as cores and memory allow."""
    if cluster in BATCH_SYSTEMS:
        return BATCH_JOBS
    if cluster != "local" or not runs:
        return n_cores()
    ends = (load_planned(run.base, run.settings) for run in (runs[0], runs[-1]))
    needs = (require_feasible(loaded, with_calls=with_calls) for loaded in ends)
    return min(one.fitting_jobs(len(runs)) for one in needs)


def _command(name_or_path: str | Path) -> tuple[str, ...]:
    path = Path(name_or_path)
    return ("patchcell", "sweep", path.name if path.is_absolute() else path.as_posix())


def _do_missing(store: SweepStore, order: Order) -> bool:
    """Run what is not kept; return whether that was anything."""
    told, shard, where = order.told, order.shard, order.where
    plan, (missing, notes, n_adopted) = store.plan, find_missing(store, shard)
    n_workers = where.n_workers or _workers_of(
        where.cluster, missing, with_calls=not plan.sweep.coverage_only
    )
    told.say(estimate(plan, missing, notes, n_adopted, n_workers if shard is None else 1))
    if not missing:
        return bool(n_adopted)
    if (
        where.cluster == "local" and not plan.sweep.coverage_only
    ):  # jobs elsewhere compile where they are
        warm(n_cores(), told.compiling)
    platform = "" if order.any_platform else platform_digest()
    queue = ChunkQueue(missing, str(store.parts), plan.sweep, platform)
    if shard is not None:
        _run_here(queue, told)
    else:
        where = replace(where, n_workers=n_workers)
        execute(queue, where, told, lambda run, error: _keep_killed(store, run, error))
    return True


def _keep_killed(store: SweepStore, run: PlannedRun, error: str) -> None:
    note = RunNote(run.run_id, platform_digest(), error=error)
    with storing(store.parts):
        write_part(store.parts, [RunOutcome(note, {})], kept_key(store.plan.sweep))


def _run_here(queue: ChunkQueue, told: SweepProgress) -> None:
    """Run chunks one after the other; a signal of the batch system ends after the run that is under way."""
    n_told = 0
    with _stopping() as must_stop:
        while (order := queue.next_order(1)) is not None:
            queue.finish(order, run_chunk(order, must_stop))
            for run_id, error in queue.failures[n_told:]:
                told.failed(run_id, error)
            n_told = len(queue.failures)
            told.advance(queue.n_finished, queue.n_total, 1, queue.left_s(1))
            if must_stop():
                raise KeyboardInterrupt


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Yield whether SIGUSR1 or SIGTERM, by which batch systems tell that time is up, has come."""
    came: list[int] = []

    def note(number: int, _frame: object) -> None:
        came.append(number)

    before = {}
    try:
        for one in (signal.SIGUSR1, signal.SIGTERM):
            before[one] = signal.signal(one, note)
    except ValueError:  # not the main thread
        pass
    try:
        yield lambda: bool(came)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _finish(store: SweepStore, command: tuple[str, ...], *, is_new: bool) -> SweepResult:
    notes = store.notes()
    runs = distinct_runs(store.plan)
    n_failed = sum(bool(note.error) for note in notes.values())
    if len(notes) > len(runs):
        raise AssertionError("more runs are kept than were planned")
    if len(notes) == len(runs):
        absent = collect(store, notes, command)
        store.own.point()
        n_not_precise = sum(bool(note.not_reached) for note in notes.values())
        return SweepResult(
            store.folder, len(runs), len(notes), n_failed, is_new, absent, n_not_precise
        )
    return SweepResult(store.folder, len(runs), len(notes), n_failed, is_new)
