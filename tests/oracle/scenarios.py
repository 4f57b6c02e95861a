"""Small scenarios on which the simulator and the oracle must agree row by row."""

from pathlib import Path

from sim.radio.coverage import compute_coverage
from sim.scenario.schema import Scenario
from sim.world.build import build_world

PLAIN = {"source": "plain", "width_km": 12, "height_km": 6}
OMNI = {"n_sectors": 1}
# A city everywhere: phones stand at points of their squares.
CROWDED = {"total": 150_000}
DISC = {"path_loss": {"model": "disc", "radius_km": 4}}


def network(name, n_subscribers, cells, **more):
    sites = [
        {"name": f"{name}_{i}", "x_km": x_km, "y_km": 3, "n_channels": n}
        for i, (x_km, n) in enumerate(cells)
    ]
    return {
        "name": name,
        "n_subscribers": n_subscribers,
        "equipment": OMNI,
        "sites": sites,
        **more,
    }


def scenario(name, networks, traffic, **more):
    return Scenario.model_validate(
        {
            "name": name,
            "seed": 7,
            "run": {
                "start": "2022-11-16 19:00",
                "duration_h": 0.5,
                "warmup_h": 0.1,
                "settle_h": 0.04,
            },
            "region": PLAIN,
            "radio": DISC,
            "networks": networks,
            "traffic": traffic,
            **more,
        }
    )


def world_of(one):
    world = build_world(one, Path())
    return world, compute_coverage(one, world)


OVERLOAD = scenario(
    "overload",
    [network("a", 300, [(3, 6), (9, 4)])],
    {"erl_per_line": 0.15, "voice": {"redial": {"probability": 0.7, "delay_mean_s": 20}}},
)
ONE_CHANNEL = scenario(
    "one_channel",
    [network("a", 60, [(3, 1), (9, 1)])],
    {"erl_per_line": 0.1, "voice": {"holding": {"law": "exponential", "mean_s": 60}}},
)
SOURCES = scenario(
    "sources",
    [network("a", 0, [(3, 3), (9, 5)])],
    {
        "sources": [
            {"name": "left", "offered_erl": 4, "cells": ["a_0"]},
            {
                "name": "both",
                "offered_erl": 2,
                "cells": ["a_0", "a_1"],
                "holding": {"law": "fixed", "mean_s": 30},
            },
        ]
    },
)
THREE_NETWORKS = scenario(
    "three_networks",
    [
        network("a", 150, [(3, 9)]),
        network("b", 120, [(5, 8), (11, 2)]),
        network("c", 40, [(1, 4)]),
    ],
    {
        "erl_per_line": 0.12,
        "voice": {
            "holding": {"law": "truncated_log_logistic", "median_s": 40, "shape": 1.6},
            "ringing": {"p_answer": 0.7, "mean_s": 12, "timeout_s": 20},
            "destination": {"other_network_share": 0.5, "fixed_share": 0.2},
            "redial": {"probability": 0.5, "delay_mean_s": 15, "max_redials": 2},
            "p_phone_off": 0.1,
        },
    },
    switching={
        "trunk_groups": [
            {"between": ["a", "b"], "n_circuits": 2},
            {"between": ["fixed", "a"], "n_circuits": 1},
            {"between": ["c", "b"], "n_circuits": 0},
        ]
    },
    subscribers={
        "classes": [
            {"name": "resident", "share": 0.8},
            {"name": "trader", "share": 0.2, "rate_factor": 4},
        ]
    },
    population=CROWDED,
)
SAMPLED = scenario(
    "sampled",
    [network("a", 400, [(3, 12), (9, 9)])],
    {"erl_per_line": 0.1, "voice": {"holding": {"law": "lognormal", "mean_s": 90, "cv": 2}}},
    subscribers={"scale": 0.25},
)
OVER_MIDNIGHT = scenario(
    "over_midnight",
    [network("a", 200, [(3, 8), (9, 8)])],
    {
        "erl_per_line": 0.2,
        "profile": {"weekly": [1, 1, 1, 1, 0.5, 0.2, 0.1], "daily": [1, *[0.5] * 22, 0.8]},
        "sources": [{"name": "more", "offered_erl": 1, "cells": ["a_1"]}],
    },
    run={"start": "2022-11-18 23:40", "duration_h": 0.75, "warmup_h": 0.9},
)
PROVINCES = scenario(
    "provinces",
    [
        {
            "name": "north",
            "n_subscribers": 250,
            "n_sites": 4,
            "equipment": {"n_channels": 3},
        },
        {"name": "south", "n_subscribers": 150, "n_sites": 3, "equipment": {"n_channels": 2}},
    ],
    {
        "erl_per_line": 0.25,
        "voice": {
            "destination": {"same_province_share": 0.6},
            "redial": {"probability": 0.6, "delay_mean_s": 30},
        },
    },
    region={"source": "north_korea", "provinces": ["KP-01", "KP-13"]},
    grid={"resolution_m": 2000},
    radio={"path_loss": {"model": "disc", "radius_km": 3}},
    switching={"trunk_groups": [{"between": ["north", "south"], "n_circuits": 3}]},
)
PAIR = scenario(
    "pair",
    [network("a", 2, [(3, 4), (9, 4)])],
    {
        "voice": {
            "holding": {"law": "fixed", "mean_s": 50},
            "ringing": {"p_answer": 1, "mean_s": 0},
            "destination": {"other_network_share": 0, "fixed_share": 0},
        }
    },
)

