"""
The table of path-loss models: formulas, published ranges and hard limits.

A model is added by one formula in `sim.radio.pathloss`, one entry in `MODELS` and one test. The entry carries the
range for which the formula was published (outside it every output says so) and the limit beyond which it is refused.
The hard limits are the house's: published frequencies widened by a factor of 1.5, antennas from 5 to 500 m, phones
from 0.5 to 20 m and distances up to 100 km (assumptions).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numba
import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelRangeError, Problem, ScenarioError
from sim.radio.pathloss import (
    LossFunction,
    cost231_hata_medium_city_db,
    cost231_hata_metropolitan_db,
    free_space_db,
    hata_open_db,
    hata_suburban_db,
    hata_urban_large_db,
    hata_urban_small_db,
    tr25942_macro_db,
)

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
        {
            "medium_city": cost231_hata_medium_city_db,
            "metropolitan": cost231_hata_metropolitan_db,
        },
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
def compiled(function: LossFunction) -> LossUfunc:
    """Return a formula compiled for arrays of distances, equal to it to the last bit."""
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
