"""Why attempts fail is said first, in shares that sum to all, with what is assumed; and where it is worst."""

import re
from io import StringIO

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console

from sim.runs.assumptions import ASSUMPTION, DECIDED_BY, NO_SOURCE, assumptions
from sim.runs.measures.exchanges import MANUAL_EXCHANGES
from sim.runs.parquet import write_parquet
from sim.runs.printed import printed_summary
from sim.runs.published_summary import Summary
from sim.runs.result import RunResult
from sim.scenario.fields import Shape, walk
from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario
from sim.tables import CLASSES, FAILED, FAILED_IN_NETWORK, OUTCOMES, Outcome
from tests.runs.data_example import published

MANIFEST = {"kind": "run", "replications": 1}


def entry(value, network="all", half=None):
    ends = (None, None) if half is None else (value - half, value + half)
    return {"value": value, "low": ends[0], "high": ends[1], "network": network}


def of_counts(counts, half=None):
    """Measures of attempts by network, from counts of outcomes; all networks are their sum."""
    whole = {name: sum(own.get(name, 0) for own in counts.values()) for name in OUTCOMES}
    found = {}
    for network, own in {**counts, "all": whole}.items():
        n = sum(own.values())

        def put(name, count, network=network, n=n):
            found[name, network] = entry(count / n if n else None, network, half)

        for name in OUTCOMES:
            put(f"voice.outcome_share.{name}", own.get(name, 0))
        for name, members in CLASSES.items():
            count = sum(own.get(OUTCOMES[one], 0) for one in members)
            put(f"voice.outcome_class_share.{name.replace(' ', '_')}", count)
        put("voice.failure", sum(own.get(OUTCOMES[one], 0) for one in FAILED))
        put("voice.network_failure", sum(own.get(OUTCOMES[one], 0) for one in FAILED_IN_NETWORK))
        found["voice.attempts", network] = entry(n, network)
    return found


def write_rows(path, **columns):
    write_parquet(path, pa.table(columns))


