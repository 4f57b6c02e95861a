"""The folder of a study: tables, what is said of them, and where they come from."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sim.runs.parquet import write_parquet
from sim.runs.provenance import file_digest, platform_facts
from sim.runs.store import MANIFEST, write_json, write_text
from sim.runs.uncertainty.answer import Answer

SUMMARY = "summary.txt"

MANIFEST_SCHEMA = 1
"""Version of the manifest of a study."""


def write_study(folder: Path, answer: Answer, text: str, about: Mapping[str, object]) -> None:
    """Write tables, text and manifest of a study."""
    for name, table in answer.tables.items():
        write_parquet(folder / f"{name}.parquet", table)
    write_text(folder / SUMMARY, text)
    files = {
        path.name: {"bytes": path.stat().st_size, "sha256": file_digest(path)}
        for path in sorted(folder.iterdir())
    }
    manifest = {
        "schema": MANIFEST_SCHEMA,
        "finished_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        **platform_facts(),
        **about,
        "n_mended": answer.n_mended,
        "n_refused": answer.n_refused,
        "n_failed": answer.n_failed,
        "n_without_result": answer.n_refused + answer.n_failed,
        "files": files,
    }
    write_json(folder / MANIFEST, manifest)
