"""Runs from end to end: the same bytes however they are made, and nothing lost on the way."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sim.errors import SimError
from sim.runs import RunInterruptedError, run_coverage, run_scenario
from sim.runs.once import make_setting, run_once
from sim.runs.parquet import read_parquet
from sim.runs.progress import Progress
from sim.scenario.load import load_scenario
from tests.patience import HANG_S, wait_until

SHORT = ("run.duration_h=2",)
ROOT = Path(__file__).resolve().parents[2]


def data_files(folder: Path) -> dict[str, bytes]:
    """Everything but the manifest, which says when and how fast."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


def short_run(out: Path, *overrides: str, **options) -> Path:
    return run_scenario("erlang_b", (*SHORT, *overrides), replications=3, out=out, **options).folder


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    return short_run(tmp_path_factory.mktemp("results"))


def test_a_run_publishes_what_the_design_lists(published):
    names = {path.name for path in published.iterdir()}
    assert names == {
        "manifest.json", "scenario.yaml", "summary.json", "replications.parquet", "measures.parquet",
        "cells.parquet", "sites.parquet", "trunks.parquet", "timeseries.parquet", "periods.parquet",
        "coverage.parquet", "coverage_net.tif", "provinces.geojson", "calls",
    }  # fmt: skip
    manifest = json.loads((published / "manifest.json").read_text())
    assert manifest["id"].startswith(published.name)
    assert manifest["validation"] == "not run"
    assert "within one world" in manifest["interval"]
    assert manifest["replications"] == 3
    assert len(manifest["invariants_checked"]) > 3
    assert str(Path.home()) not in json.dumps(manifest["command"])
    assert set(manifest["files"]) == set(data_files(published))


def test_the_published_scenario_is_the_run_again(published, tmp_path):
    again = run_scenario(published / "scenario.yaml", out=tmp_path).folder
    assert data_files(again) == data_files(published)
    assert again.name == published.name


def test_outcomes_sum_to_attempts_in_the_files(published):
    rows = read_parquet(published / "replications.parquet").to_pylist()
    outcomes, attempts = {}, {}
    for row in rows:
        key = (row["replication"], row["network"], row["province"], row["class"])
        if row["cell"] == "all" and row["measure"] == "voice.attempts":
            attempts[key] = row["numerator"]
        elif row["cell"] == "all" and row["measure"].startswith("voice.outcome."):
            outcomes[key] = outcomes.get(key, 0.0) + row["numerator"]
    assert attempts == outcomes
    assert all(value > 0 for value in attempts.values())


def test_the_same_seed_gives_the_same_bytes(published, tmp_path):
    assert data_files(short_run(tmp_path)) == data_files(published)


def test_two_processes_give_the_same_bytes(published, tmp_path):
    assert data_files(short_run(tmp_path, jobs=2)) == data_files(published)


def test_processes_of_other_code_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.runs.replications.code_digest", lambda: "0" * 64)
    with pytest.raises(SimError, match="changed while it ran"):
        short_run(tmp_path / "results", jobs=2)
    assert not list((tmp_path / "results").iterdir())


def test_another_seed_gives_other_bytes(published, tmp_path):
    other = short_run(tmp_path, seed=2)
    assert other.name != published.name
    assert (
        data_files(other)["replications.parquet"] != data_files(published)["replications.parquet"]
    )


def test_replications_differ_from_each_other(published):
    rows = read_parquet(published / "replications.parquet").to_pylist()
    values = [
        row["value"]
        for row in rows
        if (row["measure"], row["network"], row["province"], row["cell"])
        == ("voice.offered_erl", "net", "all", "all")
    ]
    assert len(set(values)) == 3


class Stop(Progress):
    """Stops a run when a replication is finished, as Ctrl-C does."""

    def __init__(self, after: int) -> None:
        self.after = after

    def finish_replication(self, replication: int) -> None:
        if replication == self.after:
            raise KeyboardInterrupt


class Count(Progress):
    """Counts the replications that were computed."""

    def __init__(self) -> None:
        self.finished: list[int] = []

    def finish_replication(self, replication: int) -> None:
        self.finished.append(replication)


def test_an_interrupted_run_goes_on_where_it_stopped(published, tmp_path):
    with pytest.raises(RunInterruptedError, match=r"nothing was published\. 2 of 3 .* are kept"):
        short_run(tmp_path, progress=Stop(2))
    assert [path.name for path in (tmp_path / "erlang_b").iterdir()] == [
        f".partial-{published.name}"
    ]
    count = Count()
    assert data_files(short_run(tmp_path, progress=count)) == data_files(published)
    assert count.finished == [3]
    assert not list((tmp_path / "erlang_b").glob(".*"))


def test_a_forced_run_that_is_interrupted_keeps_nothing_and_harms_nothing(tmp_path):
    folder = short_run(tmp_path)
    before = data_files(folder)
    with pytest.raises(RunInterruptedError, match="No replication was kept"):
        short_run(tmp_path, force=True, progress=Stop(2))
    assert data_files(folder) == before
    assert not list((tmp_path / "erlang_b").glob(".*"))


