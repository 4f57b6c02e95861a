"""Tables of text, and numbers as they stand in them."""

import math
from dataclasses import dataclass

from bench.bare import Spread
from bench.exponent import Exponent


@dataclass(frozen=True)
class TextTable:
    """
    A table of text.

    Attributes
    ----------
    title : str
        Title.
    columns : tuple of str
        Headings; the first column is text, the others are numbers.
    rows : tuple of tuple of str
        Cells.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def number(value: float) -> str:
    """
    Return a number with three digits that count.

    Parameters
    ----------
    value : float
        Number.

    Returns
    -------
    str
        Text, thousands parted by commas.
    """
    if not math.isfinite(value):
        return "-"
    if value == 0.0:
        return "0"
    rounded = float(f"{value:.3g}")
    digits = max(0, 2 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{digits}f}"


def range_text(found: Spread | None) -> str:
    """
    Return middle and range of repeats.

    Parameters
    ----------
    found : Spread or None
        What was found.

    Returns
    -------
    str
        Such as `2 (1 to 3)`; a dash for None.
    """
    if found is None:
        return "-"
    return f"{number(found.median)} ({number(found.low)} to {number(found.high)})"


def exponent_text(fit: Exponent) -> str:
    """
    Return an exponent with its interval.

    Parameters
    ----------
    fit : Exponent
        Exponent.

    Returns
    -------
    str
        Such as `1.00 (0.98 to 1.02)`; without an interval where there is none.
    """
    if math.isnan(fit.low):
        return f"{fit.value:.2f}"
    return f"{fit.value:.2f} ({fit.low:.2f} to {fit.high:.2f})"
