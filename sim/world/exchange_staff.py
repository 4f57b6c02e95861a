"""Operators of manual exchanges by hour of the day."""

import numpy as np
from numpy.typing import NDArray

from sim.scenario.fixed_section import ListedExchange
from sim.scenario.schema import Scenario
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR

LOCAL_CALL_WORK_S = 15.0
"""An operator's work on a local call: 240 calls in an hour (Cyclopedia of 1911, Table XIV). [s]"""


def operators_by_hour(scenario: Scenario, exchange: ListedExchange) -> NDArray[np.int32]:
    """
    Return the operators of an exchange in each hour of the day.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    exchange : ListedExchange
        Exchange.

    Returns
    -------
    (24,) ndarray of int32
        Operators on duty; 0 at an automatic exchange.
    """
    if not exchange.is_manual:
        return np.zeros(HOURS_PER_DAY, np.int32)
    if exchange.positions_by_hour is not None:
        return np.array(exchange.positions_by_hour, np.int32)
    daily = np.array(scenario.traffic.profile.daily)
    manual = scenario.switching.manual
    n = float(exchange.n_positions or 0)
    if exchange.n_positions is None:
        calls_per_s = exchange.n_lines * manual.staffed_for_calls_per_line / SECONDS_PER_HOUR
        n = calls_per_s * LOCAL_CALL_WORK_S * manual.work_factor / manual.staffed_occupancy
    return np.maximum(1, np.ceil(n * daily / daily.max())).astype(np.int32)
