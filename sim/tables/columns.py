"""What a table is: columns with types, units and meanings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column of a table.

    Attributes
    ----------
    name : str
        Name; a physical quantity ends in its unit.
    dtype : str
        NumPy type, or `str`.
    unit : str
        Unit, `1` for counts, shares and indices, empty for text.
    description : str
        What the column says.
    """

    name: str
    dtype: str
    unit: str
    description: str


@dataclass(frozen=True, slots=True)
class Table:
    """
    One table.

    Attributes
    ----------
    name : str
        Name, that of its file without ending.
    axis : str
        What a row is.
    columns : tuple of Column
        Columns in their order.
    """

    name: str
    axis: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """
        Return the names of the columns.

        Returns
        -------
        tuple[str, ...]
            Names of the columns.
        """
        return tuple(column.name for column in self.columns)


def text(name: str, description: str) -> Column:
    """
    Return a column of text.

    Parameters
    ----------
    name : str
        Name.
    description : str
        What the column says.

    Returns
    -------
    Column
        Column without a unit.
    """
    return Column(name, "str", "", description)


def number(name: str, unit: str, description: str) -> Column:
    """
    Return a column of numbers.

    Parameters
    ----------
    name : str
        Name.
    unit : str
        Unit.
    description : str
        What the column says.

    Returns
    -------
    Column
        Column of float64.
    """
    return Column(name, "float64", unit, description)


def with_interval(name: str, unit: str, description: str) -> tuple[Column, Column, Column]:
    """
    Return a column of means over replications and the two of its 95 % interval.

    Parameters
    ----------
    name : str
        Name of the first; the others end in `_low` and `_high`.
    unit : str
        Unit.
    description : str
        What the first says.

    Returns
    -------
    tuple of 3 Column
        Columns of float64.
    """
    return (
        number(name, unit, description),
        number(f"{name}_low", unit, "lower end of its 95 % interval, within one world"),
        number(f"{name}_high", unit, "upper end of its 95 % interval, within one world"),
    )
