"""
Exact powers of the uplink by linear algebra, for few phones: what the simulator's own solution is held to.

Loads are those of `sim.radio.wcdma`; losses are ratios, antenna gains included. Phones share an uplink over `losses`
(phone, cell), each served by one cell.

References
----------
J. Zander, "Performance of optimum transmitter power control in cellular radio systems", IEEE Trans. Veh. Technol. 41
(1992) 57-62.
G. J. Foschini, Z. Miljanic, "A simple distributed autonomous power control algorithm and its convergence", IEEE Trans.
Veh. Technol. 42 (1993) 641-646.
R. D. Yates, "A framework for uplink power control in cellular radio systems", IEEE J. Sel. Areas Commun. 13 (1995)
1341-1347.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Uplink:
    """Phones on the uplink of a few cells."""

    # (phone,) load of each phone in its own cell, more than 0 and less than 1 [1]
    loads: NDArray[np.float64]
    losses: NDArray[np.float64]  # (phone, cell) loss from each phone to each cell, more than 0 [1]
    serving: NDArray[np.int64]  # (phone,) the cell that serves each
    noise_w: NDArray[np.float64]  # (cell,) noise of each cell's receiver, more than 0 [W]

    def __post_init__(self) -> None:
        n_phones, n_cells = self.losses.shape
        fits = (
            self.loads.shape == self.serving.shape == (n_phones,)
            and self.noise_w.shape == (n_cells,)
            and bool(np.isin(self.serving, np.arange(n_cells)).all())
        )
        ranges = (
            bool(((self.loads > 0.0) & (self.loads < 1.0)).all())
            and bool((np.isfinite(self.losses) & (self.losses > 0.0)).all())
            and bool((self.noise_w > 0.0).all())
        )
        if not fits or not ranges:
            message = (
                "loads, losses, serving, noise_w: must be of (phone,), (phone, cell), (phone,) and (cell,), "
                "loads in (0, 1), losses and noise more than 0, serving a cell"
            )
            raise ValueError(message)


def coupling_of_phones(uplink: Uplink) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return what powers ask of each other, p = F p + u.

    References
    ----------
    Foschini and Miljanic (1993): F_ij = t_i L_i,s(i) / L_j,s(i). A phone of load l has the target t = l / (1 - l).
    """
    targets = uplink.loads / (1.0 - uplink.loads)
    own_loss = uplink.losses[np.arange(len(targets)), uplink.serving]
    coupling = (targets * own_loss)[:, None] / uplink.losses[:, uplink.serving].T
    np.fill_diagonal(coupling, 0.0)
    return coupling, targets * own_loss * uplink.noise_w[uplink.serving]


def coupling_of_cells(uplink: Uplink) -> NDArray[np.float64]:
    """
    Return what the interference of each cell adds to that of each other, I = A I + N.

    References
    ----------
    A_js = sum over the phones i of s of l_i L_i,s / L_i,j, from the received power l_i I_s of a phone in its own cell
    (Holma and Toskala 2000, section 8.2.2).
    """
    n_cells = len(uplink.noise_w)
    own_loss = uplink.losses[np.arange(len(uplink.loads)), uplink.serving]
    adds = (uplink.loads * own_loss)[:, None] / uplink.losses
    coupling = np.zeros((n_cells, n_cells))
    np.add.at(coupling.T, uplink.serving, adds)
    return coupling


def spectral_radius(coupling: NDArray[np.float64]) -> float:
    """
    Return the spectral radius of a coupling: powers exist exactly where it is less than 1.

    References
    ----------
    Zander (1992); theorem of Perron and Frobenius.
    """
    return float(np.abs(np.linalg.eigvals(coupling)).max())


def solve_powers(
    coupling: NDArray[np.float64], over_noise_w: NDArray[np.float64]
) -> NDArray[np.float64]:
    """
    Return the powers, or interferences, that satisfy x = coupling x + over_noise.

    References
    ----------
    Zander (1992); Foschini and Miljanic (1993): (I - F) p = u.

    Least solution; infinite where there is none [W].
    """
    if spectral_radius(coupling) >= 1.0:
        return np.full(len(over_noise_w), np.inf)
    return np.asarray(np.linalg.solve(np.eye(len(over_noise_w)) - coupling, over_noise_w))


def iterate_powers(
    coupling: NDArray[np.float64],
    over_noise_w: NDArray[np.float64],
    most_w: float,
    n_iterations: int,
) -> NDArray[np.float64]:
    """
    Return the powers after each step of the capped iteration x = min(most, coupling x + over_noise), from 0.

    References
    ----------
    Yates (1995): the capped iteration is a standard interference function.
    """
    steps = np.empty((n_iterations, len(over_noise_w)))
    powers_w = np.zeros(len(over_noise_w))
    for step in range(n_iterations):
        powers_w = np.minimum(most_w, coupling @ powers_w + over_noise_w)
        steps[step] = powers_w
    return steps
