"""Compiled code is used again exactly as long as nothing changed that became part of it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "rates.py": """
from enum import IntEnum
import numpy as np
from numba.extending import register_jitable
from sim.compilation.kernels import entry, kernel
from sim.toy.machine import twice

N_DESKS = 3
TABLE = np.array([1.0, 2.0])
LIMITS = (1.5, 2.5)
DEFAULT = 7

class Cause(IntEnum):
    BUSY = 0
    GONE = 1

@register_jitable
def formula(x: float, offset: float = 0.25) -> float:
    return x + offset

@kernel
def leaf(x: int) -> int:
    '''Say what leaf does.'''
    return x + 1  # a comment

@kernel
def middle(x: int) -> int:
    return leaf(x) + leaf(x + 1)

@entry
def behind(x: int) -> int:
    return x * 3

@entry
def behind_kernel(x: int) -> int:
    return leaf(x)
""",
    "machine.py": """
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from sim.toy.emit import factor

@intrinsic
def twice(_context, number):
    signature = types.int64(types.int64)
    def _generate(context, builder, signature, arguments):
        return builder.mul(arguments[0], ir.IntType(64)(factor()))
    return signature, _generate
""",
    "emit.py": "def factor():\n    return 2\n",
    "rows.py": """
from typing import NamedTuple
from sim.engine.rooms import F8, I4, I8, Layout, array, row
from sim.engine.views import view

@row
class Desk:
    '''A desk.'''
    busy_s: F8  # seconds
    n_calls: I4 = 0

class Desks(NamedTuple):
    desks: array(Desk, "desk")

class Others(NamedTuple):
    numbers: array(I8, "other")

desks_of = view(Desks)
others_of = view(Others)
LAYOUT = Layout(Desks, Others)
""",
    "desk.py": """
from typing import NamedTuple
from sim.compilation.kernels import compiled, entry
from sim.toy import rates
from sim.toy.machine import twice
from sim.toy.rates import DEFAULT, LIMITS, N_DESKS, TABLE, Cause, behind, behind_kernel, formula, middle
from sim.toy.rows import desks_of, others_of

class Point(NamedTuple):
    x: float
    y: float

@entry(is_called_by_python=True)
def uses_kernel(x: int) -> int:
    return middle(x)

@entry(is_called_by_python=True)
def uses_entry(x: int) -> int:
    return behind(x)

@entry(is_called_by_python=True)
def uses_entry_kernel(x: int) -> int:
    return behind_kernel(x)

@entry(is_called_by_python=True)
def uses_number(x: int) -> int:
    return x + N_DESKS

@entry(is_called_by_python=True)
def uses_number_of_module(x: int) -> int:
    return x + rates.N_DESKS

@entry(is_called_by_python=True)
def uses_table(x: int) -> float:
    return TABLE[x] + LIMITS[x]

@entry(is_called_by_python=True)
def uses_enum(x: int) -> bool:
    return x == Cause.GONE

@entry(is_called_by_python=True)
def uses_formula(x: float) -> float:
    return formula(x)

@entry(is_called_by_python=True)
def uses_intrinsic(x: int) -> int:
    return twice(x)

@entry(is_called_by_python=True)
def uses_room(state: int) -> int:
    return desks_of(state).desks[0].n_calls

@entry(is_called_by_python=True)
def uses_other_room(state: int) -> int:
    return others_of(state).numbers[0]

@compiled
def uses_default(x: int, y: int = DEFAULT) -> int:
    return x + y

@compiled(Point)
def uses_point(point: Point) -> float:
    return point.x

def make(step):
    @compiled
    def uses_cell(x: int) -> int:
        return x + step
    return uses_cell

uses_cell = make(5)
""",
}
LIST = """
import json
import sim.toy.desk
from sim.compilation.kernels import COMPILED, ENTRIES
from sim.compilation.signatures import declared_types
versions = {name: e.dispatcher._cache.version(e.signature()[0]) for name, e in ENTRIES.items()}
versions |= {name: c._cache.version(declared_types(c.py_func)[0]) for name, c in COMPILED.items()}
print(json.dumps({name.rpartition(".")[2]: version for name, version in versions.items()}))
"""
COPIED = (
    "sim/__init__.py", "sim/errors.py", "sim/compilation", "sim/tables", "sim/units.py",
    "sim/engine/__init__.py", "sim/engine/rooms.py", "sim/engine/views.py", "sim/engine/recorder.py",
)  # fmt: skip


def make_checkout(folder):
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (folder / "pyproject.toml").touch()
    toy = folder / "sim" / "toy"
    toy.mkdir()
    (toy / "__init__.py").touch()
    for name, text in FILES.items():
        (toy / name).write_text(text)
    return folder


def ask(folder, code, *arguments):
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, *map(str, arguments)], cwd=folder,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


IN_EACH = """
import os, runpy, sys
# Before Numba is imported, as every process of the project does; no module of the checkouts stays imported.
runpy.run_path("sim/compilation/processor.py")["choose_processor"]()
import numba, numba.extending
for folder in sys.argv[2:]:  # each in a child of its own, into which Numba is imported already
    sys.stdout.flush()
    if os.fork() == 0:
        os.chdir(folder)
        sys.path[0] = folder
        exec(sys.argv[1])
        sys.stdout.flush()
        os._exit(0)
    assert os.wait()[1] == 0, folder
