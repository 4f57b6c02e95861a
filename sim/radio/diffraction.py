"""
Diffraction over a terrain profile and over a smooth earth: the delta-Bullington method and its parts.

A profile is two arrays from one antenna to the other: distance from the first antenna, which begins with 0 and rises,
and height above sea level. At least one point lies between the ends. Antennas are given as heights above sea level,
over a smooth earth as heights above its surface. All functions are compiled, check nothing, and are called from Python
and from compiled code alike.

References
----------
Recommendation ITU-R P.526-15 (2019), Propagation by diffraction, sections 3, 4.1 and 4.5.
Recommendation ITU-R P.452-17 (2021), Prediction procedure for the evaluation of interference, section 4.2: the same
method; equations carry its numbers.
Recommendation ITU-R P.1812-6 (2021), A path-specific propagation prediction method for point-to-area terrestrial
services, section 4.3: the same method for 30 MHz to 6 GHz; attachment 1, section 5.6: smooth-earth heights.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled, kernel
from sim.units import SPEED_OF_LIGHT_M_S

MEDIAN_EFFECTIVE_RADIUS_KM = 8500.0
"""Effective radius for 4/3 of the earth's, as the Recommendations round it. [km]"""

LAND = (22.0, 0.003)
"""Relative permittivity and conductivity of land (ITU-R P.452, section 4.2.2.1). [1], [S/m]"""

SEA = (80.0, 5.0)
"""Relative permittivity and conductivity of the sea (ITU-R P.452, section 4.2.2.1). [1], [S/m]"""


@compiled
def wavelength_m(frequency_mhz: float) -> float:
    """Return the wavelength."""
    return SPEED_OF_LIGHT_M_S / (1e6 * frequency_mhz)


@compiled
def spherical_earth_db(
    distance_km: float,
    start_m: float,
    end_m: float,
    frequency_mhz: float,
    earth_radius_km: float,
    sea_share: float,
    vertical: bool,
) -> float:
    """
    Return the diffraction loss over a smooth earth.

    Beyond the horizon the first term of the residue series; before it, that term for the radius at which the path
    just touches, in proportion to the clearance that is missing; 0 where none is.

    References
    ----------
    ITU-R P.452-17, equations 23 to 28; ITU-R P.526-15, section 3.2.
    """
    horizon_km = math.sqrt(2.0 * earth_radius_km) * (
        math.sqrt(0.001 * start_m) + math.sqrt(0.001 * end_m)
    )
    if distance_km >= horizon_km:
        return _mixed_first_term_db(
            distance_km, start_m, end_m, frequency_mhz, earth_radius_km, sea_share, vertical
        )
    missing = _missing_clearance(distance_km, start_m, end_m, frequency_mhz, earth_radius_km)
    if missing <= 0.0:
        return 0.0
    root = distance_km / (math.sqrt(start_m) + math.sqrt(end_m))
    touching_radius_km = 500.0 * root * root
    loss_db = _mixed_first_term_db(
        distance_km, start_m, end_m, frequency_mhz, touching_radius_km, sea_share, vertical
    )
    return missing * max(loss_db, 0.0)


@kernel
def _missing_clearance(
    distance_km: float, start_m: float, end_m: float, frequency_mhz: float, earth_radius_km: float
) -> float:
    """Return 1 less the ratio of the least clearance to the one without loss (equations 24 to 26)."""
    sum_m = start_m + end_m
    c = (start_m - end_m) / sum_m
    m = 250.0 * distance_km * distance_km / (earth_radius_km * sum_m)
    m_1 = m + 1.0
    cosine = 1.5 * c * math.sqrt(3.0 * m / (m_1 * m_1 * m_1))
    angle = math.acos(min(max(cosine, -1.0), 1.0))
    b = 2.0 * math.sqrt(m_1 / (3.0 * m)) * math.cos(math.pi / 3.0 + angle / 3.0)
    first_km = 0.5 * distance_km * (1.0 + b)
    second_km = distance_km - first_km
    first_clear_m = start_m - 500.0 * first_km * first_km / earth_radius_km
    second_clear_m = end_m - 500.0 * second_km * second_km / earth_radius_km
    clearance_m = (first_clear_m * second_km + second_clear_m * first_km) / distance_km
    needed_m = 17.456 * math.sqrt(first_km * second_km * wavelength_m(frequency_mhz) / distance_km)
    return 1.0 - clearance_m / needed_m


