"""Measures of soft capacity against plain loops over the same records."""

import numpy as np
import pytest

from sim.runs.compare import compare_results
from sim.runs.measures.cells import cells_table, sites_table
from sim.runs.measures.subjects import BrokenInvariantError
from sim.runs.parquet import write_parquet
from sim.runs.result import open_results
from sim.runs.summary import measures_over, summary_json
from sim.runs.sweeps.worker import _kept_rows
from sim.scenario.radio_section import Radio
from sim.scenario.sweep_section import Axis, Sweep
from sim.tables import OUTCOMES
from tests.runs.soft_example import kept_of, soft_records

SERVICES = ("voice", "video")
LIMIT_W = 10.0 ** (4.3 - 3.0)


def tables_of(example, records, replication=1):
    scenario = example.scenario.model_copy(update={"radio": Radio(capacity="wcdma")})
    return example.tables(records, replication, scenario, example.coverage)


@pytest.fixture(scope="module")
def rows(example):
    table = tables_of(example, soft_records(example)).measures
    names = ("measure", "network", "province", "cell", "class", "service", "trunk")
    found = {tuple(row[name] for name in names): row for row in table.to_pylist()}
    assert len(found) == table.num_rows
    return {key[:-1]: row for key, row in found.items() if key[-1] == "all"}


def test_attempts_blocking_and_traffic_by_service(example, rows):
    attempts = soft_records(example)["attempts"]
    inside = (attempts["time_s"] >= 0.0) & (attempts["time_s"] < 630.0)
    held_s = np.minimum(attempts["end_s"], 630.0) - np.maximum(attempts["time_s"], 0.0)
    blocked = [
        i
        for i, name in enumerate(OUTCOMES)
        if name.startswith("blocked_") or name in ("callee_blocked", "no_route")
    ]
    for n, network in enumerate(("north", "south")):
        for s, service in enumerate(SERVICES):
            own = (attempts["network_idx"] == n) & (attempts["service_idx"] == s)
            key = (network, "all", "all", "all", service)
            n_own = np.count_nonzero(own & inside)
            n_blocked = np.count_nonzero(np.isin(attempts["outcome"][own & inside], blocked))
            assert rows[("voice.attempts", *key)]["value"] == n_own > 0
            assert rows[("voice.blocking", *key)]["value"] == n_blocked / n_own
            carried_erl = np.maximum(held_s[own], 0.0).sum() / 630.0
            assert rows[("voice.carried_erl", *key)]["value"] == pytest.approx(carried_erl)
    both = [rows[("voice.attempts", "all", "all", "all", "all", s)]["value"] for s in SERVICES]
    assert rows[("voice.attempts", "all", "all", "all", "all", "all")]["value"] == sum(both)


def test_people_are_covered_for_a_share_of_time(example, rows):
    covered, people = soft_records(example)["covered"]["covered_share"], example.world.population
    is_served = example.coverage.cell_idx[:, :, 0] >= 0
    for n, network in enumerate(("north", "south")):
        own = [q for q in range(4, 8) if is_served[n, q]]  # squares of the province E
        row = rows[("coverage.time_share", network, "E", "all", "all", "all")]
        assert row["denominator"] == sum(people[q] for q in own)
        assert row["numerator"] == pytest.approx(sum(people[q] * covered[n, q] for q in own))
    assert rows[("coverage.time_share", "south", "W", "all", "all", "all")]["value"] is None


def test_utilisation_is_power_in_use(example, rows):
    power_w = soft_records(example)["radio_cells"]["power_w"]
    cell = rows[("cell.utilisation", "north", "W", "a/2", "all", "all")]
    assert cell["value"] == pytest.approx(power_w[1] / LIMIT_W)
    north = rows[("cell.utilisation", "north", "all", "all", "all", "all")]
    assert north["value"] == pytest.approx(power_w[:3].sum() / (3.0 * LIMIT_W))


