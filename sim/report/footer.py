"""Small print at the foot of a figure: what must be said of its world, wherever the figure is copied."""

import textwrap
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

FOOTER = "footer"
"""Mark of the text of a footer."""

_SIZE_PT = 5.5
_LINE_IN = 0.095
_PAD_IN = 0.03
_LETTERS_PER_IN = 23.0


def footer_lines(notes: Sequence[str], width_in: float) -> list[str]:
    """Return notes as lines of small print."""
    if not notes:
        return []
    text = "Note: " + "; ".join(note.removesuffix(".") for note in notes) + "."
    return textwrap.wrap(text, int(width_in * _LETTERS_PER_IN), break_long_words=False)


def footer_height_in(lines: Sequence[str]) -> float:
    """Return the height that small print takes."""
    return len(lines) * _LINE_IN + 2.0 * _PAD_IN if lines else 0.0


def add_footer(figure: Figure, lines: Sequence[str], *, lifts: bool = True) -> None:
    """Write small print at the foot of a figure."""
    if not lines:
        return
    width_in, height_in = figure.get_size_inches()
    share = float(footer_height_in(lines) / height_in)
    engine = figure.get_layout_engine()
    if lifts and isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0.0, share, 1.0, 1.0 - share))
    figure.text(
        0.05 / width_in,
        _PAD_IN / height_in,
        "\n".join(lines),
        fontsize=_SIZE_PT,
        color="#404040",
        va="bottom",
        linespacing=1.15,
        gid=FOOTER,
    )
