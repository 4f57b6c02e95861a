"""Reading sweep files: schema and rules between keys, with every problem at once."""

import math
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import Problem, ScenarioError
from sim.scenario.evidence import Finding, unwrap
from sim.scenario.find import SHIPPED, find_scenario, label_of
from sim.scenario.locate import Loc, Node, format_loc, place_of
from sim.scenario.messages import did_you_mean, given, shorten
from sim.scenario.paths import parse_path
from sim.scenario.precision_section import as_list, check_precision
from sim.scenario.read import read_file
from sim.scenario.sweep_section import MAX_POINTS, Axis, Sweep
from sim.scenario.validate import findings_of
from sim.tables import SUMMARY_AXES

DRAWN = ("latin_hypercube", "sobol")
"""Designs whose points are drawn."""

OF_COVERAGE = "coverage."
"""Begin of the names of measures that a world has without calls."""

MEASURES_OF_COVERAGE = ("coverage.area_share", "coverage.population_share")
"""Measures that are kept of coverage alone unless others are named."""

COLUMNS_IN_USE = (
    "point", "run_id", "measure", *SUMMARY_AXES, "replication", "numerator", "denominator",
    "value", "low", "high", "unit", "n_replications",
)  # fmt: skip
"""Columns of the results, of which no axis may have the name."""

_Scalar = str | int | float | bool


def rules(sweep: Sweep, measures: Collection[str]) -> Iterator[Finding]:
    """Check the rules between keys of a sweep file."""
    names = Counter(axis.name for axis in sweep.axes)
    for i, axis in enumerate(sweep.axes):
        if names[axis.name] > 1:
            yield Finding(("axes", i, "name"), f" = {given(axis.name)}: is the name of two axes")
        if axis.name in COLUMNS_IN_USE:
            yield Finding(
                ("axes", i, "name"),
                f" = {given(axis.name)}: is a column of every result; name the axis otherwise",
            )
        yield from _axis_rules(sweep, axis, ("axes", i))
    for path in sweep.set:
        yield from _path_rule(path, ("set", path))
    yield from _design_rules(sweep)
    yield from _kept_rules(sweep, measures)


def _path_rule(path: str, loc: Loc) -> Iterator[Finding]:
    try:
        parse_path(path)
    except ScenarioError as error:
        yield Finding(loc, f": {error.problems[0].message}", of_key=True)


def _axis_rules(sweep: Sweep, axis: Axis, loc: Loc) -> Iterator[Finding]:
    kinds = [key for key in ("path", "factors", "choices") if getattr(axis, key) is not None]
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none of them"
        yield Finding(loc, f": must have one of path, factors or choices, has {found}")
    for path in (axis.path, *(axis.factors or ())):
        if path is not None:
            yield from _path_rule(path, (*loc, "path" if path == axis.path else "factors"))
    for name, choice in (axis.choices or {}).items():
        for path in choice:
            if path != "base":
                yield from _path_rule(path, (*loc, "choices", name, path))
    for path, factor in (axis.factors or {}).items():
        if not math.isfinite(factor):
            yield Finding((*loc, "factors", path), f" = {given(factor)}: must be a number")
    yield from _value_rules(axis, loc)
    yield from _range_rules(sweep, axis, loc)


