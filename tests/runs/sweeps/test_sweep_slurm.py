"""Sweeps on a real Slurm of one node, and by its job arrays."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.errors import SimError
from sim.runs.sweeps import jobs
from sim.runs.sweeps.batch_systems import batch_cluster
from sim.runs.sweeps.jobs import Jobs, Submissions
from sim.runs.sweeps.sweep import run_sweep
from tests.patience import HANG_S, wait_until
from tests.runs.sweeps.processes import (
    ROOT,
    GatedSweep,
    command,
    gated_sweep,
    in_the_middle,
    start,
    table_bytes,
    wait_for,
)

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "scancel", "squeue", "munged")
JOB = ["--option", "memory=1GB", "--option", "interface=lo", "--option", "queue=debug"]


@pytest.fixture(scope="module")
def slurm():
    """Environment in which Slurm's commands speak to a Slurm of this test's own."""
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    missing = [one for one in PROGRAMS if shutil.which(one, path=path) is None]
    if missing:
        if "slurm" in os.environ.get("PATCHCELL_REQUIRE", "").split(","):
            pytest.fail(f"Slurm is asked for, and not there: {', '.join(missing)}")
        pytest.skip(f"no Slurm on this machine: {', '.join(missing)}")
    folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))  # a socket's path must be short
    script = [str(ROOT / "tools" / "slurm_one_node.sh")]
    environment = {**os.environ, "PATH": path}
    up = subprocess.run(
        [*script, "up", str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        yield {"PATH": path, "SLURM_CONF": str(folder / "slurm.conf")}
    finally:
        subprocess.run([*script, "down", str(folder)], env=environment, check=True, timeout=HANG_S)
        shutil.rmtree(folder, ignore_errors=True)


def ask(slurm: dict[str, str], *words: str) -> str:
    return subprocess.run(
        words,
        env={**os.environ, **slurm},
        capture_output=True,
        text=True,
        check=True,
        timeout=HANG_S,
    ).stdout


def running(slurm: dict[str, str]) -> list[str]:
    return ask(slurm, "squeue", "-h", "-t", "R", "-o", "%i").split()


@pytest.fixture
def sweep(tmp_path_factory, tmp_path) -> Iterator[GatedSweep]:
    """The sweep; its gate is open unless a test closes it."""
    made = gated_sweep(tmp_path_factory, tmp_path / "gate")
    yield made
    made.open_gate()


@pytest.mark.slow
def test_jobs_that_are_cancelled_are_replaced_and_the_table_is_the_same(slurm, sweep, tmp_path):
    words = [*JOB, "--option", f"log_directory={tmp_path / 'jobs'}"]
    sweep.close_gate()
    client = start(
        str(sweep.sweep),
        "--cluster",
        "slurm",
        "--jobs",
        "1",
        *words,
        "--out",
        str(tmp_path),
        **slurm,
        **sweep.environment,
    )
    in_the_middle(tmp_path, client)
    before = running(slurm)
    ask(slurm, "scancel", *before)
    wait_for(lambda: bool(set(running(slurm)) - set(before)), client)
    sweep.open_gate()
    out, err = client.communicate(timeout=HANG_S)
    assert client.returncode == 0, out + err
    assert table_bytes(tmp_path) == sweep.table
    wait_until(lambda: not running(slurm))


@pytest.mark.slow
def test_a_printed_job_array_runs_the_shards(slurm, sweep, tmp_path):
    words = ["--job-array", "3", "--option", "memory=1G", "--option", "walltime=00:10:00"]
    status, script = command(str(sweep.sweep), "--out", str(tmp_path), *words)
    assert status == 0, script
    here = script.replace(".venv/bin/python", shutil.which("python3") or "python3")
    here = re.sub(r"exec \S+", f"exec {os.sys.executable}", here)
    path = tmp_path / "sweep.sh"
    path.write_text(here)
    log = f"--output={tmp_path}/log-%a"
    submitted = subprocess.run(
        ["sbatch", "--wait", log, str(path)],
        env={**os.environ, **slurm, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    logs = "".join(one.read_text() for one in sorted(tmp_path.glob("log-*")))
    assert submitted.returncode == 0, submitted.stderr + logs
    status, said = command(str(sweep.sweep), "--out", str(tmp_path), "--jobs", "1")
    assert status == 0, said
    assert table_bytes(tmp_path) == sweep.table


@pytest.fixture
def here(slurm, tmp_path, monkeypatch) -> None:
    """Let this process speak to the Slurm, and jobs write beside the test."""
    for name, value in slurm.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("here")
def test_a_job_that_slurm_refuses_ends_the_sweep_in_its_words(slurm, write, tiny, tmp_path):
    write(tiny=tiny)
    options = {"queue": "nonsense", "interface": "lo"}
    with pytest.raises(SimError, match="sbatch: error: invalid partition specified: nonsense"):
        run_sweep("tiny.yaml", cluster="slurm", jobs=3, options=options, out=tmp_path)
    assert not ask(slurm, "squeue", "-h").split()


@pytest.mark.usefixtures("here")
def test_jobs_refused_later_are_submitted_again_and_silence_is_told(slurm, monkeypatch):
    monkeypatch.setattr(jobs, "_RETRY_S", 0.0)
    options = {"interface": "lo", "queue": "debug", "job_extra_directives": "--hold"}
    said: list[str] = []
    submissions = Submissions()
    cluster = batch_cluster("slurm", options, submissions)
    try:
        held = Jobs("slurm", cluster, 2, submissions, said.append)
        held.begin()
        assert submissions.n_taken == 1
        ask(slurm, "scontrol", "update", "PartitionName=debug", "State=DRAIN")
        wait_until(lambda: bool(submissions.refused))
        held.look(0)
        (refusal,) = said
        assert "Required partition not available" in refusal
        ask(slurm, "scontrol", "update", "PartitionName=debug", "State=UP")
        wait_until(lambda: submissions.n_taken == 2, lambda: held.look(0))
        monkeypatch.setattr(jobs, "_SILENT_S", 0.0)
        held.look(0)
        assert "jobs taken: 2" in said[-1]
        assert "lies in patchcell-jobs" in said[-1]
        n_said = len(said)
        held.look(0)
        assert len(said) == n_said
        assert len(ask(slurm, "squeue", "-h", "-o", "%i").split()) == 2
    finally:
        ask(slurm, "scontrol", "update", "PartitionName=debug", "State=UP")
        cluster.close(timeout=10)
    wait_until(lambda: not ask(slurm, "squeue", "-h").split())


@pytest.mark.usefixtures("here")
def test_a_sweep_whose_jobs_are_refused_for_long_and_has_no_worker_ends(monkeypatch):
    monkeypatch.setattr(jobs, "_RETRY_S", 0.0)
    submissions = Submissions(n_taken=1)
    cluster = batch_cluster("slurm", {"interface": "lo"}, submissions)
    left = Jobs("slurm", cluster, 2, submissions, lambda _: None)

    def refuse_and_look(n_workers: int = 0) -> None:
        submissions.refused["a"] = "sbatch: error: no hours are left"
        left.look(n_workers)

    try:
        for _ in range(jobs._MOST_ROUNDS):
            refuse_and_look()
        refuse_and_look(n_workers=1)
        for _ in range(jobs._MOST_ROUNDS - 1):
            refuse_and_look()
        with pytest.raises(SimError, match=r"(?s)no hours are left.*the same command goes on"):
            refuse_and_look()
    finally:
        cluster.close(timeout=10)