DRAWN = (
    OVERLOAD,
    ONE_CHANNEL,
    SOURCES,
    THREE_NETWORKS,
    SAMPLED,
    OVER_MIDNIGHT,
    PROVINCES,
)

ALWAYS_RINGS = {"p_answer": 0.8, "mean_s": 8, "timeout_s": 40}
COUNTIES = scenario(
    "counties",
    [network("a", 120, [(3, 9)]), network("b", 80, [(5, 5), (11, 4)])],
    {
        "erl_per_line": 0.1,
        "voice": {
            "holding": {"law": "lognormal", "mean_s": 60, "cv": 1.2},
            "ringing": ALWAYS_RINGS,
            "destination": {"other_network_share": 0.3, "fixed_share": 0.4},
            "redial": {"probability": 0.6, "delay_mean_s": 40},
            "p_phone_off": 0.05,
        },
    },
    run={"start": "2022-11-16 19:30", "duration_h": 1, "warmup_h": 0.1},
    fixed={
        "source": "given",
        "exchanges": [
            {"name": "capital", "n_lines": 60},
            {"name": "second", "n_lines": 30},
            {"name": "east", "n_lines": 25, "is_manual": True, "n_positions": 2, "n_cords": 5},
            {
                "name": "west",
                "n_lines": 20,
                "is_manual": True,
                "working": "delay",
                # Two until 20:00, then one: the shift changes within the window.
                "positions_by_hour": [1] * 19 + [2, 1, 1, 1, 1],
            },
            {"name": "village", "n_lines": 15, "is_manual": True, "n_positions": 2, "n_cords": 1},
        ],
        "traffic": {
            "busy_hour_calls_per_line": 3,
            "toll_share": 0.5,
            "mobile_share": 0.3,
            "p_busy": 0.1,
            "p_caller_gone": 0.3,
        },
    },
    switching={
        "trunk_groups": [
            {"between": ["a", "b"], "n_circuits": 3},
            {"between": ["fixed", "a"], "n_circuits": 3},
            {"between": ["b", "second"], "n_circuits": 4},
            {"between": ["capital", "second"], "n_circuits": 3, "n_reserved": 1},
            {"between": ["capital", "east"], "n_circuits": 3},
            {"between": ["capital", "west"], "n_circuits": 1},
            {"between": ["second", "west"], "n_circuits": 1, "order": 1},
            {"between": ["village", "west"], "n_circuits": 1},
        ],
        "manual": {
            "patience_mean_s": 40,
            "shift_h": 1,
            "ticket_expiry_min": 3,
            "notice": "magneto",
            "max_waiting": 1,
            "p_wrong": 0.06,
            "p_cut_off": 0.06,
            "priority_classes": ["official"],
        },
    },
    subscribers={
        "classes": [{"name": "resident", "share": 0.9}, {"name": "official", "share": 0.1}]
    },
)
HAND_PATCHED = scenario(
    "hand_patched",
    [network("a", 120, [(3, 7), (9, 5)]), network("b", 80, [(5, 7)])],
    {
        "erl_per_line": 0.08,
        "voice": {
            "holding": {"law": "exponential", "mean_s": 50},
            "ringing": ALWAYS_RINGS,
            "destination": {"other_network_share": 0.4, "fixed_share": 0.1},
            "redial": {"probability": 0.5, "delay_mean_s": 30},
        },
    },
    fixed={
        "source": "given",
        "exchanges": [
            {"name": "capital", "n_lines": 50},
            {"name": "board", "is_manual": True, "n_positions": 2, "n_cords": 4},
            {"name": "spare", "is_manual": True, "n_positions": 1, "province": "plain"},
        ],
        "traffic": {"busy_hour_calls_per_line": 1, "mobile_share": 0.5, "toll_share": 0},
    },
    switching={
        "trunk_groups": [
            {"between": ["a", "capital"], "n_circuits": 2},
            {"between": ["b", "capital"], "n_circuits": 2},
            {"between": ["a", "board"], "n_circuits": 12},
            {"between": ["b", "board"], "n_circuits": 3},
        ],
        "interconnect": [
            {
                "between": ["b", "a"],
                "mode": "manual",
                "at": ["board"],
                "avoidance_share": 0.2,
                "price_ratio": 1.5,
                "price_elasticity": 0.8,
            },
            {"between": ["b", "fixed"], "mode": "barred"},
        ],
        "manual": {"working": "delay", "patience_mean_s": 30, "ticket_expiry_min": 10},
    },
)
BEYOND = scenario(
    "beyond",
    [network("a", 150, [(3, 12), (9, 9)])],
    {
        "erl_per_line": 0.1,
        "voice": {
            "holding": {"law": "exponential", "mean_s": 40},
            "destination": {"other_network_share": 0, "fixed_share": 0.6},
        },
    },
    fixed={
        "source": "given",
        "exchanges": [
            {"name": "capital", "n_lines": 50},
            # On the way to the board, over which calls to its lines have to go.
            {"name": "halfway", "n_lines": 50},
            {"name": "board", "n_lines": 30, "is_manual": True, "n_positions": 1},
        ],
        "traffic": {"busy_hour_calls_per_line": 2, "mobile_share": 0.4, "toll_share": 0.2},
    },
    switching={
        "trunk_groups": [
            {"between": ["a", "capital"], "n_circuits": 4},
            {"between": ["capital", "halfway"], "n_circuits": 3},
            {"between": ["halfway", "board"], "n_circuits": 3},
        ],
        "interconnect": [{"between": ["a", "fixed"], "mode": "manual", "at": ["board"]}],
        "manual": {"priority_classes": ["official"]},
    },
    subscribers={
        "classes": [{"name": "resident", "share": 0.7}, {"name": "official", "share": 0.3}]
    },
)
BY_HAND = (COUNTIES, HAND_PATCHED, BEYOND)


