"""Rows of a table as compiled code writes them: bounded blocks, handed over when full."""

from collections.abc import Callable

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
    Blocks of rows that a loop fills one after the other.

    Parameters
    ----------
    table : Table
        Table without columns of text.
    block_rows : int
        Rows of a block.
    on_block : callable, optional
        Called with the filled part of each block; by default blocks are kept.
    """

    def __init__(
        self,
        table: Table,
        block_rows: int,
        on_block: Callable[[Block], None] | None = None,
    ) -> None:
        self.table = table
        self.block: Block = np.zeros(block_rows, row_dtype(table))
        self._kept: list[Block] = []
        self._on_block = on_block or self._kept.append

    def hand_over(self, n_rows: int) -> None:
        """
        Hand over the filled rows and begin a new block.

        Parameters
        ----------
        n_rows : int
            Filled rows, from the first on.
        """
        if n_rows:
            self._on_block(self.block[:n_rows].copy())

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """
        Return the columns of all kept rows.

        Returns
        -------
        dict of str to (row,) ndarray
            Columns by name, in the order of the table.
        """
        blocks = self._kept or [self.block[:0]]
        return {
            name: np.concatenate([block[name] for block in blocks]) for name in self.table.names
        }
