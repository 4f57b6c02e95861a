"""Reference cases of diffraction, and profiles of terrain: from the folder in PATCHCELL_REFERENCE, or drawn."""

import os
from pathlib import Path

import numpy as np
import pytest

from sim.validation.diffraction import read_profile as read_itu_profile
from tests.reference_cases import reference_cases

CASES = reference_cases("propagation/diffraction")


def read_profile(name):
    """Return distance, height of the ground and height of what stands on it, of an ITU profile."""
    folder = os.environ.get("PATCHCELL_REFERENCE")
    if not folder:
        pytest.skip("PATCHCELL_REFERENCE is unset: the ITU's profiles may not be shipped")
    return read_itu_profile(Path(folder) / name)


def rough_raster(n_rows, n_cols, seed, spread_m=120.0, mean_m=300.0):
    """Return heights whose spectrum falls as that of hills; the seed is fixed by the caller."""
    random = np.random.default_rng(seed)
    square = np.fft.fftfreq(n_rows)[:, None] ** 2 + np.fft.rfftfreq(n_cols)[None] ** 2
    square[0, 0] = 1.0
    noise = np.fft.rfft2(random.normal(size=(n_rows, n_cols)))
    field = np.fft.irfft2(noise * square**-0.9, (n_rows, n_cols))
    field = (field - field.mean()) / field.std()
    return (mean_m + spread_m * field).astype(np.float32)
