"""Interference of other cells against the reference cases: by integration, and by draws under shadowing."""

import math

import numpy as np
import pytest

from sim.streams import extension_stream, normal_quantile, uniforms
from sim.validation.hexagons import (
    downlink_geometry_db,
    even_points,
    hexagonal_sites,
    in_hexagon,
    losses_over_distance,
    other_cell_ratios,
    shadowed_other_cell_ratios,
)
from tests.radio.wcdma_cases import CASES, cases, pair

PLACE = extension_stream("tests.other_cell.place")
SHADOWING = extension_stream("tests.other_cell.shadowing")
N_DRAWS = 60_000
N_RINGS_LEFT = 6  # as in f_6rings


def draws(stream, entity, n_draws):
    entities = np.full(n_draws, entity, np.uint32)
    return uniforms(1, 0, stream, entities, np.arange(n_draws))


def normals(entity, n_draws):
    return np.array([normal_quantile(p) for p in draws(SHADOWING, entity, n_draws)])


def stratified_normals(entity, n_draws):
    """One draw from each of as many equally likely intervals, for places that are in no order."""
    shares = (np.arange(n_draws) + draws(SHADOWING, entity, n_draws)) / n_draws
    return np.array([normal_quantile(p) for p in shares])


def sorted_losses(points, n_rings, exponent):
    """The nearest sites first."""
    return np.sort(losses_over_distance(points, hexagonal_sites(n_rings), exponent), axis=1)


def test_sites_of_a_hexagon():
    for n_rings, n_sites in ((0, 1), (1, 7), (2, 19), (6, 127)):
        sites = hexagonal_sites(n_rings)
        assert sites.shape == (n_sites, 2)
        assert sites[0].tolist() == [0.0, 0.0]
    distances = np.hypot(*hexagonal_sites(2).T)
    np.testing.assert_allclose(distances[1:7], 1.0)
    assert distances[7:].min() == pytest.approx(math.sqrt(3.0))
    apart = np.hypot(*(hexagonal_sites(2)[:, None] - hexagonal_sites(2)[None]).T)
    assert apart[~np.eye(19, dtype=bool)].min() == pytest.approx(1.0)


def test_points_fill_the_cell_evenly():
    points = even_points(60)
    nearest = losses_over_distance(points, hexagonal_sites(1), 2.0).argmin(axis=1)
    assert (nearest == 0).all()
    # Mean square distance in a hexagon of side a: 5 a^2 / 12.
    assert (points**2).sum(axis=1).mean() == pytest.approx(5.0 / 36.0, rel=1e-3)
    np.testing.assert_allclose(points.mean(axis=0), 0.0, atol=1e-12)


@cases("othercell_f_noshadow")
def test_without_shadowing(given_, expected):
    exponent = given_["path_loss_exponent"]
    for n_rings, name in ((6, "f_6rings"), (2, "f_2rings_19cells")):
        losses = losses_over_distance(even_points(30), hexagonal_sites(n_rings), exponent)
        ratio = other_cell_ratios(losses).mean()
        assert ratio == pytest.approx(expected[name], rel=0.02)
        # Sharper than the case asks: within four of its standard errors.
        assert ratio == pytest.approx(expected[name], abs=4.0 * expected["se"])


@cases("othercell_f_sigma")
def test_with_shadowing(given_, expected):
    n_candidates, deviation_db = given_["candidate_sites"], given_["sigma_dB"]
    places = np.column_stack([draws(PLACE, axis, N_DRAWS) for axis in (0, 1)])
    losses = sorted_losses(in_hexagon(places), N_RINGS_LEFT, given_["path_loss_exponent"])
    correlation = given_["site_correlation"]
    scale_db = deviation_db * math.sqrt(1.0 - correlation)
    nearest, *others = range(n_candidates)
    drawn = [stratified_normals(nearest, N_DRAWS), *(normals(k, N_DRAWS) for k in others)]
    shadowing_db = scale_db * np.column_stack(drawn)
    ratios = shadowed_other_cell_ratios(losses, shadowing_db, deviation_db, correlation)
    # The strata only lessen the variance where only the nearest site may serve; there it is that of the places.
    spread = other_cell_ratios(losses).std() if n_candidates == 1 else ratios.std()
    factor = math.exp((math.log(10.0) / 10.0 * scale_db) ** 2) if n_candidates == 1 else 1.0
    error = math.hypot(factor * spread / math.sqrt(N_DRAWS), expected["computed_se"])
    assert ratios.mean() == pytest.approx(expected["computed_f"], rel=0.05)
    assert abs(ratios.mean() - expected["computed_f"]) <= 4.0 * error
    assert 4.0 * error <= 0.05 * expected["computed_f"]


def test_mean_of_far_cells_is_that_of_draws():
    """Every cell drawn, the part that they share too, against the closed form."""
    n_points, n_candidates, deviation_db, correlation = 20_000, 3, 6.0, 0.5
    places = np.column_stack([draws(PLACE, axis, n_points) for axis in (2, 3)])
    losses = sorted_losses(in_hexagon(places), 1, 4.0)
    own_db = math.sqrt(1.0 - correlation) * deviation_db
    own_db = own_db * np.column_stack([normals(10 + k, n_points) for k in range(7)])
    shared_db = math.sqrt(correlation) * deviation_db * normals(20, n_points)
    drawn = losses * 10.0 ** ((own_db + shared_db[:, None]) / 10.0)
    by_draws = other_cell_ratios(drawn, n_candidates)
    closed = shadowed_other_cell_ratios(losses, own_db[:, :n_candidates], deviation_db, correlation)
    gap = by_draws - closed
    assert abs(gap.mean()) <= 4.0 * gap.std() / math.sqrt(n_points)
    assert 4.0 * gap.std() / math.sqrt(n_points) <= 0.02 * closed.mean()


def test_without_deviation_shadowing_changes_nothing():
    losses = sorted_losses(even_points(10), 2, 4.0)
    plain = other_cell_ratios(losses)
    still = shadowed_other_cell_ratios(losses, np.zeros((len(losses), 3)), 0.0, 0.5)
    np.testing.assert_allclose(still, plain, rtol=1e-12)


def test_squares_are_less_than_the_ratios():
    losses = sorted_losses(even_points(10), 2, 4.0)
    squares = other_cell_ratios(losses, 1, 2)
    assert (squares < other_cell_ratios(losses)).all()
    by_hand = ((losses[:, :1] / losses[:, 1:]) ** 2).sum(axis=1)
    np.testing.assert_allclose(squares, by_hand, rtol=1e-9)


@cases("dl_geometry")
def test_downlink_geometry(given_, expected):
    exponent = 3.76  # of the layout that the case describes in words
    losses = losses_over_distance(np.array([given_["point_in_ISD"]]), hexagonal_sites(2), exponent)
    assert other_cell_ratios(losses, 19)[0] == pytest.approx(expected["i_factor"], rel=1e-9)
    assert downlink_geometry_db(losses)[0] == pytest.approx(expected["G_dB"], abs=1e-9)


def test_every_case_of_the_layout_is_used():
    of_layout = {i for i, case in CASES.items() if case["area"] == "wcdma/other-cell"}
    assert {i for i in of_layout if not i.startswith(("othercell_f_", "dl_geometry"))} == set()
    assert "3.76" in pair("dl_geometry_cell_corner")[0]["layout"]
