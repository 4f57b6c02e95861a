"""The log of a manual exchange: everything that happened, in the order in which it happened."""

from enum import IntEnum
from typing import NamedTuple

NOBODY = -1
"""In place of a position or a call where there is none."""


class Happening(IntEnum):
    """What happened; the words behind say what `detail` holds."""

    PRESENTED = 0  # nothing
    ARRIVED = 1  # number of the exchange on the call's way
    REFUSED = 2  # nothing
    ABANDONED = 3  # nothing
    TASK_BEGUN = 4  # task
    TASK_ENDED = 5  # task
    CORD_TAKEN = 6  # nothing
    CORD_CLEARED = 7  # nothing
    TRUNK_SEIZED = 8  # trunk group
    TRUNK_REFUSED = 9  # trunk group
    TRUNK_RELEASED = 10  # trunk group
    RINGING = 11  # nothing
    ANSWERED = 12  # nothing
    TICKET_WRITTEN = 13  # nothing
    TICKET_CLOSED = 14  # nothing
    ON_DUTY = 15  # operator
    OFF_DUTY = 16  # operator
    ENDED = 17  # outcome


class Entry(NamedTuple):
    """One line of the log."""

    time_s: float  # when [s]
    happening: Happening  # what
    exchange: str  # where
    position: int  # position, of a cord the one to which it belongs; NOBODY for none
    call: int  # number of the call, NOBODY for none
    detail: int  # see Happening


Log = list[Entry]
"""Entries in their order."""
