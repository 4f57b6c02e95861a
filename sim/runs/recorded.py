"""What a terminal shows, as text and for a notebook."""

import io

from rich.console import Console, RenderableType

WIDTH = 110
"""Letters in a line where no terminal says how many."""

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