def _value_rules(axis: Axis, loc: Loc) -> Iterator[Finding]:
    known = axis.choices
    seen: set[tuple[type, object]] = set()
    for i, value in enumerate(axis.values or ()):
        here = (*loc, "values", i)
        if not isinstance(value, _Scalar) or (
            isinstance(value, float) and not math.isfinite(value)
        ):
            yield Finding(here, f" = {given(value)}: must be a single value")
            continue
        if known is not None and value not in known:
            hint = did_you_mean(str(value), known, "choices")
            yield Finding(here, f" = {given(value)}: is none of the choices; {hint}")
        if axis.factors is not None and not _is_number(value):
            yield Finding(here, f" = {given(value)}: must be a number, as it is multiplied")
        key = (type(value), value)
        if key in seen:
            yield Finding(here, f" = {given(value)}: is given twice")
        seen.add(key)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _range_rules(sweep: Sweep, axis: Axis, loc: Loc) -> Iterator[Finding]:
    has_range = axis.low is not None or axis.high is not None or axis.n_values is not None
    is_drawn = sweep.design in DRAWN
    if is_drawn:
        if axis.choices is not None or axis.values is not None or axis.n_values is not None:
            message = f": the design {sweep.design} draws between low and high; give these alone"
            yield Finding(loc, message)
    elif sweep.design == "list":
        if has_range or axis.values is not None:
            yield Finding(
                loc, ": in the design list the values stand in points; leave them out here"
            )
        return
    elif axis.values is not None or axis.choices is not None:
        if has_range:
            yield Finding(loc, ": must have values, or low, high and n_values, not both")
        return
    if axis.low is None or axis.high is None or (axis.n_values is None and not is_drawn):
        wanted = "low and high" if is_drawn else "values, or low, high and n_values"
        yield Finding(loc, f": must have {wanted}")
        return
    if not axis.low < axis.high:
        yield Finding((*loc, "high"), f" = {given(axis.high)}: must be more than low, {axis.low:g}")
    if axis.spacing == "log" and axis.low <= 0.0:
        yield Finding(
            (*loc, "low"), f" = {given(axis.low)}: must be more than 0 for spacing by ratios"
        )


def _design_rules(sweep: Sweep) -> Iterator[Finding]:
    wants_points, wants_n = sweep.design == "list", sweep.design in DRAWN
    if wants_points != (sweep.points is not None):
        yield Finding(("points",), f": {_must(wants_points)} be given with design {sweep.design}")
    if wants_n != (sweep.n_points is not None):
        yield Finding(("n_points",), f": {_must(wants_n)} be given with design {sweep.design}")
    if sweep.replications is not None and sweep.precision:
        yield Finding(("precision",), ": must not be given together with replications")
    lengths = [n_values(axis) for axis in sweep.axes]
    if sweep.design == "zip" and len({n for n in lengths if n}) > 1:
        listed = ", ".join(f"{axis.name} {n}" for axis, n in zip(sweep.axes, lengths, strict=True))
        yield Finding(
            ("axes",), f": have different numbers of values, and zip takes one of each: {listed}"
        )
    if sweep.design == "grid" and math.prod(max(n, 1) for n in lengths) > MAX_POINTS:
        message = f": make {math.prod(lengths):,} combinations: must be at most {MAX_POINTS:,}; give fewer values"
        yield Finding(("axes",), message)
    names = [axis.name for axis in sweep.axes]
    for i, point in enumerate(sweep.points or ()):
        if sorted(point) != sorted(names):
            message = f": must give a value of every axis, {', '.join(names)}; has {', '.join(point) or 'none'}"
            yield Finding(("points", i), message)
        for axis in sweep.axes:
            if axis.name in point:
                single = axis.model_copy(update={"values": (point[axis.name],)})
                for finding in _value_rules(single, ()):
                    yield Finding(("points", i, axis.name), finding.message)


def _must(wanted: bool) -> str:
    return "must" if wanted else "must not"


def n_values(axis: Axis) -> int:
    """Return how many values an axis lists. Number; 0 where they are drawn or stand in points."""
    if axis.values is not None:
        return len(axis.values)
    if axis.choices is not None:
        return len(axis.choices)
    return axis.n_values or 0


def _kept_rules(sweep: Sweep, measures: Collection[str]) -> Iterator[Finding]:
    named: list[tuple[Loc, str]] = [(("measures", i), one) for i, one in enumerate(sweep.measures)]
    named += [(("precision", i, "measure"), one.measure) for i, one in enumerate(sweep.precision)]
    for loc, measure in named:
        if measure not in measures:
            hint = did_you_mean(measure, measures, "measures")
            yield Finding(loc, f" = {given(measure)}: is no measure; {hint}")
    if sweep.coverage_only:
        yield from _coverage_rules(sweep)
    yield from check_precision(sweep.precision, ("precision",))


def _coverage_rules(sweep: Sweep) -> Iterator[Finding]:
    for key in ("replications", "precision"):
        if getattr(sweep, key):
            yield Finding((key,), ": must not be given with coverage_only, which simulates nothing")
    # Defaults are of calls, and nobody wrote them: measures of coverage are kept in their place.
    written = sweep.measures if "measures" in sweep.model_fields_set else ()
    for i, measure in enumerate(written):
        if not measure.startswith(OF_COVERAGE):
            message = (
                f" = {given(measure)}: is of calls; must be one of coverage with coverage_only"
            )
            yield Finding(("measures", i), message)


