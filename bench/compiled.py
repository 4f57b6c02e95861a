"""The bare loop compiled by Numba: over the engine's timing wheel, and over a binary heap."""

import math
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.workload import MEAN_S, N_CHANNELS, OFFERED_ERL, Calls, Tally
from sim.compilation.kernels import Entry, entry, kernel
from sim.engine.rooms import F8, I4, I8, Layout, State, array, make_room, row
from sim.engine.views import view
from sim.engine.wheel import NONE, Wheel, first_due, make_wheel, schedule, take, wheel_of
from sim.network.subjects import LAYOUT as NETWORK


@row
class Cell:
    """A cell; the compiled contenders, C++ too, share this layout."""

    last_s: F8  # time of its last change
    busy_server_s: F8  # time integral of its busy channels
    n_attempts: I8
    n_losses: I8
    n_busy: I4  # busy channels


CELL = Cell.dtype  # type: ignore[attr-defined]
"""A cell as NumPy has it."""


@row
class Release:
    """An event of the heap: when a cell gets a channel back."""

    time_s: F8
    cell_idx: I4


@row
class WorkRules:
    """Parameters of the workload."""

    until_s: F8  # length of the simulated time
    n_channels: I8  # channels of a cell


class Work(NamedTuple):
    """The workload, and the cells that carry it."""

    rules: array(WorkRules, "one")
    time_s: array(F8, "call")
    cell_idx: array(I4, "call")
    hold_s: array(F8, "call")
    cells: array(Cell, "cell")
    heap: array(Release, "release")


work_of = view(Work)
_LAYOUT = Layout(*NETWORK.rooms, Work)  # behind the network's rooms, which keep their places

_WHEEL_SPAN_S = 600.0
_RELEASES_A_BUCKET = 8.0  # the quickest of 0.5 to 32, measured
_HEAP_ROOM = 2


@kernel
def _account(work: Work, cell_idx: int, time_s: float) -> None:
    cell = work.cells[cell_idx]
    cell.busy_server_s += cell.n_busy * (time_s - cell.last_s)
    cell.last_s = time_s


@kernel
def _try_seize(work: Work, cell_idx: int, time_s: float) -> bool:
    cell = work.cells[cell_idx]
    cell.n_attempts += 1
    if cell.n_busy >= work.rules[0].n_channels:
        cell.n_losses += 1
        return False
    _account(work, cell_idx, time_s)
    cell.n_busy += 1
    return True


@kernel
def _free(work: Work, cell_idx: int, time_s: float) -> None:
    _account(work, cell_idx, time_s)
    work.cells[cell_idx].n_busy -= 1


@entry(is_called_by_python=True)
def run_on_wheel(state: int) -> None:
    """
    Carry the workload over a timing wheel.

    Parameters
    ----------
    state : int
        Address of the state.
    """
    work, wheel = work_of(state), wheel_of(state)
    time_s, cell_idx, hold_s = work.time_s, work.cell_idx, work.hold_s
    for i in range(len(time_s) + 1):
        limit_s = time_s[i] if i < len(time_s) else work.rules[0].until_s
        while True:
            node = first_due(wheel, limit_s)
            if node == NONE:
                break
            event = wheel.nodes[node]
            take(wheel, node)
            _free(work, event.payload, event.time_s)
        if i < len(time_s) and _try_seize(work, cell_idx[i], limit_s):
            schedule(wheel, limit_s + hold_s[i], 0, cell_idx[i], i, cell_idx[i])


@kernel
def _push(heap: NDArray[np.void], n: int, time_s: float, cell_idx: int) -> None:
    """Add an event to a heap of `n`."""
    i = n
    while i > 0:
        parent = (i - 1) >> 1
        if heap[parent].time_s <= time_s:
            break
        heap[i].time_s = heap[parent].time_s
        heap[i].cell_idx = heap[parent].cell_idx
        i = parent
    heap[i].time_s = time_s
    heap[i].cell_idx = cell_idx


