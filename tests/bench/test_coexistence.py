"""Two operators after 3GPP TR 25.942: places, losses and powers by other means, and the direction of every effect."""

import csv
import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from bench.capacity_loss import DIRECTIONS, Study, leak_of_worst, measure_losses, phones_that_fit
from bench.coexistence import main
from bench.coexistence_events import QUICK_EVENTS, make_scenario, measure_blocking, middle_cells
from bench.snapshots import RULES, first_legs, make_snapshot, mean_rise_db, satisfied_share
from bench.two_layouts import (
    N_CELLS,
    N_SITES,
    OFFSETS,
    Draws,
    distance_m,
    draw_phones,
    make_gains,
    site_axes,
    to_metres,
)
from sim.network.radio.build import make_radio
from sim.radio.coverage import compute_coverage
from sim.scenario.radio_section import AdjacentChannel
from sim.units import db_to_linear, linear_to_db
from sim.world.build import build_world

LEAK = 1.0 / db_to_linear(30.0)
WINDOW = db_to_linear(3.0)
SMALL = Study(acir_db=(25.0, 33.0, 40.0), n_replications=2, n_snapshots=1)


@pytest.fixture(scope="module")
def gain():
    return make_gains(draw_phones(1, 1, 0, 70 * N_SITES), OFFSETS["worst"], 70.0)


@pytest.fixture(scope="module")
def losses():
    return {
        (one.direction, one.offset, one.acir_db): one
        for one in measure_losses(SMALL, lambda _stage: None)
    }


def test_every_site_has_six_neighbours_at_1000_m():
    sites = site_axes()
    assert len(sites) == N_SITES
    for one in sites:
        others = sorted(distance_m(*(one - other)) for other in sites)
        np.testing.assert_allclose(others[:7], [0.0] + 6 * [1000.0], atol=1e-9)


@pytest.mark.parametrize(("offset", "metres"), [("worst", 577.35), ("intermediate", 288.68)])
def test_offsets_are_those_of_the_report(offset, metres):
    shift = OFFSETS[offset]
    distances = sorted(distance_m(*(shift - one)) for one in site_axes())
    assert distances[0] == pytest.approx(metres, abs=0.01)
    if offset == "worst":
        np.testing.assert_allclose(distances[:3], distances[0])


def test_distances_are_the_least_over_many_repeats():
    a, b = np.random.default_rng(1).uniform(-20, 20, (2, 50))
    steps = np.arange(-12, 13)
    i, k = (one.ravel() for one in np.meshgrid(steps, steps))
    for one, two in zip(a, b, strict=True):
        images = np.stack([one + 3 * i - 2 * k, two + 2 * i + 5 * k], axis=1)
        least = np.hypot(*to_metres(images).T).min()
        assert distance_m(one, two) == pytest.approx(least, abs=1e-6)


def test_loss_at_one_corner_is_the_arithmetic_of_the_report():
    # A phone at a corner of the middle cell, without shadowing: 128.15 + 37.6 log10 R - 11.
    axes = np.array([1.0 / 3.0, 1.0 / 3.0])
    steps = np.linalg.solve(np.array([[3.0, -2.0], [2.0, 5.0]]), axes)
    draws = Draws(np.tile(steps, (2, 1, 1)), np.zeros((2, 1, N_CELLS + 1)))
    found_db = -10.0 * np.log10(make_gains(draws, OFFSETS["worst"], 70.0)[0])
    corner_db = 128.15 + 37.6 * math.log10(0.57735) - 11.0
    np.testing.assert_allclose(np.sort(found_db[:N_SITES])[:3], corner_db, atol=0.005)
    # There stands a site of the other operator.
    assert found_db[N_SITES:].min() == 70.0


def test_shadowing_has_its_spread_and_correlation(gain):
    draws = draw_phones(1, 1, 0, 4000)
    plain = Draws(draws.place, np.zeros_like(draws.shadowing))
    with_db, without_db = (-10 * np.log10(make_gains(d, 1 / 3, 0.0)) for d in (draws, plain))
    correlation = np.corrcoef((with_db - without_db).T)
    assert (with_db - without_db).std() == pytest.approx(10.0, abs=0.15)
    assert correlation[np.triu_indices(N_CELLS, 1)].mean() == pytest.approx(0.5, abs=0.02)


