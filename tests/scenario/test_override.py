"""Paths, and what `--set PATH=VALUE` does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.scenario.locate import Place
from sim.scenario.paths import Item, format_path, get, parse_override, parse_path
from sim.scenario.read import parse

KEYS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,10}", fullmatch=True)
LABELS = st.from_regex(r"[A-Za-z0-9_=. -]{1,12}", fullmatch=True)


@given(KEYS, st.lists(st.one_of(KEYS, LABELS.map(Item)), max_size=5))
def test_a_path_reads_back(first, rest):
    elements = (first, *rest)
    assert parse_path(format_path(elements)) == elements


@pytest.mark.parametrize(
    "path", ["", ".a", "a.", "a..b", "a[", "a[]", "[a]", "a b=", "a]", "a[b]c"]
)
def test_no_path(path):
    with pytest.raises(ScenarioError, match="must be a path such as"):
        parse_path(path)


def test_the_first_equals_sign_outside_brackets_divides():
    override = parse_override("sources[a=b].note=c=d")
    assert override.elements == ("sources", Item("a=b"), "note")
    assert override.value.value == "c=d"


def test_get_by_name_by_index_and_nothing():
    root = parse("a: [{name: x, b: 1}, {name: y, b: 2}]\nc: [7, 8]", Place("f", 1, 1))
    values = [get(root, path) for path in ("a[y].b", "a[0].b", "c[1]")]
    assert [node.value for node in values if node is not None] == [2, 1, 8]
    assert [get(root, path) for path in ("a[z].b", "a[2]", "a[y].c.d", "e")] == [None] * 4


def test_by_name_by_index_and_into_absent_sections(load, small):
    loaded = load(
        "networks[other].n_sites=600",
        "networks[1].n_subscribers=20e6",
        "run.duration_h=2",
        "networks[net].sites[b].n_sectors=2",
        "networks[other].province_weight.plain=0.5",
        small=small,
    )
    other = loaded.scenario.networks[1]
    assert (other.n_sites, other.n_subscribers) == (600, 20_000_000)
    assert loaded.scenario.run.duration_h == 2.0
    assert loaded.scenario.networks[0].sites[1].n_sectors == 2
    assert other.province_weight == {"plain": 0.5}


def test_an_item_of_a_default_list_can_be_set(load, small):
    loaded = load(
        "traffic.profile.daily[3]=0.5",
        "subscribers.classes[resident].rate_factor=2",
        small=small,
    )
    daily = loaded.scenario.traffic.profile.daily
    assert (daily[2], daily[3], daily[4]) == (0.02, 0.5, 0.03)
    assert loaded.scenario.subscribers.classes[0].rate_factor == 2.0


def test_one_number_of_a_profile_with_evidence_fixes_it(load, small):
    weekly = "traffic: {profile: {weekly: {value: [1, 1, 1, 1, 1, 2, 2], source: S1}}}\n"
    assert load(small=small + weekly).evidence["traffic.profile.weekly"].source == "S1"
    loaded = load("traffic.profile.weekly[6]=3", small=small + weekly)
    assert loaded.scenario.traffic.profile.weekly == (1, 1, 1, 1, 1, 2, 3)
    assert loaded.evidence == {}


def test_setting_fixes_a_parameter(load, small):
    text = small + "grid: {resolution_m: {value: 500, low: 250, high: 1000, source: S1}}\n"
    assert "grid.resolution_m" in load(small=text).evidence
    assert load("grid.resolution_m=250", small=text).evidence == {}


def test_evidence_itself_can_be_set(load, small):
    text = small + "grid: {resolution_m: {value: 500, low: 250, high: 1000, source: S1}}\n"
    loaded = load("grid.resolution_m.low=300", small=text)
    assert loaded.evidence["grid.resolution_m"].low == 300
    whole = load("grid.resolution_m={value: 100, source: assumption}", small=text)
    assert whole.evidence["grid.resolution_m"].value == 100


def test_the_last_of_two_settings_wins(load, small):
    assert load("seed=3", "seed=4", small=small).scenario.seed == 4


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("networks[othr].n_sites=1", "networks[othr]: unknown item; did you mean 'other'?"),
        ("networks[9].n_sites=1", "networks[9]: unknown item; items: net, other"),
        (
            "networks[other].n_site=1",
            "networks[other].n_site: unknown key; did you mean 'n_sites'?",
        ),
        ("run.warmup_hours=1", "run.warmup_hours: unknown key; did you mean 'warmup_h'?"),
        ("rum.warmup_h=1", "rum: unknown key; did you mean 'run'?"),
        ("networks.n_sites=1", "networks.n_sites: follows a list: choose an item, such as [0] or"),
        ("run[0]=1", "run[0]: chooses an item, but this is not a list"),
        ("seed.low=1", "seed.low: follows a single value, which has no keys"),
        ("base=national", "base: unknown key;"),
        ("seed", "must be PATH=VALUE, such as run.duration_h=2"),
        ("=3", "must be PATH=VALUE, such as run.duration_h=2"),
        ("seed=[1", "not YAML: expected ',' or ']'"),
        ("seed=-1", "seed = -1: must be 0 to 4294967295"),
        ("seed=", "seed = null: must be a whole number, 0 to 4294967295"),
        ("run={duration_hours: 1}", "run.duration_hours: unknown key; did you mean 'duration_h'?"),
    ],
)
def test_a_wrong_setting_says_so(load, small, override, message):
    with pytest.raises(ScenarioError) as caught:
        load(override, small=small)
    (problem,) = caught.value.problems
    assert problem.where == f"--set {override}"
    assert problem.message.startswith(message)


def test_all_wrong_settings_at_once(load, small):
    with pytest.raises(ScenarioError) as caught:
        load("sed=1", "grid.resolution_m=1", "run.start=noon", small=small)
    assert len(caught.value.problems) == 3
