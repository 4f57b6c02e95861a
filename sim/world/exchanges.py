"""Exchanges of the fixed network, switching centres of the mobile ones, and the trunk groups between them."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

FIXED = "fixed"
"""The fixed network where no exchange of it is simulated: a single one that knows every fixed line."""


@dataclass(frozen=True)
class Trunks:
    """
    Trunk groups: those of `switching.trunk_groups` in their order, then those of the fixed network.

    Attributes
    ----------
    name : tuple of str
        Both ends joined by a hyphen, as they are written.
    a, b : (group,) ndarray of int32
        Nodes that each group joins.
    n_circuits : (group,) ndarray of int32
        Circuits, used in both directions.
    n_reserved : (group,) ndarray of int32
        Circuits kept for calls that no other group has turned away.
    order : (group,) ndarray of int32
        Rank among groups that lead equally far.
    """

    name: tuple[str, ...]
    a: NDArray[np.int32]
    b: NDArray[np.int32]
    n_circuits: NDArray[np.int32]
    n_reserved: NDArray[np.int32]
    order: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True)
class Exchanges:
    """
    Nodes of the switching network: a switching centre for each mobile network, then the exchanges.

    Attributes
    ----------
    name : tuple of str
        Name of each node; that of a switching centre is its network's.
    n_centres : int
        Switching centres: the first nodes, in the order of the networks.
    gateway_idx : int
        Node that `fixed` in a trunk group means.
    is_manual : (node,) ndarray of bool
        Whether operators put calls through.
    province_idx : (node,) ndarray of uint8
        Province, NONE_IDX of a switching centre.
    x_m, y_m : (node,) ndarray of float64
        Place in the grid's metres, NaN where unknown. [m]
    n_lines : (node,) ndarray of int32
        Fixed lines.
    n_operators : (node, hour of the day) ndarray of int32
        Operators on duty.
    n_cords : (node,) ndarray of int32
        Cord pairs of a position.
    works_with_tickets : (node,) ndarray of bool
        Whether a caller who finds no circuit is called back.
    trunks : Trunks
        Trunk groups.
    """

    name: tuple[str, ...]
    n_centres: int
    gateway_idx: int
    is_manual: NDArray[np.bool_]
    province_idx: NDArray[np.uint8]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    n_lines: NDArray[np.int32]
    n_operators: NDArray[np.int32]
    n_cords: NDArray[np.int32]
    works_with_tickets: NDArray[np.bool_]
    trunks: Trunks

    def __len__(self) -> int:
        return len(self.name)

    @property
    def is_simulated(self) -> bool:
        """
        Say whether there are exchanges, not only one that stands for the whole fixed network.

        Returns
        -------
        bool
            Whether there are.
        """
        return self.name[self.n_centres :] != (FIXED,)

    def graph(self) -> "nx.MultiGraph[str]":
        """
        Return the nodes and trunk groups as a graph.

        Returns
        -------
        networkx.MultiGraph
            Nodes are names; edges have `name`, `number`, `n_circuits`, `n_reserved` and `order`.
        """
        graph = nx.MultiGraph()
        graph.add_nodes_from(self.name)
        trunks = self.trunks
        for number, name in enumerate(trunks.name):
            graph.add_edge(
                self.name[trunks.a[number]],
                self.name[trunks.b[number]],
                name=name,
                number=number,
                n_circuits=int(trunks.n_circuits[number]),
                n_reserved=int(trunks.n_reserved[number]),
                order=int(trunks.order[number]),
            )
        return graph
