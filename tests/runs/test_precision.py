"""Replications are added until measures are known: the same however they are run, and honest where it fails."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.errors import SimError
from sim.runs import RunInterruptedError, run_scenario
from sim.runs.feasible import require_feasible
from sim.runs.once import make_setting
from sim.runs.preview import preview_overrides
from sim.runs.progress import Extent, Progress
from sim.runs.replications import _Calls
from sim.runs.store import Store
from sim.runs.summary import KEYS
from sim.scenario.load import load_scenario

SHORT = ("run.duration_h=1", "run.warmup_h=auto", "run.records.calls=none")
WIDTH = 0.15
BLOCKING = "{{measure: voice.blocking, relative_half_width: {}, at_most: {}}}"
TABLES = ("replications.parquet", "measures.parquet", "summary.json")


def until(width: float, at_most: int = 100) -> str:
    return f"run.precision={BLOCKING.format(width, at_most)}"


class _Untouched(Progress):
    """Fails where anything is simulated."""

    def begin_replications(self, extent: Extent) -> None:
        raise AssertionError(f"{extent.length} are about to be simulated")


class _Interrupted(Progress):
    """Stops a run after some replications."""

    def __init__(self, after: int) -> None:
        self._left = after

    def finish_replication(self, replication: int) -> None:  # noqa: ARG002
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A run that needed more replications than the first ten."""
    return run_scenario("two_cells", [*SHORT, until(WIDTH)], out=tmp_path_factory.mktemp("known"))


def test_replications_are_added_until_the_interval_is_and_stays_narrow(known):
    precision, manifest = known.manifest["precision"], known.manifest
    (one,) = precision["measures"]
    assert precision["is_reached"]
    assert one["relative_half_width"] <= WIDTH
    assert 10 < precision["n_replications"] == manifest["replications"]
    assert precision["n_simulated"] == precision["n_replications"] + 5
    entries = json.loads((known.folder / "summary.json").read_text())["measures"]
    (entry,) = [e for e in entries if [e[k] for k in KEYS] == ["voice.blocking", *["all"] * 4]]
    assert {name: entry[name] for name in ("value", "low", "high")} == {
        name: one[name] for name in ("value", "low", "high")
    }
    assert "Precision is reached after" in str(known)


def same_bytes(one, other) -> bool:
    return all((one.folder / n).read_bytes() == (other.folder / n).read_bytes() for n in TABLES)


def test_interrupted_and_with_more_replications_than_count_it_gives_the_same_bytes(known, tmp_path):
    words = ("two_cells", [*SHORT, until(WIDTH)])
    with pytest.raises(RunInterruptedError, match="12 of 15 replications are kept"):
        run_scenario(*words, out=tmp_path, progress=_Interrupted(12))
    # What other processes have finished when it is enough.
    loaded = load_scenario(*words)
    store = Store(tmp_path, "two_cells", known.manifest["id"])
    work = _Calls(make_setting(loaded), store)
    n_known = known.manifest["precision"]["n_simulated"]
    for k in (14, n_known + 1, n_known + 2):
        work(k, Progress())
    again = run_scenario(*words, out=tmp_path)
    assert same_bytes(again, known)
    assert again.manifest["precision"] == known.manifest["precision"]


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [2, 4])
def test_side_by_side_it_gives_the_same_bytes(known, tmp_path, jobs):
    again = run_scenario("two_cells", [*SHORT, until(WIDTH)], out=tmp_path, jobs=jobs)
    assert same_bytes(again, known)
    assert again.manifest["precision"] == known.manifest["precision"]


def test_it_is_the_run_of_so_many_replications(known, tmp_path):
    n = known.manifest["replications"]
    fixed = run_scenario("two_cells", SHORT, replications=n, out=tmp_path)
    assert (fixed.folder / TABLES[0]).read_bytes() == (known.folder / TABLES[0]).read_bytes()


def test_what_is_not_reached_is_said_everywhere(tmp_path):
    result = run_scenario(
        "two_cells",
        ["run.duration_h=0.2", "traffic.sources[between].offered_erl=0.001",
         "run.precision=[{measure: voice.blocking, half_width: 0.2, at_most: 15},"
         "{measure: voice.dropping, relative_half_width: 0.5, at_most: 16}]"],
        out=tmp_path,
    )  # fmt: skip
    precision = result.manifest["precision"]
    assert not precision["is_reached"]
    assert result.manifest["replications"] == precision["at_most"] == 16
    assert [one["is_narrow"] for one in precision["measures"]] == [True, False]
    summary = json.loads((result.folder / "summary.json").read_text())
    for notes in (result.manifest["notes"], summary["notes"]):
        (note,) = [note for note in notes if "is not reached with 16 replications" in note]
        assert "voice.dropping is 0 so far, of which no width is a share" in note
    assert "is not reached with 16" in str(result).replace("\n", " ")