@dataclass(frozen=True)
class LoadedSweep:
    """A checked sweep file and where it came from."""

    sweep: Sweep  # what is varied
    path: Path  # file, absolute

    def problem(self, loc: Loc, message: str) -> Problem:
        """Return a problem of the file."""
        root = read_file(self.path, label_of(self.path))
        return _located(root, Finding(loc, message))


def _find_sweep(name_or_path: str | Path) -> Path:
    """Return the file of a sweep."""
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in text or text.endswith((".yaml", ".yml")):
        path = Path(text)
        if path.exists():
            return path.absolute()
        raise ScenarioError(f"{shorten(text)}: no such file; must be a sweep in YAML, or a name")
    folders = (Path("scenarios") / "sweeps", SHIPPED / "sweeps")
    for folder in folders:
        candidate = folder / f"{text}.yaml"
        if candidate.is_file():
            return candidate.absolute()
    names = sorted({file.stem for folder in folders for file in folder.glob("*.yaml")})
    hint = did_you_mean(text, names, "sweeps")
    raise ScenarioError(
        f"unknown sweep '{shorten(text)}': must be a name or the path of a YAML file; {hint}"
    )


def read_sweep_file(name_or_path: str | Path, measures: Collection[str]) -> LoadedSweep:
    """
    Load and check a sweep file; what it sets in scenarios is checked when the runs are planned.

    Parameters
    ----------
    name_or_path : str or Path
        Name in `./scenarios/sweeps` or among the shipped sweeps, or path of a YAML file.
    measures : collection of str
        Names of all measures.

    Returns
    -------
    LoadedSweep
        Sweep.

    Raises
    ------
    ScenarioError
        With every problem of the file, located.
    """
    path = _find_sweep(name_or_path)
    root = as_list(read_file(path, label_of(path)))
    unwrapped = unwrap(root, Sweep)
    findings = list(unwrapped.findings)
    sweep = None
    try:
        sweep = Sweep.model_validate(unwrapped.values)
    except ValidationError as error:
        spoken = {finding.loc for finding in findings}
        details = error.errors(include_url=False)
        findings += [one for one in findings_of(details, Sweep) if one.loc not in spoken]
    if sweep is not None:
        findings += rules(sweep, measures)
    places = [place_of(root, finding.loc, of_key=finding.of_key) for finding in findings]
    order = sorted(range(len(findings)), key=lambda i: (places[i].line, places[i].column))
    problems = [_located(root, findings[i]) for i in order]
    if sweep is not None:
        problems += _base_problems(sweep, root, path.parent)
    if problems or sweep is None:
        raise ScenarioError(*problems)
    return LoadedSweep(_with_defaults(sweep), path)


def _with_defaults(sweep: Sweep) -> Sweep:
    """Return a sweep of which coverage is kept where coverage alone is computed and nothing else is named."""
    if not sweep.coverage_only or "measures" in sweep.model_fields_set:
        return sweep
    return sweep.model_copy(update={"measures": MEASURES_OF_COVERAGE})


def _located(root: Node, finding: Finding) -> Problem:
    place = place_of(root, finding.loc, of_key=finding.of_key)
    return Problem(str(place), format_loc(root, finding.loc, shorten) + finding.message)


def _base_problems(sweep: Sweep, root: Node, folder: Path) -> list[Problem]:
    """Return which scenarios are not there."""
    named: list[tuple[Loc, Any]] = [(("base",), sweep.base)]
    for i, axis in enumerate(sweep.axes):
        for name, choice in (axis.choices or {}).items():
            if "base" in choice:
                named.append((("axes", i, "choices", name, "base"), choice["base"]))
    problems: list[Problem] = []
    for loc, name in named:
        place = f"{place_of(root, loc)}: {format_loc(root, loc, shorten)}"
        if not isinstance(name, str) or not name:
            problems.append(Problem(place, "must be the name or the path of a scenario"))
            continue
        try:
            if find_scenario(name, folder, place).is_dir():
                problems.append(Problem(place, f"{shorten(name)}: is a folder"))
        except ScenarioError as error:
            problems.extend(error.problems)
    return problems
