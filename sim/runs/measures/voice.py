"""Telephone calls: what was wanted, what became of it, and what was carried."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.runs.measures.display import Printed, ProvinceRanking, TableMean
from sim.runs.measures.measure import PERCENT, Crossing, Line, Measure, MeasureRows
from sim.runs.measures.outcome_shares import (
    CLASS_SHARES,
    FAILURES_OF_CELLS,
    NETWORK_FAILURE,
    OUTCOME_SHARES,
    SHARES,
    causes_of,
    with_classes,
)
from sim.runs.measures.periods import period_sums, periods_table
from sim.runs.measures.radio import has_soft_capacity
from sim.runs.measures.reduction import one_after_the_other
from sim.runs.measures.subject import (
    Finished,
    Part,
    Replication,
    Rows,
    Subject,
    names_of_people,
)
from sim.runs.measures.sums import Sums, named
from sim.runs.measures.timeseries import courses, timeseries
from sim.runs.measures.window import IS_BLOCKED, Window, caller_networks, group_sums
from sim.scenario.check_switching import FIXED
from sim.scenario.schema import Scenario
from sim.tables import (
    ALL,
    ANSWERED,
    CALLS,
    FAILED_IN_NETWORK,
    FIXED_CELL,
    OF_SOURCE,
    OF_SUBSCRIBER,
    OUTCOMES,
    TIMESERIES,
    Columns,
    Outcome,
)
from sim.tables.columns import counted, proportion, rate, ratio
from sim.units import SECONDS_PER_HOUR
from sim.world.build import World
from sim.world.subscribers import NETWORK_SHIFT

IS_ANSWERED = np.isin(np.arange(len(OUTCOMES)), ANSWERED)
NO_CELL = "none"
_RECORD = "attempts"

_PROVINCE, _CLASS, _SERVICE, _CELL, _TIME = "province", "class", "service", "cell", "time"

_BY = ("network", "province")
_BY_CLASS = (*_BY, "class")

CARRIED_ERL = Measure(
    "voice.carried_erl", "erl", (*_BY_CLASS, "cell", "service"),
    "time in which resources were held, by length of the window: in calls for networks and provinces, in legs for "
    "cells", ratio("carried_s", "window_s"), Line("carried [erl]", "{:,.1f}"),
)  # fmt: skip

ATTEMPTS_BEGUN = Measure(
    "voice.attempts", "1", (*_BY_CLASS, "cell", "service"), "attempts begun in the window, redials included",
    counted("attempts"), Line("attempts"),
)  # fmt: skip

MEASURES = (
    Measure(
        "voice.intents", "1", _BY,
        "wishes to call in the window, those of engaged lines and of callers put off by a price included",
        counted("intents"), Line("intents"),
    ),
    ATTEMPTS_BEGUN,
    Measure("voice.calls", "1", _BY_CLASS, "attempts that were answered", counted("answered"), Line("answered calls")),
    *SHARES,
    Measure(
        "voice.completed_per_h", "1/h", _BY_CLASS, "outcome `completed`, by hour of the window",
        rate("completed", "window_h"),
    ),
    Measure(
        "voice.blocking", "1", (*_BY_CLASS, "cell", "service"),
        "(`blocked_*` + `callee_blocked` + `no_route`) / attempts", proportion("blocked", "attempts"),
        Line("blocking [%]", "{:.3f}", PERCENT),
    ),
    Measure("voice.dropping", "1", (*_BY_CLASS, "service"), "`dropped` / answered", proportion("dropped", "answered")),
    Measure(
        "voice.offered_erl", "erl", (*_BY_CLASS, "cell"),
        "would-be holding time of attempts, ringing included, by length of the window", ratio("offered_s", "window_s"),
        Line("offered [erl]", "{:,.1f}"),
    ),
    CARRIED_ERL,
    *(
        Measure(f"voice.outcome.{name}", "1", _BY_CLASS, f"attempts with the outcome `{name}`", counted(name))
        for name in OUTCOMES
    ),
    *OUTCOME_SHARES.values(),
)  # fmt: skip
"""Measures that stand by network and province, at least."""


def _summed(rows: Rows) -> Sums:
    """Return what adds up, each by what it is of: groups of callers, cells, bins of time, first attempts."""
    world, window = rows.world, rows.window
    found = named(_PROVINCE, _sums_of_groups(window, _by_province(world), "province_idx"))
    if len(world.subscribers):
        own = _of_subscribers(window)
        found |= named(_CLASS, _sums_of_groups(own, _by_class(rows.scenario, world), "class_idx"))
    if has_soft_capacity(rows.scenario):
        crossing = _by_service(rows.scenario, world)
        found |= named(_SERVICE, _sums_of_groups(window, crossing, "service_idx"))
    found |= named(_CELL, _attempts_of_cells(world, window))
    found |= named(_TIME, courses(world, window))
    return Sums(found | {"first": _first_attempts(world, window)})


def _by_province(world: World) -> Crossing:
    return Crossing.of(caller_networks(world), world.provinces.code)


def _by_class(scenario: Scenario, world: World) -> Crossing:
    return Crossing.of(world.network_names, [c.name for c in scenario.subscribers.classes])


def _by_service(scenario: Scenario, world: World) -> Crossing:
    services = [service.name for service in scenario.radio.wcdma.services]
    return Crossing.of(caller_networks(world), services)


_COUNTS_OF_CELLS = ("attempts", "blocked", "failed_in_network", *FAILURES_OF_CELLS)
"""Counts of attempts by first-ranked cell that tables of cells and sites are made of."""


def _measured(replication: Replication, rows: MeasureRows) -> dict[str, Columns]:
    scenario, world, window_s = (
        replication.scenario,
        replication.world,
        replication.records.window_s,
    )
    all_sums = replication.added_up(_RECORD, _summed)
    over: Columns = {
        "window_s": np.array(window_s),
        "window_h": np.array(window_s / SECONDS_PER_HOUR),
    }
    crossing = _by_province(world)
    axes = {"network": crossing.first_names, "province": crossing.second_names}
    n_intents = replication.records["intents"]["n_intents"][: len(caller_networks(world))]
    intents = {"intents": crossing.with_margins(n_intents)}
    of_groups = with_classes(all_sums.part(_PROVINCE))
    rows.add(MEASURES, of_groups | over | intents, axes)
    whole = crossing.second_names == ALL
    of_networks = {name: column[whole] for name, column in of_groups.items()}
    rows.add(CLASS_SHARES.values(), of_networks, {"network": crossing.first_names[whole]})
    for axis, crossings in ((_CLASS, _by_class), (_SERVICE, _by_service)):
        if sums := all_sums.part(axis):
            _add_without_all(rows, sums | over, crossings(scenario, world), axis)
    of_cells = all_sums.part(_CELL)
    _add_cells(rows, world, of_cells, window_s)
    n_cells = len(world.cells)
    series = timeseries(world, all_sums.part(_TIME), window_s, replication.number)
    return {
        "cells": {
            **{name: of_cells[name][:n_cells] for name in _COUNTS_OF_CELLS},
            "offered_erl": of_cells["offered_s"][:n_cells] / window_s,
        },
        "timeseries": series,
        "periods": period_sums(scenario.run.start, series),
    }


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


def _add_without_all(rows: MeasureRows, sums: Columns, crossing: Crossing, axis: str) -> None:
    """Add measures by network and another axis; those of all along it stand by province already."""
    kept = crossing.second_names != ALL
    axes = {"network": crossing.first_names[kept], axis: crossing.second_names[kept]}
    rows.add(
        MEASURES, {name: np.broadcast_to(s, kept.shape)[kept] for name, s in sums.items()}, axes
    )


def _sums_of_groups(window: Window, crossing: Crossing, second: str) -> Columns:
    """Return counts, holding times and outcomes by network and another column."""
    attempts, holding = window.attempts, window.holding
    groups = attempts["network_idx"], attempts[second]
    counts = crossing.counts(*groups, attempts["outcome"], len(OUTCOMES))
    held_s = holding["end_s"] - holding["begin_s"]
    return {
        **dict(zip(OUTCOMES, counts, strict=True)),
        "attempts": counts.sum(axis=0),
        "answered": counts[IS_ANSWERED].sum(axis=0),
        "blocked": counts[IS_BLOCKED].sum(axis=0),
        "carried_s": crossing.sums(holding["network_idx"], holding[second], held_s),
        "offered_s": crossing.sums(*groups, attempts["would_hold_s"]),
    }


def _first_attempts(world: World, window: Window) -> NDArray[np.int64]:
    """Return the first attempts of subscribers and fixed lines by network, the fixed one last, and province."""
    attempts, shape = window.attempts, (len(world.network_names) + 1, len(world.provinces))
    first = (attempts["redial"] == 0) & (attempts["is_source"] != OF_SOURCE)
    key = attempts["network_idx"][first].astype(np.int64) * shape[1]
    key += attempts["province_idx"][first]
    return np.bincount(key, minlength=shape[0] * shape[1]).reshape(shape)


def _attempts_of_cells(world: World, window: Window) -> Columns:
    """Return attempts by the callers' first-ranked cell; the last two places are for those without one and at lines."""
    n_cells, outcome = len(world.cells), window.attempts["outcome"]
    cell_idx = window.attempts["cell_idx"]
    place = np.where(cell_idx == FIXED_CELL, n_cells + 1, np.where(cell_idx < 0, n_cells, cell_idx))
    both = group_sums(
        place.astype(np.int64) * len(OUTCOMES) + outcome, (n_cells + 2) * len(OUTCOMES)
    )
    counts = both.reshape(n_cells + 2, len(OUTCOMES))
    return {
        "attempts": counts.sum(axis=1),
        "blocked": counts[:, IS_BLOCKED].sum(axis=1),
        "failed_in_network": counts[:, list(FAILED_IN_NETWORK)].sum(axis=1),
        "offered_s": group_sums(place, n_cells + 2, window.attempts["would_hold_s"]),
        **{name: counts[:, code] for name, code in FAILURES_OF_CELLS.items()},
    }


