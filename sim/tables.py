"""
Data dictionary: every table that crosses a folder border or reaches a file.

One place holds the names, types, units and meanings of columns; the modules that make tables and the store that
writes them both take them from here.
"""

from dataclasses import dataclass
from enum import IntEnum


class Outcome(IntEnum):
    """What became of a call attempt: exactly one of these (DESIGN, section 9)."""

    COMPLETED = 0
    DROPPED = 1
    NO_COVERAGE = 2
    BLOCKED_UPLINK = 3
    BLOCKED_DOWNLINK = 4
    BLOCKED_CODE = 5
    BLOCKED_CHANNEL = 6
    BLOCKED_CHANNEL_ELEMENT = 7
    BLOCKED_TRUNK = 8
    NO_ROUTE = 9
    CALLEE_BUSY = 10
    CALLEE_OFF = 11
    CALLEE_NO_COVERAGE = 12
    CALLEE_BLOCKED = 13
    NO_ANSWER = 14
    CALLER_ABANDONED = 15
    PATCH_ABANDONED = 16
    PATCH_REFUSED = 17
    PATCH_NO_CORD = 18
    PATCH_WRONG = 19
    PATCH_CUT_OFF = 20
    TICKET_EXPIRED = 21
    EXCHANGE_DOWN = 22
    BARRED = 23
    QUOTA_EXHAUSTED = 24
    STATION_DOWN = 25
    IN_PROGRESS = 26


OUTCOMES = tuple(outcome.name.lower() for outcome in Outcome)
"""Names of the outcomes, in the order of their codes."""

ANSWERED = (Outcome.COMPLETED, Outcome.DROPPED)
BLOCKED = (
    Outcome.BLOCKED_UPLINK,
    Outcome.BLOCKED_DOWNLINK,
    Outcome.BLOCKED_CODE,
    Outcome.BLOCKED_CHANNEL,
    Outcome.BLOCKED_CHANNEL_ELEMENT,
    Outcome.BLOCKED_TRUNK,
    Outcome.CALLEE_BLOCKED,
    Outcome.NO_ROUTE,
)
"""Outcomes that count as blocking: blocked_*, callee_blocked and no_route (DESIGN, section 10)."""

NONE_IDX = 255
"""A network, province or class that a row does not have."""

FIXED_IDX = 254
"""The fixed network, where a network index is asked for."""


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column of a table.

    Parameters
    ----------
    name : str
        Name; a physical quantity ends in its unit.
    dtype : str
        NumPy type, or `str`.
    unit : str
        Unit, `1` for counts, shares and indices, empty for text.
    description : str
        What the column says.
    """

    name: str
    dtype: str
    unit: str
    description: str


@dataclass(frozen=True, slots=True)
class Table:
    """
    One table.

    Parameters
    ----------
    name : str
        Name, that of its file without ending.
    axis : str
        What a row is.
    columns : tuple of Column
        Columns in their order.
    """

    name: str
    axis: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)


ATTEMPTS = Table(
    "calls",
    "attempt",
    (
        Column("time_s", "float64", "s", "begin, from the begin of the measured window"),
        Column("entity", "uint32", "1", "caller: subscriber_id, or number of the Poisson source"),
        Column("index", "int64", "1", "address of the root intent: hour slot * 65536 + number in the slot"),
        Column("redial", "uint8", "1", "0 for a first attempt, else number of the redial"),
        Column("is_source", "uint8", "1", "1 for a call of a Poisson source, 0 for a subscriber's"),
        Column("network_idx", "uint8", "1", "originating network"),
        Column("province_idx", "uint8", "1", "province of the caller's square"),
        Column("class_idx", "uint8", "1", "class of the caller, 255 for a source"),
        Column("cell_idx", "int32", "1", "caller's first-ranked cell, -1 for none"),
        Column("destination_idx", "uint8", "1", "called network, 254 the fixed network, 255 none"),
        Column("callee_id", "uint32", "1", "subscriber_id of the called line, 4294967295 for none"),
        Column("callee_cell_idx", "int32", "1", "called line's first-ranked cell, -1 for none"),
        Column("trunk_idx", "int16", "1", "trunk group of the route, -1 for none"),
        Column("outcome", "uint8", "1", "code of the outcome"),
        Column("answer_s", "float64", "s", "answer, NaN when there was none"),
        Column("end_s", "float64", "s", "release of everything held; the begin when nothing was held"),
        Column("would_hold_s", "float64", "s", "addressed holding time, ringing included, had every resource been free"),
    ),
)  # fmt: skip
"""Call attempts; a row each, in the order (time, kind of event, entity, index)."""
