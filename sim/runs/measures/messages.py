"""Short messages, by network and province of the sender."""

from collections.abc import Sequence

import numpy as np

from sim.runs.measures.data_invariants import broken_messages
from sim.runs.measures.display import Printed
from sim.runs.measures.measure import PERCENT, Crossing, Line, Measure, MeasureRows
from sim.runs.measures.subject import (
    Part,
    Replication,
    Subject,
    as_floats,
    names_of_people,
)
from sim.runs.measures.throughput import members, weighted_quantile
from sim.scenario.schema import Scenario
from sim.tables import KEPT_MESSAGES, MESSAGE_OUTCOMES, Columns, MessageOutcome
from sim.tables.columns import mean, ratio
from sim.world.build import World

SIGNALLING = ("signalling_busy", "n_signalling_refused")
"""Columns of the records `data_cells` that are of messages."""

_SHARE = 0.95
_BY = ("network", "province")

MEASURES = (
    Measure("sms.sent", "1", _BY, "short messages begun in the window", mean("sent"), Line("sent")),
    Measure(
        "sms.delivered", "1", _BY, "share of them that was delivered, whenever that was", ratio("delivered", "sent"),
        Line("delivered [%]", "{:.2f}", PERCENT),
    ),
    Measure(
        "sms.delivery_s", "s", _BY, "first try to send to delivery, mean over those delivered",
        ratio("delays_s", "delivered"), Line("time to delivery [s]", "{:,.1f}"),
    ),
    Measure(
        "sms.delivery_p95_s", "s", _BY, "95 % of those delivered take at most this", ratio("p95_s", "known"),
        Line("95 % of them within [s]", "{:,.1f}"),
    ),
)  # fmt: skip


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:
    """Add what was sent, what of it arrived, and how long that took."""
    world, records = replication.world, replication.records
    messages = records.rows("messages")
    counts = (messages["time_s"] >= 0.0) & (messages["time_s"] < records.window_s)
    arrived = counts & (messages["outcome"] == MessageOutcome.DELIVERED)
    crossing = Crossing.of(world.network_names, world.provinces.code)
    groups = messages["network_idx"], messages["province_idx"]
    delivered = crossing.sums(*groups, arrived)
    delay_s = messages["end_s"] - messages["time_s"]
    order = np.flatnonzero(arrived)
    order = order[np.argsort(delay_s[order], kind="stable")]
    p95_s = np.zeros(len(delivered))
    own = (group[order].astype(np.int64) for group in groups)
    for row, is_member in enumerate(members(crossing, *own)):
        if delivered[row] > 0.0:
            chosen_s = delay_s[order][is_member]
            p95_s[row] = weighted_quantile(chosen_s, np.ones(len(chosen_s)), _SHARE)
    sums = {
        "sent": crossing.sums(*groups, counts),
        "delivered": delivered,
        "delays_s": crossing.sums(*groups, np.where(arrived, delay_s, 0.0)),
        "p95_s": p95_s,
        "known": np.where(delivered > 0.0, 1.0, 0.0),
    }
    rows.add(MEASURES, sums, {"network": crossing.first_names, "province": crossing.second_names})
    return {"cells": as_floats({name: records["data_cells"][name] for name in SIGNALLING})}


def _names(scenario: Scenario, world: World) -> dict[str, Sequence[str]]:
    return {**names_of_people(scenario, world), "outcome": MESSAGE_OUTCOMES}


SHORT_MESSAGES = Subject(
    measures=MEASURES,
    in_scenario=lambda scenario: scenario.traffic.messages.is_wanted,
    measured=_measured,
    parts=(Part("messages", KEPT_MESSAGES, _names, broken=broken_messages),),
    printed=Printed("Short messages"),
)
