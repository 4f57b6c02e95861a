"""Exchanges and trunk groups from the files beside a scenario that the fixed network names."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Problem, WorldError
from sim.scenario.check_territory import RESERVED_NAMES
from sim.scenario.fixed_section import Exchange, ListedExchange
from sim.scenario.messages import given
from sim.scenario.schema import Scenario
from sim.scenario.switching_section import TrunkGroup
from sim.world.csv_table import read_rows
from sim.world.exchange_graph import TrunkRow, as_listed, read_graph
from sim.world.listed_sites import shorten
from sim.world.rota_table import RotaRows, read_rotas

MAX_EXCHANGES, MAX_TRUNK_GROUPS = 5_000, 20_000
"""Most rows of a table (house limits)."""


@dataclass(frozen=True)
class FixedFiles:
    """What the files of a fixed network hold."""

    exchanges: list[tuple[str, ListedExchange]]  # exchanges of the table, then of the graph
    groups: list[tuple[str, TrunkGroup]]  # trunk groups of the table, then of the graph
    rotas: RotaRows  # operators on duty by exchange and hour


def read_fixed_files(scenario: Scenario, folder: Path) -> FixedFiles:
    """
    Return the exchanges, trunk groups and rotas of the files that a fixed network names.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path
        Where its files lie.

    Returns
    -------
    FixedFiles
        Exchanges, trunk groups and rotas.

    Raises
    ------
    WorldError
        With everything that is wrong in all files.
    """
    fixed = scenario.fixed
    networks = {network.name for network in scenario.networks} | {RESERVED_NAMES[0]}
    problems: list[Problem] = []

    exchanges: list[tuple[str, ListedExchange]] = []
    groups: list[tuple[str, TrunkGroup]] = []
    rotas: RotaRows = []

    def _graph(path: Path) -> None:
        drawn = read_graph(path, networks)
        exchanges.extend(drawn[0])
        groups.extend(drawn[1])

    readers: tuple[tuple[str | None, Callable[[Path], None]], ...] = (
        (fixed.exchanges_file, lambda path: exchanges.extend(read_exchanges(path))),
        (fixed.trunk_groups_file, lambda path: groups.extend(read_trunk_groups(path))),
        (fixed.graph_file, _graph),
        (fixed.rotas_file, lambda path: rotas.extend(read_rotas(path))),
    )
    for name, read in readers:
        if name is not None:
            try:
                read(folder / name)
            except WorldError as error:
                problems.extend(error.problems)
    if problems:
        raise WorldError(*shorten(problems))
    return FixedFiles(exchanges, groups, rotas)


def read_exchanges(path: Path) -> list[tuple[str, ListedExchange]]:
    """Return the exchanges of a table."""
    rows = read_rows(path, Exchange, "exchange", MAX_EXCHANGES, _needs("exchange", "name"))
    return [(where, as_listed(row)) for where, row in rows]


def read_trunk_groups(path: Path) -> list[tuple[str, TrunkGroup]]:
    """Return the trunk groups of a table."""
    needs = _needs("trunk group", "a", "b", "n_circuits")
    rows = read_rows(path, TrunkRow, "trunk group", MAX_TRUNK_GROUPS, needs)
    return [(where, row.group()) for where, row in rows]


def _needs(noun: str, *columns: str) -> Callable[[str, list[str]], list[Problem]]:
    """Return what a header lacks."""

    def _missing(where: str, header: list[str]) -> list[Problem]:
        return [
            Problem(where, f"column {given(column)}: missing; every {noun} needs it")
            for column in columns
            if column not in header
        ]

    return _missing
