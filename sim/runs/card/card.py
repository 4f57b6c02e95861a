"""The card of a country: people and lines, cells, circuits and operators against what is asked of them, and effort."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sim.radio.coverage import Coverage, compute_coverage
from sim.runs.card.calls import busiest, calls_of, ways_of
from sim.runs.card.cells import (
    Pools,
    channels_of_cells,
    elements_of_sites,
    offered_to_cells,
    uplinks_of_cells,
)
from sim.runs.card.circuits import circuits_of_groups
from sim.runs.card.lines import Floats, lines_of
from sim.runs.card.operators import Boards, boards_of
from sim.runs.effort import coverage_s, duration_text, replication_s, world_s
from sim.runs.method.cards import Found, card_of
from sim.runs.needs import Needs
from sim.scenario.resolve import LoadedScenario
from sim.scenario.schema import Scenario
from sim.world.build import World, build_world

CHEAP_S = 120.0
"""A world, or a coverage, that takes longer is not made for a card (house limit). [s]"""


@dataclass(frozen=True)
class Load:
    """What is asked for against what there is, in the busiest hour of a run."""

    uncovered_share: Floats  # (network,) share of its lines without cover at home [1]
    cells: Pools  # cells: their channels, or with soft capacity the calls that the uplink bears
    elements: Pools | None  # channel elements of sites; None where cells have channels
    groups: Pools  # trunk groups
    boards: Boards  # manual exchanges
    # networks that nothing joins though people call over, and the share of the first one's intents
    unjoined: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True)
class Card:
    """What is known of a run before it begins."""

    scenario: Scenario  # scenario
    hour: int  # hour of the day in which most is asked for
    weight: float  # how busy it is beside the busiest hour of the week [1]
    needs: Needs  # what a run needs
    replication_s: float  # about what a replication takes [s]
    world: World | None = None  # what was made of it: its world
    load: Load | None = None  # and, with the coverage, how it is loaded
    left_out: str = ""  # what was not made, and why
    method: Found | None = None  # what choices of the method leave, where that was found once


def make_card(
    loaded: LoadedScenario, needs: Needs, on_stage: Callable[[str], None] = lambda _stage: None
) -> Card:
    """
    Return the card of a scenario; its world and coverage are made as far as that is cheap.

    Parameters
    ----------
    loaded : LoadedScenario
        Scenario.
    needs : Needs
        What a run of it needs.
    on_stage : callable
        Called with the name of each stage as it begins.

    Returns
    -------
    Card
        Card.
    """
    scenario = loaded.scenario
    method = card_of(scenario.name, loaded.folder)
    card = Card(scenario, *busiest(scenario), needs, replication_s(scenario), method=method)
    expected_s = world_s(needs.lines, needs.squares)
    if expected_s > CHEAP_S:
        return replace(card, left_out=_too_dear("world", expected_s))
    on_stage("world")
    card = replace(card, world=build_world(scenario, loaded.folder))
    assert card.world is not None
    expected_s = coverage_s(scenario, len(card.world.sites), card.world.grid.n_squares)
    if expected_s > CHEAP_S:
        return replace(card, left_out=_too_dear("coverage", expected_s))
    on_stage("coverage")
    coverage = compute_coverage(scenario, card.world)
    on_stage("card")
    return _with_load(card, card.world, coverage)


def _too_dear(what: str, expected_s: float) -> str:
    return f"The {what} was not made, for that takes about {duration_text(expected_s)}"


def _with_load(card: Card, world: World, coverage: Coverage) -> Card:
    """Return a card with how cells, circuits and operators are loaded."""
    scenario = card.scenario
    lines = lines_of(scenario, world, coverage, card.weight)
    ways = ways_of(scenario, world)
    calls = calls_of(scenario, world, lines, ways)
    offered_erl = offered_to_cells(scenario, world, lines, calls)
    is_soft = scenario.radio.capacity == "wcdma"
    boards = boards_of(scenario, world.exchanges, calls)
    load = Load(
        uncovered_share=lines.uncovered_share,
        cells=uplinks_of_cells(scenario, offered_erl)
        if is_soft
        else channels_of_cells(world, offered_erl),
        elements=elements_of_sites(scenario, world, offered_erl) if is_soft else None,
        groups=circuits_of_groups(world.exchanges, ways.trunks, calls),
        boards=boards,
        unjoined=calls.unjoined,
    )
    by_hand_per_h = float(boards.calls_h.sum()) / card.weight if card.weight else 0.0
    return replace(card, load=load, replication_s=replication_s(scenario, by_hand_per_h))
