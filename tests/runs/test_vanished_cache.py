"""Results do not depend on the cache of compiled code: not on one that vanishes, nor on one that cannot be made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sim.runs import run_scenario

ROOT = Path(__file__).resolve().parents[2]
RUN = ("run.duration_h=0.2", "run.replications=2")
CODE = """\
import shutil
from pathlib import Path
import sim.runs.once as once
from sim.runs import run_scenario

plain = once.compute_coverage

def compute_coverage(*args):
    coverage = plain(*args)
    if {vanishes}:
        assert list(Path(".cache").rglob("*.nbc"))
        shutil.rmtree(".cache")
    return coverage

once.compute_coverage = compute_coverage
print(run_scenario("two_cells", {overrides!r}, out="results").folder)
"""


def files(folder):
    """Everything but the manifest, which says when and how fast."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"]
    return {path.relative_to(folder): path.read_bytes() for path in paths}


@pytest.fixture
def checkout(tmp_path):
    """A checkout of its own, in which nothing has been compiled yet."""
    folder = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("sim", "scenarios", "requirements"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


# Each compiles everything anew, which takes a minute.
@pytest.mark.slow
@pytest.mark.parametrize("fate", ["vanishes while it runs", "is a file"])
def test_a_run_without_its_cache_publishes_the_same(checkout, tmp_path, fate):
    is_file = fate == "is a file"
    if is_file:
        (checkout / ".cache").touch()
    code = CODE.format(vanishes=not is_file, overrides=RUN)
    environment = {key: text for key, text in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    environment["XDG_CACHE_HOME"] = str(tmp_path / "of_user")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=checkout, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    published = checkout / done.stdout.strip()
    expected = run_scenario("two_cells", RUN, out=tmp_path / "expected").folder
    assert published.name == expected.name
    assert files(published) == files(expected)
    assert list((checkout / "sim").rglob("*.nb?")) == []
    kept = tmp_path / "of_user" / "patchcell" if is_file else checkout / ".cache"
    assert list(kept.rglob("*.nbc"))
