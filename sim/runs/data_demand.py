"""How many flows and messages a replication is expected to have."""

import math

from sim.network.demand import hours_of_run
from sim.scenario.check_data import line_sessions_h
from sim.scenario.schema import Scenario
from sim.traffic.profile import hour_weight
from sim.units import SECONDS_PER_HOUR


def expected_flows(scenario: Scenario) -> float:
    """
    Return how many flows are asked for if none is refused or cut.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    float
        Mean number of pages of all sessions and of flows of sources, those of the warm-up included.
    """
    data, subscribers = scenario.traffic.data, scenario.subscribers
    weighted_h, hours = _hours(scenario)
    per_line_h = 0.0
    for use in data.uses:
        share = math.fsum(
            device.share * one.share
            for device in subscribers.devices
            for one in subscribers.classes
            if line_sessions_h((use,), device.name, one.name) > 0.0
        )
        per_line_h += use.sessions_per_line_h * use.pages_mean * share
    of_sources_h = math.fsum(
        source.offered_bps / source.size.mean_bit * SECONDS_PER_HOUR for source in data.sources
    )
    return _lines(scenario) * per_line_h * weighted_h + of_sources_h * hours


def expected_messages(scenario: Scenario) -> float:
    """
    Return how many messages are sent.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    float
        Mean number, those of the warm-up included.
    """
    weighted_h, _ = _hours(scenario)
    return _lines(scenario) * scenario.traffic.messages.per_line_h * weighted_h


def _lines(scenario: Scenario) -> float:
    """Return the lines before `subscribers.scale`: a simulated line asks for as many as it stands for."""
    return float(sum(network.n_subscribers for network in scenario.networks))


def _hours(scenario: Scenario) -> tuple[float, float]:
    """Return warm-up and window in busy hours and in hours."""
    weighted, hours = [], []
    for hour in hours_of_run(scenario):
        length_h = (hour.to_s - hour.from_s) / SECONDS_PER_HOUR
        hours.append(length_h)
        weighted.append(length_h * hour_weight(scenario.traffic.profile, hour.hour))
    return math.fsum(weighted), math.fsum(hours)
