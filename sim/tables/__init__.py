"""
Data dictionary: every table that crosses a folder border or reaches a file.

One place holds the names, types, units and meanings of columns; the modules that make tables and the store that
writes them both take them from here.
"""

from sim.tables.columns import Column, Table, number, text, with_interval
from sim.tables.data import (
    BINS_PER_DECADE,
    DATA,
    DATA_OF_CELLS,
    DATA_UNITS,
    EDGES_BPS,
    KEPT_FLOWS,
    KEPT_MESSAGES,
    THROUGHPUT,
    THROUGHPUTS,
)
from sim.tables.flows import (
    CUT,
    FLOW_OUTCOMES,
    FLOWS,
    MESSAGE_OUTCOMES,
    MESSAGES,
    NO_BEARER,
    OVER_HSDPA,
    REFUSED,
    FlowOutcome,
    MessageOutcome,
)
from sim.tables.outcomes import (
    ANSWERED,
    ANSWERED_WITHIN_S,
    BLOCKED,
    FIXED_CELL,
    FIXED_ENTITY,
    FIXED_IDX,
    LOST_BY_HAND,
    LOST_IN_NETWORK,
    NONE_IDX,
    OF_FIXED_LINE,
    OF_SOURCE,
    OF_SUBSCRIBER,
    OPERATOR_TASKS,
    OUTCOMES,
    Outcome,
)

__all__ = [
    "ANSWERED",
    "ANSWERED_WITHIN_S",
    "ATTEMPTS",
    "BINS_PER_DECADE",
    "BLOCKED",
    "CALLS",
    "CELLS",
    "COMPARISON",
    "CUT",
    "DATA",
    "DATA_OF_CELLS",
    "DATA_UNITS",
    "EDGES_BPS",
    "EXCHANGES",
    "FIXED_CELL",
    "FIXED_ENTITY",
    "FIXED_IDX",
    "FLOWS",
    "FLOW_OUTCOMES",
    "KEPT_FLOWS",
    "KEPT_MESSAGES",
    "LOST_BY_HAND",
    "LOST_IN_NETWORK",
    "MEASURES",
    "MEASURE_UNITS",
    "MESSAGES",
    "MESSAGE_OUTCOMES",
    "NONE_IDX",
    "NO_BEARER",
    "OF_FIXED_LINE",
    "OF_SOURCE",
    "OF_SUBSCRIBER",
    "OPERATOR_TASKS",
    "OUTCOMES",
    "OVER_HSDPA",
    "POSITIONS",
    "REFUSED",
    "REPLICATIONS",
    "SHED_AND_REFUSED",
    "SITES",
    "SITE_PLACES",
    "SOFT_OF_CELLS",
    "STAFFING",
    "SWEEP_PARTS",
    "SWEEP_THEORY",
    "THROUGHPUT",
    "THROUGHPUTS",
    "TIMESERIES",
    "TRUNKS",
    "Column",
    "FlowOutcome",
    "MessageOutcome",
    "Outcome",
    "Table",
    "coverage_table",
    "sweep_replications_table",
    "sweep_table",
]

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

CALLS = Table(
    "calls", "attempt", (Column("replication", "int32", "1", "replication"), *ATTEMPTS.columns)
)
"""Attempts as files keep them, warm-up (time_s below 0) included; NaN is written as null."""


_KEYS = (
    text("measure", "name of the measure"),
    text("network", "network, two joined by a trunk group as a-b, any, both, neither, or all"),
    text("province", "code of the province, or all"),
    text("cell", "cell, none for attempts without one, or all"),
    text("class", "class of the callers, or all"),
    text(
        "service",
        "service of the calls, voice where cells have channels; hsdpa, bearer or up of data; all, or all together",
    ),
)

REPLICATIONS = Table(
    "replications",
    "measure of one replication",
    (
        Column("replication", "int32", "1", "replication; of coverage measures the world replication"),
        *_KEYS,
        number("numerator", "by measure", "sum above the line"),
        number("denominator", "by measure", "sum below the line"),
        number("value", "by measure", "numerator / denominator; null when the denominator is 0"),
    ),
)  # fmt: skip
"""What everything else derives from: numerators and denominators of each replication."""

MEASURES = Table(
    "measures",
    "measure over all replications, cells apart",
    (
        *_KEYS,
        number("value", "by measure", "sum of numerators / sum of denominators"),
        number(
            "low",
            "by measure",
            "lower end of the 95 % interval; whether within one world or across worlds says `interval` in the metadata",
        ),
        number(
            "high",
            "by measure",
            "upper end of the 95 % interval; whether within one world or across worlds says `interval` in the metadata",
        ),
        text("unit", "unit of value, low and high"),
        Column("n_replications", "int32", "1", "replications with a denominator above 0"),
    ),
)

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

