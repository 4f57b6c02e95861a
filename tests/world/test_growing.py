"""The world of a date lies inside the world of a later one, site by site and line by line, whatever the rule."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from sim.runs.timeline.course import Course
from sim.scenario.load import load_scenario
from sim.scenario.paths import override_of
from sim.world.build import build_world

COUNTRY = """
name: country
seed: 3
region: REGION
grid: {resolution_m: 2000}
population: {total: 1400000}
subscribers:
  classes: [{name: resident, share: 0.7}, {name: trader, share: 0.3}]
  devices: [{name: phone, share: 0.6}, {name: modem, share: 0.4}]
networks:
  - {name: a, n_subscribers: 0, sold_within_km: 6, placement: {rule: RULE, town_spacing_km: 3}}
  - {name: b, n_subscribers: 0, sold_within_km: 6, placement: {rule: RULE, town_spacing_km: 3}}
timeline:
  changes:
    - {date: 2012-05-01, set: {"networks[b].n_sites": 7, "networks[b].n_subscribers": 800}, source: assumption}
    - {date: 2013-01-01, set: {"networks[b].n_sites": 15, "networks[b].n_subscribers": 1500}, source: assumption}
  counts:
    - name: a_lines
      path: networks[a].n_subscribers
      table:
        - {date: 2010-01-01, value: 500, source: assumption}
        - {date: 2014-01-01, value: 6000, source: assumption}
    - name: a_sites
      path: networks[a].n_sites
      table:
        - {date: 2010-01-01, value: 4, source: assumption}
        - {date: 2014-01-01, value: 40, source: assumption}
"""


def world_at(loaded, day, *more):
    """The world of a date, as `years` has it."""
    settings = {**Course(loaded.scenario).settings(date.fromisoformat(day)), **dict(more)}
    words = [override_of(path, value).text for path, value in settings.items()]
    there = load_scenario(loaded.path, words)
    return build_world(there.scenario, there.folder)


def sites(world):
    s = world.sites
    rows = zip(s.name, s.x_m.tolist(), s.y_m.tolist(), s.network_idx.tolist(), strict=True)
    return {name: tuple(rest) for name, *rest in rows}


def lines(world):
    s = world.subscribers
    kept = (s.square_idx, s.point_idx, s.network_idx, s.class_idx, s.device_idx)
    columns = zip(*(one.tolist() for one in kept), strict=True)
    return dict(zip(s.subscriber_id.tolist(), columns, strict=True))


def lies_inside(small, large):
    """Whether one world is a part of another one, and smaller."""
    return all(of(small).items() < of(large).items() for of in (sites, lines))


PLAIN = "{source: plain, width_km: 60, height_km: 60}"
KANGWON = "{source: north_korea, provinces: [KP-07]}"
REGIONS = {"history": KANGWON, "demand": KANGWON, "coverage": PLAIN}
"""Of each rule: the last asks for no towns."""


@pytest.fixture(params=REGIONS)
def loaded(request, tmp_path):
    path = tmp_path / "country.yaml"
    rule = request.param
    path.write_text(
        COUNTRY.replace("RULE", rule).replace("REGION", REGIONS[rule]), encoding="utf-8"
    )
    return load_scenario(path)


DAYS = ("2010-02-10", "2010-03-20", "2012-05-02", "2013-11-11")


def test_a_date_lies_inside_every_later_one(loaded):
    worlds = [world_at(loaded, day) for day in DAYS]
    for before, after in pairwise(worlds):
        assert lies_inside(before, after)
    last = worlds[-1].sites.network_idx
    assert (last == 1).sum() == 15
    assert (last == 0).sum() > 35


def test_stages_with_the_same_sites_are_as_none(loaded):
    day, settled = "2013-11-11", [("networks[b].sold_by_stage", [])]
    stages = [{"n_subscribers": n, "n_sites": 39} for n in (7, 1_000, 3_000)]
    split, whole = (
        world_at(loaded, day, *settled, ("networks[a].sold_by_stage", one)) for one in (stages, [])
    )
    assert lines(split) == lines(whole)


def test_without_stages_of_selling_people_would_move(loaded):
    """What the years set is what keeps them: without it the test above fails."""
    none = [(f"networks[{name}].sold_by_stage", []) for name in ("a", "b")]
    before, after = (world_at(loaded, day, *none) for day in ("2010-02-10", "2013-11-11"))
    assert sites(before).items() < sites(after).items()
    old, new = lines(before), lines(after)
    assert sum(new[line] != old[line] for line in old) > 100


def test_lines_live_where_there_was_a_site_when_they_were_sold(loaded):
    early, late = world_at(loaded, "2010-03-20"), world_at(loaded, "2013-11-11")
    first = [line for line in lines(early) if line < 500]
    assert first
    home = lines(late)
    own = [(x, y) for x, y, _ in list(sites(late).values())[:4]]
    for line in first:
        x_m, y_m = (axis[home[line][0]] for axis in (late.grid.x_m, late.grid.y_m))
        assert min(np.hypot(x - x_m, y - y_m) for x, y in own) <= 6_000.0


def test_shadowing_of_a_site_does_not_hang_on_sites_of_other_networks():
    from sim.radio.shadowing import site_addresses

    few = site_addresses(np.array([0, 0, 1, 1, 1], np.uint8))
    many = site_addresses(np.array([0, 0, 0, 0, 1, 1, 1], np.uint8))
    assert few.tolist()[:2] == [0, 1]
    assert few.tolist()[2:] == many.tolist()[4:]
    assert len(set(many.tolist())) == len(many)


@pytest.mark.slow
def test_koryolink_of_2011_lies_inside_that_of_2012():
    """On coarse squares: the sites and the lines of the shipped roll-out."""
    loaded = load_scenario(
        "rollout_2008_2022", ["grid.resolution_m=5000", "subscribers.scale=0.02"]
    )
    before, after = (world_at(loaded, day) for day in ("2011-03-31", "2012-02-01"))
    assert (len(before.sites), len(after.sites)) == (341, 453)
    assert lies_inside(before, after)
