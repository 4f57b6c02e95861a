"""A comparison of two runs for a terminal: what differs for people, and all the statistics for who asks."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.runs.measures.measure import Line
from sim.runs.measures.subjects import MEASURES, SUBJECTS
from sim.runs.text_tables import add_row, text_table
from sim.tables import ALL, SUMMARY_AXES

_ALPHA = 0.05
_MOST_KEYS = 12
_MOST_ITEMS = 3
_FACTS = ("a", "b", "has_common_random_numbers", "intents", "differences", "n_pairs", "n_equal")


def printed_comparison(table: pa.Table, *, statistics: bool = False) -> RenderableType:
    """
    Return a comparison for a terminal.

    Parameters
    ----------
    table : pa.Table
        Table `sim.tables.COMPARISON`.
    statistics : bool
        Whether every measure is shown with its statistics; else those that the summary of a run shows.

    Returns
    -------
    RenderableType
        Table and lines.
    """
    known = {key.decode(): value for key, value in table.schema.metadata.items()}
    facts: dict[str, Any] = {key: json.loads(known[key]) for key in _FACTS}
    rows = table.to_pylist()
    shown = _statistics(rows) if statistics else _for_people(rows)
    return Group(
        *(Text(line, style="bold", overflow="fold") for line in _what_is_compared(facts)),
        *(Text(f"  {line}", overflow="fold") for line in _what_differs(facts)),
        shown,
        *(Text(line, style="dim") for line in _notes(facts, rows, statistics=statistics)),
        *(Text(line, style="yellow") for line in _warnings(facts)),
    )


def _what_is_compared(facts: dict[str, Any]) -> Iterator[str]:
    for letter in ("A", "B"):
        one = facts[letter.lower()]
        yield f"{letter} = {one['scenario']} {one['id'][:8]}"


def _what_differs(facts: dict[str, Any]) -> Iterator[str]:
    """Yield the keys in which the scenarios differ, those first that are shortest to say."""
    differences = facts["differences"]
    if not differences:
        yield "The scenarios are the same."
        return
    for one in differences[:_MOST_KEYS]:
        yield f"{one['path']} = {_said(one['b'])} in B, {_said(one['a'])} in A"
    if len(differences) > _MOST_KEYS:
        yield f"and {len(differences) - _MOST_KEYS} keys more"


def _said(value: object) -> str:
    """Return a value in few words."""
    if value is None:
        return "none"
    if isinstance(value, list):
        if 0 < len(value) <= _MOST_ITEMS:
            return "; ".join(_said(item) for item in value)
        return f"{len(value)} items" if value else "none"
    if isinstance(value, dict):
        return ", ".join(
            f"{key} {_said(own)}" for key, own in value.items() if own not in ([], None)
        )
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _for_people(rows: Sequence[dict[str, Any]]) -> Table:
    """Return what differs in the words and units of the summary, by network."""
    shown = text_table(["", "A", "B", "B - A"], is_narrow=True)
    titles = _titles()
    title = last = ""
    for row in rows:
        line = MEASURES[row["measure"]].line
        if line is None:
            continue
        if titles.get(row["measure"], "") != title:
            title = titles.get(row["measure"], "")
            add_row(shown, title, "", "", "", style="underline")
        if row["measure"] != last:
            add_row(shown, line.label, "", "", "")
            last = row["measure"]
        where = " ".join(row[axis] for axis in SUMMARY_AXES if row[axis] != ALL) or ALL
        cells = [_in_form(row[name], line) for name in ("a", "b")]
        style = "bold" if _is_sure(row) else ""
        add_row(shown, f"  {where}", *cells, _difference(row, line), style=style)
    return shown


def _titles() -> dict[str, str]:
    """Return the title under which the summary has each measure."""
    return {
        measure.name: subject.printed.title
        for subject in SUBJECTS
        if subject.printed
        for measure in subject.measures
    }


def _is_sure(row: dict[str, Any]) -> bool:
    """Say whether a difference is one: measured so, or of the world, where nothing is left to chance."""
    p = row["p_adjusted"]
    return bool(row["n_replications"] == 0 if p is None else p < _ALPHA)


def _in_form(value: float | None, line: Line) -> str:
    return "-" if value is None else line.form.format(value * line.factor)


def _difference(row: dict[str, Any], line: Line) -> str:
    value, low, high = row["value"], row["low"], row["high"]
    if value is None:
        return "-"
    text = _in_form(abs(value), line)
    text = f"{'-' if value < 0.0 else '+'}{text}"
    return text if low is None else f"{text} ± {_in_form((high - low) / 2.0, line)}"


def _statistics(rows: Sequence[dict[str, Any]]) -> Table:
    """Return every measure with its statistics."""
    shown = text_table(
        ["measure", "A", "B", "B - A", "paired 95 %", "unpaired 95 %", "variance by", "p adj."],
        is_narrow=True,
    )
    for row in rows:
        add_row(shown, *_words(row), style="bold" if _is_sure(row) else "")
    return shown


def _words(row: dict[str, Any]) -> list[str]:
    where = [row[key] for key in SUMMARY_AXES if row[key] != ALL]
    paired, unpaired = (
        None if row[low] is None else (row[high] - row[low]) / 2.0
        for low, high in (("low", "high"), ("unpaired_low", "unpaired_high"))
    )
    return [
        " ".join([row["measure"], *where]),
        _number(row["a"]),
        _number(row["b"]),
        _number(row["value"]),
        "" if paired is None else f"± {_number(paired)}",
        "" if unpaired is None else f"± {_number(unpaired)}",
        "" if row["variance_ratio"] is None else f"{row['variance_ratio']:.3g}",
        "" if row["p_adjusted"] is None else f"{row['p_adjusted']:.2g}",
    ]


def _number(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def _notes(
    facts: dict[str, Any], rows: Sequence[dict[str, Any]], *, statistics: bool
) -> Iterator[str]:
    yield f"{facts['n_pairs']} pairs of replications; ± is the paired 95 % interval; bold: differs surely (Holm, 5 %)."
    if statistics:
        yield "variance by: how many times larger the variance of the difference would be without pairing."
        yield f"p adj.: adjusted for {sum(row['p_adjusted'] is not None for row in rows)} measures by Holm."
    else:
        n_more = len({row["measure"] for row in rows if MEASURES[row["measure"]].line is None})
        yield f"{n_more} more measures differ: --statistics shows all, with their statistics."
    yield f"{facts['n_equal']} rows are the same in every replication."
    yield from _of_pairs(facts)


def _of_pairs(facts: dict[str, Any]) -> Iterator[str]:
    """Yield how much the pairs have in common."""
    one = facts["intents"]
    if not facts["has_common_random_numbers"]:
        return
    if not one["is_known"]:
        yield "Whether these are pairs of the same calls is not known: a run keeps none (run.records.calls)."
        return
    n = one["n_common"]
    parts = ", ".join(
        f"{_share(one[f'n_same_{key}'], n)} {words}"
        for key, words in (
            ("place", "live at the same place"),
            ("callee", "call the same line"),
            ("length", "talk as long"),
        )
    )
    yield (
        f"Of {one['n_a']:,} kept intents of A and {one['n_b']:,} of B, {n:,} are of the same caller at the same time; "
        f"of these {parts}, {_share(one['n_same'], n)} all three."
    )


def _share(n: int, of: int) -> str:
    """Return a share of whole numbers, 100 % only where all are meant."""
    share = 100.0 * n / of if of else 0.0
    return f"{share:.0f} %" if n in (0, of) else f"{min(max(share, 0.1), 99.9):.1f} %"


def _warnings(facts: dict[str, Any]) -> Iterator[str]:
    one = facts["intents"]
    if not facts["has_common_random_numbers"]:
        yield "The seeds differ: nothing is common, and these are no pairs."
    elif one["is_known"] and not one["is_paired"]:
        yield (
            "These are no pairs: other people make other calls in B. What differs is as much chance as cause; see the "
            "keys above, subscribers.placed_as among them, and use many replications."
        )
