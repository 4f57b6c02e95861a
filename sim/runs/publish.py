"""The files of a results folder: of a run, and of coverage alone."""

import shutil
from pathlib import Path

import pyarrow as pa

from sim.runs.geography import provinces_geojson, squares_table
from sim.runs.kept import KeptReplications
from sim.runs.manifest import Journal, manifest, write_manifest
from sim.runs.measures import coverage_rows
from sim.runs.once import Setting
from sim.runs.parquet import write_parquet
from sim.runs.server_tables import cells_table, site_places_table, sites_table, trunks_table
from sim.runs.store import Store
from sim.runs.summary import measures_over, summary_json
from sim.scenario.load import LoadedScenario


def publish_run(
    store: Store,
    loaded: LoadedScenario,
    setting: Setting,
    kept: KeptReplications,
    journal: Journal,
) -> Path:
    """
    Publish a run.

    Parameters
    ----------
    store : Store
        Where it is published.
    loaded : LoadedScenario
        Scenario.
    setting : Setting
        What all replications share.
    kept : KeptReplications
        Finished replications.
    journal : Journal
        How the run came about.

    Returns
    -------
    Path
        Results folder.
    """
    scenario, world = setting.scenario, setting.world
    shared = coverage_rows(scenario, world, setting.coverage)
    tables = {
        "replications": pa.concat_tables([shared, *kept.measures]),
        "measures": pa.concat_tables([measures_over([shared]), measures_over(kept.measures)]),
        "cells": cells_table(world, kept.cells),
        "sites": sites_table(world, kept.cells),
        "trunks": trunks_table(scenario, kept.trunks),
        "timeseries": pa.concat_tables(kept.timeseries),
    }
    texts = _texts(loaded, setting, tables["measures"])
    tables["coverage"] = squares_table(world, setting.coverage)
    facts = manifest(journal, scenario, _notes(setting), kept.efforts)

    def _write(folder: Path) -> None:
        _write_all(folder, tables, texts)
        if kept.call_parts:
            (folder / "calls").mkdir()
        for part in kept.call_parts:
            shutil.copyfile(part, folder / "calls" / part.name)
        write_manifest(folder, facts)

    return store.publish(_write)


def publish_coverage(
    store: Store, loaded: LoadedScenario, setting: Setting, journal: Journal
) -> Path:
    """
    Publish coverage alone.

    Parameters
    ----------
    store : Store
        Where it is published.
    loaded : LoadedScenario
        Scenario.
    setting : Setting
        World and coverage.
    journal : Journal
        How the run came about.

    Returns
    -------
    Path
        Results folder.
    """
    shared = coverage_rows(setting.scenario, setting.world, setting.coverage)
    tables = {
        "replications": shared,
        "measures": measures_over([shared]),
        "sites": site_places_table(setting.world),
        "coverage": squares_table(setting.world, setting.coverage),
    }
    texts = _texts(loaded, setting, tables["measures"])
    facts = manifest(journal, setting.scenario, _notes(setting), ())

    def _write(folder: Path) -> None:
        _write_all(folder, tables, texts)
        write_manifest(folder, facts)

    return store.publish(_write)


def _notes(setting: Setting) -> tuple[str, ...]:
    return (*setting.world.notes, *setting.coverage.notes)


def _texts(loaded: LoadedScenario, setting: Setting, measures: pa.Table) -> dict[str, str]:
    return {
        "scenario.yaml": loaded.resolved_yaml,
        "summary.json": summary_json(measures),
        "provinces.geojson": provinces_geojson(setting.world),
    }


def _write_all(folder: Path, tables: dict[str, pa.Table], texts: dict[str, str]) -> None:
    for name, table in tables.items():
        write_parquet(folder / f"{name}.parquet", table)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
