"""Results in Python: what a notebook gets, and how mistakes are told."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sim.runs
from sim.errors import SimError, StoreError
from sim.runs import RunResult, open_results, run_coverage, run_scenario
from sim.runs.progress import Progress
from tests.patience import HANG_S

ROOT = Path(__file__).resolve().parents[2]
SHORT = ("run.duration_h=2",)


@pytest.fixture(scope="module")
def result(tmp_path_factory) -> RunResult:
    return run_scenario("erlang_b", SHORT, replications=2, out=tmp_path_factory.mktemp("results"))


def test_the_tables_are_the_files(result):
    files = {path.stem for path in result.folder.glob("*.parquet")}
    assert set(result.tables) == files | {"calls"}
    for name in files:
        assert result.table(name).equals(pq.read_table(result.folder / f"{name}.parquet"))


def test_attempts_are_read_from_all_parts_in_their_order(tmp_path):
    every = ("run.duration_h=1", "run.records.calls=all")
    result = run_scenario("erlang_b", every, replications=3, out=tmp_path)
    parts = sorted((result.folder / "calls").iterdir())
    assert len(parts) == 3
    assert result.table("calls").equals(pa.concat_tables([pq.read_table(part) for part in parts]))


def test_columns_come_in_the_order_asked(result):
    assert result.table("cells", ["n_channels", "cell"]).to_pydict() == {
        "n_channels": [30],
        "cell": ["a"],
    }
    assert result.table("calls", []).num_columns == 0


def test_a_measure_is_that_of_the_table(result):
    (row,) = [
        row
        for row in result.table("measures").to_pylist()
        if (row["measure"], row["network"], row["province"], row["class"])
        == ("voice.blocking", "net", "all", "all")
    ]
    found = result.measure("voice.blocking", "net")
    assert (found.value, found.low, found.high) == (row["value"], row["low"], row["high"])
    assert found.n_replications == 2
    listed = [
        e for e in result.summary if (e["measure"], e["network"]) == ("voice.blocking", "net")
    ]
    assert listed[0]["value"] == row["value"]


def test_the_manifest_is_there(result):
    assert result.manifest["id"].startswith(result.folder.name)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda r: r.table("cell"), "no table 'cell'; did you mean 'cells'?"),
        (lambda r: r.table("x"), "no table 'x'; tables: calls, cells, coverage"),
        (lambda r: r.table("cells", ["bloking"]), "'bloking' in cells; did you mean 'blocking'?"),
        (lambda r: r.measure("voice.x"), "did you mean 'voice.calls'?"),
        (
            lambda r: r.measure("voice.calls", "x"),
            "no network 'x' of voice.calls; networks: net, all",
        ),
        (lambda r: r.measure("voice.calls", province="x"), "no province 'x' of voice.calls"),
    ],
)
def test_a_wrong_name_is_told_with_the_right_ones(result, asked, said):
    with pytest.raises(StoreError) as caught:
        asked(result)
    assert str(caught.value).startswith(f"{result.folder}: there is no ")
    assert said in str(caught.value)


def test_results_are_opened_by_folder_and_by_a_link(result):
    link = result.folder.parent / "mine"
    link.symlink_to(result.folder.name)
    for path in (result.folder, str(result.folder), link):
        opened = open_results(path)
        assert (opened.folder, opened.is_new) == (result.folder, False)
        assert opened.table("measures").equals(result.table("measures"))


def test_coverage_alone_has_fewer_tables(tmp_path):
    result = run_coverage("two_cells", out=tmp_path)
    assert result.tables == ("coverage", "measures", "replications", "sites")
    assert result.measure("coverage.area_share", covered_by="any").value > 0
    with pytest.raises(StoreError, match="no table 'calls'"):
        result.table("calls")


def test_what_is_no_results_folder_is_told(tmp_path):
    for path, said in (
        (tmp_path / "nowhere", "nowhere: is not there; name a folder"),
        (tmp_path, "not a results folder: no manifest.json"),
        (Path(__file__), "not a results folder"),
    ):
        with pytest.raises(StoreError, match=said):
            open_results(path)
    assert "not a results folder" in repr(RunResult(tmp_path, is_new=False))


def test_damage_is_told(tmp_path):
    folder = run_coverage("two_cells", out=tmp_path).folder
    (folder / "sites.parquet").write_bytes(b"PAR1 and no more")
    (folder / "summary.json").write_text("{}")
    opened = open_results(folder)
    with pytest.raises(StoreError, match=r"sites\.parquet: cannot be read"):
        opened.table("sites")
    with pytest.raises(StoreError, match=r"summary\.json: cannot be read"):
        opened.measure("coverage.area_share")
    assert "no summary that can be read" in opened._repr_html_()


def test_a_result_shows_itself(result):
    assert repr(result) == f"<RunResult {result.folder}: run of erlang_b, 2 replications>"
    for shown in (str(result), result._repr_html_()):
        for expected in ("blocking [%]", "Means of 2 replications", "area covered [%]"):
            assert expected in shown
    assert result._repr_html_().startswith("<pre")


def test_progress_is_silent_unless_asked(tmp_path, capfd):
    for silent in (None, False, Progress()):
        run_coverage("two_cells", out=tmp_path, force=True, progress=silent)
        assert capfd.readouterr() == ("", "")
    run_coverage("two_cells", out=tmp_path, force=True, progress=True)
    assert "world" in capfd.readouterr().err


def test_the_door_names_what_is_behind_it():
    assert set(sim.runs.__all__) <= set(dir(sim.runs))
    assert all(hasattr(sim.runs, name) for name in sim.runs.__all__)
    with pytest.raises(AttributeError, match="no attribute 'run_scenari'"):
        _ = sim.runs.run_scenari


def test_opening_results_imports_no_simulator():
    code = (
        "import sys, sim.runs\n"
        "assert not {'numpy', 'pyarrow', 'pydantic'} & set(sys.modules)\n"
        "from sim.runs import open_results\n"
        "print({'numba', 'scipy', 'pydantic', 'matplotlib', 'shapely'} & set(sys.modules))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (ran.stdout.strip(), ran.stderr) == ("set()", "")


RUN = 'run_scenario("erlang_b", ["run.duration_h=1"], replications=2, jobs=2, out="results")'
SWEEP = 'run_sweep("tiny.yaml", jobs=1, out="results")'
TINY = """\
name: tiny
base: erlang_b
set: {run.duration_h: 1}
replications: 1
axes: [{name: seed, path: seed, values: [1]}]
"""


@pytest.mark.parametrize(
    ("guard", "does", "is_well"),
    [
        pytest.param('if __name__ == "__main__":', RUN, True, marks=pytest.mark.slow),
        pytest.param("if True:", RUN, False, marks=pytest.mark.slow),
        ("if True:", SWEEP, False),
    ],
    ids=["guarded", "run", "sweep"],
)  # fmt: skip
def test_a_script_with_processes_needs_its_guard(tmp_path, guard, does, is_well):
    (tmp_path / "tiny.yaml").write_text(TINY)
    script = f"from sim.runs import run_scenario, run_sweep\n{guard}\n    {does}\n"
    (tmp_path / "mine.py").write_text(script)
    ran = subprocess.run(
        [sys.executable, "mine.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    assert (ran.returncode == 0) == is_well, ran.stderr
    published = list(tmp_path.glob("results/erlang_b/*/manifest.json"))
    assert bool(published) == is_well
    if not is_well:
        assert 'must stand under if __name__ == "__main__"' in ran.stderr.splitlines()[-1]
        assert ran.stderr.count("Traceback") == 1


def test_a_mistake_is_a_sim_error(tmp_path):
    with pytest.raises(SimError, match=r"run\.duration_h"):
        run_scenario("erlang_b", ["run.duration_h=-1"], out=tmp_path)
