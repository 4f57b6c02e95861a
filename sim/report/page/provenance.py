"""What a run was made of, as a page says it."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from sim.runs.differences import difference_text, read_differences
from sim.runs.origin import platform_text, software_text
from sim.runs.region import region_text
from sim.runs.result import RunResult

_BYTES_PER_GB = 1e9


def provenance(result: RunResult) -> list[tuple[str, list[str]]]:
    """Return what a run was made of."""
    return [(label, lines) for label, lines in _facts(result.manifest) if lines]


def _facts(manifest: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    yield "Scenario", [str(manifest.get("scenario"))]
    differences = read_differences(manifest.get("differences"))
    yield "Differs from its scenario in", [difference_text(one) for one in differences]
    yield "Id", [str(manifest["id"])]
    yield "Command", [shlex.join(manifest.get("command", ()))]
    yield "Finished (UTC)", [str(manifest.get("finished_utc", ""))]
    seed, n = manifest.get("seed"), manifest.get("replications")
    world = manifest.get("world_replication", 0)
    yield "Draws", [f"seed {seed}, {n} replications, world {world}"]
    yield "Intervals", [str(manifest.get("interval", ""))]
    yield "Territory", [region_text(manifest["region"])] if "region" in manifest else []
    yield "Software", [software_text(manifest)]
    versions = manifest.get("versions", {})
    yield "Libraries", [", ".join(f"{name} {one}" for name, one in versions.items())]
    yield "Platform", [platform_text(manifest.get("fingerprint", {}))]
    yield "Input files", [f"{one['file']}, SHA-256 {one['sha256']}" for one in manifest.get("inputs", ())]  # fmt: skip
    yield "Time", list(_time(manifest))
    yield (
        "Checked in every replication",
        [str(one) for one in manifest.get("invariants_checked", ())],
    )
    yield "Validation card", [_card(manifest.get("validation", "not run"))]


def _time(manifest: Mapping[str, Any]) -> Iterator[str]:
    stages = manifest.get("wall_time_s", {})
    if stages:
        listed = ", ".join(f"{name} {value:.1f} s" for name, value in stages.items())
        yield f"{sum(stages.values()):.1f} s in all: {listed}"
    if manifest.get("calls_per_s"):
        yield f"{manifest['calls_per_s']:,.0f} attempts a second"
    if manifest.get("peak_memory_bytes_per_process"):
        peak = manifest["peak_memory_bytes_per_process"] / _BYTES_PER_GB
        yield f"at most {peak:.2f} GB a process"


def _card(card: Any) -> str:  # noqa: ANN401  # as the manifest has it
    if isinstance(card, str):
        return card
    told = (
        f"{key} {json.dumps(value) if isinstance(value, list | dict) else value}"
        for key, value in card.items()
    )
    return ", ".join(told)
