"""
Faults put into kernels, one at a time, in plain mode: does a test in `tests/kernels` notice?

`pytest tests/test_kernel_faults.py` tries 40 faults of all that can be made, always the same ones; `--faults all` tries
all, `--faults 200` so many, and `--faults-in radio` those of one subject only. What nobody notices is listed.

The tests of the kernels in `sim/network/radio` are those in `tests/kernels/test_radio*.py` and below
`tests/kernels/radio`. Some faults change nothing that can be seen (`<=` for `<` where equality cannot be); so not
all can be noticed.
"""

import ast
import copy
import hashlib
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.patience import HANG_S
from tests.plain_mode import ASKING_AHEAD, PYTEST, kernels_of, plain

N_SAMPLE = 40
LEAST_LIMIT_S, MOST_TIMES_LONGER = 10, 4
"""Processor time that tests may take with a fault, in seconds and as a multiple: it may make a loop endless."""

LIMIT_BYTES = 8 * 2**30
_NOTICED, _UNNOTICED, _NO_TESTS = (1, 2), 0, 5
_CHILD = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[1]), int(sys.argv[1])))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
import pytest
sys.exit(pytest.main(sys.argv[3:]))
"""

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.USub: ast.UAdd,
}


@dataclass(frozen=True)
class Fault:
    """
    A fault in a kernel.

    Attributes
    ----------
    file : str
        Path from the root.
    kernel : str
        Name of the function.
    number : int
        Which one of those of the kernel.
    said : str
        Line and change.
    """

    file: str
    kernel: str
    number: int
    said: str

    @property
    def subject(self) -> str:
        """Folder of the file within `sim/network`."""
        return Path(self.file).parts[2]

    @property
    def rank(self) -> str:
        """Place in the order of trying: by chance, and the same as long as the kernel is."""
        return hashlib.sha256(f"{self.file} {self.kernel} {self.number}".encode()).hexdigest()


def _places(kernel: ast.FunctionDef) -> Iterator[tuple[ast.AST, str, int]]:
    """Yield node, kind and position of everything in the body of a kernel that can be changed."""
    for statement in kernel.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Compare):
                yield from (
                    (node, "compare", i) for i, op in enumerate(node.ops) if type(op) in _OPERATORS
                )
            elif isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp | ast.UnaryOp):
                if type(node.op) in _OPERATORS:
                    yield node, "operator", 0
            elif isinstance(node, ast.If | ast.While | ast.IfExp):
                yield node, "condition", 0
            elif isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
                yield node, "constant", 0


def _change(node: ast.AST, kind: str, position: int) -> str:
    """Change a node in place; return what was done."""
    line = getattr(node, "lineno", 0)
    if isinstance(node, ast.Compare):
        before = ast.unparse(node)
        node.ops[position] = _OPERATORS[type(node.ops[position])]()  # type: ignore[assignment]
        return f"{line}: {before} -> {ast.unparse(node)}"
    if isinstance(node, ast.Constant):
        before = node.value
        assert isinstance(before, int | float)
        node.value = not before if isinstance(before, bool) else before + 1
        return f"{line}: {before} -> {node.value}"
    if kind == "condition":
        assert isinstance(node, ast.If | ast.While | ast.IfExp)
        before = ast.unparse(node.test)
        node.test = ast.UnaryOp(ast.Not(), node.test)
        return f"{line}: if {before} -> if not ({before})"
    assert isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp | ast.UnaryOp)
    before = ast.unparse(node)
    node.op = _OPERATORS[type(node.op)]()  # type: ignore[assignment]
    return f"{line}: {before} -> {ast.unparse(node)}"


def _with(tree: ast.Module, fault: Fault) -> str:
    """Return the text of a module with a fault."""
    faulty = copy.deepcopy(tree)
    own = [one for one in kernels_of(faulty) if one.name == fault.kernel]
    _change(*[place for one in own for place in _places(one)][fault.number])
    return ast.unparse(ast.fix_missing_locations(faulty))


def faults_in(root: Path) -> list[Fault]:
    """Return every fault that can be made, in the order of trying."""
    found = []
    for path in sorted((root / "sim" / "network").glob("*/**/*.py")):
        if path.name == ASKING_AHEAD:
            continue
        name = path.relative_to(root).as_posix()
        n_of: dict[str, int] = {}
        for kernel in kernels_of(ast.parse(path.read_text("utf-8"))):
            for i in range(sum(1 for _ in _places(kernel))):
                said = _change(*list(_places(copy.deepcopy(kernel)))[i])
                number = n_of[kernel.name] = n_of.get(kernel.name, -1) + 1
                found.append(Fault(name, kernel.name, number, said))
    return sorted(found, key=lambda fault: fault.rank)


class Trials:
    """
    Tries faults in a copy of a checkout.

    Parameters
    ----------
    root : Path
        The checkout; nothing in it is changed.
    scratch : Path
        Empty folder.
    """

    def __init__(self, root: Path, scratch: Path) -> None:
        self._root = scratch / "copy"
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        for name in ("sim", "tests", "scenarios", "requirements"):
            if (root / name).is_dir():
                shutil.copytree(root / name, self._root / name, ignore=ignored)
        shutil.copy(root / "pyproject.toml", self._root)
        self._limits_s: dict[str, int] = {}

    def is_noticed(self, fault: Fault) -> bool:
        """Return whether the tests of a fault's subject fail with it; without it they must not."""
        tests = self._tests_of(fault.subject)
        if not tests:
            return False
        if fault.subject not in self._limits_s:
            self._limits_s[fault.subject] = self._limit_s(tests)
        path = self._root / fault.file
        text = path.read_text("utf-8")
        try:
            path.write_text(_with(ast.parse(text), fault), "utf-8")
            status, said = self._run(tests, self._limits_s[fault.subject])
        finally:
            path.write_text(text, "utf-8")
        assert status in (_UNNOTICED, *_NOTICED) or status < 0, said
        return status != _UNNOTICED

    def _tests_of(self, subject: str) -> list[str]:
        folder = self._root / "tests" / "kernels"
        paths = [*folder.glob(f"test_{subject}*.py"), *folder.glob(f"{subject}/**/test_*.py")]
        return sorted(path.relative_to(self._root).as_posix() for path in paths)

    def _limit_s(self, tests: Sequence[str]) -> int:
        before_s = os.times().children_user
        status, said = self._run(tests, int(HANG_S))
        assert status == 0, f"fails without a fault: {said}"
        return max(
            LEAST_LIMIT_S, math.ceil(MOST_TIMES_LONGER * (os.times().children_user - before_s))
        )

    def _run(self, tests: Sequence[str], limit_s: int) -> tuple[int, str]:
        words = [str(limit_s), str(LIMIT_BYTES), *PYTEST, "-x", *tests]
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, *words],
            cwd=self._root,
            env=plain(self._root),
            capture_output=True,
            text=True,
            timeout=HANG_S,
        )
        return done.returncode, done.stdout + done.stderr


