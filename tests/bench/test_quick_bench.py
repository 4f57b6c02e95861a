"""The benchmark runs, its contenders do the same, and its numbers mean what they say; never how fast."""

import dataclasses
import math

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from bench import bare, national
from bench.__main__ import PAGE, main
from bench.bare import ratios
from bench.compiled import run_heap, run_wheel
from bench.cpp import compiler_version
from bench.exponent import fit_exponent
from bench.findings import bare_table
from bench.output import MARKS, paste
from bench.stages import CLOCKS, STAGE_NAMES, Stopwatch
from bench.tabular import number
from bench.workload import Calls

CONTENDERS = {
    "wheel", "network", "numba_heap", "simpy_callbacks", "simpy_processes", "ciw_by_cell", "ciw",
}  # fmt: skip
SUMMED_EXACTLY = {"wheel", "network", "numba_heap", "cpp_heap"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("bench")
    options = ["--quick", "--repeats", "2", "--national-repeats", "1", "--out", str(out)]
    whole = national.overrides
    few = [
        "grid.resolution_m=5000",
        "run.duration_h=0.1",
        "run.warmup_h=0.05",
        "radio.capacity=channels",
        "fixed.source=none",
        "traffic.data.uses=[]",
        "traffic.messages.per_line_h=0",
    ]
    with pytest.MonkeyPatch.context() as patch:
        # Squares and operators of a whole country in a whole hour take minutes, and every subject has figures of its
        # own, which take longer than the run; nothing here is about them. Without them there is still every stage.
        patch.setattr(national, "overrides", lambda point: [*whole(point), *few])
        answer = CliRunner().invoke(main, options, catch_exceptions=False)
    assert answer.exit_code == 0
    assert "ns a call" in answer.output
    return out


@pytest.mark.slow
def test_every_contender_ran_and_all_lost_the_same_calls(folder):
    rows = pq.read_table(folder / "bare_loss.parquet").to_pylist()
    names = CONTENDERS | ({"cpp_heap"} if compiler_version() else set())
    assert {(row["contender"], row["repeat"]) for row in rows} == {
        (name, repeat) for name in names for repeat in (1, 2)
    }
    assert all(row["wall_s"] > 0 for row in rows)
    of_whole = {
        (row["n_calls"], row["n_losses"]) for row in rows if row["contender"] in SUMMED_EXACTLY
    }
    ((n_calls, n_losses),) = of_whole
    assert 0 < n_losses < n_calls
    of_simpy = {(row["n_calls"], row["n_losses"]) for row in rows if "simpy" in row["contender"]}
    assert len(of_simpy) == 1


@pytest.mark.slow
def test_every_stage_was_timed(folder):
    rows = pq.read_table(folder / "national.parquet").to_pylist()
    assert {row["stage"] for row in rows} == set(STAGE_NAMES)
    assert all(row["spent_s"] > 0 for row in rows)
    assert all(0 < row["n_attempts"] < row["n_events"] for row in rows)


@pytest.mark.slow
def test_machine_is_kept_and_figure_and_page_are_written(folder):
    for name in ("bare_loss", "national"):
        metadata = pq.read_schema(folder / f"{name}.parquet").metadata
        assert b"n_cores" in metadata[b"machine"]
    assert "| contender |" in (folder / "bench.md").read_text(encoding="utf-8")
    assert all((folder / f"bench{ending}").stat().st_size > 5_000 for ending in (".pdf", ".png"))


def three_calls():
    """Two calls of 10 s on a cell of 30 channels, one after its end, and nothing on the other cell."""
    times_s = np.array([0.0, 1.0, 20.0])
    return Calls(times_s, np.zeros(3, np.int32), np.full(3, 10.0), n_cells=2, until_s=25.0)


@pytest.mark.parametrize("run", [run_wheel, run_heap])
def test_integral_of_busy_channels_by_hand(run):
    tally = run(three_calls())
    assert tally.n_attempts.tolist() == [3, 0]
    assert tally.n_losses.tolist() == [0, 0]
    assert tally.busy_server_s.tolist() == [25.0, 0.0]


@pytest.mark.parametrize("field", ["n_attempts", "n_losses", "busy_server_s"])
def test_a_contender_that_counts_otherwise_is_refused(field):
    expected = run_heap(three_calls())
    other = getattr(expected, field).copy()
    other[1] += 1
    with pytest.raises(bare.UnequalCountsError, match="somebody"):
        bare.check_tally("somebody", dataclasses.replace(expected, **{field: other}), expected)
    bare.check_tally("somebody", expected, expected)


def lap(contender, repeat, wall_s):
    return bare.Lap(contender, contender, repeat, 10, 1, 1.0, 1, wall_s)


def test_ratios_are_taken_within_each_repeat():
    laps = [lap("a", 1, 2.0), lap("b", 1, 1.0), lap("a", 2, 9.0), lap("b", 2, 3.0)]
    assert ratios(laps, "a", "b") == bare.Spread(2.5, 2.0, 3.0)
    assert ratios(laps, "a", "c") is None


def test_missing_compiler_leaves_a_line_that_says_so():
    table = bare_table([lap("wheel", 1, 2.0), lap("numba_heap", 1, 3.0)])
    assert [row[0] for row in table.rows[:2]] == ["wheel", "numba_heap"]
    assert "no g++ found" in table.rows[2][0]
    with_compiler = bare_table([lap("wheel", 1, 2.0), lap("cpp_heap", 1, 3.0)])
    assert len(with_compiler.rows) == 2


def test_exponent_of_a_power_law():
    sizes = [1.0, 2.0, 4.0, 8.0]
    fit = fit_exponent(sizes, [3.0 * size**1.5 for size in sizes])
    assert fit.low <= fit.value <= fit.high
    assert fit.value == pytest.approx(1.5, rel=1e-12)


def test_interval_of_the_exponent_by_hand():
    # log times 0, 1, 3 over log sizes 0, 1, 2: slope 1.5, residuals 1/6, -1/3, 1/6, so s^2 = 1/6 and the standard error
    # is sqrt(1/6 / 2); t(0.975) with one degree of freedom is 12.7062.
    fit = fit_exponent([math.exp(x) for x in (0, 1, 2)], [math.exp(y) for y in (0, 1, 3)])
    half = 12.7062 * math.sqrt(1 / 12)
    assert (fit.low, fit.value, fit.high) == pytest.approx((1.5 - half, 1.5, 1.5 + half), rel=1e-5)


def test_time_of_an_inner_stage_is_not_counted_twice(monkeypatch):
    now_s = iter([0.0, 1.0, 3.0, 7.0])
    monkeypatch.setitem(CLOCKS, "wall", lambda: next(now_s))
    watch = Stopwatch()
    with watch.stage("rest"), watch.stage("loop"):
        pass
    assert (watch.spent_s["rest"], watch.spent_s["loop"]) == (1.0 + 4.0, 2.0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00123456, "0.00123"),
        (99.96, "100"),
        (1234567.0, "1,230,000"),
        (0.0, "0"),
        (math.nan, "-"),
    ],
)
def test_numbers_have_three_digits(value, text):
    assert number(value) == text


def test_paste_replaces_what_stands_between_the_marks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{MARKS[0]}\nold\n{MARKS[1]}\nafter\n", encoding="utf-8")
    paste(page, "new\n")
    assert page.read_text(encoding="utf-8") == f"before\n{MARKS[0]}\nnew\n{MARKS[1]}\nafter\n"


def test_page_has_a_place_for_a_measurement():
    text = PAGE.read_text(encoding="utf-8")
    assert text.index(MARKS[0]) < text.index("x C++ heap") < text.index(MARKS[1])
