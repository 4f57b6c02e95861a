"""
Try mutants one after the other, a line of JSON each: what a child process does, so that it can be stopped.

`python tests/bad_input/trial.py SEED FIRST END FOLDER LIMIT` is that child, LIMIT in seconds of processor time;
`try_mutants` starts such children and watches them.
"""

import json
import math
import os
import queue
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

LIMIT_S = 60
"""A mutant that takes more processor time hangs, however busy the machine is; code is compiled before the first. [s]"""

WARM_LIMIT_S = 900
"""Processor time in which a child compiles. [s]"""

IDLE_S = 30.0
"""A child that sleeps so long and uses no processor time hangs: one that waits for the processor does not sleep. [s]"""

MISBEHAVIOUR = "PATCHCELL_MISBEHAVING_TRIAL"

LIMIT_BYTES = 6 * 2**30
"""Address space of a child; libraries and compiled code take about 2.5 GiB of it without being in memory."""

LIMIT_RESIDENT_BYTES = 2 * 2**30
"""Memory that a child may take: a small mutant up to 0.7 GiB, compiling everything anew before the first 1.4 GiB."""

MOST_LINES, MOST_SQUARES, MOST_CALLS, MOST_SITES = 4_000, 12_000, 20_000, 25
"""Sizes to which a valid mutant is brought before it is run: those that are larger, and no others."""


def shrinking(scenario: Any) -> list[str]:
    """Return the overrides that make a valid scenario small enough to be run by the hundred."""
    from sim.network.demand import most_attempts, source_rates
    from sim.scenario.memory import n_squares

    overrides = []
    run, networks = scenario.run, scenario.networks
    lines = sum(network.n_subscribers for network in networks) * scenario.subscribers.scale
    share = min(1.0, MOST_LINES / lines) if lines else 1.0
    squares = n_squares(scenario.region, scenario.grid)
    side_m = scenario.grid.resolution_m
    if scenario.region.source == "geojson" and side_m < 2_000.0:
        overrides.append("grid.resolution_m=2000")
    elif squares > MOST_SQUARES:
        side_m = min(10_000.0, side_m * math.sqrt(squares / MOST_SQUARES))
        overrides.append(f"grid.resolution_m={side_m!r}")
    for i, network in enumerate(networks):
        if share < 1.0 and network.n_subscribers:
            n_lines = math.ceil(network.n_subscribers * share)
            overrides.append(f"networks[{i}].n_subscribers={n_lines}")
        if network.n_sites > MOST_SITES:
            overrides.append(f"networks[{i}].n_sites={MOST_SITES}")
    fixed_lines = scenario.fixed.n_lines if scenario.fixed.source == "generated" else 0
    if fixed_lines * share > MOST_LINES or (fixed_lines and share < 1.0):
        overrides.append(f"fixed.n_lines={min(MOST_LINES, math.ceil(fixed_lines * share))}")
    of_sources = float(source_rates(scenario).sum()) * (run.duration_h + scenario.warmup_h)
    calls = of_sources + (most_attempts(scenario) - of_sources) * share
    if calls > MOST_CALLS:
        for key, hours in (("duration_h", run.duration_h), ("warmup_h", scenario.warmup_h)):
            overrides.append(f"run.{key}={hours * MOST_CALLS / calls!r}")
    elif run.duration_h > 48.0:
        overrides.append("run.duration_h=48")
    overrides += [
        f"radio.wcdma.{key}={least_s}"
        for key, least_s in (("power_update_s", 1.0), ("coverage_sample_s", 300.0))
        if getattr(scenario.radio.wcdma, key) < least_s
    ]
    if run.replications > 2:
        overrides.append("run.replications=2")
    return overrides


def try_mutant(seed: int, number: int, folder: Path) -> dict[str, Any]:
    """
    Let a mutant go the whole way.

    Parameters
    ----------
    seed, number : int
        Address of the mutant.
    folder : Path
        Empty folder for everything.

    Returns
    -------
    dict
        `verdict`: refused, ran, traceback, or litter; with what was said.
    """
    from mutants import make_mutant

    from sim.errors import SimError
    from sim.runs import run_scenario
    from sim.runs.feasible import require_feasible
    from sim.scenario.load import load_scenario

    mutant = make_mutant(seed, number)
    answer: dict[str, Any] = {
        "number": number,
        "scenario": mutant.scenario,
        "damage": mutant.damage,
    }
    out, temporary = folder / "results", folder / "tmp"
    temporary.mkdir()
    tempfile.tempdir = str(temporary)
    try:
        _misbehave(number)
        path = mutant.write(folder / "in")
        loaded = load_scenario(path, mutant.overrides)
        require_feasible(loaded)
        answer["checked"] = True
        overrides = [*mutant.overrides, *shrinking(loaded.scenario)]
        result = run_scenario(path, overrides, out=out)
        broken = faults_of_folder(result.folder)
        answer |= {"verdict": "broken" if broken else "ran", "said": broken}
    except SimError as error:
        answer |= {"verdict": "refused", "said": str(error), "problems": len(error.problems)}
        if not str(error).strip():
            answer["verdict"] = "silent"
        if out.exists() and any(out.rglob("*")):
            answer["verdict"] = "litter"
    except Exception:  # that is what is looked for
        answer |= {"verdict": "traceback", "said": traceback.format_exc()}
    left = [path.name for path in [*temporary.iterdir(), *out.glob("**/.*")]]
    if left:
        answer |= {"verdict": "litter", "said": f"left over: {left}"}
    return answer


