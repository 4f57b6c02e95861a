"""The numbers drawn in each figure, as tidy rows for a CSV file."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.report.blocking_chart import erlang_blocking, leg_blocking, offered_erl
from sim.report.coverage_classes import ClassedCoverage
from sim.report.material import (
    ALL_NETWORKS,
    CellLegs,
    ExchangeWork,
    NetworkLayer,
    RunFacts,
    Series,
    SiteDistances,
    Territory,
)
from sim.report.soft_cells import SoftCells, SoftTheory

Value = str | int | float
"""One entry of a CSV file; NaN is written as nothing."""


@dataclass(frozen=True)
class PlottedData:
    """A tidy table."""

    header: tuple[str, ...]  # names of the columns, units in them
    rows: tuple[tuple[Value, ...], ...]  # rows


def write_csv(path: Path, data: PlottedData) -> None:
    """Write a table; every number reads back as the same number."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(data.header)
        for row in data.rows:
            writer.writerow(["" if value != value else value for value in row])


def coverage_data(
    territory: Territory, layers: Sequence[NetworkLayer], classed: ClassedCoverage
) -> PlottedData:
    """Return area and people in each colour of the coverage map, by network and province."""
    header = ("network", "province", "class", "area_km2", "area_share", "population")
    rows: list[tuple[Value, ...]] = []
    everywhere = np.ones(len(territory.x_m), np.bool_)
    places = [
        (code, territory.province_idx == idx) for idx, code in enumerate(territory.province_codes)
    ]
    for layer, class_idx in zip(layers, classed.class_idx, strict=True):
        for code, inside in (*places, ("all", everywhere)):
            for name, members in _classes(classed, class_idx):
                chosen = members & inside
                rows.append((layer.name, code, name, *_area_and_people(territory, chosen, inside)))
    return PlottedData((*header, "population_share"), tuple(rows))


def _classes(
    classed: ClassedCoverage, class_idx: NDArray[np.int64]
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Give each class with its squares, and all served ones together."""
    for idx, one in enumerate(classed.classes):
        yield one.name, class_idx == idx
    is_served = np.array([one.is_served for one in classed.classes])
    yield "served", is_served[class_idx]


def _area_and_people(
    territory: Territory, chosen: NDArray[np.bool_], inside: NDArray[np.bool_]
) -> tuple[float, float, int, float]:
    """Return area, its share, people and their share of the squares chosen from those inside."""
    square_km2 = (territory.resolution_m / 1000.0) ** 2
    n_chosen, n_inside = int(chosen.sum()), int(inside.sum())
    people = float(territory.population[chosen].sum())
    all_people = float(territory.population[inside].sum())
    return (
        n_chosen * square_km2,
        n_chosen / n_inside if n_inside else float("nan"),
        round(people),
        people / all_people if all_people > 0.0 else float("nan"),
    )


def series_data(run: RunFacts, series: Sequence[Series]) -> PlottedData:
    """Return measures over time with their intervals."""
    header = ("measure", "network", "clock", "begin_s", "end_s", "value", "low", "high")
    rows: list[tuple[Value, ...]] = []
    for one in series:
        name = "all" if one.network_idx == ALL_NETWORKS else run.networks[one.network_idx]
        steps = zip(one.begin_s, one.end_s, one.value, one.low, one.high, strict=True)
        for step, n in zip(steps, one.n_replications, strict=True):
            numbers = tuple(float(number) for number in step)
            clock = run.start + timedelta(seconds=numbers[0])
            rows.append((one.measure, name, clock.isoformat(sep=" "), *numbers, int(n)))
    return PlottedData((*header, "n_replications"), tuple(rows))


def cell_data(run: RunFacts, cells: CellLegs) -> PlottedData:
    """Return blocking of each cell and what Erlang B says of it."""
    columns: dict[str, Sequence[Value]] = {
        "network": [run.networks[idx] for idx in cells.network_idx],
        "cell": [str(name) for name in cells.name],
        "x_m": cells.x_m.tolist(),
        "y_m": cells.y_m.tolist(),
        "azimuth_deg": cells.azimuth_deg.tolist(),
        "n_channels": cells.n_channels.tolist(),
        "n_legs_offered": cells.n_offered.tolist(),
        "n_legs_refused": cells.n_refused.tolist(),
        "carried_erl": cells.busy_erl.tolist(),
        "offered_erl": offered_erl(cells).tolist(),
        "leg_blocking": leg_blocking(cells).tolist(),
        "erlang_b": erlang_blocking(cells).tolist(),
    }
    return PlottedData(tuple(columns), tuple(zip(*columns.values(), strict=True)))


def soft_cell_data(run: RunFacts, cells: SoftCells) -> PlottedData:
    """Return noise rise, power and refusals of each cell."""
    legs = cells.legs
    columns: dict[str, Sequence[Value]] = {
        "network": [run.networks[idx] for idx in legs.network_idx],
        "cell": [str(name) for name in legs.name],
        "x_m": legs.x_m.tolist(),
        "y_m": legs.y_m.tolist(),
        "azimuth_deg": legs.azimuth_deg.tolist(),
        "noise_rise_db": cells.noise_rise_db.tolist(),
        "noise_rise_max_db": cells.noise_rise_max_db.tolist(),
        "power_w": cells.power_w.tolist(),
        "power_max_w": cells.power_max_w.tolist(),
        "power_limit_w": cells.power_limit_w.tolist(),
        "n_phones": cells.n_asked.tolist(),
        **{f"n_{cause}": values.tolist() for cause, values in cells.refused.items()},
    }
    return PlottedData(tuple(columns), tuple(zip(*columns.values(), strict=True)))


def load_data(run: RunFacts, cells: SoftCells, theory: Sequence[SoftTheory]) -> PlottedData:
    """Return load and blocking of each cell, and the curves of the theory."""
    rows: list[tuple[Value, ...]] = []
    points = zip(
        cells.legs.network_idx, cells.legs.name, cells.offered_erl, cells.blocking, strict=True
    )
    for idx, name, load_erl, share in points:
        rows.append((run.networks[idx], "cell", str(name), float(load_erl), float(share)))
    for one in theory:
        network = run.networks[one.network_idx]
        for load_erl, share in zip(one.offered_erl, one.blocking, strict=True):
            rows.append((network, f"{one.direction} theory", "", float(load_erl), float(share)))
    return PlottedData(("network", "kind", "cell", "offered_erl", "blocking"), tuple(rows))


def distance_data(distances: Sequence[SiteDistances]) -> PlottedData:
    """Return how far each site serves."""
    rows: list[tuple[Value, ...]] = []
    for one in distances:
        n = len(one.distance_km)
        for rank, (site, km) in enumerate(zip(one.site, one.distance_km, strict=True), start=1):
            rows.append((one.name, str(site), float(km), rank / n))
    return PlottedData(("network", "site", "distance_km", "share_of_sites"), tuple(rows))


def exchange_data(work: ExchangeWork) -> PlottedData:
    """Return what each manual exchange did, with its intervals."""
    columns: dict[str, Sequence[Value]] = {
        "exchange": [str(name) for name in work.name],
        "province": [str(code) for code in work.province],
        "operators": work.operators.tolist(),
        "calls_per_h": work.calls_per_h.tolist(),
    }
    for name in ("wait_p95_s", "abandonment", "occupancy"):
        estimate = getattr(work, name)
        columns[name] = estimate.value.tolist()
        columns[f"{name}_low"] = estimate.low.tolist()
        columns[f"{name}_high"] = estimate.high.tolist()
    return PlottedData(tuple(columns), tuple(zip(*columns.values(), strict=True)))
