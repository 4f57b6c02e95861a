"""What a subject of runs is: what it measures, keeps, checks, publishes and prints of a replication."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from sim.network.records import Records
from sim.radio.coverage import Coverage
from sim.runs.measures.declared import Line, Measure
from sim.runs.measures.rows import MeasureRows
from sim.runs.measures.window import Window, measured_window
from sim.scenario.schema import Scenario
from sim.tables import Columns, Table
from sim.world.build import World

RELATIVE_ROUNDING = 1e-9
"""Room for the rounding of sums taken in another order, and of rates times time. [1]"""

Kept = Mapping[str, Sequence[Columns]]
"""Columns of all replications by table."""


@dataclass(frozen=True)
class Replication:
    """
    A replication that has ended, and what it ran on.

    Attributes
    ----------
    number : int
        Number, from 1.
    scenario : Scenario
        Scenario.
    world : World
        World.
    coverage : Coverage or None
        Who is served without load, where that is known.
    records : Records
        What happened.
    """

    number: int
    scenario: Scenario
    world: World
    coverage: Coverage | None
    records: Records

    @cached_property
    def window(self) -> Window:
        """
        What counts of the attempts.

        Returns
        -------
        Window
            Attempts begun in the measured window, and calls that overlap it.
        """
        return measured_window(self.records)


@dataclass(frozen=True)
class Part:
    """
    Records whose rows files keep: a sample, all or none, in parts.

    Attributes
    ----------
    record : str
        Key in `sim.tables.RECORDS`.
    table : Table
        Table as files keep it.
    names : callable
        Of a scenario and its world: the names behind indices, by column.
    """

    record: str
    table: Table
    names: Callable[[Scenario, World], dict[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class TableMean:
    """
    A printed line that is the mean of a column over the rows of a network.

    Attributes
    ----------
    line : Line
        How it is printed.
    table, column : str
        Published table, with a column `network`, and the column.
    """

    line: Line
    table: str
    column: str


@dataclass(frozen=True)
class Printed:
    """
    Where the lines of a subject's measures stand in the printed summary.

    Attributes
    ----------
    title : str
        Title of the table; subjects with the same title share it.
    means : tuple of TableMean
        Further lines.
    most : int
        0 for a column of each network; else so many lines of the greatest values, and where the others are.
    """

    title: str
    means: tuple[TableMean, ...] = ()
    most: int = 0


@dataclass(frozen=True)
class Finished:
    """
    A run of which every replication is finished.

    Attributes
    ----------
    scenario : Scenario
        Scenario.
    world : World
        World.
    coverage : Coverage
        Its coverage.
    kept : mapping of str to sequence of dict of str to ndarray
        What subjects kept of each replication, by table.
    """

    scenario: Scenario
    world: World
    coverage: Coverage
    kept: Kept


@dataclass(frozen=True)
class Subject:
    """
    A subject of runs; keeping, publishing, checking and printing iterate over them and name none.

    Attributes
    ----------
    measures : tuple of Measure
        What it declares.
    in_scenario, in_world : callable
        Of a scenario, and of a world: whether there is anything to measure, as far as it says.
    measured : callable
        Adds the measures of a replication to rows, and returns columns that it keeps of it, by table; several
        subjects may add columns to one table.
    parts : tuple of Part
        Records whose rows files keep.
    invariants : tuple of str
        What must hold, as the manifest lists it.
    broken : callable
        Of a replication: what does not hold.
    published : callable
        Of a finished run: tables by name.
    printed : Printed, optional
        Where its measures are printed.
    """

    measures: tuple[Measure, ...]
    in_scenario: Callable[[Scenario], bool] = lambda _scenario: True
    in_world: Callable[[World], bool] = lambda _world: True
    measured: Callable[[Replication, MeasureRows], dict[str, Columns]] = lambda _one, _rows: {}
    parts: tuple[Part, ...] = ()
    invariants: tuple[str, ...] = ()
    broken: Callable[[Replication], Iterable[str]] = lambda _replication: ()
    published: Callable[[Finished], dict[str, pa.Table]] = lambda _run: {}
    printed: Printed | None = None

    def is_on(self, scenario: Scenario, world: World) -> bool:
        """
        Return whether there is anything to measure.

        Parameters
        ----------
        scenario : Scenario
            Scenario.
        world : World
            Its world.

        Returns
        -------
        bool
            Whether both say so.
        """
        return self.in_scenario(scenario) and self.in_world(world)


def names_of_people(scenario: Scenario, world: World) -> dict[str, Sequence[str]]:
    """
    Return the names behind the indices that rows of calls, flows and messages share.

    Parameters
    ----------
    scenario : Scenario
        Classes.
    world : World
        Networks and provinces.

    Returns
    -------
    dict of str to sequence of str
        Names in the order of their indices, by column.
    """
    return {
        "network_idx": world.network_names,
        "province_idx": world.provinces.code,
        "class_idx": [c.name for c in scenario.subscribers.classes],
    }


def as_floats(columns: Columns) -> Columns:
    """
    Return records as numbers that replications can be made of.

    Parameters
    ----------
    columns : dict of str to ndarray
        Columns of records.

    Returns
    -------
    dict of str to ndarray of float64
        The same.
    """
    return {name: column.astype("float64") for name, column in columns.items()}
