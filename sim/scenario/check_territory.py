"""Rules between keys of region, networks, sites and subscribers."""

import math
from collections.abc import Iterator

from sim.scenario.evidence import Finding
from sim.scenario.locate import Loc
from sim.scenario.memory import PROVINCE_AREA_KM2
from sim.scenario.messages import did_you_mean, given, number
from sim.scenario.networks_section import Network, Site
from sim.scenario.region_section import ProvinceKeys, Region
from sim.scenario.subscribers_section import Subscribers

PLAIN_PROVINCE = "plain"
"""The one province of a plain."""

RESERVED_NAMES = ("fixed", "all", "any", "both", "neither", "none")
"""Words that stand for networks in routes and results."""

SHARE_TOLERANCE = 1e-9
"""How far shares may sum to something else than 1, for rounding. [1]"""


def province_codes(region: Region) -> tuple[str, ...] | None:
    """
    Return the codes of a region's provinces, whether simulated or not, as far as the scenario alone says them.

    Codes; None when they stand in a file.
    """
    if region.source == "geojson":
        return None
    return (PLAIN_PROVINCE,) if region.source == "plain" else tuple(PROVINCE_AREA_KM2)


def check_region(region: Region) -> Iterator[Finding]:
    """Check that a region has the keys of its kind."""
    is_plain = region.source == "plain"
    for key in ("width_km", "height_km"):
        side = getattr(region, key)
        if is_plain and side is None:
            yield Finding(("region", key), ": missing; a plain needs width_km and height_km")
        if not is_plain and side is not None:
            message = f" = {given(side)}: must be absent; only a plain has sides"
            yield Finding(("region", key), message, of_key=True)
    yield from _check_file_keys(region)
    if is_plain and region.provinces is not None:
        message = ": must be absent; a plain has no provinces"
        yield Finding(("region", "provinces"), message, of_key=True)
    elif region.provinces is not None:
        yield from _check_provinces(region, region.provinces)


def _check_file_keys(region: Region) -> Iterator[Finding]:
    """Check the keys that a country from files needs, and that others do not have."""
    if region.source == "geojson":
        if region.provinces_file is None:
            message = ": missing; a region from geojson needs the file of its provinces"
            yield Finding(("region", "provinces_file"), message)
        keys = list(region.province_keys.model_dump().values())
        if len(set(keys)) < len(keys):
            message = ": must name a property of its own for each of code, name and population"
            yield Finding(("region", "province_keys"), message)
        return
    for key in ("provinces_file", "settlements_file", "relief", "province_keys"):
        value = getattr(region, key)
        if value not in (None, ProvinceKeys()):
            shown = "" if key == "province_keys" else f" = {given(value)}"
            message = f"{shown}: must be absent; only for source geojson"
            yield Finding(("region", key), message, of_key=True)


def _check_provinces(region: Region, provinces: tuple[str, ...]) -> Iterator[Finding]:
    known = province_codes(region)
    if not provinces:
        yield Finding(("region", "provinces"), " = []: must name a province, or be absent for all")
    for i, code in enumerate(provinces):
        loc: Loc = ("region", "provinces", i)
        if known is not None and code not in known:
            hint = did_you_mean(code, known, "provinces")
            yield Finding(loc, f" = {given(code)}: unknown province; {hint}")
        elif code in provinces[:i]:
            yield Finding(loc, f" = {given(code)}: must be named once")


def check_names(networks: tuple[Network, ...]) -> Iterator[Finding]:
    """Check that networks and sites have names of their own."""
    seen: set[str] = set()
    site_names: dict[str, str] = {}
    for i, network in enumerate(networks):
        if network.name in RESERVED_NAMES:
            words = ", ".join(RESERVED_NAMES)
            message = (
                f" = {given(network.name)}: must not be one of {words}, which mean something else"
            )
            yield Finding(("networks", i, "name"), message)
        if network.name in seen:
            yield Finding(("networks", i, "name"), f" = {given(network.name)}: must be unique")
        seen.add(network.name)
        for j, site in enumerate(network.sites):
            if site.name in site_names:
                message = f" = {given(site.name)}: must be unique; {site_names[site.name]} has one"
                yield Finding(("networks", i, "sites", j, "name"), message)
            site_names.setdefault(site.name, network.name)


def check_networks(region: Region, networks: tuple[Network, ...]) -> Iterator[Finding]:
    """Check that networks have sites, and weights for provinces that exist."""
    known = province_codes(region)
    for i, network in enumerate(networks):
        has_sites = network.sites or network.sites_file is not None or network.n_sites > 0
        if network.n_subscribers > 0 and not has_sites:
            message = ": must have sites, sites_file or n_sites, as it has subscribers"
            yield Finding(("networks", i), message)
        for code, weight in network.province_weight.items():
            loc: Loc = ("networks", i, "province_weight", code)
            if known is not None and code not in known:
                hint = did_you_mean(code, known, "provinces")
                yield Finding(loc, f": unknown province; {hint}", of_key=True)
            if weight < 0.0:
                yield Finding(loc, f" = {given(weight)}: must be 0 or more")
        simulated = region.provinces or known
        if (
            network.n_subscribers > 0
            and simulated is not None
            and not any(network.province_weight.get(code, 1.0) > 0.0 for code in simulated)
        ):
            message = (
                ": must be more than 0 for a simulated province, as the network has subscribers"
            )
            yield Finding(("networks", i, "province_weight"), message)
        for j, site in enumerate(network.sites):
            yield from _check_site(site, region, ("networks", i, "sites", j))


def _check_site(site: Site, region: Region, loc: Loc) -> Iterator[Finding]:
    n_plane = sum(value is not None for value in (site.x_km, site.y_km))
    n_globe = sum(value is not None for value in (site.longitude_deg, site.latitude_deg))
    if region.source == "plain":
        if n_globe:
            yield Finding(loc, ": must have x_km and y_km; a plain has no longitude and latitude")
        elif n_plane < 2:
            yield Finding(loc, ": must have x_km and y_km")
        yield from _check_inside(site, region, loc)
    elif (n_plane, n_globe) not in ((2, 0), (0, 2)):
        message = ": must have either x_km and y_km, or longitude_deg and latitude_deg"
        yield Finding(loc, message)


def _check_inside(site: Site, region: Region, loc: Loc) -> Iterator[Finding]:
    """Check that a site stands on the plain."""
    for key, side_key in (("x_km", "width_km"), ("y_km", "height_km")):
        value, side = getattr(site, key), getattr(region, side_key)
        if value is not None and side is not None and not 0.0 <= value <= side:
            message = f" = {given(value)}: must be 0 to {number(side)}, the plain's {side_key}"
            yield Finding((*loc, key), message)


def check_subscribers(subscribers: Subscribers) -> Iterator[Finding]:
    """Check the classes of subscribers."""
    loc: Loc = ("subscribers", "classes")
    names = [entry.name for entry in subscribers.classes]
    for i, name in enumerate(names):
        if name in names[:i]:
            yield Finding((*loc, i, "name"), f" = {given(name)}: must be unique")
    total = math.fsum(entry.share for entry in subscribers.classes)
    if abs(total - 1.0) > SHARE_TOLERANCE:
        yield Finding(loc, f": shares sum to {total:.10g}: must sum to 1")
    if not any(entry.share * entry.rate_factor > 0.0 for entry in subscribers.classes):
        yield Finding(loc, ": must have a class with share and rate_factor more than 0")
