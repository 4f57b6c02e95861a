"""What the card expects is what a run brings about, where nothing is blocked and nobody tries again."""

import numpy as np
import pytest

from sim.network.replication import run_network
from sim.runs.card.calls import busiest, calls_of, ways_of
from sim.runs.card.cells import channels_of_cells, offered_to_cells, uplinks_of_cells
from sim.runs.card.circuits import circuits_of_groups
from sim.runs.card.lines import lines_of
from sim.runs.card.operators import boards_of
from sim.runs.once import make_setting
from sim.scenario.load import load_scenario
from sim.stats.theory import erlang_b, erlang_b_of_each, soft_blocking
from sim.tables import OUTCOMES

FLAT = "traffic.profile.daily=[" + ",".join("1" * 24) + "]"
SCENARIO = """
name: two
run: {start: 2022-11-16 10:00, duration_h: 3, warmup_h: 0.3, replications: 1}
region: {source: plain, width_km: 24, height_km: 12}
radio: {path_loss: {model: disc, radius_km: 6}}
networks:
  - name: a
    n_subscribers: 60000
    equipment: {n_sectors: 1, n_channels: 3000}
    sites: [{name: west, x_km: 5, y_km: 6}, {name: middle, x_km: 12, y_km: 6}]
  - name: b
    n_subscribers: 40000
    equipment: {n_sectors: 1, n_channels: 3000}
    sites: [{name: east, x_km: 17, y_km: 6}]
subscribers: {classes: [{name: resident, share: 0.7}, {name: trader, share: 0.3, rate_factor: 3}]}
traffic:
  erl_per_line: 0.006
  voice:
    holding: {law: exponential, mean_s: 80}
    ringing: {p_answer: 0.8, mean_s: 10, timeout_s: 40, patience_mean_s: 50}
    destination: {other_network_share: 0.3, fixed_share: 0.1}
    p_phone_off: 0.1
fixed:
  source: given
  gateway: city
  exchanges:
    - {name: city, n_lines: 3000}
    - {name: hill, n_lines: 1500, is_manual: true, n_positions: 60}
    - {name: dale, n_lines: 500, is_manual: true, n_positions: 60}
  traffic: {busy_hour_calls_per_line: 0.3, toll_share: 0.3, mobile_share: 0.2, p_busy: 0.2}
switching:
  manual: {p_wrong: 0, p_cut_off: 0, max_re_rings: 0, patience_mean_s: 1000}
  trunk_groups:
    - {between: [a, b], n_circuits: 2000}
    - {between: [a, fixed], n_circuits: 2000}
    - {between: [b, fixed], n_circuits: 2000}
    - {between: [city, hill], n_circuits: 2000}
    - {between: [city, dale], n_circuits: 2000}
"""


class Expected:
    """All that the card reckons of a scenario."""

    def __init__(self, path, overrides=(FLAT,)):
        setting = make_setting(load_scenario(path, list(overrides)))
        self.setting, self.world, self.scenario = setting, setting.world, setting.scenario
        self.hour, weight = busiest(self.scenario)
        self.lines = lines_of(self.scenario, self.world, setting.coverage, weight)
        ways = ways_of(self.scenario, self.world)
        self.calls = calls_of(self.scenario, self.world, self.lines, ways)
        args = self.scenario, self.world, self.lines, self.calls
        self.cells_erl = offered_to_cells(*args)
        self.groups = circuits_of_groups(self.world.exchanges, ways.trunks, self.calls)
        self.boards = boards_of(self.scenario, self.world.exchanges, self.calls)

    def run(self):
        return run_network(self.scenario, self.world, self.setting.coverage, 1)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    path = tmp_path_factory.mktemp("card") / "two.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    expected = Expected(path)
    return expected, expected.run()


def agrees(expected, found, n):
    """Within four standard deviations of a count of so many calls, whose lengths vary as much as they are long."""
    return expected == pytest.approx(found, rel=4.0 * np.sqrt(2.0 / n))


def test_lines_without_cover_are_those_whose_calls_have_none(two):
    expected, records = two
    outcome, network = records["attempts"]["outcome"], records["attempts"]["network_idx"]
    for k in range(2):
        own = network == k
        share = np.mean(outcome[own] == OUTCOMES.index("no_coverage"))
        assert agrees(expected.lines.uncovered_share[k], share, 0.2 * own.sum())
    assert 0.2 < expected.lines.uncovered_share.min() < expected.lines.uncovered_share.max() < 0.7


def test_calls_between_nodes_are_as_many(two):
    expected, records = two
    n = records["intents"]["n_intents"][:2].sum(axis=1)
    assert np.all(np.abs(expected.lines.calls_h.sum(axis=1) * 3.0 / n - 1.0) < 4.0 / np.sqrt(n))
    seizures = records["trunks"]["seizures"]
    names = expected.world.exchanges.trunks.name
    for i, name in enumerate(names):
        assert seizures[i] > 500, name


