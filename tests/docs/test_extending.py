"""The worked examples of docs/extending.md work as they stand."""

import re
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sim.network.control import NetworkControl
from sim.network.replication import run_network
from sim.runs import run_scenario
from sim.runs.extensions import load_extensions
from sim.runs.once import make_setting
from sim.runs.parquet import read_parquet
from sim.scenario.load import load_scenario
from sim.tables import Outcome

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
FILE, NOTEBOOK = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SCENARIO, WITH_PARAMETERS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
SMALL = """\
name: small
run: {duration_h: 6, warmup_h: 0.5, replications: 2}
region: {source: plain, width_km: 40, height_km: 10}
networks:
  - name: net
    n_subscribers: 400
    equipment: {n_sectors: 1}
    sites:
      - {name: west, x_km: 5, y_km: 5, n_channels: 8}
      - {name: middle, x_km: 20, y_km: 5, n_channels: 8}
      - {name: east, x_km: 35, y_km: 5, n_channels: 8}
radio: {path_loss: {model: disc, radius_km: 8}}
traffic: {erl_per_line: 0.01, profile: {daily: FLAT}}
extensions: [repair_crew.py]
""".replace("FLAT", str([1] * 24))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("repair_crew.py").write_text(FILE, encoding="utf-8")
    Path("small.yaml").write_text(SMALL, encoding="utf-8")
    return tmp_path


class Watched(NetworkControl):
    """The facade, telling who changed what when."""

    changes: list

    def set_channels(self, cell, n):
        super().set_channels(cell, n)
        self.changes.append((self._clock.now, cell, n))


def watched(extension, changes):
    def processes(clock, network):
        network.__class__ = Watched
        network.changes = changes
        return extension(clock, network)

    return processes


def test_the_scenario_of_the_page_loads(folder):
    for shipped in (ROOT / "scenarios").glob("*.yaml"):
        shutil.copy(shipped, folder)
    Path("pyongyang_repair_crew.yaml").write_text(SCENARIO, encoding="utf-8")
    loaded = load_scenario("pyongyang_repair_crew.yaml")
    assert loaded.scenario.extensions == ("repair_crew.py",)
    assert loaded.input_files == (folder / "repair_crew.py",)
    assert not load_scenario("pyongyang_repair_crew.yaml", ["extensions=[]"]).input_files


def test_cells_fail_and_the_crew_repairs_them(folder):
    setting = make_setting(load_scenario("small.yaml"))
    (extension,) = load_extensions(setting.extensions)
    changes = []
    with_crew, without = (
        run_network(setting.scenario, setting.world, setting.coverage, 1, extensions=extensions)
        for extensions in ([watched(extension, changes)], [])
    )
    window_s = setting.scenario.run.duration_h * 3600.0
    failures = [one for one in changes if one[2] == 0]
    repairs = [one for one in changes if one[2] == 8]
    assert len(failures) >= 2
    assert len(repairs) >= 2
    assert len(failures) + len(repairs) == len(changes)
    # Nothing is repaired faster than the crew can come: two sites are 15 or 30 km from each other.
    for (before_s, cell_a, _), (after_s, cell_b, _) in pairwise(repairs):
        assert after_s - before_s >= abs(cell_b - cell_a) * 1500.0
    # Every channel is busy at least as long as the cell is down in the measured window.
    for cell in range(3):
        times_s = [min(max(t, 0.0), window_s) for t, which, _ in changes if which == cell]
        times_s += [window_s] * (len(times_s) % 2)
        down_s = sum(times_s[1::2]) - sum(times_s[::2])
        share = with_crew["cells"]["all_busy_share"][cell]
        assert down_s / window_s - 1e-9 <= share <= down_s / window_s + 0.05
    assert with_crew["cells"]["all_busy_share"].max() > 0.1
    blocked = [
        np.isin(
            one["attempts"]["outcome"], [Outcome.BLOCKED_CHANNEL, Outcome.CALLEE_BLOCKED]
        ).mean()
        for one in (with_crew, without)
    ]
    assert blocked[0] > 10 * blocked[1]
    assert with_crew["intents"]["n_intents"].tolist() == without["intents"]["n_intents"].tolist()


def measure(folder, name):
    rows = read_parquet(folder / "replications.parquet").to_pylist()
    return [
        (row["numerator"], row["denominator"])
        for row in rows
        if row["measure"] == name
        and (row["network"], row["province"], row["cell"]) == ("all", "all", "all")
        and row["class"] == "all"
    ]


def test_a_run_with_the_crew_blocks_more_of_the_same_intents(folder):
    with_crew = run_scenario("small.yaml", out="results").folder
    side_by_side = run_scenario("small.yaml", out="others", jobs=2).folder
    without = run_scenario("small.yaml", ["extensions=[]"], out="results").folder
    assert with_crew != without
    assert with_crew.name == side_by_side.name
    for table in ("replications", "cells", "timeseries"):
        one, other = (read_parquet(f / f"{table}.parquet") for f in (with_crew, side_by_side))
        assert one.equals(other)
    assert measure(with_crew, "voice.intents") == measure(without, "voice.intents")
    blocked = [
        [numerator / denominator for numerator, denominator in measure(one, "voice.blocking")]
        for one in (with_crew, without)
    ]
    assert all(more > fewer for more, fewer in zip(*blocked, strict=True))
    assert sum(blocked[0]) > 2 * sum(blocked[1])


def test_the_notebook_runs(capsys):
    names = {}
    exec(compile(NOTEBOOK, "notebook", "exec"), names)
    expected = [
        (3600.0 * hour + 1800.0, f"order {hour} done")
        if hour != 3
        else (11400.0, "order 3 put off: busy hour")
        for hour in range(6)
    ]
    assert names["log"] == expected
    share = names["records"]["cells"]["all_busy_share"][0]
    assert f"{share:.3f} of the time" in capsys.readouterr().out
    setting = names["setting"]
    plain = run_network(setting.scenario, setting.world, setting.coverage, 1)
    # With half the channels B(20, 15) = 0.36 instead of B(20, 30) = 0.008, for about half of the time.
    assert share > plain["cells"]["all_busy_share"][0] + 0.1


def test_every_name_of_the_facade_is_described():
    facade = {name for name in dir(NetworkControl) if not name.startswith("_")}
    documented = set(re.findall(r"`(\w+)[`(]", PAGE.split("**`network`**")[1].split("Use `")[0]))
    assert facade - {"most_servers"} <= documented


def test_parameters_are_given_as_the_page_says(folder):
    Path("repair_crew.py").write_text(
        FILE.replace(
            "def processes(clock, network):", "def processes(clock, network, speed_m_s=10.0):"
        ),
        encoding="utf-8",
    )
    text = SMALL.replace("extensions: [repair_crew.py]\n", WITH_PARAMETERS)
    Path("small.yaml").write_text(text, encoding="utf-8")
    loaded = load_scenario("small.yaml", ["extension_parameters.repair_crew.speed_m_s=7"])
    assert loaded.scenario.extension_parameters == {"repair_crew": {"speed_m_s": 7.0}}
    assert len(make_setting(loaded).extensions) == 1
