"""What must hold of every replication; a run that breaks it is a bug and publishes nothing."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.network.records import Records
from sim.runs.data_invariants import DATA_INVARIANTS, broken_data
from sim.runs.parquet import Columns
from sim.runs.radio_measures import greatest_power_w
from sim.runs.window import Window
from sim.scenario.schema import Scenario
from sim.tables import ANSWERED, LOST_BY_HAND, OF_SOURCE, OPERATOR_TASKS, OUTCOMES, Outcome
from sim.world.build import World

INVARIANTS = (
    "attempts = sum of outcomes, for each network, province and first-ranked cell",
    "intents - those of callers engaged, or put off by the price = first attempts, for each network and province",
    "no attempt of the measured window is in progress at the end",
    "begin <= answer <= end; an answer exactly where the outcome says so",
    "time on duty and at work, calls answered: an exchange = sum of its positions; calls lost = sum of causes",
    "busy channels and circuits between 0 and all of them, the share of time with all busy between 0 and 1",
    "soft capacity: mean <= greatest <= limit of noise rise and power; codes and channel elements within their number; "
    "refusals >= sum of their causes; squares covered for 0 to all of the time",
    *DATA_INVARIANTS,
)
"""What is checked, as the manifest lists it."""

_RELATIVE_ROUNDING = 1e-9
"""Room for the rounding of sums taken in another order. [1]"""

_BLOCKED_BY_RADIO = (
    Outcome.BLOCKED_UPLINK,
    Outcome.BLOCKED_DOWNLINK,
    Outcome.BLOCKED_CODE,
    Outcome.BLOCKED_CHANNEL_ELEMENT,
)

_ROUNDING_S = 1e-6
"""Room for the same in times of a simulated week. [s]"""


class BrokenInvariantError(AssertionError):
    """The simulator contradicts itself: a bug, not a mistake of the user."""


def check_invariants(scenario: Scenario, world: World, records: Records, window: Window) -> None:
    """
    Refuse a replication that contradicts itself.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        World.
    records : Records
        Records of the replication.
    window : Window
        What counts of them.

    Raises
    ------
    BrokenInvariantError
        If anything that must hold does not, with all of it.
    """
    broken = [
        *_broken_sums(world, window),
        *_broken_intents(world, records, window),
        *_broken_times(records),
        *_broken_loads(world, records),
        *_broken_operators(records),
        *_broken_radio(scenario, world, records),
        *broken_data(scenario, world, records),
    ]
    if broken:
        raise BrokenInvariantError("; ".join(broken))


def _broken_sums(world: World, window: Window) -> Iterator[str]:
    """Count attempts and outcomes apart, and compare them group by group."""
    outcome = window.attempts["outcome"]
    seen = np.flatnonzero(np.bincount(outcome, minlength=len(OUTCOMES))[: len(OUTCOMES)])
    for axis, n_groups in (
        ("network_idx", len(world.network_names) + 1),
        ("province_idx", len(world.provinces)),
        ("cell_idx", len(world.cells)),
    ):
        group = window.attempts[axis]
        attempts = np.bincount(group[group >= 0] if axis == "cell_idx" else group)
        outcomes = np.zeros(n_groups, np.int64)
        for code in seen:
            members = group[(outcome == code) & (group >= 0) & (group < n_groups)]
            outcomes += np.bincount(members, minlength=n_groups)
        padded = np.zeros(n_groups, np.int64)
        padded[: len(attempts)] = attempts[:n_groups]
        if len(attempts) > n_groups or np.any(padded != outcomes):
            wrong = np.flatnonzero(padded != outcomes)[:5].tolist()
            yield f"attempts and outcomes differ by {axis}, first at {wrong}"
    n_open = int(np.count_nonzero(outcome == Outcome.IN_PROGRESS))
    if n_open:
        yield f"{n_open} attempts of the measured window are in progress at the end"


def _broken_intents(world: World, records: Records, window: Window) -> Iterator[str]:
    """Compare the counters of intents with the table of attempts."""
    attempts = window.attempts
    first = (attempts["redial"] == 0) & (attempts["is_source"] != OF_SOURCE)
    n_networks, n_provinces = len(world.network_names) + 1, len(world.provinces)
    key = attempts["network_idx"][first].astype(np.int64) * n_provinces
    counted = np.bincount(
        key + attempts["province_idx"][first], minlength=n_networks * n_provinces
    ).reshape(n_networks, n_provinces)
    if np.any(records.n_intents - records.n_engaged - records.n_avoided != counted):
        yield "intents less those of callers engaged or put off by the price differ from first attempts"


def _broken_times(records: Records) -> Iterator[str]:
    attempts: Columns = records.attempts
    time_s, answer_s, end_s = attempts["time_s"], attempts["answer_s"], attempts["end_s"]
    is_answered = np.isin(attempts["outcome"], ANSWERED)  # those that reached the called party
    if np.any(np.isnan(answer_s) == is_answered):
        yield "an answer is missing, or is there where the outcome says none"
    if not np.all(np.isfinite(time_s) & np.isfinite(end_s) & (end_s >= time_s)):
        yield "an attempt ends before it begins"
    answered_s = answer_s[is_answered]
    if np.any((answered_s < time_s[is_answered]) | (answered_s > end_s[is_answered])):
        yield "an answer lies outside its call"
    would_hold_s = attempts["would_hold_s"]
    if not np.all(np.isfinite(would_hold_s) & (would_hold_s >= 0.0)):
        yield "a would-be holding time is negative or not a number"


def _broken_loads(world: World, records: Records) -> Iterator[str]:
    servers = np.concatenate([world.cells.n_channels, world.exchanges.trunks.n_circuits])
    if records.most_servers is not None:
        servers = records.most_servers
    n_cells = len(world.cells)
    groups: tuple[tuple[str, Columns, NDArray[Any]], ...] = (
        ("cell", records.cells, servers[:n_cells]),
        ("trunk group", records.trunks, servers[n_cells:]),
    )
    for name, table, most in groups:
        busy_erl, all_busy = table["busy_erl"], table["all_busy_share"]
        if np.any((busy_erl < 0.0) | (busy_erl > most * (1.0 + _RELATIVE_ROUNDING))):
            yield f"the mean number of busy servers of a {name} is below 0 or above all"
        if np.any((all_busy < 0.0) | (all_busy > 1.0 + _RELATIVE_ROUNDING)):
            yield f"the time with all servers of a {name} busy is below none or above all"
        counts = [table[key] for key in table if key.startswith(("seizures", "refusals"))]
        if any(np.any(count < 0) for count in counts):
            yield f"a {name} counts fewer than 0 seizures or refusals"


def _broken_operators(records: Records) -> Iterator[str]:
    """Compare the counts of manual exchanges with those of their positions, and losses with their causes."""
    exchanges, positions = records.exchanges, records.positions
    if not exchanges:
        return
    row_of = {node: row for row, node in enumerate(exchanges["node"].tolist())}
    rows = np.array([row_of[node] for node in positions["node"].tolist()], np.int64)
    work_s = np.sum([positions[f"{task}_s"] for task in OPERATOR_TASKS], axis=0)
    of_positions = {"staffed_s": positions["staffed_s"], "busy_s": work_s}
    of_positions["answered"] = positions["answered"]
    for name, values in of_positions.items():
        total = np.bincount(rows, values, len(row_of))
        if not np.allclose(total, exchanges[name], _RELATIVE_ROUNDING, _ROUNDING_S):
            yield f"{name} of an exchange differs from the sum over its positions"
    causes = np.sum([exchanges[f"lost_{OUTCOMES[cause]}"] for cause in LOST_BY_HAND], axis=0)
    if np.any(causes != exchanges["lost"]):
        yield "calls lost at an exchange differ from the sum of their causes"


def _broken_radio(scenario: Scenario, world: World, records: Records) -> Iterator[str]:
    """Compare noise rise, power, codes and channel elements with their limits, and refusals with their causes."""
    cells: Columns = records.radio_cells
    if not cells:
        return
    wcdma, room = scenario.radio.wcdma, 1.0 + _RELATIVE_ROUNDING
    limits = (
        ("noise rise", "noise_rise_db", "noise_rise_max_db", np.asarray(wcdma.uplink_cap_db)),
        ("power", "power_w", "power_max_w", greatest_power_w(scenario, world)),
    )
    for name, mean, greatest, limit in limits:
        if not np.all((cells[mean] >= 0.0) & (cells[mean] <= cells[greatest] * room)):
            yield f"the mean {name} of a cell is below 0 or above its greatest"
        if not np.all(cells[greatest] <= limit * room):
            yield f"the greatest {name} of a cell is above its limit"
    busy: Columns = {"codes": cells["codes_busy"], **records.radio_sites}
    most = {"codes": wcdma.code_capacity, "channel_elements_busy": wcdma.n_channel_elements}
    for name, number in busy.items():
        if not np.all((number >= 0.0) & (number <= most[name] * room)):
            yield f"the mean number of {name} is below 0 or above all"
    counts = [column for name, column in cells.items() if name.startswith("n_")]
    if any(np.any(count < 0) for count in counts):
        yield "a cell counts fewer than 0 phones refused or shed"
    causes = np.sum([cells[f"n_{OUTCOMES[cause]}"] for cause in _BLOCKED_BY_RADIO], axis=0)
    of_cells: Columns = records.cells
    if np.any(causes > of_cells["refusals_originating"] + of_cells["refusals_terminating"]):
        yield "a cell counts more causes of refusals than refusals"
    share = records.covered_share
    if share is None or not np.all((share >= 0.0) & (share <= room)):
        yield "a square is covered for less than none or more than all of the time"
