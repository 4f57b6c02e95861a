"""
Link budget of one WCDMA connection: noise, sensitivity, the greatest path loss and the range it gives.

A formula is ordinary scalar Python that Numba can compile too (`register_jitable`); it checks nothing. Everything is in
decibel: gains and losses are 0 or more, and each says on which side of the budget it stands.

References
----------
H. Holma, A. Toskala (ed.), WCDMA for UMTS, Wiley (2000), section 8.2.1: radio link budgets.
3GPP TR 25.942, Radio Frequency system scenarios: noise of -103 dBm in a site and -99 dBm in a phone.
"""

import math

from numba.extending import register_jitable

from sim.units import BOLTZMANN_J_K, CHIP_RATE_HZ

ROUNDED_NOISE_DENSITY_DBM_HZ = -174.0
"""Thermal noise as link budgets round it; k T at 290 K is 0.025 dB more (Holma and Toskala, 2000). [dBm/Hz]"""

_MILLIWATTS = 1e3


@register_jitable
def noise_density_dbm_hz(temperature_k: float) -> float:
    """
    Return the density of thermal noise, k T.

    Parameters
    ----------
    temperature_k : float
        Temperature, more than 0. [K]

    Returns
    -------
    float
        Density; -173.975 at 290 K. [dBm/Hz]

    References
    ----------
    BIPM, SI brochure, 9th edition: k.
    """
    return 10.0 * math.log10(BOLTZMANN_J_K * temperature_k * _MILLIWATTS)


@register_jitable
def noise_floor_dbm(
    noise_figure_db: float,
    density_dbm_hz: float = ROUNDED_NOISE_DENSITY_DBM_HZ,
    bandwidth_hz: float = CHIP_RATE_HZ,
) -> float:
    """
    Return the noise of a receiver over its bandwidth, k T W F.

    Parameters
    ----------
    noise_figure_db : float
        Noise figure F of the receiver. [dB]
    density_dbm_hz : float
        Density of thermal noise k T. [dBm/Hz]
    bandwidth_hz : float
        Bandwidth W, more than 0. [Hz]

    Returns
    -------
    float
        Noise. [dBm]

    References
    ----------
    Holma and Toskala (2000), section 8.2.1; 3GPP TR 25.942.
    """
    return density_dbm_hz + 10.0 * math.log10(bandwidth_hz) + noise_figure_db


@register_jitable
def processing_gain_db(bit_rate_bps: float, chip_rate_hz: float = CHIP_RATE_HZ) -> float:
    """
    Return the processing gain of a service, W / R.

    References
    ----------
    Holma and Toskala (2000), section 8.2.1.
    """
    return 10.0 * math.log10(chip_rate_hz / bit_rate_bps)


@register_jitable
def eirp_dbm(power_dbm: float, gain_dbi: float, loss_db: float) -> float:
    """
    Return the effective isotropic radiated power of a sender.

    References
    ----------
    Holma and Toskala (2000), section 8.2.1.
    """
    return power_dbm + gain_dbi - loss_db


@register_jitable
def sensitivity_dbm(
    noise_dbm: float, interference_margin_db: float, eb_n0_db: float, gain_db: float
) -> float:
    """
    Return the least power that a receiver needs.

    References
    ----------
    Holma and Toskala (2000), section 8.2.1.
    """
    return noise_dbm + interference_margin_db + eb_n0_db - gain_db


@register_jitable
def max_path_loss_db(
    radiated_dbm: float,
    needed_dbm: float,
    gain_dbi: float,
    cable_loss_db: float,
    fast_fading_margin_db: float,
) -> float:
    """
    Return the greatest path loss over which a connection works.

    References
    ----------
    Holma and Toskala (2000), section 8.2.1.
    """
    return radiated_dbm - needed_dbm + gain_dbi - cable_loss_db - fast_fading_margin_db


@register_jitable
def cell_edge_loss_db(
    greatest_loss_db: float,
    shadowing_margin_db: float,
    building_loss_db: float,
    soft_handover_gain_db: float,
) -> float:
    """
    Return the median path loss that a path-loss formula may give at the edge of a cell.

    References
    ----------
    Holma and Toskala (2000), section 8.2.1.
    """
    return greatest_loss_db - shadowing_margin_db - building_loss_db + soft_handover_gain_db


@register_jitable
def range_km(loss_db: float, loss_at_1_km_db: float, loss_per_decade_db: float) -> float:
    """
    Return the distance at which a path-loss formula L = a + b log10 R reaches a loss.

    References
    ----------
    Holma and Toskala (2000), section 8.2.1: Okumura-Hata at 1950 MHz from 30 m to 1.5 m, 8 dB less in suburbs.
    """
    return math.pow(10.0, (loss_db - loss_at_1_km_db) / loss_per_decade_db)
