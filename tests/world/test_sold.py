"""Whose sites sold the lines: other sites, and more lines, move nobody."""

import numpy as np
import pytest

from sim.errors import WorldError
from sim.scenario.load import load_scenario
from sim.world.build import build_world

SCENARIO = """
name: town
region: {source: plain, width_km: 30, height_km: 30}
grid: {resolution_m: 500}
population: {total: 20000}
networks:
  - name: a
    n_subscribers: 4000
    sold_within_km: 3
    sites:
      - {name: a1, x_km: 5, y_km: 5}
      - {name: a2, x_km: 15, y_km: 15}
      - {name: a3, x_km: 25, y_km: 25}
  - {name: b, n_subscribers: 3000, sold_within_km: 3, n_sites: 8}
"""


@pytest.fixture
def world_of(tmp_path):
    path = tmp_path / "town.yaml"
    path.write_text(SCENARIO, encoding="utf-8")

    def make(*overrides):
        loaded = load_scenario(path, overrides)
        return build_world(loaded.scenario, loaded.folder)

    return make


def homes(world):
    lines = world.subscribers
    kinds = zip(lines.square_idx.tolist(), lines.class_idx.tolist(), strict=True)
    return dict(zip(lines.subscriber_id.tolist(), kinds, strict=True))


FEWER = "networks[a].sites=[{name: a3, x_km: 25, y_km: 25}]"


def test_taking_sites_away_moves_nobody(world_of):
    before, after = world_of(), world_of(FEWER, "networks[b].n_sites=5")
    assert len(after.sites) == 6 < len(before.sites)
    assert homes(after) == homes(before)
    assert any("reference_sites" in note for note in after.notes)
    assert not any("reference_sites" in note for note in before.notes)


def test_otherwise_they_would_crowd_around_what_is_left(world_of):
    moved = homes(world_of(FEWER, "subscribers.placed_as=own"))
    before = homes(world_of())
    assert sum(moved[line] != before[line] for line in before) > 1_000


def test_more_lines_leave_everybody_where_they_are(world_of):
    before, after = homes(world_of()), homes(world_of("networks[a].n_subscribers=5000"))
    assert len(after) == len(before) + 1_000
    assert {line: after[line] for line in before} == before


def test_rows_of_a_province_grow_at_their_end_alone(world_of):
    few, many = (world_of(f"networks[a].n_subscribers={n}").subscribers for n in (4_000, 5_000))
    assert np.array_equal(many.subscriber_id[:4_000], few.subscriber_id[:4_000])


def test_reference_sites_that_do_not_fit_are_named_as_such(world_of):
    with pytest.raises(WorldError, match=r"networks\[b\]\.reference_sites: n_sites = 9,000"):
        world_of("networks[b].reference_sites={n_sites: 9000}")
