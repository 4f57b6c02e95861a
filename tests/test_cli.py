"""The command line: readable messages, exit statuses, and nothing written by mistake."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pyarrow.parquet import read_table

from sim.cli import main
from sim.runs.measures.subjects import BrokenInvariantError
from sim.scenario.json_schema import json_schema_text

ROOT = Path(__file__).resolve().parents[1]
SHORT = ["--set", "run.duration_h=1", "--replications", "2"]


def call(*words: str):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_help_imports_nothing_heavy():
    code = (
        "import sys, click.testing, sim.cli\n"
        "print(click.testing.CliRunner().invoke(sim.cli.main, ['--help']).output)\n"
        "heavy = {'numpy', 'numba', 'scipy', 'pyarrow', 'matplotlib', 'pydantic', 'rich'}\n"
        "sys.exit(' '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, f"imported: {ran.stderr}"
    for command in ("check", "run", "coverage", "list", "show", "tag", "schema"):
        assert f"  {command} " in ran.stdout


def test_check_says_that_a_scenario_is_in_order():
    result = call("check", "erlang_b")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "erlang_b is in order" in result.stdout


def test_check_tells_every_problem(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        "name: bad\nrun: {warmup_hours: 1}\nregion: {source: plain, width_km: 1, height_km: 1}\n"
        "networks: [{name: a, n_subscribers: -3}]\n"
    )
    result = call("check", path)
    assert result.exit_code == 2
    assert "warmup_h" in result.stderr
    assert "n_subscribers" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", ["run", "coverage"])
def test_a_mistake_writes_nothing(tmp_path, command):
    for words in (["no_such_scenario"], ["erlang_b", "--set", "run.nonsense=1"]):
        result = call(command, *words, "--out", tmp_path / "results")
        assert result.exit_code == 2
        assert result.stderr.strip()
        assert not (tmp_path / "results").exists()


def test_a_bug_is_a_traceback_and_publishes_nothing(tmp_path, monkeypatch):
    def broken(*_arguments):
        raise BrokenInvariantError("attempts and outcomes differ")

    monkeypatch.setattr("sim.runs.replication_tables.check_invariants", broken)
    result = call("run", "erlang_b", *SHORT, "--out", tmp_path / "results")
    assert result.exit_code == 1
    assert isinstance(result.exception, BrokenInvariantError)
    assert not list((tmp_path / "results").rglob("*"))


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> tuple[Result, Path]:
    """What a first run says, and where its results are."""
    out = tmp_path_factory.mktemp("results")
    result = call("run", "erlang_b", *SHORT, "--out", out)
    assert result.exit_code == 0, result.output
    return result, out


def test_run_prints_a_summary_and_draws_figures(ran):
    first, out = ran
    (folder,) = (out / "erlang_b").iterdir()  # and no latest, for this is no plain run
    for expected in ("attempts", "blocking [%]", "carried [erl]", "per site, both ends [erl]",
                     "area covered [%]", "Wall time", "calls/s", "peak memory", folder.name):  # fmt: skip
        assert expected in first.stdout
    assert "[   " in first.stderr  # a line for each stage
    assert len(list((folder / "figures").glob("*.pdf"))) == 5
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["command"] == ["patchcell", "run", "erlang_b", "--set", "run.duration_h=1",
                                   "--replications", "2"]  # fmt: skip
    again = call("run", "erlang_b", *SHORT, "--out", out)
    assert again.exit_code == 0
    assert "there already" in again.stdout
    assert json.loads((folder / "manifest.json").read_text()) == manifest


def test_summary_numbers_are_those_of_the_files(ran):
    result, out = ran
    (path,) = out.glob("erlang_b/*/summary.json")
    summary = json.loads(path.read_text())
    attempts = next(
        entry
        for entry in summary["measures"]
        if (entry["measure"], entry["network"], entry["province"])
        == ("voice.attempts", "net", "all")
    )
    line = next(line for line in result.stdout.splitlines() if line.strip().startswith("attempts"))
    half = (attempts["high"] - attempts["low"]) / 2.0
    assert line.split()[1:] == [f"{attempts['value']:,.0f}", "±", f"{half:,.0f}"]


def test_coverage(tmp_path):
    result = call("coverage", "two_cells", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert "area covered [%]" in result.stdout
    assert "people covered [%]" not in result.stdout  # nobody lives there
    assert "Telephone calls" not in result.stdout


def test_schema_goes_to_standard_output_or_to_a_file(tmp_path):
    shipped = json_schema_text()
    assert call("schema").stdout == shipped
    assert call("schema", "--out", tmp_path / "schema.json").exit_code == 0
    assert (tmp_path / "schema.json").read_text(encoding="utf-8") == shipped
    unwritable = call("schema", "--out", tmp_path / "no" / "schema.json")
    assert unwritable.exit_code == 2
    assert "name another file" in unwritable.stderr


def test_quiet_says_only_where_the_results_are(tmp_path):
    words = (
        "coverage",
        "two_cells",
        "--out",
        tmp_path,
        "--quiet",
    )  # as of `run`, with fewer figures
    result = call(*words)
    assert (result.exit_code, result.stderr) == (0, "")
    assert (Path(result.stdout.strip()) / "summary.json").is_file()
    again = call(*words)
    assert again.stdout == result.stdout


def test_the_first_replication_says_what_came_of_it(ran):
    result, out = ran
    told = [line for line in result.stderr.splitlines() if "provisional" in line]
    assert len(told) == 1
    rows = read_table(next((out / "erlang_b").glob("*/replications.parquet"))).to_pylist()
    blocking = [r["value"] for r in rows if r["measure"] == "voice.blocking"]
    assert any(f"blocking [%] {100.0 * value:.3f}" in told[0] for value in blocking)


NO_WINDOWS = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
POSIX = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}


@pytest.mark.slow
def test_a_locale_without_the_letters_does_no_harm(tmp_path):
    """A run, its summary and its list, with letters that the terminal does not know, from within a notebook."""

    def said(encoding: str, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "sim", *words, "--out", str(tmp_path)],
            cwd=ROOT,
            env=os.environ | POSIX | NO_WINDOWS | {"PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
        )
        text = (done.stdout + done.stderr).decode(encoding or "ascii")
        assert done.returncode == 0, text
        return text

    label = r'networks[net].label="\uD50C\u0142"'
    text = said("", "run", "erlang_b", *SHORT, "--set", label)
    assert "+- " in text
    assert len(list(tmp_path.glob("erlang_b/*/figures/*.pdf"))) == 5
    (folder,) = (path.name for path in (tmp_path / "erlang_b").iterdir())
    for words, encoding, shown in (
        (("show", folder), "", "??"),
        (("list",), "latin-1", "??"),
        (("show", folder), "cp949", "플ł"),
    ):
        text = said(encoding, *words)
        assert f"networks[net].label = '{shown}' ('One cell')" in text
    assert "± " in text


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_no_output_is_no_output(tmp_path, closed):
    words = f"list --out {tmp_path}"
    script = f"exec {sys.executable} -m sim {words} {closed}"
    done = subprocess.run(["sh", "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_file_of_results_takes_the_place_of_a_closed_stream(tmp_path):
    code = (
        "from sim.cli.terminal import print_anything; print_anything(); "
        f"file = open({str(tmp_path / 'file')!r}, 'w'); file.write(str(file.fileno() > 2))"
    )
    script = f'exec {sys.executable} -c "{code}" <&- >&- 2>&-'
    assert subprocess.run(["sh", "-c", script], cwd=ROOT).returncode == 0
    assert (tmp_path / "file").read_text() == "True"
