"""One round finds all that can be found: keys, rules between them, and the world of the sections that are sound."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.errors import SimError
from sim.runs.feasible import load_or_refuse, require_feasible

BASE = """\
name: islands
run: {duration_h: 1}
region: {source: plain, width_km: 10, height_km: 10}
grid: {resolution_m: 500}
networks:
  - name: a
    n_subscribers: 10
    sites_file: sites.csv
  - {name: b, n_subscribers: 10, sites: [{name: east, x_km: 9, y_km: 5}]}
fixed:
  source: given
  rotas_file: rotas.csv
  trunk_groups_file: groups.csv
  exchanges: [{name: city, n_lines: 10}, {name: hill, is_manual: true, n_lines: 5}]
traffic: {erl_per_line: 0.02}
"""
PLACED = """\
name: islands
region: {source: plain, width_km: 10, height_km: 10}
population: {total: 900}
grid: {resolution_m: 500}
networks: [{name: a, n_subscribers: 10, n_sites: 400}]
"""
TABLES = {
    "sites": "name,x_km,y_km\nwest,5,5\n",
    "rotas": "exchange,hour,n_operators\nhill,8,1\n",
    "groups": "a,b,n_circuits\na,city,3\n",
}
FAR = {"sites": "name,x_km,y_km\nwest,50,5\n"}
NEVER = {"rotas": "exchange,hour,n_operators\nhill,24,1\n"}
NOWHERE = {"groups": "a,b,n_circuits\na,hil,3\n"}
SAID_FAR = "sites.csv:2: x_km = 50, y_km = 5"
SAID_NEVER = "rotas.csv:2: hour = '24': must be a whole number, 0 to 23"
SAID_NOWHERE = "groups.csv:2: 'hil': unknown network or exchange; did you mean 'hill'?"


@pytest.fixture
def said(tmp_path, monkeypatch):
    """Write a scenario and its tables; what is wrong with them, as `check` tells it."""
    monkeypatch.chdir(tmp_path)

    def check(text, **tables):
        Path("islands.yaml").write_text(text, encoding="utf-8")
        for name, table in (TABLES | tables).items():
            Path(f"{name}.csv").write_text(table, encoding="utf-8")
        with pytest.raises(SimError) as caught:
            require_feasible(load_or_refuse("islands.yaml"))
        return [str(one) for one in caught.value.problems]

    return check


def starts(found, *begins):
    assert len(found) == len(begins), found
    for one, begin in zip(found, begins, strict=True):
        assert one.startswith(begin), one


def test_nothing_is_wrong_with_it(said):
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        said(BASE)


def test_four_kinds_of_mistakes_take_one_round(said):
    """A misspelt key, a number out of range, a rule between keys, and the world: tables and places."""
    text = BASE.replace("duration_h: 1", "duration_hours: 1, warmup_h: -1")
    shares = "voice: {destination: {other_network_share: 1, fixed_share: 1}}"
    starts(
        said(text.replace("erl_per_line: 0.02", shares), **NEVER, **FAR),
        "islands.yaml:2:7: run.duration_hours: unknown key; did you mean 'duration_h'?",
        "islands.yaml:2:36: run.warmup_h = -1: must be 0 to 168",
        "islands.yaml:15:32: traffic.voice.destination: other_network_share and fixed_share sum to 2:",
        SAID_NEVER,
        SAID_FAR,
    )


def test_a_typo_elsewhere_hides_no_table_of_sites(said):
    starts(
        said(BASE.replace("erl_per_line", "erl_per_lime"), sites="name,x_km,y_km\nwest,5,high\n"),
        "islands.yaml:15:11: traffic.erl_per_lime: unknown key; did you mean 'erl_per_line'?",
        "sites.csv:2",
    )


def test_exchanges_are_looked_at_where_the_sites_are_right(said):
    text = BASE.replace("duration_h: 1", "duration_h: -1")
    starts(said(text, **NOWHERE), "islands.yaml:2:19: run.duration_h = -1", SAID_NOWHERE)
    starts(said(text, **NOWHERE, **FAR), "islands.yaml:2:19: run.duration_h = -1", SAID_FAR)


def test_of_a_section_that_is_wrong_nothing_else_is_said(said):
    """Its numbers are not those of the user: here sites may lie in another region."""
    text = BASE.replace("width_km: 10", "width_km: -10")
    starts(said(text, **NEVER, **FAR), "islands.yaml:3:35: region.width_km", SAID_NEVER)
    text = BASE.replace("resolution_m: 500", "resolution_m: 5")
    starts(said(text, **NEVER, **FAR), "islands.yaml:4:22: grid.resolution_m = 5", SAID_NEVER)


def test_where_keys_are_right_tables_and_places_are_told_together(said):
    starts(said(BASE, **NEVER, **FAR), SAID_NEVER, SAID_FAR)


def test_squares_that_do_not_fit_are_not_made(said, monkeypatch):
    monkeypatch.setattr("sim.runs.feasible.make_grid", lambda *_: pytest.fail("made"))
    text = BASE.replace("resolution_m: 500", "resolution_m: 25")
    text = text.replace("width_km: 10, height_km: 10", "width_km: 2000, height_km: 1500")
    too_many = "islands.yaml:4:22: grid.resolution_m"
    starts(said(text), too_many)
    starts(said(text.replace("duration_h: 1", "x: 1")), "islands.yaml:2:7: run.x: unknown key", too_many)  # fmt: skip
    # Whether they fit with the radio of the user nobody knows.
    text = text.replace("25}", "25}\nradio: {n_candidates: 7}")
    starts(said(text), "islands.yaml:5:23: radio.n_candidates = 7")


def test_check_and_run_tell_the_same(said, tmp_path):
    found = said(BASE.replace("duration_h", "durations_h"), **FAR)
    assert len(found) == 2
    for command in ("check", "run"):
        result = CliRunner().invoke(main, [command, "islands.yaml"])
        assert result.exit_code == 2
        assert result.stderr.splitlines()[-2:] == found
    assert not Path("results").exists()


def test_a_region_without_a_square_is_refused_before_a_world_is_made(said):
    text = PLACED.replace("resolution_m: 500", "resolution_m: 10000").replace("_km: 10", "_km: 4")
    starts(
        said(text), "islands.yaml: grid.resolution_m: 10000 leaves province plain without a square"
    )


@pytest.mark.parametrize("command", ["check", "run"])
def test_sites_that_find_no_room_are_refused_and_nothing_is_called_in_order(
    tmp_path, monkeypatch, command
):
    monkeypatch.chdir(tmp_path)
    Path("islands.yaml").write_text(PLACED, encoding="utf-8")
    result = CliRunner().invoke(main, [command, "islands.yaml"])
    assert result.exit_code == 2
    assert "islands.yaml: networks[a]: n_sites = 400: room for only" in result.stderr
    assert "in order" not in result.stdout
    assert not list(Path().glob("results/*/*/manifest.json"))
