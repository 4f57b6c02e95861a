"""A folder says how what was run differs from its scenario."""

import pytest

from sim.runs import run_coverage, run_scenario
from sim.runs.differences import difference_text, differences_of
from sim.scenario.load import load_scenario

SCENARIO = """\
name: small
run: {duration_h: 0.1, warmup_h: 0, replications: 2}
region: {source: plain, width_km: 12, height_km: 6}
radio: {path_loss: {model: disc, radius_km: {value: 8, low: 7, high: 9, source: assumption}}}
networks:
  - name: koryolink
    n_subscribers: 300
    sites: [{name: a, x_km: 3, y_km: 3}, {name: b, x_km: 9, y_km: 3}]
  - {name: kang_song, n_subscribers: 200, sites: [{name: c, x_km: 6, y_km: 3}]}
"""
HOURS = [float(hour) for hour in range(24)]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def told(path, *overrides):
    loaded = load_scenario(path, overrides)
    return [difference_text(one) for one in differences_of(loaded, overrides)]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ([], []),
        (["networks[koryolink].n_subscribers=700"], ["networks[koryolink].n_subscribers = 700 (300)"]),
        (["networks[1].n_subscribers=700"], ["networks[kang_song].n_subscribers = 700 (200)"]),
        (["networks[koryolink].sites[b].x_km=8.5", "seed=2"],
         ["seed = 2 (1)", "networks[koryolink].sites[b].x_km = 8.5 (9)"]),
        (["seed=1", "run.duration_h=0.1"], []),
        (["seed=2", "seed=1"], []),
        (["sources.panda=My North Korea"], ["sources.panda = 'My North Korea' (nothing)"]),
        (["networks[kang_song].sites_file=null", "networks[kang_song].label=Kang Song"],
         ["networks[kang_song].label = 'Kang Song' ('')"]),
        (["networks[kang_song].sites=[{name: d, x_km: 1, y_km: 1}]"], ["networks[kang_song].sites = "]),
        (["radio.path_loss.radius_km=6"], ["radio.path_loss.radius_km = 6 (8)"]),
        (["radio.path_loss.radius_km=8"],
         ['radio.path_loss.radius_km = 8 ({"value": 8, "low": 7, "high": 9, "source": "assumption"})']),
        (["radio.path_loss.radius_km.low=5"],
         ['radio.path_loss.radius_km = {"value": 8, "low": 5, "high": 9, "source": "assumption"} '
          '({"value": 8, "low": 7, "high": 9, "source": "assumption"})']),
    ],
)  # fmt: skip
def test_differences_are_values_beside_those_of_the_scenario(path, overrides, expected):
    found = told(path, *overrides)
    assert len(found) == len(expected)
    for text, begin in zip(found, expected, strict=True):
        assert text == begin or (begin.endswith("= ") and text.startswith(begin))


def test_a_single_hour_differs_alone_and_a_new_profile_as_a_whole(path):
    before = load_scenario(path).scenario.traffic.profile
    key = "traffic.profile.daily"
    (found,) = told(path, f"{key}[3]=7.5")
    assert found == f"{key}[3] = 7.5 ({before.daily[3]:g})"
    (found,) = told(path, f"{key}={HOURS}")
    assert found.startswith(f"{key} = [0.0, 1.0, ")


def test_what_is_set_may_make_a_scenario_of_a_file(path):
    path.write_text(SCENARIO.replace("n_subscribers: 200, ", ""), encoding="utf-8")
    assert told(path, "networks[kang_song].n_subscribers=5") == [
        "networks[kang_song].n_subscribers = 5 (nothing)"
    ]


def test_the_folder_and_the_summary_say_it(path, tmp_path):
    result = run_coverage(path, ["networks[koryolink].sites[b].x_km=8"], out=tmp_path / "r")
    assert result.manifest["differences"] == [
        {"path": "networks[koryolink].sites[b].x_km", "value": 8.0, "scenario_value": 9.0}
    ]
    text = "Differs from its scenario: networks[koryolink].sites[b].x_km = 8 (9)"
    assert text in str(result)
    plain = run_coverage(path, out=tmp_path / "r")
    assert plain.manifest["differences"] == []
    assert "Differs" not in str(plain)


def test_seed_and_replications_differ_too(path, tmp_path):
    result = run_scenario(path, seed=2, replications=1, out=tmp_path)
    assert [one["path"] for one in result.manifest["differences"]] == ["seed", "run.replications"]
    assert (result.manifest["start"], result.manifest["duration_h"]) == ("2022-11-16 19:00", 0.1)
    result = run_scenario(path, seed=1, replications=2, out=tmp_path)
    assert result.manifest["differences"] == []


def test_the_scenario_of_a_folder_differs_as_the_folder_does(path, tmp_path):
    first = run_coverage(path, ["seed=2", "networks[0].n_subscribers=9"], out=tmp_path / "r")
    published = first.folder / "scenario.yaml"
    assert told(published) == ["seed = 2 (1)", "networks[koryolink].n_subscribers = 9 (300)"]
    assert told(published, "seed=3") == [
        "seed = 3 (1)", "networks[koryolink].n_subscribers = 9 (300)",
    ]  # fmt: skip
    assert told(published, "seed=1") == ["networks[koryolink].n_subscribers = 9 (300)"]
    again = run_coverage(published, out=tmp_path / "r", force=True)
    assert again.folder == first.folder
    assert again.manifest["differences"] == first.manifest["differences"]
