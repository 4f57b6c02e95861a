"""Nothing is declared and then forgotten: outcomes, measures, columns over replications, record tables."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from sim import tables
from sim.network.replication import run_network
from sim.report import names
from sim.report.figures.causes import FAILURES
from sim.report.figures.soft_capacity import CAUSES
from sim.runs.measures.coverage import coverage_rows
from sim.runs.measures.subject import Finished, Replication
from sim.runs.measures.subjects import MEASURES, PARTS, SUBJECTS
from sim.runs.once import make_setting
from sim.runs.parquet import texts
from sim.runs.replication_tables import replication_tables
from sim.scenario.load import load_scenario
from sim.tables import AXES, OUTCOMES, RECORDS, FlowOutcome, MessageOutcome, Outcome, Table
from sim.tables.columns import given, mean, number, text
from sim.world.settlements import Places
from tests.runs.data_example import data_records, data_scenario
from tests.runs.soft_example import kept_of
from tests.runs.test_operators import SCENARIO
from tools.write_reference import published_tables


@pytest.fixture(scope="module")
def soft(example):
    """Calls, data and messages with soft capacity."""
    return example.tables(data_records(example), 1, data_scenario(example), example.coverage)


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory):
    """Calls over manual exchanges and idle phones, as simulated."""
    path = tmp_path_factory.mktemp("completeness") / "counties.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    changed = ["traffic.registrations.is_on=true", "traffic.voice.emergency_share=0.1"]
    setting = make_setting(load_scenario(path, ["run.duration_h=0.2", *changed]))
    records = run_network(setting.scenario, setting.world, setting.coverage, 1)
    return Replication(1, setting.scenario, setting.world, setting.coverage, records)


@pytest.fixture(scope="module")
def moving():
    """Calls and data whose phones are on their way, as simulated."""
    hurry = "traffic.journeys.modes=[{name: hurry, share: 0.5, speed_m_s: 40}]"
    setting = make_setting(
        load_scenario("data_cell", ["run.duration_h=0.05", "run.warmup_h=0.02", hurry])
    )
    records = run_network(setting.scenario, setting.world, setting.coverage, 1)
    return Replication(1, setting.scenario, setting.world, setting.coverage, records)


@pytest.mark.parametrize("outcome", Outcome, ids=lambda outcome: outcome.name)
def test_every_outcome_has_one_class_and_a_counter(outcome):
    assert sum(outcome in members for members in tables.CLASSES.values()) == 1
    assert f"voice.outcome.{outcome.name.lower()}" in MEASURES
    assert f"voice.outcome_share.{outcome.name.lower()}" in MEASURES
    assert tables.MEANINGS[outcome]
    assert (outcome in tables.FAILED) == (outcome not in (Outcome.COMPLETED, Outcome.IN_PROGRESS))
    is_of_people = outcome in (*tables.CLASSES["not taken up"], *tables.CLASSES["not allowed"])
    assert (outcome in tables.FAILED_IN_NETWORK) == (outcome in tables.FAILED and not is_of_people)
    is_loss = outcome in (*tables.CLASSES["blocked"], *tables.CLASSES["not covered"])
    assert (outcome in tables.LOST_IN_NETWORK) == (is_loss or outcome == Outcome.DROPPED)


def test_every_failure_is_drawn_beneath_its_class_by_a_name_of_its_own():
    drawn = [cause for members in FAILURES.values() for cause in members]
    assert sorted(drawn) == sorted(set(OUTCOMES) - {"completed"})
    assert set(names.OUTCOMES) == set(OUTCOMES)
    assert set(names.CLASSES) == set(tables.CLASSES)
    for members in FAILURES.values():
        assert len({names.OUTCOMES[cause] for cause in members}) == len(members)


def test_every_loss_in_the_network_is_counted_over_time():
    assert {OUTCOMES[outcome] for outcome in tables.LOST_IN_NETWORK} <= set(tables.TIMESERIES.names)
    assert set(CAUSES) <= set(tables.CELLS.names)


def test_every_measure_has_words_of_its_own_for_figures():
    assert set(names.MEASURES) == set(MEASURES)
    words = Counter(
        title
        for name, title in names.MEASURES.items()
        if not name.startswith(("voice.outcome.", "voice.outcome_share."))
    )
    assert max(words.values()) == 1
    for name, measure in MEASURES.items():
        shown = names.shown(name, measure.unit)
        unit = {"bit/s": "[kbit/s]", "bit": "[Gbit]", "1": ""}.get(
            measure.unit, f"[{measure.unit}]"
        )
        assert shown.title.endswith(unit), name
        assert shown.factor == {"[%]": 100.0, "[kbit/s]": 1e-3, "[Gbit]": 1e-9}.get(
            shown.title.rpartition(" ")[2], 1.0
        )
        printed = measure.line
        if printed is not None:
            assert shown.factor == printed.factor, name


def test_every_cause_of_a_loss_by_hand_is_counted_at_the_exchange():
    for outcome in tables.LOST_BY_HAND:
        assert f"lost_{OUTCOMES[outcome]}" in RECORDS["exchanges"].names
        assert f"lost_{OUTCOMES[outcome]}" in tables.EXCHANGES.names


@pytest.mark.parametrize("outcome", FlowOutcome, ids=lambda outcome: outcome.name)
def test_every_outcome_of_flows_has_one_class_and_a_counter(outcome):
    others = (FlowOutcome.COMPLETED, FlowOutcome.IN_PROGRESS)
    assert [outcome in members for members in (tables.CUT, tables.REFUSED, others)].count(True) == 1
    assert outcome.name.lower() in tables.DATA.names


def test_outcomes_have_names_in_the_order_of_their_codes():
    for kind, in_order in (
        (Outcome, OUTCOMES),
        (FlowOutcome, tables.FLOW_OUTCOMES),
        (MessageOutcome, tables.MESSAGE_OUTCOMES),
    ):
        assert [one.name.lower() for one in kind] == list(in_order)
        assert [one.value for one in kind] == list(range(len(in_order)))


def test_every_measure_appears_where_its_subject_is_on(example, soft, by_hand, moving):
    found = {}
    here = np.zeros(1)
    town = Places(("t",), np.zeros(1, np.uint8), here, here, np.zeros(1, np.int32), here)
    for table in (
        soft.measures,
        replication_tables(by_hand).measures,
        replication_tables(moving).measures,
        coverage_rows(example.scenario, replace(example.world, places=town), example.coverage),
    ):
        names = texts(table, "measure")
        for axis in AXES:
            along = texts(table, axis.name) != tables.ALL
            for name in names:
                found.setdefault(name, set())
            for name in names[along]:
                found[name].add(axis.name)
    assert found == {name: set(measure.axes) for name, measure in MEASURES.items()}


def test_measures_are_named_and_meant_once():
    declared = [one for subject in SUBJECTS for one in subject.measures]
    assert len({one.name for one in declared}) == len(declared) == len(MEASURES)
    assert len({one.meaning for one in declared}) == len(declared)
    assert all(set(one.axes) <= {axis.name for axis in AXES} for one in declared)
    printed = [one.line.label for one in declared if one.line]
    assert set(printed) & {"", None} == set()


@pytest.mark.parametrize("table", published_tables(), ids=lambda table: table.name)
def test_every_column_says_how_it_is_made_or_none_does(table):
    assert len({column.made is None for column in table.columns}) == 1


def test_every_column_is_made_of_what_is_kept(soft, by_hand, moving):
    kept = soft.kept | replication_tables(by_hand).kept
    kept["cell_pairs"] = replication_tables(moving).kept["cell_pairs"]
    kept["sites"] = soft.kept["sites"] | soft.kept["cells"]
    kept["cells"] = soft.kept["cells"]
    for table in published_tables():
        for column in table.columns:
            made = column.made
            while made is not None and made.how != "given":
                given = {one.name for one in table.columns if one.made.how == "given"} | {
                    "window_s"
                }
                wanted = {made.above, made.below} - {""}
                assert wanted <= kept[table.name].keys() | given, f"{table.name}.{column.name}"
                made = made.otherwise


def columns_of(table):
    return {column.name: np.dtype(column.dtype) for column in table.columns}


@pytest.mark.parametrize("scenario", ["data_cell", "by_hand"])
def test_a_replication_hands_over_the_declared_tables(scenario, by_hand, moving):
    records = moving.records if scenario == "data_cell" else by_hand.records
    # What extensions change, and what operators do one by one, are kept where somebody asks for it.
    kept = {"changes", "tasks"}
    by_hand_alone = {"exchanges", "positions", "exchange_hours", "waits"}
    idle_alone = {"registrations", "attachments", "emergency"}
    absent = {"data_cell": kept | by_hand_alone | idle_alone}
    radio = kept | {"radio_cells", "radio_sites", "covered", "flows", "messages", "data_cells"}
    radio |= {"handovers", "movement"}
    assert records.tables.keys() == RECORDS.keys() - absent.get(scenario, radio)
    for name, columns in records.tables.items():
        assert {key: column.dtype for key, column in columns.items()} == columns_of(RECORDS[name])
        assert len({column.shape for column in columns.values()}) == 1


def test_a_subject_may_add_a_table_of_its_own(example, monkeypatch):
    """Nothing else has to be told of it: it is kept, and made over replications as it says."""
    idle = number("idle_s", "s", "time in which nothing happened", mean())
    own = Table("heartbeat", "cell", (*given(text("cell", "cell")), idle))
    monkeypatch.setitem(RECORDS, "heartbeat", own)
    beats = ({"idle_s": np.array([1, 2, 3, 4])}, {"idle_s": np.array([3, 4, 5, 8])})
    kept = [example.tables(example.records().with_tables(heartbeat=one)) for one in beats]
    run = Finished(example.scenario, example.world, example.coverage, kept_of(kept))
    tables = {}
    for subject in SUBJECTS:
        if subject.is_on(example.scenario, example.world):
            tables |= subject.published(run)
    assert tables["heartbeat"].to_pydict() == {
        "cell": ["a/1", "a/2", "b", "c"],
        "idle_s": [2.0, 3.0, 4.0, 6.0],
    }


def test_rows_that_files_keep_are_those_of_records():
    for name, part in PARTS.items():
        assert part.table.name == name
        own = [column.name.removesuffix("_idx") for column in RECORDS[part.record].columns]
        kept = [column.name.removesuffix("_idx") for column in part.table.columns]
        assert kept[1 : 1 + len(own)] == own
