"""Finding scenarios, YAML 1.2, and rules that the golden messages leave out."""

import subprocess
import sys
from pathlib import Path

import pytest

import sim.scenario.find
from sim.errors import ScenarioError
from sim.scenario.load import load_scenario


def test_a_name_is_looked_for_here_then_in_the_package(tmp_path, monkeypatch, small):
    shipped = tmp_path / "package"
    shipped.mkdir()
    (tmp_path / "scenarios").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sim.scenario.find, "SHIPPED", shipped)
    (shipped / "small.yaml").write_text(small)
    (shipped / "only_shipped.yaml").write_text(small)
    assert load_scenario("small").folder == shipped
    (tmp_path / "scenarios" / "small.yaml").write_text(small)
    assert load_scenario("small").folder == tmp_path / "scenarios"
    assert load_scenario("only_shipped").path == shipped / "only_shipped.yaml"
    assert load_scenario(shipped / "small.yaml").folder == shipped
    with pytest.raises(ScenarioError) as caught:
        load_scenario("smal")
    assert str(caught.value) == (
        "unknown scenario 'smal': must be a name or the path of a YAML file; "
        "did you mean 'small'? (there are only_shipped, small)"
    )
    with pytest.raises(
        ScenarioError, match=r"^nowhere/small.yaml: no such file; must be a scenario"
    ):
        load_scenario("nowhere/small.yaml")


def test_yaml_1_2_as_written(load, small):
    text = small.replace("n_subscribers: 10", "n_subscribers: 20e6").replace("a book", "no")
    loaded = load(small="\ufeff" + text + "run: {start: 2022-11-16T19:00}\n")
    assert loaded.scenario.networks[1].n_subscribers == 20_000_000
    assert loaded.scenario.sources["S1"] == "no"
    assert loaded.scenario.run.start == "2022-11-16T19:00"


def test_aliases_are_values_and_merge_keys_are_not(load, small):
    text = (
        small + "grid: {resolution_m: &m 250}\nradio: {path_loss: {model: disc, radius_km: *m}}\n"
    )
    with pytest.raises(ScenarioError, match="radius_km = 250: must be more than 0 and at most 100"):
        load(small=text)
    with pytest.raises(ScenarioError, match=r"grid\.<<: YAML 1\.2 has no merge keys"):
        load(small=small + "x: &x {resolution_m: 250}\ngrid: {<<: *x}\n")


def test_a_sources_holding_time_is_exponential_unless_said(load, small):
    text = (
        small
        + "traffic: {sources: [{name: s, offered_erl: 1, holding: {mean_s: 5}, cells: [a]}]}\n"
    )
    assert load(small=text).scenario.traffic.sources[0].holding.law == "exponential"


def test_cells_of_sources_are_not_known_when_sites_are_placed(load, small):
    source = "traffic: {sources: [{name: s, offered_erl: 1, cells: [%s]}]}\n"
    assert load(small=small + source % "somewhere").scenario.traffic.sources
    inline = small[: small.index("  - name: other")]
    for cell in ("a", "b/1", "b/3"):
        assert load(small=inline + source % cell).scenario.traffic.sources
    for cell in ("a/1", "b", "b/4", "b/0"):
        with pytest.raises(ScenarioError, match=f"'{cell}': unknown cell; "):
            load(small=inline + source % cell)


def test_shares_may_differ_from_1_by_rounding_only(load, small):
    classes = "subscribers: {classes: [{name: resident, share: %s}, {name: trader, share: 0.3}]}\n"
    assert load(small=small + classes % "0.7000000005").scenario.subscribers.classes
    with pytest.raises(ScenarioError, match=r"shares sum to 1\.000000002: must sum to 1"):
        load(small=small + classes % "0.700000002")


@pytest.mark.parametrize(
    ("override", "fits"),
    [
        # 10 km x 10 km at 25 m are 160,000 squares of 294 B; 1,600,000,000 lines take 40 B each.
        ("grid.resolution_m=25", True),
        ("region.width_km=2000", True),
        ("networks[other].n_subscribers=200000000", True),
    ],
)
def test_a_run_must_fit_into_memory(load, small, override, fits):
    overrides = (override, "traffic.erl_per_line=1")
    if fits:
        assert load(*overrides, small=small).scenario
    else:
        with pytest.raises(ScenarioError, match=r"the world needs about [\d,.]+ GiB"):
            load(*overrides, small=small)


def test_squares_too_many(load, small):
    text = small.replace("width_km: 10, height_km: 10", "width_km: 2000, height_km: 2000")
    with pytest.raises(ScenarioError) as caught:
        load("grid.resolution_m=100", small=text)
    # 400 million squares, each 60 + 130 + 2 x (6 x 6 + 16) B = 294 B, and 0.33 GiB for the process.
    assert "--set grid.resolution_m=100: grid.resolution_m: the world needs about 109.8 GiB" in str(
        caught.value
    )
    assert load("grid.resolution_m=400", small=text).scenario


def test_a_table_must_be_a_file(load, small):
    Path("sites").mkdir()
    text = small.replace("n_sites: 3", "sites_file: %s")
    with pytest.raises(ScenarioError, match="'sites': no such file; must be a CSV"):
        load(small=text % "sites")
    Path("sites.csv").write_text("name\n")
    assert load(small=text % "sites.csv").input_files == (Path.cwd() / "sites.csv",)


def test_loading_imports_no_numbers():
    code = (
        "import sys, sim.scenario.load, sim.scenario.json_schema\n"
        "print([m for m in ('numpy', 'scipy', 'numba', 'pyarrow') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
