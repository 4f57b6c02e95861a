"""Small scenarios of phones on their way, on which the simulator and the oracle must agree."""

from tests.oracle.moving import FIELD, WORK
from tests.oracle.outages import at
from tests.oracle.scenarios import network, scenario

FAST = [
    {"name": "walk", "share": 0.3, "speed_m_s": 5.0, "speed_cv": 0.5},
    {"name": "drive", "share": 0.4, "speed_m_s": 40.0},
]
REGION = {"source": "plain", "width_km": 12, "height_km": 6}
HATA = {"path_loss": {"model": "cost231_hata"}, "max_range_km": 9, "min_rscp_dbm": -106}
DATA = {
    "uses": [
        {
            "name": "web",
            "sessions_per_line_h": 6,
            "pages_mean": 2,
            "reading_mean_s": 20,
            "size": {"law": "exponential", "mean_bit": 4e6},
        }
    ]
}

EXACT = {"power_tolerance": 1e-14}


def moving(name, cells, traffic=None, radio=None, n_subscribers=220, **more):
    """Two networks of a few cells in a row, where everybody hurries."""
    return scenario(
        name,
        [
            network("a", n_subscribers, cells),
            network("b", n_subscribers // 3, [(x_km + 1, n) for x_km, n in cells[:2]]),
        ],
        {
            "erl_per_line": 0.2,
            "voice": {"redial": {"probability": 0.6, "delay_mean_s": 15}},
            "journeys": {"modes": FAST},
            **(traffic or {}),
        },
        radio={**HATA, **(radio or {})},
        **more,
    )


ROW = [(1.5, 9), (4.5, 7), (7.5, 8), (10.5, 6)]
CHANNELS = moving("moving_channels", ROW, radio={"handover": {"n_guard_channels": 1}})
WAITING = moving(
    "moving_waiting",
    [(1.5, 6), (4.5, 4), (7.5, 5), (10.5, 4)],
    radio={
        "handover": {
            "max_waiting": 3, "hysteresis_db": 1, "time_to_trigger_s": 2, "lost_after_s": 8,
        }
    },
)  # fmt: skip
AT_ONCE = moving(
    "moving_at_once",
    ROW,
    radio={"handover": {"time_to_trigger_s": 0, "lost_after_s": 0, "hysteresis_db": 0}},
)


def off_the_air(one, site, begin, end):
    """The same, with a site of the first network off the air for a while."""
    first = one.networks[0].model_dump()
    first["sites_off"] = [{"sites": [site], "begin": begin, "end": end}]
    networks = (type(one.networks[0]).model_validate(first), *one.networks[1:])
    return one.model_copy(update={"networks": networks})


OFF_THE_AIR = off_the_air(moving("moving_off", ROW), "a_1", "2022-11-16 19:10", "2022-11-16 19:20")
WAITING = off_the_air(WAITING, "a_3", "2022-11-16 19:12", "2022-11-16 19:15")
DWELLING = scenario(
    "dwelling",
    [network("a", 0, [(2, 4), (6, 4), (10, 5)])],
    {
        "sources": [
            {
                "name": f"s{k}",
                "offered_erl": 2,
                "cells": [f"a_{k}"],
                "holding": {"mean_s": 60},
                "dwell": {"law": law, "mean_s": 30, "shape": 3, "among": ["a_0", "a_1", "a_2"]},
            }
            for k, law in enumerate(("erlang", "lognormal", "fixed"))
        ]
    },
    radio={"handover": {"n_guard_channels": 1}, "path_loss": {"model": "disc", "radius_km": 4}},
)
DWELLING = off_the_air(DWELLING, "a_2", "2022-11-16 19:10", "2022-11-16 19:12")
RIDE = {
    "network": "a", "x_km": [0.5, 6, 11.8], "y_km": [1, 4, 2.5], "speed_m_s": 30, "length_m": 300, "departs_s": -100,
}  # fmt: skip
RIDING = moving(
    "riding",
    ROW,
    traffic={
        "erl_per_line": 0.05,
        "sources": [
            {"name": "train", "offered_erl": 6, "ride": RIDE, "holding": {"mean_s": 80}},
            {"name": "town", "offered_erl": 1, "cells": ["a_1"]},
        ],
    },
)
SOFT_LINES = moving(
    "moving_soft",
    ROW,
    traffic={"data": DATA, "erl_per_line": 0.15},
    radio={
        "capacity": "wcdma",
        "min_rscp_dbm": -116,
        "adjacent_channel": {"is_on": True},
        "hsdpa": {"is_on": False},
        "wcdma": {
            **EXACT, "active_set_size": 2, "active_set_window_db": 18, "n_channel_elements": 22, "code_capacity": 20,
        },
        "handover": {"time_to_trigger_s": 1.0, "hysteresis_db": 1, "reach_db": 25},
    },
    n_subscribers=150,
)  # fmt: skip
SOFT_RIDE = moving(
    "riding_soft",
    ROW,
    traffic={
        "erl_per_line": 0.0,
        "sources": [
            {
                "name": "train",
                "offered_erl": 20,
                "ride": RIDE,
                "service": "video",
                "holding": {"mean_s": 80},
            }
        ],
    },
    radio={
        "capacity": "wcdma",
        "wcdma": {
            "power_tolerance": 1e-14,
            "n_channel_elements": 40,
            "code_capacity": 48,
            "code_repacking": False,
        },
        "handover": {"time_to_trigger_s": 0.3, "reach_db": 8},
    },
)
SOFT_POWER = moving(
    "riding_soft_power",
    ROW,
    traffic={
        "erl_per_line": 0.0,
        "sources": [
            {
                "name": "train",
                "offered_erl": 24,
                "ride": RIDE,
                "service": "video",
                "holding": {"mean_s": 60},
            }
        ],
    },
    radio={
        "capacity": "wcdma",
        "wcdma": {**EXACT, "max_power_to_pilot_db": 4, "active_set_window_db": 6},
        "handover": {"time_to_trigger_s": 0.3, "hysteresis_db": 1},
    },
)
HSDPA = moving(
    "moving_hsdpa",
    ROW,
    traffic={"data": DATA, "erl_per_line": 0.05},
    radio={
        "capacity": "wcdma",
        "min_rscp_dbm": -112,
        "hsdpa": {"max_flows": 5, "min_rate_bps": 1000},
        "wcdma": {**EXACT, "hsdpa_reserved_share": 0.2},
        "handover": {"hysteresis_db": 1, "lost_after_s": 3},
    },
    subscribers={"devices": [{"name": "phone", "share": 1, "hsdpa_category": 6}]},
    n_subscribers=150,
)
MOVING = (
    CHANNELS,
    WAITING,
    AT_ONCE,
    OFF_THE_AIR,
    DWELLING,
    RIDING,
    SOFT_LINES,
    SOFT_RIDE,
    SOFT_POWER,
    HSDPA,
)


def off(name, begin, end):
    return {"sites": [name], "begin": at(begin), "end": at(end)}


# The second network serves one end of the region; a site goes off in the instant in which people go to work.
ALL_TOGETHER = scenario(
    "all_together",
    [
        network(
            "a", 140, [(x_km, 0) for x_km, _ in ROW],
            sites_off=[off("a_1", "18:57", "19:03"), off("a_0", "19:00", "19:02")],
        ),
        network("b", 160, [(2.5, 0), (5.0, 0)]),
    ],
    {
        "erl_per_line": 0.15,
        "voice": {
            "redial": {"probability": 0.6, "delay_mean_s": 15},
            "emergency_share": 0.1,
        },
        "journeys": {"modes": FAST},
        "places": [WORK, FIELD],
        "data": {"uses": [{**DATA["uses"][0], "sessions_per_line_h": 1.5}]},
        "messages": {
            "per_line_h": 4, "n_signalling_channels": 3, "retry_s": 60, "validity_h": 0.2,
        },
        "registrations": {
            "is_on": True, "period_h": 0.2, "transfer_s": 3, "areas": "sites", "sites_per_area": 1,
            "moving_share": 0.3, "speed_m_s": 15, "paging_s": 0.5, "attach_within_s": 20,
        },
    },
    radio={
        **HATA, "capacity": "wcdma", "roaming": "all", "max_range_km": 3, "min_rscp_dbm": -112,
        "hsdpa": {"max_flows": 5, "min_rate_bps": 1000},
        "wcdma": {**EXACT, "hsdpa_reserved_share": 0.2, "n_channel_elements": 16},
        "handover": {"hysteresis_db": 1, "lost_after_s": 3},
    },
    subscribers={"devices": [{"name": "phone", "share": 1, "hsdpa_category": 6}]},
    run={"start": at("18:54"), "duration_h": 0.2, "warmup_h": 0.05, "settle_h": 0.02},
)  # fmt: skip
