"""What a run needs of a machine: memory, about how much time, and how many processes fit."""

import math
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Problem
from sim.network.demand import most_attempts
from sim.network.loop import SLICE_ROWS
from sim.network.memory import link_bytes
from sim.runs.effort import SQUARES_PER_S, expected_flows, expected_messages, replication_s
from sim.runs.measures import coverage
from sim.runs.measures.subjects import SUBJECTS
from sim.runs.measures.timeseries import BIN_S
from sim.runs.measures.window import WINDOW_BYTES
from sim.scenario.memory import (
    BASE_BYTES,
    MAX_MEMORY_BYTES,
    heights_bytes,
    lines_bytes,
    n_lines,
    points_bytes,
    radio_bytes,
    square_bytes,
)
from sim.scenario.schema import Run, Scenario
from sim.scenario.traffic_section import Data
from sim.tables import (
    ATTEMPTS,
    CALLS,
    FLOWS,
    KEPT_FLOWS,
    KEPT_MESSAGES,
    MESSAGES,
    REPLICATIONS,
    TIMESERIES,
)
from sim.units import hours_to_seconds
from sim.world.country import Territory
from sim.world.listed_sites import SiteFile

MACHINE_SHARE = 0.9
"""Share of the machine's memory that all processes together may be estimated to need (house limit). [1]"""

HELD_TWICE = 2.0
"""How often the rows of a table are held while its blocks become one. [1]"""

ATTEMPT_BYTES = math.ceil(HELD_TWICE * ATTEMPTS.row_bytes) + WINDOW_BYTES
"""An attempt in the loop, whose blocks become one table, and in the measures (measured 205 B). [B]"""

FLOW_BYTES = FLOWS.row_bytes + 150
MESSAGE_BYTES = MESSAGES.row_bytes + 66
"""A flow and a message: the row, and what is made of it while a slice is added up (measured). [B]"""

KEPT_ATTEMPT_BYTES = math.ceil(HELD_TWICE * CALLS.row_bytes)
"""An attempt again where its row is kept: its columns and their Parquet part (measured 151 B). [B]"""

KEPT_FLOW_BYTES = math.ceil(HELD_TWICE * KEPT_FLOWS.row_bytes)
KEPT_MESSAGE_BYTES = math.ceil(HELD_TWICE * KEPT_MESSAGES.row_bytes)
"""A flow and a message, likewise. [B]"""

START_S = 2.0
"""What it takes to start another process: for less there is none but where it is asked for (house estimate). [s]"""


