"""The resolved scenario loads again as the same; equal scenarios have equal texts."""

import itertools
import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.scenario.load import load_scenario
from sim.scenario.resolve import scenario_id_text

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
SHIPPED = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))

FLOATS = st.floats(min_value=1e-9, max_value=80.0, allow_nan=False)
TEXTS = st.text(max_size=60).filter(lambda text: text.isprintable())


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenarios_load_and_round_trip(name, tmp_path, monkeypatch):
    monkeypatch.chdir(SCENARIOS.parent)
    loaded = load_scenario(name)
    assert loaded.scenario.name == name
    assert loaded.path == SCENARIOS / f"{name}.yaml"
    for table in loaded.input_files:
        copy = tmp_path / table.relative_to(SCENARIOS)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(table.read_bytes())
    path = tmp_path / "scenario.yaml"
    path.write_text(loaded.resolved_yaml, encoding="utf-8")
    again = load_scenario(path)
    assert again.scenario == loaded.scenario
    assert again.evidence == loaded.evidence
    assert again.resolved_yaml == loaded.resolved_yaml
    assert scenario_id_text(again) == scenario_id_text(loaded)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenarios_name_their_schema_first(name):
    first, _, _ = (SCENARIOS / f"{name}.yaml").read_text("utf-8").partition("\n")
    assert first == "# yaml-language-server: $schema=scenario.schema.json"


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    notes=TEXTS,
    label=TEXTS,
    site=st.from_regex(r"[^/\s\[\]][^/\[\]]{0,10}", fullmatch=True).filter(str.isprintable),
    shares=st.lists(FLOATS, min_size=1, max_size=4),
    mean_s=FLOATS,
    width_km=FLOATS,
    spread=st.floats(0.0, 0.5),
    as_escapes=st.booleans(),
)
def test_any_scenario_round_trips(
    tmp_path, notes, label, site, shares, mean_s, width_km, spread, as_escapes
):
    total = math.fsum(shares)
    names = ("resident", "trader", "official", "institution")
    classes = [{"name": n, "share": s / total} for n, s in zip(names, shares, strict=False)]
    low, high = mean_s * (1 - spread), mean_s * (1 + spread)
    tree = {
        "name": "any",
        "notes": notes,
        "region": {"source": "plain", "width_km": width_km, "height_km": 1},
        "networks": [
            {
                "name": "net",
                "label": label,
                "n_subscribers": 0,
                "sites": [{"name": site, "x_km": 0, "y_km": {"value": 0.5, "note": notes}}],
            }
        ],
        "subscribers": {"classes": classes},
        "traffic": {
            "voice": {"holding": {"mean_s": {"value": mean_s, "low": low, "high": high}}},
            "sources": [],
        },
    }
    # JSON is YAML 1.2.
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(json.dumps(tree, ensure_ascii=as_escapes), encoding="utf-8")
    loaded = load_scenario(first)
    second.write_text(loaded.resolved_yaml, encoding="utf-8")
    again = load_scenario(second)
    assert again.scenario == loaded.scenario
    assert again.evidence == loaded.evidence
    assert scenario_id_text(again) == scenario_id_text(loaded)


@pytest.mark.parametrize("text", [":0", "?a", "::", "- a", "#", "a: b", "'", '"', "no", "1e3", "~"])
def test_texts_that_look_like_yaml_round_trip(load, small, text):
    written = json.dumps({"value": 500, "note": text})
    loaded = load(one=f"{small}grid: {{resolution_m: {written}}}\nnotes: {json.dumps(text)}\n")
    again = load(two=loaded.resolved_yaml)
    assert again.scenario == loaded.scenario
    assert again.evidence == loaded.evidence


def test_the_text_does_not_depend_on_how_it_was_written(load, small):
    plain = load(one=small + "grid: {resolution_m: 500}\nseed: 1\n")
    other = load(two="seed: 0x1\n" + small + "grid:\n  resolution_m: 5e2\n")
    assert scenario_id_text(plain) == scenario_id_text(other)
    changed = load("grid.resolution_m=501", two=small)
    assert scenario_id_text(plain) != scenario_id_text(changed)


def test_any_two_characters_round_trip_within_brackets(load, small):
    """Of `?0` within brackets ruamel.yaml 0.18 writes what it cannot read."""
    texts = [
        "".join(pair) for pair in itertools.product("?-:,[]{}#&*!|>'\"%@` a0~=<.\\é", repeat=2)
    ]
    sources = json.dumps({f"S{k}": text for k, text in enumerate(texts)})
    text = small.replace("sources: {S1: a book, S2: a paper}", f"sources: {sources}")
    loaded = load(small=text.replace("name: a,", 'name: "?0",'))
    again = load(again=loaded.resolved_yaml)
    assert again.scenario == loaded.scenario
    assert list(again.scenario.sources.values()) == texts
