"""Sites off the air: which, from when to when."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem
from sim.scenario.messages import did_you_mean, given
from sim.scenario.networks_section import Site, SitesOff
from sim.scenario.schema import Scenario
from sim.streams import STREAM_SITES_OFF, uniforms
from sim.world.input_files import noting, raise_first, read_rows
from sim.world.listed_sites import SharedSite, is_shared
from sim.world.site_cells import MAX_SITES
from sim.world.stations import Sites
from sim.world.subscribers import NETWORK_SHIFT


@dataclass(frozen=True)
class Outage:
    """Sites that are off the air for a time."""

    begin_s: float  # from then on, -inf for always; the measured window begins at 0 [s]
    end_s: float  # they are back, inf for never [s]
    sites: NDArray[np.int64]  # numbers of the sites


def make_outages(scenario: Scenario, folder: Path, sites: Sites) -> tuple[Outage, ...]:
    """Return when which sites are off the air; refuse sites that a network has not."""
    problems: list[Problem] = []
    found = []
    for k, network in enumerate(scenario.networks):
        own = np.flatnonzero(sites.network_idx == k)
        numbers = {sites.name[i]: i for i in own.tolist()}
        for j, off in enumerate(network.sites_off):
            where = f"networks[{network.name}].sites_off[{j}]"
            named = [(f"{where}.sites", name) for name in off.sites]
            if off.sites_file is not None:
                with noting(problems):
                    named += _names_in(folder / off.sites_file, network.name)
            problems += _unknown(named, numbers, network.name)
            chosen = {numbers[name] for _, name in named if name in numbers}
            chosen |= set(_share_of(scenario, k, own, off).tolist())
            begin_s, end_s = _span_s(scenario.run.start, off)
            found.append(Outage(begin_s, end_s, np.array(sorted(chosen), np.int64)))
    raise_first(problems)
    return tuple(found)


def _names_in(path: Path, network: str) -> list[tuple[str, str]]:
    """Return the sites of a network that a table names, each with its place: all where it does not say whose."""
    if is_shared(path):
        return [
            (place, row.name)
            for place, row in read_rows(path, SharedSite, "site", MAX_SITES)
            if row.network == network
        ]
    return [(place, row.name) for place, row in read_rows(path, Site, "site", MAX_SITES)]


def _unknown(
    named: Sequence[tuple[str, str]], numbers: dict[str, int], network: str
) -> Iterator[Problem]:
    for where, name in named:
        if name not in numbers:
            hint = did_you_mean(name, list(numbers), "sites")
            yield Problem(where, f"{given(name)}: {network} has no such site; {hint}")


def _share_of(
    scenario: Scenario, network_idx: int, own: NDArray[np.int64], off: SitesOff
) -> NDArray[np.int64]:
    """Return the share of a network's sites with the lowest draws, each at its own address."""
    if off.share is None:
        return own[:0]
    key = scenario.seed, scenario.run.world_replication, STREAM_SITES_OFF
    entities = (network_idx << NETWORK_SHIFT) + np.arange(len(own), dtype=np.uint32)
    draws = uniforms(*key, entities.astype(np.uint32), np.zeros(len(own), np.int64))
    return own[np.argsort(draws, kind="stable")[: int(off.share * len(own) + 0.5)]]


def _span_s(start: str, off: SitesOff) -> tuple[float, float]:
    """Return from when to when sites are off, after the begin of the measured window."""
    zero = datetime.fromisoformat(start)
    begin_s, end_s = -math.inf, math.inf
    if off.begin is not None:
        begin_s = (datetime.fromisoformat(off.begin) - zero).total_seconds()
    if off.end is not None:
        end_s = (datetime.fromisoformat(off.end) - zero).total_seconds()
    return begin_s, end_s


def sites_off_at(outages: Sequence[Outage], n_sites: int, time_s: float) -> NDArray[np.bool_]:
    """
    Return which sites are off the air at a time.

    Parameters
    ----------
    outages : sequence of Outage
        Outages.
    n_sites : int
        Sites of all networks.
    time_s : float
        Time, from the begin of the measured window. [s]

    Returns
    -------
    (site,) ndarray of bool
        Whether each is off; what begins at that time has begun, and what ends then is over.
    """
    is_off = np.zeros(n_sites, np.bool_)
    for one in outages:
        if one.begin_s <= time_s < one.end_s:
            is_off[one.sites] = True
    return is_off


def switch_times_s(outages: Sequence[Outage], origin_s: float) -> tuple[float, ...]:
    """
    Return when sites go off the air, or are back.

    Parameters
    ----------
    outages : sequence of Outage
        Outages.
    origin_s : float
        Begin of the run; what is off by then is off from the begin. [s]

    Returns
    -------
    tuple of float
        Times after the begin, rising. [s]
    """
    times = {time_s for one in outages for time_s in (one.begin_s, one.end_s)}
    return tuple(sorted(time_s for time_s in times if origin_s < time_s < math.inf))
