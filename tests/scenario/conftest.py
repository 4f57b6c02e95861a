"""A small valid scenario, and a way to write files and load them in a folder of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.scenario.load import load_scenario
from sim.scenario.resolve import LoadedScenario

SMALL = """\
name: small
region: {source: plain, width_km: 10, height_km: 10}
networks:
  - name: net
    n_subscribers: 0
    sites:
      - {name: a, x_km: 5, y_km: 5, n_sectors: 1}
      - {name: b, x_km: 6, y_km: 5}
  - name: other
    n_subscribers: 10
    n_sites: 3
sources: {S1: a book, S2: a paper}
"""

Load = Callable[..., LoadedScenario]


@pytest.fixture
def small() -> str:
    return SMALL


@pytest.fixture
def load(tmp_path, monkeypatch) -> Load:
    monkeypatch.chdir(tmp_path)

    def write_and_load(*overrides: str, **files: str) -> LoadedScenario:
        """Write each text as NAME.yaml and load the last one."""
        for name, text in files.items():
            Path(f"{name}.yaml").write_text(text, encoding="utf-8")
        return load_scenario(f"{list(files)[-1]}.yaml", overrides)

    return write_and_load
