"""A misspelt key is one mistake, and hides no other."""

import pytest

from sim.errors import ScenarioError
from sim.scenario.load import examine_scenario

BASE = """\
name: base
region: {source: plain, width_km: 10, height_km: 10}
networks:
  - {name: a, n_subscribers: 10, n_sites: 1}
  - {name: b, n_subscribers: 10, n_sites: 1}
"""


def problems(load, **texts):
    with pytest.raises(ScenarioError) as caught:
        load(**texts)
    return [str(one) for one in caught.value.problems]


def test_it_is_not_missing_too(load):
    text = BASE.replace("n_subscribers: 10, n_sites: 1}\n  -", "n_subscriber: 10, n_sites: 1}\n  -")
    assert problems(load, base=text) == [
        "base.yaml:4:15: networks[a].n_subscriber: unknown key; did you mean 'n_subscribers'?"
    ]


def test_rules_between_keys_look_at_what_is_meant(load):
    """One round, in which three were needed: the key, the rule of its section, and that of another one."""
    text = BASE.replace("name: b, n_subscribers", "name: a, n_subscriber")
    text = text.replace("width_km", "width_kms")
    text += "traffic: {voice: {destination: {other_network_shares: 0.7, fixed_share: 0.6}}}\n"
    assert problems(load, base=text) == [
        "base.yaml:2:25: region.width_kms: unknown key; did you mean 'width_km'?",
        "base.yaml:5:12: networks[a].name = 'a': must be unique",
        "base.yaml:5:15: networks[a].n_subscriber: unknown key; did you mean 'n_subscribers'?",
        "base.yaml:6:32: traffic.voice.destination: other_network_share and fixed_share sum to 1.3: "
        "must sum to 1 or less",
        "base.yaml:6:33: traffic.voice.destination.other_network_shares: unknown key; "
        "did you mean 'other_network_share'?",
    ]  # fmt: skip


def test_a_value_with_its_evidence_is_meant_as_such(load):
    """And a rule that it breaks is told at the section as it is written."""
    text = BASE + "trafic:\n  voice:\n    destination:\n      fixed_share: 0.6\n"
    text += "      other_network_shares: {value: 0.7, low: 0.1, high: 0.8, source: assumption}\n"
    assert problems(load, base=text) == [
        "base.yaml:6:1: trafic: unknown key; did you mean 'traffic'?",
        "base.yaml:9:7: trafic.voice.destination: other_network_share and fixed_share sum to 1.3: "
        "must sum to 1 or less",
        "base.yaml:10:7: trafic.voice.destination.other_network_shares: unknown key; "
        "did you mean 'other_network_share'?",
    ]


def test_a_misspelt_section_is_read_as_well(load):
    text = BASE + "trafic: {erl_per_lin: 0.1, voice: {p_phone_off: 2}}\n"
    assert problems(load, base=text) == [
        "base.yaml:6:1: trafic: unknown key; did you mean 'traffic'?",
        "base.yaml:6:10: trafic.erl_per_lin: unknown key; did you mean 'erl_per_line'?",
        "base.yaml:6:49: trafic.voice.p_phone_off = 2: must be 0 to 1",
    ]


def test_a_value_in_another_unit_is_no_second_mistake(load):
    text = BASE + "grid: {resolution_km: 0.5}\n"
    assert problems(load, base=text) == [
        "base.yaml:6:8: grid.resolution_km: unknown key; did you mean 'resolution_m'?"
    ]


def test_both_spellings_at_once_leave_what_is_right(load):
    text = BASE + "grid: {resolution_m: 20, resolution_n: 500}\n"
    assert problems(load, base=text) == [
        "base.yaml:6:22: grid.resolution_m = 20: must be 25 to 10000",
        "base.yaml:6:26: grid.resolution_n: unknown key; did you mean 'resolution_m'?",
    ]


def test_nothing_is_made_of_a_key_that_is_none(load, small, tmp_path, monkeypatch):
    """What is missing may be what the unknown key was to say, so that rules say nothing of its section."""
    text = BASE.replace("width_km: 10, ", "") + "grid: {zzz: 1}\n"
    text = text.replace("height_km", "zzz: 3, height_km")
    assert problems(load, base=text) == [
        "base.yaml:2:25: region.zzz: unknown key; keys: source, provinces_file, province_keys, settlements_file, "
        "relief, provinces, width_km, height_km",
        "base.yaml:6:8: grid.zzz: unknown key; keys: resolution_m, spot_m",
    ]  # fmt: skip
    examined = examine_scenario("base.yaml")
    assert examined.loaded is None
    assert not {"grid", "region"} & set(examined.sections)
    assert {"networks", "radio", "fixed"} <= set(examined.sections)
