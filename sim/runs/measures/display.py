"""What of a subject stands in the printed summary: lines, a breakdown by cause, and where it is worst."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.runs.measures.measure import Line, Measure


@dataclass(frozen=True, slots=True)
class TableMean:
    """A printed line that is the mean of a column over the rows of a network."""

    line: Line  # how it is printed
    table: str  # and column: published table, with a column `network`, and the column
    column: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Shares that sum to all of something, by class and by cause, and what is said of them first."""

    title: str  # title of the table
    whole: Measure  # what is broken down: its number
    failed: Measure  # share of it that failed
    blamed: Measure  # share of it for whose failure the subject itself is to blame
    # causes of a class and their shares by name, by the share of the class and its name
    classes: tuple[tuple[str, Measure, Mapping[str, Measure]], ...]
    fine: str  # cause that is no failure
    meanings: Mapping[str, str]  # what each cause says
    says: str  # what `blamed` counts


@dataclass(frozen=True, slots=True)
class TableRanking:
    """Rows of a published table where a share is greatest."""

    title: str  # title of the table
    table: str  # published table
    name: str  # column that names a row
    columns: tuple[tuple[str, Line], ...]  # columns that are shown, texts as they are
    by: str  # column of the share
    whole: str  # column of what the share is of, a mean over replications: rows with too few are left out
    says: str  # what the numbers are of


@dataclass(frozen=True, slots=True)
class ProvinceRanking:
    """Provinces where a share is greatest, all networks together."""

    title: str  # title of the table
    whole: Measure  # what the share is of: provinces with too few are left out
    by: Measure  # the share
    parts: Mapping[str, Measure]  # causes of which it is the sum, by name: the largest is named
    says: str  # what the numbers are of


@dataclass(frozen=True)
class Printed:
    """Where the lines of a subject's measures stand in the printed summary."""

    title: str  # title of the table; subjects with the same title share it
    means: tuple[TableMean, ...] = ()  # further lines
    # 0 for a column of each network; else so many lines of the greatest values, and where the others are
    most: int = 0
    breakdown: Breakdown | None = None  # stands below the table, and its numbers above everything
    rankings: tuple[TableRanking | ProvinceRanking, ...] = ()  # stand below these
