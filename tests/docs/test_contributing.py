"""The worked example of CONTRIBUTING.md works as it stands."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from sim.errors import ModelRangeError
from sim.radio import pathloss

PAGE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture
def example(tmp_path, monkeypatch):
    """Load the page's only block of Python, with a table of models of its own."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.setattr(pathloss, "MODELS", dict(pathloss.MODELS))
    path = tmp_path / "worked_example.py"
    path.write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("worked_example", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_example_passes_its_own_test(example):
    example.test_cost231_canyon()


def test_example_refuses_an_antenna_above_its_range(example):
    with pytest.raises(ModelRangeError, match="antenna height 80 m"):
        pathloss.path_loss_db("cost231_canyon", "any", 1.0, 2000.0, 80.0, 1.5)


def test_example_compiles_for_coverage(example):
    distances_km = np.array([0.5, 1.0, 2.0])
    loss_db = pathloss.over_distances(example.cost231_canyon_db)(distances_km, 2000.0, 30.0, 1.5)
    expected = [example.cost231_canyon_db(float(d), 2000.0, 30.0, 1.5) for d in distances_km]
    assert loss_db.tolist() == expected


def test_files_named_in_the_example_exist():
    root = Path(__file__).parents[2]
    named = set(re.findall(r"\b(?:sim|docs|tests)/[\w/]+\.(?:py|md)", PAGE))
    assert named
    assert not [name for name in named if not (root / name).is_file()]
