"""What a results folder says of itself: id, command, versions, effort, checks and files."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sim.runs.invariants import INVARIANTS
from sim.runs.provenance import platform_facts
from sim.runs.replication_tables import Effort
from sim.runs.replications import peak_memory_bytes
from sim.runs.summary import ACROSS, WITHIN
from sim.scenario.schema import Scenario

MANIFEST_SCHEMA = 1
"""Version of manifest.json."""

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Journal:
    """How a run came about."""

    kind: str  # `run` or `coverage`
    full_id: str  # id of the run
    command: tuple[str, ...]  # command that gives the same results
    n_jobs: int  # processes
    stages_s: Mapping[str, float]  # wall time of each stage [s]


def manifest(
    journal: Journal, scenario: Scenario, notes: Sequence[str], efforts: Sequence[Effort]
) -> dict[str, Any]:
    """Return the manifest, all but the list of files."""
    simulated_s = sum(effort.wall_s for effort in efforts)
    n_attempts = sum(effort.n_attempts for effort in efforts)
    peaks = [peak_memory_bytes(), *(effort.peak_memory_bytes for effort in efforts)]
    return {
        "schema": MANIFEST_SCHEMA,
        "id": journal.full_id,
        "kind": journal.kind,
        "scenario": scenario.name,
        "command": list(journal.command),
        "finished_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        **platform_facts(),
        "seed": scenario.seed,
        "replications": len(efforts),
        "world_replication": scenario.run.world_replication,
        "interval": _what_intervals_say(scenario, journal, len(efforts)),
        "n_jobs": journal.n_jobs,
        "wall_time_s": {name: round(value, 3) for name, value in journal.stages_s.items()},
        "replication_wall_time_s": [round(effort.wall_s, 3) for effort in efforts],
        "n_attempts_with_warmup": n_attempts,
        "n_events": sum(effort.n_events for effort in efforts),
        "calls_per_s": round(n_attempts / simulated_s, 1) if n_attempts else None,
        "peak_memory_bytes_per_process": max(peaks),
        "invariants_checked": list(INVARIANTS) if journal.kind == "run" else [],
        "validation": "not run",
        "notes": list(dict.fromkeys(notes)),
    }


def _what_intervals_say(scenario: Scenario, journal: Journal, n: int) -> str:
    """Return what of a model is drawn anew between the replications behind an interval."""
    if journal.kind == "run":
        return f"95 % over replications, {WITHIN}: same sites, people and coverage"
    if n == 1:
        return "none: one world"
    has_relief = scenario.terrain.heights == "synthetic"
    drawn = ["placement"]
    drawn += ["relief and the people who live by it"] * has_relief
    drawn += ["shadowing"] * (scenario.radio.shadowing.mode == "field")
    same = "" if has_relief else ", same people"
    return f"95 % {ACROSS}: {n} worlds, {n - 1} degrees of freedom; {', '.join(drawn)} drawn anew{same}"


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the manifest, with size and SHA-256 of every file beside it."""
    files = {
        path.relative_to(folder).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": _sha256(path),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    text = json.dumps({**facts, "files": files}, indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
