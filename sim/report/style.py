"""The look of every figure: sizes, type, colours, and bytes that repeat."""

import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.report.fonts import HOUSE_FONT, give_fonts, tell_lacking

COLUMN_WIDTH_IN = 3.5
"""Width of one column of a two-column page (IEEE). [in]"""

PAGE_WIDTH_IN = 7.16
"""Width of both columns of a two-column page (IEEE). [in]"""

PRINT_DPI = 300
"""Dots per inch of PNG files and of the raster layers of PDF files."""

_BLUE, _VERMILION, _GREEN, _PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
_BLACK, _ORANGE, _SKY, _GREY = "#000000", "#E69F00", "#56B4E9", "#7F7F7F"
NETWORK_COLOURS = (_BLUE, _VERMILION, _GREEN, _PURPLE, _BLACK, _ORANGE, _SKY, _GREY)
"""Colours of networks in their order (Okabe and Ito, 2008), told apart by colour-blind readers."""

NETWORK_LINES: tuple[Any, ...] = (
    "-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (7, 2)), (0, (3, 1, 1, 1)),
)  # fmt: skip
"""Line styles of networks, so that a print without colour still tells them apart."""

NETWORK_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""Markers of networks, beside colour and line style."""

LEAST_PT = 7.0
"""Size of the smallest letters in any figure. [pt]"""

_LAYOUT_PASSES = 4
_PARAMETERS: Any = {
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "pdf.compression": 9,
    "font.family": "sans-serif",
    "font.sans-serif": [HOUSE_FONT],
    "mathtext.fontset": "dejavusans",
    "font.size": 8.0,
    "axes.titlesize": 8.0,
    "axes.labelsize": 8.0,
    "xtick.labelsize": LEAST_PT,
    "ytick.labelsize": LEAST_PT,
    "legend.fontsize": LEAST_PT,
    "legend.title_fontsize": LEAST_PT,
    "figure.titlesize": 8.0,
    "figure.dpi": 100,
    "savefig.dpi": PRINT_DPI,
    "figure.constrained_layout.use": False,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.4,
    "lines.linewidth": 1.1,
    "lines.markersize": 3.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "svg.hashsalt": "patchcell",
}


@contextmanager
def paper_style() -> Iterator[None]:
    """
    Draw and save in the house style, whatever the reader's own settings are.

    Yields
    ------
    None
        Inside, Matplotlib has its own defaults and the house style over them; outside, what it had before.
    """
    with mpl.rc_context(), warnings.catch_warnings():
        # What no font has is told once, in plain words.
        warnings.filterwarnings("ignore", r"Glyph .* missing from")
        mpl.rcdefaults()
        mpl.rcParams.update(_PARAMETERS)
        yield
        tell_lacking()


def new_figure(width_in: float, height_in: float, *, compress: bool = False) -> Figure:
    """
    Return an empty figure that belongs to no window and to no global list.

    Parameters
    ----------
    width_in, height_in : float
        Size. [in]
    compress : bool
        Whether panels of a fixed aspect, such as maps, move together.

    Returns
    -------
    Figure
        Figure whose panels, legends and labels are laid out without overlap.
    """
    figure = Figure(
        figsize=(width_in, height_in), layout="compressed" if compress else "constrained"
    )
    FigureCanvasAgg(figure)
    return figure


def settle_layout(figure: Figure) -> None:
    """
    Lay a figure out until nothing moves, and keep it so.

    A single pass does not see that maps of a fixed aspect shrink within their panels, and lets titles and scale
    bars run over the edge.
    """
    engine = figure.get_layout_engine()
    if engine is None:
        give_fonts(figure)
        return
    before = None
    for number in range(_LAYOUT_PASSES):
        engine.execute(figure)
        if number == 0:  # by now every label has its text
            give_fonts(figure)
        places = [ax.get_position().bounds for ax in figure.axes]
        if places == before:
            break
        before = places
    figure.set_layout_engine("none")


def save_figure(figure: Figure, stem: Path, title: str, caption: str = "") -> None:
    """
    Write a figure as `<stem>.pdf` and `<stem>.png`, with the same bytes every time.

    Parameters
    ----------
    figure : Figure
        Figure.
    stem : Path
        File without ending.
    title, caption : str
        Title and caption in the files' metadata.
    """
    settle_layout(figure)
    about = {"Title": title, "Creator": "Patchcell", "Producer": None, "CreationDate": None}
    said = {"Description": caption} if caption else {}
    # Not `savefig`, which draws all of it one time more before.
    figure.set_dpi(PRINT_DPI)  # of the raster layers of a PDF, whose own points are 72 to the inch
    FigureCanvasPdf(figure).print_pdf(
        stem.with_name(stem.name + ".pdf"), metadata=about | {"Subject": caption or None}
    )
    figure.set_dpi(PRINT_DPI)
    FigureCanvasAgg(figure).print_png(
        stem.with_name(stem.name + ".png"), metadata={"Title": title, "Software": None} | said
    )


def network_look(index: int) -> dict[str, Any]:
    """
    Return colour, line style and marker of a network.

    Parameters
    ----------
    index : int
        Number of the network in the run.

    Returns
    -------
    dict
        Keywords `color`, `linestyle` and `marker` of a line.
    """
    return {
        "color": NETWORK_COLOURS[index % len(NETWORK_COLOURS)],
        "linestyle": NETWORK_LINES[index % len(NETWORK_LINES)],
        "marker": NETWORK_MARKERS[index % len(NETWORK_MARKERS)],
    }


LETTER_IN = 0.065
"""Width of a letter, in the mean. [in]"""


def wrapped(text: str, room_in: float) -> str:
    """Return a text in lines that are no longer than a room."""
    return textwrap.fill(text, max(12, int(room_in / LETTER_IN)), break_long_words=False)


def few_ticks(n: int = 6, *, whole: bool = False) -> MaxNLocator:
    """Return what sets some ticks at round numbers."""
    return MaxNLocator(n, steps=[1, 2, 2.5, 5, 10], integer=whole)


def dot_look(index: int, n_dots: int, *, faint: float, clear: float = 1.0) -> dict[str, Any]:
    """Return the look of the dots of a network, smaller and fainter where there are many."""
    look, is_crowd = network_look(index), n_dots > 100
    return {
        "color": look["color"],
        "linestyle": "none",
        "marker": look["marker"],
        "markersize": 2.0 if is_crowd else 4.0,
        "markeredgewidth": 0.0,
        "alpha": faint if is_crowd else clear,
        "rasterized": n_dots > 1_000,
    }
