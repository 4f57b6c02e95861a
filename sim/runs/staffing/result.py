"""The folder of a staffing: its table, the rotas as a scenario takes them, and what a terminal shows of it."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.runs.content import Content
from sim.runs.measures.measure import Line
from sim.runs.once import Setting
from sim.runs.parquet import arrow_table
from sim.runs.printed import printed_differences
from sim.runs.published_summary import estimate_text
from sim.runs.replication_tables import Effort
from sim.runs.result import RunResult
from sim.runs.staffing.search import Counts
from sim.runs.staffing.target import MEASURES, Target, parse_target
from sim.runs.text_tables import add_row, text_table
from sim.scenario.resolve import LoadedScenario
from sim.stats.intervals import Intervals
from sim.tables import STAFFING, Columns

ROTAS_CSV, STAFFED_YAML = "rotas.csv", "staffed.yaml"
"""Files of the folder that a scenario can use."""

_NAME_LENGTH = 48


@dataclass(frozen=True)
class Found:
    """Rotas that meet a target; arrays are (exchange, hour)."""

    target: Target  # target
    hours: tuple[int, ...]  # hours of the day in the measured window
    # and n_before, n_start: operators found, those of the scenario, and those of Erlang-A
    n_operators: Counts
    n_before: Counts
    n_start: Counts
    arrived: NDArray[np.float64]  # calls that waited for an answer, mean over replications
    offered_erl: NDArray[np.float64]  # work offered when nobody has to wait [erl]
    estimate: Intervals  # measure of the target with the operators found
    # largest value at the exchange with one operator less in the hour; NaN where there is one
    value_with_less: NDArray[np.float64]
    efforts: tuple[Effort, ...]  # what each replication took, with the operators found
    n_simulations: int  # staffings that were simulated


class StaffingResult(RunResult):
    """The folder of a staffing; `table("staffing")` has the rotas."""

    def shown(self) -> RenderableType:
        """Return what a terminal and a notebook show: the rotas of the folder."""
        return _printed_staffing(self)


def staffing_content(loaded: LoadedScenario, setting: Setting, found: Found) -> Content:
    """Return what the folder of a staffing holds."""
    exchanges = setting.world.exchanges
    node = exchanges.is_manual.nonzero()[0]
    shape = found.n_operators.shape
    by_exchange, by_hour = (
        np.broadcast_to(axis, shape) for axis in (node[:, None], np.array(found.hours))
    )
    columns: Columns = {
        "exchange_idx": by_exchange,
        "exchange": np.asarray(exchanges.name, np.str_)[by_exchange],
        "hour": by_hour,
        "n_operators": found.n_operators,
        "n_before": found.n_before,
        "n_start": found.n_start,
        "arrived": found.arrived,
        "offered_erl": found.offered_erl,
        "value": found.estimate.value,
        "value_low": found.estimate.low,
        "value_high": found.estimate.high,
        "value_with_less": found.value_with_less,
    }
    flat = {
        column.name: columns[column.name].ravel().astype(column.dtype)
        for column in STAFFING.columns
    }
    table = arrow_table(
        STAFFING,
        flat,
        target=str(found.target),
        unit=MEASURES[found.target.measure].unit,
        n_simulations=found.n_simulations,
    )
    texts = {ROTAS_CSV: _rotas_csv(flat), STAFFED_YAML: _staffed_yaml(loaded)}
    return Content({"staffing": table}, found.efforts, texts)


def _rotas_csv(columns: Columns) -> str:
    keys = ("exchange", "hour", "n_operators")
    rows = zip(*(columns[key].tolist() for key in keys), strict=True)
    return "\n".join([",".join(keys), *(",".join(map(str, row)) for row in rows)]) + "\n"


def _staffed_yaml(loaded: LoadedScenario) -> str:
    """Return a scenario that is the one of the folder, overrides included, with the rotas found."""
    name = f"{loaded.scenario.name[: _NAME_LENGTH - len('_staffed')]}_staffed"
    lines = [
        "# The rotas that were found, for the hours of the run; other hours are as in the base.",
        "base: scenario.yaml",
        f"name: {name}",
        "fixed:",
        f"  rotas_file: {ROTAS_CSV}",
    ]
    return "\n".join(lines) + "\n"


_MAX_EXCHANGES = 40
_PERCENT = 100.0


def _printed_staffing(result: StaffingResult) -> RenderableType:
    """Return the rotas of a folder for a terminal."""
    table = result.table("staffing")
    facts = {
        key: json.loads(table.schema.metadata[key.encode()]) for key in ("target", "n_simulations")
    }
    rows = table.to_pylist()
    manifest = result.manifest
    wall_s = sum(manifest.get("wall_time_s", {}).values())
    done = "" if result.is_new else "Nothing to compute: these results were there already. "
    return Group(
        Text(
            f"Smallest rotas with {facts['target']} at every exchange in every hour", style="bold"
        ),
        _table(rows),
        *(Text(line, style="dim") for line in _notes(rows, str(facts["target"]), manifest)),
        *(Text(line) for line in printed_differences(manifest)),
        Text(f"{done}{facts['n_simulations']} staffings simulated; wall time {wall_s:.1f} s"),
        Text(f"Results: {result.folder}", style="bold", overflow="fold"),
        Text(f"To use them: python -m sim run {result.folder}/staffed.yaml", overflow="fold"),
    )


def _table(rows: list[dict[str, Any]]) -> Table:
    """Return operators by exchange and hour, with the worst hour of each exchange."""
    hours = list(dict.fromkeys(row["hour"] for row in rows))
    names = list(dict.fromkeys(row["exchange"] for row in rows))
    by_place = {(row["exchange"], row["hour"]): row for row in rows}
    table = text_table(
        ["operators at", *(f"{hour:02d}h" for hour in hours), "worst"], is_narrow=True
    )
    for name in names[:_MAX_EXCHANGES]:
        own = [by_place[name, hour] for hour in hours]
        add_row(table, name, *(str(row["n_operators"]) for row in own), _worst(own))
    if len(names) > _MAX_EXCHANGES:
        add_row(table, f"and {len(names) - _MAX_EXCHANGES} more")
    totals = (("all", "n_operators"), ("in the scenario", "n_before"), ("Erlang-A", "n_start"))
    for label, key in totals:
        sums = [sum(by_place[name, hour][key] for name in names) for hour in hours]
        add_row(table, label, *map(str, sums), style="bold" if label == "all" else "")
    return table


def _worst(rows: list[dict[str, Any]]) -> str:
    """Return the largest value of an exchange, its interval and its hour."""
    known = [row for row in rows if row["value"] is not None]
    if not known:
        return "-"
    worst = max(known, key=lambda row: row["value"])
    entry = {"value": worst["value"], "low": worst["value_low"], "high": worst["value_high"]}
    return f"{estimate_text(entry, Line('', '{:.3g}'))} at {worst['hour']:02d}h"


def _notes(rows: list[dict[str, Any]], target: str, manifest: dict[str, Any]) -> list[str]:
    """Return what the table does and does not say."""
    n_replications = int(manifest.get("replications", 0))
    fails = "within one world; one operator less in any hour fails."
    if n_replications == 1:
        return [
            f"Met in the one replication simulated, {fails}",
            "There are no intervals, so nothing is said of other days.",
        ]
    lines = [f"Met by the means of the {n_replications} replications simulated, {fails}"]
    limit = parse_target(target).limit
    over = sum(row["value_high"] is not None and row["value_high"] > limit for row in rows)
    if over:
        lines.append(
            f"In {over} of {len(rows)} hours the 95 % interval of the measure reaches beyond the limit: "
            "more replications tell."
        )
    return lines
