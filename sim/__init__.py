"""Patchcell: two 3G networks on one territory, simulated call by call."""

import os

from sim.compilation.place import cache_root
from sim.compilation.processor import choose_processor

__all__ = ["cache_root"]

__version__ = "0.1.0"

choose_processor()  # before Numba is imported
# Threads that wait for the next site sleep: spinning, they would take the cores from those that work, and on a busy
# machine two threads would be slower than one.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
