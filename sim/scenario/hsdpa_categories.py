"""
What categories of phones receive over HSDPA.

References
----------
3GPP TS 25.214, tables 7A to 7D, as carried by EURANE (blocks; 17,237 bit for CQI 26 as in later versions) and by a
public planner of HS-DSCH (codes); those of categories 11 and 12 are remembered.
3GPP TS 25.306, table 5.1a: least distance of blocks, remembered.
3GPP TS 25.211: transmission time interval.
"""

N_CATEGORIES = 12
"""HS-DSCH categories of phones, counted from 1."""

MAX_CQI = 30
"""Greatest channel quality indicator."""

INTERVAL_S = 0.002
"""Transmission time interval. [s]"""

CODE_UNITS = 8
"""Codes of spreading factor 128 in one of spreading factor 16."""

BLOCK_BIT = (
    137, 173, 233, 317, 377, 461, 650, 792, 931, 1262,
    1483, 1742, 2279, 2583, 3319, 3565, 4189, 4664, 5287, 5887,
    6554, 7168, 9719, 11418, 14411, 17237, 21754, 23370, 24222, 25558,
)  # fmt: skip
"""Size of the transport block of each CQI from 1. [bit]"""

N_CODES = (1,) * 6 + (2,) * 3 + (3,) * 3 + (4,) * 2 + (5,) * 8 + (7, 8, 10, 12) + (15,) * 4
"""Codes of spreading factor 16 that the block takes."""

LAST_CQI = (22,) * 6 + (25, 25, 26, 30, 15, 15)
"""CQI of the greatest block of each category from 1; beyond it that block comes again, with less power."""

DISTANCE = (3, 3, 2, 2) + (1,) * 6 + (2, 1)
"""Least distance of the blocks of a phone of each category from 1, in transmission time intervals."""


def greatest_rate_bps(category: int, n_codes: int) -> float:
    """Return the rate of a flow that gets the greatest block as often as its phone can."""
    last = LAST_CQI[category - 1]
    fitting = (
        bit for bit, codes in zip(BLOCK_BIT[:last], N_CODES, strict=False) if codes <= n_codes
    )
    return max(fitting, default=0) / (INTERVAL_S * DISTANCE[category - 1])
