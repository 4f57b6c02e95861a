"""From the records of a replication to its tables: measures, time series, servers and attempts."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.network.records import Records
from sim.radio.coverage import Coverage
from sim.runs.coverage_measures import add_coverage_measures
from sim.runs.data_measures import add_data_measures, data_of_cells, sums_of_tables
from sim.runs.exchange_measures import add_exchange_measures
from sim.runs.flow_groups import FlowGroups, flows_of_window
from sim.runs.invariants import check_invariants
from sim.runs.message_measures import add_message_measures, messages_of_cells
from sim.runs.parquet import Columns
from sim.runs.radio_measures import (
    add_service_measures,
    add_time_covered,
    has_soft_capacity,
    radio_of_cells,
)
from sim.runs.rows import ALL, MeasureRows
from sim.runs.server_measures import add_server_measures
from sim.runs.throughput import Speeds, distribution
from sim.runs.timeseries import timeseries_table
from sim.runs.voice_measures import add_voice_measures, cell_attempts
from sim.runs.window import Window, measured_window
from sim.scenario.schema import Scenario
from sim.streams import STREAM_RECORD_SAMPLE, uniforms
from sim.world.build import World


@dataclass(frozen=True)
class ReplicationTables:
    """
    What is kept of a replication.

    Attributes
    ----------
    replication : int
        Number of the replication, from 1.
    measures : pa.Table
        Its rows of `sim.tables.REPLICATIONS`.
    timeseries : pa.Table
        Its rows of `sim.tables.TIMESERIES`.
    cells : dict of str to (cell,) ndarray of float64
        Cell records, with those of soft capacity, of data and of messages where there are any, and `attempts`,
        `blocked` and `offered_erl` of the callers of each cell.
    sites : dict of str to (site,) ndarray of float64
        Records of soft capacity; empty where cells have channels.
    trunks : dict of str to (group,) ndarray of float64
        Trunk records.
    exchanges : dict of str to (exchange,) ndarray of float64
        What manual exchanges counted.
    positions : dict of str to (position,) ndarray of float64
        What was done at each position.
    data : dict of str to (row,) ndarray of float64
        Sums of groups of flows, from `sim.runs.data_measures`; empty without data.
    throughput : dict of str to (row,) ndarray of float64
        Distribution of throughput, from `sim.runs.throughput`; empty without data.
    calls : dict of str to (attempt,) ndarray
        Attempts that are kept, columns of `sim.tables.CALLS`, in the order in which they ended.
    flows : dict of str to (flow,) ndarray
        Flows that are kept, columns of `sim.tables.KEPT_FLOWS`, likewise; empty without data.
    messages : dict of str to (message,) ndarray
        Messages that are kept, columns of `sim.tables.KEPT_MESSAGES`, likewise; empty without messages.
    n_attempts : int
        All attempts, warm-up included.
    n_events : int
        Machine events.
    """

    replication: int
    measures: pa.Table
    timeseries: pa.Table
    cells: Columns
    sites: Columns
    trunks: Columns
    exchanges: Columns
    positions: Columns
    data: Columns
    throughput: Columns
    calls: Columns
    flows: Columns
    messages: Columns
    n_attempts: int
    n_events: int


def replication_tables(
    scenario: Scenario,
    world: World,
    records: Records,
    replication: int,
    coverage: Coverage | None = None,
) -> ReplicationTables:
    """
    Return the tables of a replication, its invariants checked.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        World.
    records : Records
        Records of the replication.
    replication : int
        Number of the replication.
    coverage : Coverage, optional
        Who is served without load; without it there is no `coverage.time_share`.

    Returns
    -------
    ReplicationTables
        Tables.

    Raises
    ------
    BrokenInvariantError
        If the records contradict themselves.
    """
    window = measured_window(records)
    check_invariants(scenario, world, records, window)
    rows = MeasureRows(replication, service=ALL if has_soft_capacity(scenario) else "voice")
    add_voice_measures(rows, scenario, world, records, window)
    add_service_measures(rows, scenario, world, window)
    add_server_measures(rows, scenario, world, records)
    if coverage is not None and records.covered_share is not None:
        add_time_covered(rows, world, coverage, records.covered_share)
    add_exchange_measures(rows, world, records)
    cells = _cells(world, records, window) | radio_of_cells(scenario, world, records)
    data, throughput = _add_data(rows, cells, scenario, world, records)
    if scenario.traffic.messages.is_wanted:
        add_message_measures(rows, world, records)
        cells |= messages_of_cells(records)
    return ReplicationTables(
        replication=replication,
        measures=rows.table(),
        timeseries=timeseries_table(world, window, replication),
        cells=cells,
        sites={name: column.astype(np.float64) for name, column in records.radio_sites.items()},
        trunks={name: column.astype(np.float64) for name, column in records.trunks.items()},
        exchanges=dict(records.exchanges),
        positions=dict(records.positions),
        data=data,
        throughput=throughput,
        calls=_kept(scenario, records.attempts, replication),
        flows=_kept(scenario, records.flows, replication),
        messages=_kept(scenario, records.messages, replication),
        n_attempts=len(records.attempts["time_s"]),
        n_events=records.n_events,
    )


def _add_data(
    rows: MeasureRows, cells: Columns, scenario: Scenario, world: World, records: Records
) -> tuple[Columns, Columns]:
    """Add the measures of data to rows and cells; return the sums of groups and the distribution of throughput."""
    if not scenario.traffic.data.is_wanted:
        return {}, {}
    groups = FlowGroups.of(scenario, world)
    flows = flows_of_window(scenario, groups, records)
    add_data_measures(rows, groups, flows)
    cells |= data_of_cells(world, records, flows)
    speeds = Speeds.of(flows, flows["is_up"] == 0, ("network_idx",))
    return sums_of_tables(groups, flows), distribution(speeds, len(world.network_names))


def coverage_rows(scenario: Scenario, world: World, coverage: Coverage) -> pa.Table:
    """
    Return the measures of coverage, which all replications share.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        World.
    coverage : Coverage
        Its coverage.

    Returns
    -------
    pa.Table
        Rows of `sim.tables.REPLICATIONS`.
    """
    rows = MeasureRows(scenario.run.world_replication)
    add_coverage_measures(rows, world, coverage)
    return rows.table()


def _cells(world: World, records: Records, window: Window) -> Columns:
    of_callers = cell_attempts(world, window)
    cells: Columns = {name: column.astype(np.float64) for name, column in records.cells.items()}
    n = len(world.cells)
    cells["attempts"] = of_callers["attempts"][:n]
    cells["blocked"] = of_callers["blocked"][:n]
    cells["offered_erl"] = of_callers["offered_s"][:n] / window.window_s
    return cells


def _kept(scenario: Scenario, records: Columns, replication: int) -> Columns:
    """Return the rows to keep; all attempts of an intent, and all pages of a session, are kept or none."""
    if not records:
        return {}
    kept = _is_kept(scenario, records, replication)
    columns: Columns = {"replication": np.full(np.count_nonzero(kept), replication, np.int32)}
    return columns | {name: column[kept] for name, column in records.items()}


def _is_kept(scenario: Scenario, records: Columns, replication: int) -> NDArray[np.bool_]:
    rule = scenario.run.records
    n = len(records["time_s"])
    if rule.calls != "sample":
        return np.full(n, rule.calls == "all")
    draws = uniforms(
        scenario.seed, replication, STREAM_RECORD_SAMPLE, records["entity"], records["index"]
    )
    kept: NDArray[np.bool_] = draws < rule.sample_share
    return kept
