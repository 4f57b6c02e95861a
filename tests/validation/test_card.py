"""The card: every case has a verdict, chance is not taken for an error, and what is missed is shown and ends with 1."""

import io
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from rich.console import Console

from sim.cli.main import main
from sim.runs.card_stamp import NOT_RUN, card_file, card_stamp
from sim.validation import card as card_module
from sim.validation import cases as cases_module
from sim.validation.card import Card, card_of, judge, read_card
from sim.validation.cases import all_cases
from sim.validation.found import Found
from sim.validation.length import SEED, Length
from sim.validation.printed import printed_card
from sim.validation.published import Fact, compare_facts
from sim.validation.registry import DOES_NOT_APPLY, SUBJECTS, Subject, reason_of, subject_of
from sim.validation.verdict import Comparison, NotRun, by_interval, by_mean, word_of

QUICK = tuple(one for one in SUBJECTS if one.title in ("warm-up", "path loss", "HSDPA"))
"""Subjects of formulas alone."""


def test_every_case_has_a_subject_or_a_reason():
    cases = all_cases().values()
    assert len(cases) == 277
    for case in cases:
        assert subject_of(case) is not None or reason_of(case, DOES_NOT_APPLY), case.id
    for key in DOES_NOT_APPLY:
        assert any(case.id.startswith(key) or case.area.startswith(key) for case in cases), key


def test_every_area_has_one_subject():
    areas = [area for one in SUBJECTS for area in one.areas]
    assert len(areas) == len(set(areas))
    assert set(areas) <= {case.area for case in all_cases().values()}


def test_data_are_small():
    for path in cases_module.FILE.parent.glob("*.json"):
        assert path.stat().st_size < 1_000_000


@pytest.fixture
def quick(monkeypatch):
    """A card of formulas alone."""
    monkeypatch.setattr(card_module, "SUBJECTS", QUICK)

    def quick_one(case):
        subject = subject_of(case)
        return subject if subject in QUICK else None

    monkeypatch.setattr(card_module, "subject_of", quick_one)


def invoke(out):
    return CliRunner().invoke(main, ["validate", "--quiet", "--out", str(out)])


@pytest.mark.usefixtures("quick")
def test_a_card_is_kept_and_stands_in_the_manifest_of_its_code(tmp_path):
    assert card_stamp(tmp_path) == NOT_RUN
    done = invoke(tmp_path)
    assert done.exit_code == 0, done.output
    kept = read_card(card_file(tmp_path))
    assert sum(kept.counts.values()) == len(all_cases())
    assert kept.counts["met"] == sum(len(_own(one)) for one in QUICK)
    stamp = card_stamp(tmp_path)
    assert stamp["cases"] == kept.counts
    assert (stamp["length"], stamp["missed"]) == ("reduced", [])
    assert card_of(json.loads(json.dumps(kept.as_mapping()))) == kept
    card_file(tmp_path).write_text(json.dumps({**kept.as_mapping(), "code": "another"}))
    assert card_stamp(tmp_path) == NOT_RUN
    # A full card of the same code says more than the usual one, and stays.
    card_file(tmp_path).write_text(json.dumps({**kept.as_mapping(), "is_full": True}))
    assert invoke(tmp_path).exit_code == 0
    assert card_stamp(tmp_path)["length"] == "full"


def _own(subject):
    return [case for case in all_cases().values() if subject_of(case) is subject]


@pytest.mark.usefixtures("quick")
def test_a_missed_case_is_named_and_ends_with_1(tmp_path, monkeypatch):
    wrong = dict(all_cases())
    right = wrong["mser5_stationary"]
    wrong["mser5_stationary"] = replace(right, expected={**right.expected, "truncate_batches": 1})
    monkeypatch.setattr(card_module, "all_cases", lambda: wrong)
    done = invoke(tmp_path)
    assert done.exit_code == 1
    kept = read_card(card_file(tmp_path))
    assert [one.case_id for one in kept.missed] == ["mser5_stationary"]
    assert card_stamp(tmp_path)["missed"] == ["mser5_stationary"]
    for width in (60, 120):
        shown = show(kept, width)
        assert "mser5_stationary: batches cut" in shown.replace("\n", " ")
        assert max(map(len, shown.splitlines())) <= width