def told(overrides: list[str]) -> str:
    with pytest.raises(SimError) as caught:
        require_feasible(load_scenario("two_cells", overrides))
    return str(caught.value)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("{measure: voice.bloking, half_width: 1}", "did you mean 'voice.blocking'?"),
        ("{measure: xyzzy, half_width: 1}", "is no measure; measures: voice.intents, "),
        ("{measure: voice.blocking, half_width: 1, network: nat}", "did you mean 'net'?"),
        ("{measure: voice.blocking, half_width: 1, province: KP-01}", "provinces: all, plain"),
        ("{measure: voice.blocking, half_width: 1, trunk: a-b}", "does not stand by trunk"),
        ("{measure: coverage.area_share, half_width: 1}", "is the same in all replications"),
        ("{measure: data.sessions, half_width: 1}", "is not measured"),
        ("{measure: voice.blocking}", "must have one of relative_half_width or half_width"),
        ("{measure: voice.blocking, half_width: 1, at_most: 14}", "must be 15 to 100000"),
        (
            "[{measure: voice.blocking, half_width: 1}, {measure: voice.blocking, half_width: 2}]",
            "names the same measure",
        ),
    ],
)
def test_what_cannot_be_known_is_told_before_the_run(wanted, message):
    assert message in told([f"run.precision={wanted}"])


def test_what_the_world_does_not_have_is_told_before_anything_is_simulated(tmp_path):
    wanted = "run.precision={measure: exchange.wait_s, half_width: 1}"
    with pytest.raises(
        SimError, match=r"run\.precision\[0\]\.measure = 'exchange\.wait_s': is not measured"
    ):
        run_scenario("two_cells", [wanted], out=tmp_path, progress=_Untouched())
    assert not list(tmp_path.iterdir())


def test_of_replications_and_precision_the_last_given_counts(tmp_path):
    both = f"base: two_cells\nname: x\nrun: {{replications: 3, precision: {BLOCKING.format(0.1, 20)}}}\n"
    (tmp_path / "both.yaml").write_text(both)
    with pytest.raises(
        SimError, match=r"both\.yaml:3:\d+: run\.precision: must not be given together"
    ):
        load_scenario(tmp_path / "both.yaml")
    (tmp_path / "one.yaml").write_text(both.replace("replications: 3, ", ""))

    def run(*overrides):
        return load_scenario(tmp_path / "one.yaml", overrides).scenario.run

    assert run().n_replications == (15, 20)  # over the base's five
    assert run("run.replications=3").n_replications == (3, 3)
    assert run("run.replications=3", until(0.2, 30)).n_replications == (15, 30)
    assert run(*preview_overrides(tmp_path / "one.yaml")).n_replications == (1, 1)


def test_the_published_scenario_asks_for_the_same(known):
    again = load_scenario(known.folder / "scenario.yaml").scenario.run
    assert again == load_scenario("two_cells", [*SHORT, until(WIDTH)]).scenario.run


def test_check_says_how_many_it_may_be():
    words = ["check", "two_cells", "--set", until(0.05, 60)]
    shown = CliRunner().invoke(main, words).output
    assert "15 to 60 of them, until measures are known" in " ".join(shown.split())


def test_memory_is_reckoned_for_the_most_replications():
    few, many = (
        require_feasible(load_scenario("two_cells", [until(0.05, n)])).of_results for n in (20, 100)
    )
    assert many == 5 * few


def test_progress_says_that_there_may_be_more():
    extent = Extent.of_run(load_scenario("two_cells", [until(0.05)]).scenario)
    assert (extent.length, extent.position) == (
        "15 to 100 replications",
        "replication 1 of 15 or more",
    )
    extent.n_total = 100
    assert (extent.length, extent.position) == ("100 replications", "replication 1 of 100")


def test_staffing_asks_for_a_number(tmp_path):
    words = [
        "staff",
        "manual_exchange_storm",
        "--target",
        "exchange.wait_s <= 30",
        "--out",
        str(tmp_path),
    ]
    done = CliRunner().invoke(main, [*words, "--set", until(0.05)])
    assert done.exit_code == 2
    assert "give --replications" in done.output
    assert not list(Path(tmp_path).iterdir())
