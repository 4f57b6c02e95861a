"""How much is asked for: the hours for which intents are drawn, their rates, and how many attempts come of them."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelRangeError, Problem
from sim.scenario.schema import Scenario
from sim.traffic.calls import Demand, Hour, wanted_part
from sim.traffic.durations import mean_holding_s
from sim.traffic.profile import class_rates, hour_rates, hour_weight, start_hour
from sim.units import SECONDS_PER_HOUR, hours_to_seconds
from sim.world.build import World

_MAX_INTENTS_PER_HOUR = 600.0
_MAX_SOURCE_PER_HOUR = float(1 << 21)
_MAX_PER_HOUR = 1e9  # whole hours are drawn, however short the run: some 20 s (house limit)


def source_rates(scenario: Scenario) -> NDArray[np.float64]:
    """
    Return the calls of each Poisson source.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    (source,) ndarray of float64
        Calls. [1/h]
    """
    return np.array(
        [
            source.offered_erl / mean_holding_s(source.holding) * SECONDS_PER_HOUR
            for source in scenario.traffic.sources
        ],
        np.float64,
    )


def exchange_rates(scenario: Scenario, world: World) -> NDArray[np.float64]:
    """
    Return the calls of the fixed lines of each exchange that need an operator or a circuit.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        Its world.

    Returns
    -------
    (node,) ndarray of float64
        Calls in the busy hour. [1/h]
    """
    exchanges, traffic = world.exchanges, scenario.fixed.traffic
    beyond = traffic.toll_share + traffic.mobile_share
    share = np.where(exchanges.is_manual, 1.0, beyond)
    return np.asarray(exchanges.n_lines * traffic.busy_hour_calls_per_line * share, np.float64)


def session_rates(scenario: Scenario) -> NDArray[np.float64]:
    """
    Return the data sessions of a simulated line in the busy hour, by class, device and use.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    (class, device, use) ndarray of float64
        Sessions; a simulated line asks for 1 / `subscribers.scale` lines. [1/h]
    """
    lines, uses = scenario.subscribers, scenario.traffic.data.uses
    rates = np.zeros((len(lines.classes), len(lines.devices), len(uses)))
    for k, use in enumerate(uses):
        of_class = [not use.classes or one.name in use.classes for one in lines.classes]
        of_device = [not use.devices or one.name in use.devices for one in lines.devices]
        rates[:, :, k] = np.outer(of_class, of_device) * use.sessions_per_line_h / lines.scale
    return rates


def flow_rates(scenario: Scenario) -> NDArray[np.float64]:
    """
    Return the flows of each Poisson source of data.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    (source,) ndarray of float64
        Flows. [1/h]
    """
    rates = [
        one.offered_bps / one.size.mean_bit * SECONDS_PER_HOUR
        for one in scenario.traffic.data.sources
    ]
    return np.array(rates, np.float64)


def demand_in_busy_hour(scenario: Scenario, world: World) -> Demand:
    """Return how much is asked for in the busiest hour."""
    n_classes = len(scenario.subscribers.classes)
    per_line = scenario.traffic.messages.per_line_h / scenario.subscribers.scale
    return Demand(
        calls=class_rates(scenario),
        sources=source_rates(scenario),
        exchanges=exchange_rates(scenario, world),
        sessions=session_rates(scenario).sum(axis=2),
        flows=flow_rates(scenario),
        messages=np.full(n_classes, per_line),
    )


def demand_in_hour(busy: Demand, weight: float) -> Demand:
    """Return how much is asked for in another hour."""
    return busy._replace(
        calls=busy.calls * weight,
        exchanges=busy.exchanges * weight,
        sessions=busy.sessions * weight,
        messages=busy.messages * weight,
    )


def fixed_calls(scenario: Scenario) -> float:
    """
    Return the calls of all fixed lines in the busy hour, as far as the scenario alone says them.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    float
        Calls. [1/h]
    """
    fixed = scenario.fixed
    if fixed.source == "none":
        return 0.0
    generated = fixed.n_lines if fixed.source == "generated" else 0
    n_lines = generated + sum(exchange.n_lines for exchange in fixed.exchanges)
    return n_lines * fixed.traffic.busy_hour_calls_per_line


def busiest_hour(scenario: Scenario) -> float:
    """Return the intents expected in the busiest hour of the week."""
    of_sources = float(source_rates(scenario).sum() + flow_rates(scenario).sum())
    of_calls = line_intents(scenario) + fixed_calls(scenario)
    return of_calls + of_sources + _line_data(scenario)


def _line_data(scenario: Scenario) -> float:
    """Return the data sessions and messages of all simulated lines in the busiest hour."""
    subscribers = scenario.subscribers
    lines = sum(network.n_subscribers for network in scenario.networks)
    of_class = np.array([one.share for one in subscribers.classes])
    of_device = np.array([one.share for one in subscribers.devices])
    sessions = session_rates(scenario).sum(axis=2) * subscribers.scale
    per_line = of_class @ sessions @ of_device + scenario.traffic.messages.per_line_h
    return float(lines * per_line)


def line_intents(scenario: Scenario) -> float:
    """
    Return the intents of all simulated lines in the busiest hour.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    float
        Intents. [1/h]
    """
    lines = sum(network.n_subscribers for network in scenario.networks) * scenario.subscribers.scale
    shares = np.array([one.share for one in scenario.subscribers.classes])
    return float(lines * np.sum(shares * class_rates(scenario)))


def lengths_h(scenario: Scenario) -> tuple[float, float]:
    """
    Return how long warm-up and window are.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    weighted_h : float
        Length in hours as busy as the busiest. [h]
    length_h : float
        Length. [h]
    """
    weighted_h = length_h = 0.0
    for hour in hours_of_run(scenario):
        part_h, share = wanted_part(hour)
        length_h += part_h
        weighted_h += share * hour_weight(scenario.traffic.profile, hour.hour)
    return weighted_h, length_h


def most_attempts(scenario: Scenario) -> float:
    """
    Return how many attempts a replication makes if every attempt fails and is tried again as often as people do.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    float
        Attempts, those of the warm-up included.
    """
    weighted_hours, hours = lengths_h(scenario)
    redial = scenario.traffic.voice.redial
    tries = sum(redial.probability**k for k in range(redial.max_redials + 1))
    of_sources = float(source_rates(scenario).sum()) * hours
    intents_per_h = line_intents(scenario) + fixed_calls(scenario)
    return intents_per_h * weighted_hours * tries + of_sources


def check_demand(scenario: Scenario) -> None:
    """
    Refuse a scenario whose rates are beyond what the draws are made for.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Raises
    ------
    ModelRangeError
        If a rate is too high.
    """
    rate = class_rates(scenario) if line_intents(scenario) > 0.0 else np.zeros(0)
    check_rates(rate, source_rates(scenario))
    per_hour = busiest_hour(scenario)
    if per_hour > _MAX_PER_HOUR:
        message = (
            f"gives {per_hour:.4g} calls, sessions and messages in the busiest hour; must be at most "
            f"{_MAX_PER_HOUR:.4g}; lower the traffic, the lines or the sources"
        )
        raise ModelRangeError(Problem("traffic", message))


def check_rates(
    class_rate: NDArray[np.float64],
    source_rate: NDArray[np.float64],
    exchange_rate: NDArray[np.float64] | None = None,
) -> None:
    """Refuse rates for which the draws are not made."""
    for key, rates, most in (
        ("traffic.erl_per_line", class_rate, _MAX_INTENTS_PER_HOUR),
        ("traffic.sources", source_rate, _MAX_SOURCE_PER_HOUR),
        (
            "fixed.traffic",
            np.zeros(0) if exchange_rate is None else exchange_rate,
            _MAX_SOURCE_PER_HOUR,
        ),
    ):
        if len(rates) and rates.max() > most:
            message = (
                f"gives {rates.max():.6g} calls an hour of one line or source; must be at most {most:.6g}; "
                "lower the traffic, or make the calls longer"
            )
            raise ModelRangeError(Problem(key, message))


def hours_of_run(scenario: Scenario) -> Iterator[Hour]:
    """
    Cut warm-up and measured window at whole hours.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Yields
    ------
    Hour
        Part of an hour.
    """
    hour, offset_s = start_hour(scenario.run.start)
    from_s = -hours_to_seconds(scenario.warmup_h)
    to_s = hours_to_seconds(scenario.run.duration_h)
    first = math.floor((from_s + offset_s) / SECONDS_PER_HOUR)
    last = math.ceil((to_s + offset_s) / SECONDS_PER_HOUR)
    for number in range(first, last):
        begin_s = number * SECONDS_PER_HOUR - offset_s
        end_s = min(to_s, begin_s + SECONDS_PER_HOUR)
        rates = hour_rates(scenario.traffic.profile, hour + number)
        yield Hour(hour + number, begin_s, max(from_s, begin_s), end_s, rates)
