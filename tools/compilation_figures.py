"""What compilation amounts to in this checkout, as JSON: for `tools.budget`, which asks in processes of their own."""

import json
import sys
from collections.abc import Callable

from sim import cache_root
from sim.compilation.dependencies import n_instructions, parts_of
from sim.compilation.kernels import COMPILED, ENTRIES, KERNELS, specialisations
from sim.runs.warm import compiled_modules, warm


def of_a_warm_cache() -> dict[str, int]:
    """
    Compile what is missing, in this process alone.

    Returns
    -------
    dict of str to int
        Functions that had to be compiled; all compilations that this led to; functions of the package among them, and
        their specialisations; size of all that is kept.
    """
    # Not before sim, which chooses the processor before Numba is imported.
    from numba.core import event

    with event.install_recorder("numba:compile") as recorder:
        n_missing = warm(1, lambda *_: None)
    known = specialisations()
    return {
        "n_missing": n_missing,
        "n_compilations": sum(one.is_start for _, one in recorder.buffer),
        "n_functions": len(known),
        "n_specialisations": sum(len(types) for types in known.values()),
        "cached_bytes": sum(path.stat().st_size for path in cache_root().rglob("*.nbc")),
    }


def median_leaf() -> dict[str, str | float]:
    """
    Return the kernel in the middle of those that call no other one, by how much has to be compiled after its edit.

    Returns
    -------
    dict of str to str or float
        Module and name, and the share of all code to compile that contains it.
    """
    compiled_modules()
    units = [one.function for one in ENTRIES.values()]
    units += [one.py_func for one in COMPILED.values() if one.given_types]
    size = {unit: n_instructions(unit) for unit in units}
    inside = {unit: set(parts_of(unit)) for unit in units}
    kernels = {one.py_func for one in KERNELS.values()}
    weights = []
    for kernel in kernels:
        if len(kernels.intersection(parts_of(kernel))) == 1:
            share = sum(size[unit] for unit in units if kernel in inside[unit]) / sum(size.values())
            weights.append((share, kernel.__module__, kernel.__qualname__))
    share, module, name = sorted(weights)[len(weights) // 2]
    return {"module": module, "name": name, "share": share}


def main() -> None:
    """Print the figures that are asked for."""
    known: dict[str, Callable[[], object]] = {"warm": of_a_warm_cache, "leaf": median_leaf}
    print(json.dumps(known[sys.argv[1]]()))


if __name__ == "__main__":
    main()
