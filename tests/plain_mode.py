"""
Kernels as plain Python: their tests, and how many of their lines these reach.

With NUMBA_DISABLE_JIT=1 the functions that are compiled otherwise run as they are written, so that a debugger, a
coverage tool and a fault put into them see each line. `tests/kernels` holds tests of that kind, and only those.
"""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.patience import HANG_S

PYTEST = ("-q", "-n", "0", "-p", "no:cacheprovider", "--no-header")
MEASURED = ("sim/network", "sim/engine")
DECORATORS = {"kernel", "entry", "njit"}
"""Names of what makes a function a compiled one."""


def plain(root: Path) -> dict[str, str]:
    """Return the environment in which the kernels of a checkout run as plain Python."""
    return {
        **os.environ,
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONPATH": str(root),
        # A module is written anew within the resolution of its time: a faulty one must not be taken for a sound one.
        "PYTHONDONTWRITEBYTECODE": "1",
    }


ASKING_AHEAD = "ahead.py"
"""Files of kernels that ask memory for what is read later: in plain mode they do nothing, and no result shows them."""


def kernels_of(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Return the functions of a module that are compiled."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and DECORATORS & set(map(_name, node.decorator_list)):
            yield node


def _name(decorator: ast.expr) -> str:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


@dataclass(frozen=True)
class Reached:
    """
    Lines of the kernels of a file.

    Attributes
    ----------
    file : str
        Path from the root.
    n_lines, n_reached : int
        Statements within kernels, and those that were executed.
    """

    file: str
    n_lines: int
    n_reached: int


def measure(root: Path, scratch: Path) -> list[Reached]:
    """
    Run the tests of the kernels of a checkout.

    Parameters
    ----------
    root : Path
        The checkout.
    scratch : Path
        Empty folder.

    Returns
    -------
    list of Reached
        Every file with kernels, also those that no test imports.
    """
    data, report = scratch / "coverage.sqlite", scratch / "coverage.json"
    tests = ("-m", "pytest", *PYTEST, "tests/kernels")
    _coverage(root, "run", f"--data-file={data}", f"--source={','.join(MEASURED)}", *tests)
    _coverage(root, "json", f"--data-file={data}", "-o", str(report), "-q")
    files = json.loads(report.read_text("utf-8"))["files"]
    found = []
    for name, entry in sorted(files.items()):
        if Path(name).name == ASKING_AHEAD:
            continue
        tree = ast.parse((root / name).read_text("utf-8"))
        own: set[int] = set()
        for function in kernels_of(tree):
            own.update(range(function.body[0].lineno, (function.end_lineno or 0) + 1))
        reached, missed = own & set(entry["executed_lines"]), own & set(entry["missing_lines"])
        if reached or missed:
            found.append(Reached(name, len(reached) + len(missed), len(reached)))
    return found


def _coverage(root: Path, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "coverage", *words],
        cwd=root,
        env=plain(root),
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def percentage(found: list[Reached]) -> float:
    """Return how many of the lines of all kernels were reached. [%]"""
    return 100.0 * sum(one.n_reached for one in found) / sum(one.n_lines for one in found)


def report_of(found: list[Reached]) -> str:
    """Return a line on all kernels, and one on each file of which most is not reached."""
    n_lines, n_reached = sum(one.n_lines for one in found), sum(one.n_reached for one in found)
    lines = [f"kernels in plain mode: {n_reached} of {n_lines} lines, {percentage(found):.1f} %"]
    lines += [
        f"  {one.file}: {one.n_reached} of {one.n_lines}"
        for one in found
        if 2 * one.n_reached < one.n_lines
    ]
    return "\n".join(lines)
