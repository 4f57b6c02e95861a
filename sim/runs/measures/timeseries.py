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


def courses(world: World, window: Window) -> Columns:
    """Return what adds up to the course of a replication, by network and, in bins of 60 s, time."""
    edges_s = time_bins(window.window_s)
    n_bins, n_networks = len(edges_s) - 1, len(caller_networks(world))
    attempts, holding, outcome = window.attempts, window.holding, window.attempts["outcome"]
    bin_idx = np.minimum((attempts["time_s"] / BIN_S).astype(np.int64), n_bins - 1)
    key = attempts["network_idx"].astype(np.int64) * n_bins + bin_idx

    def _counts(is_counted: NDArray[np.bool_]) -> NDArray[np.int64]:
        by_network = np.bincount(key[is_counted], minlength=n_networks * n_bins)
        return by_network.reshape(n_networks, n_bins)

    def _together_s(
        network_idx: NDArray[np.integer], begin_s: NDArray[np.float64], end_s: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        own = (network_idx == k for k in range(n_networks))
        return np.array([np.diff(held_until(begin_s[is_], end_s[is_], edges_s)) for is_ in own])

    waits = attempts["wait_s"] > 0.0
    waiting = {name: attempts[name][waits] for name in ("network_idx", "time_s", "wait_s")}
    until_s = np.minimum(waiting["time_s"] + waiting["wait_s"], window.window_s)
    return {
        "held_s": _together_s(holding["network_idx"], holding["begin_s"], holding["end_s"]),
        "attempts": _counts(np.ones(len(key), np.bool_)),
        "blocked": _counts(IS_BLOCKED[outcome]),
        **{OUTCOMES[cause]: _counts(outcome == cause) for cause in LOST_IN_NETWORK},
        "completed": _counts(outcome == Outcome.COMPLETED),
        "redials": _counts(attempts["redial"] > 0),
        "by_hand": _counts(attempts["n_manual"] > 0),
        "patch_lost": _counts(np.isin(outcome, _UNANSWERED)),
        "waiting_s": _together_s(waiting["network_idx"], waiting["time_s"], until_s),
    }


MEANS = {"held_s": "carried_erl", "waiting_s": "waiting"}
"""Times that become means over a bin, by their names."""


def timeseries(world: World, sums: Columns, window_s: float, replication: int) -> Columns:
    """Return the course of a replication by network and for all, of what `courses` has added up."""
    edges_s = time_bins(window_s)
    names, widths_s = (*caller_networks(world), ALL), np.diff(edges_s)
    columns: Columns = {
        "replication": np.full(len(names) * len(widths_s), replication, np.int32),
        "begin_s": np.tile(edges_s[:-1], len(names)),
        "width_s": np.tile(widths_s, len(names)),
        "network": np.repeat(np.asarray(names), len(widths_s)),
    }
    for name, own in sums.items():
        table = np.maximum(own, 0.0) if name in MEANS else own
        whole = np.concatenate([table, table.sum(axis=0, keepdims=True)])
        columns[MEANS.get(name, name)] = (
            (whole / widths_s).ravel() if name in MEANS else whole.ravel()
        )
    return columns