def test_a_finished_run_is_not_run_again_unless_forced(published):
    count = Count()
    root = published.parent.parent
    again = run_scenario("erlang_b", SHORT, replications=3, out=root, progress=count)
    assert (again.folder, again.is_new, count.finished) == (published, False, [])
    before = data_files(published)
    forced = run_scenario("erlang_b", SHORT, replications=3, out=root, force=True, progress=count)
    assert (forced.folder, forced.is_new, count.finished) == (published, True, [1, 2, 3])
    assert data_files(published) == before


def test_coverage_alone(tmp_path):
    result = run_coverage("two_cells", out=tmp_path)
    networks = [network.name for network in load_scenario("two_cells").scenario.networks]
    names = {path.name for path in result.folder.iterdir()}
    assert names == {
        "manifest.json", "scenario.yaml", "summary.json", "replications.parquet",
        "measures.parquet", "sites.parquet", "coverage.parquet", "provinces.geojson",
        *(f"coverage_{network}.tif" for network in networks),
    }  # fmt: skip
    measures = json.loads((result.folder / "summary.json").read_text())["measures"]
    assert {entry["measure"] for entry in measures} == {
        "coverage.area_share", "coverage.population_share", "coverage.overlap", "coverage.distance_km",
        "coverage.distance_p05_km", "coverage.distance_p50_km", "coverage.distance_p95_km",
        "coverage.planner_area_share", "coverage.planner_population_share",
    }  # fmt: skip
    assert not run_coverage("two_cells", out=tmp_path).is_new


def test_a_mistake_leaves_nothing_behind(tmp_path):
    with pytest.raises(SimError):
        run_scenario("erlang_b", ["run.replications=0"], out=tmp_path / "results")
    with pytest.raises(SimError, match="jobs = 0"):
        run_scenario("erlang_b", jobs=0, out=tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_one_page_shows_the_flow():
    lines = (ROOT / "sim" / "runs" / "once.py").read_text().splitlines()
    assert len(lines) < 100
    tables = run_once(make_setting(load_scenario("two_cells", SHORT)), 1)
    assert tables.n_attempts > 0


N_REPLICATIONS = 300  # minutes: the run is stopped in time however late this process comes to it


def start(out: Path, *more: str) -> subprocess.Popen:
    """A run in a process group of its own, long enough to be stopped; it listens to Ctrl-C."""
    command = [sys.executable, "-m", "sim", "run", "erlang_b", "--set", "run.duration_h=2000"]
    # In the background of a shell Ctrl-C is ignored, and what is ignored is inherited.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [*command, "--replications", str(N_REPLICATIONS), "--out", str(out), *more],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)


def wait_for_replications(out: Path, n: int, process: subprocess.Popen) -> None:
    def go_on() -> None:
        assert process.poll() is None, f"ended too early: {process.communicate()[1]}"

    wait_until(lambda: len(list(out.glob("erlang_b/.partial-*/replication-*"))) >= n, go_on)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def members(group: int) -> list[int]:
    """Processes of a group that still run."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                if os.getpgid(int(path.name)) == group and is_running(int(path.name)):
                    found.append(int(path.name))
            except ProcessLookupError:
                continue
    return found


def wait_for_silence(group: int) -> None:
    """Every process of the group ends by itself; the resource tracker of Python last."""
    wait_until(lambda: not members(group))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to see processes")
@pytest.mark.parametrize("more", [pytest.param((), marks=pytest.mark.slow), ("--jobs", "2")])
def test_ctrl_c_ends_cleanly(tmp_path, more):
    process = start(tmp_path, *more)
    wait_for_replications(tmp_path, 2, process)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=HANG_S)
    assert process.returncode == 130, said
    assert "nothing was published" in said
    assert "replications are kept in" in said
    assert "Traceback" not in said
    wait_for_silence(process.pid)
    assert [path.name[:9] for path in (tmp_path / "erlang_b").iterdir()] == [".partial-"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to see processes")
def test_a_killed_run_goes_on_and_leaves_no_process(tmp_path):
    process = start(tmp_path, "--jobs", "2")
    wait_for_replications(tmp_path, 2, process)
    process.kill()
    process.communicate(timeout=HANG_S)
    wait_for_silence(process.pid)
    kept = len(list(tmp_path.glob("erlang_b/.partial-*/replication-*")))
    assert 2 <= kept < N_REPLICATIONS
    again = start(tmp_path)
    wait_for_replications(tmp_path, kept + 1, again)
    os.killpg(again.pid, signal.SIGINT)
    _, said = again.communicate(timeout=HANG_S)
    assert f"{N_REPLICATIONS} replications, {kept} kept from before" in said
    assert not list(tmp_path.glob("erlang_b/.partial-*/.replication-*"))
