"""Replications one after the other, or side by side in processes: the results are the same."""

import contextlib
import mmap
import multiprocessing as mp
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Protocol

from sim.errors import SimError
from sim.runs.measures.subjects import PARTS
from sim.runs.once import Setting, run_once
from sim.runs.precision import Outcome, Watch, require_measured
from sim.runs.printed import provisional_text
from sim.runs.progress import Extent, Progress
from sim.runs.provenance import code_digest
from sim.runs.replication_tables import Effort, read_measures, write_replication
from sim.runs.store import Store, own_mark, remove_leftovers, storing

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
UNGUARDED = (
    'a script of one\'s own that runs jobs side by side must stand under if __name__ == "__main__":'
)
"""What to do where worker processes end as they begin: each reads the script anew."""

_POLL_S = 0.1
_ALIGNMENT_BYTES = 64
_News = tuple[int, float, int]


class RunInterruptedError(KeyboardInterrupt):
    """The user stopped a run; says what was kept."""


def end_unless_begun() -> None:
    """
    End a process that would begin others while it still reads its parent's script.

    It goes without a word, as the parent says what is to be done.
    """
    if getattr(mp.current_process(), "_inheriting", False):
        raise SystemExit(1)


class Work(Protocol):
    """What is done for each item; it is pickled for other processes."""

    def __call__(self, item: Any, progress: Progress, /) -> Any:  # noqa: ANN401  # whatever is worked on
        """Do it for one item, such as the number of a replication."""


@dataclass(frozen=True)
class _Calls:
    """Simulates the calls of a replication, and keeps what it means."""

    setting: Setting
    store: Store

    def __call__(self, replication: int, progress: Progress) -> str:
        begin_s = monotonic()
        tables = run_once(self.setting, replication, progress.follower(replication))
        effort = effort_since(begin_s, tables.n_attempts, tables.n_events)
        names = names_of_indices(self.setting)
        self.store.keep_replication(
            replication, lambda path: write_replication(path, tables, effort, names)
        )
        return provisional_text(tables.measures)


def run_replications(
    setting: Setting, store: Store, n_jobs: int, progress: Progress
) -> Outcome | None:
    """
    Run the replications that are not kept yet, and keep each as it ends.

    What came of a precision; None without one, and when another process has published the same run meanwhile.
    """
    extent = Extent.of_run(setting.scenario)
    work, wanted = _Calls(setting, store), setting.scenario.run.precision
    if not wanted:
        do_missing(work, extent, store, n_jobs, progress)
        return None
    require_measured(setting.scenario, setting.world)
    watch = Watch(wanted)

    def _needed() -> int:
        fresh = read_measures(store, range(watch.n + 1, extent.n_total + 1))
        watch.look(fresh or ())
        progress.trial(watch.told)
        return 0 if fresh is None else watch.stop.n_needed

    do_missing(work, extent, store, n_jobs, progress, _needed)
    return watch.outcome() if watch.n == extent.n_total else None


def do_missing(
    work: Work,
    extent: Extent,
    store: Store,
    n_jobs: int,
    progress: Progress,
    needed: Callable[[], int] | None = None,
) -> None:
    """
    Do the replications that are not kept yet, one after the other or side by side.

    Where those that are done say how many are `needed`, so many follow, and no others but such as give each process
    something to do.
    """
    numbers = range(1, (extent.n_most if needed else extent.n_total) + 1)
    missing = _missing(store, extent)
    n = min(n_jobs, len(numbers) if needed else len(missing))
    progress.begin_replications(extent)
    try:
        with Workers(work, n, store) as workers:
            while True:
                for _ in workers.each(missing, missing, progress):
                    pass
                n_needed = needed() if needed else 0
                if n_needed <= extent.n_total:
                    break
                extent.n_total = min(max(n_needed, extent.n_total + n), extent.n_most)
                missing = _missing(store, extent)
    except KeyboardInterrupt:
        n_kept = sum(store.replication_folder(k).is_dir() for k in numbers)
        raise RunInterruptedError(_what_is_kept(store, n_kept, extent)) from None


def _missing(store: Store, extent: Extent) -> list[int]:
    """Return the replications that are not kept yet, the others noted as done."""
    numbers = range(1, extent.n_total + 1)
    missing = [k for k in numbers if not store.replication_folder(k).is_dir()]
    extent.n_done = extent.n_total - len(missing)
    return missing


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


def effort_since(begin_s: float, n_attempts: int, n_events: int) -> Effort:
    """Return what a replication that began at a time took."""
    return Effort(n_attempts, n_events, monotonic() - begin_s, peak_memory_bytes())


class _QueueProgress(Progress):
    """Sends how far a replication is to the parent process."""

    def __init__(self, news: "Queue[_News]") -> None:
        self._news = news

    def advance(self, replication: int, simulated_s: float, n_attempts: int) -> None:
        self._news.put((replication, simulated_s, n_attempts))


_worker: tuple[Work, Progress, str] | None = None


