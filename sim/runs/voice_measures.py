"""Measures of telephone calls, by network, province, class and cell."""

import numpy as np
from numpy.typing import NDArray

from sim.network.records import Records
from sim.runs.rows import ALL, Crossing, MeasureRows
from sim.runs.window import Window, group_sums
from sim.scenario.check_switching import FIXED
from sim.scenario.schema import Scenario
from sim.tables import ANSWERED, BLOCKED, FIXED_CELL, OUTCOMES, Outcome
from sim.units import SECONDS_PER_HOUR
from sim.world.build import World

IS_ANSWERED = np.isin(np.arange(len(OUTCOMES)), ANSWERED)
IS_BLOCKED = np.isin(np.arange(len(OUTCOMES)), BLOCKED)
NO_CELL = "none"


def caller_networks(world: World) -> tuple[str, ...]:
    """
    Return the networks from which people call.

    Parameters
    ----------
    world : World
        World.

    Returns
    -------
    tuple of str
        Mobile networks, then the fixed one where it is simulated.
    """
    more = (FIXED,) if world.exchanges.is_simulated else ()
    return (*world.network_names, *more)


def add_voice_measures(
    rows: MeasureRows, scenario: Scenario, world: World, records: Records, window: Window
) -> None:
    """
    Add the measures of all callers by network and province, by network and class, and by cell.

    Parameters
    ----------
    rows : MeasureRows
        Rows; added to.
    scenario : Scenario
        Scenario.
    world : World
        World.
    records : Records
        Records of the replication.
    window : Window
        What counts of them.
    """
    callers = caller_networks(world)
    crossing = Crossing.of(callers, world.provinces.code)
    axes = {"network": crossing.first_names, "province": crossing.second_names}
    n_intents = records.n_intents[: len(callers)]
    rows.add("voice.intents", crossing.with_margins(n_intents), 1.0, axes)
    _add_group_measures(rows, window, crossing, "province_idx", axes)
    if len(world.subscribers):
        classes = tuple(c.name for c in scenario.subscribers.classes)
        by_class = Crossing.of(world.network_names, classes)
        _add_group_measures(
            rows,
            _of_subscribers(window),
            by_class,
            "class_idx",
            {"network": by_class.first_names, "class": by_class.second_names},
            is_kept=by_class.second_names != ALL,
        )
    _add_cell_measures(rows, world, window)


def _of_subscribers(window: Window) -> Window:
    """Return the window without the calls of Poisson sources and fixed lines, which have no class."""
    if not window.attempts["is_source"].any() and not window.holding["is_source"].any():
        return window
    is_line = window.attempts["is_source"] == 0
    was_line = window.holding["is_source"] == 0
    return Window(
        window.window_s,
        {name: column[is_line] for name, column in window.attempts.items()},
        {name: column[was_line] for name, column in window.holding.items()},
    )


def _add_group_measures(
    rows: MeasureRows,
    window: Window,
    crossing: Crossing,
    second: str,
    axes: dict[str, NDArray[np.str_]],
    is_kept: NDArray[np.bool_] | None = None,
) -> None:
    """Add counts, congestion, traffic and outcomes by network and another column."""
    kept = np.ones(len(crossing.first_names), np.bool_) if is_kept is None else is_kept
    named = {axis: names[kept] for axis, names in axes.items()}
    groups = (window.attempts["network_idx"], window.attempts[second])
    counts = crossing.counts(*groups, window.attempts["outcome"], len(OUTCOMES))[:, kept]
    attempts = counts.sum(axis=0)
    answered = counts[IS_ANSWERED].sum(axis=0)
    window_h = window.window_s / SECONDS_PER_HOUR
    held_s = window.holding["end_s"] - window.holding["begin_s"]
    carried_s = crossing.sums(window.holding["network_idx"], window.holding[second], held_s)[kept]
    offered_s = crossing.sums(*groups, window.attempts["would_hold_s"])[kept]
    rows.add("voice.attempts", attempts, 1.0, named)
    rows.add("voice.calls", answered, 1.0, named)
    rows.add("voice.completed_per_h", counts[Outcome.COMPLETED], window_h, named)
    rows.add("voice.blocking", counts[IS_BLOCKED].sum(axis=0), attempts, named)
    rows.add("voice.dropping", counts[Outcome.DROPPED], answered, named)
    rows.add("voice.offered_erl", offered_s, window.window_s, named)
    rows.add("voice.carried_erl", carried_s, window.window_s, named)
    for code, name in enumerate(OUTCOMES):
        rows.add(f"voice.outcome.{name}", counts[code], 1.0, named)


def cell_attempts(world: World, window: Window) -> dict[str, NDArray[np.float64]]:
    """
    Return what the callers of each cell attempted.

    Parameters
    ----------
    world : World
        World.
    window : Window
        What counts of a replication.

    Returns
    -------
    dict of str to (cell + 2,) ndarray of float64
        `attempts` [1], `blocked` [1] and `offered_s` [s] by the callers' first-ranked cell; the last places are for
        callers without one, and for those at fixed lines.
    """
    n_cells = len(world.cells)
    cell_idx = window.attempts["cell_idx"]
    place = np.where(cell_idx == FIXED_CELL, n_cells + 1, np.where(cell_idx < 0, n_cells, cell_idx))
    return {
        "attempts": group_sums(place, n_cells + 2),
        "blocked": group_sums(place, n_cells + 2, IS_BLOCKED[window.attempts["outcome"]]),
        "offered_s": group_sums(place, n_cells + 2, window.attempts["would_hold_s"]),
    }


def _add_cell_measures(rows: MeasureRows, world: World, window: Window) -> None:
    names = np.asarray(world.network_names)
    site_province = np.asarray(world.provinces.code)[world.sites.province_idx]
    axes = {
        "cell": np.asarray((*world.cells.name, NO_CELL, FIXED)),
        "network": np.append(names[world.cells.network_idx], [ALL, FIXED]),
        "province": np.append(site_province[world.cells.site_idx], [ALL, ALL]),
    }
    of_cells = cell_attempts(world, window)
    if not world.exchanges.is_simulated:
        axes = {name: column[:-1] for name, column in axes.items()}
        of_cells = {name: column[:-1] for name, column in of_cells.items()}
    rows.add("voice.attempts", of_cells["attempts"], 1.0, axes)
    rows.add("voice.blocking", of_cells["blocked"], of_cells["attempts"], axes)
    rows.add("voice.offered_erl", of_cells["offered_s"], window.window_s, axes)
