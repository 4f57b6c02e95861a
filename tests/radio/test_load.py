"""Load equations and link budgets against the published and recomputed cases, every one of them."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from sim.radio.load import (
    acir_db,
    coupling,
    downlink_load,
    downlink_need,
    downlink_power_w,
    load_of_noise_rise,
    noise_rise_db,
    noise_w,
    other_to_own,
    pole_capacity,
    pole_capacity_without_self,
    range_km,
    sensitivity_dbm,
    spectral_radius,
    uplink_load,
)
from sim.radio.pathloss import tr25942_macro_db
from sim.units import linear_to_db

CASES = {
    case["id"]: case
    for case in json.loads(
        (Path(__file__).parents[1] / "reference" / "wcdma.json").read_text("utf-8")
    )
}
SIGMA_TO_NEPER = math.log(10.0) / 10.0


def of(case):
    return CASES[case]["inputs"], CASES[case]["expected"]


@pytest.mark.parametrize("name", ["ul_pole_raymaps", "ul_pole_raymaps_12dB"])
def test_pole_without_self(name):
    given, expected = of(name)
    pole = pole_capacity_without_self(given["R"], given["EbN0_dB"], given["v"], given["i"])
    assert pole == pytest.approx(expected["exact"], rel=1e-9)
    assert int(pole) == expected["N_pole"]
    if "load" in given:
        assert int(pole * given["load"]) == expected["N_at_75pct"]


def test_load_of_voice():
    given, expected = of("ul_load_SmithCollins_voice")
    load = uplink_load(given["R"], given["EbN0_dB"], given["v"]) * (1.0 + given["i"])
    assert load == pytest.approx(expected["load_per_user"], abs=5e-6)
    assert load == pytest.approx(expected["exact_load_per_user"], rel=1e-9)
    assert 0.5 / load == pytest.approx(expected["exact_users_50"], rel=1e-9)
    assert 0.6 / load == pytest.approx(expected["exact_users_60"], rel=1e-9)


def test_load_of_data():
    given, expected = of("ul_load_SmithCollins_data")
    # R N at a load, where a phone is a small part of it.
    rate_bps = 1e-3
    load = uplink_load(rate_bps, given["EbN0_dB"], given["v"]) * (1.0 + given["i"])
    assert 1e-3 * rate_bps * 0.5 / load == pytest.approx(expected["exact_50"], abs=1.0)
    assert 1e-3 * rate_bps * 0.6 / load == pytest.approx(expected["kbps_at_60pct"], abs=1.0)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("noise_rise")])
def test_noise_rise(name):
    given, expected = of(name)
    rise_db = noise_rise_db(given["eta"])
    assert rise_db == pytest.approx(expected["noise_rise_dB"], rel=1e-9)
    assert load_of_noise_rise(rise_db) == pytest.approx(given["eta"], rel=1e-12)


def test_there_is_no_noise_rise_beyond_the_pole():
    with pytest.raises(ValueError, match="must be 0 to less than 1"):
        noise_rise_db(1.0)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("ul_load_R")])
def test_users_at_a_load(name):
    given, expected = of(name)
    load = uplink_load(given["R"], given["EbN0_dB"], given["v"])
    assert load == pytest.approx(expected["load_per_user_own"], rel=1e-9)
    pole = pole_capacity(load, given["i"])
    assert pole == pytest.approx(expected["users_pole"], rel=1e-9)
    for share, key in ((0.5, "users_50"), (0.6, "users_60"), (0.75, "users_75")):
        assert share * pole == pytest.approx(expected[key], rel=1e-9)
    throughput_kbps = 0.75 * pole * given["R"] * given["v"] / 1e3
    assert throughput_kbps == pytest.approx(expected["throughput_kbps_75"], rel=1e-9)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("dl_load_R")])
def test_downlink_load(name):
    given, expected = of(name)
    need = downlink_need(given["R"], given["EbN0_dB"], given["v"])
    load = downlink_load(need, given["alpha"], given["i"])
    assert load == pytest.approx(expected["load_per_user"], rel=1e-9)
    assert 1.0 / load == pytest.approx(expected["users_pole"], rel=1e-9)
    assert 0.75 / load == pytest.approx(expected["users_75"], rel=1e-9)


def test_downlink_power():
    given, expected = of("dl_power_30voice")
    need = downlink_need(given["R"], given["EbN0_dB"], given["v"])
    load = given["users"] * downlink_load(need, given["alpha"], given["i"])
    assert load == pytest.approx(expected["eta_DL"], rel=1e-6)
    losses = np.full(given["users"], 10.0 ** (given["path_loss_dB"] / 10.0))
    noise = 10.0 ** (given["ue_noise_dBm"] / 10.0 - 3.0)
    power = downlink_power_w(
        given["common_channel_W"], np.full(given["users"], need), losses, noise, load
    )
    assert power == pytest.approx(expected["P_total_W"], rel=1e-6)
    assert downlink_power_w(2.0, np.ones(1), np.ones(1), noise, 1.0) == math.inf


def phones(positions_km, stations_km, load):
    distance_km = np.abs(np.array(positions_km)[:, None] - np.array(stations_km)[None, :])
    losses = 10.0 ** ((128.1 + 37.6 * np.log10(distance_km)) / 10.0)
    # A tie goes to the first station.
    serving = np.argmax(losses <= losses.min(axis=1, keepdims=True) * (1.0 + 1e-12), axis=1)
    return coupling(np.full(len(losses), load), losses, serving), losses, serving


def test_powers_of_two_cells():
    given, expected = of("ul_powercontrol_2cell_5x144k")
    load = uplink_load(given["R"], given["EbN0_dB"], 1.0)
    matrix, losses, serving = phones(given["UE_km"], given["BS_km"], load)
    assert serving.tolist() == expected["serving"]
    noise = 10.0 ** (given["noise_dBm"] / 10.0 - 3.0)
    heard = np.linalg.solve(np.eye(2) - matrix, np.full(2, noise))
    rises_db = [linear_to_db(one / noise) for one in heard.tolist()]
    np.testing.assert_allclose(rises_db, expected["noise_rise_dB"], atol=1e-6)
    sent = load * heard[serving] * losses[np.arange(len(serving)), serving]
    np.testing.assert_allclose(10.0 * np.log10(sent) + 30.0, expected["tx_dBm"], atol=1e-6)


def test_iteration_of_powers_converges_with_the_spectral_radius():
    given, expected = of("ul_powercontrol_2cell_5x144k")
    gamma = 10.0 ** (given["EbN0_dB"] / 10.0) * given["R"] / 3.84e6
    _, losses, serving = phones(given["UE_km"], given["BS_km"], 1.0)
    n = len(serving)
    heard_at = losses[np.arange(n), serving][:, None] / losses[:, serving].T
    matrix = gamma * np.where(np.eye(n) > 0, 0.0, heard_at)
    assert spectral_radius(matrix) == pytest.approx(expected["spectral_radius"], rel=1e-6)
    steps = [np.ones(n)]
    for _ in range(12):
        steps.append(matrix @ steps[-1])
    ratio = np.linalg.norm(steps[-1]) / np.linalg.norm(steps[-2])
    assert ratio == pytest.approx(expected["spectral_radius"], rel=1e-3)


def test_too_many_phones_have_no_powers():
    given, expected = of("ul_powercontrol_infeasible")
    gamma = 10.0 ** (given["EbN0_dB"] / 10.0) * given["R"] / 3.84e6
    positions = np.repeat(given["UE_km"], given["copies"])
    _, losses, serving = phones(positions, [0.0, 1.0], 1.0)
    n = len(serving)
    heard_at = losses[np.arange(n), serving][:, None] / losses[:, serving].T
    radius = spectral_radius(gamma * np.where(np.eye(n) > 0, 0.0, heard_at))
    assert radius == pytest.approx(expected["spectral_radius"], rel=1e-9)
    # By cells it is the same verdict: no powers exist.
    by_cell, _, _ = phones(positions, [0.0, 1.0], uplink_load(144_000.0, 1.5, 1.0))
    assert spectral_radius(by_cell) > 1.0


def test_noise_floor():
    given, expected = of("noise_floor")
    for figure, key in (("NF_BS_dB", "BS_dBm"), ("NF_UE_dB", "UE_dBm")):
        # The case is computed with -174 dBm/Hz; k T at 290 K is -173.975.
        assert linear_to_db(noise_w(given[figure])) + 30.0 == pytest.approx(expected[key], abs=0.03)


def test_acir():
    given, expected = of("acir_from_aclr_acs")
    uplink_db = acir_db(given["UE_ACLR1"], given["BS_ACS"])
    downlink_db = acir_db(given["BS_ACLR1"], given["UE_ACS"])
    assert uplink_db == pytest.approx(expected["ACIR_UL"], abs=0.01)
    assert downlink_db == pytest.approx(expected["ACIR_DL"], abs=0.01)


def test_path_loss_of_the_coexistence_study():
    _, expected = of("tr25942_macro_pathloss")
    assert tr25942_macro_db(1.0, 2000.0, 30.0, 1.5) == pytest.approx(expected["L_1000m"], abs=0.06)
    near = tr25942_macro_db(0.577, 2000.0, 30.0, 1.5)
    assert near == pytest.approx(expected["L_577m"], abs=0.06)


def test_link_budget_of_voice():
    given, expected = of("linkbudget_pub_voice")
    eirp_dbm = given["ms_dBm"] - given["body_minus_gain_dB"]
    noise_dbm = given["bts_noise_density_dBm_Hz"] + linear_to_db(3.84e6)
    rate_bps = 3.84e6 / 10.0 ** (given["processing_gain_dB"] / 10.0)
    least_dbm = sensitivity_dbm(
        noise_dbm, given["interference_margin_dB"], rate_bps, given["EbN0_dB"]
    )
    gains_db = given["bts_gain_dBi"] - given["cable_dB"] - given["fast_fading_dB"]
    # The printed sensitivity is that before the antenna.
    least_dbm -= gains_db
    loss_db = eirp_dbm - least_dbm
    edge_db = loss_db - given["lognormal_dB"] - given["indoor_dB"] + given["sho_gain_dB"]
    assert eirp_dbm == expected["EIRP_dBm"]
    assert noise_dbm == pytest.approx(expected["rx_noise_dBm"], abs=0.1)
    assert least_dbm == pytest.approx(expected["sensitivity_dBm"], abs=0.1)
    assert loss_db == pytest.approx(expected["max_path_loss_dB"], abs=0.1)
    assert edge_db == pytest.approx(expected["cell_edge_loss_dB"], abs=0.1)
    assert range_km(edge_db, 137.4, 35.2) == pytest.approx(expected["range_km"], abs=0.01)


@pytest.mark.parametrize("name", ["linkbudget_HT_12k2_voice_incar", "linkbudget_HT_144k_indoor"])
def test_range_of_a_link_budget(name):
    given, expected = of(name)
    reach_km = range_km(given["max_allowed_loss_dB"], 129.4, 35.2)
    assert reach_km == pytest.approx(expected["computed_range_km"], rel=1e-9)
    assert reach_km == pytest.approx(expected["printed_range_km"], abs=0.08)


def hexagons(n_rings):
    """Sites of a hexagonal layout, one site spacing apart, the middle one first."""
    rows = [
        (q + 0.5 * r, r * math.sqrt(3.0) / 2.0)
        for q in range(-n_rings, n_rings + 1)
        for r in range(-n_rings, n_rings + 1)
        if abs(q + r) <= n_rings
    ]
    return np.array(sorted(rows, key=lambda xy: math.hypot(*xy)))


def points_of_hexagon(n):
    """Centres of a fine grid within the middle site's hexagon."""
    axis = (np.arange(n) + 0.5) / n - 0.5
    x, y = (a.ravel() for a in np.meshgrid(axis, axis * 2.0 / math.sqrt(3.0)))
    inside = np.abs(0.5 * x) + math.sqrt(3.0) / 2.0 * np.abs(y) <= 0.5
    return np.column_stack([x, y])[inside]


