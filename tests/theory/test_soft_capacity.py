"""Soft capacity where theory is exact: codes and channel elements alone, and one cell alone."""

import functools
import math

import numpy as np
import pytest

from sim.stats.theory import erlang_b, service_blocking
from tests.theory.replicate import (
    call_congestion,
    half_width,
    is_inside,
    omni,
    replicate,
    theory_scenario,
)

MEAN_S = 100.0
UNITS = (1, 4, 8, 16)
LAWS = {
    "exponential": {"law": "exponential", "mean_s": MEAN_S},
    "lognormal": {"law": "lognormal", "mean_s": MEAN_S, "cv": 1.4},
}
# What is counted, how much of it, offered traffic of each service and blocking: Kaufman (1981), Roberts (1981);
# identifiers KR_R99_codes_C120 and KR_CE_pool_C256 of the reference cases.
CASES = {
    "codes": (
        ("n_codes", "code_capacity", 120, (30.0, 6.0, 3.0, 1.2)),
        (0.0111032159396632, 0.0469076975521112, 0.100499802388375, 0.226795311447273),
    ),
    "channel elements": (
        ("n_channel_elements", "n_channel_elements", 256, (60.0, 12.0, 6.0, 3.0)),
        (0.00413934478903268, 0.0174144115594426, 0.03720964110751, 0.0845071285036932),
    ),
}
CHANNELS = 10_000
CHIP_RATE_HZ = 3.84e6


def run(services, sources, duration_h=12.0, **wcdma):
    """Every law of holding a network, and its cell, of its own; powers of services are harmless unless given."""
    harmless = {"rate_bps": 1.0, "uplink_eb_n0_db": 0.0, "downlink_eb_n0_db": 0.0}
    radio = {
        "capacity": "wcdma",
        "path_loss": {"model": "disc", "radius_km": 5},
        "wcdma": {
            "services": [harmless | service for service in services],
            "n_channel_elements": 10_000,
            "code_capacity": 128,
            "power_update_s": 60,
            "coverage_sample_s": 86_400,
            **wcdma,
        },
    }
    networks = [omni(law, 0, [(law, CHANNELS)]) for law in LAWS]
    traffic = {
        "sources": [
            {
                "name": f"{law}_{service}",
                "offered_erl": erl,
                "holding": holding,
                "cells": [law],
                "service": service,
            }
            for law, holding in LAWS.items()
            for service, erl in sources
        ]
    }
    return replicate(theory_scenario(networks, traffic, duration_h, radio=radio))


@functools.cache
def run_shared(name, n_less, duration_h=12.0, is_repacking=True):
    """Services of several sizes share one supply, of which there is so much less."""
    (of_service, of_cell, n_units, offered), _ = CASES[name]
    services = [{"name": f"b{units}", of_service: units} for units in UNITS]
    sources = [(f"b{units}", erl) for units, erl in zip(UNITS, offered, strict=True)]
    wcdma = {of_cell: n_units - n_less, "code_repacking": is_repacking}
    return run(services, sources, duration_h, **wcdma)


def agreements(replications, expected):
    """Whether the blocking of each law and service agrees."""
    return [
        is_inside(call_congestion(replications, "entity", entity), expected[entity % len(UNITS)])
        for entity in range(len(LAWS) * len(UNITS))
    ]


def counted(replications, column):
    return sum(records["radio_cells"][column].sum() for records in replications)


