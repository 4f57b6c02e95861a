"""Rules between keys, and the size of a run: everything that a single key's bounds cannot say."""

import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sim.scenario.check_territory import (
    PROVINCE_AREA_KM2,
    check_names,
    check_networks,
    check_region,
    check_subscribers,
)
from sim.scenario.check_traffic import check_radio, check_source_cells, check_traffic, check_trunks
from sim.scenario.evidence import Finding
from sim.scenario.messages import given
from sim.scenario.schema import Run
from sim.scenario.tables_beside import (
    check_extension_files,
    check_region_files,
    check_sites_files,
)
from sim.scenario.territory import Grid, Network, Region, Subscribers
from sim.scenario.traffic_section import Traffic

MAX_MEMORY_BYTES = 16 * 2**30
"""Largest estimated need of a run (house default). [B]"""

_SUBSCRIBER_BYTES = 60
_COVERAGE_BYTES = 60
_ATTEMPT_BYTES = 120

_RULES = (
    (("region",), check_region),
    (("networks",), check_names),
    (("region", "networks"), check_networks),
    (("subscribers",), check_subscribers),
    (("radio",), check_radio),
    (("traffic",), check_traffic),
    (("networks", "traffic"), check_source_cells),
    (("networks", "switching"), check_trunks),
)
"""Sections that a rule needs, and the rule."""


def check(sections: dict[str, Any], folder: Path) -> Iterator[Finding]:
    """
    Check the rules between keys.

    Parameters
    ----------
    sections : dict of str to Any
        Sections that the schema accepts; a rule is left out when one that it needs is absent.
    folder : Path
        Folder of the scenario.

    Yields
    ------
    Finding
        Everything that is wrong.
    """
    if "run" in sections:
        yield from check_start(sections["run"])
    for keys, rule in _RULES:
        if all(key in sections for key in keys):
            yield from rule(*(sections[key] for key in keys))
    if "region" in sections:
        yield from check_region_files(sections["region"], folder)
    if "networks" in sections:
        yield from check_sites_files(sections["networks"], folder)
    if "extensions" in sections:
        yield from check_extension_files(sections["extensions"], folder)
    size_keys = ("run", "region", "grid", "networks", "subscribers", "traffic")
    if all(key in sections for key in size_keys):
        yield from check_memory(*(sections[key] for key in size_keys))


def check_start(run: Run) -> Iterator[Finding]:
    """
    Check that the begin of the measured window is a date of the calendar.

    Parameters
    ----------
    run : Run
        Section.

    Yields
    ------
    Finding
        What is wrong.
    """
    try:
        datetime.fromisoformat(run.start)
    except ValueError:
        message = f" = {given(run.start)}: must be a date and time of the calendar"
        yield Finding(("run", "start"), message)


def n_squares(region: Region, grid: Grid) -> int:
    """
    Return about how many squares a region has, as far as the scenario alone says it.

    Parameters
    ----------
    region : Region
        Region.
    grid : Grid
        Grid.

    Returns
    -------
    int
        Squares; 0 when the outlines stand in a file: the world counts them before it makes them.
    """
    if region.source == "geojson":
        return 0
    if region.source == "plain":
        area_km2 = (region.width_km or 0.0) * (region.height_km or 0.0)
    else:
        codes = region.provinces or tuple(PROVINCE_AREA_KM2)
        area_km2 = math.fsum(PROVINCE_AREA_KM2.get(code, 0.0) for code in codes)
    return math.ceil(area_km2 / (grid.resolution_m / 1000.0) ** 2)


def n_attempts(run: Run, networks: tuple[Network, ...], traffic: Traffic) -> int:
    """
    Return at most about how many calls a replication holds: every hour a busy hour, every call within the network.

    Parameters
    ----------
    run : Run
        Section.
    networks : tuple of Network
        Networks.
    traffic : Traffic
        Section.

    Returns
    -------
    int
        Attempts.
    """
    lines = sum(network.n_subscribers for network in networks)
    voice = traffic.voice
    per_hour = lines * traffic.erl_per_line * 3600.0 / voice.holding.mean_s
    per_hour *= 1.0 + voice.redial.probability * voice.redial.max_redials
    for source in traffic.sources:
        per_hour += source.offered_erl * 3600.0 / source.holding.mean_s
    return math.ceil(per_hour * (run.duration_h + run.warmup_h))


def check_memory(
    run: Run,
    region: Region,
    grid: Grid,
    networks: tuple[Network, ...],
    subscribers: Subscribers,
    traffic: Traffic,
    squares: int | None = None,
) -> Iterator[Finding]:
    """
    Check that a run fits into memory.

    Parameters
    ----------
    run : Run
        Section.
    region : Region
        Region.
    grid : Grid
        Grid.
    networks : tuple of Network
        Networks.
    subscribers : Subscribers
        Section.
    traffic : Traffic
        Section.
    squares : int, optional
        Squares of the region, where they are known better than from the scenario alone.

    Yields
    ------
    Finding
        The need, at the key that drives it most.
    """
    lines = math.ceil(sum(network.n_subscribers for network in networks) * subscribers.scale)
    squares = n_squares(region, grid) if squares is None else squares
    attempts = n_attempts(run, networks, traffic)
    shares = (
        (lines * _SUBSCRIBER_BYTES, ("subscribers", "scale"), f"{lines:,} lines", "lower it"),
        (
            squares * len(networks) * _COVERAGE_BYTES,
            ("grid", "resolution_m"),
            f"{squares:,} squares",
            "make it coarser",
        ),
        (attempts * _ATTEMPT_BYTES, ("run", "duration_h"), f"{attempts:,} calls", "shorten it"),
    )
    total = sum(share[0] for share in shares)
    if total > MAX_MEMORY_BYTES:
        parts = ", ".join(share[2] for share in shares)
        _, loc, _, advice = max(shares, key=lambda share: share[0])
        message = (
            f": the run needs about {total / 2**30:,.1f} GiB of memory ({parts}): "
            f"must be at most {MAX_MEMORY_BYTES / 2**30:.0f} GiB; {advice}"
        )
        yield Finding(loc, message)
