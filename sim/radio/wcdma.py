"""
Formulas of WCDMA: link budget of a connection, and load equations of a cell.

How loud a cell gets, how many phones it bears, how much power it sends, over which loss a connection works. A formula
is ordinary scalar Python that Numba can compile too (`register_jitable`); it checks nothing. In a link budget
everything is in decibel: gains and losses are 0 or more, and each says on which side of the budget it stands. In a
load equation Eb/N0 is a ratio; where a load has no answer (1 or more) it is infinite, never negative.

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
