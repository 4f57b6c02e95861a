"""
Job scripts for batch systems that are not here: as recorded, and given to programs that stand in for theirs.

`job_scripts/` holds the scripts; what depends on machine and folder is replaced by a word.
"""

import os
import re
import stat
import sys
from pathlib import Path

import pytest

from sim.errors import SimError
from sim.runs.sweeps.batch_systems import job_array_script
from tests.runs.sweeps.processes import ROOT, command, environment

FOLDER = Path(__file__).parent / "job_scripts"
SYSTEMS = ("slurm", "pbs", "lsf", "sge")


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
    monkeypatch.chdir(tmp_path)
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
