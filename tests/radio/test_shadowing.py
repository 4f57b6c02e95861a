"""Shadowing: the law of the fields over many of them, addresses, and probabilities against closed forms."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import kstest, norm

from sim.radio.shadowing import (
    correlation,
    make_lattice,
    shadow_field,
    site_shadowing,
)
from tests.radio.shadow_formulas import (
    any_site_probability,
    area_probability,
    coverage_probability,
    fade_margin_db,
)
from tests.reference_cases import reference_cases

CASES = reference_cases("propagation/coverage", "propagation/shadowing")
AREAS = [i for i in CASES if i.startswith("areacov")]
Z_999 = float(norm.ppf(0.9995))
N_FIELDS = 4000
LAGS = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (3, 4), (0, 5), (7, 0)]


@pytest.fixture(scope="module")
def fields():
    """Two sites over many worlds, at nodes that lie LAGS from the first; 500 m squares, 500 m of correlation."""
    lattice = make_lattice(500.0, 500.0)
    rows, cols = (np.array(v, np.int64) - 3 for v in zip(*LAGS, strict=True))
    worlds = range(N_FIELDS)
    return lattice, *(
        np.array([site_shadowing(lattice, (7, world), site, rows, cols) for world in worlds])
        for site in (0, 1)
    )


def lattice_covariance(lattice, lag):
    """Return the covariance that the weights give: what the fields' covariance must be."""
    weight, (down, right) = lattice.weight, lag
    size = len(weight)
    return float((weight[down:, right:] * weight[: size - down, : size - right]).sum())


@pytest.mark.parametrize(
    ("side_m", "correlation_m"), [(500, 500), (500, 60), (100, 350), (250, 25)]
)
def test_weights_give_the_wanted_covariance(side_m, correlation_m):
    lattice = make_lattice(float(side_m), float(correlation_m))
    assert lattice.spacing_m <= correlation_m / 2
    assert lattice.spacing_m * lattice.nodes_per_square == pytest.approx(side_m)
    for down in range(0, len(lattice.weight), 2):
        for right in range(0, len(lattice.weight), 3):
            distance_m = math.hypot(down, right) * lattice.spacing_m
            wanted = 0.5 ** (distance_m / correlation_m)
            assert lattice_covariance(lattice, (down, right)) == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize("lag", LAGS)
def test_fields_have_the_covariance_of_the_weights(fields, lag):
    """Products of two normal values have finite variance: their mean over fields is normal."""
    lattice, first, second = fields
    for field in (first, second):
        products = field[:, 0] * field[:, LAGS.index(lag)]
        error = products.std(ddof=1) / math.sqrt(N_FIELDS)
        assert abs(products.mean() - lattice_covariance(lattice, lag)) <= Z_999 * error


@pytest.mark.parametrize("lag", LAGS)
def test_sites_correlate_by_a_half(fields, lag):
    lattice, first, second = fields
    products = first[:, 0] * second[:, LAGS.index(lag)]
    error = products.std(ddof=1) / math.sqrt(N_FIELDS)
    assert abs(products.mean() - 0.5 * lattice_covariance(lattice, lag)) <= Z_999 * error


def test_values_are_standard_normal(fields):
    _, first, second = fields
    assert kstest(first[:, 0], "norm").pvalue > 0.001
    difference = (
        second[:, 1] - first[:, 1]
    )  # variance 1: the reference case says sigma^2 of the difference
    expected = CASES["shadow_site_correlation"]["expected"]
    assert expected["var_of_difference"] == expected["var"]
    assert kstest(difference, "norm").pvalue > 0.001


@pytest.mark.parametrize("n_points", [2, 3, 5])
def test_points_of_divided_squares_are_nodes_and_keep_variance_and_correlation(n_points):
    lattice = make_lattice(500.0, 350.0, n_points)
    n = lattice.nodes_per_square
    offsets = n * ((np.arange(n_points) + 0.5) / n_points - 0.5)
    np.testing.assert_allclose(offsets, np.rint(offsets), atol=1e-9)
    assert lattice.spacing_m <= 350.0 / 2
    assert lattice_covariance(lattice, (0, 0)) == pytest.approx(1.0)
    step = n // n_points
    for lag in range(1, n_points + 1):
        wanted = 0.5 ** (lag * 500.0 / n_points / 350.0)
        assert lattice_covariance(lattice, (0, lag * step)) == pytest.approx(wanted, abs=0.01)


def test_a_node_has_its_value_whatever_else_is_asked_for():
    lattice = make_lattice(500.0, 300.0)
    rows, cols = np.indices((12, 9)).reshape(2, -1) - 5
    whole = shadow_field(lattice, (3, 0), 4, rows, cols)
    order = np.random.default_rng(2).permutation(len(rows))[:40]
    assert (shadow_field(lattice, (3, 0), 4, rows[order], cols[order]) == whole[order]).all()
    for key, entity in (((3, 1), 4), ((4, 0), 4), ((3, 0), 5)):
        assert (shadow_field(lattice, key, entity, rows, cols) != whole).all()
    assert len(shadow_field(lattice, (3, 0), 4, rows[:0], cols[:0])) == 0


