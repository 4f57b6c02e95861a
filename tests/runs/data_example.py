"""Flows and messages in the small world, written out by hand, and a results folder of them."""

from pathlib import Path

import numpy as np

from sim.runs.content import Journal, publish
from sim.runs.inputs import Inputs
from sim.runs.measures.subject import Replication
from sim.runs.once import Setting
from sim.runs.replication_tables import (
    Effort,
    read_replications,
    replication_tables,
    write_replication,
)
from sim.runs.replications import names_of_indices
from sim.runs.run import run_content
from sim.runs.store import Store
from sim.scenario.radio_section import Radio
from sim.scenario.resolve import LoadedScenario
from sim.scenario.subscribers_section import Device
from sim.scenario.traffic_section import Data, DataSource, Messages, Use
from sim.tables import FLOWS, MESSAGES, NO_BEARER, RECORDS, FlowOutcome, MessageOutcome
from tests.runs.soft_example import soft_records

DONE, CUT, FULL, UNSERVED = (
    FlowOutcome.COMPLETED,
    FlowOutcome.CUT_STALLED,
    FlowOutcome.REFUSED_RATE,
    FlowOutcome.REFUSED_NO_COVERAGE,
)
FLOW_KEYS = (
    "time_s",
    "end_s",
    "page",
    "network_idx",
    "province_idx",
    "device_idx",
    "is_up",
    "cell_idx",
    "bearer_idx",
)
FLOW_ROWS = (  # the window begins at 19:55
    (-5.0, 5.0, 0, 0, 0, 0, 0, 0, 0, DONE, 1e6, 1e6),  # warm-up
    (10.0, 12.0, 0, 0, 0, 0, 0, 0, 0, DONE, 2e6, 2e6),  # 1 Mbit/s
    (20.0, 30.0, 1, 0, 0, 1, 0, 0, 0, DONE, 1e6, 1e6),  # 100 kbit/s
    (310.0, 320.0, 0, 0, 1, 0, 0, 2, 1, DONE, 4e6, 4e6),  # 400 kbit/s
    (320.0, 321.0, 0, 0, 1, 1, 1, 2, 4, DONE, 64e3, 64e3),  # sent
    (330.0, 330.0, 0, 0, 0, 0, 0, 1, 0, FULL, 5e5, 0.0),
    (340.0, 350.0, 2, 0, 0, 0, 0, 1, 0, CUT, 3e6, 1e6),
    (400.0, 600.0, 0, 1, 1, 255, 0, 3, 0, DONE, 2e6, 2e6),  # 10 kbit/s, of a source
    (410.0, 410.0, 0, 0, 0, 0, 0, -1, NO_BEARER, UNSERVED, 1e5, 0.0),
    (650.0, 660.0, 1, 0, 0, 0, 0, 0, 0, DONE, 1e6, 1e6),  # after the window
)  # fmt: skip
MESSAGE_ROWS = (  # time, network, province, outcome, submitted, end
    (-1.0, 0, 0, MessageOutcome.DELIVERED, 2.0, 1000.0),
    (5.0, 0, 0, MessageOutcome.DELIVERED, 8.0, 15.0),
    (6.0, 0, 0, MessageOutcome.DELIVERED, 9.0, 46.0),
    (7.0, 0, 1, MessageOutcome.EXPIRED, 10.0, 86407.0),
    (8.0, 1, 1, MessageOutcome.NO_COVERAGE, np.nan, 8.0),
)


def table_of(table, **columns):
    n = len(next(iter(columns.values())))
    given = {name: np.asarray(values) for name, values in columns.items()}
    return {one.name: given.get(one.name, np.arange(n)).astype(one.dtype) for one in table.columns}


def data_scenario(example):
    uses = (Use(name="web", sessions_per_line_h=1.0),)
    sources = (DataSource(name="crowd", cell="c", offered_bps=1e4),)
    traffic = example.scenario.traffic.model_copy(
        update={"data": Data(uses=uses, sources=sources), "messages": Messages(per_line_h=1.0)}
    )
    devices = (Device(name="modem", share=0.5, hsdpa_category=6), Device(name="phone", share=0.5))
    subscribers = example.scenario.subscribers.model_copy(update={"devices": devices})
    run = example.scenario.run.model_copy(update={"start": "2022-11-16 19:55"})
    changes = {"traffic": traffic, "subscribers": subscribers, "run": run}
    return example.scenario.model_copy(update={**changes, "radio": Radio(capacity="wcdma")})


def data_records(example, factor=1.0):
    """Records of the rows above, sizes and what was carried times a factor."""
    names = (*FLOW_KEYS, "outcome", "size_bit", "carried_bit")
    columns = dict(zip(names, zip(*FLOW_ROWS, strict=True), strict=True))
    flows = table_of(FLOWS, **columns, is_source=[row[5] == 255 for row in FLOW_ROWS])
    flows["size_bit"] *= factor
    flows["carried_bit"] *= factor
    names = ("time_s", "network_idx", "province_idx", "outcome", "submitted_s", "end_s")
    messages = table_of(MESSAGES, **dict(zip(names, zip(*MESSAGE_ROWS, strict=True), strict=True)))
    cells = {name: np.zeros(4) for name in RECORDS["data_cells"].names}
    cells["hsdpa_active_share"] = np.array([0.5, 0.1, 0.0, 0.4])
    cells["hsdpa_bit"] = factor * np.array([4e6, 1e6, 0.0, 2e6])
    cells["bearer_bit"] = factor * np.array([0.0, 0.0, 4.064e6, 0.0])
    cells["run_bit"] = factor * np.array([5e6, 1e6, 4.064e6, 2e6])
    cells["bearer_erl"] = np.array([0.0, 0.0, 0.25, 0.0])
    cells["n_signalling_refused"] = np.array([3, 0, 0, 1])
    return soft_records(example).with_tables(flows=flows, messages=messages, data_cells=cells)


def published(example, root, factors=(1.0, 2.0, 3.0)) -> Path:
    """A results folder with a replication for each factor of the sizes, through the store."""
    scenario = data_scenario(example)
    setting = Setting(scenario, example.world, example.coverage)
    store = Store(root, scenario.name, "ab" * 32)
    store.open()
    names = names_of_indices(setting)
    for number, factor in enumerate(factors, start=1):
        records = data_records(example, factor)
        tables = replication_tables(
            Replication(number, scenario, example.world, example.coverage, records)
        )

        def write(path, tables=tables):
            write_replication(path, tables, Effort(1, 1, 1.0, 1), names)

        store.keep_replication(number, write)
    kept = read_replications(store, len(factors))
    loaded = LoadedScenario(scenario, root / "example.yaml", root, {}, ())
    journal = Journal("run", store.full_id, (), 1, {}, Inputs(loaded, ()))
    return publish(store, setting, run_content(setting, kept), journal)
