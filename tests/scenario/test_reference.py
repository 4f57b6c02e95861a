"""Whose sites sold the lines when sites are changed."""

import pytest

from sim.errors import ScenarioError
from sim.scenario.load import load_scenario
from sim.scenario.networks_section import Placement

BASE = """
name: town
region: {source: plain, width_km: 20, height_km: 20}
networks:
  - name: a
    n_subscribers: 500
    sold_within_km: 4
    n_sites: {value: 6, low: 5, high: 9, source: assumption}
  - {name: everywhere, n_subscribers: 500, n_sites: 3}
"""
OTHER = """
name: other
region: {source: plain, width_km: 20, height_km: 20}
networks:
  - {name: a, n_subscribers: 500, sold_within_km: 4, sites_file: old.csv}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "town.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "below").mkdir()
    (tmp_path / "below/other.yaml").write_text(OTHER, encoding="utf-8")
    hill = OTHER.replace("width_km: 20", "width_km: 30")
    (tmp_path / "hill.yaml").write_text(hill.replace("old.csv", "below/old.csv"), encoding="utf-8")
    stranger = OTHER.replace("name: a,", "name: z,").replace("old.csv", "below/old.csv")
    (tmp_path / "stranger.yaml").write_text(stranger, encoding="utf-8")
    (tmp_path / "below/old.csv").write_text("name,x_km,y_km\nold,5,5\n", encoding="utf-8")
    return tmp_path


def references(*overrides, name="town.yaml"):
    return [n.reference_sites for n in load_scenario(name, overrides).scenario.networks]


def test_other_sites_are_set_and_the_lines_stay_around_those_before(folder):
    kept, everywhere = references("networks[a].n_sites=4", "networks[everywhere].n_sites=9")
    assert kept is not None
    assert (kept.n_sites, kept.sites, kept.placement) == (6, (), Placement())
    assert everywhere is None  # sold everywhere: homes do not hang on sites


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        ("networks[a].n_sites=6",),  # as before
        ("networks[a].n_subscribers=900",),
        ("networks[a].n_sites=4", "networks[a].sold_within_km=null"),
        ("networks[a].n_sites=4", "subscribers.placed_as=own"),
        ("networks[a].n_sites=4", "region.width_km=10"),  # another region has other people
    ],
)
def test_nothing_is_said_where_nothing_is_to_be_said(folder, overrides):
    assert references(*overrides) == [None, None]


def test_what_sites_have_moves_nobody_and_is_no_other_place(folder):
    listed = "networks[a].sites=[{name: s, x_km: 5, y_km: 5}]"
    (folder / "listed.yaml").write_text(
        BASE.replace(
            "    n_sites: {value: 6, low: 5, high: 9, source: assumption}\n",
            "    sites: [{name: s, x_km: 5, y_km: 5}]\n",
        ),
        encoding="utf-8",
    )
    assert references("networks[a].sites[s].n_channels=9", name="listed.yaml") == [None, None]
    assert references(listed, name="listed.yaml") == [None, None]
    kept, _ = references("networks[a].sites[s].x_km=6", name="listed.yaml")
    assert kept is not None
    assert kept.sites[0].x_km == 5


def test_another_scenario_sold_the_lines_and_its_files_are_found(folder):
    loaded = load_scenario("town.yaml", ["subscribers.placed_as=below/other.yaml"])
    kept = loaded.scenario.networks[0].reference_sites
    assert kept is not None
    assert kept.sites_file == "below/old.csv"
    assert loaded.scenario.subscribers.placed_as is None  # it has been followed
    assert [path.name for path in loaded.input_files] == ["old.csv"]
    # What is written out loads to the same, whether or not the other scenario is still there.
    (folder / "below/other.yaml").unlink()
    (folder / "again.yaml").write_text(loaded.resolved_yaml, encoding="utf-8")
    assert load_scenario("again.yaml").scenario == loaded.scenario


def test_a_file_names_the_scenario_from_its_own_folder(folder):
    text = "base: other\nname: less\nsubscribers: {placed_as: ../town.yaml}\n"
    (folder / "below/less.yaml").write_text(text, encoding="utf-8")
    (kept,) = references(name="below/less.yaml")
    assert kept is not None
    assert kept.n_sites == 6
    # An override has the last word.
    assert references("subscribers.placed_as=own", name="below/less.yaml") == [None]


def test_what_sold_the_lines_of_the_other_scenario_sold_these(folder):
    text = BASE.replace(
        "    sold_within_km: 4\n", "    sold_within_km: 4\n    reference_sites: {n_sites: 2}\n"
    )
    (folder / "twice.yaml").write_text(text, encoding="utf-8")
    kept, _ = references("subscribers.placed_as=twice.yaml")
    assert kept is not None
    assert kept.n_sites == 2
    kept, _ = references("networks[a].n_sites=12", name="twice.yaml")
    assert kept is not None
    assert kept.n_sites == 2


def test_what_is_written_out_is_the_same_place_and_sets_nothing(folder):
    written = load_scenario("town.yaml").resolved_yaml
    (folder / "written.yaml").write_text(written, encoding="utf-8")
    assert references("subscribers.placed_as=written.yaml") == [None, None]
    assert references("subscribers.placed_as=town.yaml", name="written.yaml") == [None, None]
    # A file is what it holds, under whatever name.
    (folder / "copy.csv").write_bytes((folder / "below/old.csv").read_bytes())
    text = OTHER.replace("old.csv", "copy.csv")
    (folder / "copy.yaml").write_text(text, encoding="utf-8")
    assert references("subscribers.placed_as=below/other.yaml", name="copy.yaml") == [None]
    (folder / "copy.csv").write_text("name,x_km,y_km\nnew,6,5\n", encoding="utf-8")
    (kept,) = references("subscribers.placed_as=below/other.yaml", name="copy.yaml")
    assert kept is not None


def test_a_base_names_the_seller_from_its_own_folder(folder):
    text = "base: other\nname: less\nsubscribers: {placed_as: ../town.yaml}\n"
    (folder / "below/less.yaml").write_text(text, encoding="utf-8")
    (folder / "above.yaml").write_text("base: below/less.yaml\nname: above\n", encoding="utf-8")
    (kept,) = references(name="above.yaml")
    assert kept is not None
    assert kept.n_sites == 6


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("subscribers.placed_as=hill.yaml", "is of another region, where other people live"),
        ("subscribers.placed_as=stranger.yaml", "has no network of these names"),
        ("networks=7", "networks = 7: must be a list"),
        ("subscribers.placed_as=nowhere", "unknown scenario 'nowhere'"),
        ("subscribers.placed_as=below/nowhere.yaml", "no such file"),
        ("subscribers.placed_as=7", "must be text"),
        ("networks[a].sites_off=[{}]", "must have sites, share or sites_file"),
        ("networks[a].sites_off=[{share: 1.5}]", "must be 0 to 1"),
        ("networks[a].sites_off=[{sites_file: gone.csv}]", "no such file"),
        ("networks[a].sites_off=[{share: 1, begin: noon}]", "must be a date and time such as"),
        ("networks[a].sites_off=[{share: 1, begin: 2022-02-30 10:00}]", "of the calendar"),
        (
            "networks[a].sites_off=[{share: 1, begin: 2022-11-16 20:00, end: 2022-11-16 19:00}]",
            "must be after begin",
        ),
        ("networks[a].reference_sites={}", "must have sites, sites_file or n_sites"),
        ("networks[a].reference_sites={n_sites: -1}", "must be 0 to 100000"),
        ("networks[a].reference_sites={sites_file: gone.csv}", "no such file"),
        (
            "networks[a].reference_sites={sites: [{name: x, x_km: 99, y_km: 1}]}",
            "the plain's width_km",
        ),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(folder, override, message):
    with pytest.raises(ScenarioError, match=message):
        references(override)
