"""The smallest rota of each manual exchange that meets a target, by simulation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, SimError
from sim.runs.content import Content
from sim.runs.measures.subjects import check_invariants
from sim.runs.once import Setting, simulate
from sim.runs.progress import Extent, Progress
from sim.runs.provenance import command_line
from sim.runs.replication_tables import Effort
from sim.runs.replications import Workers, effort_since
from sim.runs.run import DEFAULT_ROOT, Order, Task, publish_once, settled_overrides
from sim.runs.staffing.result import Found, StaffingResult, staffing_content
from sim.runs.staffing.search import Counts, smallest_rotas
from sim.runs.staffing.target import Target, parse_target
from sim.scenario.schema import Scenario
from sim.stats.intervals import Intervals
from sim.stats.theory import erlang_a
from sim.tables import Columns

MOST_OPERATORS = 10_000
"""Most operators of an exchange, as in a scenario."""

_AMPLE, _AMPLE_FACTOR = 10, 4
"""At least as many operators are tried at an exchange, and as many times those of its busiest hour."""

_MAX_NAMED, _MAX_SHOWN = 8, 3


def staff_scenario(
    name_or_path: str | Path,
    target: str,
    overrides: Sequence[str] = (),
    *,
    max_operators: int | None = None,
    seed: int | None = None,
    replications: int | None = None,
    jobs: int | None = 1,
    out: Path | str = DEFAULT_ROOT,
    force: bool = False,
    progress: Progress | bool | None = None,
) -> StaffingResult:
    """
    Find the smallest rotas that meet a target at every manual exchange in every hour, and publish them.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a scenario, or path of its file.
    target : str
        Measure and limit, such as `exchange.wait_p95_s <= 30`.
    overrides : sequence of str
        `PATH=VALUE` texts.
    max_operators : int, optional
        Most operators of an exchange; four times those of its busiest hour, 10 at least, when absent.
    seed, replications : int, optional
        In place of the scenario's own.
    jobs : int, optional
        Processes, None for as many as cores and memory allow; they change no result.
    out : Path or str
        Folder of all results.
    force : bool
        Whether to compute results that are there already.
    progress : Progress or bool, optional
        Told how far the search is; True shows it on the terminal or in the notebook, None and False are silent.

    Returns
    -------
    StaffingResult
        Results: folder, manifest and table.

    Raises
    ------
    SimError
        If the target or the scenario cannot be used, or no staff up to the most meets the target.
    """
    wanted = parse_target(target)
    if max_operators is not None and not 1 <= max_operators <= MOST_OPERATORS:
        message = f"must be 1 to {MOST_OPERATORS}"
        raise SimError(Problem(f"max_operators = {max_operators}", message))
    settled = settled_overrides(overrides, seed, replications)
    command = command_line("staff", name_or_path, overrides, seed, replications)
    command += ["--target", str(wanted)]
    if max_operators is not None:
        command += ["--max-operators", str(max_operators)]

    def _work(task: Task) -> Content:
        task.stages("search")
        n = min(task.n_jobs, task.setting.scenario.run.replications)
        with Workers(_Staffed(task.setting), n, task.store) as workers:
            found = find_rotas(task.setting, wanted, max_operators, task.stages.progress, workers)
        return staffing_content(task.loaded, task.setting, found)

    order = Order(
        "staff", f"staff {wanted} {max_operators}", command, folder="staffing", check=_check_length
    )
    return StaffingResult(
        *publish_once(order, name_or_path, settled, jobs, out, force, progress, _work)
    )


def _check_length(scenario: Scenario) -> None:
    """Refuse a scenario that does not say how many replications there are: all trials must have the same."""
    if scenario.run.precision:
        message = "every staffing is tried with the same replications; give --replications"
        raise SimError(Problem("run.precision", message))


@dataclass(frozen=True)
class Trial:
    """One staffing, simulated."""

    estimate: Intervals  # measure of the target, (exchange, hour)
    counts: list[Columns]  # counts of each replication, as in `sim.network.exchanges.hours`
    efforts: tuple[Effort, ...]  # what each replication took


@dataclass(frozen=True)
class _Staffed:
    """Simulates a replication with other operators than the scenario's, its invariants checked as in a run."""

    setting: Setting

    def __call__(
        self, item: tuple[int, NDArray[np.int32]], progress: Progress
    ) -> tuple[Columns, Effort]:
        begin_s, setting = monotonic(), self.setting
        k, n_operators = item
        exchanges = replace(setting.world.exchanges, n_operators=n_operators)
        world = replace(setting.world, exchanges=exchanges)
        one = simulate(replace(setting, world=world), k, progress.follower(k), keeps_rows=False)
        check_invariants(one)
        effort = effort_since(begin_s, one.n_attempts, one.records.n_events)
        return one.records["exchange_hours"], effort


