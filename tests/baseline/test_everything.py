"""A small run with everything on gives what it gave before; changes on purpose are written down with their reason."""

import math

import pytest

from tools.update_baseline import baseline, measured

# Another machine may round a logarithm otherwise in its last digit, and sums of powers follow it.
RELATIVE = 1e-6


@pytest.fixture(scope="module")
def kept():
    return baseline()


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return measured(tmp_path_factory.mktemp("baseline"))


def test_measures_are_those_of_the_baseline(kept, found):
    assert found.keys() == kept["measures"].keys()
    changed = {
        name: (value, found[name])
        for name, value in kept["measures"].items()
        if not same(value, found[name])
    }
    assert not changed, 'results differ: if on purpose, make baseline REASON="..."'


def same(value, other):
    if value is None or other is None:
        return value is other
    return math.isclose(value, other, rel_tol=RELATIVE) or (value != value and other != other)


def test_everything_is_on(kept):
    """Calls, data, messages, powers, codes and operators: none of them stands still."""
    measures = kept["measures"]
    for name in (
        "voice.carried_erl", "voice.blocking", "voice.outcome.patch_wrong", "data.carried_bit", "sms.sent",
        "exchange.occupancy", "trunk.blocking", "coverage.time_share",
    ):  # fmt: skip
        assert any(one.startswith(name) and value for one, value in measures.items()), name
    assert kept["reasons"]
