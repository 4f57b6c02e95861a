"""Where something is worst, as the summary prints it: a few provinces, sites or exchanges."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text

from sim.runs.measures.display import ProvinceRanking, TableRanking
from sim.runs.measures.measure import PERCENT, Line
from sim.runs.parquet import read_parquet
from sim.runs.published_summary import Summary, estimate_text
from sim.runs.text_tables import WideTable, indented

_SHOWN = 3
"""Rows of which there is one of each kind of place."""

_LEAST = 100
"""Of so many at least, over all replications, a share says something (house limit): 5 % are then 1 to 11 %."""


_FAILED = Line("failed [%]", "{:.2f}", PERCENT)


@dataclass(frozen=True)
class _Row:
    """A place that may be the worst."""

    whole: float  # of which the share is, a mean over replications
    share: float  # share
    cells: tuple[str, ...]  # what is shown


def printed_ranking(
    summary: Summary, ranking: TableRanking | ProvinceRanking
) -> Iterator[RenderableType]:
    """Iterate over what is printed of the places where a share is greatest; nothing where there are not several."""
    if isinstance(ranking, ProvinceRanking):
        headings, rows = _provinces(summary, ranking)
    else:
        headings, rows = _rows_of_table(summary, ranking)
    least = _LEAST / max(summary.n_replications, 1)
    known = [row for row in rows if row.whole >= least]
    worst = sorted((row for row in known if row.share > 0.0), key=lambda row: -row.share)[:_SHOWN]
    if len(known) < 2 or not worst:
        return
    table = WideTable((ranking.title, *headings))
    for row in worst:
        table.add(*row.cells)
    yield table
    more, left = len(known) - len(worst), len(rows) - len(known)
    said = [ranking.says, f"{more:,} more in {_file(ranking)}" if more else ""]
    said.append(f"{left:,} of fewer than {_LEAST} calls are left out" if left else "")
    note = Text("; ".join(part for part in said if part) + ".", style="dim", overflow="fold")
    yield indented(note)


def _file(ranking: TableRanking | ProvinceRanking) -> str:
    table = ranking.table if isinstance(ranking, TableRanking) else "measures"
    return f"{table}.parquet"


def _provinces(summary: Summary, ranking: ProvinceRanking) -> tuple[Sequence[str], list[_Row]]:
    """Return headings and rows of all provinces."""
    lines = (ranking.whole.line or Line(ranking.whole.name), _FAILED)
    rows = []
    for measure, code in summary.provinces:
        if measure != ranking.by.name:
            continue
        whole = summary.provinces[ranking.whole.name, code]
        share = summary.provinces[ranking.by.name, code]
        parts = {
            name: summary.provinces[part.name, code]["value"] or 0.0
            for name, part in ranking.parts.items()
            if (part.name, code) in summary.provinces
        }
        main = max(parts, key=lambda name: parts[name], default="")
        number = estimate_text({**whole, "low": None}, lines[0])
        cells = (code, number, estimate_text(share, lines[1]), main)
        rows.append(_Row(whole["value"] or 0.0, share["value"] or 0.0, cells))
    return (*(line.label for line in lines), "most of it"), rows


def _rows_of_table(summary: Summary, ranking: TableRanking) -> tuple[Sequence[str], list[_Row]]:
    """Return headings and rows of a published table."""
    path = summary.folder / f"{ranking.table}.parquet"
    if not path.is_file():
        return (), []
    ends = (f"{ranking.by}_low", f"{ranking.by}_high")
    names = {ranking.name, ranking.whole, ranking.by, *ends, *(name for name, _ in ranking.columns)}
    table = read_parquet(path)
    found = table.select(sorted(names & set(table.column_names))).to_pylist()
    rows = [
        _Row(
            row[ranking.whole] or 0.0,
            row[ranking.by] or 0.0,
            (
                row[ranking.name],
                *(_shown(row, name, line, ranking.by) for name, line in ranking.columns),
            ),
        )
        for row in found
    ]
    return tuple(line.label for _, line in ranking.columns), rows


def _shown(row: dict[str, object], name: str, line: Line, by: str) -> str:
    """Return what is shown of a column: a text as it is, the share that ranks with its interval."""
    value = row[name]
    if isinstance(value, str):
        return value
    ends = {end: row.get(f"{name}_{end}") if name == by else None for end in ("low", "high")}
    return estimate_text({"value": value, **ends}, line)