def _start_worker(shared: Path, news: "Queue[_News]", code: str) -> None:
    """Prepare a worker: Ctrl-C is the parent's business, and without a parent there is no work."""
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = (_read_shared(shared), _QueueProgress(news), code)


def _end_with_parent() -> None:
    parent = mp.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(item: Any) -> Any:  # noqa: ANN401  # whatever is worked on
    if _worker is None:
        raise AssertionError("a worker was not started")
    work, progress, code = _worker
    if code_digest() != code:
        raise SimError(
            "the code of the simulator was changed while it ran; its results would be of two kinds: run again"
        )
    return work(item, progress)


class Workers:
    """
    Does the same work for many items: here, or side by side in processes that all map one copy of what it needs.

    Parameters
    ----------
    work : Work
        What is done.
    n : int
        Processes; with one the work is done here.
    store : Store, optional
        Where what the processes share lies meanwhile.
    """

    def __init__(self, work: Work, n: int = 1, store: Store | None = None) -> None:
        self._work, self._n, self._store = work, n, store
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "Workers":
        if self._n > 1 and self._store is not None:
            end_unless_begun()
            self._before = set(mp.active_children())
            shared = self._stack.enter_context(_shared(self._work, self._store))
            self._stack.enter_context(_one_thread_each())
            context = mp.get_context("spawn")
            self._news: Queue[_News] = context.Queue()
            self._stack.callback(self._news.close)
            start = (shared, self._news, code_digest())
            self._pool = ProcessPoolExecutor(self._n, context, _start_worker, start)
            self._stack.callback(self._pool.shutdown, wait=True, cancel_futures=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._n > 1 and kind is not None:
            for child in set(mp.active_children()) - self._before:
                child.terminate()
        self._stack.close()
        if self._n > 1 and kind is not None and self._store is not None:
            remove_leftovers(self._store.staging)  # what they were writing

    def each(
        self, items: Sequence[Any], replications: Sequence[int], progress: Progress
    ) -> Iterator[Any]:
        """Do all items, which belong to these replications; yield what comes of each, in their order."""
        if self._n <= 1:
            for item, replication in zip(items, replications, strict=True):
                result = self._work(item, progress)
                _tell_end(progress, replication, result)
                yield result
            return
        futures = [self._pool.submit(_work, item) for item in items]
        try:
            self._follow(dict(zip(futures, replications, strict=True)), progress)
        except BrokenProcessPool:
            message = (
                f"a worker process of {self._n} was ended from outside; finished replications are kept. If memory was "
                f"short, run again with fewer jobs; {UNGUARDED}"
            )
            raise SimError(message) from None
        yield from (future.result() for future in futures)

    def _follow(self, replications: dict["Future[Any]", int], progress: Progress) -> None:
        """Pass news on until every item is done."""
        # Not by `wait`, which locks every future in turn: Ctrl-C amid that leaves locks on which the pool waits.
        ended: SimpleQueue[Future[Any]] = SimpleQueue()
        for future in replications:
            future.add_done_callback(ended.put)
        n_left = len(replications)
        while n_left:
            done = None
            with contextlib.suppress(Empty):
                done = ended.get(timeout=_POLL_S)
            with contextlib.suppress(Empty):
                while True:
                    progress.advance(*self._news.get_nowait())
            if done is not None:
                n_left -= 1
                _tell_end(progress, replications[done], done.result())


def _tell_end(progress: Progress, replication: int, result: object) -> None:
    """Tell that a replication is finished, and what it came to where its work says so in a line."""
    progress.finish_replication(replication)
    if isinstance(result, str) and result:
        progress.came_to(result)


@contextlib.contextmanager
def _shared(work: Work, store: Store) -> Iterator[Path]:
    """Keep the work for the workers in a file that goes with the run, even if nobody is left to remove it."""
    path = store.staging / f".work-{own_mark()}"
    try:
        with storing(store.root):
            store.staging.mkdir(parents=True, exist_ok=True)
            _write_shared(path, work)
        yield path
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _write_shared(path: Path, work: Work) -> None:
    """Write work, its arrays first, each where a processor likes it to begin."""
    arrays: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(work, protocol=5, buffer_callback=arrays.append)
    places = []
    with path.open("wb") as file:
        for array in arrays:
            file.seek(-(-file.tell() // _ALIGNMENT_BYTES) * _ALIGNMENT_BYTES)
            raw = array.raw()
            places.append((file.tell(), raw.nbytes))
            file.write(raw)
        end = file.tell()
        file.write(pickle.dumps((pickled, places)))
        file.write(end.to_bytes(8, "little"))


def _read_shared(path: Path) -> Work:
    """Read work whose arrays are pages of the file: all processes share them, and a write copies the page."""
    with path.open("rb") as file:
        pages = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    end = int.from_bytes(pages[-8:], "little")
    pickled, places = pickle.loads(pages[end:-8])
    work: Work = pickle.loads(pickled, buffers=[pages[at : at + n] for at, n in places])
    return work


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
