"""What a subject of runs is: what it measures, keeps, checks, publishes and prints of a replication."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

from sim.network.records import Records
from sim.radio.coverage import Coverage
from sim.runs.measures.display import Printed
from sim.runs.measures.measure import Measure, MeasureRows
from sim.runs.measures.window import Window, measured_window
from sim.scenario.schema import Scenario
from sim.tables import Columns, Table
from sim.world.build import World

RELATIVE_ROUNDING = 1e-9
"""Room for the rounding of sums taken in another order, and of rates times time. [1]"""

Kept = Mapping[str, Sequence[Columns]]
"""Columns of all replications by table."""


@dataclass(frozen=True)
class Rows:
    """Part of the attempts of a replication."""

    scenario: Scenario  # scenario
    world: World  # world
    window_s: float  # length of the measured window [s]
    attempts: Columns  # columns of `sim.tables.ATTEMPTS`

    @cached_property
    def window(self) -> Window:
        """What counts of the attempts."""
        return measured_window(self.attempts, self.window_s, len(self.world.network_names))


Summed = Callable[[Rows], Columns]
"""What of some rows adds up to that of all rows."""


@dataclass
class Earlier:
    """What is known of rows that are no longer kept."""

    n_rows: int = 0  # attempts
    # and kept: their sums, by who makes them, and those that files keep, as they came
    sums: dict[Summed, Columns] = field(default_factory=dict)
    kept: list[Columns] = field(default_factory=list)


@dataclass(frozen=True)
class Replication:
    """A replication that has ended, and what it ran on."""

    number: int  # number, from 1
    scenario: Scenario  # scenario
    world: World  # world
    coverage: Coverage | None  # who is served without load, where that is known
    records: Records  # what happened, but for rows that are known as sums only
    earlier: Earlier = field(default_factory=Earlier)
    _added: dict[Summed, Columns] = field(default_factory=dict)

    @cached_property
    def rows(self) -> Rows:
        """Return the attempts that are still kept."""
        records = self.records
        return Rows(self.scenario, self.world, records.window_s, records["attempts"])

    @property
    def n_attempts(self) -> int:
        """Return how many attempts there were, warm-up included."""
        return self.earlier.n_rows + len(self.records["attempts"]["time_s"])

    def added_up(self, summed: Summed) -> Columns:
        """Return sums over all rows."""
        if summed not in self._added:
            self._added[summed] = added(self.earlier.sums.get(summed, {}), summed(self.rows))
        return self._added[summed]


def added(one: Columns, two: Columns) -> Columns:
    """Return the sums over two groups of rows; no sums stand for no rows."""
    return {name: one[name] + column for name, column in two.items()} if one else two


@dataclass(frozen=True)
class Part:
    """Records whose rows files keep: a sample, all or none, in parts."""

    record: str  # key in `sim.tables.RECORDS`
    table: Table  # table as files keep it
    # of a scenario and its world: the names behind indices, by column
    names: Callable[[Scenario, World], dict[str, Sequence[str]]]
    # of a world and rows: further columns that files alone have
    more: Callable[[World, Columns], Columns] = lambda _world, _rows: {}


@dataclass(frozen=True)
class Finished:
    """A run of which every replication is finished."""

    scenario: Scenario  # scenario
    world: World  # world
    coverage: Coverage  # its coverage
    kept: Kept  # what subjects kept of each replication, by table


@dataclass(frozen=True)
class Subject:
    """A subject of runs; keeping, publishing, checking and printing iterate over them and name none."""

    measures: tuple[Measure, ...]  # what it declares
    # and in_world: of a scenario, and of a world: whether there is anything to measure, as far as it says
    in_scenario: Callable[[Scenario], bool] = lambda _scenario: True
    in_world: Callable[[World], bool] = lambda _world: True
    # adds the measures of a replication to rows, and returns columns that it keeps of it, by table; several subjects
    # may add columns to one table
    measured: Callable[[Replication, MeasureRows], dict[str, Columns]] = lambda _one, _rows: {}
    # what of some attempts adds up, where that is needed
    summed: Summed | None = None
    # of some attempts: what does not hold
    broken_rows: Callable[[Rows], Iterable[str]] = lambda _rows: ()
    parts: tuple[Part, ...] = ()  # records whose rows files keep
    invariants: tuple[str, ...] = ()  # what must hold, as the manifest lists it
    # of a replication: what does not hold
    broken: Callable[[Replication], Iterable[str]] = lambda _replication: ()
    # of a finished run: tables by name
    published: Callable[[Finished], dict[str, pa.Table]] = lambda _run: {}
    printed: Printed | None = None  # where its measures are printed

    def is_on(self, scenario: Scenario, world: World) -> bool:
        """Return whether there is anything to measure."""
        return self.in_scenario(scenario) and self.in_world(world)


def names_of_people(scenario: Scenario, world: World) -> dict[str, Sequence[str]]:
    """
    Return the names behind the indices that rows of calls, flows and messages share.

    Names in the order of their indices, by column.
    """
    return {
        "network_idx": world.network_names,
        "province_idx": world.provinces.code,
        "class_idx": [c.name for c in scenario.subscribers.classes],
    }


def as_floats(columns: Columns) -> Columns:
    """Return records as numbers that replications can be made of."""
    return {name: column.astype("float64") for name, column in columns.items()}
