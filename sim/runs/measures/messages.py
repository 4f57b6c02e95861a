"""Short messages, by network and province of the sender."""

from collections.abc import Sequence

import numpy as np

from sim.runs.measures.data_invariants import broken_messages
from sim.runs.measures.display import Printed
from sim.runs.measures.histogram import Histogram
from sim.runs.measures.measure import PERCENT, Crossing, Line, Measure, MeasureRows
from sim.runs.measures.subject import (
    Part,
    Replication,
    Rows,
    Subject,
    as_floats,
    names_of_people,
)
from sim.runs.measures.sums import Sums
from sim.scenario.schema import Scenario
from sim.tables import KEPT_MESSAGES, MESSAGE_OUTCOMES, QUANTILE_NOTE, Columns, MessageOutcome
from sim.tables.columns import counted, proportion, ratio
from sim.world.build import World

SIGNALLING = ("signalling_busy", "n_signalling_refused")
"""Columns of the records `data_cells` that are of messages."""

_RECORD, _SHARE = "messages", 0.95
_BY = ("network", "province")

MEASURES = (
    Measure("sms.sent", "1", _BY, "short messages begun in the window", counted("sent"), Line("sent")),
    Measure(
        "sms.delivered", "1", _BY, "share of them that was delivered, whenever that was",
        proportion("delivered", "sent"), Line("delivered [%]", "{:.2f}", PERCENT),
    ),
    Measure(
        "sms.delivery_s", "s", _BY, "first try to send to delivery, mean over those delivered",
        ratio("delays_s", "delivered"), Line("time to delivery [s]", "{:,.1f}"),
    ),
    Measure(
        "sms.delivery_p95_s", "s", _BY, f"95 % of those delivered take at most this{QUANTILE_NOTE}",
        ratio("p95_s", "known"), Line("95 % of them within [s]", "{:,.1f}"),
    ),
)  # fmt: skip


def _by_province(world: World) -> Crossing:
    return Crossing.of(world.network_names, world.provinces.code)


def _summed(rows: Rows) -> Sums:
    """Return what was sent, and how long it took where it arrived."""
    messages, crossing = rows.columns, _by_province(rows.world)
    time_s, outcome = messages["time_s"], messages["outcome"]
    counts = (time_s >= 0.0) & (time_s < rows.window_s)
    groups = crossing.groups(messages["network_idx"], messages["province_idx"])
    arrived = counts & (outcome == MessageOutcome.DELIVERED)
    delay_s = messages["end_s"][arrived] - time_s[arrived]
    weights = {"delivered": np.ones(len(delay_s)), "delays_s": delay_s}
    return Sums(
        {"sent": crossing.sums(messages["network_idx"], messages["province_idx"], counts)},
        {"delays": Histogram.of(groups[arrived], delay_s, weights)},
    )


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:
    """Add what was sent, what of it arrived, and how long that took."""
    records, crossing = replication.records, _by_province(replication.world)
    sums = replication.added_up(_RECORD, _summed)
    delivered, delays_s, p95_s = np.transpose(
        [
            (
                own.total("delivered"),
                own.total("delays_s"),
                own.quantile(_SHARE, "delivered", "delays_s"),
            )
            for own in sums.histograms["delays"].rows(crossing)
        ]
    )
    columns = {
        "sent": sums.columns["sent"],
        "delivered": delivered,
        "delays_s": delays_s,
        "p95_s": p95_s,
        "known": np.where(delivered > 0.0, 1.0, 0.0),
    }
    axes = {"network": crossing.first_names, "province": crossing.second_names}
    rows.add(MEASURES, columns, axes)
    return {"cells": as_floats({name: records["data_cells"][name] for name in SIGNALLING})}


def _names(scenario: Scenario, world: World) -> dict[str, Sequence[str]]:
    return {**names_of_people(scenario, world), "outcome": MESSAGE_OUTCOMES}


SHORT_MESSAGES = Subject(
    measures=MEASURES,
    in_scenario=lambda scenario: scenario.traffic.messages.is_wanted,
    measured=_measured,
    parts=(Part(_RECORD, KEPT_MESSAGES, _names, _summed, broken_messages),),
    printed=Printed("Short messages"),
)
