"""Worlds that several tests look at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.scenario.schema import Scenario
from sim.world.build import World, build_world
from sim.world.grid import Grid

NATIONAL: dict[str, Any] = {
    "name": "national",
    "seed": 7,
    "region": {"source": "north_korea"},
    "grid": {"resolution_m": 2_000},
    "population": {"total": 25_970_000},
    "networks": [
        {
            "name": "koryolink",
            "n_subscribers": 300_000,
            "n_sites": 150,
            "province_weight": {"KP-01": 3.0, "KP-09": 0.0, "KP-10": 0.0, "KP-13": 0.0},
            "rural_weight": 0.5,
        },
        {"name": "kang_song", "n_subscribers": 375_000, "n_sites": 150, "rural_weight": 0.4},
    ],
    "subscribers": {
        "classes": [{"name": "resident", "share": 0.7}, {"name": "trader", "share": 0.3}]
    },
}


@pytest.fixture(scope="session")
def make_scenario() -> Callable[..., Scenario]:
    """Return a maker of national scenarios with other sections."""

    def make(**sections: Any) -> Scenario:
        return Scenario.model_validate(NATIONAL | sections)

    return make


@pytest.fixture(scope="session")
def national(make_scenario: Callable[..., Scenario]) -> tuple[Scenario, World]:
    """Return a national scenario on a coarse grid, with its world."""
    scenario = make_scenario()
    return scenario, build_world(scenario, Path())


@pytest.fixture(scope="session")
def build() -> Callable[[Scenario], World]:
    """Return a maker of the world of a scenario without tables."""
    return lambda scenario: build_world(scenario, Path())


@pytest.fixture(scope="session")
def national_grid(national: tuple[Scenario, World]) -> Grid:
    """Return the squares of the national scenario."""
    return national[1].grid
