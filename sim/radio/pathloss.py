"""
Formulas of path loss, one function each, all with the same arguments, and the table of models made of them.

A formula is ordinary scalar Python that Numba can compile too (`register_jitable`), so that a notebook and the
coverage kernel use the same lines. It checks nothing. Distances under `MIN_DISTANCE_KM` count as that distance. The
formulas give the median basic transmission loss between isotropic antennas.

A model is added by one formula, one entry in `MODELS` and one test. The entry carries the range for which the formula
was published (outside it every output says so) and the limit beyond which it is refused. The hard limits are the
house's: published frequencies widened by a factor of 1.5, antennas from 5 to 500 m, phones from 0.5 to 20 m and
distances up to 100 km (assumptions).

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
from dataclasses import dataclass
from functools import cache

import numba
import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from sim.errors import ModelRangeError, Problem, ScenarioError
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


LossUfunc = Callable[[NDArray[np.float64], float, float, float], NDArray[np.float64]]
"""A formula over an array of distances."""

ANY_ENVIRONMENT = "any"
"""Environment of a model that knows no environments."""


@dataclass(frozen=True, slots=True)
class Span:
    """A closed range of a quantity."""

    low: float  # and high: ends, both inside
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


UNLIMITED = Span(0.0, math.inf)


@dataclass(frozen=True, slots=True)
class Ranges:
    """The ranges of a formula's arguments."""

    # and frequency_mhz, antenna_height_m, phone_height_m: range of each argument. [km], [MHz], [m], [m]
    distance_km: Span = UNLIMITED
    frequency_mhz: Span = UNLIMITED
    antenna_height_m: Span = UNLIMITED
    phone_height_m: Span = UNLIMITED


@dataclass(frozen=True, slots=True)
class Model:
    """One path-loss model."""

    label: str  # name in messages and figures, with the source
    # formula of each environment; the only key `any` when the model knows none; empty when distance is not enough
    loss_db: dict[str, LossFunction]
    # where the formula was published to hold; outside, every output carries a warning
    published: Ranges = Ranges()
    hard: Ranges = Ranges()  # beyond this the formula is refused
    # whether every square within the radius is served, whatever its power
    serves_by_distance: bool = False


MODELS: dict[str, Model] = {
    "free_space": Model("free space (ITU-R P.525)", {ANY_ENVIRONMENT: free_space_db}),
    "disc": Model(
        "disc (free space within a radius)",
        {ANY_ENVIRONMENT: free_space_db},
        serves_by_distance=True,
    ),
    "okumura_hata": Model(
        "Okumura-Hata (Hata 1980)",
        {
            "urban_large": hata_urban_large_db,
            "urban_small": hata_urban_small_db,
            "suburban": hata_suburban_db,
            "open": hata_open_db,
        },
        published=Ranges(Span(1, 20), Span(150, 1500), Span(30, 200), Span(1, 10)),
        hard=Ranges(Span(0, 100), Span(100, 2250), Span(5, 500), Span(0.5, 20)),
    ),
    "cost231_hata": Model(
        "COST-231-Hata (COST 231 final report, chapter 4)",
        {"medium_city": cost231_hata_medium_city_db, "metropolitan": cost231_hata_metropolitan_db},
        published=Ranges(Span(1, 20), Span(1500, 2000), Span(30, 200), Span(1, 10)),
        hard=Ranges(Span(0, 100), Span(1000, 3000), Span(5, 500), Span(0.5, 20)),
    ),
    "tr25942_macro": Model(
        "macro cell (3GPP TR 25.942)",
        {ANY_ENVIRONMENT: tr25942_macro_db},
        published=Ranges(frequency_mhz=Span(1900, 2200), antenna_height_m=Span(16, 65)),
        hard=Ranges(Span(0, 100), Span(1500, 2500), Span(16, 65), Span(0.5, 20)),
    ),
    "terrain": Model(
        "terrain (ITU-R P.525, P.1812, P.2108)",
        {},
        published=Ranges(Span(0.25, 3000), Span(30, 3000), Span(1, 3000), Span(1, 3000)),
        hard=Ranges(Span(0, 3000), Span(30, 6000), Span(1, 3000), Span(0.5, 3000)),
    ),
}
"""Models by the name that a scenario gives in `radio.path_loss.model`."""

_QUANTITIES = (
    ("distance_km", "distance", "km"),
    ("frequency_mhz", "frequency", "MHz"),
    ("antenna_height_m", "antenna height", "m"),
    ("phone_height_m", "phone height", "m"),
)


def loss_function(model: str, environment: str) -> LossFunction:
    """Return the formula of a model in an environment."""
    formulas = MODELS[model].loss_db
    if not formulas:
        message = (
            "is no formula of distance: use sim.radio.terrain_loss with heights, or another model "
            f"({', '.join(name for name in MODELS if MODELS[name].loss_db)})"
        )
        raise ScenarioError(Problem(f"radio.path_loss.model = {model}", message))
    if ANY_ENVIRONMENT in formulas:
        return formulas[ANY_ENVIRONMENT]
    if environment not in formulas:
        where = f"radio.path_loss.environment = {environment}"
        known = f"{model} knows {', '.join(formulas)}; choose one of these"
        raise ScenarioError(Problem(where, known))
    return formulas[environment]


@cache
def over_distances(function: LossFunction) -> LossUfunc:
    """Return a formula over_distances for arrays of distances, equal to it to the last bit."""
    signature = "float64(float64, float64, float64, float64)"
    # Not kept: Numba's own cache of a ufunc does not see an edit of the formulas that it calls.
    ufunc: LossUfunc = numba.vectorize([signature], nopython=True)(function)
    return ufunc


def range_warnings(model: str, used: Ranges) -> tuple[str, ...]:
    """
    Return a warning for each argument used outside the published range.

    What every output must say; empty when all is as published.
    """
    warnings = []
    for name, words, unit in _QUANTITIES:
        given, published = getattr(used, name), getattr(MODELS[model].published, name)
        if given.low not in published or given.high not in published:
            value = f"{given.low:g}" if given.low == given.high else str(given)
            warnings.append(
                f"{MODELS[model].label}: {words} {value} {unit} is outside the published "
                f"range {published} {unit}"
            )
    return tuple(warnings)


def check_hard_limits(model: str, used: Ranges) -> None:
    """Refuse arguments beyond a model's hard limits."""
    problems = []
    for name, words, unit in _QUANTITIES:
        given, hard = getattr(used, name), getattr(MODELS[model].hard, name)
        outside = [v for v in (given.low, given.high) if v not in hard]
        if outside:
            message = (
                f"{words} {outside[0]:g} {unit} is refused outside {hard} {unit}; "
                f"change it or choose another model ({', '.join(MODELS)})"
            )
            problems.append(Problem(f"radio.path_loss.model = {model}", message))
    if problems:
        raise ModelRangeError(*problems)


def path_loss_db(
    model: str,
    environment: str,
    distance_km: float,
    frequency_mhz: float,
    antenna_height_m: float,
    phone_height_m: float,
    radius_km: float = math.inf,
) -> float:
    """Return the loss by a model, within its hard limits. Loss, infinite outside a disc [dB]."""
    values = (distance_km, frequency_mhz, antenna_height_m, phone_height_m)
    check_hard_limits(model, Ranges(*(Span(v, v) for v in values)))
    if MODELS[model].serves_by_distance and distance_km > radius_km:
        return math.inf
    return loss_function(model, environment)(*values)