class _Trials:
    """
    Staffings simulated one after the other, on common random numbers.

    Parameters
    ----------
    setting : Setting
        Scenario, world and coverage.
    target : Target
        Target.
    workers : Workers
        Who simulates replications.
    progress : Progress
        Told how far they are.

    Attributes
    ----------
    done : list of Trial
        Those that `is_met` has simulated, in their order.
    hours : tuple of int
        Hours of the day that are staffed.
    """

    def __init__(
        self, setting: Setting, target: Target, workers: Workers, progress: Progress
    ) -> None:
        self._target, self._workers, self._progress = target, workers, progress
        self._scenario = setting.scenario
        exchanges = setting.world.exchanges
        self._manual = exchanges.is_manual.nonzero()[0]
        self._before = exchanges.n_operators.astype(np.int64)
        self.hours: tuple[int, ...] = tuple(range(self._before.shape[1]))
        self._n_run = 0
        self._names = [exchanges.name[node] for node in self._manual]
        self._last: NDArray[np.int64] | None = None
        self.done: list[Trial] = []

    @property
    def before(self) -> Counts:
        """Return the operators of the scenario."""
        before: Counts = self._before[np.ix_(self._manual, np.array(self.hours))]
        return before

    def everybody(self, most: NDArray[np.int64]) -> Trial:
        """Simulate as many operators as there may be, in all hours of the day."""
        trial = self._run(most[:, None], "as many operators as there may be")
        self.hours = tuple(trial.counts[0]["hour"][0].astype(int).tolist())
        return trial

    def is_met(self, n: Counts, why: str) -> NDArray[np.bool_]:
        """Simulate operators in the hours of the window; other hours stay as they are."""
        trial = self._run(n, why)
        self.done.append(trial)
        return self._target.is_met(trial.estimate.value)

    def _shown(self, n: NDArray[np.int64]) -> str:
        """Return how many operators a staffing has, and where it differs from the one before."""
        last, self._last = self._last, n
        most = int(n.sum(axis=0).max())
        total = f"{most:,} operators in the hour with most"
        if last is None or last.shape != n.shape:
            return f"{total}, up to {int(n.max()):,} at {self._names[int(n.max(axis=1).argmax())]}"
        changed = [
            f"{self._names[e]} {n[e, h]} ({last[e, h]}) at {self.hours[h]} h"
            for e, h in np.argwhere(n != last)
        ]
        more = f" and {len(changed) - _MAX_SHOWN} more" if len(changed) > _MAX_SHOWN else ""
        return f"{total}: {', '.join(changed[:_MAX_SHOWN])}{more}"

    def _run(self, n: NDArray[np.int64], why: str) -> Trial:
        """Simulate all replications."""
        whole = self._before.astype(np.int32)
        whole[np.ix_(self._manual, np.array(self.hours))] = n
        self._n_run += 1
        self._progress.trial(f"staffing {self._n_run}: {why}; {self._shown(n)}")
        extent = Extent.of_run(self._scenario, f"staffing {self._n_run}")
        self._progress.begin_replications(extent)
        numbers = range(1, extent.n_total + 1)
        runs = self._workers.each([(k, whole) for k in numbers], numbers, self._progress)
        counts, efforts = zip(*runs, strict=True)
        return Trial(self._target.estimate(counts), list(counts), efforts)


