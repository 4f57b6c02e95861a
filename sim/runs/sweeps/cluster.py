"""Sweeps on Dask: on this machine, on a batch system, or on a scheduler that runs already."""

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from sim.errors import SimError
from sim.runs.replications import UNGUARDED
from sim.runs.sweeps.batch_systems import ANY_PORT, THREADS, batch_cluster
from sim.runs.sweeps.chunks import ChunkQueue
from sim.runs.sweeps.jobs import Jobs, Submissions
from sim.runs.sweeps.plan import PlannedRun
from sim.runs.sweeps.progress import SweepProgress
from sim.runs.sweeps.worker import ChunkOrder, ChunkReport, run_chunk

if TYPE_CHECKING:
    from distributed import Client, Future


BATCH_SYSTEMS = ("slurm", "pbs", "lsf", "sge")
"""Batch systems whose jobs become workers."""

_LOST = "the scheduler is gone; finished runs are kept, and the same command goes on from there"
_POLL_S = 0.02
_ASK_EVERY_S = 1.0
_CHATTY = ("distributed", "tornado", "asyncio")
_AHEAD = 2
"""Chunks given out for each worker: one that it does, and one that waits at it."""

_MOST_REFUSALS = 20
_MOST_LOST = 5
"""How often a chunk may vanish with its connection before the sweep gives up."""

_MOST_KILLED = 3
"""How often a run alone may end the three workers that try it before it is kept as failed."""

_SETTINGS: dict[str, Any] = {
    "distributed.worker.multiprocessing-method": "spawn",
    "distributed.nanny.pre-spawn-environ": dict.fromkeys(THREADS, 1),
    # A compiled stage of a large country may hold the interpreter for minutes; a lost connection is seen at once.
    "distributed.scheduler.worker-ttl": "15 minutes",
    "distributed.scheduler.allowed-failures": 2,
    "distributed.scheduler.work-stealing": True,
    "distributed.comm.timeouts.connect": "20s",
    "distributed.comm.retry.count": 2,
}


class ClusterLostError(SimError):
    """The scheduler is gone; what is finished is kept."""


@dataclass(frozen=True)
class Where:
    """Where chunks are run."""

    cluster: str  # `local`, a batch system, or the address of a scheduler
    n_workers: int  # workers
    # options of the batch system's jobs, as dask-jobqueue names them
    options: Mapping[str, str] = field(default_factory=dict)


