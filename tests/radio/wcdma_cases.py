"""The reference cases of WCDMA, and the hexagon over which phones are spread."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

CASES = {
    case["id"]: case
    for case in json.loads(
        (Path(__file__).parents[1] / "reference" / "wcdma.json").read_text("utf-8")
    )
}


def cases(prefix):
    ids = [i for i in CASES if i.startswith(prefix)]
    assert ids, f"no reference case begins with {prefix}"
    return pytest.mark.parametrize(("given_", "expected"), [pair(i) for i in ids], ids=ids)


def pair(case_id):
    return CASES[case_id]["inputs"], CASES[case_id]["expected"]


def in_hexagon(shares):
    """Spread pairs of shares in [0, 1) evenly over the cell of a site at 0, in distances between sites."""
    third = np.floor(3.0 * shares[:, 0])
    first = 3.0 * shares[:, 0] - third
    angle = 2.0 * math.pi / 3.0 * third
    side = 1.0 / math.sqrt(3.0)  # the hexagon is three rhombs with a corner in the middle
    # A corner of the cell is north of its site.
    axis = np.stack([np.cos(angle + math.pi / 2.0), np.sin(angle + math.pi / 2.0)], axis=1)
    other = angle + math.pi / 2.0 + 2.0 * math.pi / 3.0
    across = np.stack([np.cos(other), np.sin(other)], axis=1)
    return side * (first[:, None] * axis + shares[:, 1:2] * across)
