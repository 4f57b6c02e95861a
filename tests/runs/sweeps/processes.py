"""Sweeps as processes of their own, to be killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from sim.runs.sweeps.store import part_files, read_notes
from sim.runs.sweeps.sweep import run_sweep
from tests.patience import HANG_S, wait_until
from tests.sharing import made_once

ROOT = Path(__file__).resolve().parents[3]
N_RUNS = 60
N_HELD = 12
"""Runs at the end of the sweep that wait while the gate is closed: however late a test comes, it is not over."""

_SWEEP = """\
name: gated
base: two_cells
set: {{run.duration_h: 4}}
replications: 1
axes:
  - name: seed
    choices:
{choices}
  - {{name: erl, path: "traffic.sources[between].offered_erl", low: 1, high: 4, n_values: 4}}
measures: [voice.blocking]
"""
_BASE = "base: two_cells\nname: {name}\nextensions: [{name}.py]\n"
# While the gate is closed all runs are slow, so that a worker is given few at a time, and some wait until it is open.
_EXTENSION = """\
import os
import time
from pathlib import Path

def processes(clock, network):
    closed = Path(os.environ.get("GATE", "no gate"))
    {waits} closed.exists():
        time.sleep(0.05)
    return []
"""


class GatedSweep:
    """
    A sweep the last runs of which wait for a gate, and its table as it is when nobody disturbs it.

    Parameters
    ----------
    folder : Path
        Folder with the sweep, which many may read.
    gate : Path
        File that is there while the gate is closed.
    """

    def __init__(self, folder: Path, gate: Path) -> None:
        self.sweep = folder / "gated.yaml"
        self.table = table_bytes(folder / "out")
        self._gate = gate
        self.environment = {"GATE": str(gate)}

    def close_gate(self) -> None:
        """Let no sweep with this environment come to its end."""
        self._gate.touch()

    def open_gate(self) -> None:
        """Let sweeps come to their end."""
        self._gate.unlink(missing_ok=True)


def gated_sweep(factory: pytest.TempPathFactory, gate: Path) -> GatedSweep:
    """Return the sweep, with a gate of one's own."""
    return GatedSweep(made_once(factory, "gated-sweep", _make), gate)


def _make(folder: Path) -> None:
    for name, waits in (("paced", "if"), ("held", "while")):
        (folder / f"{name}.yaml").write_text(_BASE.format(name=name))
        (folder / f"{name}.py").write_text(_EXTENSION.format(waits=waits))
    n_seeds = N_RUNS // 4
    n_paced = n_seeds - N_HELD // 4
    choices = "".join(
        f'      "{k}": {{base: {"paced" if k <= n_paced else "held"}.yaml, seed: {k}}}\n'
        for k in range(1, n_seeds + 1)
    )
    (folder / "gated.yaml").write_text(_SWEEP.format(choices=choices.rstrip()))
    run_sweep(folder / "gated.yaml", shard="1/1", out=folder / "out")


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
        out, err = process.communicate(timeout=HANG_S)
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


def wait_for(is_so: Callable[[], bool], process: subprocess.Popen) -> None:
    """Wait until something is so, as long as a process lives."""

    def go_on() -> None:
        assert process.poll() is None, "ended too early: " + finish(process)[1]

    wait_until(is_so, go_on)


def in_the_middle(out: Path, process: subprocess.Popen, n: int = 20) -> None:
    """Wait until some runs are kept; the gate is closed, so not all are."""
    wait_for(lambda: len(kept(out)) >= n, process)
    assert len(set(kept(out))) <= N_RUNS - N_HELD


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
