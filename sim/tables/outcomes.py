"""Codes of what becomes of an attempt, a flow or a message, of why the radio refuses, and of what has no index."""

from enum import IntEnum


class Refusal(IntEnum):
    """
    What the radio lacks when it refuses a phone, or sheds it; whoever asked says what becomes of it.

    In the network `-1 - refusal` stands in place of a phone. Each but NO_COVERAGE and STATION_DOWN is a `BLOCKED_*` of
    callers, and each but the last a `REFUSED_*` of flows.
    """

    NO_COVERAGE = 0  # pilot or power of the phone, or of its link
    CHANNEL = 1  # of a cell that has channels
    UPLINK = 2  # interference at the cell
    DOWNLINK = 3  # power of the cell
    CODE = 4
    CHANNEL_ELEMENT = 5  # of the site
    STATION_DOWN = 6  # its cell has gone off the air


SOFT_REFUSALS = {
    Refusal.NO_COVERAGE: ("no_coverage", "phones that it could not serve at the load of the moment"),
    Refusal.UPLINK: ("blocked_uplink", "phones refused since it would be too loud"),
    Refusal.DOWNLINK: ("blocked_downlink", "phones refused for want of power, a further leg's too"),
    Refusal.CODE: ("blocked_code", "phones refused for want of codes"),
    Refusal.CHANNEL_ELEMENT: ("blocked_channel_element", "phones refused for want of channel elements at its site"),
}  # fmt: skip
"""Refusals of cells with soft capacity: the column that counts each, and what it says."""


class Outcome(IntEnum):
    """What became of a call attempt: exactly one of these (docs/results.md)."""

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

MEANINGS = {
    Outcome.COMPLETED: "answered, and ended by the parties",
    Outcome.DROPPED: "answered, and shed by a cell with soft capacity",
    Outcome.NO_COVERAGE: "the caller's square is not served (with soft capacity: at the load of the moment)",
    Outcome.BLOCKED_UPLINK: "noise rise too high",
    Outcome.BLOCKED_DOWNLINK: "no power left",
    Outcome.BLOCKED_CODE: "no code left",
    Outcome.BLOCKED_CHANNEL: "no free channel in the first-ranked cell of the caller",
    Outcome.BLOCKED_CHANNEL_ELEMENT: "no channel element left",
    Outcome.BLOCKED_TRUNK: "no free circuit in a trunk group on the way",
    Outcome.NO_ROUTE: "no trunk group leads to where the call wants to",
    Outcome.CALLEE_BUSY: "the called line is engaged",
    Outcome.CALLEE_OFF: "the called phone is switched off",
    Outcome.CALLEE_NO_COVERAGE: (
        "the called line's square is not served (with soft capacity: at the load of the moment)"
    ),
    Outcome.CALLEE_BLOCKED: (
        "no free channel in the first-ranked cell of the called line (with soft capacity: no room for it)"
    ),
    Outcome.NO_ANSWER: "it rang until the network ended it",
    Outcome.CALLER_ABANDONED: "the caller lost patience while it rang",
    Outcome.PATCH_ABANDONED: "the caller lost patience before an operator had answered",
    Outcome.PATCH_REFUSED: "too many calls waited at the exchange",
    Outcome.PATCH_NO_CORD: "the caller lost patience while an idle operator had no free cord pair",
    Outcome.PATCH_WRONG: "connected to the wrong line",
    Outcome.PATCH_CUT_OFF: "answered, and cut off by an operator",
    Outcome.TICKET_EXPIRED: "a booked call that was never set up",
    Outcome.EXCHANGE_DOWN: "exchange out of service",
    Outcome.BARRED: "calls between the two networks are barred",
    Outcome.QUOTA_EXHAUSTED: "no minutes left",
    Outcome.STATION_DOWN: "answered, and cut since a base station went off the air",
    Outcome.IN_PROGRESS: "not ended when the run ended (0 since every measured attempt is followed to its end)",
}
"""What each outcome says, as docs/results.md has it."""

ANSWERED = (Outcome.COMPLETED, Outcome.DROPPED, Outcome.PATCH_CUT_OFF, Outcome.STATION_DOWN)
"""Outcomes of calls in which the parties talked."""

BLOCKED = (
    *(outcome for outcome in Outcome if outcome.name.startswith("BLOCKED_")),
    Outcome.CALLEE_BLOCKED,
    Outcome.NO_ROUTE,
)
"""Outcomes that count as blocking: blocked_*, callee_blocked and no_route (docs/results.md)."""

LOST_IN_NETWORK = (
    Outcome.NO_COVERAGE,
    Outcome.CALLEE_NO_COVERAGE,
    *BLOCKED,
    Outcome.DROPPED,
)
"""Outcomes that are counted over time one by one: the network was not there, was full, or let go."""

