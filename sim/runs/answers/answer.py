"""An answer: its rows for programs, and the same for a terminal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from sim.runs.result import RunResult
from sim.runs.text_tables import WideTable, indented

Row = Mapping[str, Any]
"""A row for programs: values as the files have them, None where there is none."""


@dataclass(frozen=True)
class Answer:
    """An answer from a results folder."""

    headings: tuple[str, ...]  # of the table, the first of words
    lines: tuple[tuple[str, ...], ...]  # its rows as text
    rows: tuple[Row, ...]  # the same for programs
    notes: tuple[str, ...] = ()  # what must be said of them

    def printed(self) -> RenderableType:
        """Return the answer for a terminal."""
        table = WideTable(self.headings)
        for line in self.lines:
            table.add(*line)
        return Group(table, *(indented(Text(note, style="dim")) for note in self.notes))

    def as_json(self, result: RunResult) -> str:
        """Return the answer for programs."""
        manifest = result.manifest
        facts = {
            "folder": str(result.folder),
            "id": manifest["id"],
            "scenario": manifest.get("scenario"),
            "replications": manifest.get("replications"),
            "rows": list(self.rows),
            "notes": list(self.notes),
        }
        return json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False)
