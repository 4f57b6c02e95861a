"""The contenders of the bare loss workload, their alternating repeats, and the proof that they did the same."""

import gc
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from bench.compiled import run_heap, run_wheel
from bench.cpp import build_cpp
from bench.processes import run_simpy_callbacks, run_simpy_processes
from bench.queueing import run_ciw, run_ciw_by_cell
from bench.workload import Calls, Tally, Workload, make_workload, tally_of_records
from sim.network.replication import run_network

_BUSY_RTOL = 1e-9  # sums of some thousand rounded terms in another order


@dataclass(frozen=True)
class Sizes:
    """
    How much each contender simulates.

    Attributes
    ----------
    n_cells : int
        Cells of the workload.
    duration_s : float
        Simulated time of the compiled contenders. [s]
    simpy_s, ciw_s : float
        Simulated time of SimPy, and of Ciw with all cells in one network. [s]
    n_ciw_cells : int
        Cells that Ciw simulates one after the other for the whole time.
    """

    n_cells: int
    duration_s: float
    simpy_s: float
    ciw_s: float
    n_ciw_cells: int


FULL = Sizes(n_cells=3300, duration_s=3600.0, simpy_s=200.0, ciw_s=0.5, n_ciw_cells=30)
QUICK = Sizes(n_cells=33, duration_s=900.0, simpy_s=300.0, ciw_s=60.0, n_ciw_cells=3)
"""The sizes of a measurement, and those of a trial."""


@dataclass(frozen=True)
class Contender:
    """
    Somebody who simulates the workload.

    Attributes
    ----------
    name : str
        Name.
    label : str
        What it is, in words.
    calls : Calls
        The part of the workload that it simulates.
    run : callable
        Simulates it.
    """

    name: str
    label: str
    calls: Calls
    run: Callable[[Calls], Tally]


@dataclass(frozen=True)
class Lap:
    """
    One contender in one repeat.

    Attributes
    ----------
    contender, label : str
        Who, and in words.
    repeat : int
        Number of the repeat, from 1.
    n_calls, n_losses : int
        Calls simulated, and those lost.
    simulated_s : float
        Simulated time. [s]
    n_cells : int
        Cells simulated.
    wall_s : float
        Wall time. [s]
    """

    contender: str
    label: str
    repeat: int
    n_calls: int
    n_losses: int
    simulated_s: float
    n_cells: int
    wall_s: float

    @property
    def ns_per_call(self) -> float:
        """
        Wall time of a call.

        Returns
        -------
        float
            Time. [ns]
        """
        return self.wall_s / self.n_calls * 1e9


@dataclass(frozen=True)
class Spread:
    """
    Middle and range of the repeats.

    Attributes
    ----------
    median, low, high : float
        Median, smallest and largest.
    """

    median: float
    low: float
    high: float


class UnequalCountsError(AssertionError):
    """Two contenders that simulate the same calls did not count the same."""


def make_contenders(workload: Workload, sizes: Sizes, cpp_folder: Path | None) -> list[Contender]:
    """
    Return all contenders, the engine first.

    Parameters
    ----------
    workload : Workload
        Workload.
    sizes : Sizes
        How much each simulates.
    cpp_folder : Path or None
        Where the C++ loop is compiled; None where there is no compiler.

    Returns
    -------
    list of Contender
        Contenders in the order in which they run and are shown.
    """
    calls = workload.calls

    def _run_network(_calls: Calls) -> Tally:
        begin_s = perf_counter()
        records = run_network(workload.scenario, workload.world, workload.coverage, 1)
        return tally_of_records(records, perf_counter() - begin_s)

    found = [
        Contender("wheel", "this engine: wheel, bare loop", calls, run_wheel),
        Contender("network", "this engine: whole network loop", calls, _run_network),
    ]
    if cpp_folder is not None:
        label = "C++ std::priority_queue"
        found.append(Contender("cpp_heap", label, calls, build_cpp(cpp_folder)))
    short = calls.before(sizes.simpy_s)
    few = calls.of_cells(sizes.n_ciw_cells)
    return [
        *found,
        Contender("numba_heap", "Numba, binary heap", calls, run_heap),
        Contender("simpy_callbacks", "SimPy, callbacks", short, run_simpy_callbacks),
        Contender("simpy_processes", "SimPy, process and Resource", short, run_simpy_processes),
        Contender("ciw_by_cell", "Ciw, a network for each cell", few, run_ciw_by_cell),
        Contender("ciw", "Ciw, one network", calls.before(sizes.ciw_s), run_ciw),
    ]


