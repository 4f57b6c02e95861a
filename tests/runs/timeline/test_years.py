"""The years of a small country: one hour at each date, the same people and draws, told beside what was published."""

import csv

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.runs import run_years
from sim.runs.text_tables import recorded_text
from sim.runs.timeline.course import Course
from sim.runs.timeline.found import _beside
from sim.runs.timeline.study import make_years
from sim.scenario.load import load_scenario
from sim.scenario.sweep_design import points_of
from sim.scenario.timeline_section import Published

COUNTRY = """
name: country
region: {source: plain, width_km: 12, height_km: 12}
grid: {resolution_m: 1000}
population: {total: 20000}
run: {start: 2022-11-16 19:00, duration_h: 0.1, warmup_h: 0.05, replications: 2}
radio: {path_loss: {model: disc, radius_km: 3}}
networks:
  - {name: a, n_subscribers: 0, sold_within_km: 4, placement: {rule: coverage},
     equipment: {n_sectors: 1, n_channels: 3}}
timeline:
  counts:
    - name: lines
      path: networks[a].n_subscribers
      table:
        - {date: 2010-01-01, value: 300, source: assumption}
        - {date: 2014-01-01, value: 3000, source: assumption}
    - name: sites
      path: networks[a].n_sites
      curve: step
      table:
        - {date: 2010-01-01, value: 1, source: assumption}
        - {date: 2012-01-01, value: 3, source: assumption}
  published:
    - {date: 2012-01-01, quantity: n_sites, value: 3, source: assumption}
    - {date: 2012-01-01, quantity: coverage.area_share, value: 0.99, low: 0.98, high: 1.0, source: assumption}
    - {date: 2013-06-01, quantity: coverage.area_share, value: 0.5, source: assumption}
  dates: [2010-01-01, 2012-01-01, 2014-01-01]
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("country") / "country.yaml"
    path.write_text(COUNTRY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def years(file):
    return run_years(file, shard="1/1", out=file.parent / "results")


def series(found, quantity):
    return [one["value"] for one in found["rows"] if one["quantity"] == quantity]


def test_each_date_has_its_sites_lines_and_hour(years):
    found = years.found
    assert found["dates"] == ["2010-01-01", "2012-01-01", "2014-01-01"]
    assert series(found, "n_sites") == [1, 3, 3]
    assert series(found, "n_subscribers") == [300, 1649, 3000]
    area = series(found, "coverage.area_share")
    assert area[0] < area[1] == area[2]
    carried = [one for one in found["rows"] if one["quantity"] == "voice.carried_erl"]
    assert all(one["low"] < one["value"] < one["high"] for one in carried)


def test_published_numbers_stand_beside_the_simulated(years):
    given, missed, not_run = years.found["published"]
    assert (given["simulated"], given["is_given"]) == (3, True)
    assert missed["simulated"] == pytest.approx(series(years.found, "coverage.area_share")[1])
    assert not_run["simulated"] is None
    text = recorded_text(years.shown())
    for word in ("given", "missed", "not run", "2014-01-01", "3,000"):
        assert word in text


def test_a_second_time_nothing_is_run_and_a_published_number_may_be_another(file, years):
    again = run_years(file, shard="1/1", out=file.parent / "results")
    assert not again.is_new
    assert again.folder == years.folder
    word = (
        "timeline.published=[{date: 2012-01-01, quantity: n_sites, value: 4, source: assumption}]"
    )
    other = run_years(file, [word], shard="1/1", out=file.parent / "results")
    assert [one["value"] for one in other.found["published"]] == [4]
    assert (other.folder, other.is_new) == (years.folder, False)
    assert "given otherwise" in recorded_text(other.shown())


def test_a_run_of_a_date_is_that_of_the_scenario_with_its_values(file, years):
    """What `years` keeps of a date is a run like any other: with one date less it is not run again."""
    fewer = run_years(
        file, dates=["2010-01-01", "2014-01-01"], shard="1/1", out=file.parent / "results"
    )
    own = pq.read_table(fewer.folder / "sweep.parquet").column("run_id").to_pylist()
    all_ = pq.read_table(years.folder / "sweep.parquet").column("run_id").to_pylist()
    assert set(own) < set(all_)


def test_the_command_draws_and_tells(file, years):
    out = str(file.parent / "results")
    told = CliRunner().invoke(main, ["years", str(file), "--shard", "1/1", "--out", out])
    assert told.exit_code == 0, told.output
    assert "country at 3 dates" in told.output
    with (years.folder / "figures" / "years.csv").open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    assert {row["kind"] for row in rows} == {"simulated", "published"}
    assert (years.folder / "figures" / "years.pdf").is_file()
    planned = CliRunner().invoke(
        main, ["years", str(file), "--plan", "--every", "1y", "--out", out]
    )
    assert planned.exit_code == 0, planned.output
    assert "2013-01-01: a 3 placed sites, 2,325 lines" in planned.output
    wrong = CliRunner().invoke(main, ["years", str(file), "--measures", "voice.blocked"])
    assert wrong.exit_code == 2
    assert "is no measure" in wrong.output


def test_coverage_alone_says_nothing_of_lines_sold(file):
    points = points_of(make_years(file, with_calls=False).sweep.sweep)
    assert all("networks[a].sold_by_stage" not in dict(point.settings) for point in points)


@pytest.mark.parametrize(
    ("networks", "values", "found"),
    [(("a", "b"), {"all": 0.9, "a": 0.7, "b": 0.4}, 0.9), (("a",), {"a": 0.7}, 0.7)],
)
def test_what_was_published_of_all_is_beside_that_of_all(file, networks, values, found):
    one = Published(
        date="2012-01-01", quantity="coverage.area_share", value=0.9, source="assumption"
    )
    rows = [
        {"date": one.date, "quantity": one.quantity, "network": name, "value": value}
        for name, value in values.items()
    ]
    scenario = load_scenario(file).scenario
    (network,) = scenario.networks
    named = tuple(network.model_copy(update={"name": name}) for name in networks)
    course = Course(scenario.model_copy(update={"networks": named}))
    assert _beside(one, course, rows)["simulated"] == found
