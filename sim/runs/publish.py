"""The files of a results folder, of a run and of coverage alone, and what it says of itself."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from sim.runs.coverage_only import KeptWorlds
from sim.runs.maps import provinces_geojson, squares_table, write_map_files
from sim.runs.measures.cells import site_places_table
from sim.runs.measures.coverage import coverage_rows
from sim.runs.measures.registry import INVARIANTS, SUBJECTS
from sim.runs.measures.subject import Finished
from sim.runs.once import Setting
from sim.runs.parquet import write_parquet
from sim.runs.provenance import file_digest, platform_facts
from sim.runs.replication_tables import Effort, KeptReplications
from sim.runs.replications import peak_memory_bytes
from sim.runs.store import Store, write_json
from sim.runs.summary import ACROSS, WITHIN, measures_over, summary_json
from sim.scenario.load import LoadedScenario
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


def _manifest(
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
    texts: dict[str, str]  # texts by file name
    # parts of the rows that are kept, to be copied, by folder
    parts: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    efforts: tuple[Effort, ...] = ()  # what each replication, or world of coverage alone, took
    notes: tuple[str, ...] = ()  # what outputs must say beside what the setting says


def run_content(loaded: LoadedScenario, setting: Setting, kept: KeptReplications) -> Content:
    """Return what the folder of a run holds."""
    scenario, world = setting.scenario, setting.world
    shared = coverage_rows(scenario, world, setting.coverage)
    tables = {
        "replications": pa.concat_tables([shared, *kept.measures]),
        "measures": pa.concat_tables([measures_over([shared]), measures_over(kept.measures)]),
    }
    run = Finished(scenario, world, setting.coverage, kept.kept)
    for subject in SUBJECTS:
        if subject.is_on(scenario, world):
            tables |= subject.published(run)
    texts = _texts(loaded, setting, tables["measures"])
    return Content(tables, texts, kept.parts, kept.efforts)


def coverage_content(loaded: LoadedScenario, setting: Setting, kept: KeptWorlds) -> Content:
    """Return what a folder of coverage alone holds."""
    interval = WITHIN if len(kept.measures) == 1 else ACROSS
    tables = {
        "replications": pa.concat_tables(kept.measures),
        "measures": measures_over(kept.measures, interval),
        "sites": site_places_table(setting.world, setting.coverage),
        "coverage": squares_table(setting.world, setting.coverage),
    }
    texts = _texts(loaded, setting, tables["measures"], interval)
    return Content(tables, texts, efforts=kept.efforts, notes=kept.notes)


def publish(store: Store, setting: Setting, content: Content, journal: Journal) -> Path:
    """Publish a results folder."""
    notes = (*setting.world.notes, *setting.coverage.notes, *content.notes)
    facts = _manifest(journal, setting.scenario, notes, content.efforts)

    def _write(folder: Path) -> None:
        for name, table in content.tables.items():
            write_parquet(folder / f"{name}.parquet", _with_notes(table, facts["notes"]))
        for name, text in content.texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        written_by = f"scenario {setting.scenario.name}, run {store.full_id}"
        write_map_files(folder, setting.world, setting.coverage, tuple(facts["notes"]), written_by)
        for name, parts in content.parts.items():
            for part in parts:
                (folder / name).mkdir(exist_ok=True)
                shutil.copyfile(part, folder / name / part.name)
        _write_manifest(folder, facts)

    return store.publish(_write)


def _with_notes(table: pa.Table, notes: Sequence[str]) -> pa.Table:
    """Return a table that says what every output must say, such as that its relief is synthetic."""
    return table.replace_schema_metadata(
        {**(table.schema.metadata or {}), "notes": json.dumps(notes)}
    )


def _texts(
    loaded: LoadedScenario, setting: Setting, measures: pa.Table, interval: str = WITHIN
) -> dict[str, str]:
    return {
        "scenario.yaml": loaded.resolved_yaml,
        "summary.json": summary_json(
            measures, interval, (*setting.world.notes, *setting.coverage.notes)
        ),
        "provinces.geojson": provinces_geojson(setting.world),
    }
