"""The plan of a sweep: every run with its id, before anything is simulated."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import Problem, ScenarioError, SimError
from sim.runs.feasible import require_feasible
from sim.runs.measures.subjects import MEASURES
from sim.runs.provenance import full_id, id_parts, text_digest
from sim.scenario.fields import Shape
from sim.scenario.find import find_scenario, label_of
from sim.scenario.load import layered_scenario, settled
from sim.scenario.locate import Node
from sim.scenario.messages import given, must_be
from sim.scenario.paths import Item, override_of, parse_path
from sim.scenario.reference import changes_sites
from sim.scenario.resolve import LoadedScenario, id_tree
from sim.scenario.sweep_design import Point, points_of, shape_of_path
from sim.scenario.sweep_file import LoadedSweep, read_sweep_file
from sim.scenario.sweep_section import Sweep
from sim.tables import Columns

CHECKED_WHOLE = 2_000
"""A plan of more runs than this is checked value by value and at a sample of its runs; a worker checks each anyway."""

KIND = "run"
"""What an id is made of beside the scenario: the same as of the command, so that equal runs are known again."""

_N_SAMPLE = 200
_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run of a plan."""

    run_id: str  # id: equal ids mean equal results
    base: str  # file of the scenario
    settings: tuple[tuple[str, Any], ...]  # paths and the values that they are set to


@dataclass(frozen=True)
class Plan:
    """What a sweep will run."""

    loaded: LoadedSweep  # sweep file
    points: list[Point]  # points in their order
    runs: list[PlannedRun]  # the run of each point
    sweep_id: str  # id of the sweep, 64 hexadecimal digits

    @property
    def sweep(self) -> Sweep:
        """What is varied."""
        return self.loaded.sweep


def load_sweep(name_or_path: str | Path) -> LoadedSweep:
    """
    Load and check a sweep file.

    Parameters
    ----------
    name_or_path : str or Path
        Name in `./scenarios/sweeps` or among the shipped sweeps, or path of a YAML file.

    Returns
    -------
    LoadedSweep
        Sweep.

    Raises
    ------
    ScenarioError
        With every problem of the file, located.
    """
    return read_sweep_file(name_or_path, MEASURES)


def make_plan(loaded: LoadedSweep) -> Plan:
    """
    Plan the runs of a sweep.

    Parameters
    ----------
    loaded : LoadedSweep
        Sweep file.

    Returns
    -------
    Plan
        Every run, with the id that its results will have.

    Raises
    ------
    SimError
        With every value that a scenario refuses, as far as that is known before the runs.
    """
    sweep = loaded.sweep
    points = points_of(sweep)
    bases = {name: _base_file(name, loaded) for name in {point.base for point in points}}
    ids: list[str] | None = None
    if len(points) > CHECKED_WHOLE and len(bases) == 1:
        ids = _sampled_ids(loaded, points, bases)
    if ids is None:
        ids = _checked_ids(loaded, points, range(len(points)), bases)
    runs = [
        PlannedRun(run_id, bases[point.base], point.settings)
        for run_id, point in zip(ids, points, strict=True)
    ]
    _require_feasible_ends(runs)
    return Plan(loaded, points, runs, _sweep_id(sweep, points, ids))


def load_planned(base: str, settings: Sequence[tuple[str, Any]]) -> LoadedScenario:
    """Load the scenario of a run; files are read once in a process."""
    path = Path(base)
    overrides = [override_of(name, value) for name, value in settings]
    state = path.stat()
    return settled(_read(base, state.st_mtime_ns, state.st_size), path, overrides)


@lru_cache(maxsize=16)
def _read(base: str, _changed_ns: int, _n_bytes: int) -> Node:
    return layered_scenario(Path(base))


def _base_file(name: str, loaded: LoadedSweep) -> str:
    return str(find_scenario(name, loaded.path.parent))


def _problems_at(loaded: LoadedSweep, point: Point, error: SimError) -> Iterator[Problem]:
    axes = loaded.sweep.axes
    at = ", ".join(
        f"{axis.name} = {json.dumps(value)}" for axis, value in zip(axes, point.values, strict=True)
    )
    for problem in error.problems:
        yield Problem(f"{label_of(loaded.path)}: at {at}: {problem.where}", problem.message)


def _checked_ids(
    loaded: LoadedSweep,
    points: Sequence[Point],
    chosen: Sequence[int],
    bases: dict[str, str],
) -> list[str]:
    """Return the ids of some runs, each loaded whole."""
    ids: list[str] = []
    problems: dict[tuple[str, str], Problem] = {}
    n_bad = 0
    for i in chosen:
        point = points[i]
        try:
            ids.append(full_id(KIND, load_planned(bases[point.base], point.settings)))
        except SimError as error:
            n_bad += 1
            # What is wrong with the base, or with one value, is said once, not at each of a thousand points.
            for told, problem in zip(
                error.problems, _problems_at(loaded, point, error), strict=True
            ):
                problems.setdefault((told.where, told.message), problem)
    if problems:
        shown = list(problems.values())[:_MOST_PROBLEMS]
        if len(problems) > len(shown):
            shown.append(Problem("", f"... and {len(problems) - len(shown):,} problems more"))
        if n_bad > 1:
            shown.append(
                Problem("", f"{n_bad:,} of {len(points):,} runs cannot be; nothing was started")
            )
        raise ScenarioError(*shown)
    return ids


