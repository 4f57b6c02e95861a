"""
Formulas of path loss, one function each, all with the same arguments.

A formula is ordinary scalar Python that Numba can compile too (`register_jitable`), so that a notebook and the
coverage kernel use the same lines. It checks nothing: the ranges for which it was published, and the limits beyond
which it is refused, stand beside it in the table of `sim.radio.models`. Distances under `MIN_DISTANCE_KM` count as
that distance. The formulas give the median basic transmission loss between isotropic antennas.

References
----------
Recommendation ITU-R P.525-4 (2019), Calculation of free-space attenuation.
M. Hata, Empirical formula for propagation loss in land mobile radio services, IEEE Trans. Veh. Technol. VT-29
(1980) 317-325.
COST Action 231, Digital mobile radio towards future generation systems, final report, EUR 18957 (1999), chapter 4.
3GPP TR 25.942, Radio Frequency system scenarios: macro cell propagation model.
"""

import math
from collections.abc import Callable

from numba.extending import register_jitable

from sim.units import SPEED_OF_LIGHT_M_S

MIN_DISTANCE_KM = 0.02
"""Least distance that enters a formula: about the slant distance under a mast (assumption). [km]"""

ROOFTOP_HEIGHT_M = 15.0
"""Mean height of the roofs about a macro cell (assumption). [m]"""

LossFunction = Callable[[float, float, float, float], float]
"""(distance_km, frequency_mhz, antenna_height_m, phone_height_m) -> loss_db."""

_FREE_SPACE_1_KM_1_MHZ_DB = 20.0 * math.log10(4.0 * math.pi * 1e3 * 1e6 / SPEED_OF_LIGHT_M_S)
_METROPOLITAN_DB = 3.0


@register_jitable
def free_space_db(
    distance_km: float,
    frequency_mhz: float,
    antenna_height_m: float,  # noqa: ARG001
    phone_height_m: float,  # noqa: ARG001
) -> float:
    """
    Return the loss of free space, 20 log10(4 pi d f / c).

    References
    ----------
    ITU-R P.525, equation 4.
    """
    distance_km = max(distance_km, MIN_DISTANCE_KM)
    return _FREE_SPACE_1_KM_1_MHZ_DB + 20.0 * math.log10(distance_km * frequency_mhz)


@register_jitable
def hata_urban_small_db(
    distance_km: float, frequency_mhz: float, antenna_height_m: float, phone_height_m: float
) -> float:
    """
    Return Okumura-Hata's loss in a medium or small city.

    References
    ----------
    Hata (1980), equations 6 and 15.
    """
    base_db = 69.55 + 26.16 * math.log10(frequency_mhz)
    return (
        base_db
        + _distance_term_db(distance_km, antenna_height_m)
        - _phone_gain_small_city_db(frequency_mhz, phone_height_m)
    )


@register_jitable
def hata_urban_large_db(
    distance_km: float, frequency_mhz: float, antenna_height_m: float, phone_height_m: float
) -> float:
    """
    Return Okumura-Hata's loss in a large city.

    Hata gives the gain of the phone's height up to 200 MHz and from 400 MHz; between, this changes over at 300 MHz.

    References
    ----------
    Hata (1980), equations 6, 16 and 17.
    """
    base_db = 69.55 + 26.16 * math.log10(frequency_mhz)
    return (
        base_db
        + _distance_term_db(distance_km, antenna_height_m)
        - _phone_gain_large_city_db(frequency_mhz, phone_height_m)
    )


@register_jitable
def hata_suburban_db(
    distance_km: float, frequency_mhz: float, antenna_height_m: float, phone_height_m: float
) -> float:
    """
    Return Okumura-Hata's loss in suburbs.

    References
    ----------
    Hata (1980), equation 20.
    """
    urban_db = hata_urban_small_db(distance_km, frequency_mhz, antenna_height_m, phone_height_m)
    decades = math.log10(frequency_mhz / 28.0)
    return urban_db - 2.0 * decades * decades - 5.4