_LEGS = (
    number("seizures_originating", "1", "channels seized by callers, mean over replications"),
    number("refusals_originating", "1", "callers refused a channel, mean over replications"),
    number("seizures_terminating", "1", "channels seized by called phones, mean"),
    number("refusals_terminating", "1", "called phones refused a channel, mean"),
    *with_interval("leg_blocking", "1", "refusals / (seizures + refusals), both directions"),
    *with_interval("carried_erl", "erl", "channels in use, legs, mean over the window"),
    number(
        "utilisation",
        "1",
        "channels in use / channels; mean power / greatest power where capacity is wcdma",
    ),
)

SHED_AND_REFUSED = (
    ("no_coverage", "phones that it could not serve at the load of the moment"),
    ("blocked_uplink", "phones refused since it would be too loud"),
    ("blocked_downlink", "phones refused for want of power, a further leg's too"),
    ("blocked_code", "phones refused for want of codes"),
    ("fragmented", "those of them for which codes were free, but not together"),
    ("blocked_channel_element", "phones refused for want of channel elements at its site"),
    ("shed_phone_power", "phones let go since their power did not reach"),
    ("shed_uplink", "phones let go since it was too loud"),
    ("shed_downlink", "phones let go since its power was spent"),
)
"""Counts of phones of each cell with soft capacity, and what they say; `n_` before them in the records."""

SOFT_OF_CELLS = (
    *with_interval("noise_rise_db", "dB", "uplink interference over noise, mean over the window"),
    number("noise_rise_max_db", "dB", "its greatest in any replication"),
    *with_interval("power_w", "W", "downlink power, mean over the window"),
    number("power_max_w", "W", "its greatest in any replication"),
    number("power_limit_w", "W", "the most that it can send"),
    number("codes_busy", "1", "codes of spreading factor 128 in use, mean"),
    number("further_legs_erl", "erl", "legs beyond the first in soft handover, mean"),
    *(number(name, "1", f"{said}, mean over replications") for name, said in SHED_AND_REFUSED),
)
"""What soft capacity adds; null where cells have channels."""

CELLS = Table(
    "cells",
    "cell, over all replications",
    (
        Column("cell_idx", "int32", "1", "number of the cell, as in calls and coverage"),
        text("cell", "name of the cell"),
        text("site", "name of its site"),
        text("network", "network"),
        text("province", "code of the province in which the site stands"),
        Column(
            "n_channels", "int32", "1", "channels of its equipment; not in use with soft capacity"
        ),
        number("azimuth_deg", "deg", "main lobe; null when omnidirectional"),
        *with_interval("attempts", "1", "attempts whose caller's first-ranked cell it is"),
        *with_interval("blocking", "1", "blocked attempts / attempts"),
        number("offered_erl", "erl", "would-be holding time of its callers' attempts / window"),
        *_LEGS,
        *with_interval("all_busy_share", "1", "share of the window with every channel in use"),
        *SOFT_OF_CELLS,
        *DATA_OF_CELLS,
    ),
)

SITE_PLACES = Table(
    "sites",
    "site",
    (
        Column("site_idx", "int32", "1", "number of the site"),
        text("site", "name of the site"),
        text("network", "network"),
        text("province", "code of the province in which the site stands"),
        number("x_m", "m", "east in the grid's metres"),
        number("y_m", "m", "north in the grid's metres"),
        number("longitude_deg", "deg", "longitude on WGS 84; null on a plain"),
        number("latitude_deg", "deg", "latitude on WGS 84; null on a plain"),
        number("antenna_height_m", "m", "antenna above ground"),
        Column("n_cells", "int32", "1", "cells"),
        Column(
            "n_channels", "int32", "1", "channels of all its cells; not in use with soft capacity"
        ),
        number("served_km2", "km2", "area in which a cell of the site is the best of its network"),
        number("distance_km", "km", "effective radius: that of a disc of this area"),
    ),
)
"""Sites as a folder of coverage alone holds them."""

SITES = Table(
    "sites",
    "site, over all replications",
    (
        *SITE_PLACES.columns,
        *_LEGS,
        number(
            "channel_elements_busy",
            "1",
            "channel elements in use, mean; null where cells have channels",
        ),
    ),
)

TRUNKS = Table(
    "trunks",
    "trunk group, over all replications",
    (
        text("trunk_group", "the two networks it joins, as a-b"),
        text("from_network", "first of the two"),
        text("to_network", "second of the two; fixed is the fixed network"),
        Column("n_circuits", "int32", "1", "circuits"),
        number("seizures", "1", "circuits seized, mean over replications"),
        number("refusals", "1", "calls refused a circuit, mean over replications"),
        *with_interval("blocking", "1", "refusals / (seizures + refusals)"),
        *with_interval("carried_erl", "erl", "circuits in use, mean over the window"),
        *with_interval("all_busy_share", "1", "share of the window with every circuit in use"),
    ),
)


