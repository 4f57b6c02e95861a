"""Two scenarios side by side on common random numbers: what differs between them, in what, and how surely."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.errors import Problem, SimError
from sim.runs.measures.subjects import MEASURES
from sim.runs.names import find_named
from sim.runs.pairing import paired_intents
from sim.runs.parquet import arrow_table, floats, texts, write_parquet
from sim.runs.result import RunResult, open_results
from sim.runs.run import DEFAULT_ROOT, run_aside
from sim.runs.store import storing
from sim.runs.summary import KEYS, holds_for_all
from sim.scenario.differences import key_differences
from sim.scenario.find import find_scenario, is_name
from sim.scenario.load import may_be_placed_as
from sim.stats.compare import paired_differences
from sim.tables import ALL, COMPARISON, SUMMARY_AXES, Columns

_ROUNDING = 1e-12
_COVERAGE = "coverage."
_NOT_SIMULATED = ("name", "notes", "sources")
_WITH_ONE_NETWORK = 2


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
    """Compare two scenarios, or two results folders; a scenario that was not run yet is run."""
    both = both_results(a, b, overrides, seed=seed, replications=replications, jobs=jobs, out=out)
    return compare_results(*both, measures=measures, everywhere=everywhere)


def both_results(
    a: str | Path,
    b: str | Path,
    overrides: Sequence[str] = (),
    *,
    seed: int | None = None,
    replications: int | None = None,
    jobs: int | None = 1,
    out: Path | str = DEFAULT_ROOT,
) -> tuple[RunResult, RunResult]:
    """
    Return the results that are compared; a scenario that was not run yet is run.

    Parameters
    ----------
    a, b : str or Path
        Results folder, tag or id of one, name of a scenario, or path of its file.
    overrides : sequence of str
        `PATH=VALUE` texts, set in B.
    seed, replications : int, optional
        In place of the scenarios' own.
    jobs : int, optional
        Processes, None for as many as cores and memory allow.
    out : Path or str
        Folder of all results.

    Returns
    -------
    (RunResult, RunResult)
        Results of A and of B.

    Raises
    ------
    SimError
        If a scenario or folder cannot be used.
    """
    first = _results(a, (), seed, replications, jobs, out)
    sold_as = _sold_as(a, b, overrides, Path(out))
    return first, _results(b, (*overrides, *sold_as), seed, replications, jobs, out)


def _sold_as(a: str | Path, b: str | Path, overrides: Sequence[str], root: Path) -> tuple[str, ...]:
    """Return what lets the lines of B live where A sold them, where B does not say itself who did."""
    if find_named(b, root) is not None:
        return ()
    folder = find_named(a, root)
    seller = find_scenario(a) if folder is None else folder / "scenario.yaml"
    if seller == find_scenario(b) or not may_be_placed_as(seller, b, overrides):
        return ()
    is_known_by_name = folder is None and is_name(str(a))
    named = str(a) if is_known_by_name else os.path.relpath(seller)
    return (f"subscribers.placed_as={json.dumps(named)}",)


def _results(
    name: str | Path,
    overrides: Sequence[str],
    seed: int | None,
    replications: int | None,
    jobs: int | None,
    out: Path | str,
) -> RunResult:
    path = find_named(name, Path(out))
    if path is not None:
        if overrides or seed is not None or replications is not None:
            message = "is a results folder, and what was run stays so; name its scenario instead"
            raise SimError(Problem(str(path), message))
        return open_results(path)
    return run_aside(name, overrides, seed, replications, jobs, out)


def compare_results(
    a: RunResult, b: RunResult, *, measures: Sequence[str] = ("*",), everywhere: bool = False
) -> pa.Table:
    """
    Compare two results folders.

    Parameters
    ----------
    a, b : RunResult
        Results of runs.
    measures : sequence of str
        Measures that are compared; `*` stands for any text.
    everywhere : bool
        Whether measures of each province and trunk group are compared, too.

    Returns
    -------
    pa.Table
        Table `sim.tables.COMPARISON`: a row for each measure that differs in any replication.

    Raises
    ------
    SimError
        If the two have no replication or measure in common.
    """
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
    found = _found(*([part[:, differs] for part in one] for one in sums))
    kept = [key for key, one in zip(keys, differs.tolist(), strict=True) if one]
    shown, of_worlds = _coverage(a, b, measures, everywhere=everywhere)
    columns: Columns = {
        name: np.array([key[i] for key in (*kept, *shown)], np.str_) for i, name in enumerate(KEYS)
    }
    units = [MEASURES[key[0]].unit for key in (*kept, *shown)]
    columns["unit"] = np.array(units, np.str_)
    columns |= {name: np.concatenate([found[name], of_worlds[name]]) for name in found}
    return arrow_table(COMPARISON, columns, **_facts(a, b, replications, len(keys) - len(kept)))


def _found(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> Columns:
    """Return the differences of measures of replications."""
    found = paired_differences((a[0], a[1]), (b[0], b[1]))
    own = set(COMPARISON.names) - {*KEYS, "unit"}
    return {name: getattr(found, name) for name in COMPARISON.names if name in own}


def _coverage(
    a: RunResult, b: RunResult, measures: Sequence[str], *, everywhere: bool
) -> tuple[list[tuple[str, ...]], Columns]:
    """Return measures of coverage that differ: one value in each world, without an interval."""
    of_a, of_b = (_coverage_rows(one, measures, everywhere=everywhere) for one in (a, b))
    keys = [key for key in of_a if key in of_b]
    both = np.array([(of_a[key], of_b[key]) for key in keys], np.float64).reshape(-1, 2)
    differs = ~np.isclose(both[:, 0], both[:, 1], rtol=_ROUNDING, atol=0.0, equal_nan=True)
    both, n = both[differs], int(differs.sum())
    columns: Columns = {
        name: np.full(n, np.nan) for name in COMPARISON.names if name not in (*KEYS, "unit")
    }
    columns |= {"a": both[:, 0], "b": both[:, 1], "value": both[:, 1] - both[:, 0]}
    columns["n_replications"] = np.zeros(n, np.int32)
    return [key for key, one in zip(keys, differs.tolist(), strict=True) if one], columns


def _coverage_rows(
    result: RunResult, measures: Sequence[str], *, everywhere: bool
) -> dict[tuple[str, ...], float]:
    table = result.table("replications")
    chosen = _chosen(table, measures, everywhere=everywhere) & _is_of_coverage(table)
    keys = zip(*(texts(table, name)[chosen].tolist() for name in KEYS), strict=True)
    return dict(zip(keys, floats(table, "value")[chosen].tolist(), strict=True))


_Sums = dict[tuple[str, ...], tuple[float, float]]


def _chosen(table: pa.Table, measures: Sequence[str], *, everywhere: bool) -> NDArray[np.bool_]:
    """Return which rows are compared."""
    names = texts(table, "measure").astype(np.str_)
    wanted = [
        name for name in set(names.tolist()) if any(fnmatchcase(name, one) for one in measures)
    ]
    chosen = holds_for_all(table) & np.isin(names, sorted(wanted))
    if not everywhere:
        networks = texts(table, "network").astype(np.str_)
        if len({*networks.tolist(), ALL}) == _WITH_ONE_NETWORK:  # then all are its own
            chosen &= (networks == ALL) | _is_of_coverage(table)
        inner = [axis for axis in SUMMARY_AXES if axis != "network"]
        chosen &= np.logical_and.reduce([texts(table, axis) == ALL for axis in inner])
    return chosen


def _is_of_coverage(table: pa.Table) -> NDArray[np.bool_]:
    """Return which rows are of the world, whose number they bear, and the same in all replications."""
    found = np.char.startswith(texts(table, "measure").astype(np.str_), _COVERAGE)
    return np.asarray(found, np.bool_)


def _rows(result: RunResult, measures: Sequence[str], *, everywhere: bool) -> dict[int, _Sums]:
    """Return numerators and denominators by replication and measure."""
    table = result.table("replications")
    chosen = _chosen(table, measures, everywhere=everywhere) & ~_is_of_coverage(table)
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
    differences = [
        one
        for one in key_differences(*(_scenario(one) for one in (a, b)))
        if one.path.partition(".")[0] not in _NOT_SIMULATED
    ]
    pairing = paired_intents(a, b)
    return {
        "a": {"scenario": manifests[0].get("scenario"), "id": manifests[0]["id"]},
        "b": {"scenario": manifests[1].get("scenario"), "id": manifests[1]["id"]},
        "has_common_random_numbers": draws[0] == draws[1],
        "intents": {
            **asdict(pairing),
            "is_known": pairing.is_known,
            "is_paired": pairing.is_paired,
        },
        "differences": [asdict(one) for one in differences],
        "n_pairs": len(replications),
        "n_equal": n_equal,
        "correction": "Holm over all rows; joint intervals by Bonferroni",
    }


def _scenario(result: RunResult) -> dict[str, Any]:
    """Return the scenario of a results folder as plain values."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    path = result.folder / "scenario.yaml"
    try:
        read = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:  # nothing is known of it
        return {}
    except (OSError, ValueError, YAMLError) as error:
        message = f"cannot be read ({error}); run the scenario again with force"
        raise SimError(Problem(str(path), message)) from error
    return read if isinstance(read, dict) else {}


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
