"""Cases whose answer is known: their inputs, the answers, how near is near enough, and where they come from."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("cases.json")
REFERENCE = "PATCHCELL_REFERENCE"
"""Environment variable that names the folder with files that may not be shipped: the ITU's profiles."""


@dataclass(frozen=True)
class Case:
    """One case; its keys carry the units of its source."""

    id: str  # unique name
    area: str  # subject, such as `teletraffic/loss`
    inputs: Mapping[str, Any]  # what sets it up
    expected: Mapping[str, Any]  # answers, printed and recomputed ones by separate keys
    tolerance: Mapping[str, Any]  # how near is near enough, as its source has it
    source: str  # document, or how it was computed
    provenance: str  # `computed` or `published`
    evidence: str  # how far the source can be trusted


@cache
def all_cases() -> dict[str, Case]:
    """Return all cases by their ids, in the order of the file."""
    names = Case.__dataclass_fields__
    rows = json.loads(FILE.read_text("utf-8"))
    return {row["id"]: Case(**{name: row[name] for name in names if name in row}) for row in rows}


def cases_of(*areas: str) -> dict[str, Case]:
    """Return the cases of some areas by their ids."""
    return {
        case_id: case
        for case_id, case in all_cases().items()
        if case.area in areas or case.area.partition("/")[0] in areas
    }


def reference_folder() -> Path | None:
    """Return the folder with files that may not be shipped."""
    named = os.environ.get(REFERENCE)
    return Path(named) if named else None