EXCHANGES = Table(
    "exchanges",
    "manual exchange, over all replications",
    (
        Column("exchange_idx", "int32", "1", "number of the exchange, as in calls"),
        text("exchange", "name of the exchange"),
        text("province", "code of its province"),
        number("x_m", "m", "east in the grid's metres; null where unknown"),
        number("y_m", "m", "north in the grid's metres; null where unknown"),
        Column("n_lines", "int32", "1", "fixed lines"),
        Column("n_cords", "int32", "1", "cord pairs of a position"),
        number("operators", "1", "operators on duty, mean over the window"),
        number("arrived", "1", "calls that waited for an answer, mean over replications"),
        number("refused", "1", "calls not let in since too many waited, mean over replications"),
        number("answered", "1", "calls that an operator answered, mean over replications"),
        number("lost", "1", "calls lost here, wherever they began, mean over replications"),
        *(number(f"lost_{OUTCOMES[cause]}", "1", f"those lost as {OUTCOMES[cause]}") for cause in LOST_BY_HAND),
        *with_interval("wait_s", "s", "wait for an answer, of lost calls too"),
        *with_interval("wait_p95_s", "s", "95 % of the waits are shorter, mean of replications"),
        *(
            column
            for within_s in ANSWERED_WITHIN_S
            for column in with_interval(
                f"within_{within_s}_s_share", "1", f"answered within {within_s} s / calls that waited"
            )
        ),
        *with_interval("abandonment", "1", "lost while they waited / calls that waited"),
        *with_interval("occupancy", "1", "operators' time at work / on duty"),
        *with_interval("setup_1_s", "s", "begin to answer of calls that came here first, over 1 manual exchange"),
        *with_interval("setup_2_s", "s", "over 2 manual exchanges"),
        *with_interval("setup_3_s", "s", "over 3 manual exchanges or more"),
        number("cords", "1", "cords in use, mean over the window"),
        number("cords_most", "1", "most cords in use at once in any replication"),
        number("tickets", "1", "tickets open, mean over the window"),
        number("tickets_most", "1", "most tickets open at once in any replication"),
        *with_interval("trunk_blocking", "1", "refusals / (seizures + refusals) of the trunk groups that end here"),
    ),
)  # fmt: skip

