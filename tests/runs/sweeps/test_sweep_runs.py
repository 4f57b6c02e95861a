"""Sweeps are computed once, the same in every way, and nothing is lost or counted twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from sim.errors import ExtensionError, SimError
from sim.runs import run_coverage, run_scenario
from sim.runs.sweeps import sweep, worker
from sim.runs.sweeps.missing import distinct_runs
from sim.runs.sweeps.plan import kept_key, load_sweep, make_plan
from sim.runs.sweeps.store import SweepStore, part_files, read_notes, write_part
from sim.runs.sweeps.sweep import run_sweep
from sim.runs.sweeps.worker import ChunkOrder, run_chunk, run_planned, world_key
from tests.patience import HANG_S

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def counted(monkeypatch):
    """Runs that are computed, by id."""
    ids = []
    inner = worker.run_planned

    def count(run, sweep):
        ids.append(run.run_id)
        return inner(run, sweep)

    monkeypatch.setattr(worker, "run_planned", count)
    return ids


def shard(text="1/1", name="tiny.yaml", out="out", **options):
    return run_sweep(name, shard=text, out=out, **options)


def command(*words: str) -> subprocess.CompletedProcess[str]:
    """Give the command line, for what begins processes of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-m", "sim", "sweep", "--out", "out", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    assert ran.returncode == 0, ran.stderr
    return ran


def rows(result) -> list[dict]:
    return pq.read_table(result.folder / "sweep.parquet").to_pylist()


def test_all_is_compiled_before_a_worker_starts(write, tiny, monkeypatch):
    write(tiny=tiny)
    steps = []
    monkeypatch.setattr(sweep, "warm", lambda _jobs, _tell: steps.append("compiled"))
    monkeypatch.setattr(sweep, "execute", lambda *_given: steps.append("worked"))
    run_sweep("tiny.yaml", out="out")
    assert steps == ["compiled", "worked"]


def test_shards_give_the_same_bytes(write, tiny):
    write(tiny=tiny)
    whole = (shard(out="a").folder / "sweep.parquet").read_bytes()
    for i in (3, 1, 2):
        result = shard(f"{i}/3", out="b")
        assert result.n_kept == {3: 2, 1: 4, 2: 6}[i]
    assert (result.folder / "sweep.parquet").read_bytes() == whole
    assert len(pq.read_table(result.folder / "replications.parquet")) == 24


def test_measures_are_those_of_single_runs(write, tiny):
    write(tiny=tiny)
    found = rows(shard())
    assert [(row["point"], row["measure"]) for row in found[:3]] == [
        (0, "voice.blocking"),
        (0, "voice.attempts"),
        (1, "voice.blocking"),
    ]
    words = ["run.duration_h=2", "networks[net].sites[a].n_channels=12"]
    words.append("traffic.sources[between].offered_erl=2")
    single = run_scenario("two_cells", words, replications=2, out="single")
    row = found[8]
    assert (row["n_channels"], row["erl"], row["measure"]) == (12, 2.0, "voice.blocking")
    assert row["run_id"] == single.manifest["id"]
    wanted = single.measure("voice.blocking")
    assert (row["value"], row["low"], row["high"]) == (wanted.value, wanted.low, wanted.high)
    assert row["n_replications"] == 2


def test_what_is_kept_is_not_computed_again(write, tiny, counted):
    write(tiny=tiny)
    assert not shard("2/3").is_whole
    first = list(counted)
    assert len(first) == 2
    again = shard("2/3")
    assert counted == first
    assert not again.is_new
    assert shard().is_whole
    assert len(counted) == len(set(counted)) == 6
    done = run_sweep("tiny.yaml", out="out")
    assert (done.is_new, done.is_whole, len(counted)) == (False, True, 6)


@pytest.mark.slow  # that workers give the same table is seen where one of them is killed
def test_two_workers_give_the_bytes_of_shards(write, tiny):
    write(tiny=tiny)
    table = shard().folder / "sweep.parquet"
    before = table.read_bytes()
    forced = command("tiny.yaml", "--jobs", "2", "--force")
    assert "6 runs, 0 kept already" in forced.stderr
    assert "6 runs are in" in forced.stdout
    assert table.read_bytes() == before