def _add_cells(rows: MeasureRows, world: World, of_cells: Columns, window_s: float) -> None:
    names = np.asarray(world.network_names)
    site_province = np.asarray(world.provinces.code)[world.sites.province_idx]
    axes = {
        "cell": np.asarray((*world.cells.name, NO_CELL, FIXED)),
        "network": np.append(names[world.cells.network_idx], [ALL, FIXED]),
        "province": np.append(site_province[world.cells.site_idx], [ALL, ALL]),
    }
    if not world.exchanges.is_simulated:
        axes = {name: column[:-1] for name, column in axes.items()}
        of_cells = {name: column[:-1] for name, column in of_cells.items()}
    rows.add(MEASURES, {**of_cells, "window_s": window_s}, axes)


def _broken(replication: Replication) -> Iterator[str]:
    """Compare the counters of intents with the attempts."""
    intents = replication.records["intents"]
    first = replication.added_up(_RECORD, _summed).columns["first"]
    if np.any(intents["n_intents"] - intents["n_engaged"] - intents["n_avoided"] != first):
        yield "intents less those of callers engaged or put off by the price differ from first attempts"


def _broken_rows(rows: Rows) -> Iterator[str]:
    yield from _broken_sums(rows.world, rows.window)
    yield from _broken_times(rows.columns)


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


