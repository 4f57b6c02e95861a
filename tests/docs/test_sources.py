"""Every default of a scenario key rests on something, and documents that it names stand in docs/sources.md."""

import re
from pathlib import Path

from pydantic import BaseModel

from sim.scenario.fields import Shape, walk
from sim.scenario.schema import Scenario
from sim.scenario.sections import ASSUMED, HOUSE

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
DOCUMENTS = re.findall(r"^\| ([^|]+) \|", PAGE, re.MULTILINE)
KEYS = dict(walk(Shape("section", section=Scenario)))


def rests_on_something(shape: Shape) -> bool:
    """Return whether a default says something: neither nothing, nor a name, nor a section whose own keys say it."""
    is_section = shape.kind == "section" or isinstance(shape.default, BaseModel)
    return shape.takes_evidence and not is_section and shape.default not in (None, "", (), {})


def test_every_default_has_a_source():
    assert [
        path for path, shape in KEYS.items() if rests_on_something(shape) and not shape.source
    ] == []
    assert sum(map(rests_on_something, KEYS.values())) > 100


def test_only_defaults_have_a_source():
    assert [path for path, shape in KEYS.items() if shape.source and shape.is_required] == []


def test_every_document_is_listed():
    named = {(name, path) for path, shape in KEYS.items() for name in shape.documents}
    unknown = {
        (name, path)
        for name, path in named
        if name not in (ASSUMED, HOUSE)
        and not any(re.match(rf"{re.escape(name)}(,| \(|$)", listed) for listed in DOCUMENTS)
    }
    assert unknown == set()
    assert len({name for name, _ in named}) > 20
