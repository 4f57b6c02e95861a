"""Small scenarios of data flows and short messages on which the simulator and the oracle must agree row by row."""

from sim.scenario.radio_section import UPLINK_BEARERS
from tests.oracle.scenarios import HUNGRY, LOUD, THREE_LEGS, network, scenario, soft

DEVICES = [
    {"name": "plain", "share": 0.2},
    {"name": "early", "share": 0.3, "hsdpa_category": 12},
    {"name": "slow", "share": 0.2, "hsdpa_category": 2, "peak_rate_bps": 200_000},
    {"name": "smart", "share": 0.3, "hsdpa_category": 8},
]
CLASSES = [
    {"name": "resident", "share": 0.8},
    {"name": "official", "share": 0.2, "rate_factor": 2, "data_weight": 3},
]
SUBSCRIBERS = {"devices": DEVICES, "classes": CLASSES}
WEB = {
    "name": "web",
    "sessions_per_line_h": 3,
    "pages_mean": 4,
    "reading_mean_s": 5,
    "size": {"law": "lognormal", "mean_bit": 1.5e6, "cv": 2, "max_bit": 2e7},
}
MAIL = {
    "name": "mail",
    "sessions_per_line_h": 1,
    "classes": ["official"],
    "size": {"law": "hyperexponential", "mean_bit": 1.6e6, "cv": 3},
}
PICTURES = {
    "name": "pictures",
    "direction": "up",
    "devices": ["early", "smart"],
    "sessions_per_line_h": 2,
    "pages_mean": 2,
    "reading_mean_s": 0,
    "size": {"law": "exponential", "mean_bit": 1.2e6},
}
FILES = {"law": "truncated_pareto", "mean_bit": 500_000, "shape": 1.1, "max_bit": 2e7}


def source(name, cell, offered_bps, **more):
    return {"name": name, "cell": cell, "offered_bps": offered_bps, **more}


NEARER = {"path_loss": {"model": "tr25942_macro"}}


def without_hsdpa(name, wcdma, acir_db, **subscribers):
    return soft(
        name,
        {**THREE_LEGS, **wcdma},
        BOTH_WAYS,
        acir_db=acir_db,
        radio={**NEARER, "hsdpa": {"is_on": False}},
        subscribers={**SUBSCRIBERS, **subscribers},
        run=RUN,
    )


