"""Staffing: the smallest rota of each manual exchange that meets a target, by simulation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, SimError
from sim.network.loop import run_network
from sim.runs.extensions import load_extensions
from sim.runs.extent import Extent
from sim.runs.feasible import require_feasible
from sim.runs.invariants import check_invariants
from sim.runs.kept import Effort
from sim.runs.manifest import Journal
from sim.runs.once import Setting, make_setting
from sim.runs.parquet import Columns
from sim.runs.progress import Progress, followed
from sim.runs.provenance import command_line, full_id
from sim.runs.publish import publish
from sim.runs.replications import peak_memory_bytes
from sim.runs.run import DEFAULT_ROOT, settled_overrides
from sim.runs.staffing_result import Found, StaffingResult, staffing_content
from sim.runs.staffing_search import Counts, smallest_rotas
from sim.runs.staffing_target import Target, parse_target
from sim.runs.stages import Stages
from sim.runs.store import Store
from sim.runs.window import measured_window
from sim.scenario.load import load_scenario
from sim.stats.theory_abandonment import erlang_a
from sim.units import hours_to_seconds

MOST_OPERATORS = 10_000
"""Most operators of an exchange, as in a scenario."""

_AMPLE, _AMPLE_FACTOR = 10, 4
"""At least as many operators are tried at an exchange, and as many times those of its busiest hour."""

_MAX_NAMED = 8


def staff_scenario(
    name_or_path: str | Path,
    target: str,
    overrides: Sequence[str] = (),
    *,
    max_operators: int | None = None,
    seed: int | None = None,
    replications: int | None = None,
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
    with followed(progress) as told:
        stages = Stages(told)
        stages("scenario")
        loaded = load_scenario(name_or_path, settled)
        kind = f"staff {wanted} {max_operators}"
        root = Path(out) / "staffing"
        store = Store(root, loaded.scenario.name, full_id(kind, loaded), is_fresh=force)
        if store.is_finished() and not force:
            return StaffingResult(store.folder, is_new=False)
        require_feasible(loaded)
        store.open()
        try:
            setting = make_setting(loaded, stages)
            stages("search")
            found = find_rotas(setting, wanted, max_operators, told)
            content = staffing_content(loaded, setting, found, store.folder, command)
            stages("")
            journal = Journal("staff", store.full_id, tuple(command), 1, stages.wall_s)
            return StaffingResult(publish(store, setting, content, journal), is_new=True)
        except BaseException:
            store.close_unused()
            raise


@dataclass
class _Trials:
    """Simulations of one setting with other operators, on common random numbers."""

    setting: Setting
    target: Target
    progress: Progress
    hours: tuple[int, ...] = ()
    n_run: int = 0

    def __post_init__(self) -> None:
        self.values: list[NDArray[np.float64]] = []
        self.counts: list[list[Columns]] = []
        self.efforts: list[tuple[Effort, ...]] = []

    def run(self, n: NDArray[np.integer], why: str) -> list[Columns]:
        """Simulate all replications with operators by node and hour of the day."""
        setting, run = self.setting, self.setting.scenario.run
        self.n_run += 1
        exchanges = replace(setting.world.exchanges, n_operators=n.astype(np.int32))
        world = replace(setting.world, exchanges=exchanges)
        self.progress.stage(f"simulation {self.n_run}: {why}")
        warmup_s, window_s = hours_to_seconds(run.warmup_h), hours_to_seconds(run.duration_h)
        self.progress.begin_replications(Extent(run.replications, 0, warmup_s, window_s))
        counts, efforts = [], []
        for k in range(1, run.replications + 1):

            def _tell(simulated_s: float, n_attempts: int, k: int = k) -> None:
                self.progress.advance(k, simulated_s, n_attempts)

            begin_s = monotonic()
            records = run_network(
                setting.scenario, world, setting.coverage, k, _tell,
                extensions=load_extensions(setting.extensions),
            )  # fmt: skip
            check_invariants(world, records, measured_window(records))
            counts.append(records.exchange_hours)
            n_attempts, wall_s = len(records.attempts["time_s"]), monotonic() - begin_s
            efforts.append(Effort(n_attempts, records.n_events, wall_s, peak_memory_bytes()))
            self.progress.finish_replication(k)
        self.counts.append(counts)
        self.efforts.append(tuple(efforts))
        self.values.append(self.target.estimate(counts).value)
        return counts

    def is_met(self, n: Counts, why: str) -> NDArray[np.bool_]:
        """Simulate operators of the manual exchanges in the hours of the run; other hours stay as they are."""
        self.run(self.on_duty(n), why)
        return self.target.is_met(self.values[-1])

    def on_duty(self, n: Counts) -> NDArray[np.int64]:
        """Return operators by node and hour of the day."""
        exchanges = self.setting.world.exchanges
        whole = exchanges.n_operators.astype(np.int64)
        whole[np.ix_(exchanges.is_manual.nonzero()[0], np.array(self.hours))] = n
        return whole


def find_rotas(
    setting: Setting, target: Target, max_operators: int | None, progress: Progress
) -> Found:
    """
    Search for the smallest rotas.

    Parameters
    ----------
    setting : Setting
        Scenario, world and coverage.
    target : Target
        Target.
    max_operators : int or None
        Most operators of an exchange.
    progress : Progress
        Told how far the search is.

    Returns
    -------
    Found
        Rotas, and what was measured with them.

    Raises
    ------
    SimError
        If there is no manual exchange, or no staff up to the most meets the target.
    """
    exchanges = setting.world.exchanges
    manual = exchanges.is_manual.nonzero()[0]
    if not len(manual):
        message = "no exchange is manual, so there is nobody to be staffed; give fixed.exchanges with is_manual"
        raise SimError(Problem("fixed", message))
    before = exchanges.n_operators.astype(np.int64)
    most = np.maximum(_AMPLE, _AMPLE_FACTOR * before[manual].max(axis=1))
    if max_operators is not None:
        most[:] = max_operators
    ample = before.copy()
    ample[manual] = most[:, None]
    trials = _Trials(setting, target, progress)
    first = trials.run(ample, "as many operators as there may be")
    trials.hours = tuple(first[0]["hour"][0].astype(int).tolist())
    _require_met(setting, trials, target, most, max_operators)
    for kept in (trials.values, trials.counts, trials.efforts):
        kept.clear()
    patience_s = setting.scenario.switching.manual.patience_mean_s
    most_by_hour = np.repeat(most[:, None], len(trials.hours), axis=1)
    start = start_operators(target, first, patience_s, most_by_hour)
    rotas = smallest_rotas(trials.is_met, start, most_by_hour)
    last = trials.counts[rotas.number]
    return Found(
        target=target,
        hours=trials.hours,
        n_operators=rotas.n_operators,
        n_before=before[np.ix_(manual, np.array(trials.hours))],
        n_start=start,
        arrived=np.mean([one["arrived"] for one in last], axis=0),
        offered_erl=np.mean([one["busy_s"] / _length_s(one, most) for one in first], axis=0),
        estimate=target.estimate(last),
        value_with_less=_with_less(trials.values, rotas.fewer),
        efforts=trials.efforts[rotas.number],
        n_simulations=trials.n_run,
    )


def _length_s(counts: Columns, most: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how much of each hour of the day lies in the window: everybody was on duty all the time."""
    return counts["staffed_s"] / most[:, None]


