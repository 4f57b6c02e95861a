"""Rules between keys of radio and traffic."""

import math
from collections.abc import Iterator

from sim.scenario.evidence import Finding
from sim.scenario.locate import Loc
from sim.scenario.messages import did_you_mean, given, one_of
from sim.scenario.networks_section import Network
from sim.scenario.radio_section import Radio
from sim.scenario.traffic_section import Destination, Profile, Traffic

ENVIRONMENTS = {
    "okumura_hata": ("urban_large", "urban_small", "suburban", "open"),
    "cost231_hata": ("medium_city", "metropolitan"),
}
"""Environments of the models that have any."""


def check_radio(radio: Radio) -> Iterator[Finding]:
    """Check that the path-loss model has what it needs."""
    loc: Loc = ("radio", "path_loss")
    model = radio.path_loss.model
    if model == "disc" and radio.path_loss.radius_km is None:
        yield Finding((*loc, "radius_km"), ": missing; the model disc needs it")
    if model == "disc" and radio.shadowing.mode != "none":
        message = f" = {given(radio.shadowing.mode)}: must be none; a disc serves by distance alone"
        yield Finding(("radio", "shadowing", "mode"), message)
    if model != "terrain" and radio.path_loss.profile_step_m is not None:
        message = f": must be absent for the model {model}; only terrain walks profiles"
        yield Finding((*loc, "profile_step_m"), message, of_key=True)
    allowed = ENVIRONMENTS.get(model)
    environment = radio.path_loss.environment
    if allowed is not None and environment not in allowed:
        message = f" = {given(environment)}: must be {one_of(allowed)} for the model {model}"
        yield Finding((*loc, "environment"), message)


def check_traffic(traffic: Traffic) -> Iterator[Finding]:
    """Check profile, destinations and the names of the sources."""
    yield from _check_profile(traffic.profile)
    yield from _check_destination(traffic.voice.destination)
    names = [source.name for source in traffic.sources]
    seen: set[str] = set()
    for i, source in enumerate(traffic.sources):
        loc: Loc = ("traffic", "sources", i)
        if names[i] in seen:
            yield Finding((*loc, "name"), f" = {given(names[i])}: must be unique")
        seen.add(names[i])
        if len(set(source.cells)) < len(source.cells):
            yield Finding((*loc, "cells"), f" = {given(list(source.cells))}: must name two cells")


def _check_profile(profile: Profile) -> Iterator[Finding]:
    for key in ("daily", "weekly"):
        loc: Loc = ("traffic", "profile", key)
        weights = getattr(profile, key)
        for i, weight in enumerate(weights):
            if weight < 0.0:
                yield Finding((*loc, i), f" = {given(weight)}: must be 0 or more")
        if not any(weight > 0.0 for weight in weights):
            yield Finding(loc, ": must have a weight more than 0")


def _check_destination(destination: Destination) -> Iterator[Finding]:
    total = math.fsum((destination.other_network_share, destination.fixed_share))
    if total > 1.0:
        message = (
            f": other_network_share and fixed_share sum to {total:.10g}: must sum to 1 or less"
        )
        yield Finding(("traffic", "voice", "destination"), message)


def cell_names(networks: tuple[Network, ...]) -> tuple[str, ...] | None:
    """
    Return the names of all cells, when the scenario itself gives them.

    `site` for an omnidirectional site, else `site/1`, `site/2` and so on; None when sites lie in a table or are
    placed by the rule.
    """
    names: list[str] = []
    for network in networks:
        if network.sites_file is not None or network.n_sites > 0:
            return None
        for site in network.sites:
            n_sectors = site.n_sectors or network.equipment.n_sectors
            if n_sectors == 1:
                names.append(site.name)
            else:
                names.extend(f"{site.name}/{sector}" for sector in range(1, n_sectors + 1))
    return tuple(names)


def check_source_cells(networks: tuple[Network, ...], traffic: Traffic) -> Iterator[Finding]:
    """Check that the cells of Poisson sources exist."""
    names = cell_names(networks)
    if names is None:
        return
    known = set(names)
    for i, source in enumerate(traffic.sources):
        for j, cell in enumerate(source.cells):
            if cell not in known:
                hint = did_you_mean(cell, names, "cells")
                message = f" = {given(cell)}: unknown cell; {hint}"
                yield Finding(("traffic", "sources", i, "cells", j), message)
