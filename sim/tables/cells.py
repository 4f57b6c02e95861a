"""Tables of cells, sites, trunk groups and squares."""

from sim.tables.columns import (
    Column,
    Table,
    count,
    counted,
    given,
    mean,
    most,
    number,
    part,
    proportion,
    quotient,
    text,
    with_interval,
)
from sim.tables.data import DATA_OF_CELLS
from sim.tables.outcomes import SOFT_REFUSALS, Refusal

_LEGS = (
    number("seizures_originating", "1", "channels seized by callers, mean over replications", counted()),
    number("refusals_originating", "1", "callers refused a channel, mean over replications", counted()),
    number("seizures_terminating", "1", "channels seized by called phones, mean", counted()),
    number("refusals_terminating", "1", "called phones refused a channel, mean", counted()),
    *with_interval(
        "leg_blocking", "1", "refusals / (seizures + refusals), both directions",
        proportion("leg_refusals", "leg_bids"),
    ),
    *with_interval("carried_erl", "erl", "channels in use, legs, mean over the window", mean("busy_erl")),
    number(
        "utilisation", "1", "channels in use / channels; mean power / greatest power where capacity is wcdma",
        quotient("power_w", "power_limit_w", otherwise=quotient("busy_erl", "n_channels")),
    ),
)  # fmt: skip

_FRAGMENTED = ("fragmented", "those of them for which codes were free, but not together")

SHED_AND_REFUSED = (
    *(
        column
        for refusal, named in SOFT_REFUSALS.items()
        for column in ((named, _FRAGMENTED) if refusal is Refusal.CODE else (named,))
    ),
    ("shed_phone_power", "phones let go since their power did not reach"),
    ("shed_uplink", "phones let go since it was too loud"),
    ("shed_downlink", "phones let go since its power was spent"),
)
"""Counts of phones of each cell with soft capacity, and what they say; `n_` before them in the records."""

SOFT_OF_CELLS = (
    *with_interval("noise_rise_db", "dB", "uplink interference over noise, mean over the window", mean()),
    number("noise_rise_max_db", "dB", "its greatest in any replication", most()),
    *with_interval("power_w", "W", "downlink power, mean over the window", mean()),
    number("power_max_w", "W", "its greatest in any replication", most()),
    number("power_limit_w", "W", "the most that it can send", mean()),
    number("codes_busy", "1", "codes of spreading factor 128 in use, mean", mean()),
    number("further_legs_erl", "erl", "legs beyond the first in soft handover, mean", mean()),
    *(number(name, "1", f"{said}, mean over replications", counted(f"n_{name}")) for name, said in SHED_AND_REFUSED),
)  # fmt: skip
"""What soft capacity adds; null where cells have channels."""

CELLS = Table(
    "cells",
    "cell, over all replications",
    (
        *given(
            Column("cell_idx", "int32", "1", "number of the cell, as in calls and coverage"),
            text("cell", "name of the cell"),
            text("site", "name of its site"),
            text("network", "network"),
            text("province", "code of the province in which the site stands"),
            Column("n_channels", "int32", "1", "channels of its equipment; not in use with soft capacity"),
            number("azimuth_deg", "deg", "main lobe; null when omnidirectional"),
        ),
        *with_interval("attempts", "1", "attempts whose caller's first-ranked cell it is", counted()),
        *with_interval("blocking", "1", "blocked attempts / attempts", proportion("blocked", "attempts")),
        number("offered_erl", "erl", "would-be holding time of its callers' attempts / window", mean()),
        *_LEGS,
        *with_interval("all_busy_share", "1", "share of the window with every channel in use", part(trials="leg_bids")),
        *SOFT_OF_CELLS,
        *DATA_OF_CELLS,
    ),
)  # fmt: skip

SITE_PLACES = Table(
    "sites",
    "site",
    given(
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
        Column("n_channels", "int32", "1", "channels of all its cells; not in use with soft capacity"),
        number("served_km2", "km2", "area in which a cell of the site is the best of its network"),
        number("distance_km", "km", "effective radius: that of a disc of this area"),
    ),
)  # fmt: skip
"""Sites as a folder of coverage alone holds them."""

SITES = Table(
    "sites",
    "site, over all replications",
    (
        *SITE_PLACES.columns,
        *with_interval("attempts", "1", "attempts whose caller's first-ranked cell is one of its", counted()),
        *with_interval(
            "network_failure", "1", "those of them that failed in the network, as `voice.network_failure` has it / all",
            proportion("failed_in_network", "attempts"),
        ),
        *given(text("main_failure", "outcome of most of these; empty where none failed")),
        *_LEGS,
        number("channel_elements_busy", "1", "channel elements in use, mean; null where cells have channels", mean()),
    ),
)  # fmt: skip

TRUNKS = Table(
    "trunks",
    "trunk group, over all replications",
    (
        *given(
            text("trunk_group", "the two networks it joins, as a-b"),
            text("from_network", "first of the two"),
            text("to_network", "second of the two; fixed is the fixed network"),
            Column("n_circuits", "int32", "1", "circuits"),
        ),
        number("seizures", "1", "circuits seized, mean over replications", counted()),
        number("refusals", "1", "calls refused a circuit, mean over replications", counted()),
        *with_interval("blocking", "1", "refusals / (seizures + refusals)", proportion("refusals", "bids")),
        *with_interval("carried_erl", "erl", "circuits in use, mean over the window", mean("busy_erl")),
        *with_interval("all_busy_share", "1", "share of the window with every circuit in use", part(trials="bids")),
    ),
)  # fmt: skip

_BUSY = (
    number("busy_erl", "erl", "servers in use, mean over the window"),
    number("all_busy_share", "1", "share of the window with every server in use"),
)

CELL_RECORDS = Table(
    "cells",
    "cell",
    (
        count("seizures_originating", "channels seized by callers in the window"),
        count("refusals_originating", "callers refused a channel"),
        count("seizures_terminating", "channels seized by called phones"),
        count("refusals_terminating", "called phones refused a channel"),
        *_BUSY,
    ),
)  # fmt: skip

TRUNK_RECORDS = Table(
    "trunks",
    "trunk group",
    (count("seizures", "circuits seized in the window"), count("refusals", "calls refused a circuit"), *_BUSY),
)  # fmt: skip

SERVER_RECORDS = Table(
    "servers",
    "cell, then trunk group",
    (Column("n_most", "int32", "1", "the most channels or circuits that it ever had"),),
)  # fmt: skip

RADIO_CELL_RECORDS = Table(
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
)  # fmt: skip

RADIO_SITE_RECORDS = Table(
    "radio_sites",
    "site with soft capacity",
    (number("channel_elements_busy", "1", "channel elements in use, mean"),),
)  # fmt: skip

COVERED_RECORDS = Table(
    "covered",
    "network by square (two axes)",
    (Column("covered_share", "float32", "1", "share of the looks at which a square was covered"),),
)  # fmt: skip
"""Records, from which the tables above are made; in `sim.tables.RECORDS` by their keys."""


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
