"""Calls to the emergency number, by network and province of the caller."""

from sim.runs.measures.display import Printed
from sim.runs.measures.measure import PERCENT, Crossing, Line, Measure, MeasureRows
from sim.runs.measures.subject import Replication, Subject
from sim.tables import Columns
from sim.tables.columns import counted, proportion

_BY = ("network", "province")

MEASURES = (
    Measure(
        "emergency.attempts", "1", _BY, "attempts to call the emergency number begun in the window, redials included",
        counted("emergency_attempts"), Line("attempts"),
    ),
    Measure(
        "emergency.no_coverage_share", "1", _BY, "share of them whose caller no network serves that may be used",
        proportion("emergency_no_coverage", "emergency_attempts"), Line("without cover [%]", "{:.2f}", PERCENT),
    ),
)  # fmt: skip


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:
    world, found = replication.world, replication.records["emergency"]
    crossing = Crossing.of(world.network_names, world.provinces.code)
    n_networks = len(world.network_names)  # nobody at a fixed line needs a network
    sums = {
        f"emergency_{name}": crossing.with_margins(found[f"n_{name}"][:n_networks])
        for name in ("attempts", "no_coverage")
    }
    rows.add(MEASURES, sums, {"network": crossing.first_names, "province": crossing.second_names})
    return {}


EMERGENCY_CALLS = Subject(
    measures=MEASURES,
    in_scenario=lambda scenario: scenario.traffic.voice.emergency_share > 0.0,
    measured=_measured,
    printed=Printed("Emergency calls"),
)
