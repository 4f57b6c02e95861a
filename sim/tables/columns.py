"""What a table is: columns with types, units and meanings, and how each is made of replications."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

if TYPE_CHECKING:  # a scenario is read without NumPy, which takes its time to be imported
    from numpy.typing import NDArray

Columns: TypeAlias = "dict[str, NDArray[Any]]"
"""Columns of a table by name."""

_TEXT_BYTES = 32
"""A text in memory: a name of 16 letters or so, where it begins, and what points to it (assumption). [B]"""


_NAME_BYTES = 2
"""A text of few, kept by its number. [B]"""


Law: TypeAlias = Literal["positive", "count", "share", "part"]
"""
What keeps a number within bounds, and its interval with it.

`positive` is 0 or more. `count` counts events, or events by time. `share` is a share of trials, 0 to 1. `part` is one
of time, area or power, 0 to 1.
"""

LAWS: tuple[Law, ...] = get_args(Law)
"""All of them."""


@dataclass(frozen=True, slots=True)
class Made:
    """How a number is made of what replications kept."""

    # `given`: the same in all replications, not made of them. `mean`: mean of `above` over them. `most`: the greatest
    # `above`. `ratio`: sum of `above` / sum of `below`. `quotient`: mean of `above` / mean of `below`, without an
    # interval; either may be a given column.
    how: Literal["given", "mean", "most", "ratio", "quotient"]
    above: str = ""  # and below: columns that replications keep; empty where there is none
    below: str = ""
    otherwise: "Made | None" = None  # how it is made where `above` is not kept
    # `value` for the number itself, `low` and `high` for the ends of its 95 % interval
    end: Literal["value", "low", "high"] = "value"
    law: Law = "positive"  # what keeps the interval of a mean or a ratio within bounds
    # column of the trials that a part of time is as good as; empty where there are none
    trials: str = ""


GIVEN = Made("given")
"""Written as the world has it."""


def mean(above: str = "") -> Made:
    """
    Let a number of 0 or more be the mean over replications.

    Parameters
    ----------
    above : str
        Column that replications keep; that of the number's own name unless given.

    Returns
    -------
    Made
        How it is made.
    """
    return Made("mean", above)


def counted(above: str = "") -> Made:
    """
    Let a number be the mean over replications of counted events.

    Parameters
    ----------
    above : str
        Column that replications keep; that of the number's own name unless given.

    Returns
    -------
    Made
        How it is made.
    """
    return Made("mean", above, law="count")


def part(above: str = "", below: str = "", trials: str = "") -> Made:
    """
    Let a number be a part of something that is not counted, as time: 0 to 1.

    Parameters
    ----------
    above, below : str
        Columns that replications keep: the part and the whole; without a whole, the mean of the part itself.
    trials : str
        Column of trials that such a part is as good as.

    Returns
    -------
    Made
        How it is made.
    """
    return Made("ratio" if below else "mean", above, below, law="part", trials=trials)


def most(above: str = "") -> Made:
    """Let a number be the greatest of all replications."""
    return Made("most", above)


def ratio(above: str, below: str) -> Made:
    """
    Let a number of 0 or more be a ratio of sums over replications, with the jackknife.

    Parameters
    ----------
    above, below : str
        Columns that replications keep.

    Returns
    -------
    Made
        How it is made.
    """
    return Made("ratio", above, below)


def rate(above: str, below: str) -> Made:
    """
    Let a number be counted events over replications, by the sum of something.

    Parameters
    ----------
    above, below : str
        Columns that replications keep.

    Returns
    -------
    Made
        How it is made.
    """
    return Made("ratio", above, below, law="count")


def proportion(above: str, below: str) -> Made:
    """
    Let a number be the share of trials, over replications, in which something came about: 0 to 1.

    Parameters
    ----------
    above, below : str
        Columns of counts that replications keep; those above are of those below.

    Returns
    -------
    Made
        How it is made.
    """
    return Made("ratio", above, below, law="share")


def quotient(above: str, below: str, otherwise: Made | None = None) -> Made:
    """Let a number be a mean over replications divided by another, without an interval."""
    return Made("quotient", above, below, otherwise)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str  # name; a physical quantity ends in its unit
    dtype: str  # numPy type, `str`, or `name`: one of some texts, kept as a number in `<column>_idx` and once in a file
    unit: str  # unit, `1` for counts, shares and indices, empty for text
    description: str  # what the column says
    # how it is made of replications; None in tables whose rows are written as they are
    made: Made | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table."""

    name: str  # name, that of its file without ending
    axis: str  # what a row is
    # columns in their order: each says how it is made of replications, or none does and rows are written as they are
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def is_over_replications(self) -> bool:
        """Whether a row is an estimate over all replications."""
        return any(column.made is not None for column in self.columns)

    @property
    def row_bytes(self) -> int:
        """How much a row takes in memory."""
        return sum(_bytes_of(column.dtype) for column in self.columns)

    def empty(self) -> Columns:
        """
        Return the columns without rows.

        Returns
        -------
        dict of str to (0,) ndarray
            Columns.
        """
        import numpy as np

        return {
            one.name: np.empty(0, np.str_ if one.dtype == "str" else one.dtype)
            for one in self.columns
        }


def _bytes_of(dtype: str) -> int:
    """Return how much a value of a type takes in memory."""
    if dtype == "str":
        return _TEXT_BYTES
    if dtype == "name":
        return _NAME_BYTES
    return 1 if dtype == "bool" else int(dtype.lstrip("uintfloa")) // 8


def name_of(name: str, description: str) -> Column:
    """Declare a column of names that rows have by number, in a column `<name>_idx`."""
    return Column(name, "name", "", description)


def text(name: str, description: str, made: Made | None = None) -> Column:
    """
    Return a column of text.

    Parameters
    ----------
    name, description : str
        Name of the column, and what it says.
    made : Made, optional
        How it is made of replications.

    Returns
    -------
    Column
        Column.
    """
    return Column(name, "str", "", description, made)


def number(name: str, unit: str, description: str, made: Made | None = None) -> Column:
    """
    Return a column of numbers.

    Parameters
    ----------
    name, unit, description : str
        Name of the column, which ends in its unit, the unit, and what it says.
    made : Made, optional
        How it is made of replications; of the column that they keep under its own name, unless it says which.

    Returns
    -------
    Column
        Column.
    """
    if made is not None and made.how != "given" and not made.above:
        made = replace(made, above=name)
    return Column(name, "float64", unit, description, made)


def with_interval(
    name: str, unit: str, description: str, made: Made | None = None
) -> tuple[Column, Column, Column]:
    """Return a column of estimates over replications and the two of its 95 % interval."""
    if made is not None and not made.above:
        made = replace(made, above=name)
    low, high = (None if made is None else replace(made, end=end) for end in ("low", "high"))
    return (
        number(name, unit, description, made),
        number(f"{name}_low", unit, "lower end of its 95 % interval, within one world", low),
        number(f"{name}_high", unit, "upper end of its 95 % interval, within one world", high),
    )


def given(*columns: Column) -> tuple[Column, ...]:
    """
    Return columns that are the same in all replications.

    Parameters
    ----------
    *columns : Column
        Columns.

    Returns
    -------
    tuple of Column
        The columns, which say so.
    """
    return tuple(replace(column, made=GIVEN) for column in columns)


def count(name: str, description: str) -> Column:
    """Return a column of counts."""
    return Column(name, "int64", "1", description)
