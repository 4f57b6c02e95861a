"""
Load equations of a WCDMA cell: how many phones it bears, how loud it gets, how much power it sends.

A formula is ordinary scalar Python that Numba can compile too (`register_jitable`); it checks nothing. Where a load has
no answer (1 or more) it is infinite, never negative. Eb/N0 is a ratio, not in decibel.

References
----------
H. Holma, A. Toskala (ed.), WCDMA for UMTS, Wiley (2000), section 8.2.2: load factors.
3GPP TR 25.942, Radio Frequency system scenarios: ACIR.
"""

import math

from numba.extending import register_jitable

from sim.units import CHIP_RATE_HZ


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
def pole_capacity(load: float, other_cell_ratio: float) -> float:
    """
    Return how many phones of one service would make the interference of a cell infinite.

    References
    ----------
    Holma and Toskala (2000), section 8.2.2.
    """
    return 1.0 / ((1.0 + other_cell_ratio) * load)


@register_jitable
def approximate_pole_capacity(
    eb_n0_ratio: float,
    bit_rate_bps: float,
    activity_share: float,
    other_cell_ratio: float,
    chip_rate_hz: float = CHIP_RATE_HZ,
) -> float:
    """
    Return the pole capacity as it is without the phone's own power in its interference.

    References
    ----------
    Holma and Toskala (2000), section 8.2.2.
    """
    gain = chip_rate_hz / bit_rate_bps
    return gain / (eb_n0_ratio * activity_share * (1.0 + other_cell_ratio))


@register_jitable
def noise_rise_db(load: float) -> float:
    """
    Return how far the interference of a cell stands above its noise.

    References
    ----------
    Holma and Toskala (2000), section 8.2.2.

    Noise rise -10 log10(1 - load), infinite from 1 on [dB].
    """
    if load >= 1.0:
        return math.inf
    return -10.0 * math.log10(1.0 - load)


@register_jitable
def load_of_noise_rise(rise_db: float) -> float:
    """
    Return the load of a cell whose interference stands so far above its noise.

    References
    ----------
    Holma and Toskala (2000), section 8.2.2.
    """
    return 1.0 - math.pow(10.0, -rise_db / 10.0)


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
def downlink_load(share: float, orthogonality: float, other_cell_ratio: float) -> float:
    """
    Return the load of one phone on the downlink, for a phone of average place.

    References
    ----------
    Holma and Toskala (2000), section 8.2.2, average form: v Eb/N0 R / W ((1 - alpha) + i).
    """
    return share * ((1.0 - orthogonality) + other_cell_ratio)


@register_jitable
def downlink_power_w(common_w: float, over_noise_w: float, load: float) -> float:
    """
    Return the power that a cell sends, all phones served.

    References
    ----------
    Holma and Toskala (2000), section 8.2.2, with common channels: P = (P_common + sum g N L) / (1 - load).

    Total power, infinite for a load of 1 or more [W].
    """
    if load >= 1.0:
        return math.inf
    return (common_w + over_noise_w) / (1.0 - load)


@register_jitable
def acir_db(aclr_db: float, acs_db: float) -> float:
    """
    Return how much weaker the power of the neighbouring carrier arrives.

    References
    ----------
    3GPP TR 25.942: 1 / ACIR = 1 / ACLR + 1 / ACS, of ratios.
    """
    return -10.0 * math.log10(math.pow(10.0, -aclr_db / 10.0) + math.pow(10.0, -acs_db / 10.0))
