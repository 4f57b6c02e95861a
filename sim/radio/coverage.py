"""Who hears whom: ranked cells of each square and network."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Coverage:
    """
    Ranked candidate cells of each network and square.

    Parameters
    ----------
    cell_idx : (network, square, rank) ndarray of int32
        Cells by falling received pilot power, -1 where there are no more. Only cells that serve are listed.
    rscp_cdbm : (network, square, rank) ndarray of int16
        Received pilot power in hundredths of a dBm; -32768 where there is no cell. [0.01 dBm]
    notes : tuple of str
        Warnings that every output carries, such as a model used beyond its published range.
    """

    cell_idx: NDArray[np.int32]
    rscp_cdbm: NDArray[np.int16]
    notes: tuple[str, ...]