def check_tally(name: str, tally: Tally, expected: Tally) -> None:
    """
    Refuse a contender that did not simulate what the others did.

    Parameters
    ----------
    name : str
        Name of the contender.
    tally : Tally
        What it counted.
    expected : Tally
        What the Numba heap counted on the same calls.

    Raises
    ------
    UnequalCountsError
        If attempts or losses of any cell differ, or busy channels by more than rounding.
    """
    for what in ("n_attempts", "n_losses"):
        got, wanted = getattr(tally, what), getattr(expected, what)
        if not np.array_equal(got, wanted):
            cell = int(np.flatnonzero(got != wanted)[0])
            message = f"{name}: {what} of cell {cell} is {got[cell]}, must be {wanted[cell]}"
            raise UnequalCountsError(message)
    if not np.allclose(tally.busy_server_s, expected.busy_server_s, rtol=_BUSY_RTOL, atol=1e-6):
        raise UnequalCountsError(f"{name}: time integrals of busy channels differ")


def measure_bare(
    sizes: Sizes, n_repeats: int, cpp_folder: Path | None, tell: Callable[[str], None]
) -> list[Lap]:
    """
    Let the contenders run one after the other, over and over.

    Parameters
    ----------
    sizes : Sizes
        How much each simulates.
    n_repeats : int
        Repeats; one more goes before them, uncounted, and warms everything up.
    cpp_folder : Path or None
        Where the C++ loop is compiled; None where there is no compiler.
    tell : callable
        Told what is going on.

    Returns
    -------
    list of Lap
        Every contender in every repeat.
    """
    tell("bare loss workload: draw the calls")
    workload = make_workload(sizes.n_cells, sizes.duration_s)
    contenders = make_contenders(workload, sizes, cpp_folder)
    expected = {one.name: run_heap(one.calls) for one in contenders}
    laps = []
    for repeat in range(n_repeats + 1):
        for one in contenders:
            tell(f"bare loss workload: repeat {repeat} of {n_repeats}, {one.label}")
            gc.collect()
            tally = one.run(one.calls)
            check_tally(one.name, tally, expected[one.name])
            if repeat > 0:
                laps.append(_lap(one, repeat, tally))
    return laps


def _lap(one: Contender, repeat: int, tally: Tally) -> Lap:
    return Lap(
        contender=one.name,
        label=one.label,
        repeat=repeat,
        n_calls=int(tally.n_attempts.sum()),
        n_losses=int(tally.n_losses.sum()),
        simulated_s=one.calls.until_s,
        n_cells=one.calls.n_cells,
        wall_s=tally.wall_s,
    )


def spread(values: Sequence[float]) -> Spread:
    """
    Return middle and range.

    Parameters
    ----------
    values : sequence of float
        A value for each repeat.

    Returns
    -------
    Spread
        Median, smallest and largest.
    """
    return Spread(statistics.median(values), min(values), max(values))


def ratios(laps: Sequence[Lap], contender: str, base: str) -> Spread | None:
    """
    Return how many times the time of another contender one takes for a call.

    Parameters
    ----------
    laps : sequence of Lap
        All laps.
    contender, base : str
        Whose time, and over whose.

    Returns
    -------
    Spread or None
        Over the repeats, each ratio within one repeat; None when one of the two did not run.
    """
    one = {lap.repeat: lap.ns_per_call for lap in laps if lap.contender == contender}
    other = {lap.repeat: lap.ns_per_call for lap in laps if lap.contender == base}
    if not one or not other:
        return None
    return spread([one[repeat] / other[repeat] for repeat in one])
