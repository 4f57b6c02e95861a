"""Whatever is killed in the middle of sixty runs: the same command finishes, nothing is lost or counted twice."""

import errno
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from sim.errors import StoreError
from sim.runs import parquet
from sim.runs.sweeps.sweep import run_sweep
from tests.patience import HANG_S
from tests.runs.sweeps.processes import (
    N_RUNS,
    GatedSweep,
    command,
    environment,
    gated_sweep,
    in_the_middle,
    kept,
    kill,
    parts_of,
    start,
    table_bytes,
    wait_for,
    workers_of,
)


@pytest.fixture
def sweep(tmp_path_factory, tmp_path) -> Iterator[GatedSweep]:
    """The sweep; its gate is open unless a test closes it."""
    made = gated_sweep(tmp_path_factory, tmp_path / "gate")
    yield made
    made.open_gate()


def require_whole(out: Path, wanted: bytes) -> None:
    """Nothing is lost, nothing counts twice."""
    assert table_bytes(out) == wanted
    table = pq.read_table(next(out.glob("sweeps/*/????????/sweep.parquet")))
    assert len(table) == N_RUNS
    assert len(set(table.column("run_id").to_pylist())) == N_RUNS
    assert len(set(kept(out))) == N_RUNS
    manifest = json.loads(next(out.glob("sweeps/*/????????/manifest.json")).read_text())
    assert (manifest["n_runs"], manifest["n_failed"]) == (N_RUNS, 0)
    assert not list(out.glob("sweeps/*/*/parts/.*"))


def go_on_here(sweep: GatedSweep, out: Path) -> None:
    """Do the rest in this process, which need not start; that the same command does it is seen with the client."""
    run_sweep(sweep.sweep, shard="1/1", out=out)
    assert len(kept(out)) == N_RUNS  # what was kept was not computed again
    require_whole(out, sweep.table)


def n_kept_already(said: str) -> int:
    return int(re.search(rf"{N_RUNS} runs, (\d+) kept already", said)[1])


@pytest.mark.parametrize(
    "moments", [(20,), pytest.param((1, 15, 30), marks=pytest.mark.slow)], ids=["once", "often"]
)
def test_a_worker_is_killed(sweep, tmp_path, moments):
    sweep.close_gate()
    client = start(str(sweep.sweep), "--jobs", "2", "--out", str(tmp_path), **sweep.environment)
    for moment in moments:
        in_the_middle(tmp_path, client, moment)
        wait_for(lambda: len(workers_of(client)) == 2, client)  # one may just be replaced
        kill(workers_of(client)[0].pid)
    sweep.open_gate()
    out, err = client.communicate(timeout=HANG_S)
    assert client.returncode == 0, out + err
    require_whole(tmp_path, sweep.table)


@pytest.mark.parametrize(
    ("moments", "jobs"),
    [((20,), 1), pytest.param((1, 15, 30), 2, marks=pytest.mark.slow)],
    ids=["once", "often"],
)
def test_the_client_is_killed(sweep, tmp_path, moments, jobs):
    for moment in moments:
        sweep.close_gate()
        client = start(
            str(sweep.sweep), "--jobs", str(jobs), "--out", str(tmp_path), **sweep.environment
        )
        in_the_middle(tmp_path, client, moment)
        workers = workers_of(client)
        assert len(workers) == jobs
        kill(client.pid)
        client.communicate()
        sweep.open_gate()  # a worker ends between two runs
        psutil.wait_procs(workers, timeout=HANG_S)
        assert not any(worker.is_running() for worker in workers)
    before = len(set(kept(tmp_path)))
    status, said = command(str(sweep.sweep), "--jobs", "1", "--out", str(tmp_path))
    assert status == 0, said
    assert n_kept_already(said) == before >= moments[-1]
    assert len(kept(tmp_path)) == N_RUNS  # what was kept was not computed again
    require_whole(tmp_path, sweep.table)


class Cluster:
    """A scheduler and a worker that are no business of the client's."""

    def __init__(self, folder: Path, gate: dict[str, str]) -> None:
        self._gate = gate
        note = folder / "scheduler.json"
        note.unlink(missing_ok=True)
        words = [
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            "--scheduler-file",
            str(note),
        ]
        self.scheduler = self._dask(*words)
        wait_for(lambda: note.is_file() and note.read_text().strip().endswith("}"), self.scheduler)
        self.address = json.loads(note.read_text())["address"]
        # A worker waits for its scheduler as long as it takes on a busy machine: `end` is what ends it.
        options = [
            "--nthreads",
            "1",
            "--no-dashboard",
            "--death-timeout",
            str(HANG_S),
            "--local-directory",
            str(folder),
        ]
        self.worker = self._dask("worker", self.address, *options)

    def _dask(self, *words: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *words],
            env=environment(**self._gate),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def end(self) -> None:
        everyone = []
        for process in (self.scheduler, self.worker):
            if process.poll() is None:
                everyone += [
                    psutil.Process(process.pid),
                    *psutil.Process(process.pid).children(recursive=True),
                ]
        for one in everyone:
            if one.is_running():
                one.kill()
        for process in (self.scheduler, self.worker):
            process.wait()


@pytest.mark.slow
def test_the_scheduler_is_killed(sweep, tmp_path):
    sweep.close_gate()
    out = tmp_path / "out"
    cluster = Cluster(tmp_path, sweep.environment)
    try:
        client = start(
            str(sweep.sweep),
            "--cluster",
            cluster.address,
            "--jobs",
            "1",
            "--out",
            str(out),
            **sweep.environment,
        )
        in_the_middle(out, client)
        kill(cluster.scheduler.pid)
        said = client.communicate(timeout=HANG_S)[1]
    finally:
        sweep.open_gate()
        cluster.end()
    assert client.returncode == 2, said
    assert "the same command goes on" in said
    assert "Traceback" not in said
    assert len(kept(out)) < N_RUNS
    go_on_here(sweep, out)


def test_the_disk_is_full(sweep, tmp_path):
    """A real file system of 4 MB, filled up; without the right to mount one, see the next test."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4000k", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a file system")
    try:
        sweep.close_gate()
        words = (str(sweep.sweep), "--jobs", "1", "--out", str(disk))
        client = start(*words, **sweep.environment)
        in_the_middle(disk, client, 2)
        ballast = disk / "ballast"
        with ballast.open("wb", buffering=0) as file, suppress(OSError):  # there is no room left
            while file.write(bytes(4096)):
                pass
        sweep.open_gate()
        out, said = client.communicate(timeout=HANG_S)
        assert client.returncode == 2, out + said
        assert "No space left on device" in said
        assert "Traceback" not in said
        assert not list(disk.glob("sweeps/*/*/parts/.*"))
        assert 0 < len(kept(disk)) < N_RUNS
        ballast.unlink()
        go_on_here(sweep, disk)
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_part_that_cannot_be_written_leaves_nothing(sweep, tmp_path, monkeypatch):
    write = parquet.pq.write_table
    n_written = 0

    def full(table, file, **options):
        nonlocal n_written
        n_written += 1
        if n_written > 2:
            file.write(b"PAR1")
            raise OSError(errno.ENOSPC, "No space left on device")
        write(table, file, **options)

    monkeypatch.setattr(parquet.pq, "write_table", full)
    with pytest.raises(StoreError, match="free space"):
        run_sweep(sweep.sweep, shard="1/1", out=tmp_path)
    monkeypatch.undo()
    assert len(parts_of(tmp_path)) == 1  # one more was the table of the points
    run_sweep(sweep.sweep, shard="1/1", out=tmp_path)
    require_whole(tmp_path, sweep.table)
