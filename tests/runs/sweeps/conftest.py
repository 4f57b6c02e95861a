"""Small sweeps of two cells, a run of which takes milliseconds."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

TINY = """\
name: tiny
base: two_cells
set: {run.duration_h: 2}
replications: 2
axes:
  - {name: n_channels, path: "networks[net].sites[a].n_channels", values: [8, 12]}
  - {name: erl, path: "traffic.sources[between].offered_erl", low: 1, high: 3, n_values: 3}
measures: [voice.blocking, voice.attempts]
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
def tiny() -> str:
    """Six runs of two replications."""
    return TINY
