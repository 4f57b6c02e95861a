"""Rules between keys of networks, sites and subscribers."""

import math
from collections.abc import Iterator
from datetime import datetime

from sim.scenario.check_region import RESERVED_NAMES, SHARE_TOLERANCE, province_codes
from sim.scenario.evidence import Finding
from sim.scenario.locate import Loc
from sim.scenario.messages import did_you_mean, given, number
from sim.scenario.networks_section import Network, ReferenceSites, Site, SitesOff
from sim.scenario.region_section import Region
from sim.scenario.subscribers_section import Subscribers


def check_names(networks: tuple[Network, ...]) -> Iterator[Finding]:
    """Check that networks and sites have names of their own."""
    seen: set[str] = set()
    site_names: dict[str, str] = {}
    for i, network in enumerate(networks):
        yield from _check_reserved(("networks", i, "name"), network.name)
        if network.name in seen:
            yield Finding(("networks", i, "name"), f" = {given(network.name)}: must be unique")
        seen.add(network.name)
        for j, site in enumerate(network.sites):
            if site.name in site_names:
                message = f" = {given(site.name)}: must be unique; {site_names[site.name]} has one"
                yield Finding(("networks", i, "sites", j, "name"), message)
            site_names.setdefault(site.name, network.name)


def _check_reserved(loc: Loc, name: str) -> Iterator[Finding]:
    """Check that a name is none that stands for something else in tables."""
    if name in RESERVED_NAMES:
        words = ", ".join(RESERVED_NAMES)
        yield Finding(
            loc, f" = {given(name)}: must not be one of {words}, which mean something else"
        )


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
        for j, off in enumerate(network.sites_off):
            yield from _check_off(off, ("networks", i, "sites_off", j))
        yield from _check_stages(network, ("networks", i, "sold_by_stage"))
        if network.reference_sites is not None:
            yield from _check_reference(network.reference_sites, region, ("networks", i))


def _check_off(off: SitesOff, loc: Loc) -> Iterator[Finding]:
    """Check that it is said which sites are off the air, and that they go off before they are back."""
    if not off.sites and off.share is None and off.sites_file is None:
        yield Finding(loc, ": must have sites, share or sites_file")
    times = {}
    for key in ("begin", "end"):
        value = getattr(off, key)
        if value is not None:
            try:
                times[key] = datetime.fromisoformat(value)
            except ValueError:
                message = f" = {given(value)}: must be a date and time of the calendar"
                yield Finding((*loc, key), message)
    if len(times) == 2 and times["begin"] >= times["end"]:
        yield Finding(
            (*loc, "end"), f" = {given(off.end)}: must be after begin, {given(off.begin)}"
        )


def _check_stages(network: Network, loc: Loc) -> Iterator[Finding]:
    """Check that stages of selling follow one another, and that selling hangs on sites at all."""
    if network.sold_by_stage and network.sold_within_km is None:
        yield Finding(loc, ": needs sold_within_km, without which lines are sold everywhere")
    for key in ("n_subscribers", "n_sites"):
        values = [getattr(one, key) for one in network.sold_by_stage]
        for j in range(1, len(values)):
            if values[j] < values[j - 1]:
                message = f" = {given(values[j])}: must not be less than in the stage before, {values[j - 1]}"
                yield Finding((*loc, j, key), message)


def _check_reference(reference: ReferenceSites, region: Region, loc: Loc) -> Iterator[Finding]:
    """Check the sites around which the lines of a network were sold."""
    loc = (*loc, "reference_sites")
    if not reference.sites and reference.sites_file is None and not reference.n_sites:
        yield Finding(loc, ": must have sites, sites_file or n_sites")
    for j, site in enumerate(reference.sites):
        yield from _check_site(site, region, (*loc, "sites", j))


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
        yield from _check_reserved((*loc, i, "name"), name)
    total = math.fsum(entry.share for entry in subscribers.classes)
    if abs(total - 1.0) > SHARE_TOLERANCE:
        yield Finding(loc, f": shares sum to {total:.10g}: must sum to 1")
    if not any(entry.share * entry.rate_factor > 0.0 for entry in subscribers.classes):
        yield Finding(loc, ": must have a class with share and rate_factor more than 0")