def test_a_sweep_with_more_values_takes_over_what_another_has_kept(write, tiny, counted):
    write(
        tiny=tiny, wide=tiny.replace("[8, 12]", "[8, 10, 12]").replace("name: tiny", "name: wide")
    )
    small = rows(shard())
    result = shard(name="wide.yaml")
    assert len(counted) == len(set(counted)) == 9
    wide = {(r["n_channels"], r["erl"], r["measure"]): r["value"] for r in rows(result)}
    for row in small:
        assert wide[row["n_channels"], row["erl"], row["measure"]] == row["value"]
    write(other=tiny.replace("voice.attempts", "voice.calls"))
    shard(name="other.yaml")
    assert len(counted) == 15  # other measures are kept, so nothing could be taken over


def test_a_damaged_part_is_computed_again(write, tiny, counted):
    write(tiny=tiny)
    result = shard("1/2")
    before = len(counted)
    (first, *_) = part_files(result.folder / "parts")
    lost = len(read_notes(first))
    first.write_bytes(first.read_bytes()[:-20])
    (result.folder / "parts" / ".part-half-written").write_bytes(b"PAR1")
    whole = shard()
    assert whole.is_whole
    assert len(counted) == 6 + lost
    assert before == 3
    write(fresh=tiny)
    assert (shard(name="fresh.yaml", out="b").folder / "sweep.parquet").read_bytes() == (
        whole.folder / "sweep.parquet"
    ).read_bytes()


def test_a_table_that_is_lost_is_collected_again(write, tiny, counted):
    write(tiny=tiny)
    table = shard().folder / "sweep.parquet"
    before, n_runs = table.read_bytes(), len(counted)
    table.unlink()
    run_sweep("tiny.yaml", out="out")
    assert table.read_bytes() == before
    assert len(counted) == n_runs


def test_a_run_that_is_kept_twice_counts_once(write, tiny):
    write(tiny=tiny)
    reference = (shard(out="a").folder / "sweep.parquet").read_bytes()
    plan = make_plan(load_sweep("tiny.yaml"))
    store = SweepStore(Path("b").absolute(), plan)
    store.open()
    for chosen in (plan.runs[:4], plan.runs[2:]):
        run_chunk(ChunkOrder(tuple(chosen), str(store.parts), plan.sweep, "", 60.0))
    assert len(store.notes()) == 6
    twice = shard(out="b")
    assert (twice.folder / "sweep.parquet").read_bytes() == reference


def test_a_run_computed_twice_with_different_results_is_a_bug(write, tiny):
    write(tiny=tiny)
    shard("1/2")
    plan = make_plan(load_sweep("tiny.yaml"))
    store = SweepStore(Path("out").absolute(), plan)
    outcome = run_planned(plan.runs[0], plan.sweep)
    outcome.columns["numerator"][0] += 1.0
    other = run_planned(plan.runs[1], plan.sweep)
    write_part(store.parts, [outcome, other], kept_key(plan.sweep))
    with pytest.raises(AssertionError, match="computed twice"):
        shard()


FAILING = """\
def late(clock):
    yield clock.timeout(100.0)
    raise ValueError("the crew is on strike")

def processes(clock, network):
    yield late(clock)
"""


