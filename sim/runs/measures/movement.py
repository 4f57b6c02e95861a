"""Phones on their way: handovers, the cells between which they go, and how far people move in a call."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from sim.runs.measures.display import Printed
from sim.runs.measures.histogram import Histogram
from sim.runs.measures.measure import PERCENT, Line, Measure, MeasureRows
from sim.runs.measures.reduction import reduced
from sim.runs.measures.subject import Finished, Part, Replication, Rows, Subject
from sim.runs.measures.sums import Sums
from sim.runs.measures.window import group_sums
from sim.scenario.schema import Scenario
from sim.tables import ALL, BEST, CELL_PAIRS, DONE, KEPT_HANDOVERS, Columns
from sim.tables.columns import counted, proportion, ratio
from sim.tables.movement import HARD
from sim.world.build import World

_RECORD = "handovers"
_NETWORK = ("network",)
_OF_A_FLOW = 2  # in place of a side of a call
_KINDS = ("channel", "added", "replaced", "best")

MEASURES = (
    Measure(
        "handover.attempts", "1", _NETWORK,
        "channels, or further legs, for which phones on their way asked in the window", counted("attempts"),
        Line("handovers asked for"),
    ),
    Measure(
        "handover.failure", "1", _NETWORK, "share of them that was refused", proportion("failures", "attempts"),
        Line("refused [%]", "{:.3f}", PERCENT),
    ),
    Measure(
        "handover.per_call", "1", _NETWORK,
        "handovers of calls that were made / phones that new calls connected, those that stay put included",
        ratio("made", "connected"), Line("made, for each phone", "{:.3f}"),
    ),
    Measure(
        "handover.best_changes_per_call", "1", _NETWORK,
        "changes of the best cell of phones of calls / phones that new calls connected",
        ratio("call_changes", "connected"),
    ),
    Measure(
        "handover.legs", "1", _NETWORK,
        "with `radio.capacity: wcdma`: legs of a phone of a call or bearer, mean over time",
        ratio("legs_erl", "phones_erl"), Line("legs of a phone", "{:.3f}"),
    ),
    Measure(
        "movement.dropped", "1", (),
        "calls and flows that ended since their best cell could not be had / phones on their way",
        ratio("n_dropped", "n_movers"), Line("lost on the way [%]", "{:.3f}", PERCENT),
    ),
    Measure(
        "movement.mean_displacement_m", "m", (),
        "from where a phone on its way set out to where its call ended, as the crow flies, mean",
        ratio("moved_m", "n_movers"), Line("displacement [m]", "{:,.0f}"),
    ),
    Measure(
        "movement.steps", "1", (), "squares, or cells, into which a phone on its way came, mean",
        ratio("n_steps", "n_movers"),
    ),
)  # fmt: skip


def _counted(columns: Columns) -> dict[str, np.ndarray]:
    """Return which handovers were asked for, refused and made, and which are changes of the best cell."""
    is_change = columns["kind"] == BEST
    is_refused = columns["refusal"] != DONE
    is_of_call = columns["side"] < _OF_A_FLOW
    is_changed = is_change | ((columns["kind"] == HARD) & ~is_refused)
    return {
        "attempts": ~is_change,
        "failures": ~is_change & is_refused,
        "made": ~is_change & ~is_refused & is_of_call,
        "changes": is_changed,
        "call_changes": is_changed & is_of_call,
    }


def _summed(rows: Rows) -> Sums:
    """Return the handovers of the window by network, and by pair of cells."""
    columns, world = rows.columns, rows.world
    is_measured = (columns["time_s"] >= 0.0) & (columns["time_s"] < rows.window_s)
    columns = {name: column[is_measured] for name, column in columns.items()}
    network = world.cells.network_idx[columns["from_idx"]].astype(np.int64)
    counts = {name: values.astype(np.float64) for name, values in _counted(columns).items()}
    by_network = {}
    for name, values in counts.items():
        sums = group_sums(network, len(world.network_names), values)
        by_network[name] = np.append(sums, sums.sum())
    pair = columns["from_idx"].astype(np.int64) * len(world.cells) + columns["to_idx"]
    return Sums(by_network, {"pairs": Histogram.of(pair, np.ones(len(pair)), counts)})


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:
    """Add the measures of a replication, and return what it keeps of pairs of cells."""
    records, world = replication.records, replication.world
    sums = replication.added_up(_RECORD, _summed)
    by_network = {**sums.columns, **_phones(replication)}
    rows.add(MEASURES, by_network, {"network": np.array([*world.network_names, ALL])})
    rows.add(MEASURES, records["movement"], {})
    pairs = sums.histograms["pairs"]
    from_idx, to_idx = np.divmod(pairs.groups, len(world.cells))
    return {CELL_PAIRS.name: {"from_idx": from_idx, "to_idx": to_idx, **pairs.sums}}


def _phones(replication: Replication) -> Columns:
    """Return phones that new calls connected, and with soft capacity legs and phones in mean, by network and in all."""
    records, world = replication.records, replication.world
    cells = records["cells"]
    columns = {"connected": cells["seizures_originating"] + cells["seizures_terminating"]}
    if radio := records["radio_cells"]:
        data = records["data_cells"]
        phones_erl = cells["busy_erl"] + (data["bearer_erl"] if data else 0.0)
        columns["phones_erl"] = phones_erl
        columns["legs_erl"] = phones_erl + radio["further_legs_erl"]
    found = {}
    for name, values in columns.items():
        sums = group_sums(
            world.cells.network_idx.astype(np.int64), len(world.network_names), values
        )
        found[name] = np.append(sums, sums.sum())
    return found


def _broken_rows(rows: Rows) -> Iterator[str]:
    """Iterate over what contradicts itself in some handovers."""
    handovers = rows.columns
    if np.any(handovers["from_idx"] < 0) or np.any(handovers["from_idx"] == handovers["to_idx"]):
        yield "a handover is from no cell, or to the cell that the phone has"


def _broken(replication: Replication) -> Iterator[str]:
    """Compare phones lost on their way with those on it."""
    totals = replication.records["movement"]
    if totals and np.any(totals["n_movers"] < totals["n_dropped"]):
        yield "more phones were lost on their way than there were"


def _published(run: Finished) -> dict[str, pa.Table]:
    """Return the flows between cells, the means over all replications."""
    kept, names = run.kept[CELL_PAIRS.name], run.world.cells.name
    n_cells = len(names)
    keys = [(one["from_idx"] * n_cells + one["to_idx"]).astype(np.int64) for one in kept]
    every = np.unique(np.concatenate(keys))
    if not len(every):
        return {}
    dense = []
    for key, one in zip(keys, kept, strict=True):
        at = np.searchsorted(every, key)
        columns = {}
        for name in ("attempts", "failures", "changes"):
            columns[name] = np.zeros(len(every))
            columns[name][at] = one[name]
        dense.append(columns)
    cell_names = np.asarray(names)
    given = {"from_cell": cell_names[every // n_cells], "to_cell": cell_names[every % n_cells]}
    return {CELL_PAIRS.name: reduced(CELL_PAIRS, given, dense)}


def _names(scenario: Scenario, world: World) -> dict[str, Sequence[str]]:  # noqa: ARG001
    return {"kind": _KINDS}


MOVEMENT = Subject(
    measures=MEASURES,
    in_scenario=lambda scenario: scenario.traffic.is_moving,
    measured=_measured,
    parts=(Part(_RECORD, KEPT_HANDOVERS, _names, _summed, _broken_rows),),
    invariants=(
        "movement: a handover is from the cell of a phone to another one; phones lost on their way <= phones on it",
    ),
    broken=_broken,
    published=_published,
    printed=Printed("Phones on their way"),
)
