"""Tables over all replications against plain recomputation."""

import json
from collections import Counter, defaultdict

import numpy as np
import pytest

from sim.runs.maps import provinces_geojson, squares_table
from sim.runs.measures.cells import cells_table, sites_table
from sim.runs.measures.coverage import coverage_rows
from sim.runs.measures.subjects import MEASURES
from sim.runs.measures.trunks import trunks_table
from sim.runs.summary import measures_over, summary_json
from sim.stats.intervals import mean_interval, ratio_interval
from sim.tables import CELLS, OUTCOMES, SITES, SUMMARY_AXES, TRUNKS, coverage_table


@pytest.fixture(scope="module")
def replications(example):
    return [example.tables(example.records(k, 800), k) for k in (1, 2, 3)]


def test_measures_derive_from_replications(replications):
    sums = defaultdict(list)
    for tables in replications:
        for row in tables.measures.to_pylist():
            if row["cell"] == "all":
                key = tuple(row[n] for n in ("measure", *SUMMARY_AXES, "class", "service"))
                sums[key].append((row["numerator"], row["denominator"]))
    found = measures_over([tables.measures for tables in replications]).to_pylist()
    assert len(found) == len(sums)
    for row in found:
        key = tuple(row[n] for n in ("measure", *SUMMARY_AXES, "class", "service"))
        law = MEASURES[row["measure"]].made.law
        expected = ratio_interval(*zip(*sums[key], strict=True), law=law)
        assert row["value"] == pytest.approx(expected.value)
        assert row["low"] == pytest.approx(expected.low)
        assert row["high"] == pytest.approx(expected.high)
        assert row["n_replications"] == expected.n_replications
        assert row["unit"] == MEASURES[row["measure"]].unit


def test_replications_must_hold_the_same_measures(replications):
    shorter = replications[1].measures.slice(1)
    with pytest.raises(AssertionError, match="different measures"):
        measures_over([replications[0].measures, shorter])


def test_summary_is_json_with_nulls(replications):
    one = json.loads(summary_json(measures_over([replications[0].measures])))
    assert one["schema"] == 2
    assert {entry["low"] for entry in one["measures"]} == {None}
    keys = ["measure", "network", "province", "trunk", "covered_by"]
    names = [*keys, "value", "low", "high", "unit", "n_replications"]
    assert all(list(entry) == names for entry in one["measures"])
    found = [tuple(entry[key] for key in keys) for entry in one["measures"]]
    assert len(set(found)) == len(found)
    empty = next(e for e in one["measures"] if e["network"] == "south" and e["province"] == "W"
                 and e["measure"] == "voice.blocking")  # fmt: skip
    assert (empty["value"], empty["n_replications"]) == (None, 0)


def test_cells_table(example, replications):
    cells = [tables.kept["cells"] for tables in replications]
    table = cells_table(example.world, {"cells": cells})
    assert tuple(table.column_names) == CELLS.names
    rows = table.to_pylist()
    assert [row["cell"] for row in rows] == ["a/1", "a/2", "b", "c"]
    row = rows[1]
    assert (row["site"], row["network"], row["province"]) == ("a", "north", "W")
    sums = ([c[name][1] for c in cells] for name in ("blocked", "attempts"))
    blocking = ratio_interval(*sums, law="share")
    assert (row["blocking"], row["blocking_high"]) == pytest.approx((blocking.value, blocking.high))
    carried = mean_interval([c["busy_erl"][1] for c in cells], law="positive")
    assert (row["carried_erl"], row["carried_erl_low"]) == pytest.approx(
        (carried.value, carried.low)
    )
    assert row["utilisation"] == pytest.approx(carried.value / 40.0)
    refusals = [c["refusals_originating"][1] + c["refusals_terminating"][1] for c in cells]
    seizures = [c["seizures_originating"][1] + c["seizures_terminating"][1] for c in cells]
    legs = ratio_interval(refusals, np.add(refusals, seizures), law="share")
    assert row["leg_blocking_low"] == pytest.approx(legs.low)
    assert rows[2]["azimuth_deg"] is None


