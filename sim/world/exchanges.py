"""Exchanges of the fixed network, switching centres of the mobile ones, and the trunk groups between them."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from sim.scenario.fixed_section import ListedExchange
from sim.scenario.schema import Scenario
from sim.tables import NONE_IDX
from sim.units import SECONDS_PER_HOUR
from sim.world.landscape import Landscape

FIXED = "fixed"
"""The fixed network where no exchange of it is simulated: a single one that knows every fixed line."""

LOCAL_CALL_WORK_S = 15.0
"""An operator's work on a local call: 240 calls in an hour (Cyclopedia of 1911, Table XIV). [s]"""


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


def build_exchanges(scenario: Scenario, landscape: Landscape) -> Exchanges:
    """
    Return the exchanges of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    landscape : Landscape
        Land and people.

    Returns
    -------
    Exchanges
        Switching centres, then exchanges.
    """
    centres = [ListedExchange(name=network.name) for network in scenario.networks]
    listed = list(scenario.fixed.exchanges) or [ListedExchange(name=FIXED)]
    nodes = [*centres, *listed]
    names = tuple(node.name for node in nodes)
    n, n_centres = len(nodes), len(centres)
    gateway = scenario.fixed.gateway or listed[0].name
    codes = landscape.territory.code
    province = np.array([codes.index(one.province) if one.province else 0 for one in nodes])
    province[: n_centres + (names[n_centres:] == (FIXED,))] = NONE_IDX
    manual = scenario.switching.manual
    place = {name: i for i, name in enumerate(names)}
    place[FIXED] = place[gateway]
    return Exchanges(
        name=names,
        n_centres=n_centres,
        gateway_idx=place[gateway],
        is_manual=np.array([node.is_manual for node in nodes], np.bool_),
        province_idx=province.astype(np.uint8),
        x_m=np.full(n, np.nan),
        y_m=np.full(n, np.nan),
        n_lines=np.array([node.n_lines for node in nodes], np.int32),
        n_operators=np.stack([operators_by_hour(scenario, node) for node in nodes]),
        n_cords=np.array([node.n_cords or manual.n_cords for node in nodes], np.int32),
        works_with_tickets=np.array(
            [(node.working or manual.working) == "delay" for node in nodes], np.bool_
        ),
        trunks=_scenario_trunks(scenario, place),
    )


def operators_by_hour(scenario: Scenario, exchange: ListedExchange) -> NDArray[np.int32]:
    """
    Return the operators of an exchange in each hour of the day.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    exchange : ListedExchange
        Exchange.

    Returns
    -------
    (24,) ndarray of int32
        Operators on duty; 0 at an automatic exchange.
    """
    if not exchange.is_manual:
        return np.zeros(24, np.int32)
    if exchange.positions_by_hour is not None:
        return np.array(exchange.positions_by_hour, np.int32)
    daily = np.array(scenario.traffic.profile.daily)
    manual = scenario.switching.manual
    n = float(exchange.n_positions or 0)
    if exchange.n_positions is None:
        calls_per_s = exchange.n_lines * manual.staffed_for_calls_per_line / SECONDS_PER_HOUR
        n = calls_per_s * LOCAL_CALL_WORK_S * manual.work_factor / manual.staffed_occupancy
    return np.maximum(1, np.ceil(n * daily / daily.max())).astype(np.int32)


def _scenario_trunks(scenario: Scenario, place: dict[str, int]) -> Trunks:
    groups = scenario.switching.trunk_groups
    ends = np.array([[place[end] for end in group.between] for group in groups], np.int32)
    ends = ends.reshape(-1, 2)
    return Trunks(
        name=tuple("-".join(group.between) for group in groups),
        a=ends[:, 0],
        b=ends[:, 1],
        n_circuits=np.array([group.n_circuits for group in groups], np.int32),
        n_reserved=np.array([group.n_reserved for group in groups], np.int32),
        order=np.array([group.order for group in groups], np.int32),
    )
