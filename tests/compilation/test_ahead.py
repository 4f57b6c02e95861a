"""Entries are loaded before anybody can call them, everything is compiled ahead, and nothing twice by accident."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sim

PACKAGE = Path(sim.__file__).parent
WORK = """
from typing import NamedTuple
import numpy as np
from sim.compilation.kernels import call_handler, compiled, entry, handler_address, kernel

class Law(NamedTuple):
    law: int
    mean: float

@kernel
def scaled(x: float, by: float) -> float:
    return x * by

@compiled
def mean_of(law: Law, by: int) -> float:
    return law.mean * by

@entry
def down(n: int) -> int:
    return up(n - 1) + 1 if n > 0 else 0

@kernel
def between(n: int) -> int:
    return down(n)

@entry
def up(n: int) -> int:
    return between(n - 1) + 1 if n > 0 else 0

@entry(is_called_by_python=True)
def begin(n: int) -> int:
    return up(n)

@entry
def handler(state: int, time_s: float, payload: int, address: int) -> None:
    down(payload)

@entry(is_called_by_python=True)
def dispatch(to: int) -> None:
    call_handler(to, 0, 0.0, 3, 0)

@entry(is_called_by_python=True)
def use_all(n: int) -> float:
    return scaled(n, 2) + scaled(1.5, n) + mean_of(Law(1, 2.0), n)

class Square(NamedTuple):
    width: float
    height: float

@compiled(Square, int)
def sides(square: Square, axis) -> float:
    return square[axis]

@compiled("float64[::1]", int)
def add(values, n: int) -> float:
    total = 0.0
    for value in values:
        total += value * up(n)
    return total
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A checkout with little to compile."""
    folder = tmp_path_factory.mktemp("ahead") / "checkout"
    (folder / "sim").mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    shutil.copy(PACKAGE / "__init__.py", folder / "sim")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE / "compilation", folder / "sim" / "compilation", ignore=ignored)
    (folder / "sim" / "work.py").write_text(WORK)
    return folder


def ask(folder, code):
    """What a new process prints; a call of an empty slot would end it by a signal."""
    code = f"import json\nfrom sim.work import *\nfrom sim.compilation.kernels import *\n{code}"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


LOADED = "sorted(n.rpartition('.')[2] for n, e in ENTRIES.items() if e.is_loaded)"


@pytest.mark.parametrize("call", ["begin(5)", "int(add(np.ones(1), 5))"])
@pytest.mark.parametrize("is_cached", [False, True])
def test_a_call_from_python_finds_every_slot_filled(folder, call, is_cached):
    if not is_cached:
        shutil.rmtree(folder / ".cache", ignore_errors=True)
    value, loaded = ask(folder, f"v = {call}\nprint(json.dumps([v, {LOADED}]))")
    assert value == 5
    assert set(loaded) - {"begin"} == {"down", "up"}


def test_handlers_are_loaded_with_all_that_they_may_call(folder):
    code = (
        f"load_entries([handler])\ndispatch(handler_address(handler))\nprint(json.dumps({LOADED}))"
    )
    assert ask(folder, code) == ["dispatch", "down", "handler", "up"]


def test_everything_is_compiled_in_several_processes_and_read_back(folder):
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    code = """
from sim.compilation.ahead import ensure_compiled
told = []
n = ensure_compiled(ENTRIES.values(), lambda *one: told.append(one), 3)
print(json.dumps([n, told, all(e.is_loaded for e in ENTRIES.values()), add(np.ones(2), 2)]))
"""
    n, told, is_loaded, value = ask(folder, code)
    names = {name.removeprefix("sim.work.") for _, _, name in told}
    assert names == {"add", "sides", "begin", "dispatch", "down", "handler", "up", "use_all"}
    assert [one[:2] for one in told] == [[k, n] for k in range(1, n + 1)]
    assert (n, is_loaded, value) == (8, True, 4.0)
    assert ask(folder, code) == [0, [], True, 4.0]


def test_another_process_that_fails_leaves_its_work_to_this_one(folder):
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    code = """
import sys
from sim.compilation import ahead
sys.executable, python = "/bin/false", sys.executable
n = ahead.ensure_compiled(ENTRIES.values(), jobs=2)
print(json.dumps([n, all(e.is_loaded for e in ENTRIES.values())]))
"""
    assert ask(folder, code) == [8, True]


def test_what_is_compiled_ahead_is_what_a_call_asks_for(folder):
    code = """
from sim.compilation.ahead import ensure_compiled
ensure_compiled(ENTRIES.values())
add(np.ones(2), 2), sides(Square(1.0, 2.0), 1)
before = called_otherwise()
add(np.ones(4)[::2], 2)
print(json.dumps([before, called_otherwise()]))
"""
    before, after = ask(folder, code)
    assert before == {}
    assert after == {"sim.work.add": ["(Array(float64, 1, 'A', False, aligned=True), int64)"]}


def test_declared_types_are_the_only_ones(folder):
    code = """
use_all(2)
mean_of(Law(1, 2.0), np.int32(3)), mean_of(Law(1, 2.0), np.uint8(3))
print(json.dumps(specialisations()))
"""
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    found = ask(folder, code)
    assert found["sim.work.scaled"] == ["(float64, float64)"]
    assert found["sim.work.mean_of"] == ["(Law(int64, float64), int64)"]
    assert ask(
        folder,
        "print(json.dumps([mean_of(Law(1, 2.0), np.int32(3)), mean_of(by=2, law=Law(1, 2.0))]))",
    ) == [6.0, 4.0]
