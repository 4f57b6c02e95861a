"""Fonts for letters that the house font lacks: those that are there take over, and what no font has is told once."""

import logging
import sys
import unicodedata
from collections.abc import Iterable
from functools import cache

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

HOUSE_FONT = "DejaVu Sans"
"""Font of every figure, which comes with Matplotlib."""

PREFERRED = (
    "Noto Sans CJK KR", "Noto Sans CJK JP", "Noto Sans CJK SC", "NanumGothic", "Noto Sans", "WenQuanYi Zen Hei",
    "Apple SD Gothic Neo", "Hiragino Sans", "Malgun Gothic", "Microsoft YaHei", "Arial Unicode MS",
)  # fmt: skip
"""Fonts that are taken before others that have the letters as well."""

_NO_FONTS = ("Last Resort",)
"""Begins of the names of fonts that have a box for every letter."""

PACKAGES = {
    "HANGUL": "fonts-nanum",
    "CJK": "fonts-noto-cjk",
    "HIRAGANA": "fonts-noto-cjk",
    "KATAKANA": "fonts-noto-cjk",
}
"""Debian packages of fonts by the first word of the names of their letters; all others are in `OTHER_PACKAGE`."""

OTHER_PACKAGE = "fonts-noto-core"

_TEXT_WEIGHTS = (400, "normal", "regular", "book")

_lacking: dict[str, str] = {}


def give_fonts(figure: Figure) -> None:
    """Let texts whose letters the house font lacks be written in others, and remember those that none has."""
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        missing = _visible(text.get_text()) - _letters_of(HOUSE_FONT)
        if not missing:
            continue
        chain, left = _chain(missing)
        logging.getLogger("fontTools.subset").setLevel(logging.ERROR)  # it tells of every table
        text.set_fontfamily([HOUSE_FONT, *chain])
        if left:
            _lacking.setdefault(text.get_text(), min(left))


def tell_lacking() -> None:
    """Say which texts have letters that no font has, and forget them."""
    if not _lacking:
        return
    labels = ", ".join(f"'{' '.join(label.split())}'" for label in list(_lacking)[:3])
    more = f" and {len(_lacking) - 3} more" if len(_lacking) > 3 else ""
    packages = " ".join(sorted({_package(letter) for letter in _lacking.values()}))
    _lacking.clear()
    message = (
        f"Figures have boxes in {labels}{more}: no font here has these letters; install one "
        f"(apt-get install {packages}), and draw them again"
    )
    if sys.stderr is not None:
        sys.stderr.write(f"{message}\n")


def _package(letter: str) -> str:
    """Return the Debian package of a font that has a letter."""
    return PACKAGES.get(unicodedata.name(letter, "").partition(" ")[0], OTHER_PACKAGE)


def _visible(text: str) -> set[str]:
    return {letter for letter in text if letter.isprintable() and not letter.isspace()}


def _chain(missing: Iterable[str]) -> tuple[list[str], set[str]]:
    """Return fonts that have letters between them, and the letters that none has."""
    chain: list[str] = []
    left = set(missing)
    for name in _others():
        if not left:
            break
        if found := left & _letters_of(name):
            chain.append(name)
            left -= found
    return chain, left


@cache
def _others() -> tuple[str, ...]:
    """Return all other fonts of the machine, also those that came since Matplotlib looked."""
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in sorted(font_manager.findSystemFonts()):
        if path not in known:
            try:
                font_manager.fontManager.addfont(path)
            except (OSError, RuntimeError, ValueError):  # a kind that Matplotlib cannot read
                continue
    names = {name for name in _files() if name != HOUSE_FONT and not name.startswith(_NO_FONTS)}
    first = [name for name in PREFERRED if name in names]
    return (*first, *sorted(names.difference(first), key=lambda name: ("Sans" not in name, name)))


def _files() -> dict[str, str]:
    """Return the files of fonts by name: upright ones of the weight of text."""
    return {
        entry.name: entry.fname
        for entry in font_manager.fontManager.ttflist
        if entry.style == "normal" and entry.weight in _TEXT_WEIGHTS
    }


@cache
def _letters_of(name: str) -> frozenset[str]:
    """Return the letters that a font has."""
    try:
        return frozenset(map(chr, FT2Font(_files()[name]).get_charmap()))
    except (OSError, RuntimeError, ValueError):  # a kind that Matplotlib cannot read
        return frozenset()
