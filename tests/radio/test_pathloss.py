"""Path-loss formulas against published and recomputed values, and the table of models."""

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import ModelRangeError, ScenarioError
from sim.radio.pathloss import (
    ANY_ENVIRONMENT,
    MIN_DISTANCE_KM,
    MODELS,
    UNLIMITED,
    Ranges,
    Span,
    cost231_hata_medium_city_db,
    cost231_hata_metropolitan_db,
    free_space_db,
    hata_open_db,
    hata_suburban_db,
    hata_urban_large_db,
    hata_urban_small_db,
    loss_function,
    over_distances,
    path_loss_db,
    range_warnings,
    tr25942_macro_db,
)
from sim.scenario.radio_section import PathLoss
from tests.reference_cases import reference_cases

CASES = reference_cases("propagation/hata", "propagation/free-space")
HATA = {
    "urban_small": hata_urban_small_db,
    "urban_large": hata_urban_large_db,
    "suburban": hata_suburban_db,
    "open": hata_open_db,
}
COST231 = {"medium": cost231_hata_medium_city_db, "metropolitan": cost231_hata_metropolitan_db}
EVERY_FORMULA = [(m, e) for m in MODELS for e in MODELS[m].loss_db]


def arguments(case):
    inputs = case["inputs"]
    return inputs["d_km"], inputs["f_MHz"], inputs["hb"], inputs["hm"]


@pytest.mark.parametrize("name", ["small", "large", "suburban"])
def test_hata_published_by_ns3(name):
    case = CASES[f"hata_ns3_{name}"]
    loss_db = HATA[case["inputs"]["env"]](*arguments(case))
    assert loss_db == pytest.approx(case["expected"]["computed"], abs=1e-6)
    assert loss_db == pytest.approx(case["expected"]["published"], abs=case["tolerance"]["abs_dB"])


def test_hata_open_has_hatas_own_coefficient():
    case = CASES["hata_ns3_open"]
    loss_db = hata_open_db(*arguments(case))
    assert loss_db == pytest.approx(case["expected"]["computed_with_4_78"], abs=1e-6)


def test_cost231_published_by_ns3():
    case = CASES["cost231_ns3_small"]
    loss_db = cost231_hata_medium_city_db(*arguments(case))
    assert loss_db == pytest.approx(case["expected"]["computed"], abs=1e-6)
    assert loss_db == pytest.approx(case["expected"]["published"], abs=case["tolerance"]["abs_dB"])


def test_cost231_metropolitan_keeps_the_phone_gain_of_medium_cities():
    case = CASES["cost231_ns3_large_BUGGY"]
    loss_db = cost231_hata_metropolitan_db(*arguments(case))
    large_db, small_db = (
        hata_urban_large_db(*arguments(case)),
        hata_urban_small_db(*arguments(case)),
    )
    expected = case["expected"]
    assert loss_db == pytest.approx(expected["cost231_standard_medium_ahm_plus3"], abs=1e-6)
    with_large_city_gain_db = loss_db + large_db - small_db
    assert with_large_city_gain_db == pytest.approx(expected["correct_large_city_ahm"], abs=1e-6)


@pytest.mark.parametrize("case_id", [i for i in CASES if i.startswith("hata_f900")])
@pytest.mark.parametrize("environment", HATA)
def test_hata_computed(case_id, environment):
    case = CASES[case_id]
    loss_db = HATA[environment](*arguments(case))
    assert loss_db == pytest.approx(case["expected"][environment], abs=case["tolerance"]["abs_dB"])


@pytest.mark.parametrize("case_id", [i for i in CASES if i.startswith("cost231_f")])
@pytest.mark.parametrize("environment", COST231)
def test_cost231_computed(case_id, environment):
    case = CASES[case_id]
    loss_db = COST231[environment](*arguments(case))
    assert loss_db == pytest.approx(case["expected"][environment], abs=case["tolerance"]["abs_dB"])


def test_cost231_slope_and_intercept():
    expected = CASES["hata_HT_urban_1950"]["expected"]
    one_km_db, ten_km_db = (cost231_hata_medium_city_db(d, 1950.0, 30.0, 1.5) for d in (1.0, 10.0))
    assert one_km_db == pytest.approx(expected["intercept_cost231"], abs=1e-6)
    assert ten_km_db - one_km_db == pytest.approx(expected["slope"], abs=1e-6)


def test_free_space():
    case = CASES["fspl"]
    for frequency_hz, row in zip(case["inputs"]["f_Hz"], case["expected"]["table"], strict=True):
        for distance_m, expected_db in zip(case["inputs"]["d_m"], row, strict=True):
            loss_db = free_space_db(distance_m / 1e3, frequency_hz / 1e6, 30.0, 1.5)
            assert loss_db == pytest.approx(expected_db, abs=case["tolerance"]["abs_dB"])


def test_every_reference_case_is_used():
    used = {i for i in CASES if i.startswith(("hata_ns3_", "hata_f900", "cost231_"))}
    assert used | {"hata_HT_urban_1950", "fspl"} == set(CASES)


def test_hata_large_city_below_300_mhz():
    """Hata (1980), equation 16: a(h_m) = 8.29 (log 1.54 h_m)^2 - 1.1 at 150 MHz."""
    phone_gain_db = 8.29 * math.log10(1.54 * 3.0) ** 2 - 1.1
    base_db = 69.55 + 26.16 * math.log10(150.0) - 13.82 * math.log10(50.0)
    assert hata_urban_large_db(1.0, 150.0, 50.0, 3.0) == pytest.approx(base_db - phone_gain_db)