def sites(folder, attempts, share, causes=None):
    n = len(attempts)
    none = [None] * n
    write_rows(
        folder / "sites.parquet", site=[f"s{i}" for i in range(n)], network=["a"] * n, province=["P"] * n,
        attempts=np.asarray(attempts, float), network_failure=np.asarray(share, float), network_failure_low=none,
        network_failure_high=none, main_failure=causes or ["no_coverage"] * n, carried_erl=[1.0] * n,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A folder with one site."""
    sites(tmp_path, [1000], [0.0])
    return tmp_path


def shown(summary, width=110):
    console = Console(width=width, record=True, file=StringIO())
    console.print(printed_summary(summary, is_new=True))
    return console.export_text()


def causes_of(text):
    """Rows of the table of causes: label, with its indentation, and numbers by column."""
    lines = text.splitlines()
    begin = next(i for i, line in enumerate(lines) if "What became of attempts" in line)
    rows = {}
    for line in lines[begin + 2 :]:
        label, *cells = re.split(r"\s{2,}", re.sub(r" (± [<\d.]+|\([^)]*\))", "", line[1:]).strip())
        rows["  " * line.startswith("   ") + label] = cells
        if label == "all":
            return rows
    raise AssertionError(text)


def hundredths(cell):
    """A printed share in hundredths of a per cent."""
    return 0 if cell in ("0", "<0.01") else int(cell.replace(".", ""))


THIRDS = {
    "a": dict.fromkeys(("completed", "caller_abandoned", "blocked_channel"), 1),
    "b": dict.fromkeys((*OUTCOMES[:8], "no_answer", "callee_off", "patch_wrong"), 7),
    "c": {"completed": 999_999, "dropped": 1, "no_answer": 250_003, "callee_busy": 77_777},
}


@pytest.mark.parametrize("half", [None, 0.0123])
def test_printed_shares_sum_to_all_and_to_their_class(folder, half):
    rows = causes_of(shown(Summary(folder, MANIFEST, of_counts(THIRDS, half))))
    assert rows["all"] == ["100.00"] * 4
    classes = [label for label in rows if label in CLASSES]
    assert classes[0] == "answered"
    for column, network in enumerate((*THIRDS, "all")):
        printed = {label: hundredths(cells[column]) for label, cells in rows.items()}
        assert sum(printed[label] for label in classes) == 10_000
        for name in classes:
            causes = [f"  {OUTCOMES[one]}" for one in CLASSES[name]]
            assert sum(printed.get(cause, 0) for cause in causes) == printed[name]
        counts = THIRDS.get(network) or {
            name: sum(own.get(name, 0) for own in THIRDS.values()) for name in OUTCOMES
        }
        for name, count in counts.items():
            # Of the class, then of the cause: each is off by less than a hundredth.
            exact = 10_000.0 * count / sum(counts.values())
            assert abs(printed.get(f"  {name}", 0) - exact) < 2.0


def test_an_outcome_that_never_occurs_is_not_printed_and_a_rare_one_is_no_zero(folder):
    rows = causes_of(shown(Summary(folder, MANIFEST, of_counts(THIRDS))))
    printed = {label.strip() for label in rows if label.startswith("  ")}
    assert printed == {name for own in THIRDS.values() for name in own}
    assert rows["  dropped"][2] == "<0.01"  # 1 of 1.3 million
    assert rows["  no_answer"][0] == "0"
    assert {"not patched", "not taken up", "blocked"} < set(rows)
    assert not {"out of service", "not allowed"} & set(rows)


def test_where_nobody_gets_through_what_failed_most_comes_first(folder):
    counts = {"a": {"no_answer": 1, "no_coverage": 3, "blocked_trunk": 2}}
    rows = causes_of(shown(Summary(folder, MANIFEST, of_counts(counts))))
    assert [label for label in rows if label in CLASSES] == [
        "not covered",
        "blocked",
        "not taken up",
    ]
    assert rows["not covered"] == ["50.00"]


def test_what_went_well_stands_first_however_little_it_is(folder):
    counts = {"a": {"completed": 1, "dropped": 1, "no_answer": 5, "no_coverage": 3}}
    rows = causes_of(shown(Summary(folder, MANIFEST, of_counts(counts))))
    classes = [label for label in rows if label in CLASSES]
    assert classes == ["answered", "not taken up", "not covered"]


def test_how_much_failed_and_of_what_is_said_first(folder):
    counts = {
        "a": {"completed": 500, "caller_abandoned": 300, "blocked_channel": 20},
        "b": {"completed": 73, "no_coverage": 60, "patch_cut_off": 7, "callee_off": 40},
    }
    lines = shown(Summary(folder, MANIFEST, of_counts(counts))).splitlines()
    assert lines[0].startswith("42.7 % of 1,000 attempts failed, 8.7 % in the network; most of all")
    assert "caller_abandoned 30.0 %, no_coverage 6.0 %, callee_off 4.0 %." in " ".join(lines[:2])
    (line,) = [line for line in lines if "failed, for any cause" in line]
    assert line.split()[-3:] == ["39.02", "59.44", "42.70"]


def test_without_attempts_nothing_is_said_of_them(folder):
    text = shown(Summary(folder, MANIFEST, of_counts({"a": {}})))
    assert "attempts failed" not in text
    assert "What became" not in text


@pytest.mark.parametrize("width", [60, 120])
def test_nothing_is_cut_on_a_narrow_screen(width, example, tmp_path):
    folder = published(example, tmp_path)
    wide, text = (
        RunResult(folder, is_new=True).shown(),
        StringIO(),
    )
    Console(width=width, file=text).print(wide)
    lines = text.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert "…" not in text.getvalue()
    whole = StringIO()
    Console(width=1000, file=whole).print(wide)
    numbers = [re.findall(r"[\d.,]*\d", one) for one in (text.getvalue(), whole.getvalue())]
    assert set(numbers[1]) <= set(numbers[0])
    for line in lines:  # nothing stands there without a value
        cells = re.split(r"\s{2,}", line.strip())[1:]
        assert not cells or set(cells) != {"-"}, line


def test_a_table_without_room_is_told_in_parts_and_keeps_its_names(folder):
    counts = {f"network_of_a_very_long_name_{i}": {"completed": 5 + i} for i in range(3)}
    text = shown(Summary(folder, MANIFEST, of_counts(counts)), width=60)
    assert text.count("What became of attempts [%]") == 4
    assert all(f"name_{i}" in text for i in range(3))


def rows_of(text, title):
    lines = text.splitlines()
    begin = next((i for i, line in enumerate(lines) if line.startswith(f" {title}")), None)
    if begin is None:
        return [], ""
    rows = [line.split() for line in lines[begin + 2 :]]
    rows = rows[: rows.index([])]
    return rows, " ".join(line.strip() for line in lines[begin + 3 + len(rows) :][:3])


COUNTS = {"a": {"completed": 9, "no_coverage": 1}}


def test_the_worst_sites_are_the_worst_of_those_with_attempts_enough(tmp_path):
    shares = [0.1, 0.9, 0.3, 0.05, 0.2, 0.0, 0.4]
    causes = ["no_coverage"] * 2 + ["blocked_channel"] * 5
    sites(tmp_path, [5000, 49.9, 200, 500, 50, 700, 100], shares, causes)
    summary = Summary(tmp_path, MANIFEST | {"replications": 2}, of_counts(COUNTS))
    rows, note = rows_of(shown(summary), "Worst sites")
    # s1 has but 99.8 attempts in two replications.
    assert [row[0] for row in rows] == ["s6", "s2", "s4"]
    assert rows[0] == ["s6", "a", "P", "100", "40.00", "blocked_channel"]
    assert "3 more in sites.parquet; 1 of fewer than 100 calls are left out." in note
    rows, _ = rows_of(shown(Summary(tmp_path, MANIFEST, of_counts(COUNTS))), "Worst sites")
    assert [row[0] for row in rows] == ["s6", "s2", "s0"]


@pytest.mark.parametrize(
    ("attempts", "shares"), [([500], [0.5]), ([500, 40], [0.5, 0.6]), ([500, 500], [0.0, 0.0])]
)
def test_there_is_no_worst_of_one_or_where_nothing_fails(tmp_path, attempts, shares):
    sites(tmp_path, attempts, shares)
    assert "Worst" not in shown(Summary(tmp_path, MANIFEST, of_counts(COUNTS)))


def test_the_worst_provinces_name_what_most_of_it_is(folder):
    own = {
        "N": {"voice.attempts": 1000, "voice.network_failure": 0.3, "blocked_trunk": 0.2, "dropped": 0.1},
        "S": {"voice.attempts": 800, "voice.network_failure": 0.5, "dropped": 0.4, "no_coverage": 0.1},
        "E": {"voice.attempts": 99, "voice.network_failure": 0.9, "dropped": 0.9},
        "W": {"voice.attempts": 9999, "voice.network_failure": 0.1, "no_route": 0.1, "completed": 0.9},
        "M": {"voice.attempts": 100, "voice.network_failure": 0.2, "no_route": 0.2},
    }  # fmt: skip
    provinces = {
        (name if "." in name else f"voice.outcome_share.{name}", code): entry(value)
        for code, entries in own.items()
        for name, value in entries.items()
    }
    summary = Summary(folder, MANIFEST, of_counts(COUNTS), provinces)
    rows, note = rows_of(shown(summary), "Worst provinces")
    assert rows == [
        ["S", "800", "50.00", "dropped"],
        ["N", "1,000", "30.00", "blocked_trunk"],
        ["M", "100", "20.00", "no_route"],
    ]
    assert "1 more in measures.parquet; 1 of fewer than 100 calls are left out." in note
    assert "by the province of the caller" in note


def test_the_worst_exchanges_are_those_where_most_callers_give_up(tmp_path):
    (ranking,) = MANUAL_EXCHANGES.printed.rankings
    names = ["north", "east", "south"]
    columns = {name: [1.5, 2.5, 3.5] for name, _ in ranking.columns}
    columns |= {"province": ["P"] * 3, "arrived": [400.0, 99.0, 300.0]}
    columns |= {"abandonment": [0.1, 0.9, 0.2], "exchange": names}
    write_rows(tmp_path / "exchanges.parquet", **columns)
    measures = {("exchange.wait_s", "all"): entry(31.25, half=2.5)}
    text = shown(Summary(tmp_path, MANIFEST, measures))
    rows, note = rows_of(text, "Worst exchanges")
    assert [(row[0], row[-1]) for row in rows] == [("south", "20.00"), ("north", "10.00")]
    assert "1 of fewer than 100" in note
    assert re.search(r"wait for an answer \[s\]\s+31.2 ± 2.5", text)
    assert "lost while they waited" not in text  # of which nothing is known


def assumed(cause, *keys):
    return {cause: [{"key": key, "value": value, "ground": ground} for key, value, ground in keys]}


def test_what_is_large_and_rests_on_an_assumption_is_said(folder):
    counts = {"a": {"completed": 800, "caller_abandoned": 140, "callee_off": 19, "no_answer": 41}}
    patience = "traffic.voice.ringing.patience_mean_s"
    known = assumed("caller_abandoned", (patience, 60.0, ASSUMPTION))
    known |= assumed("callee_off", ("traffic.voice.p_phone_off", 0.05, ASSUMPTION))
    known |= assumed(
        "no_answer", ("x", None, NO_SOURCE), ("y", 3, ASSUMPTION), ("z", 2, ASSUMPTION)
    )
    known |= assumed("no_coverage", ("radio.min_rscp_dbm", -100, ASSUMPTION))
    manifest = MANIFEST | {"assumptions": known}
    text = shown(Summary(folder, manifest, of_counts(counts)), width=300)
    said = [line.strip() for line in text.splitlines() if "% of attempts:" in line]
    assert said == [
        f"14.0 % of attempts: the caller lost patience while it rang (caller_abandoned), from {patience} = 60, "
        "an assumption",
        "4.1 % of attempts: it rang until the network ended it (no_answer), from x, of no given source; "
        "from y = 3 and z = 2, assumptions",
    ]
    assert "% of attempts:" not in shown(Summary(folder, MANIFEST, of_counts(counts)))


SCENARIO = """
name: grounds
region: {source: plain, width_km: 12, height_km: 6}
networks:
  - name: a
    n_subscribers: 200
    n_sites: {value: 3, source: assumption of mine}
    equipment: {n_channels: {value: 10, source: A1}}
  - name: b
    n_subscribers: 200
    n_sites: {value: 4, source: A1}
    equipment: {n_channels: 20}
traffic:
  voice:
    p_phone_off: {value: 0.1, low: 0.0, high: 0.2, source: A1}
    ringing: {patience_mean_s: 33, p_answer: {value: 0.5, source: assumption}}
sources: {A1: a document}
"""


def test_a_key_rests_on_what_the_scenario_says_or_else_on_its_default(tmp_path):
    (tmp_path / "grounds.yaml").write_text(SCENARIO, encoding="utf-8")
    found = assumptions(load_scenario(tmp_path / "grounds.yaml"))
    assert "callee_off" not in found  # of a document
    assert found["caller_abandoned"] == [
        {"key": "traffic.voice.ringing.patience_mean_s", "value": 33.0, "ground": NO_SOURCE},
        {"key": "traffic.voice.ringing.p_answer", "value": 0.5, "ground": ASSUMPTION},
    ]
    # A default that is an assumption; of several networks one alone, whose number is not that of all.
    assert found["no_coverage"] == [
        {"key": "radio.min_rscp_dbm", "value": -112.0, "ground": ASSUMPTION},
        {"key": "networks[].n_sites", "value": None, "ground": ASSUMPTION},
    ]
    assert found["blocked_channel"] == [
        {"key": "networks[].equipment.n_channels", "value": None, "ground": NO_SOURCE}
    ]
    # What has no effect decides nothing: soft capacity, exchanges.
    assert "blocked_uplink" not in found
    assert [one["key"] for one in found["callee_busy"]] == ["traffic.erl_per_line"]


def test_with_one_network_the_key_is_its_own():
    found = assumptions(load_scenario("manual_exchange_storm"))
    keys = {one["key"]: one["value"] for one in found["callee_no_coverage"]}
    assert keys == {"radio.path_loss.radius_km": 15.0, "networks[mobile].n_sites": 6}
    assert [one["key"] for one in found["patch_abandoned"]] == [
        "switching.manual.patience_mean_s",
        "fixed.exchanges[].positions_by_hour",
    ]
    assert "patch_wrong" not in found  # Hansard


def test_every_failure_has_its_keys_or_follows_from_none_and_every_key_is_one():
    without = {Outcome.NO_ROUTE, Outcome.BARRED, Outcome.EXCHANGE_DOWN, Outcome.QUOTA_EXHAUSTED}
    assert set(DECIDED_BY) == set(FAILED) - without
    shapes = dict(walk(Shape("section", section=Scenario)))
    assert {key.path for keys in DECIDED_BY.values() for key in keys} <= set(shapes)


def test_a_run_says_why_its_attempts_failed(example, tmp_path):
    result = RunResult(published(example, tmp_path), is_new=True)
    rows = causes_of(str(result))
    for column, network in enumerate(("north", "south", "all")):
        for name in OUTCOMES:
            share = result.measure(f"voice.outcome_share.{name}", network).value
            printed = rows.get(f"  {name}", ["0"] * 3)[column]
            assert abs(hundredths(printed) - 10_000.0 * share) < 2.0
    assert result.manifest["assumptions"]["callee_busy"][0]["key"] == "traffic.erl_per_line"
    assert "(callee_busy), from traffic.erl_per_line = 0.013, an assumption" in " ".join(
        str(result).split()
    )
    worst, _ = rows_of(str(result), "Worst sites")
    table = result.table("sites").to_pylist()
    ranked = sorted(table, key=lambda row: -row["network_failure"])
    assert [row[0] for row in worst] == [row["site"] for row in ranked]
    assert worst[0][-1] == ranked[0]["main_failure"]
