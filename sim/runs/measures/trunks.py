"""Trunk groups: circuits in use and refused."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from sim.runs.measures.cells import broken_loads
from sim.runs.measures.display import Printed
from sim.runs.measures.measure import PERCENT, Line, Measure, MeasureRows
from sim.runs.measures.reduction import reduced
from sim.runs.measures.subject import Finished, Kept, Replication, Subject, as_floats
from sim.tables import ALL, TRUNKS, Columns
from sim.tables.columns import proportion
from sim.world.build import World

MEASURES = (
    Measure(
        "trunk.blocking", "1", ("trunk",), "calls refused a circuit / (seizures + refusals)",
        proportion("refusals", "bids"), Line("blocking [%]", "{:.3f}", PERCENT),
    ),
)  # fmt: skip


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:
    kept = as_floats(replication.records["trunks"])
    kept["bids"] = kept["refusals"] + kept["seizures"]
    names = replication.world.exchanges.trunks.name
    if names:
        sums = {name: np.append(kept[name], kept[name].sum()) for name in ("refusals", "bids")}
        rows.add(MEASURES, sums, {"trunk": np.asarray((*names, ALL))})
    return {"trunks": kept}


def _broken(replication: Replication) -> Iterator[str]:
    world, records = replication.world, replication.records
    most = world.exchanges.trunks.n_circuits
    if records["servers"]:
        most = records["servers"]["n_most"][len(world.cells) :]
    yield from broken_loads("trunk group", records["trunks"], most)


def trunks_table(world: World, kept: Kept) -> pa.Table:
    """Return each trunk group over all replications."""
    names, groups = np.asarray(world.exchanges.name, np.str_), world.exchanges.trunks
    given: Columns = {
        "trunk_group": np.asarray(groups.name, np.str_),
        "from_network": names[groups.a],
        "to_network": names[groups.b],
        "n_circuits": groups.n_circuits,
    }
    return reduced(TRUNKS, given, kept["trunks"])


def _published(run: Finished) -> dict[str, pa.Table]:
    return {"trunks": trunks_table(run.world, run.kept)}


TRUNK_GROUPS = Subject(
    measures=MEASURES,
    measured=_measured,
    broken=_broken,
    published=_published,
    printed=Printed("Trunk groups", most=8),
)
