"""The embedded country: North Korea's provinces, settlements with their sizes, and heights."""

import math
from dataclasses import replace

from sim.units import EARTH_RADIUS_M
from sim.world.country import Country, Province, Settlement
from sim.world.pack import (
    PackPlace,
    read_census_cities,
    read_elevation,
    read_provinces,
    read_settlements,
)
from sim.world.settlements import spread_m

LARGEST_TOWN = 40_000
"""People of a province's first-ranked town that the census cities do not name (assumption)."""

SMALLEST_TOWN = 10_000
"""People of the least town; between them size falls with the square root of rank (assumption)."""

SAME_PLACE_M = 6_000.0
"""A settlement nearer than this to a larger one, or within two spreads of it, is a part of it (assumption). [m]"""

SMOOTH_NOTE = "heights are means of 5-arc-minute cells, interpolated: valleys and summits are lost"

CAMPS_NOTE = "702,372 people counted in military camps in 2008 are in no province"

CENSUS_NOTE = f"people are census totals of provinces spread by rule; {CAMPS_NOTE}"

NOTES = (SMOOTH_NOTE, CENSUS_NOTE)
"""What every output must say of the embedded data."""


def embedded_country(city_spread_km: float) -> Country:
    """
    Return North Korea.

    Cities have the figures of the census less the province's rural share; other settlements, whose figures are
    stale, have a size by their rank in the province, from `LARGEST_TOWN` down to `SMALLEST_TOWN`.
    """
    return Country(
        provinces=tuple(
            Province(province.iso, province.name, province.population, province.outline)
            for province in read_provinces()
        ),
        settlements=tuple(
            Settlement(
                place.name, place.iso, place.population, place.longitude_deg, place.latitude_deg
            )
            for place in _sized_places(city_spread_km)
        ),
        elevation=read_elevation(),
        notes=NOTES,
    )


def _sized_places(city_spread_km: float) -> list[PackPlace]:
    """Return census cities and the towns apart from them, with their sizes, the largest first."""
    places = list(read_census_cities())
    rank: dict[str, int] = {}
    for town in read_settlements():
        if any(_is_part(town, place, city_spread_km) for place in places):
            continue
        rank[town.iso] = rank.get(town.iso, 0) + 1
        size = max(SMALLEST_TOWN, round(LARGEST_TOWN / math.sqrt(rank[town.iso])))
        places.append(replace(town, population=size))
    for province in read_provinces():
        urban = sum(place.population for place in places if place.iso == province.iso)
        # The census counts a city with its rural part: together places never exceed the urban share.
        share = min(1.0, province.urban_share * province.population / urban)
        places = [
            replace(place, population=round(place.population * share))
            if place.iso == province.iso
            else place
            for place in places
        ]
    return sorted(places, key=lambda place: (-place.population, place.name))


def _is_part(town: PackPlace, place: PackPlace, city_spread_km: float) -> bool:
    """Return whether a town is a part of a larger place: on a sphere, near enough for this purpose."""
    mean_rad = math.radians((town.latitude_deg + place.latitude_deg) / 2.0)
    north_rad = math.radians(town.latitude_deg - place.latitude_deg)
    east_rad = math.radians(town.longitude_deg - place.longitude_deg) * math.cos(mean_rad)
    distance_m = EARTH_RADIUS_M * math.hypot(north_rad, east_rad)
    return distance_m < max(SAME_PLACE_M, 2.0 * spread_m(place.population, city_spread_km))