def test_correlation_as_gudmundson_has_it():
    case = CASES["shadow_gudmundson"]
    distance_m = np.array(case["expected"]["dx_m"], float)
    found = correlation(distance_m, case["inputs"]["decorrelation_m"])
    assert found == pytest.approx(case["expected"]["R"], abs=1e-12)


def test_a_correlation_distance_out_of_range_is_refused():
    with pytest.raises(ValueError, match="10 m does not suit squares of 500 m"):
        make_lattice(500.0, 10.0)


@pytest.mark.parametrize("case_id", AREAS)
def test_area_from_edge(case_id):
    inputs, expected = CASES[case_id]["inputs"], CASES[case_id]["expected"]
    margin_db = fade_margin_db(inputs["edge_probability"], inputs["sigma_dB"])
    assert margin_db == pytest.approx(expected["fade_margin_dB"], abs=1e-9)
    share = area_probability(margin_db, inputs["n"], inputs["sigma_dB"])
    assert share == pytest.approx(expected["area_probability"], abs=1e-6)


def test_area_of_rappaports_fit():
    expected = CASES["rappaport_4_9"]["expected"]
    margin_db = expected["p_2km_dBm"] + 60.0
    assert norm.cdf(margin_db / expected["sigma_dB"]) == pytest.approx(
        expected["P_gt_minus60"], abs=1e-9
    )
    share = area_probability(margin_db, expected["n"], expected["sigma_dB"])
    assert share == pytest.approx(expected["area_fraction"], abs=1e-6)


def test_area_is_the_mean_over_the_disc():
    """The closed form is the mean of the probability over a disc, here summed in rings."""
    edges = np.linspace(0.0, 1.0, 20_001)
    middle = (edges[1:] + edges[:-1]) / 2
    median_dbm = -100.0 + 3.0 - 35.0 * np.log10(middle)
    mean = (
        coverage_probability(median_dbm, -100.0, 9.0) * (edges[1:] ** 2 - edges[:-1] ** 2)
    ).sum()
    assert area_probability(3.0, 3.5, 9.0) == pytest.approx(mean, abs=1e-6)


def test_every_reference_case_is_used():
    others = {"rappaport_4_9", "shadow_site_correlation", "shadow_gudmundson"}
    assert set(AREAS) | others == set(CASES)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0])
def test_probability_of_two_sites_however_they_correlate(rho):
    """One minus the orthant probability 1/4 + asin(rho) / 2 pi at the threshold; a lone site has Phi of its margin."""
    at_threshold = np.full((2, 1), -100.0)
    either = 0.75 - math.asin(rho) / (2 * math.pi)
    found = any_site_probability(at_threshold, -100.0, 8.0, rho)
    assert found[0] == pytest.approx(either, abs=1e-9)
    margins_db = np.linspace(-24.0, 24.0, 97)
    alone = any_site_probability(margins_db[np.newaxis] - 100.0, -100.0, 8.0, rho)
    np.testing.assert_allclose(alone, norm.cdf(margins_db / 8.0), rtol=0, atol=1e-9)


def test_probability_of_six_sites_against_the_definition():
    """Six unlike sites by adaptive quadrature of the same integral."""
    margins = np.array([-1.5, -0.8, -0.2, -2.5, 0.3, -1.0])
    for rho in (0.3, 0.5, 0.9):
        common, own = math.sqrt(rho), math.sqrt(1 - rho)

        def density(y, common=common, own=own):
            return norm.pdf(y) * np.prod(norm.cdf(-(margins + common * y) / own))

        none = quad(density, -8.0, 8.0, epsabs=1e-11, limit=200)[0]
        found = any_site_probability(margins[:, np.newaxis] * 8.0, 0.0, 8.0, rho)
        assert found[0] == pytest.approx(1 - none, abs=1e-8)


def test_probability_of_any_site():
    """Two sites at the threshold: neither has the orthant probability 1/4 + asin(1/2) / 2 pi = 1/3."""
    at_threshold = np.full((2, 1), -100.0)
    assert any_site_probability(at_threshold, -100.0, 8.0, 0.5)[0] == pytest.approx(2 / 3, abs=1e-6)
    one = np.array([[-95.0, -103.0], [-math.inf, -math.inf]])
    alone = coverage_probability(one[0], -100.0, 8.0)
    assert any_site_probability(one, -100.0, 8.0, 0.5) == pytest.approx(alone, abs=1e-6)
    independent = any_site_probability(np.tile(one[0], (3, 1)), -100.0, 8.0, 0.0)
    assert independent == pytest.approx(1 - (1 - alone) ** 3, abs=1e-12)
