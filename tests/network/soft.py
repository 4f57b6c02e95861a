"""Small worlds of soft capacity, and their state."""

from pathlib import Path

from sim.network.replication import run_network
from sim.radio.coverage import compute_coverage
from sim.scenario.schema import Scenario
from sim.world.build import build_world

SIDE_KM = 0.5


def service(name, **more):
    """A service that asks for next to nothing, but for what is given."""
    harmless = {"rate_bps": 1.0, "uplink_eb_n0_db": 0.0, "downlink_eb_n0_db": 0.0}
    return {"name": name, **harmless, **more}


def network(name, sites, n_subscribers=0, **equipment):
    """A network of omnidirectional cells at x, y."""
    return {
        "name": name,
        "n_subscribers": n_subscribers,
        "equipment": {"n_sectors": 1, "n_channels": 10_000, **equipment},
        "sites": [{"name": f"{name}{i}", "x_km": x, "y_km": y} for i, (x, y) in enumerate(sites)],
    }


def scenario_of(networks, width_km, height_km, wcdma=None, radio=None, **more):
    """A plain of squares of half a kilometre, and the macro cells of TR 25.942."""
    return Scenario.model_validate(
        {
            "name": "soft",
            "seed": 20221116,
            "run": {"start": "2022-11-16 19:00", "duration_h": 0.2, "warmup_h": 0.1},
            "region": {"source": "plain", "width_km": width_km, "height_km": height_km},
            "grid": {"resolution_m": 1000 * SIDE_KM},
            "networks": networks,
            "radio": {
                "capacity": "wcdma",
                "path_loss": {"model": "tr25942_macro"},
                "wcdma": wcdma or {},
                **(radio or {}),
            },
            "traffic": {"erl_per_line": 0},
            **more,
        }
    )


def run_soft(scenario, replication=1, **more):
    """One replication."""
    world = build_world(scenario, Path())
    return run_network(scenario, world, compute_coverage(scenario, world), replication, **more)


DATA = {
    "name": "voice",
    "rate_bps": 64_000.0,
    "uplink_eb_n0_db": 2.0,
    "downlink_eb_n0_db": 5.0,
}
"""A service whose calls run out of power and interference long before codes."""

SHIFTS_KM = ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5))


def country(offered_erl, n_networks=1, duration_h=0.5, n_side=3, wcdma=None, **radio):
    """Nine sites 1.5 km apart on five by five kilometres for each network, calls of a minute in every cell."""
    grid = [(1 + 1.5 * i, 1 + 1.5 * j) for i in range(n_side) for j in range(n_side)]
    networks = [
        network(f"n{k}_", [(x + SHIFTS_KM[k][0], y + SHIFTS_KM[k][1]) for x, y in grid])
        for k in range(n_networks)
    ]
    sources = [
        {
            "name": site["name"],
            "offered_erl": offered_erl,
            "holding": {"law": "exponential", "mean_s": 60},
            "cells": [site["name"]],
        }
        for one in networks
        for site in one["sites"]
    ]
    plenty = {"services": [DATA], "n_channel_elements": 10_000, "code_capacity": 128}
    return scenario_of(
        networks,
        2 + 1.5 * n_side,
        2 + 1.5 * n_side,
        wcdma={**plenty, "coverage_sample_s": 60, **(wcdma or {})},
        radio=radio,
        run={"start": "2022-11-16 19:00", "duration_h": duration_h, "warmup_h": 0.1},
        traffic={"erl_per_line": 0, "sources": sources},
    )
