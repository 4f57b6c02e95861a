"""Rows of call attempts, as they end and as files keep them, and their course over time."""

from sim.tables.columns import (
    Column,
    Table,
    count,
    counted,
    given,
    name_of,
    number,
    proportion,
    ratio,
    text,
    with_interval,
)
from sim.tables.outcomes import LOST_IN_NETWORK, OUTCOMES

ATTEMPTS = Table(
    "calls",
    "attempt",
    (
        Column("time_s", "float64", "s", "begin, from the begin of the measured window"),
        Column("entity", "uint32", "1", "caller: subscriber_id, number of the source, 15 * 2**28 + fixed exchange"),
        Column("index", "int64", "1", "address of the root intent: hour since 1970 * 2**24 + number in the hour"),
        Column("redial", "uint8", "1", "0 for a first attempt, else number of the redial"),
        Column("is_source", "uint8", "1", "0 for a subscriber's, 1 for a Poisson source's, 2 for a fixed line's"),
        Column("network_idx", "uint8", "1", "originating network, 254 the fixed network"),
        Column("province_idx", "uint8", "1", "province of the caller's square, or exchange"),
        Column("class_idx", "uint8", "1", "class of the caller, 255 for none"),
        Column("cell_idx", "int32", "1", "caller's first-ranked cell, -1 for none, -2 at a fixed line"),
        Column("destination_idx", "uint8", "1", "called network, 254 the fixed network, 255 none"),
        Column("callee_id", "uint32", "1", "subscriber_id of the called line, 4294967295 for none"),
        Column("callee_cell_idx", "int32", "1", "called line's first-ranked cell, -1 for none"),
        Column("exchange_idx", "int16", "1", "exchange of the called fixed line, -1 for none"),
        Column("trunk_idx", "int16", "1", "first trunk group of the route, -1 for none"),
        Column("outcome", "uint8", "1", "code of the outcome"),
        Column("answer_s", "float64", "s", "answer, NaN when there was none"),
        Column("end_s", "float64", "s", "release of everything held; the begin when nothing was held"),
        Column("would_hold_s", "float64", "s", "addressed holding time, ringing included, with all resources free"),
        Column("n_manual", "uint8", "1", "manual exchanges on the way"),
        Column("lost_at_idx", "int16", "1", "exchange at which a call patched by hand was lost, -1 for none"),
        Column("wait_s", "float64", "s", "how long the caller waited for operators in all"),
        Column("service_idx", "uint8", "1", "service: 0 the first of radio.wcdma.services, and so on"),
    ),
)  # fmt: skip
"""Call attempts, warm-up included; a row each, in the order in which they ended."""

_NAMED = {
    "exchange_idx": name_of("exchange", "exchange of the called fixed line, null for none"),
    "trunk_idx": name_of("trunk", "first trunk group of the route, null for none"),
    "lost_at_idx": name_of(
        "lost_at", "exchange at which a call patched by hand was lost, null for none"
    ),
}
"""Columns that files have by name: what is behind the number stands in no other table of all runs."""

CALLS = Table(
    "calls",
    "attempt",
    (
        Column("replication", "int32", "1", "replication"),
        *(_NAMED.get(column.name, column) for column in ATTEMPTS.columns),
        number("home_x_km", "km", "middle of the square of the caller's home, east of the region's south-west corner"),
        number("home_y_km", "km", "the same, north of it; both null for a source or a fixed line"),
    ),
)  # fmt: skip
"""Attempts as files keep them, warm-up (time_s below 0) included; NaN is written as null."""


INTENT_RECORDS = Table(
    "intents",
    "network, the fixed one last, by province (two axes)",
    (
        count("n_intents", "intents in the window, those without an attempt included"),
        count("n_engaged", "those of callers who were engaged: no attempt was made"),
        count("n_avoided", "those of callers whom the other network's price put off: no attempt was made"),
    ),
)  # fmt: skip
"""Intents of a replication, of which some made no attempt."""


EMERGENCY_RECORDS = Table(
    "emergency",
    "network, the fixed one last, by province (two axes)",
    (
        count("n_attempts", "emergency attempts in the window"),
        count("n_no_coverage", "those of callers without cover"),
    ),
)
"""Attempts to call the emergency number."""

TIMESERIES = Table(
    "timeseries",
    "bin of one replication and network",
    (
        Column("replication", "int32", "1", "replication"),
        number("begin_s", "s", "begin of the bin, from the begin of the measured window"),
        number("width_s", "s", "length of the bin; the last may be shorter"),
        text("network", "originating network, or all"),
        number("carried_erl", "erl", "mean number of calls that hold resources"),
        Column("attempts", "int64", "1", "attempts begun"),
        Column("blocked", "int64", "1", "attempts begun that were blocked"),
        *(
            Column(OUTCOMES[cause], "int64", "1", f"attempts begun that ended as {OUTCOMES[cause]}")
            for cause in LOST_IN_NETWORK
        ),
        Column("completed", "int64", "1", "attempts begun that were completed"),
        Column("redials", "int64", "1", "attempts begun that were redials"),
        Column("by_hand", "int64", "1", "attempts begun that came to a manual exchange"),
        Column(
            "patch_lost",
            "int64",
            "1",
            "attempts begun that were lost before an operator had answered",
        ),
        number(
            "waiting",
            "1",
            "mean number of callers who wait for an operator, at the first exchange and later",
        ),
    ),
)

PERIODS = Table(
    "periods",
    "hour or day of the clock and network",
    (
        *given(
            text("period", "hour or day"),
            text("begin", "local date and time at which it begins, which may be before the window does"),
            text("network", "originating network, or all"),
            number("length_s", "s", "how much of it lies in the window: bins of the time series that begin in it"),
        ),
        *with_interval("attempts", "1", "attempts begun", counted()),
        *with_interval("completed", "1", "those that were completed", counted()),
        *with_interval("redials", "1", "those that were redials", counted()),
        *with_interval("by_hand", "1", "those that came to a manual exchange", counted()),
        *with_interval("blocking", "1", "share of attempts that were blocked", proportion("blocked", "attempts")),
        *with_interval(
            "patch_lost_share", "1", "share of those by hand that were lost before an operator had answered",
            proportion("patch_lost", "by_hand"),
        ),
        *with_interval("carried_erl", "erl", "mean number of calls that hold resources", ratio("held_s", "length_s")),
        *with_interval(
            "waiting", "1", "mean number of callers who wait for an operator", ratio("waiting_s", "length_s")
        ),
    ),
)  # fmt: skip
"""Calls by hour and by day, over all replications."""
