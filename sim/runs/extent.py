"""How much of a run's simulated time is done, and how fast it goes."""

from dataclasses import dataclass, field
from time import monotonic


@dataclass
class Extent:
    """How much of a run's simulated time is done."""

    n_total: int  # replications of the run, or worlds of coverage
    n_done: int  # replications that are finished
    # and window_s: simulated time before the measured window, and its length; 0 where nothing is simulated [s]
    warmup_s: float
    window_s: float
    task: str = "simulation"  # and noun: what is done for each, and what each is called
    noun: str = "replication"
    n_new: int = 0  # finished ones that were done just now, not before
    _simulated_s: dict[int, float] = field(default_factory=dict)
    _n_attempts: dict[int, int] = field(default_factory=dict)
    _finished: set[int] = field(default_factory=set)
    _begin_s: float = field(default_factory=monotonic)

    def advance(self, replication: int, simulated_s: float, n_attempts: int) -> None:
        """Take note of how far a replication is."""
        self._n_attempts[replication] = n_attempts
        if replication not in self._finished:  # news of another process may come late
            self._simulated_s[replication] = simulated_s

    def finish(self, replication: int) -> None:
        """Take note that a replication is finished."""
        self._simulated_s.pop(replication, None)
        self._finished.add(replication)
        self.n_done += 1

    @property
    def share(self) -> float:
        """Share of all simulated time that is done."""
        whole_s = self.warmup_s + self.window_s
        running = sum(
            min(1.0, max(0.0, (simulated_s + self.warmup_s) / whole_s))
            for simulated_s in self._simulated_s.values()
        )
        return min(1.0, (self.n_done + running) / self.n_total)

    @property
    def position(self) -> str:
        """Which replication it is."""
        return f"{self.noun} {min(self.n_done + 1, self.n_total)} of {self.n_total}"

    @property
    def detail(self) -> str:
        """
        How far the simulated time is, and how fast it goes.

        Such as `at 12 of 60 min, 2,815k calls/s`; nothing where no calls are simulated.
        """
        if self.window_s == 0.0:
            return ""
        now_s = max(self._simulated_s.values(), default=0.0)
        elapsed_s = max(monotonic() - self._begin_s, 1e-9)
        calls_per_s = sum(self._n_attempts.values()) / elapsed_s
        return (
            f"at {max(0.0, now_s) / 60.0:.0f} of {self.window_s / 60.0:.0f} min, "
            f"{calls_per_s / 1000.0:,.0f}k calls/s"
        )