@register_jitable
def hata_open_db(
    distance_km: float, frequency_mhz: float, antenna_height_m: float, phone_height_m: float
) -> float:
    """
    Return Okumura-Hata's loss in open country.

    References
    ----------
    Hata (1980), equation 22.
    """
    urban_db = hata_urban_small_db(distance_km, frequency_mhz, antenna_height_m, phone_height_m)
    decades = math.log10(frequency_mhz)
    return urban_db - 4.78 * decades * decades + 18.33 * decades - 40.94


@register_jitable
def cost231_hata_medium_city_db(
    distance_km: float, frequency_mhz: float, antenna_height_m: float, phone_height_m: float
) -> float:
    """
    Return COST-231-Hata's loss in a medium city, or suburbs with moderate tree density.

    References
    ----------
    COST 231 final report, equations 4.4.3 and 4.4.4, C_m = 0 dB.
    """
    base_db = 46.3 + 33.9 * math.log10(frequency_mhz)
    return (
        base_db
        + _distance_term_db(distance_km, antenna_height_m)
        - _phone_gain_small_city_db(frequency_mhz, phone_height_m)
    )


@register_jitable
def cost231_hata_metropolitan_db(
    distance_km: float, frequency_mhz: float, antenna_height_m: float, phone_height_m: float
) -> float:
    """
    Return COST-231-Hata's loss in a metropolitan centre.

    References
    ----------
    COST 231 final report, equations 4.4.3 and 4.4.4, C_m = 3 dB.
    """
    return _METROPOLITAN_DB + cost231_hata_medium_city_db(
        distance_km, frequency_mhz, antenna_height_m, phone_height_m
    )


@register_jitable
def tr25942_macro_db(
    distance_km: float,
    frequency_mhz: float,
    antenna_height_m: float,
    phone_height_m: float,  # noqa: ARG001
) -> float:
    """
    Return the loss of the macro-cell model of 3GPP TR 25.942.

    Parameters
    ----------
    distance_km : float
        Distance. [km]
    frequency_mhz : float
        Frequency; stated for 2000. [MHz]
    antenna_height_m : float
        Antenna above ground, above the roofs. [m]
    phone_height_m : float
        Not used. [m]

    Returns
    -------
    float
        Loss. [dB]

    References
    ----------
    3GPP TR 25.942, macro cell propagation model: 40 (1 - 4e-3 dh) log10 R - 18 log10 dh + 21 log10 f + 80.
    """
    above_roofs_m = antenna_height_m - ROOFTOP_HEIGHT_M
    distance_km = max(distance_km, MIN_DISTANCE_KM)
    slope_db = 40.0 * (1.0 - 4e-3 * above_roofs_m)
    height_db = 18.0 * math.log10(above_roofs_m)
    return slope_db * math.log10(distance_km) - height_db + 21.0 * math.log10(frequency_mhz) + 80.0


@register_jitable
def _distance_term_db(distance_km: float, antenna_height_m: float) -> float:
    """Return what Hata's and COST 231's formulas share: height of the antenna and distance."""
    height_decades = math.log10(antenna_height_m)
    slope_db = 44.9 - 6.55 * height_decades
    return -13.82 * height_decades + slope_db * math.log10(max(distance_km, MIN_DISTANCE_KM))


@register_jitable
def _phone_gain_small_city_db(frequency_mhz: float, phone_height_m: float) -> float:
    """Return Hata's a(h_m) of a medium or small city."""
    decades = math.log10(frequency_mhz)
    return (1.1 * decades - 0.7) * phone_height_m - (1.56 * decades - 0.8)


@register_jitable
def _phone_gain_large_city_db(frequency_mhz: float, phone_height_m: float) -> float:
    """Return Hata's a(h_m) of a large city."""
    if frequency_mhz < 300.0:
        low = math.log10(1.54 * phone_height_m)
        return 8.29 * low * low - 1.1
    high = math.log10(11.75 * phone_height_m)
    return 3.2 * high * high - 4.97
