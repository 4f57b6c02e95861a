"""
Job scripts for batch systems that are not here: as recorded, and given to programs that stand in for theirs.

`job_scripts/` holds the scripts; what depends on machine and folder is replaced by a word.
"""

import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sim.errors import SimError
from sim.runs.sweeps import batch_systems
from sim.runs.sweeps.batch_systems import batch_cluster, cluster_class, job_array_script
from sim.runs.sweeps.job_options import option_types, typed_options
from sim.runs.sweeps.jobs import Submissions
from sim.runs.sweeps.sweep import run_sweep
from tests.runs.sweeps.processes import ROOT, command, environment

FOLDER = Path(__file__).parent / "job_scripts"
SYSTEMS = ("slurm", "pbs", "lsf", "sge")


@pytest.fixture(autouse=True)
def folder_of_logs(tmp_path, monkeypatch) -> None:
    """Let the folder in which jobs write be below that of the test."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_script_of_a_job_array_is_as_recorded(system):
    options = {"queue": "long", "account": "radio"}
    script = job_array_script(system, "my sweep.yaml", 50, "results", options)
    assert script == (FOLDER / f"array_{system}.txt").read_text()


def test_unknown_options_are_refused():
    with pytest.raises(
        SimError, match=r"--option colour: must be walltime, memory, queue or account"
    ):
        job_array_script("slurm", "s", 2, "out", {"colour": "red"})


SUBMIT = {"pbs": ("qsub", "1.server"), "lsf": ("bsub", "Job <1> is submitted to queue <long>.")}
STAND_IN = """\
#!{python}
import subprocess, sys
from pathlib import Path
name = next((word for word in sys.argv[1:] if Path(word).is_file()), None)
script = Path(name).read_text() if name else sys.stdin.read()
Path({recorded!r}).write_text(script)
subprocess.Popen(["bash", "-c", script], start_new_session=True, stdin=subprocess.DEVNULL,
                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print({answer!r})
"""
CANCEL = "#!/bin/sh\nexit 0\n"
TINY = """\
name: tiny
base: two_cells
set: {run.duration_h: 1}
replications: 1
axes: [{name: seed, path: seed, values: [1, 2, 3]}]
"""


def without_machine(script: str) -> str:
    """Replace what depends on machine and folder."""
    for pattern, word in (
        (re.escape(sys.executable), "PYTHON"),
        (re.escape(str(ROOT)), "PROJECT"),
        (r"tcp://[\d.]+:\d+", "SCHEDULER"),
        (r"-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", ""),
        (r"(--name|-N|-J) \S+", r"\1 NAME"),
    ):
        script = re.sub(pattern, word, script)
    return script


@pytest.mark.parametrize("system", ["pbs", pytest.param("lsf", marks=pytest.mark.slow)])
def test_a_batch_system_is_given_the_recorded_job_and_the_job_works(system, tmp_path, monkeypatch):
    program, answer = SUBMIT[system]
    recorded = tmp_path / "recorded"
    texts = {program: STAND_IN.format(python=sys.executable, recorded=str(recorded), answer=answer)}
    texts |= dict.fromkeys(("qdel", "bkill"), CANCEL)
    for name, text in texts.items():
        path = tmp_path / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    Path("tiny.yaml").write_text(TINY)
    options = ["queue=long", "interface=lo", "walltime=00:20", "memory=2GB", "log_directory=jobs"]
    words = [word for option in options for word in ("--option", option)]
    path = f"{tmp_path}:{os.environ['PATH']}"
    status, said = command(
        "tiny.yaml", "--cluster", system, "--jobs", "1", *words, "--out", "out", PATH=path
    )
    assert status == 0, said
    assert "3 runs are in" in said
    assert environment()["PYTHONPATH"] == str(ROOT)
    assert without_machine(recorded.read_text()) == (FOLDER / f"job_{system}.txt").read_text()


def typed(system: str, **given: str) -> dict:
    return typed_options(system, cluster_class(system), given)


@pytest.mark.parametrize("system", SYSTEMS)
def test_options_have_the_types_of_dask_jobqueue(system):
    given = {"job_directives_skip": "--mem; -t", "cores": "2", "death_timeout": "0.5"}
    given |= {"nanny": "False", "queue": "1"}
    wanted = {"job_directives_skip": ["--mem", "-t"], "cores": 2, "death_timeout": 0.5}
    wanted |= {"nanny": False, "queue": "1"}
    assert typed(system, **given) == wanted
    types = option_types(cluster_class(system))
    assert set(types.values()) == {"str", "int", "float", "bool", "list"}
    assert not {"self", "scheduler", "header_skip", "security", "base_class_kwargs"} & set(types)


def test_a_directive_that_is_left_out_takes_no_other_with_it():
    options = {"job_directives_skip": "--mem", "queue": "long", "account": "radio"}
    with batch_cluster("slurm", options | {"interface": "lo"}, Submissions()) as cluster:
        header = cluster.job_script()
    assert "#SBATCH --mem" not in header
    for line in ("-p long", "-A radio", "-t 01:00:00", "-n 1"):
        assert f"#SBATCH {line}\n" in header


@pytest.mark.parametrize(
    ("system", "name", "text", "says"),
    [
        ("slurm", "walltime", "2h", "must be hours:minutes:seconds, such as 02:00:00"),
        ("slurm", "walltime", "", "must be hours:minutes:seconds"),
        ("lsf", "walltime", "02:00:00", "must be hours:minutes, such as 02:00$"),
        ("pbs", "walltime", "1-12", "must be hours:minutes:seconds"),
        ("sge", "cores", "two", "must be a whole number"),
        ("slurm", "cores", "0", "must be a whole number of 1 or more"),
        ("pbs", "nanny", "maybe", "must be true or false"),
        ("slurm", "memory", "8", "is 8 bytes; must be a size with its unit"),
        ("slurm", "memory", "eight", "must be a size with its unit"),
        ("slurm", "wall_time", "1", "did you mean 'walltime'"),
        ("slurm", "header_skip", "-t", "unknown"),
        ("slurm", "interface", "ib0", r"must be .*\blo\b.*--option host=ADDRESS"),
    ],
)
def test_an_option_that_cannot_be_read_says_what_can(system, name, text, says):
    with pytest.raises(SimError, match=says) as raised:
        typed(system, cores="x", **{name: text}) if name != "cores" else typed(
            system, **{name: text}
        )
    assert f"--option {name}" in str(raised.value)
    assert len(raised.value.problems) == (1 if name == "cores" else 2)


@pytest.mark.parametrize(
    ("system", "times"),
    [
        ("slurm", ("90", "90:00", "02:00:00", "1-12", "1-12:30", "1-12:30:00")),
        ("pbs", ("7200", "02:00:00", "48:00:00")),
        ("lsf", ("90", "02:00")),
        ("sge", ("7200", "02:00:00")),
    ],
)
def test_times_of_each_batch_system_are_read(system, times):
    for text in times:
        assert typed(system, walltime=text) == {"walltime": text}
        assert text in job_array_script(system, "s", 2, "out", {"walltime": text})
    with pytest.raises(SimError, match="walltime=2h"):
        job_array_script(system, "s", 2, "out", {"walltime": "2h"})


def test_an_interface_that_only_nodes_have_goes_with_the_address_of_the_scheduler():
    given = {"interface": "ib0", "host": "127.0.0.1"}
    assert typed("slurm", **given) == given
    with batch_cluster("slurm", given, Submissions()) as cluster:
        assert cluster.scheduler_address.startswith("tcp://127.0.0.1:")
        assert "--interface ib0" in cluster.job_script()
    with pytest.raises(SimError, match=r"host=192\.0\.2\.1: .* an address of this machine"):
        typed("slurm", host="192.0.2.1")


def test_paths_with_blanks_are_found_by_the_shell_of_a_job(tmp_path, monkeypatch):
    folder = tmp_path / "my $folder's"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    python = folder / "python 3"
    python.write_text(
        f'#!/bin/sh\necho "$PYTHONPATH|$*" >> {shlex.quote(str(tmp_path / "said"))}\n'
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(batch_systems, "CHECKOUT", folder)
    with batch_cluster("slurm", {"interface": "lo"}, Submissions()) as cluster:
        script = cluster.job_script()
    path = {"PATH": os.environ["PATH"]}
    subprocess.run(["bash", "-c", script], env=path, check=True)
    warm, worker = (tmp_path / "said").read_text().splitlines()
    assert warm == f"{folder}|-m sim warm"
    assert worker.startswith(f"{folder}|-m distributed.cli.dask_worker tcp://")


def test_a_batch_system_that_is_not_here_is_told_before_anything_is_done(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    Path("tiny.yaml").write_text(TINY)
    with pytest.raises(SimError, match="there is no sbatch here"):
        run_sweep("tiny.yaml", cluster="slurm", out="out")
    assert list(tmp_path.iterdir()) == [tmp_path / "tiny.yaml"]
