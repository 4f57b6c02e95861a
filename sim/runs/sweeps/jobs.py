"""Jobs of a batch system that become workers: one first, refusals in the batch system's own words, and no silence."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

from sim.errors import SimError

_POLL_S = 0.05
_RETRY_S = 30.0
"""After how long a job that was refused is submitted anew. [s]"""

_SILENT_S = 300.0
"""How long nobody says that there is no worker. [s]"""

_MOST_ROUNDS = 10
"""How often jobs may be refused, one after the other and with no worker there, before the sweep gives up."""

_QUEUE = {"slurm": "squeue --me", "pbs": "qstat", "lsf": "bjobs", "sge": "qstat"}
_WROTE = re.compile(r"stdout:\n(.*?)\n?stderr:\n(.*)", re.DOTALL)


@dataclass
class Submissions:
    """What a batch system said to jobs; written by Dask's thread, read by the sweep's."""

    n_taken: int = 0
    # what was said to those that were refused, by name, and where all of them write what they say
    refused: dict[Any, str] = field(default_factory=dict)
    log_folder: str = ""


def noting(job_class: Any, submissions: Submissions) -> Any:  # noqa: ANN401  # Dask has no types
    """Return a kind of job that notes what comes of its submission, which Dask keeps to itself."""

    class Noted(job_class):  # type: ignore[misc]
        """A job that notes what comes of its submission."""

        status: Any  # of Dask

        async def start(self) -> None:
            """Submit it."""
            submissions.log_folder = self.log_directory
            try:
                await super().start()
            except Exception as error:
                self.status = type(self.status).failed  # so that it can be given up
                submissions.refused[self.name] = _what_was_said(error)
                raise
            submissions.n_taken += 1

    return Noted


def _what_was_said(error: Exception) -> str:
    """Return what a program wrote that Dask has put into an error."""
    found = _WROTE.search(str(error))
    return "\n".join(filter(None, map(str.strip, found.groups()))) if found else str(error)


class Jobs:
    """
    The jobs that are workers of a sweep.

    Parameters
    ----------
    system : str
        `slurm`, `pbs`, `lsf` or `sge`.
    cluster : JobQueueCluster
        Cluster of dask-jobqueue, without jobs yet.
    n : int
        Jobs.
    submissions : Submissions
        What comes of jobs.
    say : callable
        Writes a line.
    """

    def __init__(
        self,
        system: str,
        cluster: Any,  # noqa: ANN401  # Dask has no types
        n: int,
        submissions: Submissions,
        say: Callable[[str], None],
    ) -> None:
        self.cluster = cluster
        self._system, self._n, self._submissions, self._say = system, n, submissions, say
        self._told: set[str] = set()
        self._n_rounds, self._n_taken = 0, 0
        self._silent_since_s = self._tried_s = monotonic()

    def begin(self) -> None:
        """Submit one job, and all others when it is taken."""
        self.cluster.scale(jobs=1)
        while not self._submissions.n_taken:
            if self._submissions.refused:
                said = next(iter(self._submissions.refused.values()))
                raise SimError(
                    f"cluster = {self._system}: the first job was refused, and no other was submitted:\n{said}\n"
                    "mend it by --option, such as --option queue=debug; nothing is lost, and the same command goes on"
                )
            sleep(_POLL_S)
        # Adaptive, since a job that is killed is replaced only then.
        self.cluster.adapt(minimum_jobs=self._n, maximum_jobs=self._n, interval="2s", wait_count=30)

    def look(self, n_workers: int) -> None:
        """Say what is amiss with jobs, and submit anew those that were refused."""
        now_s = monotonic()
        if n_workers:
            self._silent_since_s = now_s
        self._look_at_refused(n_workers, now_s)
        if now_s - self._silent_since_s >= _SILENT_S:
            self._silent_since_s = float("inf")
            self._say(
                f"no worker for {_SILENT_S / 60:.0f} minutes; jobs taken: {self._submissions.n_taken}; they wait "
                f"({_QUEUE[self._system]} tells why) or ended at once: what they said lies in "
                f"{self._submissions.log_folder}"
            )

    def _look_at_refused(self, n_workers: int, now_s: float) -> None:
        refused = dict(self._submissions.refused)
        for said in set(refused.values()) - self._told:
            self._told.add(said)
            self._say(f"a job was refused, and is submitted again now and then:\n{said}")
        if not refused or now_s - self._tried_s < _RETRY_S:
            return
        self._tried_s = now_s
        is_idle = not n_workers and self._submissions.n_taken == self._n_taken
        self._n_rounds = self._n_rounds + 1 if is_idle else 0
        self._n_taken = self._submissions.n_taken
        if self._n_rounds >= _MOST_ROUNDS:
            raise SimError(
                f"cluster = {self._system}: jobs are refused, and there is no worker:\n{next(iter(refused.values()))}\n"
                "finished runs are kept, and the same command goes on from there"
            )
        for name in refused:
            del self._submissions.refused[name]
        # Dask takes a job that was refused for one that is there, and makes a new one when it is gone.
        self.cluster.loop.add_callback(self.cluster.scale_down, list(refused))
