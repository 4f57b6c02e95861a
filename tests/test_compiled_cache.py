"""An edit in a file that compiled code calls changes the next run: stale code would be silently wrong science."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import sim

PACKAGE_INIT = Path(sim.__file__).read_text()
CALLED = "from numba import njit\n\n@njit(cache=True)\ndef rate():\n    return {value}\n"
CALLER = """
from numba import njit
from sim.called import rate

@njit(cache=True)
def twice():
    return 2 * rate()

"""


def make_package(folder, init):
    package = folder / "sim"
    package.mkdir()
    (folder / "pyproject.toml").write_text("")
    (package / "__init__.py").write_text(init)
    (package / "caller.py").write_text(CALLER)
    return package


def run(folder, value, **environment):
    (folder / "sim" / "called.py").write_text(CALLED.format(value=value))
    command = [sys.executable, "-c", "from sim.caller import twice; print(twice())"]
    clean = {key: text for key, text in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        command, cwd=folder, env=clean | environment, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_an_edit_in_a_called_file_changes_the_next_run(tmp_path):
    make_package(tmp_path, PACKAGE_INIT)
    assert run(tmp_path, 3) == 6
    assert run(tmp_path, 4) == 8


def test_without_the_rule_the_next_run_is_stale(tmp_path):
    """Shows that the test above can fail: Numba alone does not see the edit."""
    make_package(tmp_path, "")
    assert run(tmp_path, 3, NUMBA_CACHE_DIR=str(tmp_path / "cache")) == 6
    assert run(tmp_path, 4, NUMBA_CACHE_DIR=str(tmp_path / "cache")) == 6


def test_old_caches_are_pruned(tmp_path):
    make_package(tmp_path, PACKAGE_INIT)
    for value in range(7):
        assert run(tmp_path, value) == 2 * value
    assert 1 <= len(list((tmp_path / ".cache" / "numba").iterdir())) <= 6


@pytest.mark.parametrize("change", ["contents", "name"])
def test_the_digest_covers_names_and_contents(tmp_path, change):
    (tmp_path / "a.py").write_text("x = 1\n")
    before = sim.source_digest(tmp_path)
    if change == "contents":
        (tmp_path / "a.py").write_text("x = 2\n")
    else:
        (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert sim.source_digest(tmp_path) != before
