"""Fixed lines, as compiled code picks one of them."""

from typing import NamedTuple

import numpy as np

from sim.engine.rooms import F8, I4, I8, U1, array
from sim.engine.views import view
from sim.scenario.schema import Scenario
from sim.world.build import World


class FixedLines(NamedTuple):
    """Where fixed lines are."""

    node: array(I4, "exchange")  # nodes of exchanges with lines, province by province
    n_before: array(I8, "exchange_end")  # lines of all exchanges before each
    first: array(I4, "province_end")  # first exchange of each province
    province_idx: array(U1, "node")  # province of each node
    network_share: array(F8, "network")  # cumulative shares of the networks' lines


fixed_lines_of = view(FixedLines)


def make_fixed_lines(scenario: Scenario, world: World) -> FixedLines:
    """Return where the fixed lines are."""
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
