"""Reading sweep files: schema and rules between keys, with every problem at once."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import Problem, ScenarioError
from sim.scenario.evidence import Finding, unwrap
from sim.scenario.find import SHIPPED, find_scenario, label_of
from sim.scenario.locate import Loc, Node, format_loc, place_of
from sim.scenario.messages import did_you_mean, shorten
from sim.scenario.read import read_file
from sim.scenario.sweep_rules import rules
from sim.scenario.sweep_section import Sweep
from sim.scenario.validate import findings_of


@dataclass(frozen=True)
class LoadedSweep:
    """A checked sweep file and where it came from."""

    sweep: Sweep  # what is varied
    path: Path  # file, absolute

    def problem(self, loc: Loc, message: str) -> Problem:
        """Return a problem of the file."""
        root = read_file(self.path, label_of(self.path))
        return _located(root, Finding(loc, message))


def find_sweep(name_or_path: str | Path) -> Path:
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
    path = find_sweep(name_or_path)
    root = read_file(path, label_of(path))
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
    return LoadedSweep(sweep, path)


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