def test_on_one_mast_both_operators_lose_the_same():
    gain = make_gains(draw_phones(1, 1, 0, 50), OFFSETS["co-sited"], 70.0)
    np.testing.assert_allclose(gain[:, :N_SITES], gain[:, N_SITES:], rtol=1e-9)


def test_more_phones_draw_the_same_first():
    few, many = draw_phones(1, 2, 3, 5), draw_phones(1, 2, 3, 9)
    assert (many.place[:, :5] == few.place).all()
    assert (many.shadowing[:, :5] == few.shadowing).all()


def test_rules_and_service_are_those_of_the_simulator(gain):
    scenario = make_scenario(QUICK_EVENTS, 1, 30.0)
    world = build_world(scenario, Path())
    theirs = make_radio(scenario, world, compute_coverage(scenario, world), 2)
    mine = make_snapshot(gain, LEAK)
    for name in ("load", "uplink_activity", "need", "downlink_activity"):
        assert mine.services[0][name] == theirs.services[0][name]
    for name in ("phone_noise_w", "phone_max_w", "orthogonality", "link_to_pilot"):
        assert mine.rules[0][name] == theirs.rules[0][name]
    for name in ("pilot_w", "common_w"):
        np.testing.assert_allclose(mine.cells[name], theirs.cells[name][0], rtol=1e-14)
    for name in ("noise_w", "most_w"):
        np.testing.assert_allclose(getattr(mine, name), getattr(theirs, name)[0], rtol=1e-14)
    # The report reckons with -174 dBm/Hz, which is -173.975 at 290 K.
    for noise_w, report_dbm in (
        (mine.noise_w[0], -103.16),
        (mine.rules["phone_noise_w"][0], -99.16),
    ):
        assert linear_to_db(noise_w * 1e3) == pytest.approx(report_dbm + 0.025, abs=0.01)
    leak = 10**-3.3 + 10**-4.5
    assert AdjacentChannel().uplink_acir_db == pytest.approx(-10.0 * math.log10(leak), abs=0.05)


def shifted(gain, best, n_phones):
    """Return gains by cell instead of by operator, filters passed, and the server of each talking phone."""
    half = len(gain) // 2
    talking = np.r_[:n_phones, half : half + n_phones]
    leaked = gain[talking].copy()
    leaked[:, N_SITES:] *= LEAK
    leaked[n_phones:] = np.roll(leaked[n_phones:], N_SITES, axis=1)
    return leaked, best[talking] + np.where(talking < half, 0, N_SITES), talking


@pytest.mark.slow
@pytest.mark.parametrize("most_dbm", [-5.0, 21.0])
def test_uplink_is_what_power_control_comes_to_phone_by_phone(gain, most_dbm):
    wcdma = RULES.model_copy(update={"phone_max_power_dbm": most_dbm})
    most_w = db_to_linear(most_dbm - 30.0)
    best, _ = first_legs(gain, N_SITES, WINDOW)
    n_phones = 30 * N_SITES
    snapshot = make_snapshot(gain, LEAK, wcdma)
    found_db = mean_rise_db(snapshot, best, n_phones)
    gains, server, _ = shifted(gain, best, n_phones)
    own = gains[np.arange(len(gains)), server]
    noise_w = snapshot.noise_w[0]
    # Eb/N0 = (W / R) p g / (all power received less one's own), the greatest power at most.
    target = db_to_linear(6.1) * 8000.0 / 3.84e6
    power_w = np.zeros(len(gains))
    for _ in range(3000):
        received_w = noise_w + power_w @ gains
        power_w = np.minimum(target * (received_w[server] - power_w * own) / own, most_w)
    assert (power_w == most_w).any() == (most_dbm < 0.0)
    assert (power_w == most_w).mean() < 0.5
    expected_db = 10.0 * np.log10((noise_w + power_w @ gains) / noise_w).mean()
    assert found_db == pytest.approx(expected_db, abs=1e-3)