def _sampled_ids(
    loaded: LoadedSweep, points: list[Point], bases: dict[str, str]
) -> list[str] | None:
    """Return the ids of many runs made quickly, and proved on a sample; None where that cannot be."""
    step = max(1, len(points) // _N_SAMPLE)
    sample = sorted({*range(0, len(points), step), len(points) - 1})
    proof = _checked_ids(loaded, points, sample, bases)
    reference = load_planned(bases[points[0].base], points[0].settings)
    ids = _quick_ids(reference, points)
    if ids is None or [ids[i] for i in sample] != proof:
        return None
    return ids


def _require_feasible_ends(runs: Sequence[PlannedRun]) -> None:
    """Refuse a sweep of which the first or the last run cannot come to an end on this machine."""
    problems: dict[str, Problem] = {}
    for run in (runs[0], runs[-1]):
        try:
            require_feasible(load_planned(run.base, run.settings))
        except SimError as error:
            problems |= {str(problem): problem for problem in error.problems}
    if problems:
        raise SimError(*problems.values())


def _sweep_id(sweep: Sweep, points: Sequence[Point], ids: Sequence[str]) -> str:
    digest = hashlib.sha256()
    head = (
        sweep.name,
        [(axis.name, axis.label, axis.unit) for axis in sweep.axes],
        kept_key(sweep),
    )
    digest.update(json.dumps(head, sort_keys=True).encode())
    for point, run_id in zip(points, ids, strict=True):
        digest.update(f"\0{run_id}{json.dumps(point.values)}".encode())
    return digest.hexdigest()


def kept_key(sweep: Sweep) -> str:
    """Return what of a run is kept, as a text that is equal where the same is kept."""
    kept = [sorted(words) for words in (sweep.measures, *sweep.along)]
    return json.dumps(kept)


def axis_kinds(sweep: Sweep, points: Sequence[Point]) -> tuple[tuple[str, str, str], ...]:
    """Return the type of the column of each axis. Name, type and unit; text where not all values are numbers."""
    kinds = []
    for i, axis in enumerate(sweep.axes):
        types = {type(point.values[i]) for point in points}
        if types <= {int, float}:
            kinds.append((axis.name, "int64" if types == {int} else "float64", axis.unit))
        elif types == {bool}:
            kinds.append((axis.name, "bool", "1"))
        else:
            kinds.append((axis.name, "str", ""))
    return tuple(kinds)


def axis_columns(sweep: Sweep, points: Sequence[Point]) -> Columns:
    """Return the values of each axis at all points."""
    columns: Columns = {}
    for i, (name, kind, _) in enumerate(axis_kinds(sweep, points)):
        values = [point.values[i] for point in points]
        columns[name] = (
            np.array([str(v) for v in values]) if kind == "str" else np.array(values, kind)
        )
    return columns


_MARK, _MARKED = "\x00value {}\x00", re.compile(r'"\\u0000value (\d+)\\u0000"')


def _quick_ids(reference: LoadedScenario, points: Sequence[Point]) -> list[str] | None:
    """
    Return the ids of very many runs that differ in single values only, as `full_id` gives them.

    They are those of the text of the first scenario with other values put into it; None where runs differ in more.
    """
    paths = [path for path, _ in points[0].settings]
    shapes = [shape for path in paths if (shape := shape_of_path(path)) and shape.kind == "scalar"]
    tree = id_tree(reference)
    if (
        len(shapes) < len(paths)
        or _moves_sellers(reference, paths)
        or any([path for path, _ in point.settings] != paths for point in points)
        or not all(_put(tree, path, _MARK.format(i)) for i, path in enumerate(paths))
    ):
        return None
    head, tail = id_parts(KIND, reference)
    text = json.dumps(
        tree, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":")
    )
    first, *pieces = _MARKED.split(f"{head}{text}{tail}")
    if len(pieces) != 2 * len(paths):
        return None
    order, follows = [int(number) for number in pieces[::2]], pieces[1::2]
    ids = []
    for point in points:
        values = [_text(*one, shape) for one, shape in zip(point.settings, shapes, strict=True)]
        filled = (values[i] + piece for i, piece in zip(order, follows, strict=True))
        ids.append(text_digest("".join([first, *filled])))
    return ids


def _moves_sellers(reference: LoadedScenario, paths: Sequence[str]) -> bool:
    """Say whether the sites that sold the lines hang on a value: then more differs than the value."""
    is_sold_near = any(n.sold_within_km is not None for n in reference.scenario.networks)
    return is_sold_near and any(map(changes_sites, paths))


def _text(path: str, value: object, shape: Shape) -> str:
    """Return a value as it stands in the text that is hashed."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if shape.is_number:
        if not is_number or not shape.allows(value):  # type: ignore[arg-type]  # a number, as asked
            raise ScenarioError(f"{path} = {given(value)}: {must_be(shape)}")
        return json.dumps(shape.scalar(value))
    return json.dumps(value, ensure_ascii=True)


def _put(tree: Any, path: str, mark: str) -> bool:  # noqa: ANN401  # plain values of any depth
    """Put a mark in place of a single value; return whether there is one."""
    node = tree
    elements = parse_path(path)
    for depth, element in enumerate(elements):
        step: Any = element
        if isinstance(element, Item):
            if not isinstance(node, list):
                return False
            names = [item.get("name") if isinstance(item, dict) else None for item in node]
            if element.label in names:
                step = names.index(element.label)
            elif element.label.isdigit() and int(element.label) < len(node):
                step = int(element.label)
            else:
                return False
        elif not isinstance(node, dict) or element not in node:
            return False
        if depth == len(elements) - 1:
            if isinstance(node[step], dict | list):
                return False
            node[step] = mark
            return True
        node = node[step]
    return False
