"""The files of a results folder, of a run and of coverage alone, and what it says of itself."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from sim.runs.assumptions import assumptions
from sim.runs.card_stamp import card_stamp
from sim.runs.differences import Difference
from sim.runs.inputs import Inputs
from sim.runs.maps import places_geojson, provinces_geojson, write_map_files
from sim.runs.measures.subjects import INVARIANTS
from sim.runs.once import Setting
from sim.runs.parquet import write_parquet
from sim.runs.precision import Outcome
from sim.runs.provenance import file_digest, platform_facts
from sim.runs.region import region_facts
from sim.runs.replication_tables import Effort
from sim.runs.replications import peak_memory_bytes
from sim.runs.settling import Settling, is_stationary, notes_of, settling
from sim.runs.store import Store, write_json, write_text
from sim.runs.summary import ACROSS, WITHIN, summary_json
from sim.scenario.schema import Scenario

MANIFEST_SCHEMA = 1
"""Version of manifest.json."""


@dataclass(frozen=True)
class Journal:
    """How a run came about."""

    kind: str  # `run` or `coverage`
    full_id: str  # id of the run
    command: tuple[str, ...]  # command that gives the same results
    n_jobs: int  # processes
    stages_s: Mapping[str, float]  # wall time of each stage [s]
    inputs: Inputs  # files that the scenario names
    differences: tuple[Difference, ...] = ()  # values that are not the scenario's


def _manifest(
    journal: Journal, setting: Setting, notes: Sequence[str], efforts: Sequence[Effort]
) -> dict[str, Any]:
    """Return the manifest, all but the list of files."""
    scenario = setting.scenario
    simulated_s = sum(effort.wall_s for effort in efforts)
    n_attempts = sum(effort.n_attempts for effort in efforts)
    peaks = [peak_memory_bytes(), *(effort.peak_memory_bytes for effort in efforts)]
    return {
        "schema": MANIFEST_SCHEMA,
        "id": journal.full_id,
        "kind": journal.kind,
        "scenario": scenario.name,
        "command": list(journal.command),
        "differences": [one.as_mapping() for one in journal.differences],
        "region": region_facts(setting.world),
        "inputs": [file.as_mapping() for file in journal.inputs.files],
        "finished_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        **platform_facts(),
        "seed": scenario.seed,
        "start": scenario.run.start,
        "duration_h": scenario.run.duration_h,
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


def _write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the manifest, with size and SHA-256 of every file beside it."""
    files = {
        path.relative_to(folder).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": file_digest(path),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    write_json(folder / "manifest.json", {**facts, "files": files})


@dataclass(frozen=True)
class Content:
    """What a results folder will hold, all but the manifest."""

    tables: dict[str, pa.Table]  # tables by name
    efforts: tuple[Effort, ...]  # what each replication, or world of coverage alone, took
    texts: Mapping[str, str] = field(default_factory=dict)  # further texts by file name
    # parts of the rows that are kept, to be copied, by folder
    parts: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # what outputs must say beside what the setting says
    interval: str = WITHIN  # what intervals of measures say
    precision: Outcome | None = None  # what came of a run until measures are known


def publish(store: Store, setting: Setting, content: Content, journal: Journal) -> Path:
    """Publish a results folder."""
    notes = (*setting.world.notes, *setting.coverage.notes)
    of_run: dict[str, Any] = {}
    if journal.kind == "run":
        cuts = _cuts(setting.scenario, content)
        of_run = {"assumptions": assumptions(journal.inputs.loaded)}
        of_run |= {"precision": content.precision.as_mapping() if content.precision else None}
        of_run |= {"warmup_h": setting.scenario.warmup_h, "settling": cuts}
        notes = (*notes, *_of_warmup(setting.scenario), *notes_of(cuts))
    facts = _manifest(journal, setting, (*notes, *content.notes), content.efforts) | of_run
    facts["validation"] = card_stamp(store.root)
    texts = {"scenario.yaml": journal.inputs.scenario_yaml(), **content.texts}
    if measures := content.tables.get("measures"):
        texts["summary.json"] = summary_json(measures, content.interval, facts["notes"])
        texts["provinces.geojson"] = provinces_geojson(setting.world)
        if len(setting.world.places):
            texts["places.geojson"] = places_geojson(setting.world)

    def _write(folder: Path) -> None:
        for name, table in content.tables.items():
            write_parquet(folder / f"{name}.parquet", _with_notes(table, facts["notes"]))
        for name, text in texts.items():
            write_text(folder / name, text)
        journal.inputs.write(folder)
        written_by = f"scenario {setting.scenario.name}, run {store.full_id}"
        write_map_files(folder, setting.world, setting.coverage, tuple(facts["notes"]), written_by)
        for name, parts in content.parts.items():
            for part in parts:
                (folder / name).mkdir(exist_ok=True)
                shutil.copyfile(part, folder / name / part.name)
        _write_manifest(folder, facts)

    return store.publish(_write)


def _cuts(scenario: Scenario, content: Content) -> Settling:
    """Return what is to be cut of the measured window still; nothing where a scenario changes with time."""
    series = content.tables.get("timeseries")
    return settling(series) if series is not None and is_stationary(scenario) else {}


def _of_warmup(scenario: Scenario) -> Iterator[str]:
    """Yield what a warm-up that is too short leaves out."""
    missing, advice = scenario.short_warmup
    if missing:
        yield f"the measured window, after run.warmup_h = {scenario.warmup_h:g}, {missing}; {advice}"


def _with_notes(table: pa.Table, notes: Sequence[str]) -> pa.Table:
    """Return a table that says what every output must say, such as that its relief is synthetic."""
    return table.replace_schema_metadata(
        {**(table.schema.metadata or {}), "notes": json.dumps(notes)}
    )