@kernel
def _mixed_first_term_db(
    distance_km: float,
    start_m: float,
    end_m: float,
    frequency_mhz: float,
    radius_km: float,
    sea_share: float,
    vertical: bool,
) -> float:
    """Return the first term over land and sea in their shares (equation 29)."""
    path = (distance_km, start_m, end_m)
    loss_db = 0.0
    if sea_share < 1.0:
        land_db = first_term_db(path, frequency_mhz, radius_km, LAND, vertical)
        loss_db += (1.0 - sea_share) * land_db
    if sea_share > 0.0:
        loss_db += sea_share * first_term_db(path, frequency_mhz, radius_km, SEA, vertical)
    return loss_db


@compiled
def first_term_db(
    path: tuple[float, float, float],
    frequency_mhz: float,
    radius_km: float,
    ground: tuple[float, float],
    vertical: bool,
) -> float:
    """
    Return the first term of the residue series of a smooth earth.

    References
    ----------
    ITU-R P.452-17, equations 30 to 37; ITU-R P.526-15, section 3.1.1.

    Loss against free space; negative well before the horizon, where it does not hold [dB].
    """
    distance_km, start_m, end_m = path
    permittivity, conductivity = ground
    f_ghz = frequency_mhz / 1000.0
    third = 1.0 / 3.0
    ratio = 18.0 * conductivity / f_ghz
    dry = (permittivity - 1.0) * (permittivity - 1.0) + ratio * ratio
    k = 0.036 / (radius_km * f_ghz) ** third / math.sqrt(math.sqrt(dry))
    if vertical:
        k *= math.sqrt(permittivity * permittivity + ratio * ratio)
    k_2 = k * k
    beta = (1.0 + k_2 * (1.6 + 0.67 * k_2)) / (1.0 + k_2 * (4.5 + 1.53 * k_2))
    x = 21.88 * beta * (f_ghz / (radius_km * radius_km)) ** third * distance_km
    if x >= 1.6:
        distance_db = 11.0 + 10.0 * math.log10(x) - 17.6 * x
    else:
        distance_db = -20.0 * math.log10(x) - 5.6488 * x**1.425
    height_unit = 0.9575 * beta * beta * (f_ghz * f_ghz / radius_km) ** third
    least_db = 2.0 + 20.0 * math.log10(k)
    start_db = max(_height_gain_db(height_unit * start_m), least_db)
    end_db = max(_height_gain_db(height_unit * end_m), least_db)
    return -distance_db - start_db - end_db


@kernel
def _height_gain_db(b: float) -> float:
    """Return the gain of a normalised height (equation 35)."""
    if b > 2.0:
        return 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0
    return 20.0 * math.log10(b + 0.1 * b * b * b)


Profile = NDArray[np.float64]


@compiled(float)
def knife_edge_db(nu: float) -> float:
    """
    Return the loss behind a knife edge, J(nu).

    References
    ----------
    ITU-R P.526-15, equation 31; ITU-R P.452-17, equation 13.
    """
    if nu <= -0.78:
        return 0.0
    above = nu - 0.1
    return 6.9 + 20.0 * math.log10(math.sqrt(above * above + 1.0) + above)


@compiled
def bullington_edge(
    distance_km: Profile,
    height_m: Profile,
    start_m: float,
    end_m: float,
    wavelength: float,
    earth_radius_km: float,
) -> float:
    """
    Return the one edge that stands for a whole profile.

    In sight it is the point that enters the Fresnel zone most; otherwise the point where the horizon rays of both
    antennas cross.

    References
    ----------
    ITU-R P.452-17, equations 14 to 16 and 18 to 20.
    """
    last = len(distance_km) - 1
    d_km = distance_km[last]
    bend = 500.0 / earth_radius_km
    start_slope = -math.inf
    for i in range(1, last):
        x_km = distance_km[i]
        bulge_m = height_m[i] + bend * x_km * (d_km - x_km)
        start_slope = max(start_slope, (bulge_m - start_m) / x_km)
    scale = math.sqrt(0.002 * d_km / wavelength)
    if start_slope >= (end_m - start_m) / d_km:
        end_slope = -math.inf
        for i in range(1, last):
            x_km = distance_km[i]
            bulge_m = height_m[i] + bend * x_km * (d_km - x_km)
            end_slope = max(end_slope, (bulge_m - end_m) / (d_km - x_km))
        ascent_m = end_m - start_m + end_slope * d_km
        # An edge on the very line between the antennas has no crossing: it is looked up as one in sight.
        if 0.0 < ascent_m < d_km * (start_slope + end_slope):
            first_km = ascent_m / (start_slope + end_slope)
            second_km = d_km - first_km
            line_m = (start_m * second_km + end_m * first_km) / d_km
            above_m = start_m + start_slope * first_km - line_m
            return above_m * scale / math.sqrt(first_km * second_km)
    return scale * _deepest(distance_km, height_m, start_m, end_m, bend)


