"""About how much time a run takes, by what it simulates; the figures are measured (docs/benchmarks.md)."""

import math

import numpy as np

from sim.network.demand import (
    fixed_calls,
    flow_rates,
    lengths_h,
    line_intents,
    session_rates,
    source_rates,
)
from sim.network.lines import shares_of_others
from sim.scenario.check_switching import FIXED
from sim.scenario.memory import n_lines
from sim.scenario.radio_section import MODELS_OVER_TERRAIN
from sim.scenario.schema import Scenario

_ATTEMPT_S = {"channels": 1.0 / 350_000.0, "wcdma": 1.0 / 110_000.0}
"""An attempt of one worker, measures included, by what a cell has (docs/benchmarks.md). [s]"""

_BY_HAND_S = 200e-6
"""A call at a manual exchange (docs/switching.md: 180 to 250 us). [s]"""

_FLOW_S = 8e-6
"""A data flow or a message (docs/benchmarks.md: 10 s for 1.2 million). [s]"""

LINES_PER_S = 700_000.0
"""Lines of a world that are laid out in a second, coverage included (docs/benchmarks.md, in round numbers)."""

_WORLD_SQUARES_PER_S = 100_000.0
"""Squares of a world that are made in a second (measured: 490,000 in 5 s)."""

SQUARES_PER_S = 10_000.0
"""Squares of which the coverage is computed in a second, the world included (house estimate)."""

_PAIRS_PER_S = {True: 500_000.0, False: 5_000_000.0}
"""Squares in reach of a site that are worked through in a second, over terrain and by a formula (measured)."""

OVERHEAD_S = 0.01
"""What a run takes however small it is (docs/benchmarks.md). [s]"""

_FAILED_SHARE = 0.4
"""Share of the attempts that fail and may be tried again (house estimate: 0.3 to 0.6 in the shipped scenarios). [1]"""

_LINES_OF_MANUAL = 1.0 / 3.0
"""Share of the lines at manual exchanges by rule, over their share of the exchanges: they have the fewest lines
(counted in national_2022). [1]"""


def replication_s(scenario: Scenario, by_hand_per_h: float | None = None) -> float:
    """Return about what a replication takes; calls by hand in the busy hour are estimated unless given. [s]."""
    weighted_h, hours = lengths_h(scenario)
    by_hand = calls_by_hand(scenario) if by_hand_per_h is None else by_hand_per_h
    of_lines = (line_intents(scenario) + fixed_calls(scenario)) * weighted_h
    attempts = of_lines * _tries(scenario) + float(source_rates(scenario).sum()) * hours
    flows = expected_flows(scenario) + expected_messages(scenario)
    return (
        attempts * _ATTEMPT_S[scenario.radio.capacity]
        + by_hand * weighted_h * _tries(scenario) * _BY_HAND_S
        + flows * _FLOW_S
    )


def run_s(scenario: Scenario) -> float:
    """Return about what a run takes, its world included, with the fewest replications. [s]."""
    lines = n_lines(scenario.networks, scenario.subscribers)
    n_replications = scenario.run.n_replications[0]
    return OVERHEAD_S + lines / LINES_PER_S + n_replications * replication_s(scenario)


def world_s(lines: int, squares: int) -> float:
    """Return about what it takes to make a world. [s]."""
    return lines / LINES_PER_S + squares / _WORLD_SQUARES_PER_S


def coverage_s(scenario: Scenario, n_sites: int, squares: int) -> float:
    """Return about what it takes to compute who hears whom, nothing kept from before. [s]."""
    radio = scenario.radio
    reach_km = min(radio.max_range_km, radio.path_loss.radius_km or radio.max_range_km)
    in_reach = math.pi * (1000.0 * reach_km / scenario.grid.resolution_m) ** 2
    is_terrain = radio.path_loss.model in MODELS_OVER_TERRAIN
    return n_sites * min(squares, in_reach) / _PAIRS_PER_S[is_terrain]


def duration_text(time_s: float) -> str:
    """Return a time as people say it, such as `2.5 min`."""
    for unit, length_s in (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if time_s >= 1.5 * length_s:
            return f"{_two_digits(time_s / length_s)} {unit}"
    return f"{_two_digits(time_s)} s"


def _two_digits(value: float) -> str:
    """Return an estimate without digits that it does not know."""
    return f"{value:,.0f}" if value >= 9.95 else f"{value:,.1f}"


def _tries(scenario: Scenario) -> float:
    """Return the attempts of an intent."""
    redial = scenario.traffic.voice.redial
    again = redial.probability * _FAILED_SHARE
    return sum(again**k for k in range(redial.max_redials + 1))


def calls_by_hand(scenario: Scenario) -> float:
    """Return the calls that operators work in the busy hour, about, as far as the scenario alone says them."""
    fixed, intents = scenario.fixed, line_intents(scenario)
    share = 0.0
    if fixed.source == "generated":
        share = fixed.generated.manual_share * _LINES_OF_MANUAL
    elif fixed.source == "given":
        lines = sum(one.n_lines for one in fixed.exchanges)
        share = sum(one.n_lines for one in fixed.exchanges if one.is_manual) / max(lines, 1)
    to_fixed = scenario.traffic.voice.destination.fixed_share
    by_hand = (fixed_calls(scenario) + intents * to_fixed) * share
    return by_hand + intents * _between_by_hand(scenario)


def _between_by_hand(scenario: Scenario) -> float:
    """Return the share of the subscribers' calls that operators put through between two networks."""
    names = [network.name for network in scenario.networks]
    lines = np.array([network.n_subscribers for network in scenario.networks], np.float64)
    of_callers = lines / max(lines.sum(), 1.0)
    destination = scenario.traffic.voice.destination
    to_others = shares_of_others(scenario, destination.other_network_share)
    share = 0.0
    for entry in scenario.switching.interconnect:
        if entry.mode == "manual":
            a, b = entry.between
            for one, other in ((a, b), (b, a)):
                if one != FIXED:
                    own = names.index(one)
                    called = destination.fixed_share if other == FIXED else 0.0
                    called = called or float(to_others[own, names.index(other)])
                    share += float(of_callers[own]) * called * (1.0 - entry.avoidance_share)
    return share


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
