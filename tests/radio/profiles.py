"""Reference cases of diffraction, and profiles of terrain: from the folder in PATCHCELL_REFERENCE, or drawn."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

CASES = {
    case["id"]: case
    for case in json.loads(
        (Path(__file__).parents[1] / "reference" / "diffraction.json").read_text("utf-8")
    )
}


def read_profile(name):
    """Return distance, height of the ground and height of what stands on it, of an ITU profile."""
    folder = os.environ.get("PATCHCELL_REFERENCE")
    if not folder:
        pytest.skip("PATCHCELL_REFERENCE is unset: the ITU's profiles may not be shipped")
    lines = (Path(folder) / name).read_text("utf-8").splitlines()
    if "{Begin of Profile}" in lines:
        first, last = lines.index("{Begin of Profile}") + 2, lines.index("{End of Profile}")
        rows = np.array([[float(v) for v in line.split(",")[:4]] for line in lines[first:last]])
        distance_km, height_m, _, cover_m = rows.T.copy()
        cover_m[0] = cover_m[-1] = 0.0
        return distance_km, height_m, height_m + cover_m
    distance_km, height_m = np.loadtxt(lines[1:], delimiter=",").T.copy()
    return distance_km, height_m, height_m


def rough_raster(n_rows, n_cols, seed, spread_m=120.0, mean_m=300.0):
    """Return heights whose spectrum falls as that of hills; the seed is fixed by the caller."""
    random = np.random.default_rng(seed)
    square = np.fft.fftfreq(n_rows)[:, None] ** 2 + np.fft.rfftfreq(n_cols)[None] ** 2
    square[0, 0] = 1.0
    noise = np.fft.rfft2(random.normal(size=(n_rows, n_cols)))
    field = np.fft.irfft2(noise * square**-0.9, (n_rows, n_cols))
    field = (field - field.mean()) / field.std()
    return (mean_m + spread_m * field).astype(np.float32)
