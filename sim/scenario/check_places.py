"""Rules between keys of places: who has which, how many can have one, and how large the search for one may be."""

import math
from collections.abc import Iterator

from sim.scenario.check_region import SHARE_TOLERANCE
from sim.scenario.check_traffic import check_known
from sim.scenario.evidence import Finding
from sim.scenario.locate import Loc
from sim.scenario.messages import given
from sim.scenario.places_section import SecondPlace
from sim.scenario.region_section import Grid, Region
from sim.scenario.subscribers_section import Subscribers
from sim.scenario.traffic_section import Traffic

MOST_SQUARES = 40_000
"""Squares among which a place is chosen at most (house limit): each home asks for the list of its own."""

_PLACES: Loc = ("traffic", "places")


def check_places(
    region: Region, grid: Grid, subscribers: Subscribers, traffic: Traffic
) -> Iterator[Finding]:
    """Check the kinds of places, and that no line has more than one."""
    known = tuple(one.name for one in subscribers.classes)
    names = [one.name for one in traffic.places]
    for i, one in enumerate(traffic.places):
        loc = (*_PLACES, i)
        if one.name in names[:i]:
            yield Finding((*loc, "name"), f" = {given(one.name)}: must be unique")
        yield from check_known((*loc, "classes"), one.classes, known, ("class", "classes"))
        yield from _check_one(loc, one, region, grid)
    for name in known:
        own = [one for one in traffic.places if name in (one.classes or (name,))]
        total = math.fsum(one.share for one in own)
        if total > 1.0 + SHARE_TOLERANCE:
            message = (
                f": shares of {', '.join(one.name for one in own)} sum to {total:.10g} for the class {given(name)}: "
                "must sum to 1 or less, as a line has one place beside its home at most"
            )
            yield Finding(_PLACES, message)


def _check_one(loc: Loc, one: SecondPlace, region: Region, grid: Grid) -> Iterator[Finding]:
    total = math.fsum((one.other_county_share, one.other_province_share))
    if total > 1.0:
        message = (
            f": other_county_share and other_province_share sum to {total:.10g}: must sum to 1 or less; the rest stay "
            "in their county"
        )
        yield Finding(loc, message)
    n_squares = math.pi * (one.within_km * 1000.0 / grid.resolution_m) ** 2
    if n_squares > MOST_SQUARES:
        most_km = math.sqrt(MOST_SQUARES / math.pi) * grid.resolution_m / 1000.0
        message = (
            f" = {given(one.within_km)}: reaches {n_squares:,.0f} squares of {grid.resolution_m:g} m: must be at most "
            f"{MOST_SQUARES:,}; lower it to {math.floor(10.0 * most_km) / 10.0:g} or less, or make squares larger"
        )
        yield Finding((*loc, "within_km"), message)
    if region.source == "plain" and needs_town(one):
        yield Finding(loc, f": {NO_TOWN}")


def needs_town(one: SecondPlace) -> bool:
    """
    Say whether lines of a kind go to towns.

    Parameters
    ----------
    one : SecondPlace
        Kind.

    Returns
    -------
    bool
        Whether a region without towns has no place for them.
    """
    return one.near == "town" or one.other_county_share + one.other_province_share > 0.0


NO_TOWN = (
    "the region has no town: must have near: home, other_county_share: 0 and other_province_share: 0; or give "
    "region.settlements_file"
)
"""What is wrong with such a kind where there is none."""
