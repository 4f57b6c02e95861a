"""The measured window: which attempts count, and how long calls overlap it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario.check_switching import FIXED
from sim.tables import ATTEMPTS, BLOCKED, OUTCOMES, Columns
from sim.world.build import World

IS_BLOCKED = np.isin(np.arange(len(OUTCOMES)), BLOCKED)

_COLUMNS = (
    "time_s",
    "redial",
    "is_source",
    "network_idx",
    "province_idx",
    "class_idx",
    "cell_idx",
    "outcome",
    "would_hold_s",
    "n_manual",
    "wait_s",
    "service_idx",
)

_HELD = ("network_idx", "province_idx", "class_idx", "is_source", "service_idx")

WINDOW_BYTES = sum(
    np.dtype(one.dtype).itemsize
    * ((one.name in _COLUMNS) + (one.name in (*_HELD, "time_s", "end_s")))
    for one in ATTEMPTS.columns
)
"""An attempt of the measured window and its call, besides its row in the records. [B]"""


@dataclass(frozen=True)
class Window:
    """Attempts of the measured window, and calls that overlap it."""

    window_s: float  # length of the window, which begins at 0 [s]
    # attempts begun in the window: the columns of `sim.tables.ATTEMPTS` that measures need; in `network_idx` the fixed
    # network comes after the last mobile one
    attempts: Columns
    # calls that held anything within the window, begun before it or in it: `network_idx`, `province_idx`, `class_idx`,
    # `is_source`, `service_idx`, and `begin_s` and `end_s` clipped to the window
    holding: Columns


def measured_window(attempts: Columns, window_s: float, n_networks: int) -> Window:
    """Return what counts of attempts in a world of some networks."""
    time_s, end_s = attempts["time_s"], attempts["end_s"]
    counts = (time_s >= 0.0) & (time_s < window_s)
    overlaps = (end_s > time_s) & (end_s > 0.0) & (time_s < window_s)
    holding: Columns = {name: attempts[name][overlaps] for name in _HELD}
    holding["begin_s"] = np.maximum(time_s[overlaps], 0.0)
    holding["end_s"] = np.minimum(end_s[overlaps], window_s)
    begun = {name: attempts[name][counts] for name in _COLUMNS}
    for columns in (begun, holding):  # the fixed network comes after the mobile ones
        columns["network_idx"] = np.minimum(columns["network_idx"], n_networks)
    return Window(window_s, begun, holding)


def caller_networks(world: World) -> tuple[str, ...]:
    """Return the networks from which people call. Mobile networks, then the fixed one where it is simulated."""
    more = (FIXED,) if world.exchanges.is_simulated else ()
    return (*world.network_names, *more)


def group_sums(
    idx: NDArray[np.integer], n_groups: int, weights: NDArray[Any] | None = None
) -> NDArray[np.float64]:
    """Return the sum of weights in each group."""
    return np.bincount(idx, weights, minlength=n_groups).astype(np.float64)
