"""One replication: intents come in, the loop and the operators work them off, records go out."""

import gc
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from types import MappingProxyType

import numpy as np
from simpy.events import Event

from sim.engine.clock import Clock
from sim.network.control import Change, Extension, NetworkControl
from sim.network.demand import hours_of_run
from sim.network.exchanges.hours import HourBooks
from sim.network.exchanges.patching import Patching
from sim.network.exchanges.records import exchange_records, pooled_p95_s, position_records
from sim.network.loop import NetworkLoop, OnRows, Progress
from sim.network.outages.on_air import SitesOnAir
from sim.network.records import Records
from sim.network.registrations.build import keep_storms
from sim.network.whereabouts.by_hour import by_hour
from sim.radio.coverage import Coverage
from sim.scenario.schema import Scenario
from sim.tables import Columns
from sim.units import hours_to_seconds
from sim.world.build import World

_GARBAGE = 50_000, 4, 4  # objects, then rounds of the younger ones: at most some 200 MB wait


def _feed(
    clock: Clock, loop: NetworkLoop, scenario: Scenario, end: Event
) -> Generator[Event, None, None]:
    """Generate the intents of each hour when it begins; the end comes when the window and all calls are over."""
    for hour in hours_of_run(scenario):
        if hour.from_s > clock.now:
            yield clock.at(hour.from_s)
        loop.add_intents(loop.draw_intents(hour))
    yield clock.at(hours_to_seconds(scenario.run.duration_h))
    loop.end_with(end)


_is_littered = False
"""Whether the last replication was broken off, and left garbage."""


@contextmanager
def _seldom_collected(has_operators: bool) -> Iterator[None]:
    """
    Let Python look for circular garbage after many calls by hand only, and in the end.

    Each call leaves some dozen objects behind. Operators hold each other, and with them all lines of the loop, until
    garbage is looked for. What was there before is none, and to walk through all that is imported takes a while.
    """
    global _is_littered
    if not has_operators:  # few objects, none of them in circles
        yield
        return
    before, is_frozen = gc.get_threshold(), gc.get_freeze_count() > 0
    if _is_littered:
        gc.collect()
        _is_littered = False
    gc.set_threshold(*_GARBAGE)
    if not is_frozen:
        gc.freeze()
    try:
        yield
    except BaseException:
        _is_littered = True  # the traceback still holds everything
        raise
    finally:
        gc.collect()
        if not is_frozen:
            gc.unfreeze()
        gc.set_threshold(*before)


def run_network(
    scenario: Scenario,
    world: World,
    coverage: Coverage,
    replication: int,
    on_progress: Progress | None = None,
    bucket_s: float | None = None,
    extensions: Sequence[Extension] = (),
    on_rows: OnRows = MappingProxyType({}),
) -> Records:
    """
    Simulate one replication.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        World.
    coverage : Coverage
        Coverage of the world.
    replication : int
        Number of the replication.
    on_progress : Progress, optional
        Told how far the simulation is, a few times a second.
    bucket_s : float, optional
        Width of the timing wheel's buckets; it never changes a result. [s]
    extensions : sequence of Extension
        Called with the clock and the network before the begin; each returns SimPy processes, which run until the
        measured window is over and every call has ended.
    on_rows : mapping of str to callable, optional
        Called with the columns of `sim.network.loop.SLICE_ROWS` rows or some more as often as there are so many, by the
        key of their records; what they were called with is not among the records in the end.

    Returns
    -------
    Records
        What happened; every attempt is followed to its end.

    Raises
    ------
    ModelRangeError
        If the traffic asks for more calls an hour than the draws are made for.
    """
    with _seldom_collected(bool(world.exchanges.is_manual.any())):
        return _simulate(
            scenario, world, coverage, replication, on_progress, bucket_s, extensions, on_rows
        )


def _changes(changes: Sequence[Change]) -> Columns:
    """Return what extensions changed; nothing where they changed nothing."""
    if not changes:
        return {}
    time_s, what, of_what, value = zip(*changes, strict=True)
    return {
        "time_s": np.array(time_s, np.float64),
        "what": np.array(what, np.str_),
        "of_what": np.array(of_what, np.str_),
        "value": np.array(value, np.float64),
    }


def _simulate(
    scenario: Scenario,
    world: World,
    coverage: Coverage,
    replication: int,
    on_progress: Progress | None,
    bucket_s: float | None,
    extensions: Sequence[Extension],
    on_rows: OnRows,
) -> Records:
    """Simulate one replication, and leave everything behind but its records."""
    loop = NetworkLoop(scenario, world, coverage, replication, bucket_s, on_progress, on_rows)
    clock = Clock(-hours_to_seconds(scenario.warmup_h), loop)
    end = clock.event()
    clock.process(_feed(clock, loop, scenario, end))
    patching: Patching | None = None
    manual, names = world.exchanges.is_manual.nonzero()[0], world.exchanges.name
    if world.exchanges.is_manual.any():
        patching = Patching(clock, scenario, world, loop, loop.end_if_dry)
        loop.attach_operators(patching)
        ledgers = [patching.boards.ledgers[names[node]] for node in manual.tolist()]
        books = HourBooks(scenario, manual, ledgers)
        clock.process(books.keep(clock))
    sites = SitesOnAir(scenario, world, coverage, loop.state, loop.make_room, loop.hand_over)
    if scenario.traffic.places:
        clock.process(by_hour(clock, scenario, world, loop.state, sites))
    if world.outages:
        clock.process(sites.keep(clock))
    if world.outages or extensions or scenario.traffic.places:
        sites.expect_changes()
    if scenario.traffic.registrations.storms:
        clock.process(keep_storms(clock, loop.state, scenario, world, loop.make_room))
    boards = None if patching is None else patching.boards
    network = NetworkControl(clock, scenario, world, loop.state, sites, boards)
    for extension in extensions:
        for process in extension(clock, network):
            clock.process(process)
    clock.run(until=end)
    # Clock and loop hold each other; without this the lines and the wheel of each replication would stay in memory.
    clock.detach()
    records = loop.records().with_tables(servers={"n_most": network.most_servers})
    if network.trace:
        records = records.with_tables(changes=_changes(network.trace))
    if patching is None:
        return records
    if patching.tasks is not None:
        records = records.with_tables(tasks=patching.tasks.columns())
    return records.with_tables(
        exchanges=exchange_records(patching.boards, manual, names, clock.now),
        positions=position_records(patching.boards, manual, names, clock.now),
        exchange_hours=books.records(clock.now),
        waits={"wait_p95_s": np.array([pooled_p95_s(patching.boards)])},
    )