@kernel
def _pop(heap: NDArray[np.void], n: int) -> None:
    """Remove the first event of a heap of `n`: let the hole sink, then let the last event rise into it."""
    hole = 0
    child = 1
    while child < n - 1:
        if child + 1 < n - 1 and heap[child + 1].time_s < heap[child].time_s:
            child += 1
        heap[hole].time_s = heap[child].time_s
        heap[hole].cell_idx = heap[child].cell_idx
        hole = child
        child = 2 * hole + 1
    _push(heap, hole, heap[n - 1].time_s, heap[n - 1].cell_idx)


@entry(is_called_by_python=True)
def run_on_heap(state: int) -> None:
    """
    Carry the workload over a binary heap.

    Parameters
    ----------
    state : int
        Address of the state.
    """
    work = work_of(state)
    time_s, cell_idx, hold_s, heap = work.time_s, work.cell_idx, work.hold_s, work.heap
    n = 0
    for i in range(len(time_s) + 1):
        limit_s = time_s[i] if i < len(time_s) else work.rules[0].until_s
        while n > 0 and heap[0].time_s < limit_s:
            _free(work, heap[0].cell_idx, heap[0].time_s)
            _pop(heap, n)
            n -= 1
        if i < len(time_s) and _try_seize(work, cell_idx[i], limit_s):
            _push(heap, n, limit_s + hold_s[i], cell_idx[i])
            n += 1


def new_cells(calls: Calls) -> NDArray[np.void]:
    """
    Return idle cells.

    Parameters
    ----------
    calls : Calls
        Workload.

    Returns
    -------
    (cell,) structured ndarray
        Fields as in CELL.
    """
    return np.zeros(calls.n_cells, CELL)


def tally_of_cells(cells: NDArray[np.void], calls: Calls, wall_s: float) -> Tally:
    """
    Return the counts of a compiled contender, its integrals brought to the end.

    Parameters
    ----------
    cells : (cell,) structured ndarray
        Fields as in CELL.
    calls : Calls
        Workload.
    wall_s : float
        What the loop took. [s]

    Returns
    -------
    Tally
        Counts.
    """
    rest_s = cells["n_busy"] * (calls.until_s - cells["last_s"])
    return Tally(
        cells["n_attempts"], cells["n_losses"], cells["busy_server_s"] + rest_s, wall_s
    )  # fmt: skip


def _time_loop(calls: Calls, loop: Entry, wheel: Wheel, n_releases: int) -> Tally:
    rules = WorkRules.new(1)  # type: ignore[attr-defined]
    rules["until_s"], rules["n_channels"] = calls.until_s, N_CHANNELS
    cells = new_cells(calls)
    given = {"time_s": calls.time_s, "cell_idx": calls.cell_idx, "hold_s": calls.hold_s}
    work = make_room(Work, {"release": n_releases}, rules=rules, cells=cells, **given)
    others: list[Any] = [make_room(room, {}) for room in NETWORK.rooms if room is not Wheel]
    state = State(_LAYOUT, wheel, work, *others)
    begin_s = perf_counter()
    loop(state.address)
    return tally_of_cells(cells, calls, perf_counter() - begin_s)


def run_wheel(calls: Calls) -> Tally:
    """
    Simulate over the engine's timing wheel, with about eight releases a bucket.

    Parameters
    ----------
    calls : Calls
        Workload.

    Returns
    -------
    Tally
        Counts and wall time.
    """
    width_s = _RELEASES_A_BUCKET * MEAN_S / (calls.n_cells * OFFERED_ERL)
    n_buckets = 1 << math.ceil(math.log2(_WHEEL_SPAN_S / width_s))
    wheel = make_wheel(0.0, width_s, n_buckets, calls.n_cells * N_CHANNELS + 1)
    return _time_loop(calls, run_on_wheel, wheel, 0)


def run_heap(calls: Calls) -> Tally:
    """
    Simulate over a binary heap.

    Parameters
    ----------
    calls : Calls
        Workload.

    Returns
    -------
    Tally
        Counts and wall time.
    """
    wheel = make_wheel(0.0, 1.0, 1, 1)
    return _time_loop(calls, run_on_heap, wheel, calls.n_cells * N_CHANNELS + _HEAP_ROOM)
