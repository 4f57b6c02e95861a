"""Operators on duty by exchange and hour, from a table beside the scenario."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import Field

from sim.errors import Problem, WorldError
from sim.scenario.fixed_section import Staff
from sim.scenario.messages import did_you_mean, given
from sim.scenario.sections import Name, Section
from sim.world.csv_table import read_rows
from sim.world.listed_sites import shorten

MAX_ROWS = 120_000
"""Most rows of the table: all hours of as many exchanges as there may be (house limit)."""


class RotaRow(Section):
    """A row of rotas_file."""

    exchange: Name = Field(description="a manual exchange")
    hour: int = Field(ge=0, le=23, description="hour of the day")
    n_operators: Staff


RotaRows = list[tuple[str, RotaRow]]
"""Rows, each with file and line."""


def read_rotas(path: Path) -> RotaRows:
    """Return the rows of a table of operators."""

    def _missing(where: str, header: list[str]) -> list[Problem]:
        return [
            Problem(where, f"column {given(column)}: missing; every rota needs it")
            for column in RotaRow.model_fields
            if column not in header
        ]

    rows = read_rows(path, RotaRow, "rota", MAX_ROWS, _missing)
    first_use: dict[tuple[str, int], str] = {}
    problems = []
    for where, row in rows:
        at = row.exchange, row.hour
        if at in first_use:
            message = f"exchange = {given(row.exchange)}, hour = {row.hour}: already in {first_use[at]}; leave one out"
            problems.append(Problem(where, message))
        first_use.setdefault(at, where)
    if problems:
        raise WorldError(*shorten(problems))
    return rows


def with_rotas(rotas: Mapping[str, tuple[int, ...]], rows: RotaRows) -> dict[str, tuple[int, ...]]:
    """Return rotas with the hours that a table gives."""
    changed = {name: list(hours) for name, hours in rotas.items()}
    last: dict[str, str] = {}
    problems = []
    for where, row in rows:
        if row.exchange not in changed:
            hint = did_you_mean(row.exchange, rotas, "manual exchanges")
            problems.append(Problem(where, f"{given(row.exchange)}: no manual exchange; {hint}"))
            continue
        changed[row.exchange][row.hour] = row.n_operators
        last[row.exchange] = where
    problems += _never_staffed(changed, last.items())
    if problems:
        raise WorldError(*shorten(problems))
    return {name: tuple(hours) for name, hours in changed.items()}


def _never_staffed(
    rotas: Mapping[str, list[int]], last: Iterable[tuple[str, str]]
) -> list[Problem]:
    """Return the exchanges of a table that have no operator in any hour."""
    return [
        Problem(where, f"exchange = {given(name)}: must have an operator in some hour")
        for name, where in last
        if not any(rotas[name])
    ]
