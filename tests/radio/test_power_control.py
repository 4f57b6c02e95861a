"""Exact powers of the uplink against the reference cases, and two ways of writing them against each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.radio.wcdma import uplink_load
from sim.units import db_to_linear
from tests.radio.power_control import (
    Uplink,
    coupling_of_cells,
    coupling_of_phones,
    iterate_powers,
    solve_powers,
    spectral_radius,
)
from tests.radio.wcdma_cases import pair

TWO_CELLS = pair("ul_powercontrol_2cell_5x144k")[0]


def two_cells(phones_km, bit_rate, eb_n0_db):
    """Phones on the line between the two stations of the reference case, always sending."""
    apart_km = np.abs(np.array(phones_km)[:, None] - np.array(TWO_CELLS["BS_km"]))
    losses = 10.0 ** ((128.1 + 37.6 * np.log10(apart_km)) / 10.0)
    load = uplink_load(db_to_linear(eb_n0_db), bit_rate, 1.0, TWO_CELLS["W"])
    noise_w = db_to_linear(TWO_CELLS["noise_dBm"] - 30.0)
    # The first of equals serves; rounding must not decide at the middle.
    serving = (apart_km[:, 1] < apart_km[:, 0] - 1e-9).astype(np.int64)
    return Uplink(np.full(len(phones_km), load), losses, serving, np.full(2, noise_w))


def reference_case():
    return two_cells(TWO_CELLS["UE_km"], TWO_CELLS["R"], TWO_CELLS["EbN0_dB"])


def infeasible_case():
    given_ = pair("ul_powercontrol_infeasible")[0]
    phones_km = np.repeat(given_["UE_km"], given_["copies"])
    return two_cells(phones_km, given_["R"], given_["EbN0_dB"])


def to_dbm(power_w):
    return 10.0 * np.log10(power_w) + 30.0


def test_two_cells_exactly():
    expected = pair("ul_powercontrol_2cell_5x144k")[1]
    uplink = reference_case()
    coupling, over_noise_w = coupling_of_phones(uplink)
    powers_w = solve_powers(coupling, over_noise_w)
    heard_w = (powers_w[:, None] / uplink.losses).sum(axis=0) + uplink.noise_w
    assert uplink.serving.tolist() == expected["serving"]
    assert spectral_radius(coupling) == pytest.approx(expected["spectral_radius"], rel=1e-9)
    np.testing.assert_allclose(to_dbm(powers_w), expected["tx_dBm"], rtol=0.0, atol=1e-6)
    rise_db = 10.0 * np.log10(heard_w / uplink.noise_w)
    np.testing.assert_allclose(rise_db, expected["noise_rise_dB"], rtol=0.0, atol=1e-6)


def test_interference_of_cells_is_the_same_solution():
    expected = pair("ul_powercontrol_2cell_5x144k")[1]
    uplink = reference_case()
    heard_w = solve_powers(coupling_of_cells(uplink), uplink.noise_w)
    rise_db = 10.0 * np.log10(heard_w / uplink.noise_w)
    np.testing.assert_allclose(rise_db, expected["noise_rise_dB"], rtol=0.0, atol=1e-6)
    own_loss = uplink.losses[np.arange(5), uplink.serving]
    powers_w = uplink.loads * heard_w[uplink.serving] * own_loss
    np.testing.assert_allclose(to_dbm(powers_w), expected["tx_dBm"], rtol=0.0, atol=1e-6)


def test_iteration_converges_by_the_spectral_radius_at_each_step():
    coupling, over_noise_w = coupling_of_phones(reference_case())
    exact_w = solve_powers(coupling, over_noise_w)
    steps_w = iterate_powers(coupling, over_noise_w, np.inf, 14)
    error = np.abs(steps_w - exact_w).max(axis=1) / exact_w.max()
    ratios = error[8:13] / error[7:12]
    np.testing.assert_allclose(ratios, spectral_radius(coupling), rtol=1e-2)
    np.testing.assert_allclose(
        to_dbm(iterate_powers(coupling, over_noise_w, np.inf, 40)[-1]), to_dbm(exact_w), atol=1e-6
    )


def test_too_many_phones_have_no_solution_and_end_at_the_cap():
    expected = pair("ul_powercontrol_infeasible")[1]
    coupling, over_noise_w = coupling_of_phones(infeasible_case())
    radius = spectral_radius(coupling)
    assert radius == pytest.approx(expected["spectral_radius"], rel=1e-9)
    assert (radius < 1.0) is expected["feasible"]
    assert np.isinf(solve_powers(coupling, over_noise_w)).all()
    uncapped_w = iterate_powers(coupling, over_noise_w, np.inf, 60)
    growth = uncapped_w[-1] / uncapped_w[-2]
    np.testing.assert_allclose(growth, radius, rtol=1e-6)
    most_w = 0.125  # 21 dBm
    capped_w = iterate_powers(coupling, over_noise_w, most_w, 200)
    assert (np.diff(capped_w, axis=0) >= 0.0).all()
    assert (capped_w[-1] == most_w).any()
    assert np.isfinite(capped_w).all()
    assert np.array_equal(capped_w[-1], np.minimum(most_w, coupling @ capped_w[-1] + over_noise_w))


@st.composite
def uplinks(draw):
    n_cells, n_phones = draw(st.integers(1, 4)), draw(st.integers(1, 8))
    seed = draw(st.integers(0, 2**32 - 1))
    generator = np.random.default_rng(seed)
    return Uplink(
        generator.uniform(0.01, 0.5, n_phones),
        10.0 ** generator.uniform(7.0, 13.0, (n_phones, n_cells)),
        generator.integers(0, n_cells, n_phones),
        generator.uniform(1e-14, 1e-13, n_cells),
    )


@given(uplink=uplinks())
def test_phones_and_cells_have_solutions_together(uplink):
    of_phones, over_noise_w = coupling_of_phones(uplink)
    of_cells = coupling_of_cells(uplink)
    radius = spectral_radius(of_cells)
    if abs(radius - 1.0) < 1e-3:
        return  # both are 1 together; rounding may part them
    assert (spectral_radius(of_phones) < 1.0) == (radius < 1.0)
    if radius < 1.0:
        powers_w = solve_powers(of_phones, over_noise_w)
        heard_w = (powers_w[:, None] / uplink.losses).sum(axis=0) + uplink.noise_w
        solved_w = solve_powers(of_cells, uplink.noise_w)
        np.testing.assert_allclose(solved_w, heard_w, rtol=1e-6)
        assert (solved_w >= uplink.noise_w).all()


def test_one_cell_is_the_load_equation():
    uplink = Uplink(np.full(4, 0.1), np.full((4, 1), 1e12), np.zeros(4, np.int64), np.ones(1))
    assert solve_powers(coupling_of_cells(uplink), np.ones(1)) == pytest.approx(1.0 / (1.0 - 0.4))


@pytest.mark.parametrize(
    "change",
    [
        {"loads": np.array([1.0])},
        {"loads": np.array([0.1, 0.1])},
        {"losses": np.array([[np.nan, 1.0]])},
        {"serving": np.array([2])},
        {"noise_w": np.array([0.0, 1.0])},
    ],
)
def test_out_of_range_is_refused(change):
    good = {
        "loads": np.array([0.1]),
        "losses": np.ones((1, 2)),
        "serving": np.array([1]),
        "noise_w": np.ones(2),
    }
    Uplink(**good)
    with pytest.raises(ValueError, match="must be"):
        Uplink(**(good | change))
