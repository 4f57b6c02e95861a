"""The page of a comparison: what differs between two runs, how surely, and what only one of them has."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from sim.report.page.book import meaning, scale_of_entry
from sim.report.page.html import rendered
from sim.report.page.listings import Field, Listing
from sim.report.page.packed import packed
from sim.report.page.report import write_page
from sim.runs.answers.numbers import finite, shown
from sim.runs.answers.rankings import KINDS
from sim.runs.compare import compare_results
from sim.runs.result import RunResult
from sim.tables import ALL, COMPARISON, SUMMARY_AXES

_ALPHA = 0.05
_HEADLINES = (
    "voice.attempts", "voice.failure", "voice.network_failure", "voice.blocking", "voice.dropping",
    "voice.carried_erl", "cell.utilisation", "data.throughput_bps", "data.throughput_p05_bps",
    "data.blocked_share", "sms.delivered", "exchange.wait_s", "exchange.abandonment", "exchange.occupancy",
    "trunk.blocking", "coverage.population_share", "coverage.area_share",
)  # fmt: skip


def write_comparison(path: Path, a: RunResult, b: RunResult) -> Path:
    """
    Write the page of a comparison.

    Parameters
    ----------
    path : Path
        File to be written.
    a, b : RunResult
        Results of runs.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    SimError
        If they have nothing in common, or the page cannot be written.
    """
    return write_page(path, comparison_html(a, b))


def comparison_html(a: RunResult, b: RunResult) -> str:
    """Return the page of a comparison."""
    table = compare_results(a, b, everywhere=True)
    known = table.schema.metadata
    facts = {key.decode(): json.loads(known[key]) for key in _FACTS}
    rows = table.to_pylist()
    only = list(_only_in_one(a, b))
    listings = [_differences(table), _only(only), _keys(facts["differences"])]
    return rendered(
        "comparison.html.jinja",
        a=facts["a"],
        b=facts["b"],
        pairs=_pairs(facts),
        said=list(_said(facts, rows, only)),
        rows=list(_headlines(rows)),
        n_rows=len(rows),
        n_equal=facts["n_equal"],
        has_only=bool(only),
        has_keys=bool(facts["differences"]),
        data=packed({"listings": [one.as_mapping() for one in listings if one.n_rows]}, {}),
    )


_FACTS = (b"a", b"b", b"has_common_random_numbers", b"differences", b"n_pairs", b"n_equal")


def _pairs(facts: dict[str, Any]) -> str:
    n = facts["n_pairs"]
    pairs = f"{n} pair{'' if n == 1 else 's'} of replications"
    if facts["has_common_random_numbers"]:
        return f"{pairs}, on common random numbers."
    return f"{pairs} of unlike seeds: the draws are not common, and pairing gains nothing."


def _said(
    facts: dict[str, Any], rows: list[dict[str, Any]], only: list[tuple[str, str, str]]
) -> Iterator[str]:
    keys = facts["differences"]
    differ = f"The scenarios differ in {len(keys):,} key{'' if len(keys) == 1 else 's'}."
    yield differ if keys else "The scenarios are the same."
    sure = sum(_is_sure(row) for row in rows)
    yield f"{len(rows):,} measures differ, {sure:,} of them surely; {facts['n_equal']:,} are the same."
    for side in ("A", "B"):
        counts: dict[str, int] = {}
        for what, _, where in only:
            if where == side:
                counts[what] = counts.get(what, 0) + 1
        if counts:
            listed = ", ".join(f"{what} ({n:,})" for what, n in counts.items())
            yield f"Only in {side}: {listed}."


def _is_sure(row: dict[str, Any]) -> bool:
    p = finite(row["p_adjusted"])
    return p is not None and p < _ALPHA


def _headlines(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Iterate over the differences of all callers, in the order of the headline measures."""
    whole = {row["measure"]: row for row in rows if all(row[axis] == ALL for axis in SUMMARY_AXES)}
    for measure in _HEADLINES:
        if measure in whole:
            row = whole[measure]
            scale = scale_of_entry(row)
            text = shown(row, scale.factor)
            is_more = (finite(row["value"]) or 0.0) > 0.0 and not text.startswith("<")
            yield {
                "measure": measure,
                "says": meaning(measure),
                "a": shown({"value": row["a"]}, scale.factor),
                "b": shown({"value": row["b"]}, scale.factor),
                "value": row["value"],
                "difference": f"+{text}" if is_more else text,
                "unit": scale.unit,
                "verdict": _verdict(row),
            }