@pytest.mark.parametrize("distance_km", [0.5, 1.0, 2.0, 5.0])
def test_tr25942_macro_as_published(distance_km):
    """The short form, 128.1 + 37.6 log10 R at 2 GHz and 15 m above the roofs, rounds its constant to 0.1 dB."""
    published_db = 128.1 + 37.6 * math.log10(distance_km)
    assert abs(tr25942_macro_db(distance_km, 2000.0, 30.0, 1.5) - published_db) <= 0.1


def test_tr25942_macro_is_refused_under_the_roofs():
    with pytest.raises(ModelRangeError, match="antenna height 10 m"):
        path_loss_db("tr25942_macro", "any", 1.0, 2000.0, 10.0, 1.5)


@pytest.mark.parametrize(("model", "environment"), EVERY_FORMULA)
def test_compiled_formula_equals_the_scalar_one(model, environment):
    function = loss_function(model, environment)
    distance_km = np.geomspace(0.001, 99.0, 401)
    losses_db = over_distances(function)(distance_km, 2140.0, 31.5, 1.5)
    assert losses_db.tolist() == [function(d, 2140.0, 31.5, 1.5) for d in distance_km.tolist()]


@pytest.mark.parametrize(("model", "environment"), EVERY_FORMULA)
@given(
    distance_km=st.floats(MIN_DISTANCE_KM, 90.0),
    frequency_mhz=st.floats(1000.0, 2200.0),
    antenna_height_m=st.floats(30.0, 200.0),
)
def test_loss_rises_with_distance(model, environment, distance_km, frequency_mhz, antenna_height_m):
    hard = MODELS[model].hard
    frequency_mhz = max(frequency_mhz, hard.frequency_mhz.low)
    others = (frequency_mhz, min(antenna_height_m, hard.antenna_height_m.high), 1.5)
    near_db = path_loss_db(model, environment, distance_km, *others)
    assert near_db < path_loss_db(model, environment, distance_km * 1.1, *others)


@pytest.mark.parametrize(("model", "environment"), EVERY_FORMULA)
def test_short_distances_count_as_the_least(model, environment):
    function = loss_function(model, environment)
    least_db = function(MIN_DISTANCE_KM, 1800.0, 30.0, 1.5)
    assert function(0.0, 1800.0, 30.0, 1.5) == least_db
    assert function(MIN_DISTANCE_KM * 1.01, 1800.0, 30.0, 1.5) > least_db


@pytest.mark.parametrize("model", MODELS)
def test_hard_limits_enclose_the_published_ranges(model):
    for name in Ranges.__dataclass_fields__:
        published, hard = getattr(MODELS[model].published, name), getattr(MODELS[model].hard, name)
        if published != UNLIMITED:  # else the document states no range
            assert hard.low <= published.low < published.high <= hard.high


def test_scenario_names_the_same_models_and_environments():
    assert set(get_args(PathLoss.model_fields["model"].annotation)) == set(MODELS)
    environments = {e for m in MODELS.values() for e in m.loss_db} - {ANY_ENVIRONMENT}
    assert set(get_args(PathLoss.model_fields["environment"].annotation)) == environments


def test_disc_is_free_space_inside_and_infinite_outside():
    inside_db = path_loss_db("disc", "any", 2.0, 2000.0, 30.0, 1.5, radius_km=2.0)
    assert inside_db == free_space_db(2.0, 2000.0, 30.0, 1.5)
    assert path_loss_db("disc", "any", 2.0001, 2000.0, 30.0, 1.5, radius_km=2.0) == math.inf


def test_warnings_name_the_given_and_the_published_value():
    used = Ranges(Span(0.125, 20), Span(2140, 2140), Span(25, 40), Span(1.5, 1.5))
    label = MODELS["cost231_hata"].label
    assert range_warnings("cost231_hata", used) == (
        f"{label}: distance 0.125 to 20 km is outside the published range 1 to 20 km",
        f"{label}: frequency 2140 MHz is outside the published range 1500 to 2000 MHz",
        f"{label}: antenna height 25 to 40 m is outside the published range 30 to 200 m",
    )


def test_no_warning_at_the_ends_of_the_published_ranges():
    used = Ranges(Span(1, 20), Span(1500, 2000), Span(30, 200), Span(1, 10))
    assert range_warnings("cost231_hata", used) == ()
    assert range_warnings("free_space", Ranges(Span(0.02, 99), Span(30, 6000))) == ()


def test_beyond_hard_limits_every_problem_is_told():
    with pytest.raises(ModelRangeError) as caught:
        path_loss_db("cost231_hata", "medium_city", 120.0, 900.0, 30.0, 1.5)
    models = "free_space, disc, okumura_hata, cost231_hata, tr25942_macro, terrain"
    assert [str(problem) for problem in caught.value.problems] == [
        "radio.path_loss.model = cost231_hata: distance 120 km is refused outside 0 to 100 km; "
        f"change it or choose another model ({models})",
        "radio.path_loss.model = cost231_hata: frequency 900 MHz is refused outside 1000 to 3000 "
        f"MHz; change it or choose another model ({models})",
    ]


def test_unknown_environment_names_the_known_ones():
    with pytest.raises(
        ScenarioError,
        match="environment = medium_city: okumura_hata knows urban_large, urban_small",
    ):
        loss_function("okumura_hata", "medium_city")
