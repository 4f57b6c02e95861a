"""What extensions changed in the network."""

from sim.tables.columns import Column, Table, number, text

CHANGE_RECORDS = Table(
    "changes",
    "change by an extension",
    (
        number("time_s", "s", "when, from the begin of the measured window"),
        text("what", "channels, circuits, operators, or on the air"),
        text("of_what", "cell, trunk group, exchange or site"),
        number("value", "by what", "the new number; 1 on the air, 0 off"),
    ),
)
"""Changes of a replication, in the order in which they were made."""

CHANGES = Table(
    "changes",
    "change by an extension, of one replication",
    (Column("replication", "int32", "1", "replication"), *CHANGE_RECORDS.columns),
)
"""What extensions changed in the network; no table where they changed nothing."""
