"""A study of two cells: the same however it is run, and what it says is what its runs say."""

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.errors import SimError
from sim.report.figures.uncertainty import draw_uncertainty_figures
from sim.runs import RunInterruptedError, run_scenario
from sim.runs.sweeps import worker
from sim.runs.uncertainty.design import own_values, sampled
from sim.runs.uncertainty.drawn import Drawing, share_groups, sold_around_own_sites
from sim.runs.uncertainty.parameters import Parameter, select
from sim.runs.uncertainty.question import Question
from sim.runs.uncertainty.study import planned_text, run_uncertainty
from sim.scenario.load import load_scenario
from tests.patience import HANG_S

ROOT = Path(__file__).resolve().parents[3]
FEW = Question(samples=4)


def done(file, question=FEW, out="out", **how):
    return run_uncertainty(file, (), question, out=out, shard=how.pop("shard", "1/1"), **how)


def tables(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


def rows(result, name):
    return pq.read_table(result.folder / f"{name}.parquet").to_pylist()


def test_shards_and_what_was_interrupted_give_the_same_bytes(study, monkeypatch):
    whole = tables(done(study).folder)
    assert set(whole) == {
        "samples.parquet",
        "draws.parquet",
        "sample_measures.parquet",
        "uncertainty.parquet",
        "indices.parquet",
    }
    assert not done(study, out="shards", shard="2/2").is_whole
    assert tables(done(study, out="shards", shard="1/2").folder) == whole
    inner, counted = worker.run_planned, []

    def stop_at_the_sixth(run, sweep):
        counted.append(run.run_id)
        if len(counted) == 6:
            raise KeyboardInterrupt
        return inner(run, sweep)

    monkeypatch.setattr(worker, "run_planned", stop_at_the_sixth)
    with pytest.raises(RunInterruptedError, match="are kept in"):
        done(study, out="stopped")
    assert tables(done(study, out="stopped").folder) == whole
    assert len(counted) < 21 + 6  # what was kept was not computed again


@pytest.mark.slow  # two workers are three processes that begin
def test_two_workers_give_the_same_bytes(study):
    whole = tables(done(study).folder)
    command = [sys.executable, "-m", "sim", "uncertainty", study, "--samples", "4"]
    ran = subprocess.run(
        [*command, "--jobs", "2", "--out", "workers", "--quiet"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=HANG_S,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert tables(Path(ran.stdout.strip())) == whole


def test_what_a_study_says_is_what_its_runs_say(study):
    result = done(study)
    samples = {row["sample"]: row for row in rows(result, "samples")}
    assert [row["role"] for row in samples.values()][:2] == ["own", "a"]
    assert len(samples) == 1 + 4 * (3 + 2)
    # The scenario's own values are the run that `run` makes, with its replications.
    own = run_scenario(study, out="single")
    assert samples[0]["run_id"] == own.manifest["id"]
    (blocking,) = [
        r
        for r in rows(result, "uncertainty")
        if (r["measure"], r["network"]) == ("voice.blocking", "all")
    ]
    found = own.measure("voice.blocking")
    assert (blocking["value"], blocking["simulation_low"], blocking["simulation_high"]) == (
        found.value,
        found.low,
        found.high,
    )
    # One of the samples by hand: what was set, run alone, gives the same.
    draws = {r["path"]: json.loads(r["value"]) for r in rows(result, "draws") if r["sample"] == 3}
    assert len(draws) == 3
    single = run_scenario(
        study, [f"{path}={value}" for path, value in draws.items()], replications=2, out="single"
    )
    (seen,) = [
        r["value"]
        for r in rows(result, "sample_measures")
        if (r["sample"], r["measure"], r["network"]) == (3, "voice.blocking", "all")
    ]
    by_hand = [
        r["value"]
        for r in pq.read_table(single.folder / "replications.parquet").to_pylist()
        if is_of_all(r)
    ]
    assert seen == pytest.approx(math.fsum(by_hand) / 2, rel=1e-12)
    # Samples spread more than chance, and the interval of the one is not in that of the other.
    assert blocking["parameters_high"] - blocking["parameters_low"] > 0.05
    assert 0.0 < blocking["simulation_share"] < 0.5
    assert (blocking["n_samples"], blocking["n_replications"]) == (8, 2)


def is_of_all(row):
    axes = ("network", "province", "cell", "class", "service", "trunk", "exchange", "covered_by")
    return row["measure"] == "voice.blocking" and all(row[axis] == "all" for axis in axes)


def test_what_is_known_is_told_and_drawn(study):
    question = Question(samples=8, measures=("voice.blocking",))
    result = done(study, question)
    assert "blocking [%]" in result.text
    assert "traffic.sources[within_a].offered_erl decides about" in result.text
    assert (result.folder / "summary.txt").read_text(encoding="utf-8") == result.text
    drawn = draw_uncertainty_figures(result.folder)
    assert {path.stem for path in drawn} == {
        f"{kind}_voice_blocking" for kind in ("tornado", "scatter", "indices")
    }
    for path in drawn:
        assert all(
            path.with_suffix(ending).stat().st_size > 0 for ending in (".png", ".csv", ".txt")
        )
    shown = CliRunner().invoke(main, ["show", str(result.folder), "--out", "out"])
    assert result.text in shown.output
    again = done(study, question)
    assert again.folder == result.folder
    link = result.folder.parent / "latest"
    assert link.resolve() == result.folder.resolve()


def test_where_parameters_are_many_the_strongest_are_found_first(study):
    question = Question(samples=4, trajectories=3, most_factors=1)
    assert not done(study, question, shard="1/2").is_whole
    result = done(study, question)
    strongest = rows(result, "indices")[0]["factor"]
    assert [r["factor"] for r in rows(result, "indices")[:2]] == [strongest, "others"]
    effects = [
        r
        for r in rows(result, "screening")
        if (r["measure"], r["network"]) == ("voice.blocking", "all")
    ]
    by_size = {r["path"]: r["size"] - r["noise"] for r in effects}
    assert strongest in sorted(by_size, key=by_size.get)[1:]  # not the weakest
    assert len(rows(result, "samples")) == 3 * 4 + 1 + 4 * 4
    assert "All other parameters together decide" in result.text
    only = done(study, Question(screen=True, trajectories=3, measures=("voice.blocking",)))
    assert "these move blocking [%] most" in only.text
    (drawn,) = draw_uncertainty_figures(only.folder)
    assert drawn.stem == "screening_voice_blocking"


def test_model_choices_are_drawn_like_numbers(study):
    question = Question(samples=4, choices=("radio.capacity=channels,wcmda",))
    with pytest.raises(SimError, match=r"--choices radio\.capacity=channels,wcmda: .*wcdma"):
        done(study, question)
    path = "traffic.sources[between].holding.law"
    result = done(
        study,
        Question(samples=4, parameters=("traffic",), choices=(f"{path}=exponential,lognormal",)),
    )
    words = {r["value"] for r in rows(result, "draws") if r["path"] == path}
    assert words == {'"exponential"', '"lognormal"'}
    assert path in {r["factor"] for r in rows(result, "indices")}


def test_coverage_alone_has_no_chance_in_it(write):
    write(
        study="base: two_cells\nname: study\n"
        "radio: {path_loss: {radius_km: {value: 5, low: 3, high: 6, source: assumption}}}\n"
        "traffic: {erl_per_line: {value: 0, low: 0, high: 1, source: assumption}}\n"
    )
    result = done("study.yaml", Question(samples=8, coverage_only=True, replications=1))
    assert json.loads((result.folder / "manifest.json").read_text())["idle_in_coverage"] == [
        "traffic.erl_per_line"
    ]
    (area,) = [
        r
        for r in rows(result, "uncertainty")
        if (r["measure"], r["network"]) == ("coverage.area_share", "net")
    ]
    own = run_coverage_by_hand(5)
    assert area["value"] == own
    assert area["simulation_low"] is None
    assert area["simulation_share"] is None
    assert (
        run_coverage_by_hand(3)
        < area["parameters_low"]
        < own
        < area["parameters_high"]
        <= run_coverage_by_hand(6)
    )
    sweep = json.loads(next(Path("out/sweeps").glob("*/*/manifest.json")).read_text())
    assert sweep["n_attempts_with_warmup"] == 0
    (index,) = [r for r in rows(result, "indices") if r["measure"] == "coverage.area_share"]
    assert index["total"] == pytest.approx(1.0, abs=0.5)


def run_coverage_by_hand(radius_km):
    from sim.runs import run_coverage

    result = run_coverage("two_cells", [f"radio.path_loss.radius_km={radius_km}"], out="single")
    return result.measure("coverage.area_share", network="net").value


SHARES = """\
base: invented_valley
name: shares
subscribers:
  classes:
    - {name: resident, share: {value: 0.8, low: 0.5, high: 0.9}, rate_factor: 1}
    - {name: trader, share: {value: 0.2, low: 0.1, high: 0.6}, rate_factor: 2}
traffic:
  voice:
    destination:
      other_network_share: {value: 0.05, low: 0.0, high: 0.9}
      fixed_share: {value: 0.0, low: 0.0, high: 0.9}
"""


def drawing(file):
    loaded = load_scenario(file)
    selection = select(
        loaded, ["subscribers", "traffic.voice.destination"], (), (), (), coverage_only=False
    )
    return Drawing(str(loaded.path), (), selection.parameters, "run", share_groups(loaded))


def test_relations_between_parameters_are_kept(write):
    write(shares=SHARES)
    make = drawing("shares.yaml")
    drawn = [make(one) for one in sampled("sobol", 32, len(make.parameters), None, seed=1)]
    assert all(one.run is not None for one in drawn)
    names = ("subscribers.classes[resident].share", "subscribers.classes[trader].share")
    shares = np.array([[one.values[name] for name in names] for one in drawn])
    assert np.allclose(shares.sum(axis=1), 1.0, atol=1e-11)
    assert np.ptp(shares[:, 0]) > 0.2
    # Where the two shares of destinations exceed 1, they are the scenario's own, and this is noted.
    ends = (
        "traffic.voice.destination.other_network_share",
        "traffic.voice.destination.fixed_share",
    )
    mended = [one for one in drawn if one.mended]
    assert 0 < len(mended) < len(drawn)
    for one in mended:
        assert set(one.mended) == set(ends)
        assert [one.values[end] for end in ends] == [0.05, 0.0]
    # The scenario's own values are set by nothing.
    assert make(own_values()).run.settings == ()


def test_what_cannot_be_mended_is_counted_and_not_dropped(study):
    loaded = load_scenario(study)
    broken = Parameter("networks[net].sites[a].x_km", 5.0, choices=(5.0, 999.0))
    make = Drawing(str(loaded.path), (), (broken,), "run")
    (good, bad) = (make(one) for one in sampled("sobol", 2, 1, None, seed=1))
    good, bad = (good, bad) if good.run else (bad, good)
    assert bad.run is None
    assert "must be 0 to 20" in bad.refusal
    assert good.refusal == ""


def test_lines_are_sold_around_the_sites_of_each_sample():
    loaded = load_scenario("national_2022")
    sites = Parameter("networks[koryolink].n_sites", 450, 360, 600)
    other = Parameter("traffic.erl_per_line", 0.013, 0.011, 0.017)
    assert sold_around_own_sites([other], loaded) == ()
    assert sold_around_own_sites([other, sites], loaded) == (("subscribers.placed_as", "own"),)


def test_samples_that_fail_are_left_out_and_counted(study, monkeypatch):
    inner = worker.run_once

    def fail_where_busy(setting, replication, *rest):
        if setting.scenario.traffic.sources[0].offered_erl > 7.0:
            raise RuntimeError("too busy")
        return inner(setting, replication, *rest)

    monkeypatch.setattr(worker, "run_once", fail_where_busy)
    result = done(study, Question(samples=8))
    failed = [r for r in rows(result, "samples") if "too busy" in r["problem"]]
    assert result.n_failed == len(failed) > 0
    assert f"{len(failed)} runs failed" in result.text
    (row,) = [
        r
        for r in rows(result, "uncertainty")
        if (r["measure"], r["network"]) == ("voice.blocking", "all")
    ]
    of_samples = [r for r in failed if r["role"] in ("a", "b")]
    assert row["n_samples"] == 16 - len(of_samples)
    told = " ".join(result.text.split())
    assert "Of 16 samples of the design those count" in told
    assert f"blocking [%] {row['n_samples']}" in told


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (
            Question(samples=100),
            "samples = 100: a Sobol sequence is balanced over a power of two only",
        ),
        (Question(replications=1), "replications = 1: must be 2 or more"),
        (Question(measures=("voice.blockin",)), "is no measure; did you mean 'voice.blocking'?"),
        (Question(coverage_only=True, measures=("voice.blocking",)), "is of calls"),
        (Question(trajectories=0), "trajectories = 0: must be 1 or more"),
        (Question(samples=2**20), "samples = 1,048,576: make 5,242,881 samples"),
        (Question(screen=True, trajectories=10**6), "trajectories = 1,000,000: make 4,000,000"),
    ],
)
def test_what_cannot_be_asked_is_refused(study, question, message):
    with pytest.raises(SimError) as caught:
        done(study, question)
    assert message in str(caught.value)
    assert not Path("out").exists()


def test_mistakes_end_with_status_2_and_nothing_written(study, write):
    write(wide="base: study\nname: wide\ngrid: {resolution_m: {value: 500, low: 1, high: 600}}\n")
    for words, message in (
        (["wide.yaml"], "low = 1: must be 25 to 10000"),
        ([study, "--parameters", "radio.nothing"], "--parameters radio.nothing: is no parameter"),
        (["two_cells"], "has no parameter with a range"),
        ([study, "--samples", "12"], "take 8 or 16"),
        ([study, "--shard", "3/2"], "must be I/N"),
        ([study, "--plan", "--jobs", "-1"], "not in the range x>=1"),
    ):
        told = CliRunner().invoke(main, ["uncertainty", *words, "--out", "out"])
        assert told.exit_code == 2, words
        assert message in told.output
    assert not Path("out").exists()


def test_the_plan_says_how_many_samples_break_a_rule(write):
    write(shares=SHARES)
    text = planned_text("shares.yaml", (), Question(samples=16, indices=False), None, "out", 1)
    assert re.search(r"^\d+ of them with values given back", text, re.MULTILINE)


def test_the_plan_says_what_is_drawn(study):
    text = planned_text(study, (), FEW, None, "out", 1)
    assert "traffic.sources[between].offered_erl: 0.2 to 4, triangular, by ratios" in text
    assert "21 runs" in text
    assert not Path("out").exists()


def test_who_knows_what_matters_needs_no_screening(study):
    result = done(study, Question(samples=4, most_factors=1, alone=("traffic.sources[within_a]",)))
    found = [r["factor"] for r in rows(result, "indices")[:2]]
    assert found == ["traffic.sources[within_a]", "others"]
    assert len(rows(result, "samples")) == 1 + 4 * 4


def test_a_tornado_counts_each_draw_once(study):
    result = done(study, Question(samples=16, indices=False, measures=("voice.carried_erl",)))
    draw_uncertainty_figures(result.folder)
    table = (result.folder / "figures" / "tornado_voice_carried_erl.csv").read_text().splitlines()
    bars = {row.split(",")[0]: list(map(float, row.split(",")[1:4])) for row in table[1:]}
    roles = {r["sample"]: r["role"] for r in rows(result, "samples")}
    carried = {
        r["sample"]: r["value"]
        for r in rows(result, "sample_measures")
        if r["network"] == "all" and roles[r["sample"]] in ("a", "b")
    }
    path = "traffic.sources[within_a].offered_erl"
    shares = {r["sample"]: r["share"] for r in rows(result, "draws") if r["path"] == path}
    low, high = (
        [carried[i] for i in carried if lowest < shares[i] < highest]
        for lowest, highest in ((-1, 1 / 3), (2 / 3, 2))
    )
    errors = [np.std(end, ddof=1) / len(end) ** 0.5 for end in (low, high)]
    assert bars[path] == pytest.approx([np.mean(low), np.mean(high), max(errors)], rel=1e-9)


def test_a_precision_that_is_not_reached_is_said(study, write):
    rule = "{measure: voice.blocking, relative_half_width: 0.001, at_most: 15}"
    write(exact=f"base: study\nname: exact\nrun: {{precision: {rule}, duration_h: 1}}\n")
    result = done("exact.yaml", Question(samples=2, indices=False))
    manifest = json.loads((result.folder / "manifest.json").read_text())
    (said,) = manifest["precision_not_reached"].values()
    told = " ".join(result.text.split())
    assert f"The scenario's own values: {said}" in told
    assert "the scenario's own values until measures are known" in told
