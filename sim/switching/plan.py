"""
Plans: how an exchange is equipped, staffed and worked, and how callers and operators behave.

References
----------
Hansard, House of Commons, 26 May 1919, Telephone service: 3.8 % of London's calls to a wrong number, faults of callers
included; 1 in 160 cut off.
Cyclopedia of Telephony and Telegraphy, volume 2, American School of Correspondence (1911), chapter 37, Quality of
service: more than 17 s to disconnect before relay boards in New York, less than 3 s after.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from sim.switching.tasks import TABLE_XIV, Law, TaskTimes, fixed, lognormal
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
        """
        Yield the changes after a time, for ever.

        Parameters
        ----------
        from_s : float
            Time. [s]

        Yields
        ------
        time_s : float
            When it is. [s]
        n : int
            Positions staffed from then on.
        is_shift : bool
            Whether everybody is relieved.
        """
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


RELAY_BOARD = fixed(0.0)
"""Lamps show at once that both have hung up: with 2.0 s to clear, less than 3 s beside any queue."""

MAGNETO_BOARD = lognormal(16.0, 0.5)
"""Nothing shows it: with 2.0 s to clear, 18 s on average, more than the published 17 s (law: assumption)."""


@dataclass(frozen=True, slots=True)
class ExchangePlan:
    """How a manual exchange is equipped, staffed and worked."""

    name: str  # name, that of its node in the graph
    rota: Rota  # positions staffed by hour
    n_positions: int = 0  # positions; as many as the rota needs at most unless given
    # cord pairs of each position; 16 unless given (local boards had 15 to 17: remembered, low confidence)
    n_cords: int = 16
    times: TaskTimes = TABLE_XIV  # times of the operators' tasks
    # whether calls and duties of smaller `priority` come first; else all are served in the order of their times
    has_priority_lines: bool = True
    clears_first: bool = True  # whether finished cords are cleared before anything else is done
    # whether a caller who finds no circuit hangs up and is called back by ticket; else the call is lost
    delay_working: bool = False
    ticket_expiry_s: float = 7200.0  # age at which a ticket is thrown away; 2 h (assumption) [s]
    # calls that may wait for an answer; another one is refused. None for any number.
    max_waiting: int | None = None
    notice: Law = RELAY_BOARD  # time from the end of a call until the operator can see it

    def __post_init__(self) -> None:
        most = max(self.rota.n_by_hour)
        if self.n_positions == 0:
            object.__setattr__(self, "n_positions", most)
        if self.n_positions < most:
            message = (
                f"{self.name}: n_positions = {self.n_positions}: the rota staffs {most}; "
                "give more positions or staff fewer"
            )
            raise ValueError(message)
        if self.n_cords < 1 or not self.ticket_expiry_s > 0.0:
            message = (
                f"{self.name}: n_cords = {self.n_cords}, ticket_expiry_s = {self.ticket_expiry_s}: "
                "must be 1 or more, and more than 0"
            )
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Service:
    """What callers bear and where operators err, at every exchange alike."""

    patience: Law | None = None  # how long a caller waits for operators in all; None for ever
    # probability that a call is put through to a wrong line, faults of callers included [1]
    p_wrong: float = 0.038
    # talk with a wrong number; 8 s (assumption)
    wrong_talk: Law = field(default_factory=lambda: fixed(8.0))
    # probability that an operator pulls the cord while people talk [1]
    p_cut_off: float = 1.0 / 160.0
    # from ringing to the operator's look whether anybody has answered; 15 s (assumption) [s]
    supervise_after_s: float = 15.0
    max_re_rings: int = 2  # how often the operator rings again; 2 (assumption)
    # when a caller gives up where no operator supervises; 60 s (assumption) [s]
    ring_limit_s: float = 60.0

    def __post_init__(self) -> None:
        if not (0.0 <= self.p_wrong <= 1.0 and 0.0 <= self.p_cut_off <= 1.0):
            message = f"p_wrong = {self.p_wrong}, p_cut_off = {self.p_cut_off}: must be 0 to 1"
            raise ValueError(message)
        if not (0.0 <= self.supervise_after_s < math.inf and 0.0 <= self.ring_limit_s < math.inf):
            message = (
                f"supervise_after_s = {self.supervise_after_s}, ring_limit_s = {self.ring_limit_s}: "
                "must be 0 or more and finite"
            )
            raise ValueError(message)


FLAWLESS = Service(p_wrong=0.0, p_cut_off=0.0)
"""Patient callers, and operators who never err."""
