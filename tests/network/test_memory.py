"""A replication leaves nothing behind."""

import gc
import weakref

import pytest

import sim.network.replication
from sim.network.loop import NetworkLoop
from sim.network.replication import run_network
from tests.oracle.scenarios import COUNTIES, OVERLOAD, world_of


@pytest.fixture
def loops(monkeypatch):
    """References to the loops that are made, while nobody looks for garbage unasked."""
    for compiled in (OVERLOAD, COUNTIES):  # a compiler at work keeps what it has seen
        run_network(compiled, *world_of(compiled), 0)
    seen = []

    class SeenLoop(NetworkLoop):
        def __init__(self, *arguments) -> None:
            super().__init__(*arguments)
            seen.append(weakref.ref(self))

    monkeypatch.setattr(sim.network.replication, "NetworkLoop", SeenLoop)
    gc.disable()
    yield seen
    gc.enable()


def test_the_loop_of_a_replication_is_freed_without_a_search_for_garbage(loops):
    """Its arrays are large and its objects few, so the search for garbage would come late."""
    records = run_network(OVERLOAD, *world_of(OVERLOAD), 0)
    assert len(loops) == 1
    assert loops[0]() is None
    assert len(records["attempts"]["time_s"]) > 500


def test_the_loop_that_operators_held_is_freed_before_the_next_replication(loops):
    world, coverage = world_of(COUNTIES)
    for replication in range(3):
        records = run_network(COUNTIES, world, coverage, replication)
    assert len(loops) == 3
    assert [loop() for loop in loops[:2]] == [None, None]
    assert (records["attempts"]["n_manual"] > 0).sum() > 50


def test_what_a_broken_replication_left_is_freed_before_the_next_one(loops):
    def breaks(clock, _network):
        def process():
            yield clock.timeout(1.0)
            raise RuntimeError("of a user's own")

        return [process()]

    for _ in range(3):
        with pytest.raises(RuntimeError, match="of a user's own"):
            run_network(COUNTIES, *world_of(COUNTIES), 0, extensions=[breaks])
    run_network(COUNTIES, *world_of(COUNTIES), 0)
    assert len(loops) == 4
    assert [one() is None for one in loops] == [True] * 4
