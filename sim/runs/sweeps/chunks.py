"""The runs that are to be done, in chunks of what size."""

import math
from collections import deque
from collections.abc import Sequence

from sim.runs.sweeps.plan import PlannedRun
from sim.runs.sweeps.worker import ChunkOrder, ChunkReport
from sim.scenario.sweep_section import Sweep

LONGEST_CHUNK_S = 120.0
"""How long a chunk shall take: what is lost with a worker, and what pays for sending it (house choice). [s]"""

SHORTEST_CHUNK_S = 1.0
"""How long a chunk shall take at least, where runs are short. [s]"""

MOST_RUNS = 2_000
"""Most runs of a chunk."""

_N_RECENT = 8

_SHARE = 4
"""A chunk is at most such a part of what each worker has left, so that all end at about the same time."""


class ChunkQueue:
    """
    Runs that wait, cut into chunks as their length becomes known.

    Parameters
    ----------
    runs : sequence of PlannedRun
        Runs that are missing.
    folder : str
        Folder of the parts.
    sweep : Sweep
        What is kept.
    platform : str
        Digest of the platform that is asked for; empty where any will do.

    Attributes
    ----------
    n_total, n_finished : int
        Runs that were missing, and those of them that are kept now.
    failures : list of (str, str)
        Id and error of each run that failed.
    """

    def __init__(
        self, runs: Sequence[PlannedRun], folder: str, sweep: Sweep, platform: str
    ) -> None:
        self._waiting = deque(runs)
        self._suspects: deque[PlannedRun] = deque()
        self._folder, self._sweep, self._platform = folder, sweep, platform
        self._recent: deque[tuple[float, int]] = deque(maxlen=_N_RECENT)
        self.n_total = len(runs)
        self.n_finished = 0
        self.failures: list[tuple[str, str]] = []

    @property
    def mean_run_s(self) -> float | None:
        """
        Mean time of a run in the chunks that came last; the first ones compile.

        Time of a worker; None before the first is done [s].
        """
        n = sum(n_runs for _, n_runs in self._recent)
        return sum(wall_s for wall_s, _ in self._recent) / n if n else None

    def left_s(self, n_workers: int) -> float | None:
        """Return how long the rest will take. Time; None before the first run is done [s]."""
        mean_s = self.mean_run_s
        return None if mean_s is None else (self.n_total - self.n_finished) * mean_s / n_workers

    def next_order(self, n_workers: int) -> ChunkOrder | None:
        """Return the next chunk. Order; None when nothing waits."""
        if self._suspects:
            return self._order((self._suspects.popleft(),))
        n = min(self._size(n_workers), len(self._waiting))
        runs = tuple(self._waiting.popleft() for _ in range(n))
        return self._order(runs) if runs else None

    def _order(self, runs: tuple[PlannedRun, ...]) -> ChunkOrder:
        return ChunkOrder(runs, self._folder, self._sweep, self._platform, LONGEST_CHUNK_S)

    def _size(self, n_workers: int) -> int:
        mean_s = self.mean_run_s
        if mean_s is None:
            return 1
        rest_s = len(self._waiting) * mean_s
        wanted_s = min(LONGEST_CHUNK_S, max(SHORTEST_CHUNK_S, rest_s / (_SHARE * n_workers)))
        fair = math.ceil(len(self._waiting) / n_workers)
        return max(1, min(MOST_RUNS, fair, round(wanted_s / max(mean_s, 1e-6))))

    def finish(self, order: ChunkOrder, report: ChunkReport) -> None:
        """Take note of a chunk; runs that it did not come to wait again."""
        finished = set(report.finished)
        self.n_finished += len(finished)
        if finished and report.wall_s > 0.0:
            self._recent.append((report.wall_s, len(finished)))
        self.failures += report.failures
        self._waiting.extendleft(run for run in reversed(order.runs) if run.run_id not in finished)

    def put_back(self, order: ChunkOrder) -> None:
        """Let the runs of a chunk wait again, as nothing of it was done."""
        self._waiting.extendleft(reversed(order.runs))

    def suspect(self, order: ChunkOrder) -> None:
        """Run those of a chunk that ended its workers one by one: one of them may be to blame."""
        self._suspects.extend(order.runs)
