"""Measures by name or pattern, with their intervals."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from sim.errors import Problem, StoreError
from sim.runs.answers.answer import Answer
from sim.runs.answers.numbers import scale_of, shown
from sim.runs.measures.subjects import MEASURES
from sim.runs.result import RunResult
from sim.scenario.messages import did_you_mean
from sim.tables import ALL, SUMMARY_AXES


def measures_answer(
    result: RunResult,
    patterns: Sequence[str],
    *,
    network: str | None = None,
    province: str | None = None,
    everywhere: bool = False,
    also: Sequence[str] = (),
) -> Answer:
    """Return some measures of a results folder."""
    entries = _of_patterns(result, patterns, also)
    for axis, word in (("network", network), ("province", province)):
        if word is not None:
            known = list(dict.fromkeys(str(one[axis]) for one in entries))
            require(result, axis, word, known)
            entries = [one for one in entries if one[axis] == word]
    if not everywhere and province is None:
        entries = [one for one in entries if one["province"] == ALL and one["trunk"] == ALL]
    if not entries:
        message = "holds these measures of single provinces or trunk groups only; add --everywhere"
        raise StoreError(Problem(str(result.folder), message))
    axes = [axis for axis in SUMMARY_AXES if any(one[axis] != ALL for one in entries)]
    return Answer(
        ("measure", *axes, "estimate", ""),
        tuple(_line(one, axes) for one in entries),
        tuple({**one} for one in entries),
        tuple(_notes(result, entries)),
    )


def require(
    result: RunResult, what: str, word: str, known: Sequence[str], within: str = ""
) -> None:
    """Refuse a word that the folder, or a table within it, does not know."""
    if word not in known:
        where = f"in {within}" if within else "here"
        message = f"there is no {what} '{word}' {where}; {did_you_mean(word, known, f'{what}s')}"
        raise StoreError(Problem(str(result.folder), message))


def _of_patterns(
    result: RunResult, patterns: Sequence[str], also: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the entries that match, in the order of the summary; each pattern matches one at least."""
    known = list(dict.fromkeys(str(entry["measure"]) for entry in result.summary))
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in known):
            require(result, "measure", pattern, [*known, *also])
    return [one for one in result.summary if any(fnmatchcase(one["measure"], p) for p in patterns)]


def _line(entry: dict[str, Any], axes: Sequence[str]) -> tuple[str, ...]:
    measure = MEASURES.get(entry["measure"])
    scale = scale_of(entry["unit"], measure.made if measure else None)
    places = (str(entry[axis]) for axis in axes)
    return (entry["measure"], *places, shown(entry, scale.factor), scale.in_brackets)


def _notes(result: RunResult, entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Iterate over what the measures say, and what their intervals do."""
    for name in dict.fromkeys(entry["measure"] for entry in entries):
        if name in MEASURES:
            yield f"{name}: {MEASURES[name].meaning.replace('`', '')}."
    yield intervals_note(result)


def intervals_note(result: RunResult) -> str:
    """Return what the intervals of a folder say."""
    n = int(result.manifest.get("replications", 1))
    said = str(result.manifest.get("interval", "95 % over replications"))
    return f"Intervals: {said}." if n > 1 else "One replication: no intervals."
