"""Sweeps as processes of their own, to be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from sim.runs.sweep_parts import part_files, read_notes

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 240.0
"""Compiled code may have to be made first."""

TWO_HUNDRED = """\
name: hundreds
base: two_cells
set: {run.duration_h: 4}
replications: 2
axes:
  - {name: seed, path: seed, low: 1, high: 50, n_values: 50}
  - {name: erl, path: "traffic.sources[between].offered_erl", low: 1, high: 4, n_values: 4}
measures: [voice.blocking, voice.attempts]
"""
N_RUNS = 200


def environment(**more: str) -> dict[str, str]:
    """Environment in which the simulator of this checkout is found."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def start(*words: str, **more: str) -> subprocess.Popen:
    """Begin the command."""
    return subprocess.Popen(
        [sys.executable, "-m", "sim", "sweep", *words],
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen) -> tuple[int, str]:
    """Wait for the end; return status and all that was said."""
    try:
        out, err = process.communicate(timeout=PATIENCE_S)
    finally:
        if process.poll() is None:
            process.kill()
    return process.returncode, out + err


def command(*words: str, **more: str) -> tuple[int, str]:
    """Give the command and wait for its end."""
    return finish(start(*words, **more))


def parts_of(out: Path) -> list[Path]:
    """Every part of the sweep in a folder of results."""
    return [part for folder in out.glob("sweeps/*/????????/parts") for part in part_files(folder)]


def kept(out: Path) -> list[str]:
    """Id of every run in every part, as often as it is there."""
    return [note.run_id for part in parts_of(out) for note in read_notes(part) or ()]


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen | None = None) -> None:
    """Wait until something is so, as long as a process lives."""
    end_s = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end_s, "it never came to that"
        assert process is None or process.poll() is None, "ended too early: " + finish(process)[1]
        time.sleep(0.02)


def in_the_middle(out: Path, process: subprocess.Popen, n: int = 20) -> None:
    """Wait until some runs are kept, and by far not all."""
    wait_until(lambda: len(kept(out)) >= n, process)
    assert len(set(kept(out))) < N_RUNS - 10, "too fast to be killed in the middle"


def workers_of(process: subprocess.Popen) -> list[psutil.Process]:
    """Worker processes of a client on this machine."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [one for one in children if "spawn_main" in " ".join(one.cmdline())]


def table_bytes(out: Path) -> bytes:
    """The collected table."""
    (path,) = out.glob("sweeps/*/????????/sweep.parquet")
    return path.read_bytes()


def kill(pid: int) -> None:
    """End a process of this test at once."""
    os.kill(pid, signal.SIGKILL)
