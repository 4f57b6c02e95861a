"""How many flows and messages are expected, by hand and where memory is estimated."""

import pytest

from sim.errors import SimError
from sim.runs.effort import expected_flows, expected_messages
from sim.runs.feasible import require_feasible
from sim.scenario.load import load_scenario

SCENARIO = """\
name: data
run: {duration_h: 3, warmup_h: 1, start: "2024-01-01 12:00", replications: 1}
region: {source: plain, width_km: 6, height_km: 6}
networks:
  - {name: one, n_subscribers: 3000, sites: [{name: a, x_km: 3, y_km: 3, n_sectors: 1}]}
  - {name: two, n_subscribers: 1000, sites: [{name: b, x_km: 3, y_km: 3, n_sectors: 1}]}
radio: {capacity: wcdma}
subscribers:
  scale: 0.5
  classes: [{name: resident, share: 0.75}, {name: trader, share: 0.25}]
  devices: [{name: plain, share: 0.6}, {name: smart, share: 0.4, hsdpa_category: 6}]
traffic:
  profile: {daily: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}
  data:
    uses:
      - {name: web, sessions_per_line_h: 2, pages_mean: 5, devices: [smart]}
      - {name: mail, sessions_per_line_h: 1, devices: [smart], classes: [trader]}
    sources: [{name: stream, cell: a, offered_bps: 1e5, size: {law: fixed, mean_bit: 1e6}}]
  messages: {per_line_h: 0.5}
"""


def loaded(tmp_path, *overrides):
    path = tmp_path / "data.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return load_scenario(path, overrides)


def test_flows_and_messages_by_hand(tmp_path):
    scenario = loaded(tmp_path).scenario
    # An hour of warm-up at half of the busiest, then the busiest and two quarters; simulated lines stand for two each.
    busy_h = 0.5 + 1.0 + 0.25 + 0.25
    per_line_h = 2.0 * 5.0 * 0.4 + 1.0 * 0.4 * 0.25
    of_source = 1e5 / 1e6 * 3600.0 * 4.0
    assert expected_flows(scenario) == pytest.approx(4_000 * per_line_h * busy_h + of_source)
    assert expected_messages(scenario) == pytest.approx(4_000 * 0.5 * busy_h)


def test_too_many_flows_are_refused_but_not_where_only_coverage_is_asked_for(tmp_path):
    # Rows that files keep stay in memory.
    words = "traffic.data.sources[stream].offered_bps=2e8", "run.duration_h=2000"
    many = loaded(tmp_path, *words, "run.records.calls=all")
    with pytest.raises(SimError) as caught:
        require_feasible(many)
    (problem,) = caught.value.problems
    assert problem.where.endswith("run.duration_h")
    assert "flows, " in problem.message
    assert problem.message.endswith("shorten it, or lower the data and messages")
    require_feasible(many, with_calls=False)


def test_a_run_that_fits_is_allowed(tmp_path):
    require_feasible(loaded(tmp_path))
