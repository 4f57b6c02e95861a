"""What the squares of a page's map may show, and the colours that show it."""

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex

from sim.report.page.listings import Field, Listing

_RAMP, _FROM = "YlGnBu", 0.06
"""Light for little and dark for much, also in greys; what is paler than that would look like no value."""

_N_COLOURS = 64

_OF_CELLS = (
    ("leg_blocking", "Blocking", "legs refused"),
    ("blocking", "Blocked attempts", "attempts blocked"),
    ("utilisation", "Load", "channels, or power, in use"),
    ("user_throughput_bps", "Throughput", "what a user gets"),
    ("noise_rise_db", "Noise rise", "uplink interference over noise, mean"),
)
"""Columns of the table of cells that squares show: that of the cell that serves them best."""


def layers(listings: Mapping[str, Listing]) -> list[dict[str, Any]]:
    """Return what the squares may show, each of every network."""
    own = [
        _layer("power", "Coverage", "received power of the pilot of the best cell", "dBm"),
        _layer("people", "People not served", "people whom the network does not cover, in a square of the map", ""),
    ]  # fmt: skip
    cells = listings.get("cells")
    known = {one.name: one for one in cells.fields} if cells else {}
    of_cells = [
        _of_cell(known[column], title, says) for column, title, says in _OF_CELLS if column in known
    ]
    return [own[0], *of_cells, own[1]]


def _layer(key: str, title: str, says: str, unit: str, column: str = "") -> dict[str, Any]:
    return {"key": key, "title": title, "says": says, "unit": unit, "factor": 1.0, "column": column}


def _of_cell(column: Field, title: str, says: str) -> dict[str, Any]:
    text = f"{says}, of the cell that serves a square best ({column.name}: {column.says})"
    layer = _layer(column.name, title, text, column.unit, column.name)
    return layer | {"factor": column.factor}


def ramp() -> list[str]:
    """Return the colours from the smallest to the greatest, which colour-blind readers and greys tell apart."""
    colours = mpl.colormaps[_RAMP](np.linspace(_FROM, 1.0, _N_COLOURS))
    return [to_hex(colour) for colour in colours]
