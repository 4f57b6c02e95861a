"""A study of two cells with three ranges, a run of which takes milliseconds."""

from pathlib import Path

import pytest

STUDY = """\
base: two_cells
name: study
run: {duration_h: 2, warmup_h: 0.2, replications: 3}
traffic:
  sources:
    - name: within_a
      offered_erl: {value: 5, low: 3, high: 9, source: assumption}
      holding: {mean_s: {value: 100, low: 60, high: 140, source: assumption}}
    - name: between
      offered_erl: {value: 2, low: 0.2, high: 4, law: triangular, source: assumption}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write files into the working folder and return their folder."""
    monkeypatch.chdir(tmp_path)

    def write_files(**files: str) -> Path:
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write_files


@pytest.fixture
def study(write) -> str:
    """Write the study's scenario, and return its file."""
    write(study=STUDY)
    return "study.yaml"
