"""The card of a country for a terminal."""

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from sim.runs.card.card import Card, Load
from sim.runs.card.cells import Pools
from sim.runs.card.doubts import doubts_of
from sim.runs.effort import duration_text
from sim.runs.region import region_facts, region_text
from sim.runs.text_tables import WideTable, indented
from sim.tables import ALL
from sim.world.build import World

_SHOWN = 5
"""Trunk groups and exchanges that are shown of many."""


def printed_card(card: Card) -> RenderableType:
    """
    Return the card of a country for a terminal.

    Parameters
    ----------
    card : Card
        Card.

    Returns
    -------
    RenderableType
        Tables and lines.
    """
    parts: list[RenderableType] = []
    if card.world is not None:
        parts += _people(card, card.world)
    if card.world is not None and card.load is not None:
        parts += [_networks(card, card.world, card.load), *_fullest(card, card.world, card.load)]
        parts += _circuits(card.world, card.load.groups)
        parts += _operators(card.load)
        parts.append(indented(Text(_WHAT_IS_COUNTED, style="dim")))
    if card.left_out:
        parts.append(Text(f"{card.left_out}; `python -m sim coverage` makes it.", style="yellow"))
    if card.world is not None:
        parts += [Text(f"Note: {note}", style="yellow") for note in card.world.notes]
    parts.append(Text(_effort(card)))
    parts += [
        Text(f"Warning: {doubt}", style="yellow", overflow="fold") for doubt in doubts_of(card)
    ]
    return Group(*parts)


_WHAT_IS_COUNTED = (
    "The world and its coverage were made, nothing was simulated: mean traffic of the hour, without redials, data, "
    "messages and alternate routes; nobody is engaged, blocked or waits. Circuits refuse by Erlang's formula."
)


def _people(card: Card, world: World) -> Iterator[RenderableType]:
    yield Text(region_text(region_facts(world)))
    squares = f"{world.grid.n_squares:,} squares of {card.scenario.grid.resolution_m:g} m"
    begin = f"{card.hour}:00 to {card.hour + 1}:00"
    yield Text(f"{squares}; the busiest hour of the run is {begin}.")


def _networks(card: Card, world: World, load: Load) -> WideTable:
    """Return a column for each network, and all where there are several."""
    names = world.network_names
    chosen = [
        (name, world.cells.network_idx == k, world.sites.network_idx == k)
        for k, name in enumerate(names)
    ]
    lines = [network.n_subscribers for network in card.scenario.networks]
    uncovered = [float(share) for share in load.uncovered_share]
    if len(names) > 1:
        whole = np.ones(len(world.cells), np.bool_), np.ones(len(world.sites), np.bool_)
        chosen.append((ALL, *whole))
        uncovered.append(float(np.average(uncovered, weights=lines)) if any(lines) else 0.0)
        lines.append(sum(lines))
    n_people = int(world.population.sum())
    table = WideTable(("Networks", *(name for name, _, _ in chosen)))
    if any(lines):
        table.add("lines", *(f"{n:,}" for n in lines))
        if n_people:
            table.add("lines of 100 people", *(f"{100.0 * n / n_people:.1f}" for n in lines))
        table.add(
            "lines without cover at home [%]", *(f"{100.0 * share:.1f}" for share in uncovered)
        )
    table.add("sites", *(f"{int(sites.sum()):,}" for _, _, sites in chosen))
    table.add("cells", *(f"{int(cells.sum()):,}" for _, cells, _ in chosen))
    pools = [load.cells.of(cells) for _, cells, _ in chosen]
    table.add("asked for, both ends [erl]", *(f"{one.offered_erl.sum():,.1f}" for one in pools))
    table.add(_room(card), *(f"{one.n_servers.sum():,.0f}" for one in pools))
    table.add(_refused(card), *(_percent(one.refused_share) for one in pools))
    if load.elements is not None:
        elements = [load.elements.of(sites) for _, _, sites in chosen]
        table.add("calls by channel elements", *(f"{one.n_servers.sum():,.0f}" for one in elements))
        table.add(
            "refused, Erlang B by site [%]", *(_percent(one.refused_share) for one in elements)
        )
    return table


