"""Rows of handovers."""

from sim.tables.columns import Column, Table, count, given, mean, number, text

HARD, ADDED, REPLACED, BEST = range(4)
"""Kinds of handover: to another channel; a further leg, or one in place of another; another cell is the best now."""

DONE = 255
"""In place of a refusal: the handover was made."""

HANDOVERS = Table(
    "handovers",
    "handover",
    (
        Column("time_s", "float64", "s", "when it was made, or refused, from the begin of the measured window"),
        Column("entity", "uint32", "1", "whose phone: the caller, or the owner of the flow"),
        Column("index", "int64", "1", "address of the root intent, or of the session"),
        Column("number", "uint16", "1", "number of the redial, or of the page of the session"),
        Column("side", "uint8", "1", "0 for the caller's phone, 1 for the called one, 2 for that of a flow"),
        Column("kind", "uint8", "1", "0 another channel, 1 a further leg, 2 one for another, 3 another best leg"),
        Column("from_idx", "int32", "1", "cell that was the best of the phone's legs"),
        Column("to_idx", "int32", "1", "cell that was asked for"),
        Column("refusal", "uint8", "1", "what was lacking, as of calls; 255 where it was made"),
        Column("wait_s", "float64", "s", "how long the phone waited for a channel"),
    ),
)  # fmt: skip
"""Handovers, warm-up included; a row each, in the order of their time. Legs that are given up are none."""

MOVEMENT_RECORDS = Table(
    "movement",
    "the measured window",
    (
        count("n_movers", "phones whose way ended in it"),
        count("n_steps", "squares, or cells, that they had come into"),
        number("moved_m", "m", "from where each set out to where it was in the end, as the crow flies, added up"),
        number("moving_s", "s", "how long they were on their way, added up"),
        count("n_dropped", "calls and flows that ended since their cell could no longer be had, nor another"),
    ),
)  # fmt: skip
"""What phones on their way came to."""

KEPT_HANDOVERS = Table(
    "handovers",
    HANDOVERS.axis,
    (Column("replication", "int32", "1", "replication"), *HANDOVERS.columns),
)
"""Handovers as files keep them, warm-up (time_s below 0) included."""

CELL_PAIRS = Table(
    "cell_pairs",
    "pair of cells",
    (
        *given(text("from_cell", "cell that a phone had"), text("to_cell", "cell for which it asked")),
        number("attempts", "1", "channels or further legs asked for in the window, mean", mean()),
        number("failures", "1", "those that were refused, mean", mean()),
        number("changes", "1", "phones of which the second became the best cell in place of the first, mean", mean()),
    ),
)  # fmt: skip
"""Flows between cells: in and out of each, and with it a list of its neighbours."""
