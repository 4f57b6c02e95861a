"""The folder of a staffing: its table, the rotas as a scenario takes them, and what a terminal shows of it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.runs.once import Setting
from sim.runs.parquet import arrow_table
from sim.runs.publish import Content
from sim.runs.replication_tables import Effort
from sim.runs.result import RunResult
from sim.runs.staffing_search import Counts
from sim.runs.staffing_target import MEASURES, Target
from sim.scenario.resolve import LoadedScenario
from sim.stats.intervals import Intervals
from sim.tables import STAFFING, Columns

ROTAS_CSV, STAFFED_YAML = "rotas.csv", "staffed.yaml"
"""Files of the folder that a scenario can use."""

_NAME_LENGTH = 48
_OF_RUNS = ("--set", "--seed", "--replications")


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

    def __str__(self) -> str:
        from sim.runs.printed_staffing import staffing_text

        return staffing_text(self)

    def _repr_html_(self) -> str:
        from sim.runs.printed_staffing import staffing_html

        return staffing_html(self)


def staffing_content(
    loaded: LoadedScenario, setting: Setting, found: Found, folder: Path, command: Sequence[str]
) -> Content:
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
    texts = {
        "scenario.yaml": loaded.resolved_yaml,
        ROTAS_CSV: _rotas_csv(flat),
        STAFFED_YAML: _staffed_yaml(loaded, folder, command),
    }
    return Content({"staffing": table}, texts, efforts=found.efforts)


def _rotas_csv(columns: Columns) -> str:
    keys = ("exchange", "hour", "n_operators")
    rows = zip(*(columns[key].tolist() for key in keys), strict=True)
    return "\n".join([",".join(keys), *(",".join(map(str, row)) for row in rows)]) + "\n"


def _staffed_yaml(loaded: LoadedScenario, folder: Path, command: Sequence[str]) -> str:
    """Return a scenario that is the given one with the rotas found."""
    base = Path(os.path.relpath(loaded.path.resolve(), folder.resolve())).as_posix()
    name = f"{loaded.scenario.name[: _NAME_LENGTH - len('_staffed')]}_staffed"
    same = [f"{word} {value}" for word, value in pairwise(command) if word in _OF_RUNS]
    lines = [
        "# The rotas that were found, for the hours of the run; other hours are as in the base.",
        f"# The search was made with {' '.join(same)}" if same else "",
        f"base: {base}",
        f"name: {name}",
        "fixed:",
        f"  rotas_file: {ROTAS_CSV}",
    ]
    return "\n".join(line for line in lines if line) + "\n"
