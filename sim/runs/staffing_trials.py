"""Simulations of a setting with other operators than it has, on common random numbers."""

from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from sim.network.replication import run_network
from sim.runs.extensions import load_extensions
from sim.runs.extent import Extent
from sim.runs.invariants import check_invariants
from sim.runs.measures.subject import Replication
from sim.runs.once import Setting
from sim.runs.progress import Progress
from sim.runs.replication_tables import Effort
from sim.runs.replications import peak_memory_bytes
from sim.runs.staffing_search import Counts
from sim.runs.staffing_target import Target
from sim.stats.intervals import Intervals
from sim.tables import Columns
from sim.units import hours_to_seconds


@dataclass(frozen=True)
class Trial:
    """One staffing, simulated."""

    estimate: Intervals  # measure of the target, (exchange, hour)
    counts: list[Columns]  # counts of each replication, as in `sim.network.exchanges.hours`
    efforts: tuple[Effort, ...]  # what each replication took


class Trials:
    """
    Staffings simulated one after the other.

    Parameters
    ----------
    setting : Setting
        Scenario, world and coverage.
    target : Target
        Target.
    progress : Progress
        Told how far they are.

    Attributes
    ----------
    done : list of Trial
        Those that `is_met` has simulated, in their order.
    """

    def __init__(self, setting: Setting, target: Target, progress: Progress) -> None:
        self._setting, self._target, self._progress = setting, target, progress
        exchanges = setting.world.exchanges
        self._manual = exchanges.is_manual.nonzero()[0]
        self._before = exchanges.n_operators.astype(np.int64)
        self._hours: tuple[int, ...] = tuple(range(self._before.shape[1]))
        self._n_run = 0
        self.done: list[Trial] = []

    @property
    def hours(self) -> tuple[int, ...]:
        """Return the hours of the day that are staffed."""
        return self._hours

    @property
    def before(self) -> Counts:
        """Return the operators of the scenario."""
        before: Counts = self._before[np.ix_(self._manual, np.array(self._hours))]
        return before

    def everybody(self, most: NDArray[np.int64]) -> Trial:
        """Simulate as many operators as there may be, in all hours of the day."""
        trial = self._run(most[:, None], "as many operators as there may be")
        self._hours = tuple(trial.counts[0]["hour"][0].astype(int).tolist())
        return trial

    def is_met(self, n: Counts, why: str) -> NDArray[np.bool_]:
        """Simulate operators in the hours of the window; other hours stay as they are."""
        trial = self._run(n, why)
        self.done.append(trial)
        return self._target.is_met(trial.estimate.value)

    def _run(self, n: NDArray[np.int64], why: str) -> Trial:
        """Simulate all replications."""
        setting, run = self._setting, self._setting.scenario.run
        whole = self._before.copy()
        whole[np.ix_(self._manual, np.array(self._hours))] = n
        exchanges = replace(setting.world.exchanges, n_operators=whole.astype(np.int32))
        setting = replace(setting, world=replace(setting.world, exchanges=exchanges))
        self._n_run += 1
        self._progress.stage(f"simulation {self._n_run}: {why}")
        warmup_s, window_s = hours_to_seconds(run.warmup_h), hours_to_seconds(run.duration_h)
        self._progress.begin_replications(Extent(run.replications, 0, warmup_s, window_s))
        runs = [self._replication(setting, k) for k in range(1, run.replications + 1)]
        counts, efforts = zip(*runs, strict=True)
        return Trial(self._target.estimate(counts), list(counts), efforts)

    def _replication(self, setting: Setting, k: int) -> tuple[Columns, Effort]:
        """Simulate one replication, its invariants checked as in a run."""
        begin_s = monotonic()
        records = run_network(
            setting.scenario,
            setting.world,
            setting.coverage,
            k,
            lambda simulated_s, n: self._progress.advance(k, simulated_s, n),
            extensions=load_extensions(setting.extensions),
        )
        check_invariants(Replication(k, setting.scenario, setting.world, setting.coverage, records))
        self._progress.finish_replication(k)
        n_attempts, wall_s = len(records["attempts"]["time_s"]), monotonic() - begin_s
        effort = Effort(n_attempts, records.n_events, wall_s, peak_memory_bytes())
        return records["exchange_hours"], effort