@dataclass(frozen=True)
class Needs:
    """What a run needs."""

    run: Run  # how long it is, and how often
    lines: int
    squares: int
    attempts: int
    n_flows: float
    n_messages: float
    rows: int  # of results, of a replication
    has_calls: bool
    of_lines: int  # and others: memory by what takes it [B]
    of_squares: int
    of_calls: int
    of_data: int
    of_results: int  # of all replications
    work_s: float  # about what a replication takes [s]

    @property
    def worker(self) -> int:
        """Return what a process takes that simulates replications. [B]."""
        return BASE_BYTES + self.of_lines + self.of_squares + self.of_calls + self.of_data

    @property
    def parent(self) -> int:
        """Return what the process takes in which they come together. [B]."""
        return BASE_BYTES + self.of_lines + self.of_squares + self.of_results

    def of_processes(self, n: int) -> int:
        """Return what so many processes take together; with one, it does everything. [B]."""
        return max(self.worker, self.parent) if n == 1 else n * self.worker + self.parent

    def fitting_jobs(self, n_pieces: int) -> int:
        """Return as many processes as cores and free memory allow, and as there are pieces of work."""
        free = min(_free_bytes(), math.floor(MACHINE_SHARE * _machine_bytes()))
        return max(1, min(n_cores(), n_pieces, (free - self.parent) // self.worker))

    @property
    def jobs(self) -> int:
        """Return how many processes pay for replications: those that fit, or one where little is to be done."""
        least, _ = self.run.n_replications
        n = self.fitting_jobs(least)
        saved_s = least * self.work_s * (1.0 - 1.0 / n)
        return n if saved_s > START_S else 1

    def problems(self, n_jobs: int) -> list[Problem]:
        """Return what is too large: one process, or all of them together."""
        machine = _machine_bytes()
        most = math.floor(MACHINE_SHARE * machine)
        processes = min(n_jobs, self.run.n_replications[1])
        one, every = self.of_processes(1), self.of_processes(processes)
        if one <= MAX_MEMORY_BYTES and every <= most:
            return []
        if processes > 1 and one <= min(MAX_MEMORY_BYTES, most):
            fit = max(1, (most - self.parent) // self.worker)
            message = (
                f"{processes:,} processes need about {_gib(every)} of memory, {_gib(self.worker)} each, and the "
                f"machine has {_gib(machine)}: must be at most {fit:,}; lower it"
            )
            return [Problem(f"jobs = {n_jobs}", message)]
        _, key, advice = max(
            (self.of_lines, "subscribers.scale", "lower it"),
            (self.of_squares, "grid.resolution_m", "make it coarser"),
            (self.of_calls, "run.duration_h", "shorten it, or lower the traffic"),
            (self.of_data, "run.duration_h", "shorten it, or lower the data and messages"),
            (self.of_results, self._key_of_replications, "lower it"),
        )
        data = (
            f"{self.n_flows:,.0f} flows, {self.n_messages:,.0f} messages, " if self.of_data else ""
        )
        limit = f"{_gib(MAX_MEMORY_BYTES)} for one process"
        if most < MAX_MEMORY_BYTES:
            limit = f"{_gib(most)}, {MACHINE_SHARE:.0%} of this machine's"
        n = self.run.n_replications[1]
        message = (
            f"the run needs about {_gib(one)} of memory ({self.lines:,} lines, {self.squares:,} squares, "
            f"{self.attempts:,} calls, {data}{n:,} x {self.rows:,} rows of results): must be at "
            f"most {limit}; {advice}"
        )
        return [Problem(key, message)]

    @property
    def _key_of_replications(self) -> str:
        if not self.has_calls:
            return "replications"
        return "run.precision, its largest at_most" if self.run.precision else "run.replications"


def without_calls(scenario: Scenario, n_worlds: int) -> Scenario:
    """Return what of a scenario matters for the coverage of so many worlds."""
    run = scenario.run.model_copy(update={"replications": n_worlds, "precision": ()})
    networks = [one.model_copy(update={"n_subscribers": 0}) for one in scenario.networks]
    traffic = scenario.traffic.model_copy(update={"data": Data()})
    return scenario.model_copy(update={"run": run, "networks": networks, "traffic": traffic})


def needs_of(
    scenario: Scenario, land: Territory, sites: Sequence[SiteFile], *, has_calls: bool
) -> Needs:
    """Return what a scenario with such land and such listed sites needs."""
    run, radio, n_networks = scenario.run, scenario.radio, len(scenario.networks)
    lines = n_lines(scenario.networks, scenario.subscribers)
    squares = math.ceil(land.area_m2 / scenario.grid.resolution_m**2)
    attempts = math.ceil(most_attempts(scenario)) if has_calls else 0
    n_flows, n_messages = expected_flows(scenario), expected_messages(scenario)
    rows, bins = _rows(scenario, land, sites) if has_calls else (_coverage_rows(scenario, land), 0)
    square = square_bytes(n_networks, radio.n_candidates)
    region, grid = scenario.region, scenario.grid
    parts = points_bytes(region, grid, n_networks, radio.n_candidates, squares)
    parts += heights_bytes(region, grid, scenario.terrain, radio, squares)
    return Needs(
        run=run,
        lines=lines,
        squares=squares,
        attempts=attempts,
        n_flows=n_flows,
        n_messages=n_messages,
        rows=rows + bins,
        has_calls=has_calls,
        of_lines=lines_bytes(lines, scenario.traffic),
        of_squares=squares * square
        + parts
        + radio_bytes(n_networks, radio, squares, lines, scenario.traffic),
        of_calls=_call_bytes(scenario, attempts, lines),
        of_data=_data_bytes(scenario, n_flows, n_messages),
        of_results=run.n_replications[1]
        * (rows * REPLICATIONS.row_bytes + bins * TIMESERIES.row_bytes),
        work_s=replication_s(scenario) if has_calls else squares / SQUARES_PER_S,
    )


def _call_bytes(scenario: Scenario, attempts: int, lines: int) -> int:
    """Return what calls take, their radio links included, in bytes."""
    n_bytes = min(attempts, SLICE_ROWS) * ATTEMPT_BYTES
    n_bytes += attempts * math.ceil(_kept_share(scenario) * KEPT_ATTEMPT_BYTES)
    if attempts:
        n_bytes += link_bytes(len(scenario.networks), scenario.radio, lines, scenario.traffic)
    return n_bytes


def _kept_share(scenario: Scenario) -> float:
    """Return the share of the rows that files keep."""
    records = scenario.run.records
    return {"none": 0.0, "all": 1.0}.get(records.calls, records.sample_share)


def _data_bytes(scenario: Scenario, n_flows: float, n_messages: float) -> int:
    """Return what rows of data and messages take, in bytes."""
    held = min(n_flows, SLICE_ROWS) * FLOW_BYTES + min(n_messages, SLICE_ROWS) * MESSAGE_BYTES
    kept = n_flows * KEPT_FLOW_BYTES + n_messages * KEPT_MESSAGE_BYTES
    return math.ceil(held + _kept_share(scenario) * kept)


def _rows(scenario: Scenario, land: Territory, sites: Sequence[SiteFile]) -> tuple[int, int]:
    """Return the rows of measures, about, and of the time series of a replication."""
    n_networks, n_provinces = len(scenario.networks) + 1, len(land.code) + 1
    n_cells = 0
    for network, listed in zip(scenario.networks, sites, strict=True):
        usual = network.equipment.n_sectors
        n_cells += network.n_sites * usual
        n_cells += sum(site.n_sectors or usual for _, site in listed.rows)
    n_rows = n_networks * n_provinces * _n_measures(scenario, "province")
    n_rows += n_cells * _n_measures(scenario, "cell")
    return n_rows, n_networks * math.ceil(hours_to_seconds(scenario.run.duration_h) / BIN_S)


def _coverage_rows(scenario: Scenario, land: Territory) -> int:
    """Return the rows of measures, about, of a world without calls: of each network, and of any, both and neither."""
    return (len(scenario.networks) + 3) * (len(land.code) + 1) * len(coverage.MEASURES)


def _n_measures(scenario: Scenario, axis: str) -> int:
    """Return how many measures stand by an axis, of all subjects that the scenario alone does not rule out."""
    subjects = [subject for subject in SUBJECTS if subject.in_scenario(scenario)]
    return sum(axis in measure.axes for subject in subjects for measure in subject.measures)


def _gib(n_bytes: float) -> str:
    return f"{n_bytes / 2**30:,.1f} GiB"


def _machine_bytes() -> int:
    """Return how many bytes of memory this machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _free_bytes() -> int:
    """Return how many bytes of memory are free, as far as the system says it."""
    with suppress(OSError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return 1024 * int(next(one.split()[1] for one in lines if one.startswith("MemAvailable")))
    return _machine_bytes()


def n_cores() -> int:
    """
    Return how many cores this process may use.

    Returns
    -------
    int
        Cores.
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
