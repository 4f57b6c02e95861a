"""Figures from the files of a results folder."""

import os
import sys
from contextlib import suppress


def _import_matplotlib() -> None:
    """Import Matplotlib whatever backend a notebook has left to its children, which may lack it: figures are files."""
    named = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib as mpl
    finally:
        if named is not None:
            os.environ["MPLBACKEND"] = named
    if named:
        with suppress(ValueError):  # as Matplotlib says to one that is not here
            mpl.rcParams["backend"] = named


if "matplotlib" not in sys.modules:
    _import_matplotlib()