def execute(
    queue: ChunkQueue,
    where: Where,
    progress: SweepProgress,
    keep_killed: Callable[[PlannedRun, str], None],
) -> None:
    """Have all runs of a queue done."""
    import dask

    with dask.config.set(_SETTINGS), _quiet(), ExitStack() as stack:
        client, jobs = stack.enter_context(_client(where, progress.say))
        _Execution(queue, where, progress, keep_killed, client, jobs).run()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep from the terminal what Dask logs when workers come and go: what matters of it is told in words."""
    import distributed  # noqa: F401  # makes its loggers

    names = [n for n in logging.root.manager.loggerDict if n.split(".")[0] in _CHATTY]
    loggers = [logging.getLogger(name) for name in {*names, *_CHATTY}]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in before:
            logger.setLevel(level)


class _Execution:
    """Hands chunks out and takes reports in."""

    def __init__(
        self,
        queue: ChunkQueue,
        where: Where,
        progress: SweepProgress,
        keep_killed: Callable[[PlannedRun, str], None],
        client: "Client",
        jobs: Jobs | None,
    ) -> None:
        self._jobs = jobs
        self._queue, self._where, self._progress = queue, where, progress
        self._keep_killed, self._client = keep_killed, client
        self._out: dict[Future[ChunkReport], ChunkOrder] = {}
        self._n_lost: dict[str, int] = {}
        self._n_killed: dict[str, int] = {}
        self._n_refusals = 0
        self._n_reported = 0
        self._asked_s, self._n_known = float("-inf"), 0

    def run(self) -> None:
        from distributed.comm.core import CommClosedError

        try:
            self._run()
        except (CommClosedError, TimeoutError) as error:
            raise ClusterLostError(_LOST) from error
        except (OSError, RuntimeError) as error:
            # Whatever a client says while it loses its scheduler; with the scheduler there it is a fault.
            if self._client.status == "running":
                raise
            raise ClusterLostError(_LOST) from error

    def _run(self) -> None:
        self._tell()
        while True:
            self._hand_out()
            if not self._out:
                return
            done = [future for future in self._out if future.done()]
            for future in done:
                self._take_in(future, self._out.pop(future))
            if done:
                self._tell()
            else:
                self._require_scheduler()
                if self._jobs is not None:
                    self._n_workers()
                sleep(_POLL_S)

    def _n_workers(self) -> int:
        """Return how many workers there are; the scheduler is asked once a second."""
        now_s = monotonic()
        if now_s - self._asked_s >= _ASK_EVERY_S:
            self._asked_s = now_s
            self._n_known = len(self._client.nthreads())
            if self._jobs is not None:
                self._jobs.look(self._n_known)
        return self._n_known

    def _hand_out(self) -> None:
        n = self._where.n_workers
        while len(self._out) < _AHEAD * n:
            order = self._queue.next_order(n)
            if order is None:
                return
            self._out[self._client.submit(run_chunk, order, pure=False)] = order

    def _take_in(self, future: "Future[ChunkReport]", order: ChunkOrder) -> None:
        from distributed import KilledWorker

        if future.status in ("cancelled", "lost"):
            self._lose(order)
            return
        if future.status == "error":
            error = future.exception()
            if isinstance(error, KilledWorker):
                self._blame(order)
                return
            if isinstance(error, SimError):
                raise error
            if isinstance(error, OSError):
                self._lose(order)
                return
            raise error if error is not None else AssertionError("a chunk failed without an error")
        try:
            report = future.result()
        except CancelledError:  # its worker went between the end of the chunk and this
            self._lose(order)
            return
        if report.refused:
            self._refuse(order, report)
            return
        self._queue.finish(order, report)

    def _blame(self, order: ChunkOrder) -> None:
        """Take note that several workers ended over a chunk."""
        if len(order.runs) > 1:
            self._queue.suspect(order)
            return
        run = order.runs[0]
        self._n_killed[run.run_id] = self._n_killed.get(run.run_id, 0) + 1
        if self._n_killed[run.run_id] < _MOST_KILLED:
            self._queue.suspect(order)
            return
        error = "every worker that tried this run was ended from outside; memory may be short"
        self._keep_killed(run, error)
        self._queue.finish(order, ChunkReport((run.run_id,), ((run.run_id, error),), 0.0))

    def _lose(self, order: ChunkOrder) -> None:
        key = order.runs[0].run_id
        self._n_lost[key] = self._n_lost.get(key, 0) + 1
        self._require_scheduler()
        if self._n_lost[key] > _MOST_LOST:
            raise ClusterLostError(
                f"a chunk of runs vanished {_MOST_LOST} times with its worker; finished runs are kept, and the same "
                "command goes on from there"
            )
        self._queue.put_back(order)

    def _refuse(self, order: ChunkOrder, report: ChunkReport) -> None:
        self._n_refusals += 1
        self._progress.say(
            f"a worker on another platform was refused ({report.refused}); --any-platform accepts it, and says so"
        )
        if self._n_refusals > _MOST_REFUSALS:
            raise SimError(
                f"{_MOST_REFUSALS} chunks were refused by workers on another platform than this one: equal runs would "
                "not give equal bytes; choose nodes of one kind, or accept them with --any-platform"
            )
        self._queue.put_back(order)

    def _require_scheduler(self) -> None:
        if self._client.status in ("running", "connecting", "newly-created"):
            return
        raise ClusterLostError(_LOST)

    def _tell(self) -> None:
        queue = self._queue
        for run_id, error in queue.failures[self._n_reported :]:
            self._progress.failed(run_id, error)
        self._n_reported = len(queue.failures)
        n_workers = self._n_workers()
        left_s = queue.left_s(max(1, n_workers))
        self._progress.advance(queue.n_finished, queue.n_total, n_workers, left_s)


@contextmanager
def _client(where: Where, say: Callable[[str], None]) -> Iterator[tuple["Client", Jobs | None]]:
    """Yield a client of the cluster that is asked for, and its jobs where it is a batch system."""
    from distributed import Client

    jobs = None
    with ExitStack() as stack:
        if where.cluster == "local":
            target: Any = stack.enter_context(_local(where.n_workers))
        elif where.cluster in BATCH_SYSTEMS:
            jobs = stack.enter_context(_batch(where, say))
            target = jobs.cluster
        else:
            target = where.cluster
        try:
            client = stack.enter_context(Client(target, timeout="20s", set_as_default=False))
        except (OSError, TimeoutError, ValueError) as error:
            message = (
                f"cluster = {where.cluster}: no scheduler answers there ({error}); must be local, slurm, pbs, lsf, sge "
                "or the address of a running scheduler, such as tcp://10.0.0.1:8786"
            )
            raise SimError(message) from error
        yield client, jobs


@contextmanager
def _local(n_workers: int) -> Iterator[Any]:
    from distributed import LocalCluster

    with tempfile.TemporaryDirectory(prefix="patchcell-", ignore_cleanup_errors=True) as folder:
        try:
            cluster = LocalCluster(
                n_workers=n_workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=ANY_PORT,
                memory_limit=0,
                local_directory=folder,
                silence_logs="CRITICAL",
            )
        except RuntimeError as error:
            message = f"no worker process could begin ({error}); {UNGUARDED}"
            raise SimError(message) from None
        try:
            yield cluster
        finally:
            with suppress(TimeoutError, OSError):
                cluster.close(timeout=10)


@contextmanager
def _batch(where: Where, say: Callable[[str], None]) -> Iterator[Jobs]:
    submissions = Submissions()
    cluster = batch_cluster(where.cluster, where.options, submissions)
    try:
        jobs = Jobs(where.cluster, cluster, where.n_workers, submissions, say)
        jobs.begin()
        yield jobs
    finally:
        with suppress(TimeoutError, OSError):
            cluster.close(timeout=10)
