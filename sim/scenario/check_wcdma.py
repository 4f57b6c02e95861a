"""Rules between keys of soft capacity."""

from collections.abc import Iterator

from sim.scenario.evidence import Finding
from sim.scenario.locate import Loc
from sim.scenario.messages import did_you_mean, given
from sim.scenario.radio_section import Radio
from sim.scenario.traffic_section import Traffic
from sim.scenario.wcdma_section import Wcdma
from sim.units import db_to_linear

_VIDEO = "video"


def check_wcdma(radio: Radio) -> Iterator[Finding]:
    """
    Check that phones of every service can be admitted, where interference, power and codes decide.

    Parameters
    ----------
    radio : Radio
        Section.

    Yields
    ------
    Finding
        What is wrong.
    """
    if radio.capacity != "wcdma":
        return
    yield from _check_services(radio.wcdma)
    yield from _check_powers(radio.wcdma)


def _check_services(wcdma: Wcdma) -> Iterator[Finding]:
    names = [service.name for service in wcdma.services]
    for i, service in enumerate(wcdma.services):
        loc: Loc = ("radio", "wcdma", "services", i)
        if service.name in names[:i]:
            yield Finding((*loc, "name"), f" = {given(service.name)}: must be unique")
        if service.n_codes & (service.n_codes - 1):
            message = f" = {service.n_codes}: must be a power of two; the codes form a binary tree"
            yield Finding((*loc, "n_codes"), message)
        elif service.n_codes > wcdma.code_capacity:
            message = f" = {service.n_codes}: must be at most radio.wcdma.code_capacity, {wcdma.code_capacity}"
            yield Finding((*loc, "n_codes"), message)
        if service.n_channel_elements > wcdma.n_channel_elements:
            message = (
                f" = {service.n_channel_elements}: must be at most radio.wcdma.n_channel_elements, "
                f"{wcdma.n_channel_elements}"
            )
            yield Finding((*loc, "n_channel_elements"), message)


def _check_powers(wcdma: Wcdma) -> Iterator[Finding]:
    loc: Loc = ("radio", "wcdma")
    if wcdma.uplink_cap_db < wcdma.max_noise_rise_db:
        message = (
            f" = {given(wcdma.uplink_cap_db)}: must be at least max_noise_rise_db, {wcdma.max_noise_rise_db:g}; "
            "cells would shed the phones that they admit"
        )
        yield Finding((*loc, "uplink_cap_db"), message)
    common = db_to_linear(wcdma.common_power_to_pilot_db)
    for_calls = db_to_linear(wcdma.max_power_to_pilot_db) * (1.0 - wcdma.hsdpa_reserved_share)
    if common >= for_calls:
        message = (
            f" = {given(wcdma.common_power_to_pilot_db)}: leaves no power for calls: must be less than "
            "max_power_to_pilot_db less the share of hsdpa_reserved_share"
        )
        yield Finding((*loc, "common_power_to_pilot_db"), message)


def check_services_of_traffic(radio: Radio, traffic: Traffic) -> Iterator[Finding]:
    """
    Check that the services for which traffic asks exist, where there are any.

    Parameters
    ----------
    radio : Radio
        Section.
    traffic : Traffic
        Section.

    Yields
    ------
    Finding
        What is wrong.
    """
    if radio.capacity != "wcdma":
        return
    names = [service.name for service in radio.wcdma.services]
    if traffic.voice.video_share > 0.0 and _VIDEO not in names:
        message = f" = {given(traffic.voice.video_share)}: must be 0 without a service video in radio.wcdma.services"
        yield Finding(("traffic", "voice", "video_share"), message)
    for i, source in enumerate(traffic.sources):
        if source.service not in names:
            hint = did_you_mean(source.service, names, "services")
            message = f" = {given(source.service)}: unknown service; {hint}"
            yield Finding(("traffic", "sources", i, "service"), message)
