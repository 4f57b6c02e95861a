"""docs/architecture.md: what it says of files is so, and a subject is added by what it says, and by nothing else."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sim import cache_root

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FOLDER, LINE, IMPORT, ENTRY = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
DURATION_S = 36.0

RUN = f"""
import json
from sim.runs import run_scenario
settings = ("run.duration_h={DURATION_S / 3600.0}", "run.warmup_h=0")
result = run_scenario("two_cells", settings, replications=2)
print(json.dumps(str(result.folder)))
"""


def put_after(path, before, text):
    whole = path.read_text(encoding="utf-8")
    assert whole.count(before) == 1
    path.write_text(whole.replace(before, before + text), encoding="utf-8")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What a run in a copy of the checkout says once the subject is added as the page has it."""
    copy = tmp_path_factory.mktemp("architecture") / "checkout"
    for name in ("sim", "scenarios"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    network = copy / "sim" / "network"
    (network / "heartbeat").mkdir()
    (network / "heartbeat" / "__init__.py").write_text('"""Seconds in which nothing happens."""\n')
    (network / "heartbeat" / "pulse.py").write_text(FOLDER)
    put_after(network / "kinds.py", '    MESSAGE_STEP = "messages.steps:on_step"\n', LINE)
    put_after(network / "subjects.py", "from sim.network.lines import Lines, make_lines\n", IMPORT)
    put_after(
        network / "subjects.py",
        '    Subject("messages", Messages, lambda s: make_messages(s.scenario, s.world)),\n',
        ENTRY,
    )
    # Nothing is compiled but what is new, and the loop that looks whether there is room for it.
    (copy / ".cache").mkdir()
    (copy / ".cache" / "numba").symlink_to(cache_root() / "numba")
    done = subprocess.run(
        [sys.executable, "-B", "-c", RUN], cwd=copy, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return copy / json.loads(done.stdout.splitlines()[-1])


def test_a_subject_is_added_by_its_folder_a_line_and_an_entry(results):
    rows = pq.read_table(results / "heartbeat.parquet").to_pylist()
    assert [row["cell"] for row in rows] == pq.read_table(results / "cells.parquet")[
        "cell"
    ].to_pylist()
    # Cells of some fifty erlangs are asked for a channel about every second.
    assert all(0.0 < row["silent_s"] < DURATION_S for row in rows)


def test_files_that_the_page_names_are_there():
    named = set(re.findall(r"`((?:sim/)?[\w/]+\.py)`", PAGE))
    assert len(named) > 15
    missing = []
    for name in sorted(named - {"sim/network/heartbeat/pulse.py"}):
        below = [ROOT / name, ROOT / "sim" / name, *(ROOT / "sim").glob(f"*/{name}")]
        if not any(path.is_file() for path in below):
            missing.append(name)
    assert not missing