def _room(card: Card) -> str:
    return "calls that uplinks bear" if _is_soft(card) else "channels"


def _borne(card: Card) -> str:
    return "bears [erl]" if _is_soft(card) else "channels"


def _refused(card: Card) -> str:
    return "refused, uplink by cell [%]" if _is_soft(card) else "refused, Erlang B by cell [%]"


def _is_soft(card: Card) -> bool:
    return card.scenario.radio.capacity == "wcdma"


def _percent(share: float) -> str:
    return f"{100.0 * share:.2f}" if share >= 5e-5 or share == 0.0 else "<0.01"


def _fullest(card: Card, world: World, load: Load) -> Iterator[RenderableType]:
    """Yield the fullest cell of each network."""
    table = WideTable(("Fullest cells", "network", "asked [erl]", _borne(card), "refused [%]"))
    for k, name in enumerate(world.network_names):
        own = np.flatnonzero(world.cells.network_idx == k)
        if len(own):
            cells = load.cells.of(own)
            worst = cells.worst
            table.add(world.cells.name[own[worst]], name, *_row(cells, worst))
    if table.rows:
        yield table


def _row(pools: Pools, i: int) -> tuple[str, str, str]:
    return (
        f"{pools.offered_erl[i]:,.1f}",
        f"{pools.n_servers[i]:,.0f}",
        _percent(float(pools.blocking[i])),
    )


def _circuits(world: World, groups: Pools) -> Iterator[RenderableType]:
    """Yield the trunk groups that refuse most, or are nearest to it."""
    names = world.exchanges.trunks.name
    if not names:
        return
    load = groups.offered_erl / np.maximum(groups.n_servers, 1.0)
    order = np.lexsort((load, groups.blocking))[::-1]
    table = WideTable(("Trunk groups", "asked [erl]", "circuits", "refused [%]"))
    for i in order[:_SHOWN].tolist():
        table.add(names[i], *_row(groups, i))
    yield table
    yield from _more(len(names), "with more room for their calls")


def _operators(load: Load) -> Iterator[RenderableType]:
    """Yield the manual exchanges whose operators have most to do, and all together."""
    boards = load.boards
    if not boards.name:
        return
    head = ("Manual exchanges", "calls an hour", "work [erl]", "operators")
    table = WideTable(head)
    order = np.argsort(-boards.work_erl / np.maximum(boards.n_operators, 0.5), kind="stable")
    for i in order[:_SHOWN].tolist():
        row = (
            f"{boards.calls_h[i]:,.0f}",
            f"{boards.work_erl[i]:,.1f}",
            f"{boards.n_operators[i]:,}",
        )
        table.add(boards.name[i], *row)
    whole = boards.calls_h.sum(), boards.work_erl.sum(), boards.n_operators.sum()
    if len(boards.name) > 1:
        table.add(ALL, f"{whole[0]:,.0f}", f"{whole[1]:,.1f}", f"{whole[2]:,}")
    yield table
    yield from _more(len(boards.name), "with less work for their operators")


def _more(n: int, which: str) -> Iterator[RenderableType]:
    if n > _SHOWN:
        yield indented(Text(f"{n - _SHOWN:,} more {which}.", style="dim"))


def _effort(card: Card) -> str:
    """Say what a run will take."""
    needs, (least, most) = card.needs, card.scenario.run.n_replications
    each, n_jobs = duration_text(card.replication_s), needs.jobs
    memory = f"{needs.of_processes(1) / 2**30:.1f} GiB of memory a process"
    text = f"Beside world and coverage a replication takes about {each} of a processor, and {memory} at most"
    if most > 1:
        least_s, most_s = (card.replication_s * n / n_jobs for n in (least, most))
        where = f"on {n_jobs} process{'es' * (n_jobs > 1)}"
        if most > least:  # until measures are known
            whole = f"{duration_text(least_s)} to {duration_text(most_s)}"
            text += f"; {least} to {most} of them, until measures are known, about {whole} {where}"
        else:
            text += f"; the {most} of them about {duration_text(most_s)} {where}"
    return f"{text}."
