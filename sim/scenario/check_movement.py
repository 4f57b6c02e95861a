"""Rules between keys of movement: who moves how, from which cells to which, and along which lines."""

import math
from collections.abc import Iterator

from sim.scenario.check_region import SHARE_TOLERANCE
from sim.scenario.check_traffic import cell_names
from sim.scenario.evidence import Finding
from sim.scenario.journeys_section import Dwell, Journeys, Ride
from sim.scenario.locate import Loc
from sim.scenario.messages import did_you_mean, given
from sim.scenario.networks_section import Network
from sim.scenario.radio_section import Radio
from sim.scenario.traffic_section import Source, Traffic

_FARTHEST_KM = 50_000.0


def check_journeys(traffic: Traffic) -> Iterator[Finding]:
    """Check the modes of travelling, and that each source either rides or has cells."""
    yield from _check_modes(traffic.journeys)
    for i, source in enumerate(traffic.sources):
        loc: Loc = ("traffic", "sources", i)
        yield from _check_source(loc, source)
        if source.ride is not None:
            yield from _check_line((*loc, "ride"), source.ride)
        if source.dwell is not None:
            yield from _check_among((*loc, "dwell", "among"), source.dwell)


def _check_modes(journeys: Journeys) -> Iterator[Finding]:
    loc: Loc = ("traffic", "journeys", "modes")
    names = [mode.name for mode in journeys.modes]
    for i, name in enumerate(names):
        if name in names[:i]:
            yield Finding((*loc, i, "name"), f" = {given(name)}: must be unique")
    total = math.fsum(mode.share for mode in journeys.modes)
    if total > 1.0 + SHARE_TOLERANCE:
        yield Finding(loc, f": shares sum to {total:.10g}: must sum to 1 or less")


def _check_source(loc: Loc, source: Source) -> Iterator[Finding]:
    if source.ride is None and not source.cells:
        yield Finding(
            (*loc, "cells"),
            ": is missing; name the cell, or the two, of the calls, or let the source ride",
        )
    if source.ride is not None and source.cells:
        message = f" = {given(list(source.cells))}: must be absent, as the source rides; leave out one of them"
        yield Finding((*loc, "cells"), message)
    if source.ride is not None and source.dwell is not None:
        yield Finding(
            (*loc, "dwell"), ": must be absent, as the source rides; leave out one of them"
        )
    if source.dwell is not None and len(source.cells) > 1:
        message = (
            f" = {given(list(source.cells))}: must be one cell, as phones go from it to others"
        )
        yield Finding((*loc, "cells"), message)


def _check_line(loc: Loc, ride: Ride) -> Iterator[Finding]:
    if len(ride.x_km) != len(ride.y_km):
        message = f": has {len(ride.y_km)} points; must have {len(ride.x_km)}, as x_km has"
        yield Finding((*loc, "y_km"), message)
    elif any(abs(km) > _FARTHEST_KM for km in (*ride.x_km, *ride.y_km)):
        yield Finding(
            (*loc, "x_km"),
            f": a point is more than {_FARTHEST_KM:,.0f} km away; must be in the region, or near it",
        )
    elif len(set(zip(ride.x_km, ride.y_km, strict=True))) < 2:
        yield Finding((*loc, "x_km"), ": all points are one; must be a line between two or more")


def _check_among(loc: Loc, dwell: Dwell) -> Iterator[Finding]:
    if len(set(dwell.among)) < len(dwell.among):
        yield Finding(loc, f" = {given(list(dwell.among))}: must name each cell once")


def check_moving_radio(radio: Radio, traffic: Traffic) -> Iterator[Finding]:
    """Check that legs can be reached, and that phones go without ground only where cells have channels."""
    if radio.capacity == "channels":
        return
    window_db = radio.wcdma.active_set_window_db
    if traffic.is_moving and radio.handover.reach_db < window_db:
        message = (
            f" = {radio.handover.reach_db:g}: must be {window_db:g} or more, as radio.wcdma.active_set_window_db: a "
            "leg that is taken would be lost at once"
        )
        yield Finding(("radio", "handover", "reach_db"), message)
    for i, source in enumerate(traffic.sources):
        if source.dwell is not None:
            message = (
                f": is for cells that have channels; radio.capacity = {radio.capacity}: let phones move over the "
                "ground (traffic.journeys, ride), or use channels"
            )
            yield Finding(("traffic", "sources", i, "dwell"), message)


def check_moving_names(networks: tuple[Network, ...], traffic: Traffic) -> Iterator[Finding]:
    """Check that the networks of riding sources, and the cells among which phones go, exist."""
    known = [network.name for network in networks]
    cells = cell_names(networks)
    for i, source in enumerate(traffic.sources):
        loc: Loc = ("traffic", "sources", i)
        if source.ride is not None and source.ride.network not in known:
            hint = did_you_mean(source.ride.network, known, "networks")
            message = f" = {given(source.ride.network)}: unknown network; {hint}"
            yield Finding((*loc, "ride", "network"), message)
        if source.dwell is None or cells is None:
            continue
        for k, name in enumerate(source.dwell.among):
            if name not in cells:
                message = f" = {given(name)}: unknown cell; {did_you_mean(name, cells, 'cells')}"
                yield Finding((*loc, "dwell", "among", k), message)
