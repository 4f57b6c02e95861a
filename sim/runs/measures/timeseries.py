"""Carried calls, attempts and blocking over time."""

import numpy as np
from numpy.typing import NDArray

from sim.runs.measures.window import IS_BLOCKED, Window, caller_networks
from sim.tables import ALL, LOST_IN_NETWORK, OUTCOMES, Columns, Outcome
from sim.world.build import World

_UNANSWERED = (Outcome.PATCH_ABANDONED, Outcome.PATCH_REFUSED, Outcome.PATCH_NO_CORD)

BIN_S = 60.0
"""Length of a bin (house default). [s]"""


def time_bins(window_s: float) -> NDArray[np.float64]:
    """Return the edges of the bins of a window."""
    n_bins = max(1, int(np.ceil(window_s / BIN_S)))
    return np.append(np.arange(n_bins) * BIN_S, window_s)


def held_until(
    begin_s: NDArray[np.float64], end_s: NDArray[np.float64], edges_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how long calls have been held together up to each edge."""

    def _elapsed(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        # Sum of (edge - time) over the times before the edge.
        bin_idx = np.minimum((times_s / BIN_S).astype(np.int64), len(edges_s) - 2)
        n = np.cumsum(np.bincount(bin_idx, minlength=len(edges_s) - 1))
        total_s = np.cumsum(np.bincount(bin_idx, times_s, minlength=len(edges_s) - 1))
        return np.append(0.0, edges_s[1:] * n - total_s)

    return _elapsed(begin_s) - _elapsed(end_s)


def timeseries(world: World, window: Window, replication: int) -> Columns:
    """Return the course of a replication by network, in bins of 60 s."""
    edges_s = time_bins(window.window_s)
    callers = caller_networks(world)
    n_bins, n_networks = len(edges_s) - 1, len(callers)
    outcome = window.attempts["outcome"]
    bin_idx = np.minimum((window.attempts["time_s"] / BIN_S).astype(np.int64), n_bins - 1)
    key = window.attempts["network_idx"].astype(np.int64) * n_bins + bin_idx

    def _counts(is_counted: NDArray[np.bool_]) -> NDArray[np.int64]:
        by_network = np.bincount(key[is_counted], minlength=n_networks * n_bins)
        table = by_network.reshape(n_networks, n_bins)
        return np.concatenate([table, table.sum(axis=0, keepdims=True)]).ravel()

    held_s = []
    for network_idx in range(n_networks):
        ours = window.holding["network_idx"] == network_idx
        begin_s, end_s = window.holding["begin_s"][ours], window.holding["end_s"][ours]
        held_s.append(np.maximum(np.diff(held_until(begin_s, end_s, edges_s)), 0.0))
    held_s.append(np.sum(held_s, axis=0))
    waiting_s = _waiting(window, n_networks, edges_s)
    redial, n_manual = window.attempts["redial"] > 0, window.attempts["n_manual"] > 0
    n_groups = n_networks + 1
    return {
        "replication": np.full(n_groups * n_bins, replication, np.int32),
        "begin_s": np.tile(edges_s[:-1], n_groups),
        "width_s": np.tile(np.diff(edges_s), n_groups),
        "network": np.repeat(np.asarray((*callers, ALL)), n_bins),
        "carried_erl": np.concatenate(held_s) / np.tile(np.diff(edges_s), n_groups),
        "attempts": _counts(np.ones(len(key), np.bool_)),
        "blocked": _counts(IS_BLOCKED[outcome]),
        **{OUTCOMES[cause]: _counts(outcome == cause) for cause in LOST_IN_NETWORK},
        "completed": _counts(outcome == Outcome.COMPLETED),
        "redials": _counts(redial),
        "by_hand": _counts(n_manual),
        "patch_lost": _counts(np.isin(outcome, _UNANSWERED)),
        "waiting": np.concatenate(waiting_s) / np.tile(np.diff(edges_s), n_groups),
    }


def _waiting(
    window: Window, n_networks: int, edges_s: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Return how long callers of each network, and of all, wait for operators in each bin, from their begin on."""
    begin_s, wait_s = window.attempts["time_s"], window.attempts["wait_s"]
    end_s = np.minimum(begin_s + wait_s, window.window_s)
    waited = []
    for network_idx in range(n_networks):
        ours = (window.attempts["network_idx"] == network_idx) & (wait_s > 0.0)
        together_s = held_until(begin_s[ours], end_s[ours], edges_s)
        waited.append(np.maximum(np.diff(together_s), 0.0))
    return [*waited, np.sum(waited, axis=0)]
