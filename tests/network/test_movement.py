"""Phones on their way do what is said of them: where they go, what they take, and what they leave alone."""

from pathlib import Path

import pytest

from sim.network.replication import run_network
from sim.radio.coverage import compute_coverage
from sim.scenario.schema import Scenario
from sim.world.build import build_world
from tests.network.soft import service

PLENTY = {"services": [service("voice")], "n_channel_elements": 10_000, "code_capacity": 128}


def plain(sites, *, modes=(), lines=600, erl=60, radio=None, handover=None, **traffic):
    """A plain of 8 km by 6 km in squares of 200 m, where each hears the nearest site best; all call fixed lines."""
    return Scenario.model_validate(
        {
            "name": "moving",
            "seed": 11,
            "run": {"start": "2022-11-16 19:00", "duration_h": 0.5, "warmup_h": 0.1},
            "region": {"source": "plain", "width_km": 8, "height_km": 6},
            "grid": {"resolution_m": 200},
            "networks": [
                {
                    "name": "net",
                    "n_subscribers": lines,
                    "equipment": {"n_sectors": 1, "n_channels": 1_000},
                    "sites": [{"name": f"s{k}", **site} for k, site in enumerate(sites)],
                }
            ],
            "switching": {"trunk_groups": [{"between": ["net", "fixed"], "n_circuits": 10_000}]},
            "radio": {
                "path_loss": {"model": "free_space"},
                "min_rscp_dbm": -150,
                "max_range_km": 20,
                "handover": {"hysteresis_db": 0, "time_to_trigger_s": 0, **(handover or {})},
                **(radio or {}),
            },
            "traffic": {
                "erl_per_line": erl / lines if lines else 0,
                "voice": {
                    "holding": {"law": "exponential", "mean_s": 90},
                    "ringing": {"p_answer": 1, "mean_s": 0},
                    "destination": {"other_network_share": 0, "fixed_share": 1},
                },
                "journeys": {"modes": list(modes)},
                **traffic,
            },
        }
    )


def run(scenario, replication=0):
    world = build_world(scenario, Path())
    return run_network(scenario, world, compute_coverage(scenario, world), replication)


def at(*places, **more):
    return [{"x_km": x_km, "y_km": y_km, **more} for x_km, y_km in places]


FOUR = at((1.1, 1.3), (6.4, 0.9), (2.2, 5.1), (6.9, 4.6))


def straight(speed_m_s, share=1.0):
    return [{"name": "straight", "share": share, "speed_m_s": speed_m_s}]


def test_a_phone_between_two_cells_that_are_alike_stays_in_its_cell():
    ride = {"network": "net", "x_km": [4.1, 4.1], "y_km": [0.5, 5.5], "speed_m_s": 20}
    source = {"name": "train", "offered_erl": 20, "ride": {**ride, "length_m": 0}}
    records = run(plain(at((2.1, 3.1), (6.1, 3.1)), lines=0, sources=[source]))
    assert records["movement"]["n_steps"][0] > 1000
    assert len(records["handovers"]["time_s"]) == 0


@pytest.mark.parametrize(("speed_m_s", "is_still"), [(1e-6, True), (10.0, False)])
def test_a_phone_that_stands_is_never_handed_over(speed_m_s, is_still):
    for radio in ({}, {"capacity": "wcdma", "wcdma": {**PLENTY, "active_set_window_db": 5}}):
        records = run(plain(FOUR, modes=straight(speed_m_s), radio=radio))
        assert records["movement"]["n_movers"][0] > 500
        assert (len(records["handovers"]["time_s"]) == 0) == is_still
