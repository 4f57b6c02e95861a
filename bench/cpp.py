"""The bare loop in C++ over `std::priority_queue`, compiled on the spot."""

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from bench.compiled import CELL, new_cells, tally_of_cells
from bench.workload import N_CHANNELS, Calls, Tally

COMPILER = "g++"
OPTIONS = ("-O3", "-march=native", "-std=c++17")
"""Compiler of the peer; `-march=native` because Numba too compiles for the processor at hand."""

_SOURCE = Path(__file__).with_name("heap.cpp")
_SIZE_OF_CELL = 40  # sizeof(Cell) in heap.cpp


def compiler_version() -> str | None:
    """
    Return the version of the C++ compiler.

    Returns
    -------
    str or None
        First line of what it says; None where there is no compiler.
    """
    if shutil.which(COMPILER) is None:
        return None
    answer = subprocess.run([COMPILER, "--version"], capture_output=True, text=True, check=True)
    return answer.stdout.splitlines()[0]


def build_cpp(folder: Path) -> Callable[[Calls], Tally]:
    """
    Compile the loop.

    Parameters
    ----------
    folder : Path
        Where the library is written.

    Returns
    -------
    callable
        Simulates a workload.
    """
    if CELL.itemsize != _SIZE_OF_CELL:
        raise AssertionError(f"a cell has {CELL.itemsize} bytes, in heap.cpp {_SIZE_OF_CELL}")
    library = folder / "heap.so"
    command = [COMPILER, *OPTIONS, "-shared", "-fPIC", "-o", str(library), str(_SOURCE)]
    subprocess.run(command, check=True)
    run = ctypes.CDLL(str(library)).run
    run.restype = None
    pointer, real, whole = ctypes.c_void_p, ctypes.c_double, ctypes.c_int64
    run.argtypes = [whole, pointer, pointer, pointer, real, ctypes.c_int32, whole, pointer]

    def _run_cpp(calls: Calls) -> Tally:
        cells = new_cells(calls)
        arrays = [np.ascontiguousarray(one) for one in (calls.time_s, calls.cell_idx, calls.hold_s)]
        pointers = [one.ctypes.data for one in arrays]
        room = calls.n_cells * N_CHANNELS + 1
        begin_s = perf_counter()
        run(len(calls), *pointers, calls.until_s, N_CHANNELS, room, cells.ctypes.data)
        return tally_of_cells(cells, calls, perf_counter() - begin_s)

    return _run_cpp