POSITIONS = Table(
    "positions",
    "position of a manual exchange, in one replication",
    (
        Column("replication", "int32", "1", "replication"),
        Column("exchange_idx", "int32", "1", "number of the exchange, as in calls"),
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
        Column("exchange_idx", "int32", "1", "number of the exchange, as in calls"),
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


COMPARISON = Table(
    "comparison",
    "measure that differs between two runs",
    (
        text("measure", "name of the measure"),
        text("network", "network, or all"),
        text("province", "code of the province, or all"),
        text("unit", "unit of the measure"),
        number("a", "by measure", "estimate in the first run"),
        number("b", "by measure", "estimate in the second run"),
        number("value", "by measure", "second less first"),
        number("low", "by measure", "lower end of the paired 95 % interval of the difference"),
        number("high", "by measure", "upper end of the paired 95 % interval of the difference"),
        number("unpaired_low", "by measure", "lower end of Welch's 95 % interval, without pairing"),
        number("unpaired_high", "by measure", "upper end of Welch's 95 % interval, without pairing"),
        number("variance_ratio", "1", "variance of the difference without pairing by that with it"),
        number("correlation", "1", "correlation of the two runs over replications"),
        number("p", "1", "two-sided p of no difference, paired t"),
        number("p_adjusted", "1", "the same adjusted for the number of rows by Holm"),
        number("joint_low", "by measure", "lower end of intervals that hold all at once at 95 %"),
        number("joint_high", "by measure", "upper end of intervals that hold all at once at 95 %"),
        Column("n_replications", "int32", "1", "pairs in which both counted something"),
    ),
)  # fmt: skip
"""What `python -m sim compare` finds."""

_SWEEP_KEYS = (
    text("measure", "name of the measure"),
    text("network", "network, or all"),
    text("province", "code of the province, or all"),
)

SWEEP_PARTS = Table(
    "parts",
    "measure of a replication of a run",
    (
        text("run_id", "id of the run, 64 hexadecimal digits"),
        Column("replication", "int32", "1", "replication"),
        *_SWEEP_KEYS,
        number("numerator", "by measure", "sum above the line"),
        number("denominator", "by measure", "sum below the line"),
    ),
)
"""What is kept of the runs of a sweep; what each took, and which failed, stands in the metadata."""

SWEEP_THEORY = Table(
    "theory",
    "measure of a run of a sweep that a formula knows",
    (
        Column("point", "int32", "1", "number of the run in the plan, from 0"),
        text("measure", "name of the measure"),
        number("value", "by measure", "what the formula says"),
    ),
)
"""What a closed formula says of the runs of a sweep; the metadata names it."""


def sweep_table(axes: tuple[tuple[str, str, str], ...]) -> Table:
    """
    Return the table of a sweep's measures.

    Parameters
    ----------
    axes : tuple of (str, str, str)
        Name, type and unit of the column of each axis.

    Returns
    -------
    Table
        Table with a row for each measure of each run.
    """
    columns = (
        Column("point", "int32", "1", "number of the run in the plan, from 0"),
        text("run_id", "id of the run, 64 hexadecimal digits"),
        *(Column(name, dtype, unit, "value of the axis") for name, dtype, unit in axes),
        *_SWEEP_KEYS,
        number(
            "value", "by measure", "estimate over all replications; null when nothing was counted"
        ),
        number("low", "by measure", "lower end of the 95 % interval; null when there is none"),
        number("high", "by measure", "upper end of the 95 % interval; null when there is none"),
        text("unit", "unit of the measure"),
        Column("n_replications", "int32", "1", "replications in which anything was counted"),
    )
    return Table("sweep", "measure of a run of the sweep", columns)


def sweep_replications_table(axes: tuple[tuple[str, str, str], ...]) -> Table:
    """
    Return the table of a sweep's measures by replication.

    Parameters
    ----------
    axes : tuple of (str, str, str)
        Name, type and unit of the column of each axis.

    Returns
    -------
    Table
        Table with a row for each measure of each replication of each run.
    """
    columns = (
        Column("point", "int32", "1", "number of the run in the plan, from 0"),
        *(Column(name, dtype, unit, "value of the axis") for name, dtype, unit in axes),
        *_SWEEP_KEYS,
        Column("replication", "int32", "1", "replication"),
        number("numerator", "by measure", "sum above the line"),
        number("denominator", "by measure", "sum below the line"),
    )
    return Table("sweep_replications", "measure of a replication of a run", columns)


def coverage_table(network_names: tuple[str, ...]) -> Table:
    """
    Return the table of coverage by square.

    Parameters
    ----------
    network_names : tuple of str
        Networks; each adds its best cell and what is received of it.

    Returns
    -------
    Table
        Table with a row for each square.
    """
    columns = [
        text("province", "code of the province"),
        Column("population", "int32", "1", "people living in the square"),
        number("x_m", "m", "centre, east in the grid's metres"),
        number("y_m", "m", "centre, north in the grid's metres"),
        number("longitude_deg", "deg", "centre, longitude on WGS 84; null on a plain"),
        number("latitude_deg", "deg", "centre, latitude on WGS 84; null on a plain"),
    ]
    for name in network_names:
        columns += [
            Column(f"cell_idx_{name}", "int32", "1", "first-ranked cell, -1 where none serves"),
            Column(f"rscp_dbm_{name}", "float32", "dBm", "its received pilot power; null if none"),
            Column(f"p_covered_{name}", "float32", "1", "probability that a phone is served"),
            Column(f"n_overlap_{name}", "uint8", "1", "cells at most 5 dB weaker, itself included"),
        ]
    return Table("coverage", "square of the grid", tuple(columns))


MEASURE_UNITS = {
    "voice.intents": "1",
    "voice.attempts": "1",
    "voice.calls": "1",
    "voice.completed_per_h": "1/h",
    "voice.blocking": "1",
    "voice.leg_blocking": "1",
    "voice.dropping": "1",
    "voice.offered_erl": "erl",
    "voice.carried_erl": "erl",
    **{f"voice.outcome.{outcome}": "1" for outcome in OUTCOMES},
    "cell.utilisation": "1",
    "coverage.area_share": "1",
    "coverage.population_share": "1",
    "coverage.time_share": "1",
    "coverage.overlap": "1",
    "coverage.distance_km": "km",
    "coverage.distance_p05_km": "km",
    "coverage.distance_p50_km": "km",
    "coverage.distance_p95_km": "km",
    "trunk.blocking": "1",
    "exchange.wait_s": "s",
    "exchange.wait_p95_s": "s",
    "exchange.abandonment": "1",
    "exchange.occupancy": "1",
    "exchange.setup_s": "s",
    **DATA_UNITS,
}
"""Measures and their units; docs/results.md says how each is computed."""
