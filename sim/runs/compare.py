"""Two scenarios side by side on common random numbers: what differs, how surely, and as a table for a terminal."""

import json
import math
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rich.console import Group, RenderableType
from rich.text import Text

from sim.errors import Problem, SimError
from sim.runs.measures.subjects import MEASURES
from sim.runs.parquet import arrow_table, floats, texts, write_parquet
from sim.runs.printed import add_row, text_table
from sim.runs.result import RunResult, open_results
from sim.runs.run import DEFAULT_ROOT, run_scenario
from sim.runs.store import storing
from sim.runs.summary import KEYS, holds_for_all
from sim.stats.compare import paired_differences
from sim.tables import ALL, COMPARISON, SUMMARY_AXES, Columns

_ROUNDING = 1e-12


def compare(
    a: str | Path,
    b: str | Path,
    overrides: Sequence[str] = (),
    *,
    measures: Sequence[str] = ("*",),
    everywhere: bool = False,
    seed: int | None = None,
    replications: int | None = None,
    jobs: int | None = 1,
    out: Path | str = DEFAULT_ROOT,
) -> pa.Table:
    """
    Compare two scenarios, or two results folders; a scenario that was not run yet is run.

    Parameters
    ----------
    a, b : str or Path
        Results folder, name of a scenario, or path of its file.
    overrides : sequence of str
        `PATH=VALUE` texts, set in B.
    measures : sequence of str
        Measures that are compared; `*` stands for any text.
    everywhere : bool
        Whether measures of each network, province and trunk group are compared, too, not only those of all together.
    seed, replications : int, optional
        In place of the scenarios' own.
    jobs : int, optional
        Processes, None for as many as cores and memory allow.
    out : Path or str
        Folder of all results.

    Returns
    -------
    pa.Table
        Table `sim.tables.COMPARISON`: a row for each measure that differs in any replication.

    Raises
    ------
    SimError
        If a scenario or folder cannot be used, or the two have no replication or measure in common.
    """
    first = _results(a, (), seed, replications, jobs, out)
    second = _results(b, overrides, seed, replications, jobs, out)
    return compare_results(first, second, measures=measures, everywhere=everywhere)


def _results(
    name: str | Path,
    overrides: Sequence[str],
    seed: int | None,
    replications: int | None,
    jobs: int | None,
    out: Path | str,
) -> RunResult:
    path = Path(name)
    if path.is_dir():
        if overrides or seed is not None or replications is not None:
            message = "is a results folder, and what was run stays so; name its scenario instead"
            raise SimError(Problem(str(path), message))
        return open_results(path)
    return run_scenario(name, overrides, seed=seed, replications=replications, jobs=jobs, out=out)


def compare_results(
    a: RunResult, b: RunResult, *, measures: Sequence[str] = ("*",), everywhere: bool = False
) -> pa.Table:
    """Compare two results folders."""
    rows = [_rows(one, measures, everywhere=everywhere) for one in (a, b)]
    replications = sorted(set(rows[0]) & set(rows[1]))
    if rows[0] and rows[1] and not replications:
        raise SimError(f"{a.folder} and {b.folder}: have no replication in common")
    keys = _common_keys(rows, replications) if replications else []
    if not keys:
        wanted = ", ".join(measures)
        raise SimError(
            f"{a.folder} and {b.folder}: have no measure {wanted} in common; must be of runs with calls"
        )
    sums = [_sums(one, replications, keys) for one in rows]
    differs = _differ(*sums)
    top_a, bottom_a = (part[:, differs] for part in sums[0])
    top_b, bottom_b = (part[:, differs] for part in sums[1])
    found = paired_differences((top_a, bottom_a), (top_b, bottom_b))
    kept = [key for key, one in zip(keys, differs.tolist(), strict=True) if one]
    columns: Columns = {
        name: np.array([key[i] for key in kept], np.str_) for i, name in enumerate(KEYS)
    }
    columns["unit"] = np.array([MEASURES[key[0]].unit for key in kept], np.str_)
    columns |= {name: getattr(found, name) for name in COMPARISON.names if name not in columns}
    return arrow_table(COMPARISON, columns, **_facts(a, b, replications, len(keys) - len(kept)))


_Sums = dict[tuple[str, ...], tuple[float, float]]


def _rows(result: RunResult, measures: Sequence[str], *, everywhere: bool) -> dict[int, _Sums]:
    """Return numerators and denominators by replication and measure."""
    table = result.table("replications")
    chosen = holds_for_all(table)
    names = texts(table, "measure")
    wanted = {
        name for name in set(names.tolist()) if any(fnmatchcase(name, one) for one in measures)
    }
    chosen &= np.isin(names.astype(np.str_), sorted(wanted))
    # Coverage is the same in all replications, and its rows bear the number of the world.
    chosen &= np.char.find(names.astype(np.str_), "coverage.") != 0
    if not everywhere:
        chosen &= np.logical_and.reduce([texts(table, axis) == ALL for axis in SUMMARY_AXES])
    found: dict[int, _Sums] = {}
    columns = [table.column(name).to_numpy()[chosen] for name in ("replication", *KEYS)]
    tops, bottoms = floats(table, "numerator")[chosen], floats(table, "denominator")[chosen]
    for replication, *key, top, bottom in zip(
        *columns, tops.tolist(), bottoms.tolist(), strict=True
    ):
        found.setdefault(int(replication), {})[tuple(key)] = (top, bottom)
    return found