def show(card: Card, width: int) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(printed_card(card))
    return console.export_text()


def a_case():
    return next(case for case in all_cases().values() if case.id == "mser5_stationary")


def chance(n_bad):
    """A subject whose simulation misses so many times."""
    seeds = []

    def compare(cases, length):
        seeds.append(length.seed)
        for case in cases:
            is_met = len(seeds) > n_bad
            yield case.id, Comparison("x", "run", 1.0, 1.0, "", is_met, 0.9, 1.1)

    return Subject("chance", ("statistics/warm-up",), compare), seeds


@pytest.mark.parametrize(("n_bad", "word", "n_tries"), [(0, "met", 1), (1, "met", 2), (2, "missed", 2)])  # fmt: skip
def test_what_a_run_misses_is_tried_once_more_with_other_draws(monkeypatch, n_bad, word, n_tries):
    subject, seeds = chance(n_bad)
    monkeypatch.setattr(card_module, "SUBJECTS", (subject,))
    monkeypatch.setattr(card_module, "subject_of", lambda _: subject)
    (verdict,) = judge([a_case()], Length())
    assert (verdict.word, verdict.n_tries) == (word, n_tries)
    assert seeds == [SEED, SEED + 1][:n_tries]


def test_a_formula_gets_no_second_chance(monkeypatch):
    tries = []

    def compare(cases, length) -> Found:
        tries.append(length.seed)
        for case in cases:
            yield case.id, Comparison("x", "formula", 1.0, 2.0, "", False)

    subject = Subject("wrong", ("statistics/warm-up",), compare)
    monkeypatch.setattr(card_module, "SUBJECTS", (subject,))
    monkeypatch.setattr(card_module, "subject_of", lambda _: subject)
    (verdict,) = judge([a_case()], Length())
    assert (verdict.word, tries) == ("missed", [SEED])


def test_a_wide_interval_tells_nothing():
    assert by_mean("x", 1.0, [0.9, 1.0, 1.1, 1.0] * 8, 0.3).is_met
    assert not by_mean("x", 1.0, [0.0, 2.0] * 15, 0.3).is_met
    assert not by_mean("x", 1.5, [0.9, 1.0, 1.1, 1.0] * 8, 0.3).is_met
    from sim.stats.intervals import Interval

    assert not by_interval("x", 1.0, Interval(None, None, None, 0), 0.3).is_met


def test_words():
    good, bad = (Comparison("x", "run", 1.0, 1.0, "", is_met) for is_met in (True, False))
    why = NotRun("long").reason
    assert word_of([good], []) == "met"
    assert word_of([good], [why]) == "not run"
    assert word_of([good, bad], [why]) == "missed"
    assert word_of([], []) == "not run"


def test_facts_are_the_models_own_or_say_why_not(tmp_path):
    facts = list(compare_facts(Length(), tmp_path))
    by_said = {one.said: one for one in facts}
    assert by_said["lines of Koryolink, 2011-03-31"].obtained == 535_133
    assert by_said["sites, 2011-03"].obtained == 341
    assert {one.word for one in facts if one.obtained is None} == {"not run"}
    assert all(one.how and one.source for one in facts)
    assert not any(tmp_path.iterdir())
    covered = Fact("x", "%", 13.6, None, None, 34.0, "", "")
    assert covered.word == "missed"
    assert replace(covered, obtained=13.0).word == "met"
    assert replace(covered, obtained=13.0, is_input=True).word == "given"
    assert replace(covered, low=10.0, high=35.0).word == "met"
