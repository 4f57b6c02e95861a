"""Over all replications: what was asked of each cell, site and trunk group."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from sim.radio.cell_reach import effective_radius_km, site_area_km2
from sim.radio.coverage import Coverage
from sim.runs.parquet import Columns, arrow_table
from sim.runs.server_measures import leg_counts
from sim.runs.window import group_sums
from sim.stats.intervals import Intervals, mean_intervals, ratio_intervals
from sim.tables import (
    CELLS,
    DATA_OF_CELLS,
    SHED_AND_REFUSED,
    SITE_PLACES,
    SITES,
    SOFT_OF_CELLS,
    TRUNKS,
)
from sim.world.build import World

_COUNTS = (
    "seizures_originating",
    "refusals_originating",
    "seizures_terminating",
    "refusals_terminating",
)


def _stacked(replications: Sequence[Columns], name: str) -> NDArray[np.float64]:
    """Return a column of every replication, (replication, item)."""
    return np.stack([columns[name].astype(np.float64) for columns in replications])


def with_ends(name: str, estimate: Intervals) -> Columns:
    """
    Return an estimate and its interval as columns of a table.

    Parameters
    ----------
    name : str
        Name of the column.
    estimate : Intervals
        Estimates, (item,).

    Returns
    -------
    dict of str to (item,) ndarray of float64
        Columns `name`, `name_low` and `name_high`.
    """
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def share(part: ArrayLike, whole: ArrayLike) -> NDArray[np.float64]:
    """
    Return shares.

    Parameters
    ----------
    part, whole : array_like of float
        What is divided, and by what.

    Returns
    -------
    ndarray of float64
        Quotients, NaN where the whole is 0. [1]
    """
    whole_ = np.asarray(whole, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole_ > 0.0, np.asarray(part, np.float64) / whole_, np.nan)


def _leg_columns(legs: Sequence[Columns], n_channels: NDArray[np.integer]) -> Columns:
    """Return the columns that cells and sites share."""
    columns: Columns = {name: _stacked(legs, name).mean(axis=0) for name in _COUNTS}
    refusals, bids = zip(*(leg_counts(replication) for replication in legs), strict=True)
    columns |= with_ends("leg_blocking", ratio_intervals(np.stack(refusals), np.stack(bids)))
    carried = mean_intervals(_stacked(legs, "busy_erl"))
    columns |= with_ends("carried_erl", carried)
    columns["utilisation"] = share(carried.value, n_channels)
    return columns


def cells_table(world: World, cells: Sequence[Columns]) -> pa.Table:
    """
    Return each cell over all replications.

    Parameters
    ----------
    world : World
        World.
    cells : sequence of dict of str to (cell,) ndarray
        Cells of each replication, as in `ReplicationTables`.

    Returns
    -------
    pa.Table
        Table `sim.tables.CELLS`.
    """
    site_idx = world.cells.site_idx
    attempts = _stacked(cells, "attempts")
    columns: Columns = {
        "cell_idx": np.arange(len(world.cells), dtype=np.int32),
        "cell": np.asarray(world.cells.name, np.str_),
        "site": np.asarray(world.sites.name, np.str_)[site_idx],
        "network": np.asarray(world.network_names)[world.cells.network_idx],
        "province": np.asarray(world.provinces.code)[world.sites.province_idx[site_idx]],
        "n_channels": world.cells.n_channels,
        "azimuth_deg": world.cells.azimuth_deg,
        "offered_erl": _stacked(cells, "offered_erl").mean(axis=0),
    }
    columns |= with_ends("attempts", mean_intervals(attempts))
    columns |= with_ends("blocking", ratio_intervals(_stacked(cells, "blocked"), attempts))
    columns |= with_ends("all_busy_share", mean_intervals(_stacked(cells, "all_busy_share")))
    columns |= _leg_columns(cells, world.cells.n_channels) | _soft_columns(cells)
    columns |= _data_columns(cells)
    return arrow_table(CELLS, columns)


def _soft_columns(cells: Sequence[Columns]) -> Columns:
    """Return the columns of soft capacity, NaN where cells have channels; they replace some of the others."""
    unknown = np.full(len(cells[0]["busy_erl"]), np.nan)
    if "power_w" not in cells[0]:
        return dict.fromkeys((column.name for column in SOFT_OF_CELLS), unknown)
    columns: Columns = {}
    for name in ("noise_rise_db", "power_w"):
        columns |= with_ends(name, mean_intervals(_stacked(cells, name)))
    for name in ("noise_rise_max_db", "power_max_w"):
        columns[name] = _stacked(cells, name).max(axis=0)
    for name in ("power_limit_w", "codes_busy", "further_legs_erl"):
        columns[name] = _stacked(cells, name).mean(axis=0)
    for name, _ in SHED_AND_REFUSED:
        columns[name] = _stacked(cells, f"n_{name}").mean(axis=0)
    columns["utilisation"] = share(columns["power_w"], columns["power_limit_w"])
    return columns


def _data_columns(cells: Sequence[Columns]) -> Columns:
    """Return the columns of data and of messages, NaN where there are none."""
    unknown = np.full(len(cells[0]["busy_erl"]), np.nan)
    columns: Columns = dict.fromkeys((column.name for column in DATA_OF_CELLS), unknown)

    def _mean(name: str) -> NDArray[np.float64]:
        return np.asarray(_stacked(cells, name).mean(axis=0), np.float64)

    if "received_bit" in cells[0]:
        for name, record in (
            ("hsdpa_active_share", "hsdpa_active_share"),
            ("hsdpa_power_w", "hsdpa_power_w"),
            ("cell_throughput_bps", "carried_bps"),
        ):
            columns |= with_ends(name, mean_intervals(_stacked(cells, record)))
        for name, above, below in (
            ("busy_throughput_bps", "hsdpa_bit", "active_s"),
            ("user_throughput_bps", "received_bit", "received_s"),
        ):
            ratio = ratio_intervals(_stacked(cells, above), _stacked(cells, below))
            columns |= with_ends(name, ratio)
        columns |= {name: _mean(name) for name in ("hsdpa_flows", "bearer_erl")}
        columns |= {name: _mean(f"n_{name}") for name in ("flows_refused", "flows_cut")}
    if "signalling_busy" in cells[0]:
        columns["signalling_busy"] = _mean("signalling_busy")
        columns["signalling_refused"] = _mean("n_signalling_refused")
    return columns


def _site_places(world: World, coverage: Coverage) -> Columns:
    sites, n_sites, site_idx = world.sites, len(world.sites), world.cells.site_idx
    served_km2 = site_area_km2(coverage, world)
    return {
        "site_idx": np.arange(n_sites, dtype=np.int32),
        "site": np.asarray(sites.name, np.str_),
        "network": np.asarray(world.network_names)[sites.network_idx],
        "province": np.asarray(world.provinces.code)[sites.province_idx],
        "x_m": sites.x_m,
        "y_m": sites.y_m,
        "longitude_deg": sites.longitude_deg,
        "latitude_deg": sites.latitude_deg,
        "antenna_height_m": sites.antenna_height_m,
        "n_cells": np.bincount(site_idx, minlength=n_sites).astype(np.int32),
        "n_channels": group_sums(site_idx, n_sites, world.cells.n_channels).astype(np.int32),
        "served_km2": served_km2,
        "distance_km": effective_radius_km(served_km2),
    }


def site_places_table(world: World, coverage: Coverage) -> pa.Table:
    """
    Return where each site is, and how much it serves.

    Parameters
    ----------
    world : World
        World.
    coverage : Coverage
        Its coverage.

    Returns
    -------
    pa.Table
        Table `sim.tables.SITE_PLACES`.
    """
    return arrow_table(SITE_PLACES, _site_places(world, coverage))


def sites_table(
    world: World, coverage: Coverage, cells: Sequence[Columns], sites: Sequence[Columns] = ()
) -> pa.Table:
    """
    Return each site over all replications.

    Parameters
    ----------
    world : World
        World.
    coverage : Coverage
        Its coverage.
    cells : sequence of dict of str to (cell,) ndarray
        Cells of each replication, as in `ReplicationTables`.
    sites : sequence of dict of str to (site,) ndarray, optional
        Sites of each replication, likewise; empty where cells have channels.

    Returns
    -------
    pa.Table
        Table `sim.tables.SITES`.
    """
    columns = _site_places(world, coverage)
    legs: list[Columns] = [
        {
            name: group_sums(world.cells.site_idx, len(world.sites), replication[name])
            for name in (*_COUNTS, "busy_erl")
        }
        for replication in cells
    ]
    columns |= _leg_columns(legs, columns["n_channels"])
    columns["channel_elements_busy"] = np.full(len(world.sites), np.nan)
    if sites and sites[0]:
        columns["channel_elements_busy"] = _stacked(sites, "channel_elements_busy").mean(axis=0)
        power_w, limit_w = (
            group_sums(world.cells.site_idx, len(world.sites), _stacked(cells, name).mean(axis=0))
            for name in ("power_w", "power_limit_w")
        )
        columns["utilisation"] = share(power_w, limit_w)
    return arrow_table(SITES, columns)


def trunks_table(world: World, trunks: Sequence[Columns]) -> pa.Table:
    """
    Return each trunk group over all replications.

    Parameters
    ----------
    world : World
        World.
    trunks : sequence of dict of str to (group,) ndarray
        Trunk groups of each replication, as in `ReplicationTables`.

    Returns
    -------
    pa.Table
        Table `sim.tables.TRUNKS`.
    """
    names, groups = np.asarray(world.exchanges.name, np.str_), world.exchanges.trunks
    refusals, seizures = _stacked(trunks, "refusals"), _stacked(trunks, "seizures")
    columns: Columns = {
        "trunk_group": np.asarray(groups.name, np.str_),
        "from_network": names[groups.a],
        "to_network": names[groups.b],
        "n_circuits": groups.n_circuits,
        "seizures": seizures.mean(axis=0),
        "refusals": refusals.mean(axis=0),
    }
    columns |= with_ends("blocking", ratio_intervals(refusals, seizures + refusals))
    columns |= with_ends("carried_erl", mean_intervals(_stacked(trunks, "busy_erl")))
    columns |= with_ends("all_busy_share", mean_intervals(_stacked(trunks, "all_busy_share")))
    return arrow_table(TRUNKS, columns)
