"""
Exact blocking where calls differ in size, or hold several links at once.

References
----------
J. S. Kaufman, Blocking in a shared resource environment, IEEE Trans. Commun. COM-29 (1981) 1474-1481.
J. W. Roberts, A service system with heterogeneous user requirements, in: Performance of Data Communications Systems
and Their Applications, North-Holland (1981) 423-431.
F. P. Kelly, Blocking probabilities in large circuit-switched networks, Adv. Appl. Prob. 18 (1986) 473-505.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def kaufman_roberts(
    n_units: int, offered_erl: Sequence[float], units_per_call: Sequence[int]
) -> NDArray[np.float64]:
    """
    Return how many units of one link are busy, when services of different size share it.

    References
    ----------
    Kaufman (1981), Roberts (1981): j q(j) = sum_k a_k b_k q(j - b_k).
    """
    weight = np.zeros(n_units + 1)
    weight[0] = 1.0
    for busy in range(1, n_units + 1):
        for offered, units in zip(offered_erl, units_per_call, strict=True):
            if units <= busy:
                weight[busy] += offered * units * weight[busy - units] / busy
        if weight[busy] > 1e200:  # keep large links inside the range of a float
            weight *= 1e-200
    return np.asarray(weight / weight.sum())


def service_blocking(
    n_units: int, offered_erl: Sequence[float], units_per_call: Sequence[int]
) -> NDArray[np.float64]:
    """
    Return the blocking of each service that shares one link.

    References
    ----------
    Kaufman (1981): B_k = sum_{i < b_k} q(C - i).
    """
    share = kaufman_roberts(n_units, offered_erl, units_per_call)
    blocking = [share[max(0, n_units + 1 - units) :].sum() for units in units_per_call]
    return np.array(blocking)


def loss_network_blocking(
    n_circuits: Sequence[int],
    circuits_per_call: NDArray[np.int64],
    offered_erl: Sequence[float],
) -> NDArray[np.float64]:
    """
    Return the exact blocking of each route of a network with fixed routes.

    The weights of all states are summed by the circuits they hold, which takes memory of the product of all
    `n_circuits` + 1.

    References
    ----------
    Kelly (1986): pi(n) ~ prod_r a_r^n_r / n_r! on A n <= C, and B_r = 1 - G(C - A_r) / G(C).
    """
    weight = np.zeros([n + 1 for n in n_circuits])
    weight[(0,) * len(n_circuits)] = 1.0
    for held, offered in zip(circuits_per_call, offered_erl, strict=True):
        weight = _with_route(weight, held, offered)
    total = weight.sum()
    blocking = []
    for held in circuits_per_call:
        room = [n + 1 - int(h) for n, h in zip(n_circuits, held, strict=True)]
        admitted = weight[tuple(slice(0, max(0, r)) for r in room)].sum()
        blocking.append(1.0 - admitted / total)
    return np.array(blocking)


def _with_route(
    weight: NDArray[np.float64], held: NDArray[np.int64], offered_erl: float
) -> NDArray[np.float64]:
    """Return the weights by circuits held, with the calls of one more route."""
    most = min(
        (n - 1) // int(h) for n, h in zip(weight.shape, held, strict=True) if h > 0
    )  # calls that fit on the route alone
    summed = np.zeros_like(weight)
    factor = 1.0
    for n_calls in range(most + 1):
        if n_calls > 0:
            factor *= offered_erl / n_calls
        shift = [n_calls * int(h) for h in held]
        into = tuple(slice(s, None) for s in shift)
        out_of = tuple(slice(0, n - s) for n, s in zip(weight.shape, shift, strict=True))
        summed[into] += factor * weight[out_of]
    return summed
