"""Why attempts fail, as the summary prints it: said first, by cause, and with the assumptions that it rests on."""

from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from sim.runs.assumptions import ASSUMPTION, NO_SOURCE
from sim.runs.measures.display import Breakdown
from sim.runs.measures.measure import PERCENT, Line, Measure
from sim.runs.published_summary import Summary, interval_text
from sim.runs.text_tables import WideTable, indented
from sim.scenario.messages import number
from sim.tables import ALL
from sim.world.population import share_out

_LINE = Line("", "{:.2f}", PERCENT)
_UNITS = 10_000
"""Of which the printed shares are made, a hundredth of a per cent each: so many in all."""

_NAMED = 3
"""Causes that are named first."""

_SAID_FROM = 0.02
"""Share of the whole from which on it is said on which assumptions a cause rests. [1]"""


def headline(summary: Summary, breakdown: Breakdown) -> Iterator[Text]:
    """Say first how much failed, and of what most."""
    whole, failed, blamed = (
        _value(summary, one) for one in (breakdown.whole, breakdown.failed, breakdown.blamed)
    )
    if not whole:
        return
    largest = [f"{name} {share:.1%}" for name, share in _failures(summary, breakdown)[:_NAMED]]
    text = f"{failed:.1%} of {whole:,.0f} attempts failed, {blamed:.1%} in the network"
    text += f"; most of all {', '.join(largest)}." if largest else "."
    yield Text(text.replace("%", " %"), style="bold")


def _value(summary: Summary, measure: Measure) -> float:
    """Return a measure of all networks; 0 where nothing was counted."""
    entry = summary.measures.get((measure.name, ALL))
    return float(entry["value"] or 0.0) if entry else 0.0


def _failures(summary: Summary, breakdown: Breakdown) -> list[tuple[str, float]]:
    """Return the causes of failures that occur and their shares, the largest first."""
    shares = [
        (name, _value(summary, measure))
        for _, _, causes in breakdown.classes
        for name, measure in causes.items()
        if name != breakdown.fine
    ]
    return sorted((one for one in shares if one[1] > 0.0), key=lambda one: -one[1])


def printed_causes(summary: Summary, breakdown: Breakdown) -> Iterator[RenderableType]:
    """Iterate over what is printed below the table: the shares of all causes, and what the largest rest on."""
    places = summary.places(breakdown.whole)
    classes = _occurring(summary, breakdown)
    if not classes:
        return
    units = [_units(summary, place, classes) for place in places]
    table = WideTable((breakdown.title, *places))
    for name, measure, causes in classes:
        rows = [(name, measure), *((f"  {cause}", one) for cause, one in causes)]
        for label, one in rows:
            cells = (
                _share(summary, one, place, own) for place, own in zip(places, units, strict=True)
            )
            table.add(label, *cells, style="bold" if one is measure else "")
    sums = (sum(own.get(one.name, 0) for _, one, _ in classes) for own in units)
    table.add("all", *(_LINE.form.format(n * PERCENT / _UNITS) if n else "-" for n in sums))
    yield table
    yield indented(Text(f"{breakdown.says}.", style="dim"))
    if said := list(_assumptions(summary, breakdown)):
        least = f"{_SAID_FROM:.0%}".replace("%", " %")
        yield indented(Text(f"What of {least} or more rests on an assumption:"))
        yield from said


_Class = tuple[str, Measure, list[tuple[str, Measure]]]


def _occurring(summary: Summary, breakdown: Breakdown) -> list[_Class]:
    """Return the classes and causes that occur: what went well, then what did not, the largest first."""
    classes = []
    for name, measure, causes in breakdown.classes:
        found = [one for one in causes.items() if _value(summary, one[1]) > 0.0]
        found.sort(key=lambda one: -_value(summary, one[1]))
        if found:
            classes.append((breakdown.fine not in causes, name, measure, found))
    classes.sort(key=lambda one: (one[0], -_value(summary, one[2])))
    return [(name, measure, found) for _, name, measure, found in classes]


def _units(summary: Summary, place: str, classes: Sequence[_Class]) -> dict[str, int]:
    """Return the shares of a network in whole units: those of classes sum to all, those of causes to their class."""
    of_classes = _shared(summary, place, [measure for _, measure, _ in classes], _UNITS)
    found = dict(of_classes)
    for _, measure, causes in classes:
        found |= _shared(
            summary, place, [one for _, one in causes], of_classes.get(measure.name, 0)
        )
    return found


def _shared(
    summary: Summary, place: str, measures: Sequence[Measure], total: int
) -> dict[str, int]:
    """Share units out by the method of the largest remainder; nothing where nothing was counted."""
    entries = [summary.measures.get((one.name, place)) for one in measures]
    shares = np.array([float(entry["value"] or 0.0) if entry else 0.0 for entry in entries])
    if not shares.sum() > 0.0:
        return {}
    counts = share_out(shares, total).tolist()
    return {one.name: count for one, count in zip(measures, counts, strict=True)}


def _share(summary: Summary, measure: Measure, place: str, units: dict[str, int]) -> str:
    """Return a share in per cent with its interval; what occurs is never a plain 0."""
    entry = summary.measures.get((measure.name, place))
    if entry is None or entry["value"] is None:
        return "-"
    if not entry["value"]:
        return "0"
    n = units.get(measure.name, 0)
    text = _LINE.form.format(n * PERCENT / _UNITS) if n else "<0.01"
    return text + interval_text(entry, _LINE)


def _assumptions(summary: Summary, breakdown: Breakdown) -> Iterator[RenderableType]:
    """Say of large causes from which keys they follow that rest on an assumption, or on nothing."""
    known = summary.manifest.get("assumptions", {})
    for cause, share in _failures(summary, breakdown):
        if share < _SAID_FROM or not known.get(cause):
            continue
        by_ground: dict[str, list[str]] = {}
        for one in known[cause]:
            value = "" if one["value"] is None else f" = {number(one['value'])}"
            by_ground.setdefault(one["ground"], []).append(f"{one['key']}{value}")
        grounds = "; ".join(_from(keys, ground) for ground, keys in by_ground.items())
        text = f"{share:.1%} of attempts".replace("%", " %")
        meaning, _, _ = breakdown.meanings[cause].partition(" (")
        said = Text(f"{text}: {meaning} ({cause}), {grounds}", overflow="fold")
        yield indented(said)


_GROUNDS = {
    ASSUMPTION: ("an assumption", "assumptions"),
    NO_SOURCE: ("of no given source", "of no given source"),
}


def _from(keys: Sequence[str], ground: str) -> str:
    """Return from which keys something follows, and on what they rest."""
    listed = " and ".join(part for part in (", ".join(keys[:-1]), keys[-1]) if part)
    return f"from {listed}, {_GROUNDS[ground][len(keys) > 1]}"
