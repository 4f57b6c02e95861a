"""The planner's map: area, people, towns and counties by discs about the sites, beside what the radio says."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.radio.planner import disc_marks, marked_share, nearest_town, town_marks
from sim.radio.reach import sum_by_province
from sim.runs.measures.measure import PERCENT, Line, Measure, MeasureRows
from sim.scenario.schema import Scenario
from sim.tables import ALL
from sim.tables.columns import part
from sim.world.build import World

_AXES = ("network", "province", "covered_by")

MEASURES = (
    Measure(
        "coverage.planner_area_share", "1", _AXES,
        "area within `radio.planner_radius_km` of a site, whatever the radio says, / area: a map of discs, as "
        "published shares are", part("planner_km2", "total_km2"),
        Line("area in planner's discs [%]", "{:.1f}", PERCENT),
    ),
    Measure(
        "coverage.planner_population_share", "1", _AXES, "people within that radius of a site / people",
        part("n_in_discs", "n_people"), Line("people in planner's discs [%]", "{:.1f}", PERCENT),
    ),
    Measure(
        "coverage.planner_town_share", "1", _AXES,
        "towns with a site within that radius of their centre / towns, by the province of the town",
        part("n_towns_served", "n_towns"), Line("towns with a site [%]", "{:.1f}", PERCENT),
    ),
    Measure(
        "coverage.planner_county_share", "1", _AXES,
        "people whose nearest town has a site within that radius of its centre / people: counties that are counted as "
        "a whole, as published shares may be", part("n_in_counties", "n_people"),
        Line("people of counties with a site [%]", "{:.1f}", PERCENT),
    ),
)  # fmt: skip

Marks = NDArray[Any]
"""(network, item) bits that are set where a network serves; both logical and bitwise."""


def add_planner(rows: MeasureRows, scenario: Scenario, world: World) -> None:
    """Add what discs about the sites cover: of each network, and of any, both and neither of them."""
    radius_m = scenario.radio.planner_radius_km * 1000.0
    people = world.population.astype(np.float64)
    n_provinces, province = len(world.provinces), world.grid.province_idx
    everywhere = np.ones(len(people))
    total_km2 = sum_by_province(everywhere, province, n_provinces) * world.grid.square_area_km2
    n_people = sum_by_province(people, province, n_provinces)
    for axes, marks in _sets(world, disc_marks(world, radius_m)):
        share = marked_share(marks)
        sums = {
            "planner_km2": sum_by_province(share, province, n_provinces)
            * world.grid.square_area_km2,
            "total_km2": total_km2,
            "n_in_discs": sum_by_province(share * people, province, n_provinces),
            "n_people": n_people,
        }
        rows.add(MEASURES, sums, axes)
    if len(world.places):
        _add_towns(rows, world, radius_m, n_people)


def _add_towns(
    rows: MeasureRows, world: World, radius_m: float, n_people: NDArray[np.float64]
) -> None:
    """Add the towns that have a site, and the people of their counties."""
    n_provinces, of_town = len(world.provinces), world.places.province_idx
    shape = len(of_town), n_provinces
    part = nearest_town(world) * n_provinces + world.grid.province_idx
    county = np.bincount(part, world.population, shape[0] * n_provinces).reshape(shape)
    n_towns = sum_by_province(np.ones(len(of_town)), of_town, n_provinces)
    for axes, served in _sets(world, town_marks(world, radius_m)):
        in_counties = county[served].sum(axis=0)
        sums = {
            "n_towns_served": sum_by_province(served.astype(np.float64), of_town, n_provinces),
            "n_towns": n_towns,
            "n_in_counties": np.append(in_counties, in_counties.sum()),
            "n_people": n_people,
        }
        rows.add(MEASURES, sums, axes)


def _sets(world: World, marks: Marks) -> Iterator[tuple[dict[str, Any], Marks]]:
    """Yield what each network serves, and what any, all and none of them serve, with the axes of its rows."""
    places = np.array([*world.provinces.code, ALL])
    for name, own in zip(world.network_names, marks, strict=True):
        yield {"network": name, "province": places, "covered_by": ALL}, own
    by_any = np.bitwise_or.reduce(marks)
    together = {"any": by_any, "both": np.bitwise_and.reduce(marks), "neither": ~by_any}
    for name, of_them in together.items():
        yield {"network": ALL, "province": places, "covered_by": name}, of_them
