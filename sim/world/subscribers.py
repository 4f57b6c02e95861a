"""Subscribers: one row each, with the square they live in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NETWORK_SHIFT = 28
"""A subscriber_id is the network's number shifted by this many bits, plus the subscriber's number in it."""


@dataclass(frozen=True)
class Subscribers:
    """
    Simulated lines, sorted by network, then square, then subscriber_id.

    Squares are numbered province by province, so the lines of a network in a province are one run of rows.

    Parameters
    ----------
    subscriber_id : (subscriber,) ndarray of uint32
        Entity of the line's random draws; it does not depend on how many other lines there are.
    square_idx : (subscriber,) ndarray of int32
        Home square.
    network_idx : (subscriber,) ndarray of uint8
        Network.
    class_idx : (subscriber,) ndarray of uint8
        Class, in the order of the scenario.
    first_row : (network, province + 1) ndarray of int64
        First row of each network's lines in each province; the last column ends the network.
    """

    subscriber_id: NDArray[np.uint32]
    square_idx: NDArray[np.int32]
    network_idx: NDArray[np.uint8]
    class_idx: NDArray[np.uint8]
    first_row: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.subscriber_id)