def find_rotas(
    setting: Setting,
    target: Target,
    max_operators: int | None,
    progress: Progress,
    workers: Workers | None = None,
) -> Found:
    """Search for the smallest rotas, here where there are no workers that know the setting."""
    trials = _Trials(setting, target, workers or Workers(_Staffed(setting)), progress)
    most = _most_operators(setting, max_operators)
    first = trials.everybody(most)
    _require_met(setting, trials.hours, target, first, most, may_raise=max_operators is not None)
    patience_s = setting.scenario.switching.manual.patience_mean_s
    most_by_hour = np.repeat(most[:, None], len(trials.hours), axis=1)
    start = start_operators(target, first.counts, patience_s, most_by_hour)
    rotas = smallest_rotas(trials.is_met, start, most_by_hour)
    last = trials.done[rotas.number]
    return Found(
        target=target,
        hours=trials.hours,
        n_operators=rotas.n_operators,
        n_before=trials.before,
        n_start=start,
        arrived=np.mean([one["arrived"] for one in last.counts], axis=0),
        offered_erl=np.mean(
            [one["busy_s"] * most_by_hour / one["staffed_s"] for one in first.counts], axis=0
        ),
        estimate=last.estimate,
        value_with_less=_with_less(trials.done, rotas.fewer),
        efforts=last.efforts,
        n_simulations=1 + len(trials.done),
    )


def _most_operators(setting: Setting, max_operators: int | None) -> NDArray[np.int64]:
    """Return the most operators of each manual exchange."""
    exchanges = setting.world.exchanges
    if not exchanges.is_manual.any():
        message = "no exchange is manual, so there is nobody to be staffed; give fixed.exchanges with is_manual"
        raise SimError(Problem("fixed", message))
    before = exchanges.n_operators[exchanges.is_manual].astype(np.int64)
    if max_operators is not None:
        return np.full(len(before), max_operators)
    most: NDArray[np.int64] = np.clip(_AMPLE_FACTOR * before.max(axis=1), _AMPLE, MOST_OPERATORS)
    return most


def start_operators(
    target: Target, counts: Sequence[Columns], patience_s: float, most: Counts
) -> Counts:
    """
    Return the operators with which Erlang-A meets a target.

    Smallest number of operators, 1 or more; the most where none is enough, 1 where nobody called.
    """
    arrived, answered, busy_s, staffed_s = (
        np.sum([one[name] for one in counts], axis=0)
        for name in ("arrived", "answered", "busy_s", "staffed_s")
    )
    length_s = staffed_s / most  # of all replications together
    start = np.ones_like(most)
    for at in zip(*np.nonzero((arrived > 0) & (answered > 0) & (busy_s > 0.0)), strict=True):
        rate, service_s = arrived[at] / length_s[at], busy_s[at] / answered[at]
        start[at] = next(
            (
                n
                for n in range(1, int(most[at]))
                if target.is_met_by(erlang_a(rate, service_s, patience_s, n))
            ),
            int(most[at]),
        )
    return start


def _with_less(trials: Sequence[Trial], fewer: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the largest value at an exchange in the simulation in which an hour had one operator less."""
    found = np.full(fewer.shape[:2], np.nan)
    for exchange, hour in zip(*np.nonzero(fewer[..., 0] >= 0), strict=True):
        value = trials[fewer[exchange, hour, 0]].estimate.value
        found[exchange, hour] = np.nanmax(value[exchange])
    return found


def _require_met(
    setting: Setting,
    hours: tuple[int, ...],
    target: Target,
    trial: Trial,
    most: NDArray[np.int64],
    *,
    may_raise: bool,
) -> None:
    """Refuse a target that is not met with as many operators as there may be."""
    value = trial.estimate.value
    fails = ~target.is_met(value)
    if not fails.any():
        return
    names = np.array(setting.world.exchanges.name)[setting.world.exchanges.is_manual]
    shown = [
        f"{names[e]} with {most[e]} at {hours[h]} h: {value[e, h]:.4g}"
        for e, h in zip(*np.nonzero(fails), strict=True)
    ]
    more = f" and {len(shown) - _MAX_NAMED} more" if len(shown) > _MAX_NAMED else ""
    advice = "raise --max-operators" if may_raise else "allow more by --max-operators"
    message = (
        f"is not met with as many operators as there may be ({'; '.join(shown[:_MAX_NAMED])}{more}); "
        f"{advice}, or raise the limit"
    )
    raise SimError(Problem(f"target = '{target}'", message))
