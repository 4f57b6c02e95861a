"""For which processor code is compiled: one that many machines share, so that one cache and the same bits serve all."""

import os
import platform
import sys
from pathlib import Path

_MODEL = "x86-64-v3"
_CHOICE = "PATCHCELL_CPU"
_FEATURES = (
    "avx", "avx2", "bmi", "bmi2", "cx16", "f16c", "fma", "lzcnt", "movbe", "popcnt", "sahf",
    "sse3", "sse4.1", "sse4.2", "ssse3", "xsave",
)  # fmt: skip
_FLAGS = frozenset(
    (
        "avx",
        "avx2",
        "bmi1",
        "bmi2",
        "cx16",
        "f16c",
        "fma",
        "abm",
        "movbe",
        "popcnt",
        "lahf_lm",
        "xsave",
    )
)  # how Linux calls those that not all x86 processors of 64 bits have


def choose_processor(cpu_info: Path = Path("/proc/cpuinfo")) -> None:
    """
    Let Numba compile for x86-64-v3 where the machine has it: what that costs in speed cannot be measured.

    The variable PATCHCELL_CPU=host, Numba's own variables, or an import of Numba before lead to its own choice.

    Parameters
    ----------
    cpu_info : Path, optional
        What the kernel says of the processors.
    """
    is_chosen = {"NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"} & os.environ.keys()
    if is_chosen or os.environ.get(_CHOICE) == "host" or "numba" in sys.modules:
        return
    if platform.machine() == "x86_64" and _flags(cpu_info) >= _FLAGS:
        os.environ["NUMBA_CPU_NAME"] = _MODEL
        os.environ["NUMBA_CPU_FEATURES"] = ",".join(f"+{name}" for name in _FEATURES)


def _flags(cpu_info: Path) -> set[str]:
    """Return the features of the first processor; none where they are not told."""
    try:
        with cpu_info.open() as file:
            for line in file:
                name, _, value = line.partition(":")
                if name.strip() == "flags":
                    return set(value.split())
    except OSError:
        pass
    return set()
