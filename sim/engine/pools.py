"""Pools, queues, logs and integrals over the measured window, as compiled code works with them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import kernel
from sim.engine.rooms import HEAD, Layout, Log, arrays_of

N_SPARE_ROWS = 8
"""Rows of a log that an event may write at most."""


@kernel(inline=True)
def take_place(places: NDArray[np.int32]) -> int:
    """
    Take a free place of a pool, which must have one.

    Parameters
    ----------
    places : (place,) ndarray of int32
        Pool; changed.

    Returns
    -------
    int
        Place.
    """
    places[0] -= 1
    return places[HEAD + places[0]]


@kernel(inline=True)
def give_place(places: NDArray[np.int32], place: int) -> None:
    """
    Give a place back to its pool, as the next to be taken.

    Parameters
    ----------
    places : (place,) ndarray of int32
        Pool; changed.
    place : int
        Place.
    """
    places[HEAD + places[0]] = place
    places[0] += 1


@kernel(inline=True)
def n_free_places(places: NDArray[np.int32]) -> int:
    """Return how many places of a pool are free."""
    return places[0]


@kernel(inline=True)
def has_places(places: NDArray[np.int32]) -> bool:
    """Say whether a pool has as many free places as an event may take."""
    return places[0] >= places[1]


@kernel(inline=True)
def has_rows(rows: Log) -> bool:
    """Say whether a log has room for the rows that an event may write."""
    return rows.n[0] + N_SPARE_ROWS <= len(rows.rows)


@kernel(inline=True)
def put_last(waiting: NDArray[np.int32], place: int) -> None:
    """
    Put a place at the end of a queue.

    Parameters
    ----------
    waiting : (place,) ndarray of int32
        Queue; changed.
    place : int
        Place.
    """
    waiting[HEAD + waiting[1]] = place
    waiting[1] += 1


@kernel(inline=True)
def is_waiting(waiting: NDArray[np.int32]) -> bool:
    """Say whether anything is in a queue."""
    return waiting[0] < waiting[1]


@kernel(inline=True)
def take_first(waiting: NDArray[np.int32]) -> int:
    """
    Take the first place out of a queue that is not empty.

    Parameters
    ----------
    waiting : (place,) ndarray of int32
        Queue; changed.

    Returns
    -------
    int
        Place.
    """
    place = waiting[HEAD + waiting[0]]
    waiting[0] += 1
    if waiting[0] == waiting[1]:
        waiting[0] = 0
        waiting[1] = 0
    return place


@kernel(inline=True)
def put_row(rows: Log, row: Any) -> None:
    """
    Put a row at the end of a log, which must have room for it.

    Parameters
    ----------
    rows : Log
        Log; changed.
    row : row
        What is copied.
    """
    rows.rows[rows.n[0]] = row
    rows.n[0] += 1


@kernel(inline=True)
def account(quantity: Any, time_s: float, window_s: float) -> None:
    """
    Add to an integral what its quantity was from the last time to now, as far as that lies in the window.

    Parameters
    ----------
    quantity : Integral
        Row; changed.
    time_s : float
        Now. [s]
    window_s : float
        Length of the measured window, which begins at 0. [s]
    """
    length_s = min(time_s, window_s) - max(quantity.last_s, 0.0)
    if length_s > 0.0:
        quantity.sum_s += quantity.value * length_s
    quantity.last_s = time_s


@kernel(inline=True)
def change(quantity: Any, by: float, time_s: float, window_s: float) -> None:
    """
    Account for a quantity up to now, and let it be more or less from now on.

    Parameters
    ----------
    quantity : Integral
        Row; changed.
    by : float
        How much more.
    time_s : float
        Now. [s]
    window_s : float
        Length of the measured window, which begins at 0. [s]
    """
    account(quantity, time_s, window_s)
    quantity.value += by


def make_room_check(layout: Layout) -> Any:
    """
    Return a kernel that says whether there is room for whatever an event may add.

    Parameters
    ----------
    layout : Layout
        Rooms with pools and logs.

    Returns
    -------
    callable
        Kernel from the address of a state to a truth value.
    """
    names: dict[str, Any] = {"__name__": __name__, "has_places": has_places, "has_rows": has_rows}
    checks = []
    for number, room in enumerate(layout.rooms):
        names[f"view_{number}"] = room.view
        for name, spec in arrays_of(room).items():
            if spec.kind in ("pool", "log"):
                check = "has_places" if spec.kind == "pool" else "has_rows"
                checks.append(f"{check}(view_{number}(state).{name})")
    source = (
        "def has_room(state: int) -> bool:\n    return (" + "\n        and ".join(checks) + ")\n"
    )
    exec(source, names)
    function = names["has_room"]
    return kernel(function)
