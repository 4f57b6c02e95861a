"""Intervals of coverage across worlds: each world drawn by address, kept, and taken up again."""

import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from sim.errors import SimError, StoreError
from sim.runs import RunInterruptedError, run_coverage, run_scenario
from sim.runs.coverage_only import MAX_WORLDS
from sim.runs.parquet import read_parquet
from sim.runs.progress import Progress
from sim.stats.intervals import mean_interval

SCENARIO = "invented_valley"


class Heard(Progress):
    """Notes which worlds are finished, and stops after some of them."""

    def __init__(self, stop_after: int = 99) -> None:
        self.finished: list[int] = []
        self.stop_after = stop_after

    def finish_replication(self, replication: int) -> None:
        self.finished.append(replication)
        if len(self.finished) == self.stop_after:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    return run_coverage(SCENARIO, replications=3, out=tmp_path_factory.mktemp("three"))


def rows_of(result, world: int) -> list[dict]:
    rows = result.table("replications").to_pylist()
    return [row | {"replication": 0} for row in rows if row["replication"] == world]


def alone(out, world: int):
    return run_coverage(SCENARIO, (f"run.world_replication={world}",), out=out)


def data_of(folder) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.is_file() and path.name != "manifest.json"
    }


def test_each_world_is_that_of_its_address(three, tmp_path):
    for world in range(3):
        assert rows_of(three, world) == rows_of(alone(tmp_path, world), world)
    assert rows_of(three, 0) != rows_of(three, 1) != rows_of(three, 2)


def test_the_first_world_is_that_of_a_run(three, tmp_path):
    short = ("run.duration_h=0.05", "run.warmup_h=0", "subscribers.scale=0.01")
    run = run_scenario(SCENARIO, short, replications=1, out=tmp_path)
    of_run = [row for row in rows_of(run, 0) if row["measure"].startswith("coverage.")]
    assert of_run == rows_of(three, 0)
    assert three.table("coverage").equals(run.table("coverage"))


def test_intervals_are_those_of_means_over_the_worlds(three, tmp_path):
    for measure in ("coverage.area_share", "coverage.population_share", "coverage.distance_p50_km"):
        network = three.table("sites").column("network")[0].as_py()
        values = [alone(tmp_path, w).measure(measure, network).value for w in range(3)]
        law = "positive" if measure.endswith("_km") else "part"
        expected = mean_interval(values, law=law)
        found = three.measure(measure, network)
        assert expected.low < expected.high
        assert (found.value, found.low, found.high) == pytest.approx(
            (expected.value, expected.low, expected.high), rel=1e-6
        )
        assert found.n_replications == 3


def test_every_statement_says_across_worlds(three, tmp_path):
    assert "across worlds" in three.manifest["interval"]
    assert "2 degrees of freedom" in three.manifest["interval"]
    assert json.loads((three.folder / "summary.json").read_text())["interval"] == "across worlds"
    metadata = read_parquet(three.folder / "measures.parquet").schema.metadata
    assert json.loads(metadata[b"interval"]) == "across worlds"
    assert "3 worlds; ± and (low to high): 95 % intervals across worlds" in str(three)
    assert "within one world" not in str(three)
    assert three.manifest["replications"] == 3
    one = alone(tmp_path, 0)
    assert one.manifest["interval"] == "none: one world"
    assert one.measure("coverage.area_share", covered_by="any").low is None


def test_the_number_of_worlds_is_part_of_the_id_and_the_command(three, tmp_path):
    assert three.manifest["id"] != alone(tmp_path, 0).manifest["id"]
    assert three.manifest["command"][-2:] == ["--replications", "3"]


@pytest.mark.slow  # as of one world, tests/runs/test_run.py
def test_two_processes_give_the_same_bytes(three, tmp_path):
    again = run_coverage(SCENARIO, replications=3, jobs=2, out=tmp_path)
    assert data_of(again.folder) == data_of(three.folder)


def test_an_interrupted_computation_goes_on_where_it_stopped(three, tmp_path):
    with pytest.raises(RunInterruptedError, match="2 of 3 worlds are kept"):
        run_coverage(SCENARIO, replications=3, out=tmp_path, progress=Heard(stop_after=1))
    assert not list(tmp_path.glob("*/latest_coverage"))
    heard = Heard()
    again = run_coverage(SCENARIO, replications=3, out=tmp_path, progress=heard)
    assert heard.finished == [3]
    assert data_of(again.folder) == data_of(three.folder)


def test_a_damaged_world_is_told(tmp_path):
    with pytest.raises(RunInterruptedError):
        run_coverage(SCENARIO, replications=3, out=tmp_path, progress=Heard(stop_after=1))
    (kept,) = tmp_path.glob("*/.partial-*/replication-0002")
    (kept / "facts.json").write_text("{")
    with pytest.raises(StoreError, match="a kept replication is damaged"):
        run_coverage(SCENARIO, replications=3, out=tmp_path)
    shutil.rmtree(kept)
    assert run_coverage(SCENARIO, replications=3, out=tmp_path).is_new


def test_worlds_that_cannot_differ_are_noted(three, tmp_path):
    result = run_coverage("two_cells", replications=2, out=tmp_path)
    assert any("no two of the worlds differ" in note for note in result.manifest["notes"])
    assert not any("no two of the worlds differ" in note for note in three.manifest["notes"])


@pytest.mark.parametrize("n", [0, -1, MAX_WORLDS + 1, 10**12])
def test_an_absurd_number_of_worlds_is_refused(tmp_path, n):
    with pytest.raises(SimError, match=r"replications = .*1 to 10,000"):
        run_coverage(SCENARIO, replications=n, out=tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_worlds_without_an_address_are_refused(tmp_path):
    last = 2**32 - 1
    with pytest.raises(SimError, match="the last would be 4294967296"):
        run_coverage(
            SCENARIO,
            (f"run.world_replication={last}",),
            replications=2,
            out=tmp_path / "results",
        )
    assert not (tmp_path / "results").exists()


def test_maps_are_those_of_the_first_world(three, tmp_path):
    one = alone(tmp_path, 0)
    for name in ("coverage.parquet", "sites.parquet"):
        # The notes of three worlds, in the metadata, say whose map it is.
        assert pq.read_table(one.folder / name).equals(pq.read_table(three.folder / name))
    assert any("world 0, the first of 3" in note for note in three.manifest["notes"])
    assert np.unique(three.table("replications").column("replication")).tolist() == [0, 1, 2]
