"""What a measurement says, as tables of text."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.bare import Lap, Spread, ratios, spread
from bench.exponent import Exponent, fit_exponent
from bench.machine import Machine
from bench.national import N_LINES, N_SITES, SUMS, Trip
from bench.soft import Soft
from bench.soft_findings import soft_tables
from bench.stages import STAGE_NAMES
from bench.tabular import TextTable, exponent_text, number, range_text

ENGINE, HEAP = "wheel", "cpp_heap"
"""Contenders to which the others are compared."""

AIM_CALLS_PER_S = 3e6
AIM_RUN_S = 5.0
AIM_SET_UP_S = 10.0


@dataclass(frozen=True)
class Measured:
    """
    A whole measurement.

    Attributes
    ----------
    machine : Machine
        What it was made on.
    laps : tuple of Lap
        The bare workload; may be empty.
    trips : tuple of Trip
        The national scenario; may be empty.
    soft : Soft or None
        Soft capacity beside channels.
    """

    machine: Machine
    laps: tuple[Lap, ...]
    trips: tuple[Trip, ...]
    soft: Soft | None = None


def contenders(laps: Sequence[Lap]) -> list[Lap]:
    """
    Return a lap of each contender.

    Parameters
    ----------
    laps : sequence of Lap
        All laps.

    Returns
    -------
    list of Lap
        Laps of the first repeat.
    """
    return [lap for lap in laps if lap.repeat == 1]


def ns_per_call(laps: Sequence[Lap], contender: str) -> Spread:
    """
    Return the time of a call.

    Parameters
    ----------
    laps : sequence of Lap
        All laps.
    contender : str
        Whose.

    Returns
    -------
    Spread
        Over the repeats. [ns]
    """
    return spread([lap.ns_per_call for lap in laps if lap.contender == contender])


def bare_table(laps: Sequence[Lap]) -> TextTable:
    """
    Return the table of the bare workload.

    Parameters
    ----------
    laps : sequence of Lap
        All laps.

    Returns
    -------
    TextTable
        A row for each contender.
    """
    rows = [
        (
            one.label,
            f"{one.n_calls:,}",
            f"{one.n_losses:,}",
            range_text(ns_per_call(laps, one.contender)),
            range_text(ratios(laps, one.contender, HEAP)),
            range_text(ratios(laps, one.contender, ENGINE)),
        )
        for one in contenders(laps)
    ]
    if not any(lap.contender == HEAP for lap in laps):
        rows.append(("C++ std::priority_queue: left out, no g++ found", *("-",) * 5))
    n_repeats = max(lap.repeat for lap in laps)
    first = laps[0]
    return TextTable(
        f"Bare loss workload: {first.n_cells:,} cells, 30 channels, 25 erl each, up to {first.simulated_s:,.0f} s; "
        f"median of {n_repeats} alternating repeats (smallest to largest)",
        ("contender", "calls", "lost", "ns a call", "x C++ heap", "x this engine"),
        tuple(rows),
    )


def median_s(trips: Sequence[Trip], what: str) -> float:
    """
    Return the median time of a stage, or of one of the sums of stages.

    Parameters
    ----------
    trips : sequence of Trip
        Runs of one size.
    what : str
        Name of a stage, or `set-up`, `replication` or `total`.

    Returns
    -------
    float
        Time. [s]
    """
    return spread([trip.time_s(what) for trip in trips]).median


def by_size(trips: Sequence[Trip], axis: str) -> dict[int, list[Trip]]:
    """
    Return the runs of an axis by their size.

    Parameters
    ----------
    trips : sequence of Trip
        All runs.
    axis : str
        `lines` or `sites`.

    Returns
    -------
    dict of int to list of Trip
        Runs by number of lines or sites, the smallest first.
    """
    found: dict[int, list[Trip]] = {}
    for trip in trips:
        if trip.point.axis == axis:
            size = trip.point.n_lines if axis == "lines" else trip.point.n_sites
            found.setdefault(size, []).append(trip)
    return dict(sorted(found.items()))


def exponent_of(trips: Sequence[Trip], axis: str, what: str) -> Exponent:
    """
    Fit how the time of a stage grows along an axis.

    Parameters
    ----------
    trips : sequence of Trip
        All runs.
    axis : str
        `lines` or `sites`.
    what : str
        As in `median_s`.

    Returns
    -------
    Exponent
        Over the medians of the sizes.
    """
    sizes = by_size(trips, axis)
    return fit_exponent(list(sizes), [median_s(runs, what) for runs in sizes.values()])


def national_table(trips: Sequence[Trip], axis: str) -> TextTable:
    """
    Return the table of the national scenario along an axis.

    Parameters
    ----------
    trips : sequence of Trip
        All runs.
    axis : str
        `lines` or `sites`.

    Returns
    -------
    TextTable
        A row for each stage, a column for each size, and the exponent.
    """
    sizes = by_size(trips, axis)
    rows = []
    for what in (*STAGE_NAMES, *SUMS):
        times = [number(median_s(runs, what)) for runs in sizes.values()]
        rows.append((f"{what} [s]", *times, exponent_text(exponent_of(trips, axis, what))))
    for label, what in (("attempts", "n_attempts"), ("calls/s in the loop", "calls_per_s")):
        medians = [
            spread([float(getattr(trip, what)) for trip in runs]).median for runs in sizes.values()
        ]
        rows.append((label, *(f"{value:,.0f}" for value in medians), ""))
    point = next(iter(sizes.values()))[0].point
    clock = trips[0].clock
    other = f"{point.n_sites:,} sites" if axis == "lines" else f"{point.n_lines:,} lines"
    return TextTable(
        f"National scenario at {other}, one replication of 1 h and its warm-up, against {axis}; {clock} time",
        (axis, *(f"{size:,}" for size in sizes), "exponent (95 %)"),
        tuple(rows),
    )


def aims_table(measured: Measured) -> TextTable:
    """
    Return what was aimed at, and what was reached.

    Parameters
    ----------
    measured : Measured
        Measurement.

    Returns
    -------
    TextTable
        A row for each aim.
    """
    rows: list[tuple[str, ...]] = []
    if measured.laps:
        for base, aim in ((HEAP, 2), ("simpy_processes", 200), ("ciw_by_cell", 300), ("ciw", 300)):
            labels = {lap.contender: lap.label for lap in measured.laps}
            if base in labels:
                reached = ratios(measured.laps, base, ENGINE)
                rows.append(
                    (f"bare loop, times as fast as {labels[base]}", f"{aim}", range_text(reached))
                )
    full = [
        trip
        for trip in measured.trips
        if (trip.point.n_lines, trip.point.n_sites) == (N_LINES, N_SITES)
    ]
    if full:
        rate = spread([trip.calls_per_s for trip in full]).median
        clock = full[0].clock
        hour_s = spread([trip.hour_s for trip in full]).median
        figures_s = median_s(full, "figures")
        rows += [
            ("national loop [calls/s]", f"{AIM_CALLS_PER_S:,.0f}", f"{rate:,.0f}"),
            (f"national hour after set-up, {clock} time [s]", number(AIM_RUN_S), number(hour_s)),
            ("the same with figures [s]", "-", number(hour_s + figures_s)),
            (
                f"set-up, warm, {clock} time [s]",
                number(AIM_SET_UP_S),
                number(median_s(full, "set-up")),
            ),
        ]
        for axis in ("lines", "sites"):
            for what in ("replication", "total"):
                fit = exponent_of(measured.trips, axis, what)
                label = f"exponent of the {what} against {axis}"
                rows.append((label, "1 or less", exponent_text(fit)))
    return TextTable("Aims, never gates", ("what", "aim", "reached"), tuple(rows))


def all_tables(measured: Measured) -> list[TextTable]:
    """
    Return the tables of a measurement.

    Parameters
    ----------
    measured : Measured
        Measurement.

    Returns
    -------
    list of TextTable
        Tables in their order.
    """
    tables = [bare_table(measured.laps)] if measured.laps else []
    if measured.trips:
        tables += [national_table(measured.trips, axis) for axis in ("lines", "sites")]
    if measured.soft is not None:
        tables += soft_tables(measured.soft)
    aims = aims_table(measured)
    return [*tables, aims] if aims.rows else tables
