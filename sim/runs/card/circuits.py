"""Trunk groups against the calls whose first choice leads over them."""

import numpy as np

from sim.network.trunks.ways import Trunks
from sim.runs.card.calls import Calls
from sim.runs.card.cells import Pools
from sim.runs.card.lines import Floats
from sim.stats.theory import erlang_b_of_each
from sim.units import SECONDS_PER_HOUR
from sim.world.exchanges import Exchanges


def circuits_of_groups(exchanges: Exchanges, trunks: Trunks, calls: Calls) -> Pools:
    """Return the trunk groups; nobody is turned away to an alternate route."""
    offered_erl = _loads(trunks, _offered_erl(exchanges, calls), len(exchanges.trunks))
    n_circuits = exchanges.trunks.n_circuits
    blocking = erlang_b_of_each(offered_erl, n_circuits)
    return Pools(offered_erl, n_circuits.astype(np.float64), blocking)


def _offered_erl(exchanges: Exchanges, calls: Calls) -> Floats:
    """Return the traffic between nodes. [erl]."""
    network = np.minimum(np.arange(len(exchanges)), exchanges.n_centres)
    hold_s = calls.hold_s[network[:, None], network[None, :]]
    erl: Floats = calls.ready_h * hold_s / SECONDS_PER_HOUR
    np.fill_diagonal(erl, 0.0)
    return erl


def _loads(trunks: Trunks, erl: Floats, n_groups: int) -> Floats:
    """Lay the traffic between nodes on the first choices of its ways."""
    loads = np.zeros(n_groups)
    core, only = trunks.core, trunks.only_group
    outside = np.flatnonzero(only >= 0)
    np.add.at(loads, only[outside], erl[outside].sum(axis=1) + erl[:, outside].sum(axis=0))
    n_core = len(trunks.start)
    between = np.zeros((n_core, n_core))
    np.add.at(between, (core[:, None], core[None, :]), erl)
    for a, b in np.argwhere(between > 0.0):
        at = int(trunks.start[a, b])
        while at >= 0 and trunks.first_choice[at] < trunks.first_choice[at + 1]:
            choice = trunks.choice[trunks.first_choice[at]]
            loads[choice["group"]] += between[a, b]
            at = int(choice["next_state"])
    return loads
