"""What a subject of runs is: what it measures, keeps, checks, publishes and prints of a replication."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

from sim.network.records import Records
from sim.radio.coverage import Coverage
from sim.runs.measures.display import Printed
from sim.runs.measures.measure import Measure, MeasureRows
from sim.runs.measures.sums import Sums
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
    """Some rows of a replication: attempts, flows or messages."""

    record: str  # key of their table in `sim.tables.RECORDS`
    scenario: Scenario  # scenario
    world: World  # world
    window_s: float  # length of the measured window [s]
    columns: Columns  # columns of that table

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.columns["time_s"])

    @cached_property
    def window(self) -> Window:
        """What counts of attempts."""
        return measured_window(self.columns, self.window_s, len(self.world.network_names))


Summed = Callable[[Rows], Sums]
"""What of some rows adds up to that of all rows."""


@dataclass
class Earlier:
    """What is known of rows of a table that are no longer kept."""

    n_rows: int = 0  # rows
    sums: Sums = field(default_factory=Sums)  # what added up of them
    kept: list[Columns] = field(default_factory=list)  # those that files keep, as they came


@dataclass(frozen=True)
class Replication:
    """A replication that has ended, and what it ran on."""

    number: int  # number, from 1
    scenario: Scenario  # scenario
    world: World  # world
    coverage: Coverage | None  # who is served without load, where that is known
    records: Records  # what happened, but for rows that are known as sums only
    earlier: Mapping[str, Earlier] = field(
        default_factory=dict
    )  # of these, by the key of their table
    _rows: dict[str, Rows] = field(default_factory=dict)
    _sums: dict[str, Sums] = field(default_factory=dict)

    def rows(self, record: str) -> Rows:
        """Return the rows of a table that are still kept."""
        if record not in self._rows:
            columns, window_s = self.records.rows(record), self.records.window_s
            self._rows[record] = Rows(record, self.scenario, self.world, window_s, columns)
        return self._rows[record]

    def of_earlier(self, record: str) -> Earlier:
        """Return what is known of the others."""
        return self.earlier.get(record, Earlier())

    @property
    def n_attempts(self) -> int:
        """Return how many attempts there were, warm-up included."""
        return self.of_earlier("attempts").n_rows + len(self.rows("attempts"))

    def added_up(self, record: str, summed: Summed) -> Sums:
        """Return sums over all rows of a table."""
        if record not in self._sums:
            self._sums[record] = self.of_earlier(record).sums + summed(self.rows(record))
        return self._sums[record]


@dataclass(frozen=True)
class Part:
    """Records that are too many to stay in memory: files keep a sample of their rows, all or none, in parts."""

    record: str  # key in `sim.tables.RECORDS`
    table: Table  # table as files keep it
    # of a scenario and its world: the names behind indices, by column
    names: Callable[[Scenario, World], dict[str, Sequence[str]]]
    summed: Summed  # what of some rows adds up
    # of some rows: what does not hold
    broken: Callable[[Rows], Iterable[str]] = lambda _rows: ()
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
    parts: tuple[Part, ...] = ()  # records whose rows leave memory while a replication goes on
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