def _misbehave(number: int) -> None:
    """Do in place of the first mutants what must be noticed, where a test of the trial itself asks for it."""
    if MISBEHAVIOUR not in os.environ:
        return
    if number == 0:
        raise ZeroDivisionError("a traceback")
    if number == 1:
        os._exit(3)
    if number == 2:
        time.sleep(3600.0)
    while number == 3:
        pass
    if number == 4:
        Path(tempfile.mkdtemp()).touch()


def faults_of_folder(folder: Path) -> str:
    """Return what is wrong with a published folder."""
    from sim.runs.measures.subjects import INVARIANTS
    from sim.runs.parquet import read_parquet

    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    faults = []
    if manifest["invariants_checked"] != list(INVARIANTS):
        faults.append("invariants were not checked")
    missing = [name for name in manifest["files"] if not (folder / name).is_file()]
    if missing:
        faults.append(f"missing: {missing}")
    sums: dict[tuple[Any, ...], float] = {}
    rows = read_parquet(folder / "replications.parquet").to_pylist()
    for row in rows:
        if row["service"] != "all":  # with soft capacity, beside those of all
            continue
        key = row["replication"], row["network"], row["province"], row["cell"], row["class"]
        if row["measure"] == "voice.attempts":
            sums[key] = sums.get(key, 0.0) - row["numerator"]
        elif row["measure"].startswith("voice.outcome."):
            sums[key] = sums.get(key, 0.0) + row["numerator"]
    whole = {key: value for key, value in sums.items() if key[3] == "all" and value}
    if whole:
        faults.append(f"attempts are not the sum of outcomes: {dict(list(whole.items())[:3])}")
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    for entry in summary["measures"]:
        for name in ("value", "low", "high"):
            if entry[name] is not None and not math.isfinite(entry[name]):
                faults.append(f"{entry['measure']}.{name} is not finite")
    return "; ".join(faults)


def _peak_bytes() -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _limit_processor_time(more_s: int) -> None:
    """End this process when it has used so much more, by a signal of the kernel's."""
    used_s = math.ceil(sum(os.times()[:2]))
    resource.setrlimit(resource.RLIMIT_CPU, (used_s + more_s, resource.RLIM_INFINITY))


def _child(seed: int, first: int, end: int, folder: Path, limit_s: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit_processor_time(WARM_LIMIT_S)
    os.chdir(ROOT)
    import mutants  # noqa: F401  takes longer than a mutant

    if MISBEHAVIOUR not in os.environ:
        _warm()
    _say("ready")
    for number in range(first, end):
        Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak begins anew
        own = folder / f"mutant-{number}"
        own.mkdir()
        _limit_processor_time(limit_s)
        answer = try_mutant(seed, number, own) | {"peak_bytes": _peak_bytes()}
        shutil.rmtree(own)
        _say(json.dumps(answer))


def _warm() -> None:
    """Compile what is not in the cache: what a mutant takes is its own."""
    from sim.runs.warm import warm

    warm(1, lambda *_: None)


class _Child:
    """A process that works through mutants."""

    def __init__(self, seed: int, numbers: range, folder: Path) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  `end` closes it
        words = [seed, numbers.start, numbers.stop, folder, LIMIT_S]
        self._process = subprocess.Popen(
            [sys.executable, __file__, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=self._said,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
        )
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(b"")

    def line(self) -> bytes:
        """Return the next line; none when the process has ended, or been ended because it sleeps for good."""
        watched = psutil.Process(self._process.pid)
        used_s, since_s = -1.0, time.monotonic()
        while True:
            try:
                return self._lines.get(timeout=1.0)
            except queue.Empty:
                is_asleep = watched.status() == psutil.STATUS_SLEEPING
                now_s = sum(watched.cpu_times()[:2])
                if not is_asleep or now_s > used_s:
                    used_s, since_s = now_s, time.monotonic()
                elif time.monotonic() - since_s > IDLE_S:
                    self._process.send_signal(signal.SIGXCPU)  # as if its processor time were over

    def end(self) -> tuple[bool, str]:
        """Return whether the process was ended because it hung, and what it said."""
        status = self._process.wait()
        self._said.seek(0)
        said = self._said.read().decode("utf-8", "replace")
        self._said.close()
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status == -signal.SIGXCPU, said


def try_mutants(seed: int, numbers: range, folder: Path) -> Iterator[dict[str, Any]]:
    """
    Try mutants in a child that is watched, and in another after each that ends it.

    Parameters
    ----------
    seed : int
        Seed of the mutants.
    numbers : range
        Their numbers.
    folder : Path
        Folder for everything.

    Yields
    ------
    dict
        What became of each: as of `try_mutant`, or `hang` or `crash`.
    """
    left = numbers
    while left:
        child = _Child(seed, left, folder)
        is_ready = child.line() == b"ready\n"
        while is_ready and left and (line := child.line()):
            left = left[1:]
            yield json.loads(line)
        hung, said = child.end()
        if not is_ready:
            raise RuntimeError(f"a child could not begin: {said}")
        if left:
            shutil.rmtree(folder / f"mutant-{left[0]}", ignore_errors=True)
            verdict = "hang" if hung else "crash"
            yield {"number": left[0], "verdict": verdict, "said": said[-3000:]}
            left = left[1:]


def tally(answers: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Return how many mutants came to each end."""
    ends: dict[str, int] = {}
    for answer in answers:
        ends[answer["verdict"]] = ends.get(answer["verdict"], 0) + 1
    return ends


if __name__ == "__main__":
    _seed, _first, _end, _folder, _limit_s = sys.argv[1:]
    _child(int(_seed), int(_first), int(_end), Path(_folder), int(_limit_s))
