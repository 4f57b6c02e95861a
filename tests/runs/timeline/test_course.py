"""What stands at a date: counts by table or curve, changes by then, and what cannot be is refused."""

from datetime import date

import pytest

from sim.errors import SimError
from sim.runs.timeline.course import Course
from sim.runs.timeline.dates import asked_dates
from sim.scenario.load import load_scenario

HEAD = """
name: town
region: {source: plain, width_km: 20, height_km: 20}
population: {total: 200000}
networks: [{name: a, n_subscribers: 100, n_sites: 2, sold_within_km: 5}]
sources: {S1: a document}
timeline:
"""


@pytest.fixture
def loaded(tmp_path):
    def load(timeline):
        path = tmp_path / "town.yaml"
        path.write_text(HEAD + timeline, encoding="utf-8")
        return load_scenario(path)

    return load


COUNT = """
  counts:
    - name: lines
      path: networks[a].n_subscribers
      {}
      table:
        - {{date: 2010-01-01, value: 100, source: S1}}
        - {{date: 2011-01-01, value: 465, source: S1}}
        - {{date: 2012-01-01, value: 900, source: S1}}
        - {{date: 2013-01-01, value: 1000, source: S1}}
"""


def at(scenario, day):
    return Course(scenario).settings(date.fromisoformat(day))


def test_a_table_is_read_between_its_dates(loaded):
    scenario = loaded(COUNT.format("")).scenario
    found = [at(scenario, day)["networks[a].n_subscribers"] for day in ("2009-12-31", "2010-01-11")]
    assert found == [0, 110]
    with pytest.raises(SimError, match=r"2013-01-02: the table ends on 2013-01-01"):
        at(scenario, "2013-01-02")


def test_a_step_keeps_the_last_count(loaded):
    scenario = loaded(COUNT.format("curve: step")).scenario
    found = [at(scenario, day)["networks[a].n_subscribers"] for day in ("2010-12-31", "2020-01-01")]
    assert found == [100, 1000]


def test_a_law_of_growth_goes_on(loaded):
    scenario = loaded(COUNT.format("curve: gompertz")).scenario
    found = [at(scenario, day)["networks[a].n_subscribers"] for day in ("2011-01-01", "2030-01-01")]
    assert found[0] == pytest.approx(465, abs=60)
    assert 1000 < found[1] < 1200


def test_changes_hold_from_their_day_on_and_the_later_one_counts(loaded):
    scenario = loaded("""
  changes:
    - {date: 2012-01-01, set: {traffic.erl_per_line: 0.03, "networks[a].n_sites": 5}, source: S1}
    - {date: 2011-01-01, set: {traffic.erl_per_line: 0.02}, source: assumption}
""").scenario
    early, middle, late = (at(scenario, day) for day in ("2010-12-31", "2011-01-01", "2012-01-01"))
    assert "traffic.erl_per_line" not in early
    assert middle["traffic.erl_per_line"] == 0.02
    assert late["traffic.erl_per_line"] == 0.03
    assert late["networks[a].n_sites"] == 5
    # The hundred lines were sold around the two sites of before.
    assert late["networks[a].sold_by_stage"] == [{"n_subscribers": 100, "n_sites": 2}]
    assert late["networks[a].placement.planned_sites"] == 5


def test_sites_that_sold_lines_may_not_go(loaded):
    scenario = loaded("""
  changes:
    - {date: 2012-01-01, set: {"networks[a].n_sites": 1}, source: S1}
""").scenario
    with pytest.raises(
        SimError, match=r"networks\[a\]\.n_sites: 1 on 2012-06-01, after 2: .*sites_off"
    ):
        at(scenario, "2012-06-01")


def test_every_mistake_of_a_timeline_is_told(loaded):
    with pytest.raises(SimError) as caught:
        loaded("""
  changes:
    - {date: 2012-02-30, set: {traffic.erl_per_lines: 0.03}, source: S2}
    - {date: 2012-01-01, set: {population.total: 5, run.start: 2012-01-01 10:00}, source: S1}
    - {date: 2012-01-01, set: {"networks[0].n_subscribers": 5}, source: S1}
    - {date: 2012-01-01, set: {"networks[a].n_sites": many}, source: S1}
    - {date: 2012-01-01, set: {"networks[a].n_sites": {value: 50}}, source: S1}
    - {date: 2012-01-01, set: {"networks[0].n_sites": 2.5}, source: S1}
  counts:
    - name: lines
      path: networks[0].n_subscribers
      curve: bass
      table: [{date: 2012-01-01, value: 5, source: S1}, {date: 2011-01-01, value: 4, source: S1}]
    - {name: rate, path: traffic.erl_per_line, launch: 2012-01-01,
       table: [{date: 2012-01-01, value: 5, source: S1}]}
  published:
    - {date: 2012-01-01, quantity: n_sites, network: al, value: 3, source: S1}
    - {date: 2012-01-01, quantity: n_sites, network: koryolink, value: 3, source: S1}
""")
    text = str(caught.value)
    for said in (
        "'2012-02-30': must be a date of the calendar",
        "unknown key of a scenario",
        "set.networks[a].n_sites = 'many': must be a whole number, 0 to",
        'set.networks[a].n_sites = {"value": 50}: must be a single value or a list, not a mapping',
        "set.networks[0].n_sites = 2.5: must be a whole number",
        "'S2': unknown source",
        "says where people or sites are",
        "must be the same at all dates",
        "is counted by lines; leave one of them out",
        "must be later than 2012-01-01 before it",
        "has 2 counts: a law of growth needs 4 or more",
        "must be a key of a whole number",
        "published[0].network = 'al': unknown network; did you mean 'all'?",
        "published[1].network = 'koryolink': unknown network; networks: all, any, a",
        "belongs to a law of growth; leave it out",
    ):
        assert said in text, said


def test_dates_are_those_of_the_timeline_or_as_asked(loaded):
    scenario = loaded(COUNT.format("")).scenario
    by_year = ["2010-01-01", "2011-01-01", "2012-01-01", "2013-01-01"]
    assert list(map(str, asked_dates(scenario, (), None))) == by_year
    assert list(map(str, asked_dates(scenario, (), "1y"))) == by_year
    for beyond in ("9000y", "9999999999d", "90000m"):
        ends = ["2010-01-01", "2013-01-01"]
        assert list(map(str, asked_dates(scenario, (), beyond))) == ends
    assert list(map(str, asked_dates(scenario, (), "18m"))) == [
        "2010-01-01",
        "2011-07-01",
        "2013-01-01",
    ]
    assert list(map(str, asked_dates(scenario, ("2011-05-01", "2010-05-01"), None))) == [
        "2010-05-01",
        "2011-05-01",
    ]
    for dates, every, said in (
        ((), "1w", "must be a number"),
        ((), "9" * 5000 + "d", "must be a number"),
        (("soon",), None, "must be dates"),
    ):
        with pytest.raises(SimError, match=said):
            asked_dates(scenario, dates, every)
    with pytest.raises(SimError, match="timeline: has nothing"):
        asked_dates(loaded("  {}").scenario, (), None)
