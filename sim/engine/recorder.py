"""Rows of a table as compiled code writes them, and their columns."""

import numpy as np
from numpy.typing import NDArray

from sim.tables import Table

Block = NDArray[np.void]
"""Rows as a structured array, one field a column."""


def row_dtype(table: Table) -> np.dtype[np.void]:
    """
    Return the structured type of a table's rows.

    Parameters
    ----------
    table : Table
        Table without columns of text.

    Returns
    -------
    dtype
        One aligned field for each column.
    """
    return np.dtype([(column.name, column.dtype) for column in table.columns], align=True)


class Recorder:
    """
    A block of rows that a loop fills again and again, and the columns of all rows so far.

    Rows are written as they come and read by column. A block small enough for the processor's cache is turned into
    columns without going to memory once for each column.

    Parameters
    ----------
    table : Table
        Table without columns of text.
    block_rows : int
        Rows of a block.
    """

    def __init__(self, table: Table, block_rows: int) -> None:
        self.table = table
        self.block: Block = np.zeros(block_rows, row_dtype(table))
        self.n_rows = 0  # kept rows
        self.n_before = 0  # rows that were kept earlier, and are no longer
        self._columns = {name: self.block[name].copy() for name in table.names}

    def hand_over(self, n_rows: int) -> None:
        """
        Keep the filled rows, so that the block can be filled anew.

        Parameters
        ----------
        n_rows : int
            Filled rows, from the first on.
        """
        end = self.n_rows + n_rows
        for name, column in self._columns.items():
            if end > len(column):
                # Room that is not used yet takes no memory, so doubling is cheap.
                grown = np.empty(2 * end, column.dtype)
                grown[: self.n_rows] = column[: self.n_rows]
                self._columns[name] = grown
            self._columns[name][self.n_rows : end] = self.block[name][:n_rows]
        self.n_rows = end

    def forget(self) -> None:
        """Keep no row any more: those that were kept have been read."""
        self.n_before += self.n_rows
        self.n_rows = 0

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """
        Return the columns of all kept rows.

        Returns
        -------
        dict of str to (row,) ndarray
            Columns by name, in the order of the table.
        """
        return {name: column[: self.n_rows] for name, column in self._columns.items()}
