"""A replication leaves nothing behind."""

import gc
import weakref

import sim.network.replication
from sim.network.loop import NetworkLoop
from sim.network.replication import run_network
from tests.oracle.scenarios import OVERLOAD, world_of


def test_the_loop_of_a_replication_is_freed_without_a_search_for_garbage(monkeypatch):
    """Its arrays are large and its objects few, so the search for garbage would come late."""
    loops = []

    class SeenLoop(NetworkLoop):
        def __init__(self, *arguments) -> None:
            super().__init__(*arguments)
            loops.append(weakref.ref(self))

    monkeypatch.setattr(sim.network.replication, "NetworkLoop", SeenLoop)
    world, coverage = world_of(OVERLOAD)
    gc.disable()
    try:
        records = run_network(OVERLOAD, world, coverage, 0)
        assert len(loops) == 1
        assert loops[0]() is None
    finally:
        gc.enable()
    assert len(records.attempts["time_s"]) > 500
