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
        self.n_rows = 0
        self._parts: dict[str, list[NDArray[np.generic]]] = {name: [] for name in table.names}

    def hand_over(self, n_rows: int) -> None:
        """
        Keep the filled rows, so that the block can be filled anew.

        Parameters
        ----------
        n_rows : int
            Filled rows, from the first on.
        """
        self.n_rows += n_rows
        for name, parts in self._parts.items():
            parts.append(self.block[name][:n_rows].copy())

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """
        Return the columns of all kept rows.

        Returns
        -------
        dict of str to (row,) ndarray
            Columns by name, in the order of the table.
        """
        empty = self.block[:0]
        return {name: np.concatenate([empty[name], *parts]) for name, parts in self._parts.items()}
