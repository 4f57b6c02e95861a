"""Parameters written with their range and source."""

import pytest

from sim.errors import ScenarioError
from sim.scenario.evidence import Evidence
from sim.scenario.resolve import scenario_id_text


def test_the_model_sees_the_value_and_the_evidence_is_kept(load, small):
    text = small + (
        "traffic:\n"
        "  erl_per_line: {value: 0.013, low: 0.011, high: 0.017, source: 'S1, S2', confidence: M,"
        " note: both ends}\n"
        "  voice: {holding: {law: {value: exponential, source: assumption after S1}}}\n"
    )
    loaded = load(small=text)
    assert loaded.scenario.traffic.erl_per_line == 0.013
    assert loaded.scenario.traffic.voice.holding.law == "exponential"
    assert loaded.evidence == {
        "traffic.erl_per_line": Evidence(0.013, 0.011, 0.017, "S1, S2", "M", "both ends"),
        "traffic.voice.holding.law": Evidence("exponential", source="assumption after S1"),
    }


def test_paths_of_evidence_name_the_items(load, small):
    text = small.replace("n_sites: 3", "n_sites: {value: 3, source: S1 S2}")
    text = text.replace("x_km: 6", "x_km: {value: 6, low: 5, high: 7}")
    evidence = load(small=text).evidence
    assert set(evidence) == {"networks[other].n_sites", "networks[net].sites[b].x_km"}


@pytest.mark.parametrize("low_high", ["low: 500, high: 500", "low: 25, high: 10000"])
def test_the_ends_belong_to_the_range(load, small, low_high):
    text = small + f"grid: {{resolution_m: {{value: 500, {low_high}}}}}\n"
    assert load(small=text).scenario.grid.resolution_m == 500.0


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{value: 500, low: 501, high: 600}", ".low = 501: must be at most the value, 500"),
        ("{value: 500, low: 400, high: 499}", ".high = 499: must be at least the value, 500"),
        ("{value: 500, low: 1, high: 600}", ".low = 1: must be 25 to 10000"),
        ("{value: 500, low: .nan, high: 600}", ".low = nan: must be a number"),
        ("{value: 500, low: true, high: 600}", ".low = true: must be a number"),
        ("{value: 500, high: 600}", ".low: missing; low and high come together"),
        ("{value: 500, source: S3}", ".source = 'S3': 'S3' must be a key of sources or begin with"),
        ("{value: 500, source: an assumption}", ".source = 'an assumption': 'an' must be"),
        ("{value: 500, confidence: h}", ".confidence = 'h': must be H, M or L"),
        ("{value: 500, sauce: S1}", ".sauce: unknown key; did you mean 'source'?"),
        ("{value: {value: 500}}", ' = {"value": 500}: must not be a mapping'),
        (
            "{value: 500, low: 400, high: 600, law: normal}",
            ".law = 'normal': must be uniform or triangular",
        ),
        ("{value: 500, law: uniform}", ".law: is a law on a range; give low and high"),
        ("{value: 5}", " = 5: must be 25 to 10000"),
        ("{source: S1}", ": missing key 'value'"),
    ],
)
def test_wrong_evidence(load, small, written, message):
    with pytest.raises(ScenarioError) as caught:
        load(small=small + f"grid: {{resolution_m: {written}}}\n")
    assert caught.value.problems[0].message.startswith(f"grid.resolution_m{message}")


def test_a_law_on_the_range_is_kept_and_comes_back(load, small):
    text = small + "grid: {resolution_m: {value: 500, low: 400, high: 600, law: triangular}}\n"
    loaded = load(small=text)
    assert loaded.evidence["grid.resolution_m"].law == "triangular"
    assert load(again=loaded.resolved_yaml).evidence == loaded.evidence


def test_an_open_end_is_no_part_of_the_range(load, small):
    text = small.replace("n_sites: 3", "n_sites: 3\n    equipment: {azimuth_deg: %s}")
    assert load(small=text % "{value: 0, low: 0, high: 359}").evidence
    with pytest.raises(ScenarioError, match="high = 360: must be 0 or more and less than 360"):
        load(small=text % "{value: 0, low: 0, high: 360}")


def test_names_and_references_carry_no_evidence(load, small):
    with pytest.raises(
        ScenarioError, match=r"small.yaml:1:15: name = .*: must be text, not a mapping$"
    ):
        load(small=small.replace("name: small", "name: {value: small}"))


def test_evidence_belongs_to_the_hashed_text(load, small):
    with_low = small + "grid: {resolution_m: {value: 500, low: 400, high: 600}}\n"
    assert scenario_id_text(load(small=small)) != scenario_id_text(load(small=with_low))
