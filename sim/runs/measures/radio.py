"""Soft capacity: power in use, and how long people are covered."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.runs.measures.measure import Crossing, Measure, MeasureRows
from sim.runs.measures.subject import RELATIVE_ROUNDING, Replication, Subject, as_floats
from sim.scenario.schema import Scenario
from sim.tables import SOFT_REFUSALS, Columns, Refusal
from sim.tables.columns import part
from sim.world.build import World

MEASURES = (
    Measure(
        "coverage.time_share", "1", ("network", "province"),
        "with `radio.capacity: wcdma`: share of time for which people are covered whom the network serves without "
        "load ([soft capacity](../wcdma.md), \"Breathing\"), weighted by people", part("n_covered", "n_served"),
    ),
)  # fmt: skip

_BLOCKED = tuple(
    f"n_{name}"
    for refusal, (name, _) in SOFT_REFUSALS.items()
    if refusal is not Refusal.NO_COVERAGE
)


def has_soft_capacity(scenario: Scenario) -> bool:
    """Return whether cells have powers rather than channels."""
    return scenario.radio.capacity == "wcdma"


def greatest_power_w(scenario: Scenario, world: World) -> NDArray[np.float64]:
    """Return the greatest power of each cell."""
    most_dbm = world.cells.pilot_power_dbm + scenario.radio.wcdma.max_power_to_pilot_db
    return np.asarray(10.0 ** (most_dbm / 10.0 - 3.0), np.float64)


def radio_of_cells(replication: Replication) -> Columns:
    """
    Return what soft capacity adds to the records of the cells.

    Records `radio_cells` and `power_limit_w`; empty where cells have channels.
    """
    columns = as_floats(replication.records["radio_cells"])
    if columns:
        columns["power_limit_w"] = greatest_power_w(replication.scenario, replication.world)
    return columns


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:
    if replication.coverage is not None and replication.records["covered"]:
        _add_time_covered(replication, rows)
    kept = {"cells": radio_of_cells(replication)}
    if replication.records["radio_sites"]:
        kept["sites"] = as_floats(replication.records["radio_sites"])
    return kept


def _add_time_covered(replication: Replication, rows: MeasureRows) -> None:
    """Add the share of time for which people are covered whom the network serves without load."""
    world, coverage = replication.world, replication.coverage
    assert coverage is not None
    covered_share = replication.records["covered"]["covered_share"]
    n_networks, n_squares = covered_share.shape
    is_served = coverage.cell_idx[:, :, 0] >= 0
    people = np.where(is_served, world.population.astype(np.float64), 0.0)
    crossing = Crossing.of(world.network_names, world.provinces.code)
    network_idx = np.repeat(np.arange(n_networks), n_squares)
    province_idx = np.tile(world.grid.province_idx.astype(np.int64), n_networks)
    sums = {
        "n_covered": crossing.sums(network_idx, province_idx, (people * covered_share).ravel()),
        "n_served": crossing.sums(network_idx, province_idx, people.ravel()),
    }
    rows.add(MEASURES, sums, {"network": crossing.first_names, "province": crossing.second_names})


def _broken(replication: Replication) -> Iterator[str]:
    """Compare noise rise, power, codes and channel elements with their limits, and refusals with their causes."""
    records, cells = replication.records, replication.records["radio_cells"]
    if not cells:
        return
    wcdma, room = replication.scenario.radio.wcdma, 1.0 + RELATIVE_ROUNDING
    limit_w = greatest_power_w(replication.scenario, replication.world)
    limits = (
        ("noise rise", "noise_rise_db", "noise_rise_max_db", np.asarray(wcdma.uplink_cap_db)),
        ("power", "power_w", "power_max_w", limit_w),
    )
    for name, mean, greatest, limit in limits:
        tiny = limit * RELATIVE_ROUNDING  # a cell in which nobody talks has a mean about 0
        is_sound = (cells[mean] >= -tiny) & (cells[mean] <= cells[greatest] * room + tiny)
        if not np.all(is_sound):
            yield f"the mean {name} of a cell is below 0 or above its greatest"
        if not np.all(cells[greatest] <= limit * room):
            yield f"the greatest {name} of a cell is above its limit"
    busy: Columns = {"codes": cells["codes_busy"], **records["radio_sites"]}
    most = {"codes": wcdma.code_capacity, "channel_elements_busy": wcdma.n_channel_elements}
    for name, number in busy.items():
        if not np.all((number >= 0.0) & (number <= most[name] * room)):
            yield f"the mean number of {name} is below 0 or above all"
    counts = [column for name, column in cells.items() if name.startswith("n_")]
    if any(np.any(count < 0) for count in counts):
        yield "a cell counts fewer than 0 phones refused or shed"
    causes = np.sum([cells[name] for name in _BLOCKED], axis=0)
    of_cells = records["cells"]
    if np.any(causes > of_cells["refusals_originating"] + of_cells["refusals_terminating"]):
        yield "a cell counts more causes of refusals than refusals"
    share = records["covered"].get("covered_share")
    if share is None or not np.all((share >= 0.0) & (share <= room)):
        yield "a square is covered for less than none or more than all of the time"


SOFT_CAPACITY = Subject(
    measures=MEASURES,
    in_scenario=has_soft_capacity,
    measured=_measured,
    invariants=(
        "soft capacity: mean <= greatest <= limit of noise rise and power; codes and channel elements within their "
        "number; refusals >= sum of their causes; squares covered for 0 to all of the time",
    ),
    broken=_broken,
)
