"""Why the radio refuses a phone, or sheds it."""

from enum import IntEnum


class Refusal(IntEnum):
    """What lacks. Whoever asked says what becomes of it; `-1 - refusal` stands in place of a phone."""

    NO_COVERAGE = 0  # pilot or power of the phone, or of its link
    CHANNEL = 1  # of a cell that has channels
    UPLINK = 2  # interference at the cell
    DOWNLINK = 3  # power of the cell
    CODE = 4
    CHANNEL_ELEMENT = 5  # of the site
