"""Shipped sweeps can be planned, and the page of sweeps shows one that loads."""

import re
from pathlib import Path

import pytest

from sim.runs.sweeps.plan import load_sweep, make_plan
from sim.scenario.sweep_design import points_of

ROOT = Path(__file__).parents[2]
SWEEPS = sorted((ROOT / "scenarios" / "sweeps").glob("*.yaml"))


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_a_shipped_sweep_is_named_as_its_file_and_can_be_planned(path):
    loaded = load_sweep(path)
    assert loaded.sweep.name == path.stem
    plan = make_plan(loaded)
    assert len({run.run_id for run in plan.runs}) == len(points_of(loaded.sweep)) > 1


def test_penetration_covers_what_was_published():
    plan = make_plan(load_sweep("penetration"))
    shares = {point.values[1] for point in plan.points}
    assert {0.5, 0.8} <= shares
    lines = {
        point.values[1]: sum(v for p, v in point.settings if p.endswith("n_subscribers"))
        for point in plan.points
    }
    assert lines[0.8] == 15_600_000
    sites = {sum(v for p, v in point.settings if p.endswith("n_sites")) for point in plan.points}
    assert sites == {750, 1050, 1500, 2100}


def test_the_example_of_the_page_loads(tmp_path):
    page = (ROOT / "docs" / "sweeps.md").read_text("utf-8")
    block, *_ = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "sweeps").mkdir()
    (tmp_path / "two_cells.yaml").write_text((ROOT / "scenarios" / "two_cells.yaml").read_text())
    path = tmp_path / "sweeps" / "quick.yaml"
    path.write_text(block)
    assert len(make_plan(load_sweep(path)).runs) == 12
