"""The way of the data on one page: scenario, world, coverage, traffic and network loop, records, measures."""

from collections.abc import Callable
from dataclasses import dataclass

from sim.network.loop import Progress
from sim.network.replication import run_network
from sim.radio.coverage import Coverage, compute_coverage
from sim.runs.extensions import ExtensionSource, load_extensions, read_extensions
from sim.runs.measures.subject import Replication
from sim.runs.replication_tables import ReplicationTables, replication_tables
from sim.runs.slices import Slices
from sim.scenario.resolve import LoadedScenario
from sim.scenario.schema import Scenario
from sim.world.build import World, build_world


@dataclass(frozen=True)
class Setting:
    """What all replications of a run share."""

    scenario: Scenario  # what the user wrote, checked and complete
    world: World  # where things are
    coverage: Coverage  # who hears whom
    extensions: tuple[ExtensionSource, ...] = ()  # what the user's own processes do


def make_setting(
    loaded: LoadedScenario,
    on_stage: Callable[[str], None] | None = None,
    *,
    with_lines: bool = True,
) -> Setting:
    """
    Build the world of a scenario and its coverage.

    Parameters
    ----------
    loaded : LoadedScenario
        Scenario.
    on_stage : callable, optional
        Called with the name of each stage as it begins.
    with_lines : bool
        Whether subscribers are drawn; coverage alone needs none.

    Returns
    -------
    Setting
        What all replications share.
    """
    tell = on_stage or (lambda _stage: None)
    extensions = read_extensions(loaded)
    tell("world")
    world = build_world(loaded.scenario, loaded.folder, with_lines=with_lines)
    tell("coverage")
    return Setting(loaded.scenario, world, compute_coverage(loaded.scenario, world), extensions)


def run_once(
    setting: Setting, replication: int, on_progress: Progress | None = None
) -> ReplicationTables:
    """
    Simulate one replication and say what it means.

    Parameters
    ----------
    setting : Setting
        What all replications share.
    replication : int
        Number of the replication, from 1: with the seed the key of all its draws.
    on_progress : callable, optional
        Called a few times a second with the simulated time [s] and the number of attempts that have ended.

    Returns
    -------
    ReplicationTables
        Measures, time series, servers and attempts, invariants checked.
    """
    return replication_tables(simulate(setting, replication, on_progress, keeps_rows=True))


def simulate(
    setting: Setting, replication: int, on_progress: Progress | None, *, keeps_rows: bool
) -> Replication:
    """Simulate one replication, whose rows leave memory in slices; those that files keep are kept, or not."""
    scenario, world, coverage = setting.scenario, setting.world, setting.coverage
    slices = Slices(scenario, world, replication, keeps_rows=keeps_rows)
    records = run_network(
        scenario, world, coverage, replication, on_progress,
        extensions=load_extensions(setting.extensions), on_rows=slices.readers(),
    )  # fmt: skip
    return Replication(replication, scenario, world, coverage, records, slices.earlier)
