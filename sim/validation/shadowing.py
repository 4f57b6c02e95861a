"""Log-normal shadowing: the covered share of a cell, how sites correlate, and how places along a path do."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.radio.shadowing import (
    correlation,
    joint_probabilities,
    make_lattice,
    shadow_field,
    site_shadowing,
)
from sim.validation.cases import Case
from sim.validation.found import Found, with_prefix
from sim.validation.length import Length
from sim.validation.verdict import Comparison, by_error, by_formula

Floats = NDArray[np.float64]

N_RINGS = 20_000
"""Rings over which the covered share of a disc is summed."""

N_PLACES = {True: 100_000, False: 10_000}


def compare(cases: Sequence[Case], length: Length, wrong: float = 0.0) -> Iterator[Found]:
    """
    Compare coverage under shadowing, and its correlation.

    `wrong` is added to margins in dB and to correlations, to show what a wrong program gives.
    """
    for case in with_prefix(cases, "areacov", "rappaport"):
        for one in _area(case, wrong):
            yield case.id, one
    for case in with_prefix(cases, "shadow_site"):
        for one in _of_sites(case, length, wrong):
            yield case.id, one
    for case in with_prefix(cases, "shadow_gudmundson"):
        for one in _along(case, length, wrong):
            yield case.id, one


def _area(case: Case, wrong_db: float) -> Iterator[Comparison]:
    from scipy.special import ndtri

    given, known = case.inputs, case.expected
    if "edge_probability" in given:
        sigma_db, exponent = given["sigma_dB"], given["n"]
        margin_db = sigma_db * float(ndtri(given["edge_probability"]))
        known_share = known["area_probability"]
        said = "margin at the edge [dB]"
        yield by_formula(said, known["fade_margin_dB"], margin_db + wrong_db, absolute=1e-9)
    else:
        sigma_db, exponent = known["sigma_dB"], known["n"]
        margin_db, known_share = known["p_2km_dBm"] + 60.0, known["area_fraction"]
        share = float(_covered(np.array([margin_db + wrong_db]) / sigma_db)[0])
        yield by_formula("probability at 2 km", known["P_gt_minus60"], share, absolute=1e-8)
    edges = np.linspace(0.0, 1.0, N_RINGS + 1)
    middle = (edges[1:] + edges[:-1]) / 2.0
    margins_db = margin_db + wrong_db - 10.0 * exponent * np.log10(middle)
    share = float(_covered(margins_db / sigma_db) @ (edges[1:] ** 2 - edges[:-1] ** 2))
    yield by_formula("share of the area", known_share, share, absolute=1e-6)


def _covered(margins: Floats) -> Floats:
    """Return the program's probability that a place with one site is covered, by its margin over the deviation."""
    covered, _, _ = joint_probabilities(margins.reshape(1, -1, 1), 0.5)
    return np.asarray(covered).ravel()


def _of_sites(case: Case, length: Length, wrong: float) -> Iterator[Comparison]:
    known, rho, n = case.expected, case.inputs["site_correlation"], N_PLACES[length.is_full]
    sigma_db = case.inputs["sigma_dB"]
    # Nodes so far apart that they have no noise in common.
    lattice = make_lattice(500.0, 500.0)
    cols = np.arange(n, dtype=np.int64) * len(lattice.weight)
    rows = np.zeros(n, np.int64)
    fields = [
        site_shadowing(lattice, (length.seed, 0), site, rows, cols, rho + wrong) for site in (0, 1)
    ]
    both_db = sigma_db * np.column_stack(fields)
    products, squares = both_db[:, 0] * both_db[:, 1], both_db[:, 0] ** 2
    difference = (both_db[:, 0] - both_db[:, 1]) ** 2
    for said, name, values in (
        ("covariance of two sites [dB^2]", "cov_between_sites", products),
        ("variance of a site [dB^2]", "var", squares),
        ("variance of their difference [dB^2]", "var_of_difference", difference),
    ):
        error = 4.0 * float(values.std()) / math.sqrt(n)
        yield by_error(said, known[name], float(values.mean()), error)


def _along(case: Case, length: Length, wrong: float) -> Iterator[Comparison]:
    known, apart_m = case.expected, case.inputs["decorrelation_m"]
    found = correlation(np.array(known["dx_m"], float), apart_m) + wrong
    for distance_m, known_r, found_r in zip(known["dx_m"], known["R"], found, strict=True):
        yield by_formula(f"correlation over {distance_m} m", known_r, float(found_r), absolute=1e-9)
    # Of a field that is drawn: pairs of nodes one distance of decorrelation apart, each pair far from all others.
    lattice = make_lattice(apart_m, apart_m)
    n = N_PLACES[length.is_full]
    lag = round(apart_m / lattice.spacing_m)
    begin = np.arange(n, dtype=np.int64) * (len(lattice.weight) + lag)
    cols = np.stack([begin, begin + lag], axis=1).ravel()
    field = shadow_field(lattice, (length.seed, 1), 0, np.zeros(2 * n, np.int64), cols)
    products = field.reshape(n, 2).prod(axis=1)
    # Weights are cut off where they give the covariance to 0.01.
    error = 4.0 * float(products.std()) / math.sqrt(n) + 0.01
    said = f"correlation over {apart_m} m, drawn"
    yield by_error(said, 0.5, float(products.mean()) + wrong, error)
