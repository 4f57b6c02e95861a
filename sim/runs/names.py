"""What users call a results folder by: its path, a tag, an id, or its scenario."""

from pathlib import Path

from sim.errors import Problem, SimError, StoreError
from sim.runs.store import LATEST, LATEST_COVERAGE, MANIFEST, N_DIGITS, NO_FOLDER, storing
from sim.runs.tags import Tags
from sim.scenario.find import scenario_names
from sim.scenario.messages import did_you_mean, given

WITHIN = ("", "staffing", "sweeps", "convergence", "uncertainty", "years")
"""Folders in that of all results that hold folders of scenarios, or of sweeps and their like."""

_BY_NAME = ("", "staffing", "sweeps")
"""Those in which a name means the newest: studies have the names of their scenarios."""


def find_named(text: str | Path, root: Path) -> Path | None:
    """Return the results folder that a path, a tag or an id means; None of the name of a scenario, or of nothing."""
    name = str(text)
    path = Path(text)
    with storing(path):
        if path.is_dir() and (isinstance(text, Path) or "/" in name or (path / MANIFEST).exists()):
            return _followed(path)
        if "/" in name and (root / name / MANIFEST).exists():
            return _followed(root / name)
    tagged = Tags(root).get(name)
    if tagged is None:
        return _of_id(name, root)
    if name in scenario_names():
        raise StoreError(
            f"{given(name)}: is a tag and a scenario; give the path of the folder or of the scenario's file, "
            "or rename the tag"
        )
    if not tagged.is_dir():
        message = f"is what the tag {name} means, and is not there any more; run it again, or remove the tag"
        raise StoreError(Problem(str(tagged), message))
    return tagged


def find_results(text: str | Path, root: Path) -> Path:
    """Return the results folder that any name means: of a scenario its newest plain run, of a sweep its newest."""
    named = find_named(text, root)
    if named is not None:
        return named
    name = str(text)
    is_known = any((root / within / name).is_dir() for within in _BY_NAME)
    scenario = name if is_known else _name_in(name)
    if scenario:
        links = (
            root / within / scenario / link
            for within in _BY_NAME
            for link in (LATEST, LATEST_COVERAGE)
        )
        for link in links:
            if link.is_dir():
                return _followed(link)
    raise StoreError(Problem(name, _why_not(name, scenario, root)))


def _followed(path: Path) -> Path:
    """Return a folder, a link to it followed once and for all."""
    return path.parent / path.readlink() if path.is_symlink() else path


def _of_id(name: str, root: Path) -> Path | None:
    """Return the folder of an id."""
    if len(name) != N_DIGITS or not name.isalnum():
        return None
    found = [path for within in WITHIN for path in (root / within).glob(f"*/{name}/{MANIFEST}")]
    if len(found) > 1:
        listed = ", ".join(str(path.parent) for path in found)
        raise StoreError(f"{name}: is the id of several folders: {listed}; give the path of one")
    return found[0].parent if found else None


def _name_in(text: str) -> str:
    """Return the name that a scenario's file gives it; empty where there is no such scenario."""
    from sim.scenario.load import load_scenario

    try:
        return load_scenario(text).scenario.name
    except SimError:
        return ""


def _why_not(name: str, scenario: str, root: Path) -> str:
    if scenario and any((root / scenario).glob(f"*/{MANIFEST}")):
        return f"no plain run is in {root / scenario}; name one of the folders in it, or run the scenario"
    if scenario and scenario not in WITHIN:
        return f"nothing of this scenario is in {root} yet; run it first"
    if "/" in name:
        return (
            NO_FOLDER if Path(name).exists() else "is not there; name a folder that a run published"
        )
    known = [*Tags(root).all(), *(path.name for path in sorted(root.glob("*")) if path.is_dir())]
    return (
        f"must be a results folder, a tag, an id, or a scenario that was run; {did_you_mean(name, known, 'names')} "
        "(python -m sim list shows all)"
    )
