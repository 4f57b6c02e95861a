"""Tables of data and messages: what they were to networks, provinces, devices, hours and cells."""

from sim.tables.columns import (
    Column,
    Table,
    count,
    counted,
    given,
    mean,
    number,
    part,
    proportion,
    ratio,
    text,
    with_interval,
)
from sim.tables.flows import FLOWS, MESSAGES
from sim.tables.outcomes import FLOW_OUTCOMES

QUANTILE_BITS = 11
"""Upper bits of the mantissa that a quantile of throughputs or delays is read from (house choice)."""

QUANTILE_RESOLUTION = 2.0**-QUANTILE_BITS
"""Greatest error of such a quantile, beside the quantile (docs/data.md). [1]"""

QUANTILE_NOTE = f" (known to {100.0 * QUANTILE_RESOLUTION:.2f} %)"
"""What is said of each."""

THROUGHPUTS = (
    ("throughput_bps", "size / duration, mean over flows"),
    ("throughput_median_bps", "half of the flows have at most this" + QUANTILE_NOTE),
    ("throughput_p05_bps", "5 % of the flows have at most this" + QUANTILE_NOTE),
    ("time_throughput_bps", "all bits / all time"),
    (
        "time_throughput_median_bps",
        "half of the time is spent in flows with at most this" + QUANTILE_NOTE,
    ),
    (
        "time_throughput_p05_bps",
        "5 % of the time is spent in flows with at most this" + QUANTILE_NOTE,
    ),
)
"""Throughputs of completed flows, and what they say; `data.` before them in the measures (docs/data.md)."""

BINS_PER_DECADE = 100
"""
Bins of the distribution of throughput in a decade: one is 2.3 % wide (house choice).

Rates of CQIs lie a quarter apart: a curve over bins of half that width has bends that no flow has.
"""

EDGES_BPS = tuple(10.0 ** (3.0 + k / BINS_PER_DECADE) for k in range(5 * BINS_PER_DECADE + 1))
"""Throughputs at which the distribution is given, from 1 kbit/s to 100 Mbit/s (house choice). [bit/s]"""

_REPLICATION = Column("replication", "int32", "1", "replication")

KEPT_FLOWS = Table("flows", FLOWS.axis, (_REPLICATION, *FLOWS.columns))
"""Flows as files keep them, warm-up (time_s below 0) included; all pages of a session or none."""

KEPT_MESSAGES = Table("messages", MESSAGES.axis, (_REPLICATION, *MESSAGES.columns))
"""Messages as files keep them, likewise; NaN is written as null."""

DATA = Table(
    "data",
    "group of data flows begun in the window, over all replications",
    (
        *given(
            text("network", "network, or all"),
            text("province", "code of the province, or all"),
            text("device", "device, none for flows of sources, or all"),
            text("hour", "hour of the day of the request, 00 to 23, or all"),
        ),
        number("sessions", "1", "first pages asked for, mean over replications", counted()),
        number("flows", "1", "flows asked for, mean over replications", counted()),
        *(
            number(name, "1", f"those that ended as {name}, mean over replications", counted())
            for name in FLOW_OUTCOMES
        ),
        number("requested_bit", "bit", "size of all flows, mean over replications", mean()),
        number("carried_bit", "bit", "what of it was carried, mean over replications", mean()),
        *with_interval("blocked_share", "1", "flows refused / flows", proportion("refused", "flows")),
        *with_interval("cut_share", "1", "flows cut / flows admitted", proportion("cut", "admitted")),
        *(
            column
            for name, said in THROUGHPUTS
            for column in with_interval(
                name,
                "bit/s",
                f"{said}; of completed flows received",
                ratio(f"above_{name}", f"below_{name}"),
            )
        ),
    ),
)  # fmt: skip
"""By network and province, network and device, network and hour; the other two keys are `all`."""

THROUGHPUT = Table(
    "throughput",
    "throughput and network, over all replications",
    (
        *given(
            text("network", "network, or all"),
            number("throughput_bps", "bit/s", "size / duration of completed flows received"),
        ),
        *with_interval("flow_share", "1", "share of the flows with at most this", proportion("flows", "all_flows")),
        *with_interval(
            "time_share", "1", "share of the time of all flows spent in these", part("time_s", "all_time_s"),
        ),
    ),
)  # fmt: skip
"""Distribution of the throughput of flows received, at `EDGES_BPS`."""

DATA_OF_CELLS = (
    *with_interval("hsdpa_active_share", "1", "share of the window with a flow that HSDPA serves", part()),
    number("hsdpa_flows", "1", "flows over HSDPA in progress, mean over the window", mean()),
    *with_interval("hsdpa_power_w", "W", "power sent to them, mean over the window", mean()),
    *with_interval("cell_throughput_bps", "bit/s", "bits of all flows / length of the window", mean("carried_bps")),
    *with_interval(
        "busy_throughput_bps", "bit/s", "bits over HSDPA / time in which it serves a flow",
        ratio("hsdpa_bit", "active_s"),
    ),
    *with_interval(
        "user_throughput_bps", "bit/s", "bits / time of completed flows received whose cell it is",
        ratio("received_bit", "received_s"),
    ),
    number("bearer_erl", "erl", "Release 99 bearers in use, mean over the window", mean()),
    number("flows_refused", "1", "flows refused, mean over replications", counted("n_flows_refused")),
    number("flows_cut", "1", "flows cut, mean over replications", counted("n_flows_cut")),
    number("signalling_busy", "1", "signalling channels that messages hold, mean", mean()),
    number(
        "signalling_refused", "1", "tries of messages that found none, mean over replications",
        counted("n_signalling_refused"),
    ),
)  # fmt: skip
"""What data and messages add to `cells`; null without them."""

DATA_CELL_RECORDS = Table(
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
)  # fmt: skip
"""What data and messages were to each cell in a replication."""
