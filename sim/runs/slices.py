"""Rows that leave memory while a replication goes on: checked, added up, thinned to those that files keep."""

from dataclasses import dataclass, field
from functools import partial

from sim.network.loop import OnRows
from sim.runs.measures.subject import Earlier, Rows
from sim.runs.measures.subjects import ROW_PARTS, take_rows
from sim.runs.replication_tables import rows_to_keep
from sim.scenario.schema import Scenario
from sim.tables import Columns
from sim.units import hours_to_seconds
from sim.world.build import World


@dataclass(frozen=True)
class Slices:
    """Who reads the rows of a replication, slice by slice."""

    scenario: Scenario  # scenario
    world: World  # world
    replication: int  # number of the replication, from 1
    keeps_rows: bool = field(kw_only=True)  # whether files will keep any
    earlier: dict[str, Earlier] = field(default_factory=dict)  # what is known of them, by table

    def readers(self) -> OnRows:
        """Return who takes the rows of each table."""
        return {record: partial(self._take, record) for record in ROW_PARTS}

    def _take(self, record: str, columns: Columns) -> None:
        earlier = self.earlier.setdefault(record, Earlier())
        window_s = hours_to_seconds(self.scenario.run.duration_h)
        take_rows(Rows(record, self.scenario, self.world, window_s, columns), earlier)
        if self.keeps_rows:
            earlier.kept.append(rows_to_keep(self.scenario, columns, self.replication))
