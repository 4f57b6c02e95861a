"""What a measurement of soft capacity says, as tables of text and as rows of files."""

from bench.bare import spread
from bench.national import Trip
from bench.soft import CAPACITIES, Soft
from bench.tabular import TextTable, number, range_text

_PER_US = 1e6
_PER_GIB = 2.0**30
_AIM_CALLS_PER_S, _AIM_TIMES = "1,000,000", "3 at most"


def soft_tables(soft: Soft) -> list[TextTable]:
    """
    Return the tables of soft capacity.

    Parameters
    ----------
    soft : Soft
        Measurement.

    Returns
    -------
    list of TextTable
        Speed beside channels, hour and day, and updates.
    """
    return [_speed_table(soft), _alone_table(soft), _updates_table(soft)]


def ns_per_attempt(trip: Trip) -> float:
    """
    Return the time of an attempt in the compiled loop.

    Parameters
    ----------
    trip : Trip
        Run.

    Returns
    -------
    float
        Time. [ns]
    """
    return 1e9 / trip.calls_per_s


def _speed_table(soft: Soft) -> TextTable:
    channels, wcdma = (soft.trips[name] for name in CAPACITIES)
    times = [
        ns_per_attempt(two) / ns_per_attempt(one) for one, two in zip(channels, wcdma, strict=True)
    ]
    rows = [
        (
            name,
            f"{spread([float(trip.n_attempts) for trip in soft.trips[name]]).median:,.0f}",
            f"{spread([trip.calls_per_s for trip in soft.trips[name]]).median:,.0f}",
            range_text(spread([ns_per_attempt(trip) for trip in soft.trips[name]])),
        )
        for name in CAPACITIES
    ]
    rows.append(("wcdma over channels, within each turn", "", "", range_text(spread(times))))
    rows.append(("aim", "", _AIM_CALLS_PER_S, _AIM_TIMES))
    point, clock = wcdma[0].point, wcdma[0].clock
    return TextTable(
        f"National hour by capacity, {point.n_lines:,} lines, {point.n_sites:,} sites, taken in turns; {clock} time",
        ("capacity", "attempts", "calls/s in the loop", "ns an attempt, updates included"),
        tuple(rows),
    )


def _alone_table(soft: Soft) -> TextTable:
    rows = [
        (
            f"{one.duration_h:g} h, {one.capacity}",
            f"{one.trip.n_attempts:,}",
            number(one.trip.spent_s["loop"]),
            number(one.trip.hour_s),
            number(one.peak_bytes / _PER_GIB),
        )
        for one in soft.alone
    ]
    return TextTable(
        "National scenario, one replication in a process of its own",
        ("window, capacity", "attempts", "loop [s]", "after set-up [s]", "peak memory [GiB]"),
        tuple(rows),
    )


def _updates_table(soft: Soft) -> TextTable:
    rows = [
        (
            f"{one.n_cells:,}",
            number(one.calls_per_cell),
            number(one.n_cells * one.calls_per_cell),
            number(one.wall_s * _PER_US),
            number(one.wall_s * _PER_US / one.n_cells),
        )
        for one in soft.updates
    ]
    return TextTable(
        "An update of all powers, one every second, shedding included",
        ("cells", "calls a cell [erl]", "calls offered [erl]", "us an update", "us a cell"),
        tuple(rows),
    )


def soft_rows(soft: Soft | None) -> list[dict[str, object]]:
    """
    Return every run of the national scenario as rows.

    Parameters
    ----------
    soft : Soft or None
        Measurement.

    Returns
    -------
    list of dict
        Capacity, window, repeat, attempts, loop and total time, and peak memory (0 where the process had other runs).
    """
    if soft is None:
        return []
    runs = [(name, 1.0, trip, 0) for name in CAPACITIES for trip in soft.trips[name]]
    runs += [(one.capacity, one.duration_h, one.trip, one.peak_bytes) for one in soft.alone]
    return [
        {
            "capacity": capacity,
            "duration_h": duration_h,
            "repeat": trip.repeat,
            "clock": trip.clock,
            "n_attempts": trip.n_attempts,
            "loop_s": trip.spent_s["loop"],
            "total_s": trip.time_s("total"),
            "peak_bytes": peak_bytes,
        }
        for capacity, duration_h, trip, peak_bytes in runs
    ]


def update_rows(soft: Soft | None) -> list[dict[str, object]]:
    """
    Return the updates as rows.

    Parameters
    ----------
    soft : Soft or None
        Measurement.

    Returns
    -------
    list of dict
        Cells, calls offered to each, time of an update.
    """
    if soft is None:
        return []
    return [
        {"n_cells": one.n_cells, "calls_per_cell_erl": one.calls_per_cell, "wall_s": one.wall_s}
        for one in soft.updates
    ]