def _common_keys(
    rows: Sequence[dict[int, _Sums]], replications: Sequence[int]
) -> list[tuple[str, ...]]:
    first, second = (one[replications[0]] for one in rows)
    return [key for key in first if key in second]


def _sums(
    rows: dict[int, _Sums], replications: Sequence[int], keys: Sequence[tuple[str, ...]]
) -> tuple[np.ndarray, np.ndarray]:
    both = np.array([[rows[r][key] for key in keys] for r in replications], np.float64)
    return both[:, :, 0], both[:, :, 1]


def _differ(
    a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]
) -> NDArray[np.bool_]:
    """Return which measures differ in any replication, by more than the rounding of sums in another order."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (np.where(bottom > 0.0, top / bottom, np.nan) for top, bottom in (a, b))
    equal = np.isclose(first, second, rtol=_ROUNDING, atol=0.0, equal_nan=True)
    return np.asarray(~equal.all(axis=0))


def _facts(
    a: RunResult, b: RunResult, replications: Sequence[int], n_equal: int
) -> dict[str, object]:
    """Return what the metadata of a comparison says."""
    manifests = (a.manifest, b.manifest)
    draws = [(one.get("seed"), one.get("world_replication")) for one in manifests]
    return {
        "a": {"scenario": manifests[0].get("scenario"), "id": manifests[0]["id"]},
        "b": {"scenario": manifests[1].get("scenario"), "id": manifests[1]["id"]},
        "has_common_random_numbers": draws[0] == draws[1],
        "n_pairs": len(replications),
        "n_equal": n_equal,
        "correction": "Holm over all rows; joint intervals by Bonferroni",
    }


def save_comparison(path: Path, table: pa.Table) -> None:
    """
    Write a comparison.

    Parameters
    ----------
    path : Path
        File that ends in .parquet or .csv.
    table : pa.Table
        Comparison.

    Raises
    ------
    SimError
        If the ending is another one, or the file cannot be written.
    """
    if path.suffix not in (".parquet", ".csv"):
        raise SimError(f"--save {path}: must end in .parquet or .csv")
    with storing(path):
        if path.suffix == ".parquet":
            write_parquet(path, table)
            return
        from pyarrow import csv

        csv.write_csv(table, path)


_ALPHA = 0.05


def printed_comparison(table: pa.Table) -> RenderableType:
    """
    Return a comparison for a terminal.

    Parameters
    ----------
    table : pa.Table
        Table `sim.tables.COMPARISON`.

    Returns
    -------
    RenderableType
        Table and lines.
    """
    facts = {key.decode(): value for key, value in table.schema.metadata.items()}
    read: dict[str, Any] = {
        key: json.loads(facts[key])
        for key in ("a", "b", "has_common_random_numbers", "n_pairs", "n_equal")
    }
    names = [f"{read[key]['scenario']} {read[key]['id'][:8]}" for key in ("a", "b")]
    rows = table.to_pylist()
    shown = text_table(
        ["measure", "A", "B", "B - A", "paired 95 %", "unpaired 95 %", "variance by", "p adj."],
        is_narrow=True,
    )
    for row in rows:
        is_sure = row["p_adjusted"] is not None and row["p_adjusted"] < _ALPHA
        add_row(shown, *_words(row), style="bold" if is_sure else "")
    return Group(
        Text(
            f"A = {names[0]}, B = {names[1]}, {read['n_pairs']} pairs of replications", style="bold"
        ),
        shown,
        *(Text(f"  {line}", style="dim") for line in _notes(read, len(rows))),
    )


def _words(row: dict[str, Any]) -> list[str]:
    where = [row[key] for key in SUMMARY_AXES if row[key] != ALL]
    paired, unpaired = (
        None if row[low] is None else (row[high] - row[low]) / 2.0
        for low, high in (("low", "high"), ("unpaired_low", "unpaired_high"))
    )
    return [
        " ".join([row["measure"], *where]),
        _number(row["a"]),
        _number(row["b"]),
        _number(row["value"]),
        "" if paired is None else f"± {_number(paired)}",
        "" if unpaired is None else f"± {_number(unpaired)}",
        "" if row["variance_ratio"] is None else f"{row['variance_ratio']:.3g}",
        "" if row["p_adjusted"] is None else f"{row['p_adjusted']:.2g}",
    ]


def _number(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def _notes(read: dict[str, Any], n_rows: int) -> list[str]:
    common = (
        "Both have the same seed: the same people make the same calls, so that differences are paired."
        if read["has_common_random_numbers"]
        else "The seeds differ: nothing is common, and pairing gains nothing."
    )
    return [
        common,
        "variance by: how many times larger the variance of the difference would be without pairing.",
        f"p adj.: adjusted for {n_rows} measures by Holm; bold below {_ALPHA:g}.",
        f"{read['n_equal']} more measures are the same in every replication.",
    ]
