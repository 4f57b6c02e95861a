"""The world of a scenario: everything that stands still."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sim.world.grid import Grid
from sim.world.stations import Cells, Sites
from sim.world.subscribers import Subscribers


@dataclass(frozen=True)
class Provinces:
    """
    Provinces of the region, in the order of their indices.

    Parameters
    ----------
    code : tuple of str
        ISO 3166-2 code, or `plain`.
    name : tuple of str
        Name.
    outline : tuple of BaseGeometry
        Outline in the grid's metres. [m]
    population : (province,) ndarray of int64
        People.
    """

    code: tuple[str, ...]
    name: tuple[str, ...]
    outline: tuple[BaseGeometry, ...]
    population: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.code)


@dataclass(frozen=True)
class World:
    """
    Everything that stands still, frozen.

    Parameters
    ----------
    grid : Grid
        Squares.
    provinces : Provinces
        Provinces.
    population : (square,) ndarray of int32
        People living in each square.
    is_urban : (square,) ndarray of bool
        Whether the square belongs to a city.
    network_names : tuple of str
        Names of the networks, in the order of their indices.
    sites : Sites
        Sites of all networks.
    cells : Cells
        Cells of all networks.
    subscribers : Subscribers
        Lines of all networks.
    notes : tuple of str
        What every output must say of this world (synthetic data, sampling).
    """

    grid: Grid
    provinces: Provinces
    population: NDArray[np.int32]
    is_urban: NDArray[np.bool_]
    network_names: tuple[str, ...]
    sites: Sites
    cells: Cells
    subscribers: Subscribers
    notes: tuple[str, ...]
