"""The backend for windows is a matter of whoever draws beside us: a notebook, or nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = """\
import os, sys, sim.report, matplotlib
print(matplotlib.get_backend(auto_select=False), os.environ["MPLBACKEND"])
"""


@pytest.mark.parametrize(("named", "chosen"), [("svg", "svg"), ("that_is_not_here", "None")])
def test_a_backend_that_is_here_stays_and_another_does_no_harm(named, chosen):
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        env=os.environ | {"MPLBACKEND": named},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [chosen, named], done.stderr
