"""Replications of a theory scenario, and intervals about their means."""

import math
from pathlib import Path

import numpy as np
from scipy.stats import t as student_t

from sim.network.replication import run_network
from sim.radio.coverage import compute_coverage
from sim.scenario.schema import Scenario
from sim.tables import BLOCKED
from sim.world.build import build_world

N_REPLICATIONS = 30
CONFIDENCE = 0.999


def theory_scenario(networks, traffic, duration_h, **more):
    """A plain of one square, on which every network covers everything."""
    return Scenario.model_validate(
        {
            "name": "theory",
            "seed": 20221116,
            "run": {"start": "2022-11-16 00:00", "duration_h": duration_h, "warmup_h": 0.6},
            "region": {"source": "plain", "width_km": 2, "height_km": 2},
            "grid": {"resolution_m": 2000},
            "radio": {"path_loss": {"model": "disc", "radius_km": 5}},
            "networks": networks,
            "traffic": {"profile": {"daily": [1] * 24}, **traffic},
            **more,
        }
    )


def omni(name, n_subscribers, sites):
    return {
        "name": name,
        "n_subscribers": n_subscribers,
        "equipment": {"n_sectors": 1},
        "sites": [{"name": site, "x_km": 1, "y_km": 1, "n_channels": n} for site, n in sites],
    }


def replicate(scenario):
    world = build_world(scenario, Path())
    coverage = compute_coverage(scenario, world)
    return [run_network(scenario, world, coverage, number) for number in range(N_REPLICATIONS)]


def all_busy_shares(replications):
    """Time congestion: (replication, cell)."""
    return np.array([records["cells"]["all_busy_share"] for records in replications])


def call_congestion(replications, column, value):
    """Share of measured attempts that were blocked, where a column has a value: (replication,)."""
    shares = []
    for records in replications:
        attempts = records["attempts"]
        chosen = (attempts["time_s"] >= 0.0) & (attempts[column] == value)
        shares.append(np.isin(attempts["outcome"][chosen], BLOCKED).mean())
    return np.array(shares)


def half_width(values):
    """Half the width of the t interval about the mean of the values."""
    quantile = student_t.ppf(0.5 + CONFIDENCE / 2.0, len(values) - 1)
    return quantile * values.std(ddof=1) / math.sqrt(len(values))


def is_inside(values, expected):
    """Whether the t interval about the mean of the values contains the expected one."""
    return abs(values.mean() - expected) <= half_width(values)
