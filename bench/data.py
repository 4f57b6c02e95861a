"""Data and messages beside calls alone: the national hour in the loop, sessions a second, peak memory."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import median

from bench.stages import CLOCKS
from sim.network.records import Records
from sim.network.replication import run_network
from sim.radio.coverage import compute_coverage
from sim.runs.replications import peak_memory_bytes
from sim.scenario.load import load_scenario
from sim.world.build import build_world

NO_DATA, NO_MESSAGES = "traffic.data.uses=[]", "traffic.messages.per_line_h=0"
VARIANTS = {
    "calls alone": (NO_DATA, NO_MESSAGES),
    "and data": (NO_MESSAGES,),
    "and messages": (NO_DATA,),
    "and both": (),
}
"""What the lines of the country do, and what is taken away of the scenario for it."""

_SMALL = "subscribers.scale=0.02"


@dataclass(frozen=True)
class Hour:
    """
    A replication of the national hour.

    Attributes
    ----------
    taken_s : float
        Time of the replication, world and coverage apart. [s]
    n_attempts, n_sessions, n_flows, n_messages, n_events : int
        What happened, warm-up included.
    """

    taken_s: float
    n_attempts: int
    n_sessions: int
    n_flows: int
    n_messages: int
    n_events: int


def _hour(records: Records, taken_s: float) -> Hour:
    pages = records["flows"].get("page")
    return Hour(
        taken_s,
        len(records["attempts"]["time_s"]),
        0 if pages is None else int((pages == 0).sum()),
        0 if pages is None else len(pages),
        len(records["messages"].get("time_s", ())),
        records.n_events,
    )


def _take_turns(
    n_repeats: int, clock: str, more: tuple[str, ...], tell: Callable[[str], None]
) -> dict[str, list[Hour]]:
    """Run each variant in turn, over one world."""
    loaded = load_scenario("national_2022", more)
    world = build_world(loaded.scenario, loaded.folder)
    coverage = compute_coverage(loaded.scenario, world)
    now = CLOCKS[clock]
    found: dict[str, list[Hour]] = {name: [] for name in VARIANTS}
    for repeat in range(n_repeats + 1):  # the first compiles, and does not count
        for name, less in VARIANTS.items():
            tell(f"data: {name}, {repeat} of {n_repeats}")
            scenario = load_scenario("national_2022", (*more, *less)).scenario
            begin_s = now()
            records = run_network(scenario, world, coverage, repeat)
            if repeat:
                found[name].append(_hour(records, now() - begin_s))
    return found


def _peak_bytes(name: str, more: tuple[str, ...]) -> int:
    """Run a variant once, with its world, and return the most memory of the process."""
    loaded = load_scenario("national_2022", (*more, *VARIANTS[name]))
    world = build_world(loaded.scenario, loaded.folder)
    run_network(loaded.scenario, world, compute_coverage(loaded.scenario, world), 1)
    return peak_memory_bytes()


def measure_data(n_repeats: int, clock: str, is_quick: bool, tell: Callable[[str], None]) -> str:
    """
    Measure the national hour with calls alone, data, messages, and both.

    Parameters
    ----------
    n_repeats : int
        Replications of each.
    clock : str
        One of the stopwatch's clocks.
    is_quick : bool
        Whether a small share of the lines is taken: a trial, no measurement.
    tell : callable
        Told what is going on.

    Returns
    -------
    str
        Table in Markdown.
    """
    more = (_SMALL,) if is_quick else ()
    found = _take_turns(n_repeats, clock, more, tell)
    lines = [
        f"| national hour | {clock} time [s] | beside calls alone | attempts | sessions | flows | messages | events | "
        "sessions a second | peak [GiB] |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    base = found["calls alone"]
    for name, hours in found.items():
        tell(f"data: {name}, in a process of its own")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            peak_bytes = pool.submit(_peak_bytes, name, more).result()
        times_s = [one.taken_s for one in hours]
        ratios = [one.taken_s / other.taken_s for one, other in zip(hours, base, strict=True)]
        last = hours[-1]
        rate = median(one.n_sessions / one.taken_s for one in hours)
        lines.append(
            f"| {name} | {median(times_s):.1f} ({min(times_s):.1f} to {max(times_s):.1f}) "
            f"| {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {last.n_attempts:,} "
            f"| {last.n_sessions:,} | {last.n_flows:,} | {last.n_messages:,} | {last.n_events:,} "
            f"| {rate:,.0f} | {peak_bytes / 2**30:.2f} |"
        )
    return "\n".join(lines)
