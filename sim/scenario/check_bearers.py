"""Rules between keys of data over the radio: Release 99 bearers, and the least rate of HSDPA."""

import math
from collections.abc import Iterator

from sim.scenario.check_wcdma import check_codes, check_room
from sim.scenario.evidence import Finding
from sim.scenario.hsdpa_categories import CODE_UNITS, greatest_rate_bps
from sim.scenario.locate import Loc
from sim.scenario.messages import given
from sim.scenario.radio_section import Radio
from sim.scenario.subscribers_section import Subscribers
from sim.scenario.traffic_section import Traffic

_WCDMA: Loc = ("radio", "wcdma")


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
            yield from check_codes(loc, bearer)
            if traffic.data.is_wanted and radio.capacity == "wcdma":
                is_given = key in wcdma.model_fields_set
                advice = "" if is_given else f"; give {key} in place of the default"
                yield from check_room(loc, bearer, wcdma, advice)


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
