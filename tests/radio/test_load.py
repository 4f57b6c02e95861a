"""Load equations and link budgets against the reference cases, and against each other."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from sim.radio.pathloss import ROOFTOP_HEIGHT_M, tr25942_macro_db
from sim.radio.wcdma import (
    acir_db,
    downlink_share,
    noise_density_dbm_hz,
    noise_floor_dbm,
    uplink_load,
)
from sim.units import CHIP_RATE_HZ, NOISE_TEMPERATURE_K, db_to_linear
from tests.radio.wcdma_cases import CASES, cases, pair
from tests.radio.wcdma_formulas import (
    approximate_pole_capacity,
    cell_edge_loss_db,
    downlink_load,
    downlink_power_w,
    eirp_dbm,
    load_of_noise_rise,
    max_path_loss_db,
    noise_rise_db,
    pole_capacity,
    processing_gain_db,
    range_km,
    sensitivity_dbm,
)

LOADS = st.floats(1e-4, 0.999)


def close(value, relative=1e-9):
    return pytest.approx(value, rel=relative, abs=0.0)


def service(given_):
    return db_to_linear(given_["EbN0_dB"]), given_["R"], given_["v"], given_["W"]


def test_every_case_is_for_wideband_cdma():
    rates = {case["inputs"]["W"] for case in CASES.values() if "W" in case["inputs"]}
    assert rates == {CHIP_RATE_HZ}


@cases("ul_pole_raymaps")
def test_approximate_pole_capacity(given_, expected):
    eb_n0, bit_rate, activity, chip_rate = service(given_)
    pole = approximate_pole_capacity(eb_n0, bit_rate, activity, given_["i"], chip_rate)
    assert pole == close(expected["exact"])
    assert math.floor(pole) == expected["N_pole"]
    if "N_at_75pct" in expected:
        assert math.floor(given_["load"] * pole) == expected["N_at_75pct"]


def test_uplink_load_of_smith_and_collins():
    given_, expected = pair("ul_load_SmithCollins_voice")
    load = (1.0 + given_["i"]) * uplink_load(*service(given_))
    assert load == close(expected["exact_load_per_user"])
    assert load == pytest.approx(expected["load_per_user"], abs=5e-6)
    assert 0.5 / load == close(expected["exact_users_50"])
    assert 0.6 / load == close(expected["exact_users_60"])


def test_uplink_throughput_of_smith_and_collins():
    given_, expected = pair("ul_load_SmithCollins_data")
    tolerance_kbps = CASES["ul_load_SmithCollins_data"]["tolerance"]["abs_kbps"]
    # Where the bit rate is far below the chip rate, phones times rate do not depend on the rate.
    for bit_rate in (1e3, 1e5):
        eb_n0 = db_to_linear(given_["EbN0_dB"])
        pole = approximate_pole_capacity(eb_n0, bit_rate, given_["v"], given_["i"], given_["W"])
        # "Exact" is for Eb/N0 rounded to 1.259; the tolerance of the case covers it.
        for load, name in ((0.5, "exact_50"), (0.6, "exact_60"), (0.6, "kbps_at_60pct")):
            assert abs(load * pole * bit_rate / 1e3 - expected[name]) <= tolerance_kbps


@cases("noise_rise_")
def test_noise_rise(given_, expected):
    rise_db = noise_rise_db(given_["eta"])
    assert rise_db == close(expected["noise_rise_dB"])
    assert round(rise_db) == expected["textbook"]
    assert load_of_noise_rise(expected["noise_rise_dB"]) == close(given_["eta"])


@cases("ul_load_R")
def test_uplink_load(given_, expected):
    load = uplink_load(*service(given_))
    pole = pole_capacity(load, given_["i"])
    assert load == close(expected["load_per_user_own"])
    assert pole == close(expected["users_pole"])
    for percent in (50, 60, 75):
        assert percent / 100.0 * pole == close(expected[f"users_{percent}"])
    carried_kbps = 0.75 * pole * given_["R"] * given_["v"] / 1e3
    assert carried_kbps == close(expected["throughput_kbps_75"])


@cases("dl_load_")
def test_downlink_load(given_, expected):
    load = downlink_load(downlink_share(*service(given_)), given_["alpha"], given_["i"])
    assert load == close(expected["load_per_user"])
    assert 1.0 / load == close(expected["users_pole"])
    assert 0.75 / load == close(expected["users_75"])


def test_downlink_power():
    given_, expected = pair("dl_power_30voice")
    share = downlink_share(*service({"W": CHIP_RATE_HZ, **given_}))
    load = given_["users"] * downlink_load(share, given_["alpha"], given_["i"])
    noise_w = db_to_linear(given_["ue_noise_dBm"] - 30.0)
    over_noise_w = given_["users"] * share * noise_w * db_to_linear(given_["path_loss_dB"])
    power_w = downlink_power_w(given_["common_channel_W"], over_noise_w, load)
    assert load == close(expected["eta_DL"])
    assert power_w == pytest.approx(expected["P_total_W"], abs=1e-6)


def test_noise_floor():
    given_, expected = pair("noise_floor")
    for side, figure in (("BS", given_["NF_BS_dB"]), ("UE", given_["NF_UE_dB"])):
        noise_dbm = noise_floor_dbm(figure, bandwidth_hz=given_["W"])
        assert noise_dbm == pytest.approx(expected[f"{side}_dBm"], abs=1e-9)


def test_noise_at_290_k_is_above_the_rounded_one():
    assert noise_density_dbm_hz(NOISE_TEMPERATURE_K) == pytest.approx(-173.97519, abs=1e-5)
    exact_dbm = noise_floor_dbm(5.0, noise_density_dbm_hz(NOISE_TEMPERATURE_K))
    assert exact_dbm - noise_floor_dbm(5.0) == pytest.approx(0.02481, abs=1e-5)


def test_link_budget_published():
    given_, expected = pair("linkbudget_pub_voice")
    radiated_dbm = eirp_dbm(given_["ms_dBm"], 0.0, given_["body_minus_gain_dB"])
    noise_dbm = noise_floor_dbm(0.0, given_["bts_noise_density_dBm_Hz"])
    margin_db = given_["interference_margin_dB"]
    gain_db = given_["processing_gain_dB"]
    needed_dbm = sensitivity_dbm(noise_dbm, margin_db, given_["EbN0_dB"], gain_db)
    greatest_db = max_path_loss_db(
        radiated_dbm,
        needed_dbm,
        given_["bts_gain_dBi"],
        given_["cable_dB"],
        given_["fast_fading_dB"],
    )
    edge_db = cell_edge_loss_db(
        greatest_db, given_["lognormal_dB"], given_["indoor_dB"], given_["sho_gain_dB"]
    )
    tolerance_db = CASES["linkbudget_pub_voice"]["tolerance"]["abs_dB"]

    def near(value):
        return pytest.approx(value, abs=tolerance_db)

    assert radiated_dbm == expected["EIRP_dBm"]
    assert noise_dbm == near(expected["rx_noise_dBm"])
    assert noise_dbm + margin_db == near(expected["noise_plus_interf_dBm"])
    assert greatest_db == near(expected["max_path_loss_dB"])
    assert edge_db == near(expected["cell_edge_loss_dB"])
    assert range_km(edge_db, 137.4, 35.2) == pytest.approx(expected["range_km"], abs=0.01)
    assert processing_gain_db(12_200.0) == near(gain_db)
    # The printed sensitivity, -129.1 dBm, is a slip: the lines above and below it are 10 dB from it.
    assert needed_dbm == near(expected["sensitivity_dBm"] + 10.0)


@cases("linkbudget_HT")
def test_range(given_, expected):
    distance_km = range_km(given_["max_allowed_loss_dB"], 129.4, 35.2)
    assert distance_km == close(expected["computed_range_km"])


def test_acir():
    given_, expected = pair("acir_from_aclr_acs")
    assert acir_db(given_["UE_ACLR1"], given_["BS_ACS"]) == close(expected["ACIR_UL"])
    assert acir_db(given_["BS_ACLR1"], given_["UE_ACS"]) == close(expected["ACIR_DL"])


def test_macro_path_loss_arithmetic():
    given_, expected = pair("tr25942_macro_pathloss")
    height_m = ROOFTOP_HEIGHT_M + given_["dh_b_m"]

    def loss_db(distance_km):
        return tr25942_macro_db(distance_km, given_["f_MHz"], height_m, 1.5)

    assert loss_db(1.0) == close(expected["intercept_dB"])
    assert loss_db(10.0) - loss_db(1.0) == close(expected["slope"])
    tolerance_db = CASES["tr25942_macro_pathloss"]["tolerance"]["abs"]
    assert loss_db(0.577) == pytest.approx(expected["L_577m"], abs=tolerance_db)
    assert loss_db(1.0) == pytest.approx(expected["L_1000m"], abs=tolerance_db)


@given(load=LOADS)
def test_noise_rise_and_back(load):
    assert load_of_noise_rise(noise_rise_db(load)) == close(load)


@given(eb_n0=st.floats(0.1, 100.0), bit_rate=st.floats(1e3, 2e6), ratio=st.floats(0.0, 3.0))
def test_both_pole_capacities_differ_by_the_phone_itself(eb_n0, bit_rate, ratio):
    exact = pole_capacity(uplink_load(eb_n0, bit_rate, 0.67), ratio)
    approximate = approximate_pole_capacity(eb_n0, bit_rate, 0.67, ratio)
    assert exact - approximate == pytest.approx(1.0 / (1.0 + ratio), rel=1e-6)


@given(distance_km=st.floats(0.01, 100.0))
def test_range_undoes_the_formula(distance_km):
    assert range_km(137.4 + 35.2 * math.log10(distance_km), 137.4, 35.2) == close(distance_km)


def test_orthogonality_takes_the_own_cell_away():
    assert downlink_load(0.02, 1.0, 0.65) == close(0.02 * 0.65)
    assert downlink_load(0.02, 0.0, 0.65) == close(0.02 * 1.65)


def test_too_much_load_is_infinite_and_never_negative():
    assert noise_rise_db(1.0) == noise_rise_db(1.5) == math.inf
    assert downlink_power_w(2.0, 1.0, 1.0) == downlink_power_w(2.0, 1.0, 1.5) == math.inf


def test_formulas_can_be_compiled():
    @njit
    def compiled(eb_n0, bit_rate):
        own = uplink_load(eb_n0, bit_rate, 0.67)
        down = downlink_load(downlink_share(eb_n0, bit_rate, 0.58), 0.5, 0.65)
        return (
            noise_rise_db(30.0 * own),
            load_of_noise_rise(6.0),
            downlink_power_w(2.0, 1.0, 30.0 * down),
            acir_db(33.0, 45.0),
            noise_floor_dbm(5.0),
            range_km(140.0, 137.4, 35.2),
        )

    assert compiled(3.0, 12_200.0) == pytest.approx(compiled.py_func(3.0, 12_200.0), rel=1e-14)