def sectored(name, n_subscribers, sites, pilot_power_dbm):
    return {
        "name": name,
        "n_subscribers": n_subscribers,
        "equipment": {"n_sectors": 2, "pilot_power_dbm": pilot_power_dbm},
        "sites": [
            {"name": f"{name}_{i}", "x_km": x_km, "y_km": y_km, "n_sectors": n}
            for i, (x_km, y_km, n) in enumerate(sites)
        ],
    }


LOUD = {
    "erl_per_line": 0.2,
    "voice": {
        "holding": {"law": "exponential", "mean_s": 60},
        "destination": {"other_network_share": 0.3, "fixed_share": 0.05},
        "redial": {"probability": 0.6, "delay_mean_s": 20},
        "video_share": 0.3,
    },
}


def soft(name, wcdma, traffic=LOUD, n_subscribers=(260, 200), acir_db=25, radio=None, **more):
    """Two networks in one ether: the first with two sectors at a site, the second with a louder pilot."""
    left = sectored("a", n_subscribers[0], [(3, 3, 2), (8, 2, 1)], 33)
    right = sectored("b", n_subscribers[1], [(4, 4, 1), (9.5, 3.5, 1)], 30)
    return scenario(
        name,
        [left, right],
        traffic,
        **{
            "run": {"start": "2022-11-16 19:00", "duration_h": 0.15, "warmup_h": 0.05},
            "grid": {"resolution_m": 500},
            "switching": {"trunk_groups": [{"between": ["a", "b"], "n_circuits": 30}]},
            "radio": {
                "capacity": "wcdma",
                "path_loss": {"model": "cost231_hata"},
                "shadowing": {"mode": "field"},
                "adjacent_channel": {
                    "is_on": True,
                    "uplink_acir_db": acir_db,
                    "downlink_acir_db": acir_db + 1,
                },
                "wcdma": {
                    "power_tolerance": 1e-14,
                    "power_update_s": 2,
                    "coverage_sample_s": 120,
                    **wcdma,
                },
                **(radio or {}),
            },
            **more,
        },
    )


