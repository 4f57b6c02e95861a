"""A quick look: coarse, short, labelled, and never taken for a run."""

from click.testing import CliRunner

from sim.cli import main
from sim.runs import open_results
from sim.runs.preview import preview_overrides
from sim.scenario.load import load_scenario


def test_a_preview_is_coarser_shorter_and_has_a_name_of_its_own():
    more = preview_overrides("national_2022", ["networks[koryolink].n_sites=500"])
    scenario = load_scenario("national_2022", more).scenario
    assert scenario.name == "national_2022_preview"
    assert scenario.run.is_preview
    assert (scenario.run.replications, scenario.run.duration_h, scenario.warmup_h) == (
        1,
        0.25,
        0.1,
    )
    assert scenario.grid.resolution_m == 1000
    assert scenario.networks[0].n_sites == 500
    assert not load_scenario("national_2022").scenario.run.is_preview


def test_short_runs_on_plains_stay_as_short_and_as_fine():
    scenario = load_scenario(
        "two_cells", preview_overrides("two_cells", ["run.duration_h=0.1"])
    ).scenario
    plain = load_scenario("two_cells").scenario
    assert scenario.run.duration_h == 0.1
    assert scenario.grid.resolution_m == plain.grid.resolution_m


def test_a_preview_says_so_and_moves_no_link(tmp_path):
    for command in ("run", "coverage"):
        words = [command, "invented_valley", "--preview", "--quiet", "--out", str(tmp_path)]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
        result = open_results(done.stdout.strip().splitlines()[-1])
        assert result.folder.parent.name == "invented_valley_preview"
        assert any(note.startswith("PREVIEW, no result") for note in result.manifest["notes"])
        assert "PREVIEW, no result" in str(result)
    assert not (tmp_path / "invented_valley").exists()
