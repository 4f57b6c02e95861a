"""The bare loop compiled by Numba: over the engine's timing wheel, and over a binary heap."""

import math
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bench.workload import MEAN_S, N_CHANNELS, OFFERED_ERL, Calls, Tally
from sim.engine.borrow import borrow_array
from sim.engine.wheel import NONE, Wheel, first_due, make_wheel, schedule, take

_borrow: Any = borrow_array  # Numba gives the intrinsic its first argument itself

CELL = np.dtype(
    [
        ("last_s", np.float64),
        ("busy_server_s", np.float64),
        ("n_attempts", np.int64),
        ("n_losses", np.int64),
        ("n_busy", np.int32),
    ],
    align=True,
)
"""A cell: time of its last change, time integral of its busy channels, counts, busy channels. The compiled
contenders, C++ too, share this layout."""

RELEASE = np.dtype([("time_s", np.float64), ("cell_idx", np.int32)], align=True)
"""An event of the heap: when a cell gets a channel back."""

_WHEEL_SPAN_S = 600.0
_RELEASES_A_BUCKET = 8.0  # the quickest of 0.5 to 32, measured
_HEAP_ROOM = 2


@njit(cache=True)
def _account(cells: NDArray[np.void], cell_idx: int, time_s: float) -> None:
    cell = cells[cell_idx]
    cell.busy_server_s += cell.n_busy * (time_s - cell.last_s)
    cell.last_s = time_s


@njit(cache=True)
def _try_seize(cells: NDArray[np.void], cell_idx: int, time_s: float, n_channels: int) -> bool:
    cell = cells[cell_idx]
    cell.n_attempts += 1
    if cell.n_busy >= n_channels:
        cell.n_losses += 1
        return False
    _account(cells, cell_idx, time_s)
    cell.n_busy += 1
    return True


@njit(cache=True)
def _free(cells: NDArray[np.void], cell_idx: int, time_s: float) -> None:
    _account(cells, cell_idx, time_s)
    cells[cell_idx].n_busy -= 1


@njit(cache=True)
def _run_wheel(
    time_s: NDArray[np.float64],
    cell_idx: NDArray[np.int32],
    hold_s: NDArray[np.float64],
    until_s: float,
    n_channels: int,
    wheel: Wheel,
    cells: NDArray[np.void],
) -> None:
    for i in range(len(time_s) + 1):
        limit_s = time_s[i] if i < len(time_s) else until_s
        while True:
            node = first_due(wheel, limit_s)
            if node == NONE:
                break
            event = wheel.nodes[node]
            take(wheel, node)
            _free(cells, event.payload, event.time_s)
        if i < len(time_s) and _try_seize(cells, cell_idx[i], limit_s, n_channels):
            schedule(wheel, limit_s + hold_s[i], 0, cell_idx[i], i, cell_idx[i])


@njit(cache=True)
def _wheel_loop(
    time_s: NDArray[np.float64],
    cell_idx: NDArray[np.int32],
    hold_s: NDArray[np.float64],
    until_s: float,
    n_channels: int,
    wheel: Wheel,
    cells: NDArray[np.void],
) -> None:
    """Run the loop on borrowed arrays, as the network loop does; the caller keeps them."""
    borrowed = Wheel(
        _borrow(wheel.shape),
        _borrow(wheel.cursor),
        _borrow(wheel.head),
        _borrow(wheel.nodes),
    )
    _run_wheel(
        time_s, cell_idx, hold_s, until_s, n_channels, borrowed, _borrow(cells)
    )  # fmt: skip


@njit(cache=True)
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


@njit(cache=True)
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


@njit(cache=True)
def _heap_loop(
    time_s: NDArray[np.float64],
    cell_idx: NDArray[np.int32],
    hold_s: NDArray[np.float64],
    until_s: float,
    n_channels: int,
    heap: NDArray[np.void],
    cells: NDArray[np.void],
) -> None:
    n = 0
    for i in range(len(time_s) + 1):
        limit_s = time_s[i] if i < len(time_s) else until_s
        while n > 0 and heap[0].time_s < limit_s:
            _free(cells, heap[0].cell_idx, heap[0].time_s)
            _pop(heap, n)
            n -= 1
        if i < len(time_s) and _try_seize(cells, cell_idx[i], limit_s, n_channels):
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


def _time_loop(calls: Calls, loop: Callable[..., None], events: object) -> Tally:
    cells = new_cells(calls)
    begin_s = perf_counter()
    loop(
        calls.time_s, calls.cell_idx, calls.hold_s, calls.until_s, N_CHANNELS, events, cells
    )  # fmt: skip
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
    return _time_loop(calls, _wheel_loop, wheel)


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
    heap = np.zeros(calls.n_cells * N_CHANNELS + _HEAP_ROOM, RELEASE)
    return _time_loop(calls, _heap_loop, heap)
