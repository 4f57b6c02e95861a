"""Measures of what is seized: channels of cells, circuits of trunk groups."""

import numpy as np
from numpy.typing import NDArray

from sim.network.records import Records
from sim.runs.parquet import Columns
from sim.runs.radio_measures import radio_of_cells
from sim.runs.rows import ALL, Crossing, MeasureRows
from sim.scenario.schema import Scenario
from sim.world.build import World


def leg_counts(
    cells: Columns,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return refusals and bids of each cell, both directions together.

    Parameters
    ----------
    cells : dict of str to (cell,) ndarray
        Cell records of a replication.

    Returns
    -------
    refusals : (cell,) ndarray of float64
        Channels refused.
    bids : (cell,) ndarray of float64
        Channels asked for: seizures and refusals.
    """
    refusals = cells["refusals_originating"] + cells["refusals_terminating"]
    seizures = cells["seizures_originating"] + cells["seizures_terminating"]
    return refusals.astype(np.float64), (seizures + refusals).astype(np.float64)


def add_server_measures(
    rows: MeasureRows, scenario: Scenario, world: World, records: Records
) -> None:
    """
    Add leg blocking and utilisation by cell, network and province, and blocking of trunk groups.

    Parameters
    ----------
    rows : MeasureRows
        Rows; added to.
    scenario : Scenario
        Scenario.
    world : World
        World.
    records : Records
        Records of the replication.
    """
    cells = world.cells
    of_cells: Columns = records.cells
    refusals, bids = leg_counts(of_cells)
    busy_erl = of_cells["busy_erl"].astype(np.float64)
    power = radio_of_cells(scenario, world, records)
    used = power["power_w"] if power else busy_erl
    limit = power["power_limit_w"] if power else cells.n_channels.astype(np.float64)
    province_idx = world.sites.province_idx[cells.site_idx]
    by_cell = {
        "cell": np.asarray(cells.name),
        "network": np.asarray(world.network_names)[cells.network_idx],
        "province": np.asarray(world.provinces.code)[province_idx],
    }
    rows.add("voice.leg_blocking", refusals, bids, by_cell)
    rows.add("voice.carried_erl", busy_erl, 1.0, by_cell)
    rows.add("cell.utilisation", used, limit, by_cell)
    crossing = Crossing.of(world.network_names, world.provinces.code)
    axes = {"network": crossing.first_names, "province": crossing.second_names}

    def _sums(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return crossing.sums(cells.network_idx, province_idx, weights)

    rows.add("voice.leg_blocking", _sums(refusals), _sums(bids), axes)
    rows.add("cell.utilisation", _sums(used), _sums(limit), axes)
    names = world.exchanges.trunks.name
    if names:
        of_trunks: Columns = records.trunks
        refused = of_trunks["refusals"].astype(np.float64)
        asked = refused + of_trunks["seizures"]
        rows.add(
            "trunk.blocking",
            np.append(refused, refused.sum()),
            np.append(asked, asked.sum()),
            {"network": np.asarray((*names, ALL))},
        )