def test_traffic_of_cells_and_circuits_is_as_much(two):
    expected, records = two
    found_erl, n = records["cells"]["busy_erl"], records["cells"]["seizures_originating"]
    # Calls over operators hold the caller's channel while they are worked: some hundredths more.
    work_erl = records["attempts"]["wait_s"].sum() / (3.3 * 3600.0)
    for k, erl in enumerate(found_erl):
        assert expected.cells_erl[k] <= erl * (1.0 + 4.0 * np.sqrt(2.0 / n[k]))
        assert expected.cells_erl[k] > 0.9 * erl
    assert work_erl < 0.05 * found_erl.sum()
    for i in (0, 1, 2):  # of the mobile networks
        found = records["trunks"]["busy_erl"][i]
        assert 0.85 * found < expected.groups.offered_erl[i] < 1.1 * found


@pytest.mark.parametrize("near", [0.0, 1.0])
def test_cells_of_each_province_have_as_much(near):
    """Who is called near and who anywhere: networks are not sold in all provinces, and cover them differently."""
    quiet = ["traffic.erl_per_line=0.004", "traffic.voice.redial.probability=0", "run.duration_h=4"]
    quiet += [FLAT, f"traffic.voice.destination.same_province_share={near}"]
    expected = Expected("invented_islands", quiet)
    records, cells = expected.run(), expected.world.cells
    province = expected.world.sites.province_idx[cells.site_idx]
    n_compared = 0
    for network in range(3):
        for p in range(4):
            own = (cells.network_idx == network) & (province == p)
            found = {name: column[own].sum() for name, column in records["cells"].items()}
            n = found["seizures_originating"] + found["seizures_terminating"]
            if n > 3000:
                # Lines that are engaged call and are called a hundredth less each.
                room = 0.01 + 3.0 * np.sqrt(3.0 / n)
                wanted = expected.cells_erl[own].sum() * 0.985
                assert wanted == pytest.approx(found["busy_erl"], rel=room)
                n_compared += 1
    assert n_compared >= 6


def test_operators_have_as_many_calls_and_as_much_work(two):
    expected, records = two
    exchanges = records["exchanges"]
    assert expected.boards.name == ("hill", "dale")
    for i in range(2):
        arrived = exchanges["arrived"][i]
        assert agrees(expected.boards.calls_h[i] * 3.0, arrived, arrived)
        work_erl = exchanges["busy_s"][i] / (3.0 * 3600.0)
        # Calls to engaged lines, or that nobody answers, take a little more or less.
        assert expected.boards.work_erl[i] == pytest.approx(work_erl, rel=0.1)
    assert expected.boards.n_operators.tolist() == [60, 60]


ONE = """
name: one
run: {duration_h: 1}
region: {source: plain, width_km: 10, height_km: 10}
radio: {path_loss: {model: disc, radius_km: 10}}
networks:
  - name: net
    n_subscribers: 1000
    equipment: {n_sectors: 1}
    sites: [{name: a, x_km: 5, y_km: 5}]
traffic:
  erl_per_line: 0.02
  voice:
    holding: {law: fixed, mean_s: 100}
    destination: {other_network_share: 0, fixed_share: 0}
    ringing: {p_answer: 1, mean_s: 0}
"""


def test_by_hand_of_one_cell(tmp_path):
    """All have cover and answer at once: what is asked for is erl_per_line, which counts both ends."""
    path = tmp_path / "one.yaml"
    path.write_text(ONE, encoding="utf-8")
    expected = Expected(path)
    assert expected.cells_erl.tolist() == [pytest.approx(20.0)]
    assert expected.lines.uncovered_share.tolist() == [0.0]
    half = "traffic.profile.daily=" + str([0.5] * 11 + [1] * 13)
    expected = Expected(path, [half, "run.start=2022-11-16 10:00"])
    assert (expected.hour, expected.cells_erl.tolist()) == (10, [pytest.approx(10.0)])
    expected = Expected(path, [FLAT, "traffic.sources=[{name: s, offered_erl: 5, cells: [a]}]"])
    assert expected.cells_erl.tolist() == [pytest.approx(25.0)]


def test_the_busiest_hour_is_that_of_the_run(tmp_path):
    path = tmp_path / "two.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    daily = [0.1] * 24
    daily[11], daily[13] = 0.7, 1.0  # the run goes from 10 to 13 h
    expected = Expected(path, [f"traffic.profile.daily={daily}"])
    assert expected.hour == 11
    whole = Expected(path, [FLAT])
    assert expected.cells_erl == pytest.approx(0.7 * whole.cells_erl)
    assert expected.boards.n_operators.tolist() == [42, 42]  # rotas follow the profile


def test_networks_that_nothing_joins_have_no_route(tmp_path):
    path = tmp_path / "two.yaml"
    path.write_text(SCENARIO.replace("    - {between: [b, fixed], n_circuits: 2000}\n", "").replace(
        "    - {between: [a, b], n_circuits: 2000}\n", ""), encoding="utf-8")  # fmt: skip
    expected = Expected(path)
    found = {pair[:2]: pair[2] for pair in expected.calls.unjoined}
    covered = 1.0 - expected.lines.uncovered_share
    wanted = {("a", "b"): 0.3 * covered[0], ("b", "a"): 0.3 * covered[1], ("b", "fixed"): 0.1 * covered[1]}  # fmt: skip
    assert {key: found[key] for key in wanted} == pytest.approx(wanted)
    assert set(found) == {*wanted, ("fixed", "b")}
    records = expected.run()
    outcome, own = records["attempts"]["outcome"], records["attempts"]["network_idx"]
    for name, k in (("a", 0), ("b", 1)):
        share = np.mean(outcome[own == k] == OUTCOMES.index("no_route"))
        total = sum(value for pair, value in wanted.items() if pair[0] == name)
        assert agrees(total, share, 0.3 * (own == k).sum())