THREE_LEGS = {"active_set_size": 3, "active_set_window_db": 9}
SLOW_ANSWERS = {
    **LOUD,
    "voice": {**LOUD["voice"], "ringing": {"p_answer": 0.9, "mean_s": 30, "timeout_s": 90}},
}
# Filters that hardly filter, and long between updates: cells are surprised by what others do.
UPLINK = soft(
    "uplink",
    {"max_noise_rise_db": 1.2, "uplink_cap_db": 1.2, "power_update_s": 20},
    SLOW_ANSWERS,
    (350, 350),
    acir_db=2,
)
PHONES = soft(
    "phones",
    {"phone_max_power_dbm": 13, "max_noise_rise_db": 3, "power_update_s": 20, **THREE_LEGS},
    acir_db=2,
    population=CROWDED,
)
HUNGRY = [
    {
        "name": name,
        "rate_bps": rate_bps,
        "uplink_eb_n0_db": 1,
        "downlink_eb_n0_db": 13,
        "downlink_activity": 0.8,
    }
    for name, rate_bps in (("voice", 12_200), ("video", 32_000))
]
DOWNLINK = soft(
    "downlink",
    {
        "max_power_to_pilot_db": 7,
        "link_power_to_pilot_db": 6,
        "min_ec_io_db": -25,
        "orthogonality": 0.6,
        "power_update_s": 30,
        "services": HUNGRY,
        **THREE_LEGS,
    },
    SLOW_ANSWERS,
    (300, 300),
    acir_db=0,
)
CODES = soft("codes", {"code_capacity": 16, **THREE_LEGS})
LEAVES = soft("leaves", {"code_capacity": 23, "code_repacking": False, **THREE_LEGS})
ELEMENTS = soft("elements", {"n_channel_elements": 12, "hsdpa_reserved_share": 0.3, **THREE_LEGS})
SOFT_SOURCES = soft(
    "soft_sources",
    {"max_noise_rise_db": 1.5, "uplink_cap_db": 1.5, "code_capacity": 60, "power_update_s": 10},
    {
        "sources": [
            {"name": "left", "offered_erl": 25, "cells": ["a_0/1"]},
            {"name": "right", "offered_erl": 6, "cells": ["b_1"], "service": "video"},
            {"name": "both", "offered_erl": 9, "cells": ["a_1", "b_0"]},
        ]
    },
    (0, 0),
    acir_db=2,
    population=CROWDED,
)
SOFT_BY_HAND = soft(
    "soft_by_hand",
    {"max_noise_rise_db": 0.6, "uplink_cap_db": 0.65, "code_capacity": 24, **THREE_LEGS},
    run={"start": "2022-11-16 19:00", "duration_h": 0.2, "warmup_h": 0.05},
    fixed={
        "source": "given",
        "exchanges": [
            {"name": "capital", "n_lines": 50},
            {"name": "board", "is_manual": True, "n_positions": 6, "n_cords": 6},
        ],
        "traffic": {"busy_hour_calls_per_line": 2, "mobile_share": 0.5, "toll_share": 0},
    },
    switching={
        "trunk_groups": [
            {"between": ["a", "capital"], "n_circuits": 9},
            {"between": ["b", "capital"], "n_circuits": 9},
            {"between": ["a", "board"], "n_circuits": 12},
            {"between": ["b", "board"], "n_circuits": 6},
        ],
        "interconnect": [{"between": ["b", "a"], "mode": "manual", "at": ["board"]}],
        "manual": {"working": "delay", "patience_mean_s": 60, "ticket_expiry_min": 10},
    },
)
SOFT = (
    UPLINK, PHONES, DOWNLINK, CODES, LEAVES, ELEMENTS, SOFT_SOURCES, SOFT_BY_HAND,
)  # fmt: skip