def test_a_run_that_fails_is_kept_with_scenario_and_traceback(write, tiny, tmp_path, counted):
    axis = "  - {name: crew, choices: {none: {}, strike: {base: strike.yaml}}}\n"
    write(
        tiny=tiny.replace("measures:", f"{axis}measures:"),
        strike="base: two_cells\nname: strike\nextensions: [mine.py]\n",
    )
    (tmp_path / "mine.py").write_text(FAILING)
    result = shard()
    assert result.is_whole
    assert (result.n_runs, result.n_failed, len(counted)) == (12, 6, 12)
    assert len(rows(result)) == 12
    failures = json.loads((result.folder / "failures.json").read_text())
    assert [entry["axes"]["crew"] for entry in failures] == ["strike"] * 6
    assert "the crew is on strike" in failures[0]["error"]
    assert "mine.py" in failures[0]["traceback"]
    Path("again.yaml").write_text(failures[0]["scenario"])
    with pytest.raises(ExtensionError, match=r"mine\.py:3: ValueError: the crew is on strike"):
        run_scenario("again.yaml", out="again")
    assert not shard().is_new
    shard(retry=True)
    assert len(counted) == 18


def test_each_point_has_the_replications_that_its_precision_needs(write, tiny):
    rule = "{measure: voice.blocking, relative_half_width: 0.4, at_most: 17}"
    for old, new in (
        ("replications: 2", f"precision: {rule}"),
        ("n_values: 3", "n_values: 2"),
        ("duration_h: 2", "duration_h: 0.5"),
    ):
        tiny = tiny.replace(old, new)
    write(tiny=tiny)
    for i in (2, 1):
        result = shard(f"{i}/2")
    found = [row for row in rows(result) if row["measure"] == "voice.blocking"]
    numbers = [row["n_replications"] for row in found]
    assert len(set(numbers)) > 1
    late = {row["run_id"] for row in found if row["n_replications"] == 17}
    for row in found:
        is_narrow = row["high"] - row["low"] <= 2.0 * 0.4 * row["value"]
        assert is_narrow or row["run_id"] in late
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert set(manifest["precision_not_reached"]) == late
    assert result.n_not_precise == len(late) > 0
    assert shard().n_not_precise == len(late)  # not forgotten when the command is given again
    # A point is the run of the same scenario.
    row = found[numbers.index(min(numbers))]
    words = ["run.duration_h=0.5", f"networks[net].sites[a].n_channels={row['n_channels']}"]
    words += [f"traffic.sources[between].offered_erl={row['erl']}", f"run.precision={rule}"]
    single = run_scenario("two_cells", words, out="single")
    assert row["run_id"] == single.manifest["id"]
    measured = single.measure("voice.blocking")
    for name in ("value", "low", "high", "n_replications"):
        # Sums over replications round otherwise where some points have more of them.
        assert row[name] == pytest.approx(getattr(measured, name), rel=1e-12)


def test_precision_of_the_base_counts_where_the_sweep_says_nothing(write, tiny):
    rule = "{measure: voice.attempts, relative_half_width: 0.9}"
    write(
        mine=f"base: two_cells\nname: mine\nrun: {{precision: {rule}}}\n",
        tiny=tiny.replace("base: two_cells", "base: mine.yaml").replace("replications: 2\n", ""),
    )
    plan = make_plan(load_sweep("tiny.yaml"))
    assert run_planned(plan.runs[0], plan.sweep).note.n_replications == 10


def test_the_same_run_at_two_points_is_computed_once(write, tiny, counted):
    write(tiny=tiny.replace("values: [8, 12]", "low: 8, high: 9, n_values: 4"))
    result = shard()
    assert len(counted) == len(distinct_runs(make_plan(load_sweep("tiny.yaml")))) == 6
    table = pq.read_table(result.folder / "sweep.parquet")
    assert len(table) == 24
    assert np.array_equal(np.unique(table.column("point").to_numpy()), np.arange(12))


def test_a_scenario_changed_after_the_plan_stops_the_sweep(write, tiny):
    folder = write(mine="base: two_cells\nname: mine\n")
    write(tiny=tiny.replace("base: two_cells", "base: mine.yaml"))
    plan = make_plan(load_sweep("tiny.yaml"))
    (folder / "mine.yaml").write_text("base: two_cells\nname: mine\nseed: 5\n")
    (folder / "parts").mkdir()
    order = ChunkOrder(tuple(plan.runs), str(folder / "parts"), plan.sweep, "", 60.0)
    with pytest.raises(SimError, match="was changed after the sweep was planned"):
        run_chunk(order)
    assert not part_files(folder / "parts")


