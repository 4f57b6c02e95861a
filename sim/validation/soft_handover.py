"""Where calls hold legs in several cells: the share of a hexagon's area, by the window, without shadowing."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.network.radio.build import spots_of_sources
from sim.network.radio.places import make_places
from sim.radio.coverage import Coverage, compute_coverage
from sim.radio.pathloss import ROOFTOP_HEIGHT_M
from sim.scenario.schema import Scenario
from sim.validation.cases import Case
from sim.validation.cells import theory_scenario
from sim.validation.found import Found
from sim.validation.hexagons import hexagonal_sites
from sim.validation.length import Length
from sim.validation.verdict import by_formula
from sim.world.build import World, build_world

N_RINGS = 3
"""Rings of sites: 37 in all."""

SIDE_M = 25.0
"""Side of a square, the least that a scenario allows. [m]"""

SITES_M = (2500.0, 5000.0)
"""Distance between sites, of a card of usual length and of a full one: the more squares, the nearer to geometry. [m]"""

ACROSS = 0.2
"""Angle by which the sites lie across the squares, so that no border of a cell runs along a row of them. [rad]"""

OFFSET_KM = np.array([0.007, 0.018])
"""Where the site in the middle stands in its square: on no axis of symmetry, which would double every error. [km]"""

NEAR = (3e-3, 2e-3)
"""How near squares are to geometry: their coarseness, powers kept to 0.01 dB (4e-4), the cases (3e-4). [1]"""


def compare(cases: Sequence[Case], length: Length, wider_db: float = 0.0) -> Iterator[Found]:
    """
    Compare where there is soft handover, as far as squares show it.

    `wider_db` widens the window, to show what a wrong program gives.
    """
    for exponent in dict.fromkeys(case.inputs["path_loss_exponent"] for case in cases):
        scenario = _scenario(exponent, 1.0, length)
        world = build_world(scenario, Path())
        coverage = compute_coverage(scenario, world)
        for case in cases:
            if case.inputs["path_loss_exponent"] == exponent:
                window_db = case.inputs["window_dB"] + wider_db
                legs = _legs(_scenario(exponent, window_db, length), world, coverage)
                known, allowed = case.expected, length.pick(*NEAR)
                share, more = float((legs > 1).mean()), float(legs.mean()) - 1.0
                for said, name, found in (
                    ("share of area", "share_of_area_in_soft_handover", share),
                    ("further legs", "mean_extra_legs", more),
                ):
                    yield case.id, by_formula(said, known[name], found, absolute=allowed)


def _scenario(exponent: float, window_db: float, length: Length) -> Scenario:
    """Return 37 cells; TR 25.942 has 40 (1 - 0.004 h) dB a decade, the exponent at one height over the roofs."""
    height_m = ROOFTOP_HEIGHT_M + (1.0 - exponent / 4.0) / 0.004
    apart_km = length.pick(*SITES_M) / 1000.0
    middle_km = apart_km * (N_RINGS + 0.5)
    turn = np.array([[math.cos(ACROSS), -math.sin(ACROSS)], [math.sin(ACROSS), math.cos(ACROSS)]])
    sites = apart_km * hexagonal_sites(N_RINGS) @ turn + middle_km + OFFSET_KM
    network = {
        "name": "net",
        "n_subscribers": 0,
        "equipment": {"n_sectors": 1, "antenna_height_m": height_m, "pilot_power_dbm": 43},
        "sites": [{"name": f"s{k}", "x_km": x, "y_km": y} for k, (x, y) in enumerate(sites)],
    }
    return theory_scenario(
        [network],
        {"sources": [{"name": "calls", "offered_erl": 1, "cells": ["s0"]}]},
        1.0,
        region={"source": "plain", "width_km": 2.0 * middle_km, "height_km": 2.0 * middle_km},
        grid={"resolution_m": SIDE_M},
        radio={
            "capacity": "wcdma",
            "path_loss": {"model": "tr25942_macro"},
            "wcdma": {"active_set_size": 3, "active_set_window_db": window_db},
        },
    )


def _legs(scenario: Scenario, world: World, coverage: Coverage) -> NDArray[np.int64]:
    """Return how many legs a call tries in each square of the cell in the middle."""
    is_wanted = spots_of_sources(scenario, world, coverage)
    places = make_places(scenario, world, coverage, is_wanted)
    return np.asarray(places.info["n_tried"], np.int64)
