"""Cells alone, with Poisson calls or few subscribers, as theory has them: scenarios of them, and their replications."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.network.records import Records
from sim.network.replication import run_network
from sim.radio.coverage import compute_coverage
from sim.scenario.schema import Scenario
from sim.tables import BLOCKED
from sim.validation.length import N_REPLICATIONS, SEED
from sim.world.build import build_world


def theory_scenario(
    networks: Sequence[dict[str, Any]],
    traffic: dict[str, Any],
    duration_h: float,
    **more: Any,  # noqa: ANN401  # sections of a scenario
) -> Scenario:
    """Return a plain of one square, on which every network covers everything."""
    return Scenario.model_validate(
        {
            "name": "theory",
            "seed": more.pop("seed", SEED),
            "run": {"start": "2022-11-16 00:00", "duration_h": duration_h, "warmup_h": 0.6},
            "region": {"source": "plain", "width_km": 2, "height_km": 2},
            "grid": {"resolution_m": 2000},
            "radio": {"path_loss": {"model": "disc", "radius_km": 5}},
            "networks": list(networks),
            "traffic": {"profile": {"daily": [1] * 24}, **traffic},
            **more,
        }
    )


def omni(name: str, n_subscribers: int, sites: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """Return a network of omnidirectional cells."""
    return {
        "name": name,
        "n_subscribers": n_subscribers,
        "equipment": {"n_sectors": 1},
        "sites": [{"name": site, "x_km": 1, "y_km": 1, "n_channels": n} for site, n in sites],
    }


def replicate(scenario: Scenario, n_replications: int = N_REPLICATIONS) -> list[Records]:
    """Run replications, all in one world."""
    world = build_world(scenario, Path())
    coverage = compute_coverage(scenario, world)
    return [run_network(scenario, world, coverage, number) for number in range(n_replications)]


def of_cells(replications: Sequence[Records], table: str, column: str) -> NDArray[np.float64]:
    """Return a column of a table by cell."""
    return np.array([records[table][column] for records in replications], np.float64)


def blocked_and_attempts(
    replications: Sequence[Records], column: str, value: int
) -> tuple[list[int], list[int]]:
    """Return how many measured attempts were blocked and how many there were, where a column has a value."""
    blocked, attempts = [], []
    for records in replications:
        table = records["attempts"]
        chosen = (table["time_s"] >= 0.0) & (table[column] == value)
        blocked.append(int(np.isin(table["outcome"][chosen], BLOCKED).sum()))
        attempts.append(int(chosen.sum()))
    return blocked, attempts
