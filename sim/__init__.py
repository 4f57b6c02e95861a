"""Patchcell: two 3G networks on one territory, simulated call by call."""

import os

from sim.compilation.place import cache_root

__all__ = ["cache_root"]

__version__ = "0.1.0"

# Threads that wait for the next site sleep: spinning, they would take the cores from those that work, and on a busy
# machine two threads would be slower than one.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