RUN = {"start": "2022-11-16 19:50", "duration_h": 0.15, "warmup_h": 0.05}
HSDPA_ALONE = scenario(
    "hsdpa_alone",
    [network("a", 30, [(6, 3)])],
    {
        "data": {
            "uses": [{**WEB, "sessions_per_line_h": 10}],
            "sources": [
                source("near", "a_0", 900_000, size=FILES),
                source("fast", "a_0", 700_000, hsdpa_category=10, size={"law": "fixed"}),
                source("far", "a_0", 300_000, hsdpa_category=12, size={"law": "exponential"}),
            ],
        }
    },
    run=RUN,
    grid={"resolution_m": 500},
    subscribers={"devices": [{"name": "smart", "share": 1, "hsdpa_category": 6}]},
    radio={
        "capacity": "wcdma",
        "path_loss": {"model": "cost231_hata"},
        "wcdma": {"power_tolerance": 1e-14, "power_update_s": 2},
        "hsdpa": {"scheduler": "round_robin", "min_rate_bps": 0, "max_flows": 60},
    },
)
SHARED = soft(
    "shared",
    {"hsdpa_reserved_share": 0.1, **THREE_LEGS},
    {
        **LOUD,
        "erl_per_line": 0.1,
        "data": {
            "uses": [WEB, MAIL, PICTURES],
            "sources": [
                source("weighty", "a_0/2", 900_000, weight=5, size=FILES),
                source("capped", "b_1", 400_000, hsdpa_category=7, peak_rate_bps=64_000),
            ],
        },
    },
    (160, 120),
    radio={**NEARER, "hsdpa": {"max_flows": 8, "min_rate_bps": 250_000, "max_codes": 10}},
    subscribers=SUBSCRIBERS,
    run=RUN,
)
BOTH_WAYS = {
    **LOUD,
    "erl_per_line": 0.08,
    "data": {
        "uses": [WEB, PICTURES],
        "sources": [
            source("down", "a_0/2", 150_000, hsdpa_category=0, size=FILES),
            source("up", "b_0", 60_000, direction="up"),
        ],
    },
}
FAST_UP = UPLINK_BEARERS[0].model_copy(
    update={"name": "up_144", "uplink_rate_bps": 144_000.0, "n_codes": 2, "n_channel_elements": 8}
)
BEARERS_UP = without_hsdpa(
    "bearers_up",
    {
        "max_noise_rise_db": 1.0,
        "uplink_cap_db": 1.0,
        "phone_max_power_dbm": 17,
        "power_update_s": 15,
        "uplink_bearers": [FAST_UP, *UPLINK_BEARERS],
    },
    acir_db=2,
)
BEARERS_DOWN = without_hsdpa(
    "bearers_down",
    {"max_power_to_pilot_db": 6, "min_ec_io_db": -20, "power_update_s": 20, "orthogonality": 0.4},
    acir_db=0,
)
BEARERS_CODES = without_hsdpa(
    "bearers_codes",
    {"code_capacity": 29, "code_repacking": False, "n_channel_elements": 20},
    acir_db=25,
    scale=0.5,
)
OVERLOADED = soft(
    "overloaded",
    {
        "max_power_to_pilot_db": 8,
        "max_noise_rise_db": 2,
        "uplink_cap_db": 2.2,
        "min_ec_io_db": -19,
        "hsdpa_reserved_share": 0.25,
        "power_update_s": 10,
        "code_capacity": 60,
        **THREE_LEGS,
    },
    {
        **LOUD,
        "messages": {
            "per_line_h": 20,
            "n_signalling_channels": 2,
            "retry_s": 60,
            "validity_h": 0.1,
        },
        "data": {
            "uses": [WEB, MAIL, PICTURES],
            "sources": [
                source("down", "a_1", 2e6, hsdpa_category=9, size=FILES),
                source("left", "b_0", 1e6, hsdpa_category=5),
                source("up", "b_1", 120_000, direction="up"),
            ],
        },
    },
    acir_db=0,
    radio={
        **NEARER,
        "hsdpa": {
            "min_rate_bps": 0,
            "max_flows": 20,
            "max_stall_s": 10,
            "bler_target": 0.3,
            "max_transmissions": 2,
        },
    },
    subscribers=SUBSCRIBERS,
    run=RUN,
)
SQUEEZED = soft(
    "squeezed",
    {
        "max_power_to_pilot_db": 6,
        "link_power_to_pilot_db": 5,
        "min_ec_io_db": -25,
        "orthogonality": 0.4,
        "power_update_s": 30,
        "services": HUNGRY,
        **THREE_LEGS,
    },
    {
        **LOUD,
        "data": {
            "uses": [{**WEB, "devices": ["plain"]}],
            "sources": [
                source("left", "a_0/2", 600_000, hsdpa_category=3),
                source("middle", "a_1", 100_000, hsdpa_category=12),
                source("right", "b_0", 300_000, hsdpa_category=11),
            ],
        },
    },
    (400, 300),
    acir_db=1,
    radio={**NEARER, "hsdpa": {"min_rate_bps": 1, "max_codes": 3, "scheduler_snr_db": 0}},
    subscribers=SUBSCRIBERS,
    run=RUN,
)
# Nobody calls: updates go on for flows alone, which hinder each other over a filter that filters nothing.
NEIGHBOURS = soft(
    "neighbours",
    {"power_update_s": 3, "min_ec_io_db": -20},
    {
        "erl_per_line": 0,
        "data": {
            "uses": [{**WEB, "sessions_per_line_h": 8}],
            "sources": [
                source("left", "a_0/2", 700_000, hsdpa_category=8, size={"mean_bit": 3e6}),
                source("right", "b_0", 700_000, hsdpa_category=8, size={"mean_bit": 3e6}),
            ],
        },
    },
    (20, 20),
    acir_db=0,
    radio={"hsdpa": {"min_rate_bps": 0}},
    subscribers=SUBSCRIBERS,
    run=RUN,
)
LATE = scenario(
    "late",
    [network("a", 0, [(6, 3)])],
    {"data": {"sources": [source("rare", "a_0", 6_000)]}},
    run={"start": "2022-11-16 19:50", "duration_h": 0.1, "warmup_h": 0.05},
    grid={"resolution_m": 500},
    radio={
        "capacity": "wcdma",
        "path_loss": {"model": "tr25942_macro"},
        # The last update but one is 9 s before the end, and no code is free for flows.
        "wcdma": {"power_update_s": 59, "code_capacity": 7, "services": [{**HUNGRY[0], "n_codes": 1}]},
        "hsdpa": {"min_rate_bps": 0, "max_stall_s": 1},
    },
)  # fmt: skip
LEAST_IS_PEAK = scenario(
    "least_is_peak",
    [network("a", 0, [(6, 3)])],
    {"data": {"sources": [source("even", "a_0", 50_000, peak_rate_bps=100_000)]}},
    run={"start": "2022-11-16 19:50", "duration_h": 1, "warmup_h": 0},
    grid={"resolution_m": 500},
    radio={
        "capacity": "wcdma",
        "path_loss": {"model": "tr25942_macro"},
        "hsdpa": {"min_rate_bps": 100_000},
    },
)
TALK = {
    "holding": {"law": "exponential", "mean_s": 60},
    "destination": {"same_province_share": 0.5},
    "p_phone_off": 0.2,
}
LETTERS = {
    "per_line_h": 12,
    "n_signalling_channels": 2,
    "transfer_s": 4,
    "submit_retry_s": 10,
    "retry_s": 60,
    "validity_h": 0.2,
    "phone_state_s": 300,
}
LETTERS_AND_CHANNELS = scenario(
    "letters_and_channels",
    [
        network("a", 200, [(3, 5), (7, 6)]),
        network("b", 150, [(4, 4), (9, 9)]),
        network("c", 1, [(6, 4)]),
    ],
    {
        "erl_per_line": 0.1,
        "voice": TALK,
        "messages": {**LETTERS, "same_network_share": 0.4},
        "profile": {"daily": [0.5, *[1] * 23], "weekly": [1] * 7},
    },
    run={"start": "2022-11-17 23:45", "duration_h": 0.4, "warmup_h": 0.1},
    radio={"path_loss": {"model": "disc", "radius_km": 3}},
    subscribers={"scale": 0.5},
)
LETTERS_AND_POWER = soft(
    "letters_and_power",
    {"min_ec_io_db": -12.5, "max_power_to_pilot_db": 9, "power_update_s": 5},
    {
        **LOUD,
        "voice": {**LOUD["voice"], "p_phone_off": 0.1},
        "messages": {**LETTERS, "during_calls": True, "max_submits": 2},
        "data": {"sources": [source("down", "a_0/1", 400_000)]},
    },
    acir_db=3,
    run=RUN,
)
DATA = (
    HSDPA_ALONE, SHARED, BEARERS_UP, BEARERS_DOWN, BEARERS_CODES, OVERLOADED, SQUEEZED, NEIGHBOURS,
    LETTERS_AND_CHANNELS, LETTERS_AND_POWER,
)  # fmt: skip
