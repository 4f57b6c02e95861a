"""Rotas: how many positions of an exchange are staffed at which hour."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sim.units import SECONDS_PER_HOUR

HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True)
class Rota:
    """
    Staffed positions by hour of the day, every day alike.

    At a change the last positions go off first and come on last. Where the number stays, the operators still change
    every `shift_h` hours: the successor sits down at the same position. With the same number at all hours and `shift_h`
    24 nobody ever changes.
    """

    n_by_hour: tuple[int, ...]  # positions staffed in each hour of the day, 24 numbers
    begin_hour: float = 0.0  # hour of the day at time 0 [h]
    shift_h: int = 8  # length of a shift; 24 is divisible by it [h]

    def __post_init__(self) -> None:
        if len(self.n_by_hour) != HOURS_PER_DAY or min(self.n_by_hour) < 0:
            message = f"n_by_hour = {self.n_by_hour}: must be {HOURS_PER_DAY} numbers, 0 or more"
            raise ValueError(message)
        if self.shift_h < 1 or HOURS_PER_DAY % self.shift_h:
            message = f"shift_h = {self.shift_h}: must divide {HOURS_PER_DAY}"
            raise ValueError(message)

    def n_at(self, time_s: float) -> int:
        """Return the positions staffed at a time."""
        return self.n_by_hour[self._hour(time_s) % HOURS_PER_DAY]

    def changes(self, from_s: float) -> Iterator[tuple[float, int, bool]]:
        """Yield the changes after a time, for ever."""
        if len(set(self.n_by_hour)) == 1 and self.shift_h == HOURS_PER_DAY:
            return
        hour = self._hour(from_s)
        n = self.n_by_hour[hour % HOURS_PER_DAY]
        while True:
            hour += 1
            following = self.n_by_hour[hour % HOURS_PER_DAY]
            is_shift = hour % self.shift_h == 0
            if following != n or is_shift:
                yield (hour - self.begin_hour) * SECONDS_PER_HOUR, following, is_shift
            n = following

    def _hour(self, time_s: float) -> int:
        # A change is at (hour - begin_hour) * 3600: search about the rounded hour with that very product.
        hour = math.floor(time_s / SECONDS_PER_HOUR + self.begin_hour)
        while (hour + 1 - self.begin_hour) * SECONDS_PER_HOUR <= time_s:
            hour += 1
        while (hour - self.begin_hour) * SECONDS_PER_HOUR > time_s:
            hour -= 1
        return hour


def around_the_clock(n_positions: int) -> Rota:
    """
    Return the rota of an exchange that is always staffed alike, without shifts.

    Parameters
    ----------
    n_positions : int
        Staffed positions, 0 or more.

    Returns
    -------
    Rota
        Rota.
    """
    return Rota((n_positions,) * HOURS_PER_DAY, shift_h=HOURS_PER_DAY)
