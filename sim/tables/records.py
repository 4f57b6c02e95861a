"""What a replication hands over: the declared tables of records, by their keys in `sim.network.records.Records`."""

from sim.tables.attempts import ATTEMPTS
from sim.tables.cells import SHED_AND_REFUSED
from sim.tables.columns import Column, Table, number
from sim.tables.exchanges import MOST_HOPS
from sim.tables.flows import FLOWS, MESSAGES
from sim.tables.outcomes import ANSWERED_WITHIN_S, LOST_BY_HAND, OPERATOR_TASKS, OUTCOMES


def count(name: str, description: str) -> Column:
    """
    Return a column of counts.

    Parameters
    ----------
    name : str
        Name.
    description : str
        What is counted.

    Returns
    -------
    Column
        Column of int64.
    """
    return Column(name, "int64", "1", description)


_BUSY = (
    number("busy_erl", "erl", "servers in use, mean over the window"),
    number("all_busy_share", "1", "share of the window with every server in use"),
)

_WAITS = (
    number("arrived", "1", "calls whose wait has ended"),
    number("answered", "1", "those that an operator answered"),
    number("wait_s", "s", "sum of all waits"),
    number("wait_p95_s", "s", "95 % of the waits are shorter; NaN when nobody waited"),
    number("busy_s", "s", "operators' time at work"),
    number("staffed_s", "s", "operators' time on duty"),
)

RECORDS: dict[str, Table] = {
    "attempts": ATTEMPTS,
    "intents": Table(
        "intents",
        "network, the fixed one last, by province (two axes)",
        (
            count("n_intents", "intents in the window, those without an attempt included"),
            count("n_engaged", "those of callers who were engaged: no attempt was made"),
            count("n_avoided", "those of callers whom the other network's price put off: no attempt was made"),
        ),
    ),
    "servers": Table(
        "servers",
        "cell, then trunk group",
        (Column("n_most", "int32", "1", "the most channels or circuits that it ever had"),),
    ),
    "cells": Table(
        "cells",
        "cell",
        (
            count("seizures_originating", "channels seized by callers in the window"),
            count("refusals_originating", "callers refused a channel"),
            count("seizures_terminating", "channels seized by called phones"),
            count("refusals_terminating", "called phones refused a channel"),
            *_BUSY,
        ),
    ),
    "trunks": Table(
        "trunks",
        "trunk group",
        (count("seizures", "circuits seized in the window"), count("refusals", "calls refused a circuit"), *_BUSY),
    ),
    "radio_cells": Table(
        "radio_cells",
        "cell with soft capacity",
        (
            number("noise_rise_db", "dB", "uplink interference over noise, mean over the window"),
            number("noise_rise_max_db", "dB", "its greatest"),
            number("power_w", "W", "downlink power, mean over the window"),
            number("power_max_w", "W", "its greatest"),
            number("codes_busy", "1", "codes of spreading factor 128 in use, mean"),
            number("further_legs_erl", "erl", "legs beyond the first in soft handover, mean"),
            *(count(f"n_{name}", said) for name, said in SHED_AND_REFUSED),
        ),
    ),
    "radio_sites": Table(
        "radio_sites",
        "site with soft capacity",
        (number("channel_elements_busy", "1", "channel elements in use, mean"),),
    ),
    "covered": Table(
        "covered",
        "network by square (two axes)",
        (Column("covered_share", "float32", "1", "share of the looks at which a square was covered"),),
    ),
    "flows": FLOWS,
    "messages": MESSAGES,
    "data_cells": Table(
        "data_cells",
        "cell with data or messages",
        (
            number("hsdpa_active_share", "1", "share of the window with a flow that HSDPA serves"),
            number("hsdpa_flows", "1", "flows over HSDPA in progress, mean over the window"),
            number("hsdpa_power_w", "W", "power sent to them, as at the updates, mean over the window"),
            number("hsdpa_bit", "bit", "what they were sent in the window"),
            number("bearer_erl", "erl", "Release 99 bearers in use, mean, by first-ranked cell of the phone"),
            number("bearer_bit", "bit", "what they carried in the window"),
            number("run_bit", "bit", "both from begin to end of the run, warm-up and run-out included"),
            number("signalling_busy", "1", "signalling channels that messages hold, mean"),
            count("n_signalling_refused", "tries of messages that found none"),
        ),
    ),
    "exchanges": Table(
        "exchanges",
        "manual exchange",
        (
            number("node", "1", "number of the exchange"),
            *_WAITS,
            number("refused", "1", "calls that were not let in"),
            *(number(f"within_{s}_s", "1", f"calls answered within {s} s") for s in ANSWERED_WITHIN_S),
            number("cords", "1", "cords in use, mean"),
            number("cords_most", "1", "most cords in use at once"),
            number("tickets", "1", "tickets open, mean"),
            number("tickets_most", "1", "most tickets open at once"),
            number("lost", "1", "calls lost there"),
            *(
                number(f"lost_{name}", "1", f"calls lost there as {name}")
                for name in (OUTCOMES[cause] for cause in LOST_BY_HAND)
            ),
            *(number(f"setups_{n}", "1", f"answered calls over {n}, first here") for n in range(1, MOST_HOPS + 1)),
            *(number(f"setup_{n}_s", "s", "sum of their times to the answer") for n in range(1, MOST_HOPS + 1)),
        ),
    ),
    "waits": Table(
        "waits",
        "all manual exchanges together",
        (number("wait_p95_s", "s", "95 % of all waits are shorter; NaN when nobody waited"),),
    ),
    "positions": Table(
        "positions",
        "position of a manual exchange",
        (
            number("node", "1", "number of the exchange"),
            number("position", "1", "number of the position at the exchange"),
            number("staffed_s", "s", "time on duty"),
            number("answered", "1", "calls answered that reached the exchange in the window"),
            *(number(f"n_{task}", "1", f"tasks {task} begun") for task in OPERATOR_TASKS),
            *(number(f"{task}_s", "s", f"time at work on {task}") for task in OPERATOR_TASKS),
        ),
    ),
    "exchange_hours": Table(
        "exchange_hours",
        "manual exchange by hour of the day (two axes)",
        (number("node", "1", "number of the exchange"), number("hour", "1", "hour of the day"), *_WAITS),
    ),
}  # fmt: skip
"""Tables by key; those of a subject that is not simulated are absent, and stand for no rows."""