def test_tables_of_cells_and_sites(example):
    kept = kept_of([tables_of(example, soft_records(example, k), k) for k in (1, 2)])
    cells = cells_table(example.world, kept).to_pydict()
    records = [soft_records(example, k)["radio_cells"] for k in (1, 2)]
    for name in ("noise_rise_db", "power_w", "codes_busy", "further_legs_erl"):
        assert cells[name] == pytest.approx(np.mean([one[name] for one in records], axis=0))
    assert cells["noise_rise_max_db"] == pytest.approx(records[1]["noise_rise_max_db"])
    assert cells["shed_uplink"] == [1.5, 2.5, 3.5, 4.5]
    assert cells["power_limit_w"] == pytest.approx([LIMIT_W] * 4)
    assert cells["utilisation"] == pytest.approx(np.array(cells["power_w"]) / LIMIT_W)
    sites = sites_table(example.world, example.coverage, kept).to_pydict()
    assert sites["channel_elements_busy"] == [0.0, 5.0, 10.0]
    assert sites["utilisation"][0] == pytest.approx(sum(cells["power_w"][:2]) / (2.0 * LIMIT_W))


def test_cells_with_channels_have_no_soft_capacity(example):
    plain = example.tables(example.records())
    cells = cells_table(example.world, kept_of([plain])).to_pydict()
    assert cells["noise_rise_db"] == cells["blocked_uplink"] == [None] * 4
    assert set(plain.measures.column("service").to_pylist()) == {"all"}


def test_causes_over_time_add_up(example):
    records = soft_records(example)
    series = tables_of(example, records).kept["timeseries"]
    is_all = series["network"] == "all"
    attempts = records["attempts"]
    inside = (attempts["time_s"] >= 0.0) & (attempts["time_s"] < 630.0)
    for name in ("blocked_channel", "blocked_trunk", "callee_blocked", "no_coverage"):
        expected = np.count_nonzero(attempts["outcome"][inside] == OUTCOMES.index(name))
        assert series[name][is_all].sum() == expected > 0


def test_the_summary_names_a_measure_once(example):
    table = measures_over([tables_of(example, soft_records(example)).measures])
    text = summary_json(table)
    assert text.count('"measure": "voice.attempts", "network": "north", "province": "all"') == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("noise_rise_db", 9.0, "mean noise rise"),
        ("noise_rise_max_db", 20.1, "greatest noise rise"),
        ("power_max_w", LIMIT_W * 1.01, "greatest power"),
        ("power_w", -0.1, "mean power"),
        ("codes_busy", 121.0, "codes"),
        ("n_shed_uplink", -1, "fewer than 0"),
        ("n_blocked_code", 10**6, "more causes"),
    ],
)
def test_broken_records_are_refused(example, name, value, said):
    records = soft_records(example)
    cells = {key: column.copy() for key, column in records["radio_cells"].items()}
    cells[name][2] = value
    with pytest.raises(BrokenInvariantError, match=said):
        tables_of(example, records.with_tables(radio_cells=cells))


def test_a_mean_that_rounding_puts_below_0_is_not_broken(example):
    records = soft_records(example)
    cells = {key: column.copy() for key, column in records["radio_cells"].items()}
    cells["noise_rise_db"][2], cells["noise_rise_max_db"][2] = -5e-16, 0.0
    assert tables_of(example, records.with_tables(radio_cells=cells)).measures.num_rows > 0


def test_squares_are_not_covered_for_more_than_all_of_the_time(example):
    records = soft_records(example)
    share = records["covered"]["covered_share"].copy()
    share[0, 0] = 1.5
    with pytest.raises(BrokenInvariantError, match="more than all of the time"):
        tables_of(example, records.with_tables(covered={"covered_share": share}))


def test_comparisons_and_sweeps_take_the_rows_of_all_services(example, tmp_path):
    """Fewer calls: what differs is the sum over the services, not the one that comes last."""
    sweep = Sweep(
        name="x",
        base="y",
        axes=(Axis(name="z", path="seed", values=(1, 2)),),
        measures=("voice.attempts",),
    )
    soft, expected = soft_records(example), []
    for name, n_attempts in (("a", 3000), ("b", 2400)):
        plain = example.records(1, n_attempts)
        records = soft.with_tables(attempts=plain["attempts"], intents=plain["intents"])
        table = tables_of(example, records).measures
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text('{"id": "00", "seed": 7}')
        write_parquet(tmp_path / name / "replications.parquet", table)
        time_s = records["attempts"]["time_s"]
        expected.append(np.count_nonzero((time_s >= 0.0) & (time_s < 630.0)))
        assert _kept_rows(table, sweep)["numerator"].tolist() == expected[-1:]
    a, b = (open_results(tmp_path / name) for name in ("a", "b"))
    rows = compare_results(a, b, measures=sweep.measures).to_pylist()
    (row,) = [row for row in rows if row["network"] == "all"]
    assert (row["a"], row["b"]) == tuple(expected)
