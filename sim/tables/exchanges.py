"""Tables of manual exchanges: of each, of their positions, and of rotas that were found."""

from sim.tables.columns import (
    Column,
    Table,
    counted,
    given,
    mean,
    most,
    number,
    part,
    proportion,
    quotient,
    ratio,
    text,
    with_interval,
)
from sim.tables.outcomes import ANSWERED_WITHIN_S, LOST_BY_HAND, OPERATOR_TASKS, OUTCOMES

MOST_HOPS = 3
"""Manual exchanges by whose number set-up times are told apart; more count as so many."""

_BEGIN = ("begin to answer of calls that came here first, over ", "over ", "over ")
_OVER = ("1 manual exchange", "2 manual exchanges", "3 manual exchanges or more")

EXCHANGES = Table(
    "exchanges",
    "manual exchange, over all replications",
    (
        *given(
            Column("exchange_idx", "int32", "1", "number of the exchange"),
            text("exchange", "name of the exchange"),
            text("province", "code of its province"),
            number("x_m", "m", "east in the grid's metres; null where unknown"),
            number("y_m", "m", "north in the grid's metres; null where unknown"),
            Column("n_lines", "int32", "1", "fixed lines"),
            Column("n_cords", "int32", "1", "cord pairs of a position"),
        ),
        number("operators", "1", "operators on duty, mean over the window", quotient("staffed_s", "window_s")),
        number("arrived", "1", "calls that waited for an answer, mean over replications", counted()),
        number("refused", "1", "calls not let in since too many waited, mean over replications", counted()),
        number("answered", "1", "calls that an operator answered, mean over replications", counted()),
        number("lost", "1", "calls lost here, wherever they began, mean over replications", counted()),
        *(
            number(f"lost_{name}", "1", f"those lost as {name}", counted())
            for name in (OUTCOMES[cause] for cause in LOST_BY_HAND)
        ),
        *with_interval("wait_s", "s", "wait for an answer, of lost calls too", ratio("wait_s", "arrived")),
        *with_interval("wait_p95_s", "s", "95 % of the waits are shorter, mean of replications", mean()),
        *(
            column
            for within_s in ANSWERED_WITHIN_S
            for column in with_interval(
                f"within_{within_s}_s_share",
                "1",
                f"answered within {within_s} s / calls that waited",
                proportion(f"within_{within_s}_s", "arrived"),
            )
        ),
        *with_interval(
            "abandonment", "1", "lost while they waited / calls that waited", proportion("abandoned", "arrived")
        ),
        *with_interval("occupancy", "1", "operators' time at work / on duty", part("busy_s", "staffed_s")),
        *(
            column
            for n, (begin, over) in enumerate(zip(_BEGIN, _OVER, strict=True), start=1)
            for column in with_interval(
                f"setup_{n}_s", "s", begin + over, ratio(f"setup_{n}_s", f"setups_{n}")
            )
        ),
        number("cords", "1", "cords in use, mean over the window", mean()),
        number("cords_most", "1", "most cords in use at once in any replication", most()),
        number("tickets", "1", "tickets open, mean over the window", mean()),
        number("tickets_most", "1", "most tickets open at once in any replication", most()),
        *with_interval(
            "trunk_blocking", "1", "refusals / (seizures + refusals) of the trunk groups that end here",
            proportion("trunk_refusals", "trunk_bids"),
        ),
    ),
)  # fmt: skip

POSITIONS = Table(
    "positions",
    "position of a manual exchange, in one replication",
    (
        Column("replication", "int32", "1", "replication"),
        Column("exchange_idx", "int32", "1", "number of the exchange"),
        text("exchange", "name of the exchange"),
        Column("position", "int32", "1", "number of the position at the exchange; the last ones go off duty first"),
        number("on_duty_h", "h", "time with an operator on duty"),
        number("busy_s", "s", "operators' time at work; a task finished after the end of a shift counts"),
        number("occupancy", "1", "time at work / on duty; null where nobody was"),
        Column("answered", "int64", "1", "calls answered that reached the exchange in the window"),
        Column("handled", "int64", "1", "calls taken up in the window: answered or called back"),
        *(
            column
            for task in OPERATOR_TASKS
            for column in (
                Column(f"n_{task}", "int64", "1", f"tasks {task} begun in the window"),
                number(f"{task}_s", "s", f"time at work on {task}"),
            )
        ),
    ),
)  # fmt: skip

STAFFING = Table(
    "staffing",
    "hour of the day at a manual exchange",
    (
        Column("exchange_idx", "int32", "1", "number of the exchange"),
        text("exchange", "name of the exchange"),
        Column("hour", "int32", "1", "hour of the day"),
        Column("n_operators", "int32", "1", "smallest number of operators with which the target is met"),
        Column("n_before", "int32", "1", "operators of the scenario"),
        Column("n_start", "int32", "1", "operators by Erlang-A, with which the search began"),
        number("arrived", "1", "calls that waited for an answer, mean over replications"),
        number("offered_erl", "erl", "work offered by them when nobody has to wait"),
        *with_interval("value", "by measure", "measure of the target; null where nobody called"),
        number(
            "value_with_less",
            "by measure",
            "largest value in any hour of the exchange with one operator less in this; null where there is one",
        ),
    ),
)  # fmt: skip
"""Operators that meet a target, as `python -m sim staff` finds them."""

_WAITS = (
    number("arrived", "1", "calls whose wait has ended"),
    number("answered", "1", "those that an operator answered"),
    number("wait_s", "s", "sum of all waits"),
    number("wait_p95_s", "s", "95 % of the waits are shorter; NaN when nobody waited"),
    number("busy_s", "s", "operators' time at work"),
    number("staffed_s", "s", "operators' time on duty"),
)

EXCHANGE_RECORDS = Table(
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
)  # fmt: skip

WAIT_RECORDS = Table(
    "waits",
    "all manual exchanges together",
    (number("wait_p95_s", "s", "95 % of all waits are shorter; NaN when nobody waited"),),
)  # fmt: skip

POSITION_RECORDS = Table(
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
)  # fmt: skip

HOUR_RECORDS = Table(
    "exchange_hours",
    "manual exchange by hour of the day (two axes)",
    (number("node", "1", "number of the exchange"), number("hour", "1", "hour of the day"), *_WAITS),
)  # fmt: skip
"""Records of manual exchanges, from which the tables above are made; in `sim.tables.RECORDS` by their keys."""


TASK_RECORDS = Table(
    "tasks",
    "task of an operator",
    (
        text("exchange", "manual exchange"),
        Column("position", "int32", "1", "number of the position"),
        Column("entity", "uint32", "1", "caller, as in calls"),
        Column("index", "int64", "1", "address of the root intent, as in calls"),
        Column("redial", "uint8", "1", "0 for a first attempt, else number of the redial"),
        text("task", "what the operator did"),
        number("begin_s", "s", "begin, from the begin of the measured window"),
        number("end_s", "s", "end"),
        number("arrived_s", "s", "when the call came to the exchange"),
    ),
)
"""Tasks of a replication, those of the warm-up included, in the order in which they were done."""

OPERATOR_TASK_TABLE = Table(
    "operator_tasks",
    "task of an operator, of one replication",
    (Column("replication", "int32", "1", "replication"), *TASK_RECORDS.columns),
)
"""What operators did, where `run.records.tasks` keeps it."""
