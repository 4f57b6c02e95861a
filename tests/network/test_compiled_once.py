"""Nothing is compiled a second time by accident: for a literal, or for a type that nobody declared."""

import pytest

from sim.compilation.kernels import called_otherwise, specialisations
from sim.network.replication import run_network
from tests.oracle.data_scenarios import DATA
from tests.oracle.scenarios import COUNTIES, OVERLOAD, world_of


@pytest.fixture(scope="module")
def compiled():
    """What has been compiled for what, after runs with calls, operators, data and messages."""
    for scenario in (OVERLOAD, COUNTIES, DATA[0]):
        run_network(scenario, *world_of(scenario), 0)
    return specialisations()


def test_entries_and_kernels_whose_types_are_declared_have_one_specialisation(compiled):
    assert len(compiled) > 40
    entries = {name: types for name, types in compiled.items() if ".on_" in name}
    assert len(entries) > 5
    assert {name: types for name, types in entries.items() if len(types) != 1} == {}


def test_what_is_compiled_ahead_is_called_with_the_types_that_it_was_compiled_for(compiled):
    assert called_otherwise() == {}
