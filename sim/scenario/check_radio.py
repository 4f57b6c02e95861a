"""Rules between keys of the radio: path loss, soft capacity, bearers, the least rate of HSDPA."""

import math
from collections.abc import Iterator

from sim.scenario.evidence import Finding
from sim.scenario.hsdpa_categories import CODE_UNITS, greatest_rate_bps
from sim.scenario.locate import Loc
from sim.scenario.messages import did_you_mean, given, one_of
from sim.scenario.networks_section import Network
from sim.scenario.radio_section import Bearer, Radio, Service, Wcdma
from sim.scenario.schema import Run
from sim.scenario.subscribers_section import Subscribers
from sim.scenario.traffic_section import Source, Traffic
from sim.units import db_to_linear, hours_to_seconds

MAX_UPDATES = 50_000_000
"""Most solutions of all powers in a replication, three weeks at the shortest interval (house limit)."""

VIDEO = "video"
"""Service of video calls."""

ENVIRONMENTS = {
    "okumura_hata": ("urban_large", "urban_small", "suburban", "open"),
    "cost231_hata": ("medium_city", "metropolitan"),
}
"""Environments of the models that have any."""

_WCDMA: Loc = ("radio", "wcdma")
_CAPACITY = "radio.capacity: wcdma"


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


def check_wcdma(radio: Radio) -> Iterator[Finding]:
    """
    Check that services fit into a cell, and limits to each other.

    A disc is allowed: who is served is a matter of distance, and losses are those of free space, as the ranks are.
    """
    yield from _check_services(radio.wcdma)
    yield from _check_limits(radio.wcdma)
    if radio.capacity == "wcdma" and radio.path_loss.model != "disc":
        least_dbm, served_dbm = radio.wcdma.least_heard_rscp_dbm, radio.min_rscp_dbm
        if least_dbm > served_dbm:
            message = (
                f" = {given(least_dbm)}: must be at most radio.min_rscp_dbm, {given(served_dbm)}"
            )
            yield Finding(
                (*_WCDMA, "least_heard_rscp_dbm"), message + "; cells that serve are heard"
            )


def _check_services(wcdma: Wcdma) -> Iterator[Finding]:
    seen: set[str] = set()
    for i, service in enumerate(wcdma.services):
        loc: Loc = (*_WCDMA, "services", i)
        if service.name in seen:
            yield Finding((*loc, "name"), f" = {given(service.name)}: must be unique")
        seen.add(service.name)
        yield from _check_codes(loc, service)
        yield from _check_room(loc, service, wcdma)


def _check_codes(loc: Loc, asking: Service | Bearer) -> Iterator[Finding]:
    """Check that the codes of a phone can stand together."""
    n_codes = asking.n_codes
    if n_codes & (n_codes - 1):
        below = 1 << (n_codes.bit_length() - 1)
        message = f" = {n_codes}: must be a power of two, such as {below} or {2 * below}"
        message += "; the codes of one phone stand together in the code tree"
        yield Finding((*loc, "n_codes"), message)


def _check_room(
    loc: Loc, asking: Service | Bearer, wcdma: Wcdma, advice: str = ""
) -> Iterator[Finding]:
    """Check that a cell without phones has room for one."""
    for key, most_key in (
        ("n_codes", "code_capacity"),
        ("n_channel_elements", "n_channel_elements"),
    ):
        asked, most = getattr(asking, key), getattr(wcdma, most_key)
        if asked > most:
            message = f" = {asked}: must be at most radio.wcdma.{most_key}, {most}; else no phone gets it{advice}"
            yield Finding((*loc, key), message)


def _check_limits(wcdma: Wcdma) -> Iterator[Finding]:
    common = db_to_linear(wcdma.common_power_to_pilot_db)
    for_calls = db_to_linear(wcdma.max_power_to_pilot_db) * (1.0 - wcdma.hsdpa_reserved_share)
    if common >= for_calls:
        message = (
            f" = {given(wcdma.common_power_to_pilot_db)}: leaves no power for calls: must be less than "
            "max_power_to_pilot_db less the share of hsdpa_reserved_share"
        )
        yield Finding((*_WCDMA, "common_power_to_pilot_db"), message)
    if wcdma.uplink_cap_db < wcdma.max_noise_rise_db:
        message = (
            f" = {given(wcdma.uplink_cap_db)}: must be at least max_noise_rise_db, "
            f"{given(wcdma.max_noise_rise_db)}; else cells shed phones that they may admit"
        )
        yield Finding((*_WCDMA, "uplink_cap_db"), message)