CLASSES = {
    "answered": ANSWERED,
    "blocked": BLOCKED,
    "not covered": (Outcome.NO_COVERAGE, Outcome.CALLEE_NO_COVERAGE),
    "not taken up": (
        Outcome.CALLEE_BUSY,
        Outcome.CALLEE_OFF,
        Outcome.NO_ANSWER,
        Outcome.CALLER_ABANDONED,
    ),
    "not patched": (
        Outcome.PATCH_ABANDONED,
        Outcome.PATCH_REFUSED,
        Outcome.PATCH_NO_CORD,
        Outcome.PATCH_WRONG,
        Outcome.TICKET_EXPIRED,
    ),
    "not allowed": (Outcome.BARRED, Outcome.QUOTA_EXHAUSTED),
    "out of service": (Outcome.EXCHANGE_DOWN,),
    "not ended": (Outcome.IN_PROGRESS,),
}
"""What kind of outcome each is: every outcome is of one class."""

FAILED = tuple(one for one in Outcome if one not in (Outcome.COMPLETED, Outcome.IN_PROGRESS))
"""Outcomes of attempts that did not become what their callers wanted."""

FAILED_IN_NETWORK = (
    *LOST_IN_NETWORK,
    *CLASSES["not patched"],
    Outcome.PATCH_CUT_OFF,
    Outcome.STATION_DOWN,
    *CLASSES["out of service"],
)
"""Those of them for which networks and exchanges are to blame, not the people who call and are called."""

NONE_IDX = 255
"""A network, province or class that a row does not have."""

FIXED_IDX = 254
"""The fixed network, where a network index is asked for."""

FIXED_CELL = -2
"""In place of the cell of a caller at a fixed line."""

FIXED_ENTITY = 15 << 28
"""Entity of the callers at a fixed exchange: this plus the number of the exchange; no subscriber has as many."""

OF_SUBSCRIBER, OF_SOURCE, OF_FIXED_LINE = range(3)
"""Whose an attempt is, in the column `is_source`."""

LOST_BY_HAND = (
    Outcome.BLOCKED_TRUNK,
    Outcome.NO_ROUTE,
    Outcome.CALLEE_BUSY,
    Outcome.CALLEE_OFF,
    Outcome.CALLEE_NO_COVERAGE,
    Outcome.CALLEE_BLOCKED,
    Outcome.NO_ANSWER,
    Outcome.CALLER_ABANDONED,
    Outcome.PATCH_ABANDONED,
    Outcome.PATCH_REFUSED,
    Outcome.PATCH_NO_CORD,
    Outcome.PATCH_WRONG,
    Outcome.PATCH_CUT_OFF,
    Outcome.TICKET_EXPIRED,
)
"""Causes for which a call that operators work can be lost."""

OPERATOR_TASKS = (
    "answer", "number", "test_line", "test_trunk", "pass", "plug", "ring", "supervise", "re_ring", "report", "ticket",
    "call_back", "clear",
)  # fmt: skip
"""What operators do (docs/switching.md), in the order of the codes."""

ANSWERED_WITHIN_S = (5, 10, 20, 30, 60)
"""Waits within which the answered calls of an exchange are counted. [s]"""


class FlowOutcome(IntEnum):
    """What became of a flow: exactly one of these (docs/data.md)."""

    COMPLETED = 0
    CUT_NO_COVERAGE = 1
    CUT_UPLINK = 2
    CUT_DOWNLINK = 3
    CUT_STALLED = 4
    REFUSED_NO_COVERAGE = 5
    REFUSED_UPLINK = 6
    REFUSED_DOWNLINK = 7
    REFUSED_CODE = 8
    REFUSED_CHANNEL_ELEMENT = 9
    REFUSED_CHANNEL = 10
    REFUSED_RATE = 11
    REFUSED_FLOWS = 12
    IN_PROGRESS = 13


FLOW_OUTCOMES = tuple(outcome.name.lower() for outcome in FlowOutcome)
"""Names of the outcomes, in the order of their codes."""

CUT = tuple(outcome for outcome in FlowOutcome if outcome.name.startswith("CUT_"))
"""Outcomes of flows that were admitted and not carried to their end."""

REFUSED = tuple(outcome for outcome in FlowOutcome if outcome.name.startswith("REFUSED_"))
"""Outcomes of flows that were not admitted."""


class MessageOutcome(IntEnum):
    """What became of a short message: exactly one of these (docs/data.md)."""

    DELIVERED = 0
    NO_COVERAGE = 1
    BLOCKED_SIGNALLING = 2
    EXPIRED = 3
    NO_RECEIVER = 4


MESSAGE_OUTCOMES = tuple(outcome.name.lower() for outcome in MessageOutcome)
"""Names of the outcomes, in the order of their codes."""