@dataclass(frozen=True)
class Tally:
    """
    What became of faults.

    Attributes
    ----------
    noticed, unnoticed : list of Fault
        Those for which a test failed, and the others.
    n_possible : int
        Faults of which these were chosen.
    """

    noticed: list[Fault]
    unnoticed: list[Fault]
    n_possible: int

    @property
    def share(self) -> float:
        """Share of those tried that were noticed; 1 where none was tried."""
        n_tried = len(self.noticed) + len(self.unnoticed)
        return len(self.noticed) / n_tried if n_tried else 1.0

    def report(self) -> str:
        """Return a line on all faults, one on each module, and one on each fault that nobody noticed."""
        n_tried = len(self.noticed) + len(self.unnoticed)
        lines = [
            f"faults in kernels: {len(self.noticed)} of {n_tried} noticed, {self.n_possible} can be made"
        ]
        for file in sorted({fault.file for fault in (*self.noticed, *self.unnoticed)}):
            missed = [fault for fault in self.unnoticed if fault.file == file]
            n_noticed = sum(fault.file == file for fault in self.noticed)
            lines.append(f"  {file}: {n_noticed} of {n_noticed + len(missed)} noticed")
            lines += [f"    {fault.kernel}, {fault.said}" for fault in missed]
        return "\n".join(lines)


def try_faults(root: Path, scratch: Path, n: int | None = N_SAMPLE, subject: str = "") -> Tally:
    """
    Try faults.

    Parameters
    ----------
    root : Path
        The checkout.
    scratch : Path
        Empty folder.
    n : int or None
        How many; None for all.
    subject : str
        Subject to which they belong; all where empty.

    Returns
    -------
    Tally
        Which ones were noticed.
    """
    possible = [fault for fault in faults_in(root) if subject in ("", fault.subject)]
    trials = Trials(root, scratch)
    tally = Tally([], [], len(possible))
    for fault in possible[:n]:
        (tally.noticed if trials.is_noticed(fault) else tally.unnoticed).append(fault)
    return tally
