"""
Formulas of WCDMA that the simulator is held to: link budget of a connection, and load equations of a cell as a whole.

In a link budget everything is in decibel: gains and losses are 0 or more, and each says on which side of the budget it
stands. In a load equation Eb/N0 is a ratio; where a load has no answer (1 or more) it is infinite, never negative.

References
----------
H. Holma, A. Toskala (ed.), WCDMA for UMTS, Wiley (2000), section 8.2.1: radio link budgets; section 8.2.2: load
factors.
"""

import math

from numba.extending import register_jitable

from sim.units import CHIP_RATE_HZ


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