def test_a_worker_on_another_platform_is_refused(write, tiny):
    folder = write(tiny=tiny)
    plan = make_plan(load_sweep("tiny.yaml"))
    order = ChunkOrder(tuple(plan.runs), str(folder), plan.sweep, "0123456789abcdef", 60.0)
    report = run_chunk(order)
    assert report.finished == ()
    assert "python" in report.refused
    assert not part_files(folder)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("run.duration_h", 3),
        ("run.warmup_h", 0.25),
        ("run.replications", 9),
        ("run.bucket_factor", 2),
        ("radio.wcdma.power_update_s", 0.5),
        ("traffic.sources[between].offered_erl", 9),
        ("notes", "x"),
    ],
)
def test_what_the_world_is_reused_over_does_not_make_it(path, value):
    from sim.runs.once import make_setting
    from sim.scenario.load import load_scenario

    first = load_scenario("two_cells")
    other = load_scenario("two_cells", [f"{path}={value}"])
    assert world_key(first) == world_key(other)
    a, b = make_setting(first), make_setting(other)
    assert np.array_equal(a.coverage.cell_idx, b.coverage.cell_idx)
    assert np.array_equal(a.world.population, b.world.population)
    moved = load_scenario("two_cells", ["networks[net].sites[a].x_km=6"])
    assert world_key(first) != world_key(moved)


def test_a_sweep_without_calls_is_that_of_coverage(write, tmp_path):
    text = (
        "name: covered\nbase: two_cells\ncoverage_only: true\nmeasures: [coverage.area_share]\nnetworks: [net]\n"
        "axes: [{name: radius_km, path: radio.path_loss.radius_km, values: [3, 5]}]\n"
    )
    write(covered=text)
    found = rows(shard(name="covered.yaml"))
    assert [row["n_replications"] for row in found] == [1, 1]
    for row in found:
        overrides = [f"radio.path_loss.radius_km={row['radius_km']}"]
        alone = run_coverage("two_cells", overrides, out=tmp_path / "alone")
        assert row["run_id"] == alone.manifest["id"]
        (value,) = [
            one["value"]
            for one in pq.read_table(alone.folder / "measures.parquet").to_pylist()
            if (one["measure"], one["network"], one["province"]) == (row["measure"], "net", "all")
        ]
        assert row["value"] == value


def test_a_world_without_lines_is_none_for_calls():
    from sim.scenario.load import load_scenario

    loaded = load_scenario("invented_valley")
    empty = worker._setting(loaded, with_lines=False).world
    assert worker._setting(loaded, with_lines=False).world is empty
    whole = worker._setting(loaded).world
    assert len(whole.subscribers.subscriber_id) > len(empty.subscribers.subscriber_id) == 0


def test_paths_on_which_the_world_does_not_depend():
    idle = ("traffic.erl_per_line", "traffic.sources[between].offered_erl", "run.duration_h")
    assert not any(map(worker.belongs_to_world, idle))
    assert all(
        map(worker.belongs_to_world, ("traffic.data", "run.start", "networks[net].n_sites", "seed"))
    )


def test_other_programs_read_the_table(write, tiny):
    import duckdb

    write(tiny=tiny)
    path = shard().folder / "sweep.parquet"
    query = (
        f"select n_channels, avg(value) from '{path}' where measure = 'voice.blocking' "
        "group by n_channels order by n_channels"
    )
    few, many = duckdb.connect().execute(query).fetchall()
    assert (few[0], many[0]) == (8, 12)
    assert few[1] > many[1] > 0.0


def test_what_is_off_from_the_begin_on_makes_the_coverage():
    from sim.scenario.load import load_scenario

    off = "networks[net].sites_off=[{sites: [a], begin: 2022-11-16 19:10}]"
    first, other = (load_scenario("two_cells", [off, f"run.warmup_h={h}"]) for h in (0.1, 0.3))
    assert world_key(first) != world_key(other)
