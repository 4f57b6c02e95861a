"""Routes between networks: one trunk group for each pair that has one."""

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Scenario

NO_TRUNK = -1
"""Inside a network no trunk is needed."""

NO_ROUTE = -2
"""There is no trunk group between the two."""


def trunk_names(scenario: Scenario) -> tuple[str, ...]:
    """
    Return the names of the trunk groups.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    tuple of str
        Both ends of each group joined by a hyphen, in the order of the scenario.
    """
    return tuple("-".join(group.between) for group in scenario.switching.trunk_groups)


def trunk_circuits(scenario: Scenario) -> NDArray[np.int32]:
    """
    Return the circuits of the trunk groups.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    (group,) ndarray of int32
        Circuits, used in both directions.
    """
    return np.array([group.n_circuits for group in scenario.switching.trunk_groups], np.int32)


def route_table(scenario: Scenario) -> NDArray[np.int16]:
    """
    Return the trunk group between each pair of networks.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    (from network, to network) ndarray of int16
        Trunk group, NO_TRUNK inside a network, NO_ROUTE where there is none; the last column is the fixed network.
    """
    names = [network.name for network in scenario.networks]
    n = len(names)
    place = {name: i for i, name in enumerate(names)} | {"fixed": n}
    table = np.full((n, n + 1), NO_ROUTE, np.int16)
    for i in range(n):
        table[i, i] = NO_TRUNK
    for number, group in enumerate(scenario.switching.trunk_groups):
        a, b = (place[end] for end in group.between)
        for origin, destination in ((a, b), (b, a)):
            if origin < n:
                table[origin, destination] = number
    return table
