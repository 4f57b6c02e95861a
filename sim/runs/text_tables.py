"""Tables as a terminal, a file and a notebook show them, whatever their width."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WIDTH = 110
"""Letters in a line where no terminal says how many."""

_UNBOUNDED = 10_000
"""Letters in a line on which every table has room."""

_HTML = '<pre style="line-height: 1.2">{code}</pre>'


def recorded_text(shown: RenderableType) -> str:
    """Return what a terminal shows as plain text."""
    return _recorded(shown).export_text().rstrip("\n")


def recorded_html(shown: RenderableType) -> str:
    """Return what a terminal shows for a notebook."""
    return _recorded(shown).export_html(inline_styles=True, code_format=_HTML)


def _recorded(shown: RenderableType) -> Console:
    console = Console(record=True, file=io.StringIO(), width=WIDTH, force_jupyter=False)
    console.print(shown)
    return console


def text_table(headings: Sequence[str], *, is_narrow: bool = False) -> Table:
    """Return a table without rows, whose first column is words and whose others are numbers."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0 if is_narrow else 1))
    for heading in headings:
        # Plain text: units in brackets are no markup.
        is_first = heading == headings[0]
        table.add_column(Text(heading), justify="left" if is_first else "right", overflow="fold")
    return table


def add_row(table: Table, *cells: str, style: str = "") -> None:
    """Add a row of plain text."""
    table.add_row(*(Text(cell) for cell in cells), style=style)


def indented(text: Text) -> RenderableType:
    """Return a text as what is said of the table above."""
    text.overflow = "fold"
    return Padding(text, (0, 0, 0, 2), expand=False)


@dataclass(frozen=True)
class WideTable:
    """A table that becomes several, one below the other with the same first column, where the screen is too narrow."""

    headings: tuple[str, ...]  # of the columns, the first of words
    rows: list[tuple[tuple[str, ...], str]] = field(default_factory=list)  # cells, and the style

    def add(self, *cells: str, style: str = "") -> None:
        """Add a row."""
        self.rows.append((cells, style))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = list(range(1, len(self.headings)))
        is_narrow = not self._fits(console, options, columns, is_narrow=False)
        while columns:
            n = len(columns)
            while n > 1 and not self._fits(console, options, columns[:n], is_narrow=is_narrow):
                n -= 1
            yield self._part(columns[:n], is_narrow=is_narrow)
            columns = columns[n:]

    def _fits(
        self,
        console: Console,
        options: ConsoleOptions,
        columns: Sequence[int],
        *,
        is_narrow: bool,
    ) -> bool:
        """Return whether these columns have room side by side."""
        part = self._part(columns, is_narrow=is_narrow)
        wanted = Measurement.get(console, options.update(width=_UNBOUNDED), part)
        return wanted.maximum <= options.max_width

    def _part(self, columns: Sequence[int], *, is_narrow: bool) -> Table:
        """Return some of the columns, without rows of which they say nothing."""
        table = text_table([self.headings[i] for i in (0, *columns)], is_narrow=is_narrow)
        for cells, style in self.rows:
            own = [cells[i] for i in columns]
            if not set(own) <= {"", "-"}:
                add_row(table, cells[0], *own, style=style)
        return table
