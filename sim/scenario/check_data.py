"""Rules between keys of data and messages: who has which use, how often, and whether it can be had at all."""

import math
from collections.abc import Iterator
from itertools import product

from sim.scenario.check_sizes import size_problems
from sim.scenario.check_territory import SHARE_TOLERANCE
from sim.scenario.check_traffic import cell_names
from sim.scenario.evidence import Finding
from sim.scenario.locate import Loc
from sim.scenario.messages import did_you_mean, given
from sim.scenario.networks_section import Network
from sim.scenario.radio_section import Radio
from sim.scenario.subscribers_section import Subscribers
from sim.scenario.traffic_section import DataSource, Messages, Traffic, Use
from sim.units import SECONDS_PER_HOUR, hours_to_seconds

MAX_PER_LINE_H = 600.0
"""Sessions, and messages, of a simulated line in the busy hour: the most that the draws are made for. [1/h]"""

MAX_SOURCE_FLOWS_H = 2**20
"""Flows of a source in an hour: the most that its addresses have room for. [1/h]"""

MAX_TRIES = 65_535
"""Tries to deliver a message that its column has room for."""

_DATA: Loc = ("traffic", "data")
_MESSAGES: Loc = ("traffic", "messages")


def check_data(radio: Radio, traffic: Traffic) -> Iterator[Finding]:
    """Check that data have a radio, and that names, sizes and intensities can be."""
    data = traffic.data
    entries: tuple[tuple[str, tuple[Use | DataSource, ...]], ...] = (
        ("uses", data.uses),
        ("sources", data.sources),
    )
    for key, items in entries:
        if items and radio.capacity != "wcdma":
            message = ": needs radio.capacity: wcdma; cells with channels carry no data"
            yield Finding((*_DATA, key), message)
        yield from _check_unique((*_DATA, key), [item.name for item in items])
        for i, item in enumerate(items):
            for of_size, message in size_problems(item.size):
                yield Finding((*_DATA, key, i, "size", of_size), message)
    for i, source in enumerate(data.sources):
        per_h = source.offered_bps / source.size.mean_bit * SECONDS_PER_HOUR
        if per_h > MAX_SOURCE_FLOWS_H:
            message = (
                f" = {given(source.offered_bps)}: gives {per_h:,.6g} flows an hour: must be at most "
                f"{MAX_SOURCE_FLOWS_H:,}; lower it, raise size.mean_bit, or make it several sources"
            )
            yield Finding((*_DATA, "sources", i, "offered_bps"), message)


def _check_unique(loc: Loc, names: list[str]) -> Iterator[Finding]:
    for i, name in enumerate(names):
        if name in names[:i]:
            yield Finding((*loc, i, "name"), f" = {given(name)}: must be unique")


def check_devices(subscribers: Subscribers) -> Iterator[Finding]:
    """Check the devices of subscribers."""
    loc: Loc = ("subscribers", "devices")
    yield from _check_unique(loc, [device.name for device in subscribers.devices])
    total = math.fsum(device.share for device in subscribers.devices)
    if abs(total - 1.0) > SHARE_TOLERANCE:
        yield Finding(loc, f": shares sum to {total:.10g}: must sum to 1")


def check_uses(subscribers: Subscribers, traffic: Traffic) -> Iterator[Finding]:
    """Check whose the uses are, and how often a line asks for data and sends messages."""
    uses = traffic.data.uses
    devices = tuple(device.name for device in subscribers.devices)
    classes = tuple(one.name for one in subscribers.classes)
    for i, use in enumerate(uses):
        loc: Loc = (*_DATA, "uses", i)
        yield from _check_known((*loc, "devices"), use.devices, devices, ("device", "devices"))
        yield from _check_known((*loc, "classes"), use.classes, classes, ("class", "classes"))
    most, device, name = max(
        (line_sessions_h(uses, device, name) / subscribers.scale, device, name)
        for device, name in product(devices, classes)
    )
    if most > MAX_PER_LINE_H:
        message = (
            f": give a simulated line of device {given(device)} and class {given(name)} {most:,.6g} sessions in the "
            f"busy hour (subscribers.scale = {given(subscribers.scale)}): must be at most {MAX_PER_LINE_H:g}; lower "
            "sessions_per_line_h, or raise the scale"
        )
        yield Finding((*_DATA, "uses"), message)
    per_line_h = traffic.messages.per_line_h
    if per_line_h / subscribers.scale > MAX_PER_LINE_H:
        message = (
            f" = {given(per_line_h)}: gives a simulated line {per_line_h / subscribers.scale:,.6g} messages in the "
            f"busy hour (subscribers.scale = {given(subscribers.scale)}): must be at most {MAX_PER_LINE_H:g}; lower "
            "it, or raise the scale"
        )
        yield Finding((*_MESSAGES, "per_line_h"), message)


def _check_known(
    loc: Loc, names: tuple[str, ...], known: tuple[str, ...], words: tuple[str, str]
) -> Iterator[Finding]:
    one, several = words
    for i, name in enumerate(names):
        if name not in known:
            hint = did_you_mean(name, known, several)
            yield Finding((*loc, i), f" = {given(name)}: unknown {one}; {hint}")
        elif name in names[:i]:
            yield Finding((*loc, i), f" = {given(name)}: must be named once")


def line_sessions_h(uses: tuple[Use, ...], device: str, name: str) -> float:
    """Return the sessions of a line in the busy hour."""
    return math.fsum(
        use.sessions_per_line_h
        for use in uses
        if device in (use.devices or (device,)) and name in (use.classes or (name,))
    )


def check_data_cells(networks: tuple[Network, ...], traffic: Traffic) -> Iterator[Finding]:
    """
    Check that the cells of sources of data exist.

    Whether a cell is the first of any square is seen when the coverage is known.
    """
    names = cell_names(networks)
    if names is None:
        return
    known = set(names)
    for i, source in enumerate(traffic.data.sources):
        if source.cell not in known:
            hint = did_you_mean(source.cell, names, "cells")
            message = f" = {given(source.cell)}: unknown cell; {hint}"
            yield Finding((*_DATA, "sources", i, "cell"), message)


def check_messages(traffic: Traffic) -> Iterator[Finding]:
    """Check that the tries to deliver a message can be counted."""
    messages: Messages = traffic.messages
    valid_s = hours_to_seconds(messages.validity_h)
    n_tries = math.floor(valid_s / messages.retry_s) + 1
    if n_tries > MAX_TRIES:
        message = (
            f" = {given(messages.retry_s)}: a message is tried up to {n_tries:,} times in its validity_h: must be "
            f"at most {MAX_TRIES:,}; make it {math.ceil(valid_s / (MAX_TRIES - 1))} or more, or shorten validity_h"
        )
        yield Finding((*_MESSAGES, "retry_s"), message)
