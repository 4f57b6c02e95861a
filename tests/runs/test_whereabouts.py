"""Where lines are by the hour reaches the results folder, its figures and every output."""

from collections import Counter

import numpy as np
import pytest

from sim.report import draw
from sim.report.folder import read_run
from sim.report.style import paper_style
from sim.runs import run_scenario
from tests.report.layout import nothing_overlaps

N_LINES = 4_000
TEXT = f"""\
name: fields
run: {{start: 2022-11-16 06:50, duration_h: 0.3, warmup_h: 0.05, replications: 1}}
region: {{source: plain, width_km: 12, height_km: 6}}
networks:
  - {{name: net, n_subscribers: {N_LINES}, n_sites: 2}}
radio: {{path_loss: {{model: disc, radius_km: 4}}}}
subscribers: {{scale: 0.5}}
traffic:
  places:
    - name: field
      share: 0.5
      squares: countryside
      other_county_share: 0
      other_province_share: 0
      daily: [{", ".join(["0.1"] * 7 + ["0.8"] * 11 + ["0"] * 6)}]
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fields")
    (folder / "fields.yaml").write_text(TEXT)
    return run_scenario(folder / "fields.yaml", out=folder / "results")


def test_every_hour_has_all_lines(run):
    rows = run.table("population_by_hour").to_pylist()
    hours, away = Counter(), Counter()
    for row in rows:
        hours[row["hour"]] += row["n_lines"]
        away[row["hour"]] += row["n_lines"] * (row["at"] == "field")
    assert hours == dict.fromkeys(range(24), N_LINES)
    # Half of the 2,000 simulated ones have a field, each stands for two: within three standard deviations.
    for hour, share in ((3, 0.05), (12, 0.4), (20, 0.0)):
        error = 3.0 * 2.0 * np.sqrt(2_000 * share * (1.0 - share))
        assert abs(away[hour] - N_LINES * share) <= error
    squares = run.table("lines_by_square")
    assert squares.num_rows == run.table("coverage").num_rows
    for name in ("n_lines_fewest_away", "n_lines_most_away"):
        assert sum(squares[name].to_pylist()) == N_LINES
    assert squares["n_lines_fewest_away"] != squares["n_lines_most_away"]


def test_outputs_say_that_places_are_modelled_and_figures_can_be_read(run):
    facts = read_run(run.folder)
    assert any("not at home (field) is modelled, not observed" in note for note in facts.notes)
    with paper_style():
        made = {one.name: one.draw(run.folder, facts) for one in draw._wanted(run.folder)}
        for name in ("population_by_hour", "population_map"):
            nothing_overlaps(made[name].figure)
    caption = " ".join(made["population_by_hour"].caption.split())
    assert "most at 7 h" in caption
    assert "fewest at 18 h, 0.0 %" in caption
    assert len(made["population_by_hour"].data.rows) == 24
