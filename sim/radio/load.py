"""
Load equations and link budgets of WCDMA, for one cell or as averages: what theory says beside the live network.

References
----------
H. Holma, A. Toskala (eds.), WCDMA for UMTS, Wiley: load equations of the uplink and the downlink.
3GPP TR 25.942, Radio Frequency (RF) system scenarios.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sim.units import (
    BOLTZMANN_J_K,
    CHIP_RATE_HZ,
    NOISE_TEMPERATURE_K,
    db_to_linear,
    linear_to_db,
)


def noise_w(noise_figure_db: float) -> float:
    """
    Return the noise of a receiver over the bandwidth of a carrier.

    Parameters
    ----------
    noise_figure_db : float
        Noise figure. [dB]

    Returns
    -------
    float
        k T W F. [W]
    """
    return BOLTZMANN_J_K * NOISE_TEMPERATURE_K * CHIP_RATE_HZ * db_to_linear(noise_figure_db)


def uplink_load(rate_bps: float, eb_n0_db: float, activity: float) -> float:
    """
    Return the share of a cell's uplink that one phone takes, other cells apart.

    Parameters
    ----------
    rate_bps : float
        Bit rate, more than 0. [bit/s]
    eb_n0_db : float
        Energy per bit over noise density at the cell. [dB]
    activity : float
        Share of time in which the phone sends, more than 0. [1]

    Returns
    -------
    float
        l = 1 / (1 + W / (Eb/N0 R v)). [1]

    References
    ----------
    Holma and Toskala, uplink load equation.
    """
    return 1.0 / (1.0 + CHIP_RATE_HZ / (db_to_linear(eb_n0_db) * rate_bps * activity))


def downlink_need(rate_bps: float, eb_n0_db: float, activity: float) -> float:
    """
    Return what one phone needs of a cell's power, per watt of disturbance and unit of loss.

    Parameters
    ----------
    rate_bps : float
        Bit rate. [bit/s]
    eb_n0_db : float
        Energy per bit over noise density at the phone. [dB]
    activity : float
        Share of time in which the cell sends. [1]

    Returns
    -------
    float
        g = v Eb/N0 R / W. [1]

    References
    ----------
    Holma and Toskala, downlink load equation.
    """
    return activity * db_to_linear(eb_n0_db) * rate_bps / CHIP_RATE_HZ


def pole_capacity(load: float, other_to_own: float) -> float:
    """
    Return how many phones fill the uplink of a cell to its pole.

    Parameters
    ----------
    load : float
        Load of one phone. [1]
    other_to_own : float
        Interference from other cells over that of the own cell. [1]

    Returns
    -------
    float
        1 / (l (1 + i)).
    """
    return 1.0 / (load * (1.0 + other_to_own))


def pole_capacity_without_self(
    rate_bps: float, eb_n0_db: float, activity: float, other_to_own: float
) -> float:
    """
    Return the pole capacity of the uplink as it is often printed, a phone not disturbing itself left out of account.

    Parameters
    ----------
    rate_bps : float
        Bit rate. [bit/s]
    eb_n0_db : float
        Energy per bit over noise density. [dB]
    activity : float
        Share of time in which the phone sends. [1]
    other_to_own : float
        Interference from other cells over that of the own cell. [1]

    Returns
    -------
    float
        (W / R) / (Eb/N0 v (1 + i)), lower than `pole_capacity` by 1 / (1 + i).
    """
    gain = CHIP_RATE_HZ / rate_bps
    return gain / (db_to_linear(eb_n0_db) * activity * (1.0 + other_to_own))


def noise_rise_db(load: float) -> float:
    """
    Return the noise rise of a loaded uplink.

    Parameters
    ----------
    load : float
        Load, other cells included, 0 to less than 1. [1]

    Returns
    -------
    float
        -10 log10(1 - load). [dB]

    Raises
    ------
    ValueError
        If the load is 1 or more: there is no such power.
    """
    if not 0.0 <= load < 1.0:
        message = f"load = {load}: must be 0 to less than 1"
        raise ValueError(message)
    return -linear_to_db(1.0 - load)


def load_of_noise_rise(rise_db: float) -> float:
    """
    Return the load at which the uplink has a noise rise.

    Parameters
    ----------
    rise_db : float
        Noise rise, 0 or more. [dB]

    Returns
    -------
    float
        1 - 10^(-rise / 10). [1]
    """
    return 1.0 - db_to_linear(-rise_db)


def downlink_load(need: float, orthogonality: float, other_to_own: float) -> float:
    """
    Return the share of a cell's downlink that one phone takes in the mean.

    Parameters
    ----------
    need : float
        `downlink_need` of its service. [1]
    orthogonality : float
        Share of the own cell's power that does not disturb, 1 perfect. [1]
    other_to_own : float
        Power received from other cells over that of the own. [1]

    Returns
    -------
    float
        g ((1 - alpha) + i). [1]
    """
    return need * (1.0 - orthogonality + other_to_own)


def downlink_power_w(
    common_w: float,
    needs: NDArray[np.float64],
    losses: NDArray[np.float64],
    noise: float,
    load: float,
) -> float:
    """
    Return the power of a cell whose neighbours send as much as it does.

    Parameters
    ----------
    common_w : float
        Power of common channels. [W]
    needs : (phone,) ndarray of float64
        `downlink_need` of each phone. [1]
    losses : (phone,) ndarray of float64
        Loss of each, linear. [1]
    noise : float
        Noise of a phone. [W]
    load : float
        Sum of `downlink_load` of all phones, less than 1. [1]

    Returns
    -------
    float
        (common + sum of g N L) / (1 - load), infinite at loads of 1 and more. [W]
    """
    if load >= 1.0:
        return math.inf
    return (common_w + noise * math.fsum((needs * losses).tolist())) / (1.0 - load)


def acir_db(leakage_ratio_db: float, selectivity_db: float) -> float:
    """
    Return the adjacent channel interference ratio of a sender and a receiver.

    Parameters
    ----------
    leakage_ratio_db : float
        Adjacent channel leakage ratio of the sender. [dB]
    selectivity_db : float
        Adjacent channel selectivity of the receiver. [dB]

    Returns
    -------
    float
        1 / ACIR = 1 / ACLR + 1 / ACS. [dB]

    References
    ----------
    3GPP TR 25.942.
    """
    return -linear_to_db(db_to_linear(-leakage_ratio_db) + db_to_linear(-selectivity_db))


def sensitivity_dbm(noise_dbm: float, margin_db: float, rate_bps: float, eb_n0_db: float) -> float:
    """
    Return the least power with which a receiver hears a service.

    Parameters
    ----------
    noise_dbm : float
        Noise over the bandwidth of a carrier. [dBm]
    margin_db : float
        Noise rise that is allowed for. [dB]
    rate_bps : float
        Bit rate. [bit/s]
    eb_n0_db : float
        Energy per bit over noise density. [dB]

    Returns
    -------
    float
        Noise + margin + Eb/N0 - processing gain W / R. [dBm]
    """
    return noise_dbm + margin_db + eb_n0_db - linear_to_db(CHIP_RATE_HZ / rate_bps)


def range_km(loss_db: float, at_1_km_db: float, per_decade_db: float) -> float:
    """
    Return how far a loss reaches where it grows with the logarithm of distance.

    Parameters
    ----------
    loss_db : float
        Loss. [dB]
    at_1_km_db : float
        Loss at 1 km. [dB]
    per_decade_db : float
        What tenfold distance adds. [dB]

    Returns
    -------
    float
        Range. [km]
    """
    return math.pow(10.0, (loss_db - at_1_km_db) / per_decade_db)


def coupling(
    loads: NDArray[np.float64], losses: NDArray[np.float64], serving: NDArray[np.int64]
) -> NDArray[np.float64]:
    """
    Return what each cell hears of the phones of each cell, per watt of the other's interference.

    Parameters
    ----------
    loads : (phone,) ndarray of float64
        `uplink_load` of each phone. [1]
    losses : (phone, cell) ndarray of float64
        Losses, linear. [1]
    serving : (phone,) ndarray of int64
        Cell of each phone.

    Returns
    -------
    (cell, cell) ndarray of float64
        A_js = sum over the phones of s of l L_s / L_j. [1]
    """
    n_cells = losses.shape[1]
    matrix = np.zeros((n_cells, n_cells))
    for phone, cell in enumerate(serving.tolist()):
        matrix[:, cell] += loads[phone] * losses[phone, cell] / losses[phone]
    return matrix


def spectral_radius(matrix: NDArray[np.float64]) -> float:
    """
    Return the greatest modulus of a matrix's eigenvalues.

    Parameters
    ----------
    matrix : (row, column) ndarray of float64
        Square matrix, none of its elements negative.

    Returns
    -------
    float
        Perron root: powers exist if it is less than 1.

    References
    ----------
    J. Zander, Performance of optimum transmitter power control in cellular radio systems, IEEE Trans. Veh. Technol. 41
    (1992) 57-62.
    """
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def other_to_own(losses: NDArray[np.float64], serving: NDArray[np.int64]) -> NDArray[np.float64]:
    """
    Return what a phone sends into all other cells over what it sends into its own.

    Parameters
    ----------
    losses : (phone, cell) ndarray of float64
        Losses, linear. [1]
    serving : (phone,) ndarray of int64
        Cell whose power control it follows.

    Returns
    -------
    (phone,) ndarray of float64
        Sum over the other cells of L_s / L_k. [1]

    References
    ----------
    A. J. Viterbi, A. M. Viterbi, E. Zehavi, Other-cell interference in cellular power-controlled CDMA, IEEE Trans.
    Commun. 42 (1994) 1501-1504.
    """
    own = losses[np.arange(len(losses)), serving]
    return np.asarray((own[:, None] / losses).sum(axis=1) - 1.0)