def losses_of(points, sites, exponent):
    distance = np.sqrt(((points[:, None, :] - sites[None, :, :]) ** 2).sum(axis=2))
    return distance**exponent


@pytest.mark.parametrize("name", [name for name in CASES if "noshadow" in name])
def test_other_cell_factor_without_shadowing(name):
    given, expected = of(name)
    points = points_of_hexagon(160)
    for n_rings, key in ((6, "f_6rings"), (2, "f_2rings_19cells")):
        losses = losses_of(points, hexagons(n_rings), given["path_loss_exponent"])
        factor = other_to_own(losses, np.zeros(len(points), np.int64)).mean()
        assert factor == pytest.approx(expected[key], rel=0.02), key


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("othercell_f_sigma")])
def test_other_cell_factor_with_shadowing(name):
    """The mean over the shadowing of cells that cannot be chosen is exact; that of the others is drawn."""
    given, expected = of(name)
    n_near, own_neper = given["candidate_sites"], SIGMA_TO_NEPER * given["sigma_dB"]
    own_neper *= math.sqrt(1.0 - given["site_correlation"])
    losses = losses_of(points_of_hexagon(100), hexagons(6), given["path_loss_exponent"])
    losses = np.sort(losses, axis=1)
    n_draws = 1 if n_near == 1 else 40
    draws = np.random.default_rng(1).standard_normal((n_draws, len(losses), n_near))
    total = 0.0
    for draw in draws:
        near = losses[:, :n_near] * np.exp(own_neper * draw)
        best = near.min(axis=1)
        factor = (best[:, None] / near).sum(axis=1) - 1.0
        far = (1.0 / losses[:, n_near:]).sum(axis=1) * math.exp(own_neper**2 / 2.0)
        if n_near == 1:  # nothing is chosen: the mean of the own cell's shadowing is exact too
            best, factor = losses[:, 0] * math.exp(own_neper**2 / 2.0), 0.0
        total += (factor + best * far).mean()
    factor = total / n_draws
    assert factor == pytest.approx(expected["computed_f"], rel=0.05)
    assert factor == pytest.approx(expected["computed_f"], abs=6.0 * expected["computed_se"] + 0.01)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("dl_geometry")])
def test_downlink_geometry(name):
    given, expected = of(name)
    losses = losses_of(np.array([given["point_in_ISD"]]), hexagons(2), 3.76)
    factor = float(other_to_own(losses, np.zeros(1, np.int64))[0])
    assert factor == pytest.approx(expected["i_factor"], rel=1e-9)
    assert -linear_to_db(factor) == pytest.approx(expected["G_dB"], rel=1e-9)
