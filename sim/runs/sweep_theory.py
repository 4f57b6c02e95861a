"""Where a closed formula knows the answer of a sweep's runs: Erlang's cell."""

import numpy as np
import pyarrow as pa

from sim.runs.parquet import arrow_table
from sim.runs.sweep_plan import Plan, load_planned
from sim.scenario.schema import Scenario
from sim.stats.theory import erlang_b
from sim.tables import SWEEP_THEORY, Columns

FORMULA = "Erlang B"


def theory_table(plan: Plan) -> pa.Table | None:
    """
    Return what Erlang's formula says of the runs of a sweep.

    Table `sim.tables.SWEEP_THEORY`; None where the formula does not apply to the first run.
    """
    points: list[int] = []
    names: list[str] = []
    values: list[float] = []
    for point, run in enumerate(plan.runs):
        known = erlang_measures(load_planned(run.base, run.settings).scenario)
        if not known and point == 0:
            return None
        for name in plan.sweep.measures:
            if name in known:
                points.append(point)
                names.append(name)
                values.append(known[name])
    columns: Columns = {
        "point": np.array(points, np.int32),
        "measure": np.array(names, "U64"),
        "value": np.array(values, np.float64),
    }
    return arrow_table(SWEEP_THEORY, columns, formula=FORMULA)


def erlang_measures(scenario: Scenario) -> dict[str, float]:
    """
    Return the measures that Erlang's formula knows of a scenario.

    Values by measure; empty unless the scenario is one cell with Poisson calls and nothing else.
    """
    sites = [(network, site) for network in scenario.networks for site in network.sites]
    sources = scenario.traffic.sources
    is_alone = (
        len(sites) == 1
        and bool(sources)
        and all(
            n.n_subscribers == 0 and n.n_sites == 0 and not n.sites_file for n in scenario.networks
        )
        and scenario.fixed.source == "none"
        and str(scenario.radio.capacity) == "channels"
        and not scenario.extensions
    )
    if not is_alone:
        return {}
    network, site = sites[0]
    n_sectors = site.n_sectors or network.equipment.n_sectors
    if n_sectors != 1 or any(tuple(source.cells) != (site.name,) for source in sources):
        return {}
    offered_erl = sum(source.offered_erl for source in sources)
    blocking = erlang_b(offered_erl, site.n_channels or network.equipment.n_channels)
    return {
        "voice.blocking": blocking,
        "voice.leg_blocking": blocking,
        "voice.carried_erl": offered_erl * (1.0 - blocking),
    }
