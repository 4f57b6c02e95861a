"""
Formulas of WCDMA: noise of a receiver, and load equations of a cell.

A formula is ordinary scalar Python that Numba can compile too (`register_jitable`); it checks nothing. Eb/N0 is a
ratio, not in decibel.

References
----------
H. Holma, A. Toskala (ed.), WCDMA for UMTS, Wiley (2000), section 8.2.1: radio link budgets; section 8.2.2: load
factors.
3GPP TR 25.942, Radio Frequency system scenarios: noise of -103 dBm in a site and -99 dBm in a phone; ACIR.
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
def uplink_load(
    eb_n0_ratio: float,
    bit_rate_bps: float,
    activity_share: float,
    chip_rate_hz: float = CHIP_RATE_HZ,
) -> float:
    """
    Return the share of the total interference that one phone makes in its own cell.

    Parameters
    ----------
    eb_n0_ratio : float
        Energy of a bit over the density of noise and interference, more than 0. [1]
    bit_rate_bps : float
        Bit rate R, more than 0. [bit/s]
    activity_share : float
        Share v of the time in which the phone sends, more than 0. [1]
    chip_rate_hz : float
        Chip rate W. [chip/s]

    Returns
    -------
    float
        Load 1 / (1 + W / (Eb/N0 R v)), more than 0 and less than 1. [1]

    References
    ----------
    Holma and Toskala (2000), section 8.2.2.
    """
    return 1.0 / (1.0 + chip_rate_hz / (eb_n0_ratio * bit_rate_bps * activity_share))


@register_jitable
def downlink_share(
    eb_n0_ratio: float,
    bit_rate_bps: float,
    activity_share: float,
    chip_rate_hz: float = CHIP_RATE_HZ,
) -> float:
    """
    Return the mean power that a phone has to receive, as a share of the interference it receives.

    Parameters
    ----------
    eb_n0_ratio : float
        Energy of a bit over the density of noise and interference, more than 0. [1]
    bit_rate_bps : float
        Bit rate R, more than 0. [bit/s]
    activity_share : float
        Share v of the time in which the cell sends to the phone, more than 0. [1]
    chip_rate_hz : float
        Chip rate W. [chip/s]

    Returns
    -------
    float
        Share v Eb/N0 R / W, more than 0. [1]

    References
    ----------
    Holma and Toskala (2000), section 8.2.2.
    """
    return activity_share * eb_n0_ratio * bit_rate_bps / chip_rate_hz


@register_jitable
def acir_db(aclr_db: float, acs_db: float) -> float:
    """
    Return how much weaker the power of the neighbouring carrier arrives.

    References
    ----------
    3GPP TR 25.942: 1 / ACIR = 1 / ACLR + 1 / ACS, of ratios.
    """
    return -10.0 * math.log10(math.pow(10.0, -aclr_db / 10.0) + math.pow(10.0, -acs_db / 10.0))