def _broken_times(attempts: Columns) -> Iterator[str]:
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


def _published(run: Finished) -> dict[str, pa.Table]:
    return {
        "timeseries": one_after_the_other(TIMESERIES, run.kept["timeseries"]),
        "periods": periods_table(run.scenario.run.start, run.kept),
    }


def homes_of_callers(world: World, rows: Columns) -> Columns:
    """Return where the callers of some attempts live; NaN for those who are no subscribers."""
    lines, grid = world.subscribers, world.grid
    places_km = np.full((2, len(rows["entity"])), np.nan)
    is_line = rows["is_source"] == OF_SUBSCRIBER
    entity = rows["entity"][is_line]
    first = lines.first_row[entity >> NETWORK_SHIFT, 0] if len(entity) else np.zeros(0, np.int64)
    row = lines.row_by_id[first + (entity & ((1 << NETWORK_SHIFT) - 1))]
    square = lines.square_idx[row]
    east_m, north_m = grid.x_m[square] - grid.x_min_m, grid.y_m[square]
    south_m = grid.y_max_m - grid.n_rows * grid.resolution_m
    places_km[:, is_line] = np.stack([east_m, north_m - south_m]) / 1000.0
    return {"home_x_km": places_km[0], "home_y_km": places_km[1]}


def _names(scenario: Scenario, world: World) -> dict[str, Sequence[str]]:
    exchanges = world.exchanges
    return {
        **names_of_people(scenario, world),
        "exchange_idx": exchanges.name,
        "trunk_idx": exchanges.trunks.name,
        "lost_at_idx": exchanges.name,
        "outcome": OUTCOMES,
    }


VOICE = Subject(
    measures=(*MEASURES, *CLASS_SHARES.values()),
    measured=_measured,
    parts=(Part(_RECORD, CALLS, _names, _summed, _broken_rows, homes_of_callers),),
    invariants=(
        "attempts = sum of outcomes, for each network, province and first-ranked cell",
        "intents - those of callers engaged, or put off by the price = first attempts, for each network and province",
        "no attempt of the measured window is in progress at the end",
        "begin <= answer <= end; an answer exactly where the outcome says so",
    ),
    broken=_broken,
    published=_published,
    printed=Printed(
        "Telephone calls",
        (TableMean(Line("per site, both ends [erl]", "{:.1f}"), "sites", "carried_erl"),),
        breakdown=causes_of(ATTEMPTS_BEGUN),
        rankings=(
            ProvinceRanking(
                "Worst provinces",
                ATTEMPTS_BEGUN,
                NETWORK_FAILURE,
                {OUTCOMES[outcome]: OUTCOME_SHARES[outcome] for outcome in FAILED_IN_NETWORK},
                says="Failed in the network, of attempts by the province of the caller",
            ),
        ),
    ),
)
