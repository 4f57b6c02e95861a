"""The measures of a run as a page quotes them: each number with what it is, so that it can be found in the files."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.runs.answers.numbers import Scale, finite, scale_of, shown
from sim.runs.measures.subjects import MEASURES
from sim.runs.result import RunResult
from sim.tables import ALL, SUMMARY_AXES

Entry = Mapping[str, Any]
"""An entry of summary.json."""


@dataclass(frozen=True)
class Number:
    """A number of a page."""

    entry: Entry  # entry of summary.json

    @property
    def text(self) -> str:
        """Return the number with its interval and its unit."""
        scale = scale_of_entry(self.entry)
        text = shown(self.entry, scale.factor)
        return f"{text}\N{NO-BREAK SPACE}{scale.unit}" if scale.unit else text

    @property
    def says(self) -> str:
        """Return what the number is."""
        return meaning(str(self.entry["measure"]))


Part = Number | str
"""A part of a sentence."""

Sentence = tuple[Part, ...]
"""A sentence with its numbers."""


@dataclass(frozen=True)
class Book:
    """The measures of a run."""

    result: RunResult

    @property
    def folder(self) -> Path:
        """Return the results folder."""
        return self.result.folder

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Return every entry of summary.json."""
        return self.result.summary

    @cached_property
    def _by_place(self) -> dict[tuple[str, ...], Entry]:
        axes = ("measure", *SUMMARY_AXES)
        return {tuple(str(one[axis]) for axis in axes): one for one in self.entries}

    def number(self, measure: str, **places: str) -> Number | None:
        """Return a measure; None where it is not there or nothing was counted."""
        key = (measure, *(places.get(axis, ALL) for axis in SUMMARY_AXES))
        entry = self._by_place.get(key)
        return Number(entry) if entry and finite(entry["value"]) is not None else None

    def value(self, measure: str, **places: str) -> float:
        """Return a measure, 0 where nothing was counted."""
        number = self.number(measure, **places)
        return float(number.entry["value"]) if number else 0.0


def scale_of_entry(entry: Entry) -> Scale:
    """Return how an entry of summary.json is shown."""
    measure = MEASURES.get(str(entry["measure"]))
    return scale_of(str(entry["unit"]), measure.made if measure else None)


def meaning(measure: str) -> str:
    """Return what a measure says, as the data dictionary has it."""
    return MEASURES[measure].meaning.replace("`", "") if measure in MEASURES else ""


def sentence(*parts: Part | None) -> Sentence | None:
    """Return a sentence; None where one of its numbers is not known."""
    return None if any(part is None for part in parts) else tuple(p for p in parts if p is not None)