"""


def digests(*folders):
    """The digests of the compiled functions of some checkouts."""
    return [json.loads(line) for line in ask(folders[0], IN_EACH, LIST, *folders).splitlines()]


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = make_checkout(tmp_path_factory.mktemp("dependencies") / "checkout")
    return folder, digests(folder)[0]


@pytest.fixture(scope="module")
def edited(original, tmp_path_factory):
    """The digests after each edit."""
    folders = []
    for n, (name, old, new, _) in enumerate(EDITS.values()):
        folders.append(shutil.copytree(original[0], tmp_path_factory.mktemp("edited") / str(n)))
        path = folders[-1] / "sim" / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))
    return dict(zip(EDITS, digests(*folders), strict=True))


@pytest.fixture
def checkout(original, tmp_path):
    """A copy of the checkout, at another path."""
    return shutil.copytree(original[0], tmp_path / "elsewhere" / "checkout")


ALL = "everything"
ROOMS = {"uses_room", "uses_other_room"}
EDITS = {
    "nothing, in another folder": ("toy/rates.py", "", "", set()),
    "a docstring": ("toy/rates.py", "Say what leaf does.", "Say it otherwise.", set()),
    "a docstring more": ("toy/rates.py", "def middle(x: int) -> int:", "def middle(x: int) -> int:\n    'New.'", set()),
    "a comment": ("toy/rates.py", "# a comment", "# another one", set()),
    "lines": ("toy/rates.py", "N_DESKS = 3", "\n\n\nN_DESKS = 3", set()),
    "a docstring of a row": ("toy/rows.py", "'''A desk.'''", "'''A board.'''", set()),
    "a kernel in another file": (
        "toy/rates.py", "x + 1  #", "x + 2  #", {"uses_kernel", "behind_kernel"}),
    "a function behind an entry": ("toy/rates.py", "x * 3", "x * 4", {"behind"}),
    "types of an entry": (
        "toy/rates.py", "def behind(x: int) -> int:\n    return x * 3", "def behind(x: float) -> int:\n    return 3",
        {"behind", "uses_entry"}),
    "a number of another file": (
        "toy/rates.py", "N_DESKS = 3", "N_DESKS = 4", {"uses_number", "uses_number_of_module"}),
    "a number becomes a float": (
        "toy/rates.py", "N_DESKS = 3", "N_DESKS = 3.0", {"uses_number", "uses_number_of_module"}),
    "an array": ("toy/rates.py", "[1.0, 2.0]", "[1.0, 3.0]", {"uses_table"}),
    "a tuple": ("toy/rates.py", "(1.5, 2.5)", "(1.5, 2.25)", {"uses_table"}),
    "the order of an enumeration": (
        "toy/rates.py", "BUSY = 0\n    GONE = 1", "GONE = 0\n    BUSY = 1", {"uses_enum"}),
    "a default of a formula": ("toy/rates.py", "offset: float = 0.25", "offset: float = 0.5", {"uses_formula"}),
    "a default from another file": ("toy/rates.py", "DEFAULT = 7", "DEFAULT = 8", {"uses_default"}),
    "options of a formula": (
        "toy/rates.py", "@register_jitable", "@register_jitable(fastmath=True)", {"uses_formula"}),
    "an intrinsic": ("toy/machine.py", "builder.mul", "builder.add", {"uses_intrinsic"}),
    "what an intrinsic asks for": ("toy/emit.py", "return 2", "return 3", {"uses_intrinsic"}),
    "a field": ("toy/rows.py", "n_calls: I4", "n_calls: I8", {"uses_room"}),
    "the order of fields": (
        "toy/rows.py", "busy_s: F8  # seconds\n    n_calls: I4 = 0",
        "n_calls: I4\n    busy_s: F8", {"uses_room"}),
    "the order of rooms": ("toy/rows.py", "Layout(Desks, Others)", "Layout(Others, Desks)", ROOMS),
    "how rooms are read": ("engine/rooms.py", "STRIDE = 4", "STRIDE = 5", ROOMS),
    "how entries are called": ("compilation/kernels.py", 'linkage = "external"', 'linkage = "weak"', ALL),
    "the order of fields of an argument": (
        "toy/desk.py", "    x: float\n    y: float", "    y: float\n    x: float", {"uses_point"}),
    "what a function was made with": ("toy/desk.py", "make(5)", "make(6)", {"uses_cell"}),
    "options of an entry": (
        "toy/desk.py", "@entry(is_called_by_python=True)\ndef uses_number(", "@entry\ndef uses_number(",
        {"uses_number"}),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_changes_what_depends_on_it_and_nothing_else(original, edited, edit):
    before, after, expected = original[1], edited[edit], EDITS[edit][-1]
    changed = {name for name in before if before[name] != after[name]}
    assert changed == (set(before) if expected == ALL else expected)


def test_a_file_that_is_edited_while_a_process_runs_is_no_witness_for_what_runs(original, checkout):
    edit = (
        "import sim.toy.desk, pathlib\n"
        "path = pathlib.Path('sim/toy/machine.py')\n"
        "path.write_text(path.read_text().replace('builder.mul', 'builder.add'))\n"
    )
    path = checkout / "sim" / "toy" / "machine.py"
    during = json.loads(ask(checkout, edit + LIST))
    assert "builder.add" in path.read_text()
    after = digests(checkout)[0]
    assert len({d["uses_intrinsic"] for d in (original[1], during, after)}) == 3
    assert during["uses_kernel"] == original[1]["uses_kernel"]


def test_a_constant_that_is_set_while_a_process_runs_counts_as_it_is(original, checkout):
    change = "import sim.toy.desk as d, sim.toy.rates as r\n{}d.N_DESKS = r.N_DESKS = 4\n"
    first = LIST.replace("print", "str")  # everything has been described before
    after = json.loads(ask(checkout, change.format(first) + LIST))
    changed = {name for name in after if original[1][name] != after[name]}
    assert changed == {"uses_number", "uses_number_of_module"}


RUN = """
from sim.compilation.kernels import ENTRIES
from sim.toy.desk import uses_kernel, uses_entry_kernel, uses_cell
values = uses_kernel(1), uses_entry_kernel(1), uses_cell(1)
hits = sum(sum(e.dispatcher._cache_hits.values()) for e in ENTRIES.values())
print(values, hits + sum(uses_cell._cache_hits.values()))
"""


def test_what_runs_is_what_is_written_and_nothing_is_compiled_twice(checkout):
    assert ask(checkout, RUN).strip() == "(5, 2, 6) 0"
    assert ask(checkout, RUN).strip() == "(5, 2, 6) 4"
    moved = checkout.rename(checkout.with_name("moved"))
    assert ask(moved, RUN).strip() == "(5, 2, 6) 4"
    path = moved / "sim" / "toy" / "rates.py"
    path.write_text(path.read_text().replace("x + 1  #", "x + 2  #"))
    # The entry in front of the changed one is read from the cache, and calls the new one.
    assert ask(moved, RUN).strip() == "(7, 3, 6) 2"
    assert not list((moved / "sim").rglob("*.nb?"))


def test_old_versions_are_removed_and_those_of_other_functions_stay(checkout):
    path = checkout / "sim" / "toy" / "rates.py"
    text = path.read_text()
    for n in range(5):
        path.write_text(text.replace("x + 1  #", f"x + {n}  #"))
        assert ask(checkout, RUN).startswith(f"({3 + 2 * n}, {1 + n}, 6)")
    kept = [p.name for p in (checkout / ".cache" / "numba").iterdir()]
    assert sum(name.startswith("sim.toy.desk.uses_kernel-") for name in kept) == 4
    assert sum(name.startswith("sim.toy.desk.makelocals") for name in kept) == 0
    assert sum("uses_cell" in name for name in kept) == 1


@pytest.mark.parametrize(
    "damage",
    [
        "cut short",
        pytest.param("other bytes", marks=pytest.mark.slow),
        "gone",
        pytest.param("a folder", marks=pytest.mark.slow),
    ],
)
def test_damaged_code_is_compiled_anew(checkout, damage):
    first = ask(checkout, RUN)
    for path in (checkout / ".cache" / "numba").iterdir():
        content = path.read_bytes()
        if damage == "cut short":
            path.write_bytes(content[: len(content) // 2])
        elif damage == "other bytes":
            path.write_bytes(content[:-99] + bytes(b ^ 255 for b in content[-99:]))
        else:
            path.unlink()
            if damage == "a folder":
                path.mkdir()
    assert ask(checkout, RUN) == first
