"""What lies in a folder of results, as `list` and `show` tell it."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.runs import RunInterruptedError, run_coverage, run_scenario, run_sweep
from sim.runs.catalogue import catalogue
from sim.runs.progress import Progress
from sim.runs.provenance import file_digest
from tests.sharing import made_once

SCENARIO = """\
name: small
run: {duration_h: 0.1, warmup_h: 0, replications: 2}
region: {source: plain, width_km: 12, height_km: 6}
radio: {path_loss: {model: disc, radius_km: 8}}
networks:
  - {name: a, n_subscribers: 300, sites_file: sites.csv}
traffic: {erl_per_line: 0.02}
"""
SWEEP = """\
name: few
base: small.yaml
replications: 1
axes: [{name: erl, path: traffic.erl_per_line, values: [0.01, 0.02]}]
measures: [voice.attempts]
networks: [all]
"""


class Stop(Progress):
    def finish_replication(self, _replication):
        raise KeyboardInterrupt


def make(folder: Path) -> None:
    (folder / "sites.csv").write_text("name,x_km,y_km\nmiddle,6,3\n")
    (folder / "small.yaml").write_text(SCENARIO)
    (folder / "few.yaml").write_text(SWEEP)
    out = folder / "results"
    run_scenario(folder / "small.yaml", out=out)
    run_scenario(folder / "small.yaml", ["traffic.erl_per_line=0.01"], replications=1, out=out)
    run_coverage(folder / "small.yaml", replications=2, out=out)
    run_sweep(folder / "few.yaml", jobs=1, shard="1/2", out=out)
    with pytest.raises(RunInterruptedError):
        run_scenario(folder / "small.yaml", seed=7, out=out, progress=Stop())


@pytest.fixture
def out(tmp_path, tmp_path_factory):
    """A folder of results that a test may change."""
    shutil.copytree(
        made_once(tmp_path_factory, "catalogue", make), tmp_path, dirs_exist_ok=True, symlinks=True
    )
    return tmp_path / "results"


def call(*words):
    answer = CliRunner().invoke(main, [str(word) for word in words])
    return answer.exit_code, answer.stdout, answer.stderr


def folder_of(out: Path, kind: str, n: int) -> Path:
    """The only folder of a kind with so many replications."""
    found = []
    for folder in (out / "small").glob("[0-9a-f]*"):
        facts = json.loads((folder / "manifest.json").read_text())
        if not folder.is_symlink() and (facts["kind"], facts["replications"]) == (kind, n):
            found.append(folder)
    (only,) = found
    return only


def test_everything_is_listed_once(out):
    found = [(one.group, one.kind, one.size, one.names, one.state) for one in catalogue(out)]
    assert sorted(found) == [
        ("small", "", "", (), "not finished, 1 kept"),
        ("small", "coverage", "2 worlds", ("latest_coverage",), "whole"),
        ("small", "run", "0.1 h, 1 replication", (), "whole"),
        ("small", "run", "0.1 h, 2 replications", ("latest",), "whole"),
        ("sweeps/few", "sweep", "", (), "not finished, 1 of 2 kept"),
    ]
    assert catalogue(out, "nothing") == []
    assert [one.group for one in catalogue(out, "few")] == ["sweeps/few"]
    by_folder = {one.folder: one for one in catalogue(out, "small")}
    plain, other = (by_folder[folder_of(out, "run", n)] for n in (2, 1))
    assert plain.differences == ()
    assert other.differences == (
        "run.replications = 1 (2)", "traffic.erl_per_line = 0.01 (0.02)",
    )  # fmt: skip
    files = [path for path in plain.folder.rglob("*") if path.is_file()]
    assert plain.n_bytes == sum(path.stat().st_size for path in files)
    run_sweep(out.parent / "few.yaml", jobs=1, shard="2/2", out=out)
    (sweep,) = catalogue(out, "few")
    assert (sweep.kind, sweep.size, sweep.names, sweep.state) == (
        "sweep", "2 runs", ("latest",), "whole",
    )  # fmt: skip


def test_damage_is_seen(out):
    folder = folder_of(out, "run", 2)
    (folder / "cells.parquet").unlink()
    (folder / "sites.parquet").write_bytes(b"")
    (one,) = (one for one in catalogue(out) if one.folder == folder)
    assert one.state == "damaged: cells.parquet is gone, ..."
    other = folder_of(out, "run", 1)
    changed = other / "input" / "sites.csv"
    changed.write_text(changed.read_text().replace("6", "7"))
    status, shown, _ = call("show", other, "--out", out)
    assert status == 0
    assert "damaged: input/sites.csv was changed; run again with --force" in shown
    (folder / "manifest.json").write_text("{")
    (one,) = (one for one in catalogue(out) if one.folder == folder)
    assert one.state == "damaged: manifest.json cannot be read"


def test_list_prints_a_line_for_each_folder(out):
    plain, other = folder_of(out, "run", 2), folder_of(out, "run", 1)
    assert call("tag", other, "cheap", "--out", out)[0] == 0
    status, shown, _ = call("list", "--out", out)
    assert status == 0
    lines = shown.splitlines()
    assert lines[0].split()[:2] == ["id", "kind"]
    at = next(i for i, line in enumerate(lines) if other.name in line)
    assert "cheap" in lines[at]
    assert lines[at + 1 : at + 3] == [
        "      run.replications = 1 (2)", "      traffic.erl_per_line = 0.01 (0.02)",
    ]  # fmt: skip
    (line,) = (line for line in lines if plain.name in line)
    assert line.endswith("latest           whole")
    assert "sweeps/few" in lines
    shutil.rmtree(other)
    assert f"The tag cheap leads nowhere: {other} is gone." in "".join(
        call("list", "--out", out)[1].splitlines()
    )
    status, shown, _ = call("list", "--out", out / "nowhere")
    assert status == 0
    assert "".join(shown.split()) == f"Therearenoresultsin{out / 'nowhere'}."


def test_show_prints_the_summary_and_what_it_was_made_of(out):
    other = folder_of(out, "run", 1)
    call("tag", other, "cheap", "--out", out)
    status, shown, _ = call("show", "cheap", "--out", out)
    assert status == 0
    said = " ".join(shown.split())
    facts = json.loads((other / "manifest.json").read_text())
    for text in (
        "Telephone calls", "tag cheap", f"id {facts['id']}", "--set traffic.erl_per_line=0.01 --replications 1",
        "Differs from its scenario: run.replications = 1 (2)", "seed 1, replications 1",
        f"input/sites.csv, 0.000 MB, SHA-256 {file_digest(other / 'input' / 'sites.csv')[:16]}",
        f"Python {facts['fingerprint']['python']}", f"{len(facts['files'])} as they were published",
    ):  # fmt: skip
        assert text in said
    assert "Nothing to compute" not in said
    assert "latest" in call("list", "--out", out)[1]
    status, shown, _ = call("show", "small", "--out", out)  # the newest plain run
    assert status == 0
    assert "replications 2" in shown
    assert call("show", "nothing", "--out", out)[0] == 2


def test_tags_are_given_by_command(out):
    run, coverage = folder_of(out, "run", 1), folder_of(out, "coverage", 2)
    for words, status, said in (
        ((run, "cheap"), 0, f"{run} is called cheap."),
        ((coverage, "cheap"), 2, "tag = 'cheap': is the name of"),
        ((coverage, "cheap", "--move"), 0, f"{coverage} is called cheap."),
        (("cheap", "cheaper", "--rename"), 0, "cheap is called cheaper."),
        (("cheaper",), 2, "NAME: missing"),
        (("cheaper", "x", "--remove"), 2, "--remove: needs no NAME"),
        (("cheaper", "x", "--move", "--rename"), 2, "give one of them"),
        (("cheaper", "second"), 0, f"{coverage} is called second."),
        (("cheaper", "--remove"), 0, "cheaper is no tag any more."),
        (("cheaper", "--remove"), 2, "there is no tag 'cheaper'"),
        ((run, "latest"), 2, "tag = 'latest'"),
        ((out / "nothing", "name"), 2, "is not there"),
    ):
        answer = call("tag", *words, "--out", out)
        assert answer[0] == status, answer
        assert said in answer[1 if status == 0 else 2]
    assert call("show", "second", "--out", out)[0] == 0


def test_compare_understands_tags(out):
    for n, name in ((2, "plain"), (1, "cheap")):
        call("tag", folder_of(out, "run", n), name, "--out", out)
    status, shown, _ = call("compare", "plain", "cheap", "--out", out)
    assert status == 0
    assert "1 pairs of replications" in shown
    assert "attempts" in shown
    status, _, said = call("compare", "plain", "cheap", "--seed", "2", "--out", out)
    assert status == 2
    assert "is a results folder, and what was run stays so" in said
