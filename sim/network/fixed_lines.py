"""Fixed lines, as compiled code picks one of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Scenario
from sim.world.build import World


class FixedLines(NamedTuple):
    """
    Where fixed lines are.

    Attributes
    ----------
    node : (exchange,) ndarray of int32
        Nodes of exchanges with lines, province by province.
    n_before : (exchange + 1,) ndarray of int64
        Lines of all exchanges before each.
    first : (province + 1,) ndarray of int32
        First exchange of each province.
    province_idx : (node,) ndarray of uint8
        Province of each node.
    network_share : (network,) ndarray of float64
        Cumulative shares of the networks' lines.
    """

    node: NDArray[np.int32]
    n_before: NDArray[np.int64]
    first: NDArray[np.int32]
    province_idx: NDArray[np.uint8]
    network_share: NDArray[np.float64]


def make_fixed_lines(scenario: Scenario, world: World) -> FixedLines:
    """
    Return where the fixed lines are.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        World.

    Returns
    -------
    FixedLines
        Exchanges with lines, province by province.
    """
    exchanges = world.exchanges
    with_lines = np.flatnonzero(exchanges.n_lines > 0)
    node = with_lines[np.argsort(exchanges.province_idx[with_lines], kind="stable")]
    n_by_province = np.bincount(exchanges.province_idx[node], minlength=len(world.provinces))
    lines = np.array([network.n_subscribers for network in scenario.networks], np.float64)
    return FixedLines(
        node=node.astype(np.int32),
        n_before=np.cumsum([0, *exchanges.n_lines[node].tolist()], dtype=np.int64),
        first=np.cumsum([0, *n_by_province.tolist()], dtype=np.int32),
        province_idx=exchanges.province_idx,
        network_share=np.cumsum(lines / max(1.0, lines.sum())),
    )
