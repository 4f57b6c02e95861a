"""docs/validation.md is what its data say, and they are of all cases."""

from pathlib import Path

import pytest

from sim.validation.card import judge, read_card
from sim.validation.cases import all_cases
from sim.validation.length import Length
from sim.validation.page import page_text
from sim.validation.verdict import word_of

PAGE = Path(__file__).parents[2] / "docs" / "validation.md"
CARD = read_card(PAGE.with_suffix(".json"))


def test_the_page_is_that_of_its_data():
    assert PAGE.read_text("utf-8") == page_text(CARD), (
        "make validate ARGS='--facts --page docs/validation.md'"
    )


def test_the_data_are_of_all_cases():
    by_id = {one.case_id: one for one in CARD.verdicts}
    assert by_id.keys() == all_cases().keys()
    for case_id, one in by_id.items():
        assert (one.area, one.source) == (all_cases()[case_id].area, all_cases()[case_id].source)
        if one.word != "does not apply":
            assert one.word == word_of(one.comparisons, [one.reason] if one.reason else [])


def test_formulas_still_give_what_the_page_says():
    quick = (
        "propagation/hata",
        "propagation/free-space",
        "hsdpa/link",
        "hsdpa/cqi",
        "statistics/warm-up",
    )
    kept = {one.case_id: one for one in CARD.verdicts}
    for found in judge((case for case in all_cases().values() if case.area in quick), Length()):
        for now, then in zip(found.comparisons, kept[found.case_id].comparisons, strict=True):
            assert now.quantity == then.quantity
            assert now.obtained == pytest.approx(then.obtained, rel=1e-12, abs=1e-12)
