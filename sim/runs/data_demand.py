"""How many flows and messages a replication is expected to have."""

import numpy as np

from sim.network.demand import flow_rates, lengths_h, session_rates
from sim.scenario.schema import Scenario


def expected_flows(scenario: Scenario) -> float:
    """Return how many flows are asked for if none is refused or cut."""
    subscribers = scenario.subscribers
    weighted_h, hours = lengths_h(scenario)
    of_class = np.array([one.share for one in subscribers.classes])
    of_device = np.array([one.share for one in subscribers.devices])
    pages = np.array([use.pages_mean for use in scenario.traffic.data.uses])
    sessions_h = session_rates(scenario) * subscribers.scale
    per_line_h = float(of_class @ (sessions_h @ pages) @ of_device)
    of_sources_h = float(flow_rates(scenario).sum())
    return _lines(scenario) * per_line_h * weighted_h + of_sources_h * hours


def expected_messages(scenario: Scenario) -> float:
    """Return how many messages are sent."""
    weighted_h, _ = lengths_h(scenario)
    return _lines(scenario) * scenario.traffic.messages.per_line_h * weighted_h


def _lines(scenario: Scenario) -> float:
    """Return the lines before `subscribers.scale`: a simulated line asks for as many as it stands for."""
    return float(sum(network.n_subscribers for network in scenario.networks))
