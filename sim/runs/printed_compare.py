"""A comparison of two scenarios for a terminal."""

import json
import math
from typing import Any

import pyarrow as pa
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.tables import ALL, SUMMARY_AXES

_ALPHA = 0.05


def printed_comparison(table: pa.Table) -> RenderableType:
    """
    Return a comparison for a terminal.

    Parameters
    ----------
    table : pa.Table
        Table `sim.tables.COMPARISON`.

    Returns
    -------
    RenderableType
        Table and lines.
    """
    facts = {key.decode(): value for key, value in table.schema.metadata.items()}
    read: dict[str, Any] = {
        key: json.loads(facts[key])
        for key in ("a", "b", "has_common_random_numbers", "n_pairs", "n_equal")
    }
    names = [f"{read[key]['scenario']} {read[key]['id'][:8]}" for key in ("a", "b")]
    rows = table.to_pylist()
    shown = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in (
        "measure",
        "A",
        "B",
        "B - A",
        "paired 95 %",
        "unpaired 95 %",
        "variance by",
        "p adj.",
    ):
        shown.add_column(Text(heading), justify="left" if heading == "measure" else "right")
    for row in rows:
        is_sure = row["p_adjusted"] is not None and row["p_adjusted"] < _ALPHA
        shown.add_row(*(Text(word) for word in _words(row)), style="bold" if is_sure else "")
    return Group(
        Text(
            f"A = {names[0]}, B = {names[1]}, {read['n_pairs']} pairs of replications", style="bold"
        ),
        shown,
        *(Text(f"  {line}", style="dim") for line in _notes(read, len(rows))),
    )


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


def _notes(read: dict[str, Any], n_rows: int) -> list[str]:
    common = (
        "Both have the same seed: the same people make the same calls, so that differences are paired."
        if read["has_common_random_numbers"]
        else "The seeds differ: nothing is common, and pairing gains nothing."
    )
    return [
        common,
        "variance by: how many times larger the variance of the difference would be without pairing.",
        f"p adj.: adjusted for {n_rows} measures by Holm; bold below {_ALPHA:g}.",
        f"{read['n_equal']} more measures are the same in every replication.",
    ]
