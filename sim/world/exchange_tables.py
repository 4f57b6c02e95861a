"""Exchanges and trunk groups from files beside a scenario: two CSVs, or one GraphML."""

from pathlib import Path
from typing import Annotated, Any, TypeVar
from xml.etree.ElementTree import ParseError

import networkx as nx
from pydantic import Field, ValidationError

from sim.errors import Problem, WorldError
from sim.scenario.fields import field_shapes
from sim.scenario.find import label_of
from sim.scenario.fixed_section import Exchange, Fixed, ListedExchange
from sim.scenario.messages import given
from sim.scenario.sections import Name, Section
from sim.scenario.switching_section import TrunkGroup
from sim.scenario.tables_beside import MAX_FILE_BYTES
from sim.scenario.validate import asked
from sim.world.csv_table import read_rows

MAX_EXCHANGES, MAX_TRUNK_GROUPS = 5_000, 20_000
"""Most rows of the tables (house limits)."""

_Circuits = Annotated[int, Field(ge=0, le=1_000_000)]
_Row = TypeVar("_Row", bound=Section)


class TrunkGroupRow(Section):
    """A row of trunk_groups_file."""

    a: Name = Field(description="one network or exchange")
    b: Name = Field(description="the other one")
    n_circuits: _Circuits = Field(description="circuits, used in both directions")
    n_reserved: _Circuits = Field(default=0, description="as in switching.trunk_groups")
    order: int = Field(default=0, ge=0, le=1_000, description="as in switching.trunk_groups")


def read_exchange_files(
    fixed: Fixed, folder: Path
) -> tuple[list[tuple[str, ListedExchange]], list[tuple[str, TrunkGroup]]]:
    """
    Return the exchanges and trunk groups of the files that a scenario names.

    Parameters
    ----------
    fixed : Fixed
        Section.
    folder : Path
        Where the files lie.

    Returns
    -------
    list of (str, ListedExchange)
        Where each exchange was written, and the exchange.
    list of (str, TrunkGroup)
        Likewise the trunk groups.

    Raises
    ------
    WorldError
        If a file cannot be read or holds what is not allowed, with every problem.
    """
    exchanges: list[tuple[str, Exchange]] = []
    rows: list[tuple[str, TrunkGroupRow]] = []
    problems: list[Problem] = []
    try:
        if fixed.exchanges_file is not None:
            path = folder / fixed.exchanges_file
            exchanges += read_rows(path, Exchange, "exchange", MAX_EXCHANGES, _needs("name"))
    except WorldError as error:
        problems += error.problems
    try:
        if fixed.trunk_groups_file is not None:
            path = folder / fixed.trunk_groups_file
            needs = _needs("a", "b", "n_circuits")
            rows += read_rows(path, TrunkGroupRow, "trunk_group", MAX_TRUNK_GROUPS, needs)
    except WorldError as error:
        problems += error.problems
    try:
        if fixed.graph_file is not None:
            nodes, edges = _read_graph(folder / fixed.graph_file)
            exchanges += nodes
            rows += edges
    except WorldError as error:
        problems += error.problems
    if problems:
        raise WorldError(*problems)
    groups = [
        (
            where,
            TrunkGroup(
                between=(row.a, row.b),
                n_circuits=row.n_circuits,
                n_reserved=min(row.n_reserved, row.n_circuits),
                order=row.order,
            ),
        )
        for where, row in rows
    ]
    return [(where, ListedExchange(**one.model_dump())) for where, one in exchanges], groups


def _needs(*columns: str) -> Any:  # noqa: ANN401  as csv_table asks for it
    def _problems(where: str, header: list[str]) -> list[Problem]:
        return [
            Problem(where, f"column {given(name)}: missing; every row needs it")
            for name in columns
            if name not in header
        ]

    return _problems


def _read_graph(
    path: Path,
) -> tuple[list[tuple[str, Exchange]], list[tuple[str, TrunkGroupRow]]]:
    """Return nodes and edges of a GraphML, each checked as a row of a table is."""
    label = label_of(path)
    try:
        n_bytes = path.stat().st_size
        if n_bytes > MAX_FILE_BYTES:
            message = f"is {n_bytes / 1e6:.1f} MB: must be at most {MAX_FILE_BYTES / 1e6:.0f} MB"
            raise WorldError(Problem(label, message))
        graph = nx.read_graphml(path)
    except OSError as error:
        message = (
            f"cannot be read ({error.strerror}); graph_file must name a GraphML beside the scenario"
        )
        raise WorldError(Problem(label, message)) from error
    except (ParseError, nx.NetworkXError, KeyError, ValueError, TypeError) as error:
        message = (
            f"is no GraphML ({error}); save the graph anew, for example with networkx.write_graphml"
        )
        raise WorldError(Problem(label, message)) from error
    if len(graph) > MAX_EXCHANGES or graph.number_of_edges() > MAX_TRUNK_GROUPS:
        message = (
            f"{len(graph):,} nodes and {graph.number_of_edges():,} edges: must be at most "
            f"{MAX_EXCHANGES:,} and {MAX_TRUNK_GROUPS:,}"
        )
        raise WorldError(Problem(label, message))
    problems: list[Problem] = []
    nodes, edges = [], []
    for name, attributes in graph.nodes(data=True):
        # A node without attributes is a network's switching centre, which the scenario itself has.
        if attributes:
            where = f"{label}: node {name}"
            nodes += _checked(where, {"name": name, **attributes}, Exchange, problems)
    for a, b, attributes in graph.edges(data=True):
        values = {key: value for key, value in attributes.items() if key != "id"}
        edges += _checked(
            f"{label}: edge {a}, {b}", {"a": a, "b": b, **values}, TrunkGroupRow, problems
        )
    if problems:
        raise WorldError(*problems)
    return nodes, edges


def _checked(
    where: str, values: dict[str, Any], section: type[_Row], problems: list[Problem]
) -> list[tuple[str, _Row]]:
    """Return a row, or none; adds what is wrong with it."""
    try:
        return [(where, section.model_validate(values))]
    except ValidationError as error:
        shapes = field_shapes(section)
        for detail in error.errors():
            key = str(detail["loc"][0])
            if key not in shapes:
                problems.append(Problem(where, f"{key}: unknown; allowed are {', '.join(shapes)}"))
            elif key not in values:
                problems.append(Problem(where, f"{key}: missing; must be given"))
            else:
                message = f"{key} = {given(values[key])}: {asked(detail, shapes[key])}"
                problems.append(Problem(where, message))
        return []
