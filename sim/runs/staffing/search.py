"""The search for the smallest rotas that meet a target, whatever a simulation is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
"""Operators, (exchange, hour)."""

Simulate = Callable[[Counts, str], NDArray[np.bool_]]
"""Given operators and why they are tried, returns where the target is met, (exchange, hour)."""


@dataclass(frozen=True)
class Rotas:
    """What the search has found."""

    n_operators: Counts  # (exchange, hour) operators with which the target is met everywhere
    number: int  # number of the simulation, from 0, in which this was seen
    # (exchange, hour, 2) number of the simulation, from 0, in which an operator less did not do, and how many there
    # were; -1 where one is enough
    fewer: NDArray[np.int64]


class _Search:
    """
    The state of a search; every staffing is simulated once.

    Parameters
    ----------
    simulate : Simulate
        Simulates a staffing.
    most : (exchange, hour) ndarray of int64
        Most operators; they meet the target.
    """

    def __init__(self, simulate: Simulate, most: Counts) -> None:
        self._simulate, self._most = simulate, most
        self._known: dict[bytes, tuple[int, NDArray[np.bool_]]] = {}
        self.n_failed = np.zeros_like(
            most
        )  # the most operators that failed when all others were in place
        self.fewer = np.full((*most.shape, 2), -1, np.int64)

    def is_met(self, n: Counts, why: str) -> tuple[int, NDArray[np.bool_]]:
        """Return the number of the simulation of a staffing, and where the target is met."""
        key = n.tobytes()
        if key not in self._known:
            self._known[key] = len(self._known), self._simulate(n, why)
        return self._known[key]

    def bracket(self, start: Counts) -> Counts:
        """Return the least operators that met it while the others were about right: doubled steps, then halves."""
        low, high = np.zeros_like(start), self._most.copy()
        has_failed = np.zeros(start.shape, np.bool_)
        has_met = np.zeros(start.shape, np.bool_)
        guess, step = np.clip(start, 1, self._most), np.ones_like(start)
        while np.any(high - low > 1):
            is_open = high - low > 1
            n = np.where(is_open, guess, high)
            _, met = self.is_met(
                n, f"{np.count_nonzero(is_open)} of {n.size} hours of all exchanges are open"
            )
            high = np.where(is_open & met, n, high)
            low = np.where(is_open & ~met, n, low)
            has_met |= is_open & met
            has_failed |= is_open & ~met
            guess = np.where(has_failed, low + step, high - step)
            guess = np.where(has_met & has_failed, (low + high) // 2, guess)
            guess = np.clip(guess, low + 1, np.maximum(high - 1, low + 1))
            step *= 2
        return high

    def raise_until_met(self, n: Counts, *, is_lowered: bool) -> Counts:
        """Return a staffing that meets the target everywhere; one operator more in the first hours that do not."""
        n = n.copy()
        while True:
            number, met = self.is_met(n, "all hours together")
            if met.all():
                return n
            if is_lowered:
                self.n_failed[~met] = np.maximum(self.n_failed, n)[~met]
                self.fewer[~met, 0], self.fewer[~met, 1] = number, n[~met]
            n += self._where_more(n, ~met)

    def _where_more(self, n: Counts, fails: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return where to add an operator: an hour after one that fails may only suffer from what that leaves over."""
        more = fails.copy()
        more[:, 1:] &= ~fails[:, :-1]
        more &= n < self._most
        stuck = fails.any(axis=1) & ~more.any(axis=1)
        more[stuck] = n[stuck] < self._most[stuck]
        # With the most in all hours of all exchanges it does not fail.
        return more if more.any() else n < self._most

    def lower(self, n: Counts) -> Counts:
        """Return a staffing with one operator less where its exchange meets the target in all hours without."""
        n = n.copy()
        for hour in range(n.shape[1]):
            can = (n[:, hour] > 1) & (n[:, hour] - 1 > self.n_failed[:, hour])
            if not can.any():
                continue
            trial = n.copy()
            trial[can, hour] -= 1
            number, met = self.is_met(
                trial, f"one operator less in hour {hour + 1} of {n.shape[1]}"
            )
            is_enough = can & met.all(axis=1)
            fails = can & ~is_enough
            self.fewer[fails, hour, 0], self.fewer[fails, hour, 1] = number, trial[fails, hour]
            n[is_enough, hour] -= 1
        return n


def smallest_rotas(simulate: Simulate, start: Counts, most: Counts) -> Rotas:
    """
    Return the smallest rotas that meet a target.

    Operators, 1 or more, that meet the target in all hours at once. One less in any single hour of an exchange fails:
    the target is not met in some hour of that exchange, when all exchanges have one less in that hour, or, where this
    was tried before, when all other hours had been lowered with it. Where exchanges load each other strongly
    more than the least may be found, and less than that of an earlier trial is not tried again.
    """
    search = _Search(simulate, most)
    n = search.raise_until_met(search.bracket(start), is_lowered=False)
    while True:
        lowered = search.lower(n)
        if np.array_equal(lowered, n):
            break
        n = search.raise_until_met(lowered, is_lowered=True)
    fewer = np.where((n > 1)[..., None], search.fewer, -1)
    return Rotas(n, search.is_met(n, "")[0], fewer)