def _verdict(row: dict[str, Any]) -> str:
    if finite(row["p_adjusted"]) is None:
        return "one value in each world, without an interval" if finite(row["low"]) is None else ""
    return "sure" if _is_sure(row) else "may be chance"


def _differences(table: pa.Table) -> Listing:
    rows = table.to_pylist()
    scales = [scale_of_entry(row) for row in rows]
    axes = [axis for axis in SUMMARY_AXES if any(row[axis] != ALL for row in rows)]
    data: dict[str, list[Any]] = {
        name: [row[name] for row in rows] for name in ("measure", *axes, "a", "b")
    }
    for end in ("value", "low", "high"):
        name = "difference" if end == "value" else f"difference_{end}"
        data[name] = [row[end] for row in rows]
    data |= {name: [row[name] for row in rows] for name in ("p_adjusted", "n_replications")}
    data |= {"unit": [one.unit for one in scales], "factor": [one.factor for one in scales]}
    says = {one.name: one.description for one in COMPARISON.columns}
    fields = (
        Field("measure", says["measure"], is_text=True),
        *(Field(axis, says[axis], is_text=True) for axis in axes),
        *(Field(side, says[side], is_scaled_by_row=True) for side in ("a", "b")),
        Field("difference", "second less first, with its paired 95 % interval", is_scaled_by_row=True),
        Field("unit", "unit in which they are shown", is_text=True),
        *(Field(name, says[name]) for name in ("p_adjusted", "n_replications")),
    )  # fmt: skip
    return Listing("differences", "All differences", "comparison (--save)", "measure", fields, data)


def _only_in_one(a: RunResult, b: RunResult) -> Iterator[tuple[str, str, str]]:
    """Iterate over what only one of two runs has: what it is, its name, and which."""
    of_a, of_b = (list(_named(one)) for one in (a, b))
    for side, own, other in (("A", of_a, set(of_b)), ("B", of_b, set(of_a))):
        for what, name in dict.fromkeys(own):
            if (what, name) not in other:
                yield what, name, side


def _named(result: RunResult) -> Iterator[tuple[str, str]]:
    for axis in ("measure", *SUMMARY_AXES):
        plural = {"covered_by": "kinds of coverage", "trunk": "trunk groups"}.get(axis, f"{axis}s")
        for entry in result.summary:
            yield plural, str(entry[axis])
    for key, kind in KINDS.items():
        if key in result.tables and key != "trunks":
            for name in result.table(key, [kind.name]).column(kind.name).to_pylist():
                yield key, str(name)


def _only(found: list[tuple[str, str, str]]) -> Listing:
    fields = (
        Field("name", "its name", is_text=True),
        Field("what", "what it is", is_text=True),
        Field("only_in", "the run that has it", is_text=True),
    )
    columns = {
        "name": [name for _, name, _ in found],
        "what": [what for what, _, _ in found],
        "only_in": [side for _, _, side in found],
    }
    return Listing("only", "Only in one", "both folders", "name", fields, columns)


def _keys(differences: list[dict[str, Any]]) -> Listing:
    fields = tuple(
        Field(name, says, is_text=True)
        for name, says in (("path", "key of the scenario"), ("a", "in A"), ("b", "in B"))
    )
    columns = {
        "path": [one["path"] for one in differences],
        **{side: [_text(one[side]) for one in differences] for side in ("a", "b")},
    }
    return Listing("keys", "Scenarios", "scenario.yaml", "path", fields, columns)


def _text(value: Any) -> str:  # noqa: ANN401  # plain values
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
