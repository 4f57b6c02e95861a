"""Which intervals of a run are narrower than what choices of the method leave, by the card of its scenario."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.errors import SimError
from sim.runs.method.cards import Found, card_of, is_of_other_code, largest_errors, unlike
from sim.runs.method.headlines import HEADLINES
from sim.runs.method.texts import Row, size_text, where_of, where_text
from sim.runs.published_summary import Entry, Summary
from sim.scenario.load import load_scenario
from sim.scenario.sweep_file import OF_COVERAGE

_SHOWN = 3


def beyond_intervals(summary: Summary) -> str:
    """Return a line on measures whose interval is narrower than the method's error; empty where there is none."""
    card = card_of(str(summary.manifest.get("scenario", "")))
    if card is None:
        return ""
    told = list(_narrow(_of_these_choices(card, summary), summary))
    if not told:
        return ""
    more = f" and {len(told) - _SHOWN} measures more" if len(told) > _SHOWN else ""
    name = card["scenario"]
    other = " made by other code" if is_of_other_code(card) else ""
    return (
        f"The method leaves more than these intervals say in {', '.join(told[:_SHOWN])}{more}; "
        f"`python -m sim check {name}` shows its card{',' if other else ''}{other}."
    )


def _of_these_choices(card: Found, summary: Summary) -> Found:
    """Return a card without choices that the run has otherwise."""
    try:
        scenario = load_scenario(summary.folder / "scenario.yaml").scenario
    except SimError:  # of another version
        return {**card, "results": []}
    other = unlike(card, scenario)
    known = {one["name"] for one in card["choices"] if one["path"] not in other}
    return {**card, "results": [row for row in card["results"] if row["choice"] in known]}


def _narrow(card: Mapping[str, Any], summary: Summary) -> Iterator[str]:
    """Yield the measures, with error and choice."""
    errors, labels = largest_errors(card), {one["name"]: one["label"] for one in card["choices"]}
    for measure in card["measures"]:
        row = errors.get((measure["measure"], measure["network"], measure["covered_by"]))
        entry = summary.measures.get((measure["measure"], where_of(measure)))
        if row is None or entry is None or not entry["value"] or not measure["value"]:
            continue
        # A run may be longer than that of the card: counts and their errors grow together.
        error = row["shown"] / measure["value"] * entry["value"]
        half = _half(measure, entry)
        if half is not None and error > half:
            line = HEADLINES[measure["measure"]]
            size = size_text(error * line.factor)
            yield f"{line.label}{where_text(measure)}: {size} ({labels[row['choice']]})"


def _half(measure: Row, entry: Entry) -> float | None:
    """Return half an interval: none of calls in one replication, and no width of what a world has once."""
    if entry["low"] is not None:
        return float(entry["high"] - entry["low"]) / 2.0
    return 0.0 if measure["measure"].startswith(OF_COVERAGE) else None
