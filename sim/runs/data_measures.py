"""Measures of data flows, and the tables of groups of flows and of cells."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from sim.network.records import Records
from sim.runs.flow_groups import SERVICES, FlowGroups
from sim.runs.parquet import Columns, arrow_table
from sim.runs.rows import ALL, Crossing, MeasureRows
from sim.runs.server_tables import with_ends
from sim.runs.throughput import Ratio, Speeds, throughput_ratios
from sim.runs.window import group_sums
from sim.stats.intervals import ratio_intervals
from sim.tables import CUT, DATA, FLOW_OUTCOMES, REFUSED, THROUGHPUTS
from sim.world.build import World

_IS_REFUSED = np.isin(np.arange(len(FLOW_OUTCOMES)), REFUSED)
_IS_CUT = np.isin(np.arange(len(FLOW_OUTCOMES)), CUT)


def add_data_measures(rows: MeasureRows, groups: FlowGroups, flows: Columns) -> None:
    """
    Add the measures of data by network and province, and by network and service.

    Parameters
    ----------
    rows : MeasureRows
        Rows; added to.
    groups : FlowGroups
        Groups.
    flows : dict of str to (flow,) ndarray
        Flows that count, from `flows_of_window`.
    """
    for second, names in (("province", groups.provinces), ("service", SERVICES)):
        crossing = Crossing.of(groups.networks, names)
        kept = np.ones(len(crossing.first_names), np.bool_)
        if second == "service":  # those of all services stand by province already
            kept = crossing.second_names != ALL
        axes: dict[str, ArrayLike] = {
            "network": crossing.first_names[kept],
            second: crossing.second_names[kept],
        }
        sums = flow_sums(flows, crossing, f"{second}_idx")
        for measure, (above, below) in _ratios(sums).items():
            of_row = np.broadcast_to(below, above.shape)[kept]
            rows.add(f"data.{measure}", above[kept], of_row, axes, service=ALL)


def flow_sums(flows: Columns, crossing: Crossing, second: str) -> Columns:
    """
    Return what flows asked for and got, in each crossing of networks with another axis.

    Parameters
    ----------
    flows : dict of str to (flow,) ndarray
        Flows that count.
    crossing : Crossing
        Names of the groups.
    second : str
        Column with the groups of the second axis; throughputs are of received flows, but for `service_idx`, where
        those that are sent stand apart.

    Returns
    -------
    dict of str to (row,) ndarray of float64
        Counts `sessions`, `flows`, `refused`, `cut`, `admitted` and of each outcome; `requested_bit`, `carried_bit`;
        `above_` and `below_` before the throughputs: numerators and denominators.
    """
    network, other = flows["network_idx"], flows[second]
    counts = crossing.counts(network, other, flows["outcome"], len(FLOW_OUTCOMES))
    columns: Columns = dict(zip(FLOW_OUTCOMES, counts, strict=True))
    columns["sessions"] = crossing.sums(network, other, flows["page"] == 0)
    columns["flows"] = counts.sum(axis=0)
    columns["refused"] = counts[_IS_REFUSED].sum(axis=0)
    columns["cut"] = counts[_IS_CUT].sum(axis=0)
    columns["admitted"] = columns["flows"] - columns["refused"]
    for name, column in (("requested_bit", "size_bit"), ("carried_bit", "carried_bit")):
        columns[name] = crossing.sums(network, other, flows[column])
    is_counted = flows["is_up"] == 0
    if second == "service_idx":
        is_counted = np.ones(len(network), np.bool_)
    speeds = Speeds.of(flows, is_counted, ("network_idx", second))
    for name, ratio in throughput_ratios(speeds, crossing, "network_idx", second).items():
        columns[f"above_{name}"], columns[f"below_{name}"] = ratio
    return columns


def _ratios(sums: Columns) -> dict[str, Ratio]:
    """Return what stands above and below the line of each measure."""
    one = np.ones(1)
    return {
        "sessions": (sums["sessions"], one),
        "flows": (sums["flows"], one),
        **{name: (sums[f"above_{name}"], sums[f"below_{name}"]) for name, _ in THROUGHPUTS},
        "requested_bit": (sums["requested_bit"], one),
        "carried_bit": (sums["carried_bit"], one),
        "blocked_share": (sums["refused"], sums["flows"]),
        "cut_share": (sums["cut"], sums["admitted"]),
    }


def sums_of_tables(groups: FlowGroups, flows: Columns) -> Columns:
    """
    Return what a replication gives to the table of flows.

    Parameters
    ----------
    groups : FlowGroups
        Groups.
    flows : dict of str to (flow,) ndarray
        Flows that count.

    Returns
    -------
    dict of str to (row,) ndarray of float64
        Sums of `flow_sums`: networks by provinces, then by devices, then by hours, with all of either; networks alone
        stand once.
    """
    blocks = []
    for axis, crossing in groups.tables:
        sums = flow_sums(flows, crossing, f"{axis}_idx")
        kept = _is_kept(axis, crossing)
        blocks.append({name: column[kept] for name, column in sums.items()})
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _is_kept(axis: str, crossing: Crossing) -> NDArray[np.bool_]:
    return np.asarray((crossing.second_names != ALL) | (axis == "province"))


def data_table(groups: FlowGroups, sums: Sequence[Columns]) -> pa.Table:
    """
    Return groups of flows over all replications.

    Parameters
    ----------
    groups : FlowGroups
        Groups.
    sums : sequence of dict of str to (row,) ndarray
        Sums of each replication, from `sums_of_tables`.

    Returns
    -------
    pa.Table
        Table `sim.tables.DATA`.
    """

    def _stacked(name: str) -> NDArray[np.float64]:
        return np.stack([one[name] for one in sums])

    keys: dict[str, list[NDArray[np.str_]]] = {"network": []}
    for axis, crossing in groups.tables:
        kept = _is_kept(axis, crossing)
        keys["network"].append(crossing.first_names[kept])
        for other in ("province", "device", "hour"):
            names = crossing.second_names[kept] if other == axis else np.full(kept.sum(), ALL)
            keys.setdefault(other, []).append(names)
    columns: Columns = {key: np.concatenate(parts) for key, parts in keys.items()}
    for name in ("sessions", "flows", *FLOW_OUTCOMES, "requested_bit", "carried_bit"):
        columns[name] = _stacked(name).mean(axis=0)
    columns |= with_ends("blocked_share", ratio_intervals(_stacked("refused"), _stacked("flows")))
    columns |= with_ends("cut_share", ratio_intervals(_stacked("cut"), _stacked("admitted")))
    for name, _ in THROUGHPUTS:
        ratio = ratio_intervals(_stacked(f"above_{name}"), _stacked(f"below_{name}"))
        columns |= with_ends(name, ratio)
    return arrow_table(DATA, columns)


def data_of_cells(world: World, records: Records, flows: Columns) -> Columns:
    """
    Return what data add to the records of the cells.

    Parameters
    ----------
    world : World
        Cells.
    records : Records
        Records of a replication.
    flows : dict of str to (flow,) ndarray
        Flows that count.

    Returns
    -------
    dict of str to (cell,) ndarray of float64
        `Records.data_cells` but for messages; `n_flows_refused` and `n_flows_cut`; `received_bit` and `received_s` of
        the completed flows received whose first-ranked cell it is; `carried_bps`: bits over HSDPA and bearers by
        length of the window; `active_s`: time in which HSDPA serves a flow.
    """
    n, of_cells = len(world.cells), records.data_cells
    columns: Columns = {
        name: column.astype(np.float64)
        for name, column in of_cells.items()
        if "signalling" not in name
    }
    place = np.where(flows["cell_idx"] < 0, n, flows["cell_idx"])  # the last for flows without one
    outcome = flows["outcome"]
    columns["n_flows_refused"] = group_sums(place, n + 1, _IS_REFUSED[outcome])[:n]
    columns["n_flows_cut"] = group_sums(place, n + 1, _IS_CUT[outcome])[:n]
    speeds = Speeds.of(flows | {"place": place}, flows["is_up"] == 0, ("place",))
    columns["received_bit"] = group_sums(speeds.groups["place"], n + 1, speeds.size_bit)[:n]
    columns["received_s"] = group_sums(speeds.groups["place"], n + 1, speeds.duration_s)[:n]
    columns["carried_bps"] = (columns["hsdpa_bit"] + columns["bearer_bit"]) / records.window_s
    columns["active_s"] = columns["hsdpa_active_share"] * records.window_s
    return columns
