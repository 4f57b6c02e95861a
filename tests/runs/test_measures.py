"""Measures against plain loops over the same records."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from sim.runs.measures.coverage import coverage_rows
from sim.runs.measures.subjects import BrokenInvariantError
from sim.tables import CLASSES, OUTCOMES

WINDOW_S = 630.0
BLOCKED = {
    name
    for name in OUTCOMES
    if name.startswith("blocked_") or name in ("callee_blocked", "no_route")
}


@pytest.fixture(scope="module")
def records(example):
    return example.records()


@pytest.fixture(scope="module")
def tables(example, records):
    return example.tables(records)


@pytest.fixture(scope="module")
def rows(tables):
    """Rows by (measure, network, province, cell, class), or (measure, trunk)."""
    found = {}
    for row in tables.measures.to_pylist():
        key = tuple(row[name] for name in ("measure", "network", "province", "cell", "class"))
        if row["measure"] == "trunk.blocking":
            key = (row["measure"], row["trunk"])
        assert key not in found
        found[key] = row
    return found


def plain_attempts(records):
    names = list(records["attempts"])
    for values in zip(*(records["attempts"][name].tolist() for name in names), strict=True):
        yield dict(zip(names, values, strict=True))


def groups_of(attempt):
    network = ("north", "south")[attempt["network_idx"]]
    province = ("W", "E")[attempt["province_idx"]]
    for n in (network, "all"):
        for p in (province, "all"):
            yield (n, p, "all", "all")
        yield (n, "all", "all", ("resident", "trader")[attempt["class_idx"]])


def plain_sums(records):
    """The definitions of the design, one attempt after the other."""
    sums = defaultdict(Counter)
    for attempt in plain_attempts(records):
        overlap_s = min(attempt["end_s"], WINDOW_S) - max(attempt["time_s"], 0.0)
        for group in groups_of(attempt):
            if overlap_s > 0.0:
                sums[group]["carried_s"] += overlap_s
            if 0.0 <= attempt["time_s"] < WINDOW_S:
                outcome = OUTCOMES[attempt["outcome"]]
                sums[group]["attempts"] += 1
                sums[group][outcome] += 1
                sums[group]["blocked"] += outcome in BLOCKED
                sums[group]["offered_s"] += attempt["would_hold_s"]
    return sums


def test_voice_measures_by_network_province_and_class(records, rows):
    sums = plain_sums(records)
    assert len(sums) == 14  # south has no line in the province W
    for group, expected in sums.items():

        def value(measure, group=group):
            return rows[(measure, *group)]["value"]

        attempts = expected["attempts"]
        answered = expected["completed"] + expected["dropped"]
        assert value("voice.attempts") == attempts
        assert value("voice.calls") == answered
        assert value("voice.completed_per_h") == pytest.approx(
            expected["completed"] * 3600.0 / WINDOW_S
        )
        assert value("voice.blocking") == expected["blocked"] / attempts
        assert value("voice.offered_erl") == pytest.approx(expected["offered_s"] / WINDOW_S)
        assert value("voice.carried_erl") == pytest.approx(expected["carried_s"] / WINDOW_S)
        for outcome in OUTCOMES:
            assert value(f"voice.outcome.{outcome}") == expected[outcome]


def test_shares_of_outcomes_are_those_of_the_attempts_and_sum_to_one(records, rows):
    sums = plain_sums(records)
    groups = [group for group in sums if group[3] == "all"]
    assert len(groups) == 8  # two networks and all, two provinces and all, but for south in W
    for group in groups:
        attempts, whole = sums[group]["attempts"], 0
        for outcome in OUTCOMES:
            share = rows[(f"voice.outcome_share.{outcome}", *group)]
            assert share["numerator"] == sums[group][outcome]
            assert share["value"] == sums[group][outcome] / attempts
            whole += share["numerator"]
        assert whole == attempts
        failed = rows[("voice.failure", *group)]
        assert failed["numerator"] == attempts - sums[group]["completed"]
        to_blame = BLOCKED | {"no_coverage", "callee_no_coverage", "dropped"}
        lost = rows[("voice.network_failure", *group)]
        assert lost["numerator"] == sum(sums[group][outcome] for outcome in to_blame)
        assert 0 < lost["numerator"] < failed["numerator"]
        assert lost["denominator"] == failed["denominator"] == attempts


@pytest.mark.parametrize("network", ["north", "south", "all"])
def test_shares_of_classes_sum_to_one(records, rows, network):
    group = (network, "all", "all", "all")
    names = [name.replace(" ", "_") for name in CLASSES]
    shares = {name: rows[(f"voice.outcome_class_share.{name}", *group)] for name in names}
    assert sum(share["numerator"] for share in shares.values()) == shares["blocked"]["denominator"]
    assert shares["blocked"]["value"] == rows[("voice.blocking", *group)]["value"]
    own = plain_sums(records)[group]
    assert shares["not_taken_up"]["numerator"] == own["no_answer"] + own["callee_busy"]


def test_group_without_attempts_has_no_ratio(rows):
    empty = rows[("voice.blocking", "south", "W", "all", "all")]
    assert empty["denominator"] == 0.0
    assert empty["value"] is None
    assert rows[("voice.attempts", "south", "W", "all", "all")]["value"] == 0.0


def test_intents_count_engaged_callers(records, rows):
    assert (
        rows[("voice.intents", "all", "all", "all", "all")]["value"]
        == records["intents"]["n_intents"].sum()
    )
    assert (
        rows[("voice.intents", "north", "E", "all", "all")]["value"]
        == records["intents"]["n_intents"][0, 1]
    )


def test_cell_measures(records, rows):
    names = ("a/1", "a/2", "b", "c", "none")
    where = [("north", "W"), ("north", "W"), ("north", "E"), ("south", "E"), ("all", "all")]
    for cell_idx, (name, place) in enumerate(zip(names, where, strict=True)):
        own = [
            attempt
            for attempt in plain_attempts(records)
            if 0.0 <= attempt["time_s"] < WINDOW_S and attempt["cell_idx"] % 5 == cell_idx
        ]
        blocked = sum(OUTCOMES[attempt["outcome"]] in BLOCKED for attempt in own)
        key = (*place, name, "all")
        assert rows[("voice.attempts", *key)]["value"] == len(own)
        assert rows[("voice.blocking", *key)]["value"] == blocked / len(own)
        offered_s = sum(attempt["would_hold_s"] for attempt in own)
        assert rows[("voice.offered_erl", *key)]["value"] == pytest.approx(offered_s / WINDOW_S)


def test_leg_measures(records, rows):
    cells = records["cells"]
    refusals = cells["refusals_originating"] + cells["refusals_terminating"]
    bids = refusals + cells["seizures_originating"] + cells["seizures_terminating"]
    blocking = rows[("voice.leg_blocking", "north", "W", "a/2", "all")]
    assert blocking["value"] == refusals[1] / bids[1]
    north = rows[("voice.leg_blocking", "north", "all", "all", "all")]
    assert (north["numerator"], north["denominator"]) == (refusals[:3].sum(), bids[:3].sum())
    east = rows[("cell.utilisation", "all", "E", "all", "all")]
    assert east["value"] == pytest.approx((cells["busy_erl"][2:]).sum() / 80.0)
    legs = rows[("voice.carried_erl", "south", "E", "c", "all")]
    assert legs["value"] == cells["busy_erl"][3]


def test_trunk_measures(rows):
    assert rows[("trunk.blocking", "north-south")]["value"] == 10 / 111
    assert rows[("trunk.blocking", "all")]["value"] == 10 / 161


def test_timeseries_adds_up(records, tables, rows):
    series = tables.kept["timeseries"]
    for network in ("north", "south", "all"):
        own = series["network"] == network
        assert own.sum() == 11
        assert series["width_s"][own].tolist() == [60.0] * 10 + [30.0]
        key = (network, "all", "all", "all")
        assert series["attempts"][own].sum() == rows[("voice.attempts", *key)]["value"]
        assert series["blocked"][own].sum() == rows[("voice.blocking", *key)]["numerator"]
        carried_s = (series["carried_erl"] * series["width_s"])[own].sum()
        assert carried_s == pytest.approx(rows[("voice.carried_erl", *key)]["numerator"])


def test_timeseries_bin_by_hand(records, tables):
    held_s = n = 0.0
    for attempt in plain_attempts(records):
        if attempt["network_idx"] == 0:
            held_s += max(0.0, min(attempt["end_s"], 240.0) - max(attempt["time_s"], 180.0))
            n += 180.0 <= attempt["time_s"] < 240.0
    series = tables.kept["timeseries"]
    is_row = (series["network"] == "north") & (series["begin_s"] == 180.0)
    assert series["carried_erl"][is_row] == pytest.approx(held_s / 60.0)
    assert series["attempts"][is_row] == n


def test_coverage_measures(example):
    table = coverage_rows(example.scenario, example.world, example.coverage).to_pylist()
    axes = ("measure", "network", "covered_by", "province")
    rows = {tuple(row[axis] for axis in axes if row[axis] != "all"): row for row in table}
    assert len(rows) == len(table)
    assert rows[("coverage.area_share", "north")]["value"] == 7 / 8
    assert rows[("coverage.area_share", "both", "E")]["value"] == 3 / 4
    assert rows[("coverage.population_share", "neither", "W")]["value"] == 40 / 100
    assert rows[("coverage.population_share", "any")]["value"] == 360 / 400
    assert {row["replication"] for row in table} == {0}


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("outcome", 27, "attempts and outcomes differ by network_idx"),
        ("outcome", 26, "in progress"),
        ("cell_idx", 4, "attempts and outcomes differ by cell_idx"),
        ("redial", 1, "first attempts"),
        ("end_s", -500.0, "ends before it begins"),
        ("answer_s", 1e6, "outside its call"),
        ("answer_s", np.nan, "an answer is missing"),
        ("would_hold_s", -1.0, "would-be holding time"),
    ],
)
def test_broken_attempts_are_refused(example, records, column, value, message):
    attempts = {name: array.copy() for name, array in records["attempts"].items()}
    inside = (attempts["time_s"] >= 0.0) & (attempts["time_s"] < WINDOW_S)
    whole = inside & (attempts["outcome"] == 0) & (attempts["redial"] == 0)
    attempts[column][np.flatnonzero(whole)[5]] = value
    broken = records.with_tables(attempts=attempts)
    with pytest.raises(BrokenInvariantError, match=message):
        example.tables(broken)


@pytest.mark.parametrize(
    ("table", "column", "value", "message"),
    [
        ("cells", "busy_erl", 60.1, "busy servers of a cell"),
        ("cells", "all_busy_share", 1.1, "all servers of a cell busy"),
        ("cells", "refusals_terminating", -1, "fewer than 0"),
        ("trunks", "busy_erl", -0.1, "busy servers of a trunk group"),
    ],
)
def test_broken_loads_are_refused(example, records, table, column, value, message):
    columns = {name: array.copy() for name, array in records[table].items()}
    columns[column][0] = value
    broken = records.with_tables(**{table: columns})
    with pytest.raises(BrokenInvariantError, match=message):
        example.tables(broken)


def test_kept_calls_are_chosen_by_address(example, records):
    def kept(rule, order=slice(None)):
        scenario = example.scenario.model_copy(
            update={"run": example.scenario.run.model_copy(update={"records": rule})}
        )
        shuffled = {name: column[order] for name, column in records["attempts"].items()}
        return example.tables(records.with_tables(attempts=shuffled), 1, scenario).parts["calls"]

    rule = example.scenario.run.records
    some = rule.model_copy(update={"sample_share": 0.2})
    n = len(records["attempts"]["time_s"])
    assert len(kept(rule.model_copy(update={"calls": "none"}))["index"]) == 0
    assert len(kept(rule.model_copy(update={"calls": "all"}))["index"]) == n
    chosen = kept(some)["index"]
    # 99.9 % region of a binomial share of 3000 attempts
    assert abs(len(chosen) / n - 0.2) < 3.29 * np.sqrt(0.2 * 0.8 / n)
    backwards = kept(some, slice(None, None, -1))["index"]
    assert backwards.tolist() == chosen.tolist()[::-1]
