"""`latest` leads to the newest plain run, and whatever else is made leaves it where it is."""

from pathlib import Path

import pytest

from sim.runs import open_results, run_coverage, run_scenario, staff_scenario
from sim.runs.compare import compare

SCENARIO = """\
name: small
run: {duration_h: 0.1, warmup_h: 0, replications: 2}
region: {source: plain, width_km: 12, height_km: 6}
radio: {path_loss: {model: disc, radius_km: 8}}
networks:
  - {name: a, n_subscribers: 300, sites: [{name: a, x_km: 3, y_km: 3}]}
traffic: {erl_per_line: 0.02}
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def links(out: Path) -> dict[str, str]:
    found = (path for path in (out / "small").iterdir() if path.is_symlink())
    return {path.name: str(path.readlink()) for path in found}


def test_latest_leads_to_the_newest_plain_run(path, tmp_path):
    out = tmp_path / "results"
    for words in ({"seed": 2}, {"replications": 3}, {"overrides": ["traffic.erl_per_line=0.03"]}):
        run_scenario(path, out=out, **words)
        assert links(out) == {}
    plain = run_scenario(path, out=out)
    assert links(out) == {"latest": plain.folder.name}
    run_scenario(path, seed=2, out=out)  # there already, and made anew
    run_scenario(path, seed=2, out=out, force=True)
    assert links(out) == {"latest": plain.folder.name}
    # The same as the scenario's own is plain, and so is a scenario that was edited.
    (out / "small" / "latest").unlink()
    run_scenario(path, ["traffic.erl_per_line=0.02"], seed=1, replications=2, out=out)
    assert links(out) == {"latest": plain.folder.name}
    path.write_text(SCENARIO.replace("0.02", "0.04"))
    edited = run_scenario(path, out=out)
    assert links(out) == {"latest": edited.folder.name}
    assert open_results(out / "small" / "latest").folder == edited.folder


def test_the_scenario_of_another_folder_is_no_plain_run(path, tmp_path):
    out = tmp_path / "results"
    other = run_scenario(path, seed=2, out=out)
    run_scenario(other.folder / "scenario.yaml", out=out)
    run_scenario(other.folder / "scenario.yaml", out=out, force=True)
    assert links(out) == {}
    plain = run_scenario(path, out=out)
    (out / "small" / "latest").unlink()
    run_scenario(plain.folder / "scenario.yaml", out=out)
    assert links(out) == {"latest": plain.folder.name}


def test_comparisons_leave_it(path, tmp_path):
    out = tmp_path / "results"
    compare(str(path), str(path), ["traffic.erl_per_line=0.03"], out=out)
    assert links(out) == {}


def test_coverage_has_a_link_of_its_own(path, tmp_path):
    out = tmp_path / "results"
    run_coverage(path, ["radio.path_loss.radius_km=5"], out=out)
    assert links(out) == {}
    one = run_coverage(path, out=out)
    assert links(out) == {"latest_coverage": one.folder.name}
    several = run_coverage(path, replications=2, out=out)
    assert links(out) == {"latest_coverage": several.folder.name}


def test_staffings_keep_to_their_own_folder(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SCENARIO + """\
fixed:
  source: given
  exchanges:
    - {name: capital, n_lines: 50}
    - {name: east, n_lines: 110, is_manual: true, n_positions: 2}
  traffic: {busy_hour_calls_per_line: 2, toll_share: 0.2, mobile_share: 0.1}
switching: {trunk_groups: [{between: [a, fixed], n_circuits: 30}, {between: [capital, east], n_circuits: 6}]}
""")  # fmt: skip
    out = tmp_path / "results"
    staff_scenario(path, "exchange.wait_s <= 60", replications=1, out=out)
    assert not (out / "small").exists()
    assert links(out / "staffing") == {}
    plain = staff_scenario(path, "exchange.wait_s <= 60", out=out)
    assert links(out / "staffing") == {"latest": plain.folder.name}
