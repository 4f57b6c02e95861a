"""What the country costs people: a replication of the national hour, day and week, and of the hour without subjects."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from time import process_time

from bench.data import NO_DATA, NO_MESSAGES
from sim.runs.once import make_setting, run_once
from sim.runs.replications import peak_memory_bytes
from sim.scenario.load import load_scenario
from sim.units import HOURS_PER_DAY

_MIDNIGHT = "run.start=2022-11-14 00:00"  # a Monday
_NO_OPERATORS, _CHANNELS = "fixed.source=none", "radio.capacity=channels"
VARIANTS = {
    "hour, everything on": (),
    "hour without data and messages": (NO_DATA, NO_MESSAGES),
    "hour without fixed network and operators": (_NO_OPERATORS,),
    "hour of channels, calls and messages": (_CHANNELS, NO_DATA),
    "hour of channels, calls alone, without operators": (
        _CHANNELS,
        NO_DATA,
        NO_MESSAGES,
        _NO_OPERATORS,
    ),
    "day, everything on": ("run.duration_h=24", _MIDNIGHT),
    "week, everything on": ("run.duration_h=168", _MIDNIGHT),
}
"""What is simulated of the country, and the settings that make it."""

_SMALL = ("subscribers.scale=0.02", "run.duration_h=0.1")


@dataclass(frozen=True)
class Cost:
    """What a replication took, measures included and set-up apart."""

    spent_s: float  # processor time [s]
    n_attempts: int  # attempts, warm-up included
    n_events: int  # machine events
    line_days: float  # lines, times the days that were simulated, warm-up included
    peak_bytes: int  # most memory of its process, world and coverage included [B]


def _cost(overrides: tuple[str, ...]) -> Cost:
    setting = make_setting(load_scenario("national_2022", overrides))
    begin_s = process_time()
    tables = run_once(setting, 1)
    run, lines = setting.scenario.run, len(setting.world.subscribers)
    days = (setting.scenario.warmup_h + run.duration_h) / HOURS_PER_DAY
    spent_s = process_time() - begin_s
    return Cost(spent_s, tables.n_attempts, tables.n_events, lines * days, peak_memory_bytes())


def measure_windows(is_quick: bool, tell: Callable[[str], None]) -> str:
    """
    Measure a replication of each variant in a process of its own.

    Parameters
    ----------
    is_quick : bool
        Whether a small share of the lines and of the time is taken: a trial, no measurement.
    tell : callable
        Told what is going on.

    Returns
    -------
    str
        Table in Markdown.
    """
    lines = [
        "| national scenario, one replication | processor time [s] | attempts | attempts a second | events a second "
        "| line-days a second | peak [GiB] |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, overrides in VARIANTS.items():
        tell(f"windows: {name}")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            one = pool.submit(_cost, (*overrides, *(_SMALL if is_quick else ()))).result()
        lines.append(
            f"| {name} | {one.spent_s:,.1f} | {one.n_attempts:,} | {one.n_attempts / one.spent_s:,.0f} "
            f"| {one.n_events / one.spent_s:,.0f} | {one.line_days / one.spent_s:,.0f} "
            f"| {one.peak_bytes / 2**30:.2f} |"
        )
    return "\n".join(lines)
