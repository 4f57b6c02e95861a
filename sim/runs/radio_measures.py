"""Measures of soft capacity: calls by service, power in use, and how long people are covered."""

import numpy as np
from numpy.typing import NDArray

from sim.network.records import Records
from sim.radio.coverage import Coverage
from sim.runs.parquet import Columns
from sim.runs.rows import ALL, Crossing, MeasureRows
from sim.runs.voice_measures import IS_ANSWERED, IS_BLOCKED, caller_networks
from sim.runs.window import Window
from sim.scenario.schema import Scenario
from sim.tables import OUTCOMES, Outcome
from sim.world.build import World


def has_soft_capacity(scenario: Scenario) -> bool:
    """
    Return whether cells have powers rather than channels.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    bool
        Whether `radio.capacity` is wcdma.
    """
    return scenario.radio.capacity == "wcdma"


def greatest_power_w(scenario: Scenario, world: World) -> NDArray[np.float64]:
    """
    Return the greatest power of each cell.

    Parameters
    ----------
    scenario : Scenario
        Section `radio.wcdma`.
    world : World
        Cells.

    Returns
    -------
    (cell,) ndarray of float64
        Pilot plus `max_power_to_pilot_db`. [W]
    """
    most_dbm = world.cells.pilot_power_dbm + scenario.radio.wcdma.max_power_to_pilot_db
    return np.asarray(10.0 ** (most_dbm / 10.0 - 3.0), np.float64)


def radio_of_cells(scenario: Scenario, world: World, records: Records) -> Columns:
    """
    Return what soft capacity adds to the records of the cells.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        Cells.
    records : Records
        Records of a replication.

    Returns
    -------
    dict of str to (cell,) ndarray of float64
        `Records.radio_cells` and `power_limit_w`; empty where cells have channels.
    """
    if not records.radio_cells:
        return {}
    columns: Columns = {name: c.astype(np.float64) for name, c in records.radio_cells.items()}
    return columns | {"power_limit_w": greatest_power_w(scenario, world)}


def add_service_measures(
    rows: MeasureRows, scenario: Scenario, world: World, window: Window
) -> None:
    """
    Add attempts, blocking, dropping and traffic by network and service.

    Parameters
    ----------
    rows : MeasureRows
        Rows; added to, none where cells have channels.
    scenario : Scenario
        Services.
    world : World
        Networks.
    window : Window
        What counts of the replication.
    """
    if not has_soft_capacity(scenario):
        return
    services = tuple(service.name for service in scenario.radio.wcdma.services)
    crossing = Crossing.of(caller_networks(world), services)
    kept = crossing.second_names != ALL
    axes = {"network": crossing.first_names[kept], "service": crossing.second_names[kept]}
    attempts_, holding = window.attempts, window.holding
    groups = attempts_["network_idx"], attempts_["service_idx"]
    counts = crossing.counts(*groups, attempts_["outcome"], len(OUTCOMES))[:, kept]
    attempts, answered = counts.sum(axis=0), counts[IS_ANSWERED].sum(axis=0)
    held_s = holding["end_s"] - holding["begin_s"]
    carried_s = crossing.sums(holding["network_idx"], holding["service_idx"], held_s)[kept]
    rows.add("voice.attempts", attempts, 1.0, axes)
    rows.add("voice.blocking", counts[IS_BLOCKED].sum(axis=0), attempts, axes)
    rows.add("voice.dropping", counts[Outcome.DROPPED], answered, axes)
    rows.add("voice.carried_erl", carried_s, window.window_s, axes)


def add_time_covered(
    rows: MeasureRows, world: World, coverage: Coverage, covered_share: NDArray[np.float32]
) -> None:
    """
    Add the share of time for which people are covered whom the network serves without load.

    Parameters
    ----------
    rows : MeasureRows
        Rows; added to.
    world : World
        People.
    coverage : Coverage
        Who is served without load.
    covered_share : (network, square) ndarray of float32
        Share of the looks at which a square was covered.
    """
    n_networks, n_squares = covered_share.shape
    is_served = coverage.cell_idx[:, :, 0] >= 0
    people = np.where(is_served, world.population.astype(np.float64), 0.0)
    crossing = Crossing.of(world.network_names, world.provinces.code)
    network_idx = np.repeat(np.arange(n_networks), n_squares)
    province_idx = np.tile(world.grid.province_idx.astype(np.int64), n_networks)
    covered = crossing.sums(network_idx, province_idx, (people * covered_share).ravel())
    served = crossing.sums(network_idx, province_idx, people.ravel())
    axes = {"network": crossing.first_names, "province": crossing.second_names}
    rows.add("coverage.time_share", covered, served, axes, service=ALL)
