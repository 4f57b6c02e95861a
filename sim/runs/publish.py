"""The files of a results folder: of a run, and of coverage alone."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from sim.runs.geography import provinces_geojson, squares_table
from sim.runs.manifest import Journal, manifest, write_manifest
from sim.runs.map_files import write_map_files
from sim.runs.measures.cells import site_places_table
from sim.runs.measures.coverage import coverage_rows
from sim.runs.measures.registry import SUBJECTS
from sim.runs.measures.subject import Finished
from sim.runs.once import Setting
from sim.runs.parquet import write_parquet
from sim.runs.replication_tables import Effort, KeptReplications
from sim.runs.store import Store
from sim.runs.summary import ACROSS, WITHIN, measures_over, summary_json
from sim.runs.worlds import KeptWorlds
from sim.scenario.resolve import LoadedScenario


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
    facts = manifest(journal, setting.scenario, notes, content.efforts)

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
        write_manifest(folder, facts)

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
