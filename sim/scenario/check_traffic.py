"""Rules between keys of traffic, data and messages: who has which use, how often, and whether it can be had at all."""

import math
from collections.abc import Iterator
from itertools import product

from sim.scenario.check_region import SHARE_TOLERANCE
from sim.scenario.evidence import Finding
from sim.scenario.locate import Loc
from sim.scenario.messages import did_you_mean, given
from sim.scenario.networks_section import Network
from sim.scenario.radio_section import Radio
from sim.scenario.subscribers_section import Subscribers
from sim.scenario.traffic_section import (
    DataSource,
    Destination,
    Messages,
    Profile,
    Size,
    Traffic,
    Use,
)
from sim.units import SECONDS_PER_HOUR, hours_to_seconds


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


def check_answers(networks: tuple[Network, ...], traffic: Traffic) -> Iterator[Finding]:
    """Check that somebody answers where lines are to talk."""
    has_lines = any(network.n_subscribers for network in networks)
    if has_lines and traffic.voice.ringing.p_answer == 0.0 and traffic.erl_per_line > 0.0:
        message = (
            " = 0: must be more than 0, as nobody talks where nobody answers, and traffic.erl_per_line = "
            f"{traffic.erl_per_line:g} counts talk; set that to 0 for no calls"
        )
        yield Finding(("traffic", "voice", "ringing", "p_answer"), message)


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


MAX_MEAN_SHARE = 0.9
"""Mean of a truncated law over its greatest size at most (house limit): nearer to it all sizes are nearly the greatest,
and the law before truncation has next to nothing below it. [1]"""

LEAST_MEAN_BIT = 1.0
"""Least mean (house limit). [bit]"""

TRUNCATED = ("lognormal", "truncated_pareto")
"""Laws with a greatest size."""


def size_problems(size: Size) -> Iterator[tuple[str, str]]:
    """
    Yield what keeps a law of the size from having the mean and the variation asked for.

    Parameters
    ----------
    size : Size
        Section.

    Yields
    ------
    tuple of str
        Key of the section, and what is wrong with it.
    """
    if size.law == "hyperexponential" and size.cv <= 1.0:
        message = f" = {given(size.cv)}: must be more than 1 for the law hyperexponential"
        yield "cv", message + "; the law exponential has 1"
    if size.mean_bit < LEAST_MEAN_BIT:
        yield "mean_bit", f" = {given(size.mean_bit)}: must be {LEAST_MEAN_BIT:g} or more"
    most_bit = MAX_MEAN_SHARE * size.max_bit
    if size.law in TRUNCATED and size.mean_bit > most_bit:
        message = (
            f" = {given(size.mean_bit)}: must be at most {MAX_MEAN_SHARE:g} x max_bit, {given(most_bit)}, for the law "
            f"{size.law}, which is cut at max_bit; raise max_bit, or choose the law fixed"
        )
        yield "mean_bit", message


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
        yield from check_known((*loc, "devices"), use.devices, devices, ("device", "devices"))
        yield from check_known((*loc, "classes"), use.classes, classes, ("class", "classes"))
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


def check_known(
    loc: Loc, names: tuple[str, ...], known: tuple[str, ...], words: tuple[str, str]
) -> Iterator[Finding]:
    """Check that names in a list are known, and each is there once."""
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
