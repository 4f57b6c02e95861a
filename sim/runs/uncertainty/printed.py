"""A study in words: both kinds of intervals side by side, and which parameters decide how much."""

import math
from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill
from typing import Any

from sim.runs.measures.measure import Line
from sim.runs.measures.subjects import MEASURES
from sim.runs.text_tables import WIDTH, add_row, recorded_text, text_table
from sim.runs.uncertainty.answer import KEYS, Answer
from sim.runs.uncertainty.design import OTHERS, A, B
from sim.tables import ALL, SUMMARY_AXES

_MOST_SHOWN = 8
_MOST_PROBLEMS = 5
_LEAST_SHARE = 0.01

Row = Mapping[str, Any]


def study_text(answer: Answer, head: str, not_precise: Sequence[str] = ()) -> str:
    """Return what is printed of a study, and kept beside its tables."""
    blocks = [head]
    if "uncertainty" in answer.tables:
        rows = answer.tables["uncertainty"].to_pylist()
        blocks.append(_intervals(_without_repeats(rows)))
        blocks.append(
            "Simulation: 95 % over replications of the scenario's own values, by chance alone. Parameters: 95 % of the "
            "samples, chance taken off. Neither is in the other; of coverage nothing is chance within one world."
        )
        blocks += list(_left_out(_without_repeats(rows), answer.tables["samples"].to_pylist()))
    if "indices" in answer.tables:
        blocks += _by_measure(answer.tables["indices"].to_pylist(), _index_lines)
    elif "screening" in answer.tables:
        blocks += _by_measure(answer.tables["screening"].to_pylist(), _effect_lines)
    blocks += [f"The scenario's own values: {one}" for one in not_precise]
    blocks += list(_counts(answer))
    shown = (block if "─" in block else wrapped_text(block) for block in blocks)
    return "\n\n".join(shown) + "\n"


def _left_out(rows: Sequence[Row], samples: Sequence[Row]) -> Iterator[str]:
    """Yield of which measures fewer samples count than the design has."""
    n = sum(one["role"] in (A, B) for one in samples)
    fewer = [f"{titled(row)} {row['n_samples']:,}" for row in rows if row["n_samples"] < n]
    if fewer:
        yield (
            f"Of {n:,} samples of the design those count of which every replication measured something: "
            f"{'; '.join(fewer)}."
        )


def wrapped_text(block: str) -> str:
    """Return lines that a terminal shows whole, each continued further to the right."""
    lines = (
        fill(line, WIDTH, subsequent_indent="    ", break_long_words=False)
        for line in block.split("\n")
    )
    return "\n".join(lines)


def _without_repeats(rows: Sequence[Row]) -> list[Row]:
    """Return rows without those of the only network, where they say the same as those of all."""
    networks = {row["network"] for row in rows} - {ALL}
    if len(networks) > 1:
        return list(rows)
    wide = {row["measure"] for row in rows if row["network"] == ALL}
    return [row for row in rows if row["network"] == ALL or row["measure"] not in wide]


def _intervals(rows: Sequence[Row]) -> str:
    table = text_table(["", "value", "simulation", "mean of samples", "parameters", "chance"])
    for row in rows:
        line = line_of(row["measure"])
        number = _numbers(line)
        ends = [
            f"{number(row[f'{kind}_low'])} to {number(row[f'{kind}_high'])}"
            if row[f"{kind}_low"] is not None
            else "-"
            for kind in ("simulation", "parameters")
        ]
        share = row["simulation_share"]
        chance = "-" if share is None else f"{100.0 * share:.0f} %"
        add_row(
            table, titled(row), number(row["value"]), ends[0], number(row["mean"]), ends[1], chance
        )
    return recorded_text(table)


def line_of(measure: str) -> Line:
    """Return how a measure is shown: its words and its unit."""
    declared = MEASURES[measure]
    unit = "" if declared.unit == "1" else f" [{declared.unit}]"
    return declared.line or Line(f"{measure}{unit}")


def titled(row: Row) -> str:
    """Return what a row is of: the measure in words, and where."""
    where = [str(row[axis]) for axis in SUMMARY_AXES if row[axis] != ALL]
    return ", ".join([line_of(row["measure"]).label, *where])


def _numbers(line: Line) -> Any:  # noqa: ANN401  # a function of a number
    def text(value: float | None) -> str:
        if value is None or not math.isfinite(value):
            return "-"
        shown = value * line.factor
        return f"{shown:,.0f}" if abs(shown) >= 1000.0 else f"{shown:.3g}"

    return text


def _by_measure(rows: Sequence[Row], lines: Any) -> Iterator[str]:  # noqa: ANN401  # a function of rows
    """Yield a block for each measure at its widest place."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in KEYS), []).append(row)
    wide = {key[0] for key in groups if key[1] == ALL}
    for key, own in groups.items():
        said = list(lines(own)) if key[1] == ALL or key[0] not in wide else []
        if said:
            yield "\n".join(said)


def _index_lines(rows: Sequence[Row]) -> Iterator[str]:
    known = [row for row in rows if row["total"] is not None]
    if not known:
        yield f"{_capital(titled(rows[0]))}: no parameter moves it, or not more than chance does."
        return
    shown = sorted(known, key=lambda row: -row["total"])[:_MOST_SHOWN]
    for row in shown:
        if row["total"] < _LEAST_SHARE and row is not shown[0]:
            continue
        yield (
            f"{_named(row['factor'])} about {_percent(row['total'])} {_between(row, 'total')} of what is unknown of "
            f"{titled(row)}, {_percent(row['first'])} {_between(row, 'first')} of it alone."
        )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _named(factor: str) -> str:
    return "All other parameters together decide" if factor == OTHERS else f"{factor} decides"


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def _between(row: Row, name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if low is None or high is None:
        return "(interval unknown)"
    return f"({100.0 * low:.0f} to {100.0 * high:.0f})"


def _effect_lines(rows: Sequence[Row]) -> Iterator[str]:
    number = _numbers(line_of(rows[0]["measure"]))
    known = [row for row in rows if row["size"] is not None]
    shown = sorted(known, key=lambda row: -row["size"])[:_MOST_SHOWN]
    shown = [row for row in shown if row["size"] > row["noise"]]
    if not shown:
        yield f"{_capital(titled(rows[0]))}: no parameter moves it, or not more than chance does."
        return
    yield f"Over their ranges, these move {titled(rows[0])} most:"
    for row in shown:
        chance = f", {number(row['noise'])} by chance alone" if row["noise"] > 0.0 else ""
        yield (
            f"  {row['path']}: by {number(row['size'])} in the mean (with sign {number(row['mean'])}{chance})"
        )


def _counts(answer: Answer) -> Iterator[str]:
    if answer.n_mended:
        yield (
            f"{answer.n_mended:,} samples would have broken a rule between keys: what the rule names was given the "
            "scenario's own value (samples.parquet, mended)."
        )
    if answer.n_refused or answer.n_failed:
        shown = "; ".join(answer.problems[:_MOST_PROBLEMS])
        yield (
            f"Of {answer.n_refused:,} samples no scenario can be made, and {answer.n_failed:,} runs failed; they are "
            f"left out of everything above, with their rows of the design: {shown}"
        )