def start_operators(
    target: Target, counts: Sequence[Columns], patience_s: float, most: Counts
) -> Counts:
    """
    Return the operators with which Erlang-A meets a target.

    Parameters
    ----------
    target : Target
        Target.
    counts : sequence of dict of str to (exchange, hour) ndarray
        Counts of replications in which `most` operators were on duty, so that hardly anybody had to wait.
    patience_s : float
        Mean patience. [s]
    most : (exchange, hour) ndarray of int64
        Most operators.

    Returns
    -------
    (exchange, hour) ndarray of int64
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


def _with_less(values: list[NDArray[np.float64]], fewer: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the largest value at an exchange in the simulation in which an hour had one operator less."""
    found = np.full(fewer.shape[:2], np.nan)
    for exchange, hour in zip(*np.nonzero(fewer[..., 0] >= 0), strict=True):
        found[exchange, hour] = np.nanmax(values[fewer[exchange, hour, 0]][exchange])
    return found


def _require_met(
    setting: Setting,
    trials: _Trials,
    target: Target,
    most: NDArray[np.int64],
    max_operators: int | None,
) -> None:
    """Refuse a target that is not met with as many operators as there may be."""
    (value,) = trials.values
    fails = ~target.is_met(value)
    if not fails.any():
        return
    names = np.array(setting.world.exchanges.name)[setting.world.exchanges.is_manual]
    shown = [
        f"{names[e]} with {most[e]} at {trials.hours[h]} h: {value[e, h]:.4g}"
        for e, h in zip(*np.nonzero(fails), strict=True)
    ]
    more = f" and {len(shown) - _MAX_NAMED} more" if len(shown) > _MAX_NAMED else ""
    advice = (
        "raise --max-operators" if max_operators is not None else "allow more by --max-operators"
    )
    message = (
        f"is not met with as many operators as there may be ({'; '.join(shown[:_MAX_NAMED])}{more}); "
        f"{advice}, or raise the limit"
    )
    raise SimError(Problem(f"target = '{target}'", message))
