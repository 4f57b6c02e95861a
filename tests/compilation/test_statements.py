"""Statements of modules are read once for all processes, and again where anything has changed."""

import ast

import pytest

from sim.compilation import statements
from sim.compilation.statements import _statements, statements_behind

MODULE = "sim.engine.wheel"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A cache of its own, and nothing known to this process."""
    monkeypatch.setattr(statements, "cache_root", lambda: tmp_path)
    for function in (_statements, statements._bound_names, statements_behind):
        function.cache_clear()
    yield tmp_path / "statements" / f"{MODULE}.json"
    for function in (_statements, statements._bound_names, statements_behind):
        function.cache_clear()


def again():
    _statements.cache_clear()
    return _statements(MODULE)


def no_parser(*_):
    raise AssertionError("the source is parsed again")


def test_statements_are_read_once(place, monkeypatch):
    first = _statements(MODULE)
    assert len(first) > 10
    assert any(one.imports for one in first)
    monkeypatch.setattr(ast, "parse", no_parser)
    assert again() == first


@pytest.mark.parametrize("reason", ["another version", "damaged", "another Python"])
def test_what_is_kept_of_anything_else_is_read_again(place, monkeypatch, reason):
    first = _statements(MODULE)
    if reason == "another version":
        place.write_text(place.read_text().replace('"key": "', '"key": "0'))
    elif reason == "damaged":
        place.write_text(place.read_text()[:-20])
    else:
        monkeypatch.setattr(statements, "_reader", lambda: b"Python 4")
    assert again() == first
    with monkeypatch.context() as patch:
        patch.setattr(ast, "parse", no_parser)
        assert again() == first  # as it has been kept anew


def test_where_nothing_can_be_kept_sources_are_parsed(place, monkeypatch):
    first = _statements(MODULE)
    place.unlink()
    place.parent.rmdir()
    place.parent.touch()
    assert again() == first
