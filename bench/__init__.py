"""Measurements of speed: the engine beside its peers, and the national scenario stage by stage."""

import sim  # noqa: F401  chooses the folder of compiled code before Numba is imported