@kernel
def _deepest(
    distance_km: Profile, height_m: Profile, start_m: float, end_m: float, bend: float
) -> float:
    """Return the greatest ratio of height above the line to the width of the Fresnel zone, up to a factor."""
    last = len(distance_km) - 1
    d_km = distance_km[last]
    slope = (end_m - start_m) / d_km
    deepest = -math.inf
    for i in range(1, last):
        x_km = distance_km[i]
        product = x_km * (d_km - x_km)
        above_m = height_m[i] + bend * product - (start_m + slope * x_km)
        deepest = max(deepest, above_m / math.sqrt(product))
    return deepest


@compiled
def bullington_db(
    distance_km: Profile,
    height_m: Profile,
    start_m: float,
    end_m: float,
    frequency_mhz: float,
    earth_radius_km: float,
) -> float:
    """
    Return the loss of Bullington's construction with the Recommendation's correction.

    References
    ----------
    ITU-R P.452-17, equations 17, 21 and 22.
    """
    wavelength = wavelength_m(frequency_mhz)
    nu = bullington_edge(distance_km, height_m, start_m, end_m, wavelength, earth_radius_km)
    edge_db = knife_edge_db(nu)
    if edge_db == 0.0:
        return 0.0
    return edge_db + (1.0 - math.exp(-edge_db / 6.0)) * (
        10.0 + 0.02 * distance_km[len(distance_km) - 1]
    )


@compiled
def smooth_heights_m(
    distance_km: Profile, height_m: Profile, start_m: float, end_m: float
) -> tuple[float, float]:
    """
    Return the smooth surface under both antennas: a least-squares line, pressed down by what blocks the view.

    References
    ----------
    ITU-R P.1812-6, attachment 1, section 5.6, equations 85 to 91; ITU-R P.452-17, annex 2, section 5.1.6.
    """
    last = len(distance_km) - 1
    d_km = distance_km[last]
    slope = (end_m - start_m) / d_km
    v1 = 0.0
    v2 = 0.0
    highest_m = -math.inf
    for i in range(1, last + 1):
        x_km, x_before = distance_km[i], distance_km[i - 1]
        h, h_before = height_m[i], height_m[i - 1]
        v1 += (x_km - x_before) * (h + h_before)
        v2 += (x_km - x_before) * (h * (2.0 * x_km + x_before) + h_before * (x_km + 2.0 * x_before))
        if i < last:
            highest_m = max(highest_m, h - (start_m + slope * x_km))
    start_surface_m = (2.0 * v1 * d_km - v2) / (d_km * d_km)
    end_surface_m = (v2 - v1 * d_km) / (d_km * d_km)
    if highest_m > 0.0:
        start_share = _share_of_start(distance_km, height_m, start_m, slope)
        start_surface_m -= highest_m * start_share
        end_surface_m -= highest_m * (1.0 - start_share)
    return min(start_surface_m, height_m[0]), min(end_surface_m, height_m[last])


@kernel
def _share_of_start(distance_km: Profile, height_m: Profile, start_m: float, slope: float) -> float:
    """Return how much of an obstruction counts to the first antenna (equations 90b to 90e)."""
    last = len(distance_km) - 1
    start_angle = 0.0
    end_angle = 0.0
    for i in range(1, last):
        x_km = distance_km[i]
        above_m = height_m[i] - (start_m + slope * x_km)
        start_angle = max(start_angle, above_m / x_km)
        end_angle = max(end_angle, above_m / (distance_km[last] - x_km))
    return start_angle / (start_angle + end_angle)


@compiled
def delta_bullington_db(
    distance_km: Profile,
    height_m: Profile,
    surface_m: Profile,
    start_m: float,
    end_m: float,
    frequency_mhz: float,
    earth_radius_km: float,
    sea_share: float,
    vertical: bool,
) -> float:
    """
    Return the diffraction loss of a profile by the delta-Bullington method.

    References
    ----------
    ITU-R P.452-17, equations 38 to 40; ITU-R P.526-15, section 4.5.2; ITU-R P.1812-6, section 4.3.4.
    """
    path = (frequency_mhz, earth_radius_km)
    loss_db = bullington_db(distance_km, surface_m, start_m, end_m, *path)
    start_surface_m, end_surface_m = smooth_heights_m(distance_km, height_m, start_m, end_m)
    above = (start_m - start_surface_m, end_m - end_surface_m)
    d_km = distance_km[len(distance_km) - 1]
    smooth_db = spherical_earth_db(d_km, *above, *path, sea_share, vertical)
    if smooth_db <= 0.0:
        return loss_db
    sea_level = np.zeros(len(distance_km))
    return loss_db + max(smooth_db - bullington_db(distance_km, sea_level, *above, *path), 0.0)