def test_sites_table_sums_cells(example, replications):
    cells = [tables.kept["cells"] for tables in replications]
    table = sites_table(example.world, example.coverage, {"cells": cells})
    assert tuple(table.column_names) == SITES.names
    site = table.to_pylist()[0]
    assert (site["site"], site["n_cells"], site["n_channels"]) == ("a", 2, 100)
    carried = mean_interval([c["busy_erl"][:2].sum() for c in cells], law="positive")
    assert (site["carried_erl"], site["carried_erl_high"]) == pytest.approx(
        (carried.value, carried.high)
    )
    assert site["longitude_deg"] is None


def test_sites_table_says_what_fails_of_their_callers_attempts(example, replications):
    kept = {"cells": [tables.kept["cells"] for tables in replications]}
    rows = sites_table(example.world, example.coverage, kept).to_pylist()
    to_blame = {name for name in OUTCOMES if name.startswith("blocked_")}
    to_blame |= {"callee_blocked", "no_route", "no_coverage", "callee_no_coverage", "dropped"}
    for row, cells in zip(rows, ((0, 1), (2,), (3,)), strict=True):
        attempts, lost, causes = [], [], Counter()
        for number in (1, 2, 3):
            own = example.records(number, 800)["attempts"]
            inside = (own["time_s"] >= 0.0) & (own["time_s"] < 630.0)
            outcomes = own["outcome"][inside & np.isin(own["cell_idx"], cells)]
            attempts.append(len(outcomes))
            failed = [OUTCOMES[one] for one in outcomes if OUTCOMES[one] in to_blame]
            lost.append(len(failed))
            causes.update(failed)
        assert row["attempts"] == pytest.approx(mean_interval(attempts).value)
        share = ratio_interval(lost, attempts, law="share")
        assert 0.0 < share.value < 1.0
        found = (row["network_failure"], row["network_failure_low"], row["network_failure_high"])
        assert found == pytest.approx((share.value, share.low, share.high))
        assert row["main_failure"] == causes.most_common(1)[0][0]
    sound = [
        {name: column * (not name.startswith("failed_")) for name, column in cells.items()}
        for cells in kept["cells"]
    ]
    without = sites_table(example.world, example.coverage, {"cells": sound}).to_pylist()
    assert {row["main_failure"] for row in without} == {""}
    assert {row["network_failure"] for row in without} == {0.0}


def test_trunks_table(example, replications):
    table = trunks_table(example.world, {"trunks": [one.kept["trunks"] for one in replications]})
    assert tuple(table.column_names) == TRUNKS.names
    first = table.to_pylist()[0]
    assert (first["trunk_group"], first["n_circuits"]) == ("north-south", 5)
    assert first["blocking"] == pytest.approx(30 / (30 + 306))
    assert first["carried_erl"] == pytest.approx(2.7)


def test_squares_table(example):
    table = squares_table(example.world, example.coverage)
    assert tuple(table.column_names) == coverage_table(("north", "south")).names
    rows = table.to_pylist()
    assert rows[3]["cell_idx_north"] == -1
    assert rows[3]["rscp_dbm_north"] is None
    assert rows[5]["rscp_dbm_south"] == pytest.approx(-80.5)
    assert (rows[3]["x_m"], rows[3]["y_m"], rows[3]["province"]) == (1500.0, 500.0, "W")
    assert json.loads(table.schema.metadata[b"resolution_m"]) == 1000.0


def test_provinces_of_a_plain_are_in_metres_and_say_so(example):
    provinces = json.loads(provinces_geojson(example.world))
    assert "metres" in provinces["coordinates"]
    east = provinces["features"][1]
    assert east["properties"] == {"code": "E", "name": "East", "population": 300}
    assert {tuple(point) for point in east["geometry"]["coordinates"][0]} == {
        (2000.0, 0.0), (4000.0, 0.0), (4000.0, 2000.0), (2000.0, 2000.0)
    }  # fmt: skip


def test_one_replication_of_coverage(example):
    rows = measures_over([coverage_rows(example.scenario, example.world, example.coverage)])
    counted = rows.column("n_replications").to_pylist()
    values = rows.column("value").to_pylist()
    assert [n == 0 for n in counted] == [value is None for value in values]
    assert set(counted) == {0, 1}
    assert rows.column("low").null_count == len(rows)