def test_downlink_is_what_power_control_comes_to_phone_by_phone(gain):
    best, second = first_legs(gain, N_SITES, WINDOW)
    assert 0.2 < (second >= 0).mean() < 0.6
    n_phones = 56 * N_SITES
    snapshot = make_snapshot(gain, LEAK)
    share = satisfied_share(snapshot, best, second, n_phones)
    gains, first, talking = shifted(gain, best, n_phones)
    legs = np.zeros(gains.shape)
    rows = np.arange(len(gains))
    legs[rows, first] = 1.0
    has = second[talking] >= 0
    legs[rows[has], (second[talking] + np.where(rows < n_phones, 0, N_SITES))[has]] = 1.0
    target, noise_w = db_to_linear(7.9) * 8000.0 / 3.84e6, snapshot.rules["phone_noise_w"][0]
    cell_w = np.full(N_CELLS, 4.0)
    for _ in range(300):
        each_w = gains * cell_w
        quality = legs * gains / (each_w.sum(axis=1, keepdims=True) + noise_w - 0.6 * each_w)
        link_w = np.minimum(target / quality.sum(axis=1), 1.0)
        asked_w = legs.T @ link_w
        common_w, most_w = snapshot.cells["common_w"][0], snapshot.most_w[0]
        cell_w = np.minimum(common_w + asked_w, most_w)
    given = np.minimum(1.0, (most_w - common_w) / asked_w)
    got = (quality * given).sum(axis=1) * link_w / target
    np.testing.assert_allclose(snapshot.power_w, cell_w, rtol=2e-3)
    assert share == pytest.approx((got >= db_to_linear(-0.5)).mean(), abs=2e-3)
    # Some cells lack power, and some links.
    assert 0 < (cell_w == most_w).sum() < N_CELLS
    assert 0.0 < (link_w == 1.0).mean() < 0.2
    assert 0.3 < share < 0.99


@pytest.mark.parametrize("start", [(1, 2), (40, 60), (70, 90)])
def test_what_fits_is_found_from_either_side(start):
    assert phones_that_fit(lambda n: 1.0 - n / 50.3, *start) == pytest.approx(50.3)


def test_what_never_fits_is_refused():
    with pytest.raises(ValueError, match="not a single phone"):
        phones_that_fit(lambda n: -1.0 * n, 4, 8)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_loss_falls_as_the_filters_get_better(losses, direction):
    for offset in OFFSETS:
        found = [losses[direction, offset, acir].loss.value for acir in SMALL.acir_db]
        assert all(more > less >= 0.0 for more, less in pairwise(found))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_loss_grows_with_the_distance_of_the_sites(losses, direction):
    for acir_db in SMALL.acir_db:
        found = [losses[direction, offset, acir_db].loss.value for offset in OFFSETS]
        assert all(less < more for less, more in pairwise(found))


def test_on_one_mast_the_uplink_loses_what_the_leak_adds(losses):
    # Each cell hears 1 / ACIR of the other operator's phones beside its own: capacity falls to 1 / (1 + that).
    for acir_db in SMALL.acir_db:
        found = losses["uplink", "co-sited", acir_db].loss.value
        assert found == pytest.approx(1.0 / (1.0 + db_to_linear(acir_db)), rel=0.35)


def test_at_40_db_hardly_anything_is_lost(losses):
    assert all(losses[one, "worst", 40.0].loss.value < 0.03 for one in DIRECTIONS)
    assert all(losses[one, "worst", 33.0].loss.value < 0.07 for one in DIRECTIONS)


def test_some_phones_leak_nearly_everything(losses):
    one = replace(SMALL, acir_db=(33.0,), offsets=("worst",))
    together = losses["uplink", "worst", 33.0].together
    few, all_of_them = (leak_of_worst(one, together, share).value for share in (0.01, 1.0))
    assert all_of_them == pytest.approx(1.0)
    assert 0.3 < few < 1.0


def test_middle_cells_are_a_cell_and_its_neighbours():
    middle = middle_cells()
    assert (middle[7:] - middle[:7] == N_SITES).all()
    at = to_metres(site_axes()[middle[:7]])
    assert sorted(np.hypot(*at.T).round()) == [0.0] + 6 * [1000.0]


@pytest.mark.slow
def test_calls_in_time_lose_more_as_the_filters_get_worse():
    alone, better, worse = measure_blocking(QUICK_EVENTS)
    assert alone.more.value == 0.0
    assert 0.0 <= better.more.value < worse.more.value
    assert alone.power_w < better.power_w < worse.power_w


@pytest.mark.slow
def test_the_study_writes_its_files(tmp_path):
    answer = CliRunner().invoke(main, ["--quick", "--out", str(tmp_path)], catch_exceptions=False)
    assert answer.exit_code == 0
    assert "Capacity loss of the uplink" in answer.output
    with (tmp_path / "coexistence.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(DIRECTIONS) * len(OFFSETS) * 2
    for ending in ("md", "png", "pdf"):
        assert (tmp_path / f"coexistence.{ending}").stat().st_size > 1000
