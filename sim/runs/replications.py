"""Replications one after the other, or side by side in processes: the results are the same."""

import contextlib
import multiprocessing as mp
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Protocol

from sim.errors import SimError
from sim.runs.measures.registry import PARTS
from sim.runs.once import Setting, run_once
from sim.runs.progress import Extent, Progress
from sim.runs.provenance import code_digest
from sim.runs.replication_tables import Effort, write_replication
from sim.runs.store import Store, own_mark, storing
from sim.units import hours_to_seconds

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_POLL_S = 0.1
_News = tuple[int, float, int]


class RunInterruptedError(KeyboardInterrupt):
    """The user stopped a run; says what was kept."""


class Work(Protocol):
    """What is done for each replication; it is pickled for other processes."""

    def __call__(self, store: Store, replication: int, progress: Progress) -> None:
        """Do it for one replication, and keep the result."""


@dataclass(frozen=True)
class _Calls:
    """Simulates the calls of a replication."""

    setting: Setting

    def __call__(self, store: Store, replication: int, progress: Progress) -> None:
        begin_s = monotonic()

        def tell(simulated_s: float, n_attempts: int) -> None:
            progress.advance(replication, simulated_s, n_attempts)

        tables = run_once(self.setting, replication, tell)
        wall_s = monotonic() - begin_s
        effort = Effort(tables.n_attempts, tables.n_events, wall_s, peak_memory_bytes())
        names = names_of_indices(self.setting)
        store.keep_replication(
            replication, lambda path: write_replication(path, tables, effort, names)
        )


def run_replications(setting: Setting, store: Store, n_jobs: int, progress: Progress) -> None:
    """Run the replications that are not kept yet, and keep each as it ends."""
    run = setting.scenario.run
    extent = Extent(
        run.replications,
        0,
        hours_to_seconds(run.warmup_h),
        hours_to_seconds(run.duration_h),
    )
    do_missing(_Calls(setting), extent, store, n_jobs, progress)


def do_missing(work: Work, extent: Extent, store: Store, n_jobs: int, progress: Progress) -> None:
    """Do the replications that are not kept yet, one after the other or side by side."""
    numbers = range(1, extent.n_total + 1)
    missing = [k for k in numbers if not store.replication_folder(k).is_dir()]
    extent.n_done = extent.n_total - len(missing)
    progress.begin_replications(extent)
    try:
        if n_jobs > 1 and len(missing) > 1:
            _side_by_side(work, store, missing, min(n_jobs, len(missing)), progress)
        else:
            for k in missing:
                work(store, k, progress)
                progress.finish_replication(k)
    except KeyboardInterrupt:
        n_kept = sum(store.replication_folder(k).is_dir() for k in numbers)
        raise RunInterruptedError(_what_is_kept(store, n_kept, extent)) from None


def _what_is_kept(store: Store, n_kept: int, extent: Extent) -> str:
    begin = "Interrupted; nothing was published."
    if n_kept == 0 or store.is_fresh:
        return f"{begin} No {extent.noun} was kept."
    return (
        f"{begin} {n_kept} of {extent.n_total} {extent.noun}s are kept in {store.staging}; "
        "the same command goes on from there."
    )


def names_of_indices(setting: Setting) -> dict[str, dict[str, Sequence[str]]]:
    """
    Return the names behind the indices of the rows that files keep.

    By table, names in the order of their indices, by column.
    """
    return {name: part.names(setting.scenario, setting.world) for name, part in PARTS.items()}


def peak_memory_bytes() -> int:
    """
    Return the largest memory of this process so far.

    Returns
    -------
    int
        Resident memory. [byte]
    """
    # What getrusage says of a spawned process includes its parent's memory; the kernel's own page does not.
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class _QueueProgress(Progress):
    """Sends how far a replication is to the parent process."""

    def __init__(self, news: "Queue[_News]") -> None:
        self._news = news

    def advance(self, replication: int, simulated_s: float, n_attempts: int) -> None:
        self._news.put((replication, simulated_s, n_attempts))


_worker: tuple[Work, Store, Progress, str] | None = None


def _start_worker(shared: Path, store: Store, news: "Queue[_News]", code: str) -> None:
    """Prepare a worker: Ctrl-C is the parent's business, and without a parent there is no work."""
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with shared.open("rb") as file:
        work = pickle.load(file)
    _worker = (work, store, _QueueProgress(news), code)


def _end_with_parent() -> None:
    parent = mp.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(replication: int) -> int:
    if _worker is None:
        raise AssertionError("a worker was not started")
    work, store, progress, code = _worker
    if code_digest() != code:
        raise SimError(
            "the code of the simulator was changed while it ran; its results would be of two kinds: run again"
        )
    work(store, replication, progress)
    return replication


def _side_by_side(
    work: Work, store: Store, replications: list[int], n_jobs: int, progress: Progress
) -> None:
    context = mp.get_context("spawn")
    before = set(mp.active_children())
    with _shared(work, store) as shared, _one_thread_each():
        news: Queue[_News] = context.Queue()
        code = code_digest()
        pool = ProcessPoolExecutor(n_jobs, context, _start_worker, (shared, store, news, code))
        try:
            _follow([pool.submit(_work, k) for k in replications], news, progress)
        except BrokenProcessPool as error:
            message = (
                f"a worker process of {n_jobs} was ended from outside; finished replications are kept. If memory was "
                "short, run again with fewer jobs; a script of one's own that runs jobs side by side must stand under "
                'if __name__ == "__main__":'
            )
            raise SimError(message) from error
        except BaseException:
            for child in set(mp.active_children()) - before:
                child.terminate()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            news.close()


@contextlib.contextmanager
def _shared(work: Work, store: Store) -> Iterator[Path]:
    """Keep the work for the workers in a file that goes with the run, even if nobody is left to remove it."""
    path = store.staging / f".work-{own_mark()}"
    try:
        with storing(store.root):
            store.staging.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                pickle.dump(work, file, protocol=5)
        yield path
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _follow(futures: list["Future[int]"], news: "Queue[_News]", progress: Progress) -> None:
    """Pass news on until every replication is done."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=_POLL_S, return_when=FIRST_COMPLETED)
        with contextlib.suppress(Empty):
            while True:
                progress.advance(*news.get_nowait())
        for future in done:
            progress.finish_replication(future.result())


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes spawned meanwhile use one thread each."""
    kept = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