BY_HAND = (
    SCENARIO.replace("    - {between: [a, b], n_circuits: 2000}\n", "")
    .replace("fixed_share: 0.1", "fixed_share: 0")
    .replace("calls_per_line: 0.3", "calls_per_line: 0")
    + "  interconnect: [{between: [a, b], mode: manual, at: [dale], avoidance_share: 0.5}]\n"
)
TO_DALE = """\
    - {between: [a, dale], n_circuits: 2000}
    - {between: [b, dale], n_circuits: 2000}
  interconnect"""


def test_calls_between_networks_by_hand_go_over_the_board(tmp_path):
    path = tmp_path / "two.yaml"
    path.write_text(BY_HAND.replace("  interconnect", TO_DALE), encoding="utf-8")
    expected = Expected(path)
    covered = 1.0 - expected.lines.uncovered_share
    calls_h = expected.lines.calls_h.sum(axis=1) * covered * 0.3 * 0.5
    assert expected.boards.calls_h.tolist() == [0.0, pytest.approx(calls_h.sum())]
    names = expected.world.exchanges.trunks.name
    by_name = dict(zip(names, expected.groups.offered_erl.tolist(), strict=True))
    assert by_name["city-hill"] == by_name["city-dale"] == 0.0
    assert by_name["a-dale"] == pytest.approx(by_name["b-dale"])  # every call takes both
    records = expected.run()
    arrived = records["exchanges"]["arrived"][1]
    assert agrees(expected.boards.calls_h[1] * 3.0, arrived, arrived)
    work_erl = records["exchanges"]["busy_s"][1] / (3.0 * 3600.0)
    assert expected.boards.work_erl[1] == pytest.approx(work_erl, rel=0.1)


def test_a_board_to_and_from_which_the_same_exchange_leads_has_no_way(tmp_path):
    path = tmp_path / "two.yaml"
    path.write_text(BY_HAND, encoding="utf-8")
    expected = Expected(path)
    assert [pair[:2] for pair in expected.calls.unjoined] == [("a", "b"), ("b", "a")]
    outcome = expected.run()["attempts"]["outcome"]
    assert np.mean(outcome == OUTCOMES.index("no_route")) > 0.05


def test_nobody_calls_over_where_it_is_barred(tmp_path):
    path = tmp_path / "two.yaml"
    path.write_text(
        SCENARIO + "  interconnect: [{between: [a, b], mode: barred}]\n", encoding="utf-8"
    )
    expected = Expected(path)
    assert expected.calls.unjoined == ()
    assert expected.groups.offered_erl[0] == 0.0
    assert expected.groups.offered_erl[1] > 10.0


def test_pools_refuse_by_formula(two):
    expected, _ = two
    pools = channels_of_cells(expected.world, np.array([2900.0, 3000.0, 3100.0]))
    assert pools.blocking == pytest.approx([erlang_b(a, 3000) for a in (2900.0, 3000.0, 3100.0)])
    assert pools.worst == 2
    offered = pools.offered_erl
    assert pools.refused_share == pytest.approx((offered @ pools.blocking) / offered.sum())
    assert pools.of(np.array([0])).refused_share == pytest.approx(pools.blocking[0])
    nothing = channels_of_cells(expected.world, np.zeros(3))
    assert (nothing.refused_share, nothing.blocking.tolist()) == (0.0, [0.0] * 3)


def test_erlang_b_of_many_is_that_of_each():
    offered = np.array([0.0, 0.5, 20.0, 20.0, 400.0, 3.0])
    n = np.array([5, 1, 30, 0, 350, 2])
    each = [erlang_b(a, k) for a, k in zip(offered.tolist(), n.tolist(), strict=True)]
    assert erlang_b_of_each(offered, n) == pytest.approx(each, rel=1e-12)
    assert erlang_b_of_each(np.zeros(0), np.zeros(0, np.int64)).tolist() == []


def test_uplinks_refuse_about_as_kaufman_and_roberts_say():
    scenario = load_scenario("national_2022").scenario
    offered = np.array([10.0, 70.0, 90.0, 140.0])
    pools = uplinks_of_cells(scenario, offered)
    assert pools.n_servers[0] == pytest.approx(85.3, abs=0.1)  # half the pole of 12.2 kbit/s
    load = 1.0 / (1.0 + 3.84e6 / (10**0.4 * 12_200.0 * 0.67))
    for a, found in zip(offered, pools.blocking, strict=True):
        exact = soft_blocking(1.0 - 10**-0.6, [load], [a], 0.65, 1e-4)[0]
        assert found == pytest.approx(exact, abs=0.01)
