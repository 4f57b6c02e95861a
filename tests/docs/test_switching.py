"""The worked example of docs/switching.md works as it stands, and the page says what the code says."""

import re
from pathlib import Path

import pytest

from sim.network.replication import run_network
from sim.runs.extensions import load_extensions
from sim.runs.once import make_setting
from sim.scenario.load import load_scenario
from sim.switching.ledger import Happening
from sim.switching.switchboards import Switchboards
from sim.switching.tasks import TABLE_XIV, TASKS, Task
from sim.tables import Outcome

PAGE = (Path(__file__).parents[2] / "docs" / "switching.md").read_text(encoding="utf-8")
(FILE,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SMALL = """\
name: small
run: {duration_h: 3, warmup_h: 0.5, replications: 1}
region: {source: plain, width_km: 10, height_km: 10}
networks:
  - name: net
    n_subscribers: 400
    equipment: {n_sectors: 1}
    sites: [{name: middle, x_km: 5, y_km: 5, n_channels: 8}]
radio: {path_loss: {model: disc, radius_km: 8}}
traffic: {erl_per_line: 0.01, profile: {daily: FLAT}}
extensions: [county_exchange.py]
""".replace("FLAT", str([1] * 24))


@pytest.fixture
def setting(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("county_exchange.py").write_text(FILE, encoding="utf-8")
    Path("small.yaml").write_text(SMALL, encoding="utf-8")
    return make_setting(load_scenario("small.yaml"))


def test_calls_wait_and_are_patched_and_cleared_under_a_live_network(setting, monkeypatch, capsys):
    made = []
    begin = Switchboards.__init__
    monkeypatch.setattr(
        Switchboards,
        "__init__",
        lambda self, *args, **more: (made.append(self), begin(self, *args, **more))[1],
    )
    (extension,) = load_extensions(setting.extensions)
    with_exchange = run_network(
        setting.scenario, setting.world, setting.coverage, 1, extensions=[extension]
    )
    without = run_network(setting.scenario, setting.world, setting.coverage, 1)
    # The network's calls are the same, and there are many.
    assert len(without["attempts"]["time_s"]) > 100
    for name, column in without["attempts"].items():
        assert column.tobytes() == with_exchange["attempts"][name].tobytes()
    (boards,) = made
    times_s = [entry.time_s for entry in boards.log]
    assert times_s == sorted(times_s)
    assert times_s[0] < 0.0 < times_s[-1]
    happenings = {entry.happening for entry in boards.log}
    assert happenings >= {
        Happening.TASK_ENDED, Happening.CORD_CLEARED, Happening.TRUNK_RELEASED, Happening.TICKET_WRITTEN,
        Happening.ABANDONED,
    }  # fmt: skip
    outcomes = boards.ledgers["kaechon"].outcomes
    n = sum(outcomes.values())
    assert 600 < n < 960  # 780 Poisson calls in three hours, within six standard deviations
    assert outcomes[Outcome.COMPLETED] > n / 2
    assert max(boards.ledgers["kaechon"].wait_s) > 0.0
    printed = capsys.readouterr().out
    assert printed.startswith("kaechon: ")
    assert "answered within 10 s" in printed


def test_the_table_of_tasks_is_that_of_the_code():
    rows = re.findall(r"^\| (\w+) \| ([\d.]+) \| ([\d.]+) \|", PAGE, re.MULTILINE)
    assert [row[0] for row in rows] == list(TASKS)
    for name, own_s, incoming_s in rows:
        task = Task[name.upper()]
        assert float(own_s) == TABLE_XIV.originating[task].mean_s
        assert float(incoming_s) == TABLE_XIV.incoming[task].mean_s