def check_adjacent(networks: tuple[Network, ...], radio: Radio) -> Iterator[Finding]:
    """Check that there is somebody on the adjacent carrier."""
    loc: Loc = ("radio", "adjacent_channel", "is_on")
    if radio.adjacent_channel.is_on and len(networks) < 2:
        yield Finding(loc, " = true: needs two networks, the scenario has 1; set it to false")


def check_services_asked(radio: Radio, traffic: Traffic) -> Iterator[Finding]:
    """Check that the services that calls ask for are there."""
    names = tuple(service.name for service in radio.wcdma.services)
    share = traffic.voice.video_share
    if share > 0.0 and VIDEO not in names:
        message = f" = {given(share)}: needs a service '{VIDEO}' in radio.wcdma.services; add one, or set it to 0"
        yield Finding(("traffic", "voice", "video_share"), message)
    default = Source.model_fields["service"].default
    for i, source in enumerate(traffic.sources):
        where: Loc = ("traffic", "sources", i, "service")
        if radio.capacity == "wcdma" and source.service not in names:
            hint = did_you_mean(source.service, names, "services")
            yield Finding(where, f" = {given(source.service)}: unknown service; {hint}")
        elif radio.capacity != "wcdma" and source.service != default:
            message = f" = {given(source.service)}: needs {_CAPACITY}; with channels leave it out"
            yield Finding(where, message)


def check_updates(run: Run, radio: Radio) -> Iterator[Finding]:
    """Check that powers are not solved without end."""
    if radio.capacity != "wcdma":
        return
    step_s = radio.wcdma.power_update_s
    length_s = hours_to_seconds((run.warmup_h or 0.0) + run.duration_h)
    n_updates = math.ceil(length_s / step_s)
    if n_updates > MAX_UPDATES:
        message = (
            f" = {given(step_s)}: powers would be solved {n_updates:,} times in a replication: must be at most "
            f"{MAX_UPDATES:,}; make it {length_s / MAX_UPDATES:.3g} or more, or shorten the run"
        )
        yield Finding((*_WCDMA, "power_update_s"), message)


def check_bearers(radio: Radio, traffic: Traffic) -> Iterator[Finding]:
    """Check that Release 99 bearers have names and codes of their own, and where data need them that they fit."""
    wcdma = radio.wcdma
    names: set[str] = set()
    for key in ("downlink_bearers", "uplink_bearers"):
        for i, bearer in enumerate(getattr(wcdma, key)):
            loc: Loc = (*_WCDMA, key, i)
            if bearer.name in names:
                message = (
                    f" = {given(bearer.name)}: must be unique among the bearers of both directions"
                )
                yield Finding((*loc, "name"), message)
            names.add(bearer.name)
            yield from _check_codes(loc, bearer)
            if traffic.data.is_wanted and radio.capacity == "wcdma":
                is_given = key in wcdma.model_fields_set
                advice = "" if is_given else f"; give {key} in place of the default"
                yield from _check_room(loc, bearer, wcdma, advice)


def check_least_rate(radio: Radio, subscribers: Subscribers, traffic: Traffic) -> Iterator[Finding]:
    """Check that phones that receive over HSDPA can have the least rate."""
    hsdpa = radio.hsdpa
    if radio.capacity != "wcdma" or not hsdpa.is_on:
        return
    n_codes = min(hsdpa.max_codes, radio.wcdma.code_capacity // CODE_UNITS)
    for words, category, peak_bps in _receivers(subscribers, traffic):
        most_bps = greatest_rate_bps(category, n_codes)
        why = f"category {category} with {n_codes} codes"
        if peak_bps is not None and peak_bps < most_bps:
            most_bps, why = peak_bps, "its peak_rate_bps"
        if hsdpa.min_rate_bps > most_bps:
            message = (
                f" = {given(hsdpa.min_rate_bps)}: must be at most {math.floor(most_bps)}, the most that {words} "
                f"gets ({why}); else all its flows are refused"
            )
            yield Finding(("radio", "hsdpa", "min_rate_bps"), message)


def _receivers(
    subscribers: Subscribers, traffic: Traffic
) -> Iterator[tuple[str, int, float | None]]:
    """Yield who receives over HSDPA: in words, category, and greatest rate."""
    receiving = [use for use in traffic.data.uses if use.direction == "down"]
    for device in subscribers.devices:
        is_asking = any(device.name in (use.devices or (device.name,)) for use in receiving)
        if is_asking and device.hsdpa_category > 0:
            yield f"device {given(device.name)}", device.hsdpa_category, device.peak_rate_bps
    for source in traffic.data.sources:
        if source.direction == "down" and source.hsdpa_category > 0:
            yield f"source {given(source.name)}", source.hsdpa_category, source.peak_rate_bps
