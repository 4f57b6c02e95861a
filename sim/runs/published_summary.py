"""What a results folder says in short, as the printed summary takes it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import StoreError
from sim.runs.measures.measure import Line, Measure
from sim.runs.store import read_manifest
from sim.tables import ALL, SUMMARY_AXES

Entry = Mapping[str, Any]
"""An entry of summary.json."""


@dataclass(frozen=True)
class Summary:
    """What a results folder says in short."""

    folder: Path  # results folder
    manifest: dict[str, Any]  # its manifest
    # entries of summary.json for all provinces, by measure and where it stands: a network, any, both or neither of
    # them, a trunk group, or all
    measures: dict[tuple[str, str], dict[str, Any]]
    # those of single provinces and all networks, by measure and province
    provinces: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    @property
    def n_replications(self) -> int:
        """Return how many replications, or worlds, there were."""
        return int(self.manifest.get("replications", 1))

    def places(self, measure: Measure) -> list[str]:
        """Return where a measure stands; with one network, nothing beside it."""
        entries = {where: e for (name, where), e in self.measures.items() if name == measure.name}
        named = [where for where, entry in entries.items() if entry.get("network", ALL) != ALL]
        return named if len(named) == 1 else list(entries)


def read_summary(folder: Path) -> Summary:
    """Return the summary of a results folder."""
    try:
        entries = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["measures"]
    except (OSError, ValueError, KeyError) as error:
        message = f"{folder}: has no summary that can be read ({error}); run again with --force"
        raise StoreError(message) from error
    of_all = {(e["measure"], _where(e)): e for e in entries if e["province"] == ALL}
    own = {
        (e["measure"], e["province"]): e
        for e in entries
        if [axis for axis in SUMMARY_AXES if e[axis] != ALL] == ["province"]
    }
    return Summary(folder, read_manifest(folder), of_all, own)


def _where(entry: Entry) -> str:
    """Return the name along the one axis on which an entry does not hold for all."""
    return next((str(entry[axis]) for axis in SUMMARY_AXES if entry[axis] != ALL), ALL)


def estimate_text(entry: Entry | None, line: Line) -> str:
    """Return an estimate with its interval, `-` where nothing was counted."""
    if entry is None or entry["value"] is None:
        return "-"
    return _never_plain_zero(entry["value"], line) + interval_text(entry, line)


def interval_text(entry: Entry, line: Line) -> str:
    """Return what stands behind an estimate: half its interval, its ends where it is lopsided, else nothing."""
    if entry["low"] is None:
        return ""
    below, above = entry["value"] - entry["low"], entry["high"] - entry["value"]
    half = (below + above) / 2.0
    if half <= _ROUNDING * abs(entry["value"]):
        half = 0.0
    if abs(above - below) <= _LOPSIDED * half:
        return f" ± {_never_plain_zero(half, line)}"
    ends = [_never_plain_zero(entry[end], line) for end in ("low", "high")]
    return f" ({' to '.join(ends)})" if ends[0] != ends[1] else ""


_ROUNDING = 1e-9
"""Replications that differ by less of their value are the same: sums are rounded. [1]"""

_LOPSIDED = 0.2
"""An interval is told by its ends where its sides differ by more of its half width (house choice). [1]"""


def _never_plain_zero(value: float, line: Line) -> str:
    """Return a number of 0 or more; what is too small for its form is below the least that this shows."""
    text = line.form.format(value * line.factor)
    if value <= 0.0 or any(digit in text for digit in "123456789"):
        return text
    return f"<{text[:-1]}1"
