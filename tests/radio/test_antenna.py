"""Antenna patterns at their published points."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.radio.antenna import (
    OMNIDIRECTIONAL,
    Pattern,
    pattern_loss_db,
    pattern_of,
    vertical_loss_db,
)

ANGLE = st.floats(-720.0, 720.0)


@pytest.mark.parametrize(
    ("n_sectors", "beamwidth_deg", "front_to_back_db"), [(3, 65.0, 20.0), (6, 35.0, 23.0)]
)
def test_published_patterns(n_sectors, beamwidth_deg, front_to_back_db):
    pattern = pattern_of(n_sectors)
    assert pattern == Pattern(beamwidth_deg, front_to_back_db)
    shape = pattern.beamwidth_deg, pattern.front_to_back_db
    assert pattern_loss_db(40.0, 40.0, *shape) == 0.0
    assert pattern_loss_db(40.0 + beamwidth_deg / 2, 40.0, *shape) == pytest.approx(3.0)
    assert pattern_loss_db(40.0 - beamwidth_deg / 2, 40.0, *shape) == pytest.approx(3.0)
    assert pattern_loss_db(220.0, 40.0, *shape) == front_to_back_db


def test_edge_of_three_sectors():
    """Between two sectors, 60 degrees off: 12 (60 / 65)^2 = 10.22 dB."""
    assert pattern_loss_db(60.0, 0.0, 65.0, 20.0) == pytest.approx(12 * (60 / 65) ** 2)


@pytest.mark.parametrize("n_sectors", [2, 4, 5])
def test_other_numbers_scale_the_beamwidth(n_sectors):
    assert pattern_of(n_sectors) == Pattern(195.0 / n_sectors, 20.0)


@given(bearing_deg=ANGLE, azimuth_deg=ANGLE)
def test_omnidirectional_loses_nothing(bearing_deg, azimuth_deg):
    assert pattern_of(1) == OMNIDIRECTIONAL
    assert pattern_loss_db(bearing_deg, azimuth_deg, 360.0, 0.0) == 0.0


@given(
    offset_deg=st.floats(0.0, 180.0),
    azimuth_deg=st.floats(0.0, 360.0),
    beamwidth_deg=st.floats(20.0, 300.0),
)
def test_pattern_is_symmetric_and_periodic(offset_deg, azimuth_deg, beamwidth_deg):
    def loss_db(bearing_deg):
        return pattern_loss_db(bearing_deg, azimuth_deg, beamwidth_deg, 1000.0)

    expected_db = pytest.approx(12 * (offset_deg / beamwidth_deg) ** 2, rel=1e-9, abs=1e-9)
    for turn_deg in (-360.0, 0.0, 360.0):
        assert loss_db(azimuth_deg + offset_deg + turn_deg) == expected_db
        assert loss_db(azimuth_deg - offset_deg + turn_deg) == expected_db


@given(near_deg=st.floats(0.0, 180.0), far_deg=st.floats(0.0, 180.0), n_sectors=st.integers(2, 6))
def test_loss_grows_off_the_main_lobe_and_is_bounded(near_deg, far_deg, n_sectors):
    pattern = pattern_of(n_sectors)
    near_deg, far_deg = sorted((near_deg, far_deg))
    shape = pattern.beamwidth_deg, pattern.front_to_back_db
    near_db, far_db = (pattern_loss_db(a, 0.0, *shape) for a in (near_deg, far_deg))
    assert 0.0 <= near_db <= far_db <= pattern.front_to_back_db


def test_vertical_pattern():
    """3 dB half a beamwidth of 10 degrees off, 20 dB from 12.9 degrees on; below the horizon is positive."""
    below_m = [1000.0 * math.tan(math.radians(angle)) for angle in (6.0, 11.0, 1.0, 18.5, 19.0)]
    losses = [vertical_loss_db(1000.0, drop_m, 6.0) for drop_m in below_m]
    assert losses[:3] == pytest.approx([0.0, 3.0, 3.0])
    assert losses[3] == pytest.approx(12 * 1.25**2)
    assert losses[4] == 20.0
    assert vertical_loss_db(1000.0, -below_m[0], -6.0) == pytest.approx(0.0)
    assert vertical_loss_db(1000.0, -below_m[0], 6.0) == pytest.approx(12 * 1.2**2)
