"""Measures of short messages, by network and province of the sender."""

import numpy as np
from numpy.typing import ArrayLike

from sim.network.records import Records
from sim.runs.parquet import Columns
from sim.runs.rows import ALL, Crossing, MeasureRows
from sim.runs.throughput import members, weighted_quantile
from sim.tables import MESSAGES, MessageOutcome
from sim.world.build import World

_SHARE = 0.95


def add_message_measures(rows: MeasureRows, world: World, records: Records) -> None:
    """
    Add what was sent, what of it arrived, and how long that took.

    Parameters
    ----------
    rows : MeasureRows
        Rows; added to.
    world : World
        World.
    records : Records
        Records of the replication.
    """
    messages: Columns = records.messages or {c.name: np.empty(0, c.dtype) for c in MESSAGES.columns}
    counts = (messages["time_s"] >= 0.0) & (messages["time_s"] < records.window_s)
    arrived = counts & (messages["outcome"] == MessageOutcome.DELIVERED)
    crossing = Crossing.of(world.network_names, world.provinces.code)
    axes: dict[str, ArrayLike] = {
        "network": crossing.first_names,
        "province": crossing.second_names,
    }
    groups = messages["network_idx"], messages["province_idx"]
    sent = crossing.sums(*groups, counts)
    delivered = crossing.sums(*groups, arrived)
    delay_s = messages["end_s"] - messages["time_s"]
    delays_s = crossing.sums(*groups, np.where(arrived, delay_s, 0.0))
    rows.add("sms.sent", sent, 1.0, axes, service=ALL)
    rows.add("sms.delivered", delivered, sent, axes, service=ALL)
    rows.add("sms.delivery_s", delays_s, delivered, axes, service=ALL)
    order = np.flatnonzero(arrived)
    order = order[np.argsort(delay_s[order], kind="stable")]
    p95_s = np.zeros(len(delivered))
    own = (group[order].astype(np.int64) for group in groups)
    for row, is_member in enumerate(members(crossing, *own)):
        if delivered[row] > 0.0:
            chosen_s = delay_s[order][is_member]
            p95_s[row] = weighted_quantile(chosen_s, np.ones(len(chosen_s)), _SHARE)
    known = np.where(delivered > 0.0, 1.0, 0.0)
    rows.add("sms.delivery_p95_s", p95_s, known, axes, service=ALL)


def messages_of_cells(records: Records) -> Columns:
    """
    Return what messages add to the records of the cells.

    Parameters
    ----------
    records : Records
        Records of a replication.

    Returns
    -------
    dict of str to (cell,) ndarray of float64
        `signalling_busy` and `n_signalling_refused` of `Records.data_cells`.
    """
    names = ("signalling_busy", "n_signalling_refused")
    return {name: records.data_cells[name].astype(np.float64) for name in names}