@pytest.mark.parametrize("name", CASES)
def test_published_blocking_is_that_of_the_recursion(name):
    (_, _, n_units, offered), expected = CASES[name]
    np.testing.assert_allclose(service_blocking(n_units, offered, UNITS), expected, rtol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_blocking_of_every_service_and_law(name):
    _, expected = CASES[name]
    assert all(agreements(run_shared(name, 0), expected))
    assert not any(agreements(run_shared(name, 16), expected))


@pytest.mark.parametrize("name", CASES)
def test_only_what_is_scarce_refuses(name):
    refusals = {"codes": "n_blocked_code", "channel elements": "n_blocked_channel_element"}
    replications = run_shared(name, 0)
    for column in replications[0]["radio_cells"]:
        if column.startswith("n_"):
            assert (counted(replications, column) > 0) == (column == refusals[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_one_unit_less_is_seen(name):
    _, expected = CASES[name]
    assert all(agreements(run_shared(name, 0, 200.0), expected))
    assert not any(agreements(run_shared(name, 1, 200.0), expected))


def test_codes_that_are_not_repacked_break_up():
    """Wide services find codes free but not together, and leave more to narrow ones."""
    packed = run_shared("codes", 0)
    broken = run_shared("codes", 0, is_repacking=False)
    assert counted(packed, "n_fragmented") == 0
    assert 0 < counted(broken, "n_fragmented") <= counted(broken, "n_blocked_code")
    for first in (0, len(UNITS)):
        more = [
            call_congestion(broken, "entity", first + k)
            - call_congestion(packed, "entity", first + k)
            for k in range(len(UNITS))
        ]
        widths = [half_width(one) for one in more]
        assert more[0].mean() < -widths[0]
        assert more[1].mean() < -widths[1]
        assert more[3].mean() > widths[3]


UPLINK = {"rate_bps": 12_200.0, "uplink_eb_n0_db": 4.0, "uplink_activity": 0.67}
LOAD = 1.0 / (1.0 + CHIP_RATE_HZ / (10.0**0.4 * 12_200.0 * 0.67))
DOWNLINK = {"rate_bps": 12_200.0, "downlink_eb_n0_db": 7.0, "downlink_activity": 0.58}
NEED = 10.0**0.7 * 12_200.0 * 0.58 / CHIP_RATE_HZ


def uplink_calls(noise_rise_db):
    """Voice calls that one cell carries within a noise rise."""
    return math.floor((1.0 - 10.0 ** (-noise_rise_db / 10.0)) / LOAD)


def downlink_calls(power_to_pilot_db, orthogonality):
    """Voice calls at one spot that one cell carries: common power 3 dB over the pilot; noise adds nothing."""
    power = 1.0 - 10.0 ** ((3.0 - power_to_pilot_db) / 10.0)
    return math.floor(power / (NEED * (1.0 - orthogonality)))


def erlang_agreements(replications, offered_erl, n_calls):
    expected = erlang_b(offered_erl, n_calls)
    shares = [call_congestion(replications, "entity", entity) for entity in range(len(LAWS))]
    assert all(half_width(share) < 0.2 * expected for share in shares)
    return [is_inside(share, expected) for share in shares]


@pytest.mark.parametrize("noise_rise_db", [pytest.param(1.0, marks=pytest.mark.slow), 1.03])
def test_noise_rise_alone_is_erlang_b(noise_rise_db):
    n_calls = uplink_calls(noise_rise_db)
    assert n_calls == {1.0: 38, 1.03: 39}[noise_rise_db]
    replications = run(
        [{"name": "voice", **UPLINK}], [("voice", 35.0)], max_noise_rise_db=noise_rise_db
    )
    assert all(erlang_agreements(replications, 35.0, n_calls))
    assert not any(erlang_agreements(replications, 35.0, n_calls - 1))
    assert not any(erlang_agreements(replications, 35.0, n_calls + 1))
    assert counted(replications, "n_blocked_uplink") > 0
    highest_db = max(records["radio_cells"]["noise_rise_max_db"].max() for records in replications)
    assert highest_db == pytest.approx(-10.0 * math.log10(1.0 - n_calls * LOAD), rel=1e-9)


@pytest.mark.parametrize("orthogonality", [0.4, pytest.param(0.6, marks=pytest.mark.slow)])
def test_power_of_one_spot_alone_is_erlang_b(orthogonality):
    n_calls = downlink_calls(4.0, orthogonality)
    assert n_calls == {0.4: 37, 0.6: 55}[orthogonality]
    erl = 0.93 * n_calls
    replications = run(
        [{"name": "voice", **DOWNLINK}],
        [("voice", erl)],
        max_power_to_pilot_db=4.0,
        orthogonality=orthogonality,
    )
    assert all(erlang_agreements(replications, erl, n_calls))
    assert not any(erlang_agreements(replications, erl, n_calls - 1))
    assert not any(erlang_agreements(replications, erl, n_calls + 1))
    assert counted(replications, "n_blocked_downlink") > 0
    assert counted(replications, "n_blocked_uplink") == 0
