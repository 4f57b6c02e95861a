"""Cards of convergence beside scenarios: what was found once is told wherever the scenario is used."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.errors import Problem, SimError
from sim.runs.method.choices import CHOICES
from sim.runs.method.headlines import HEADLINES
from sim.runs.method.texts import size_text, value_text, where_text
from sim.runs.provenance import code_digest
from sim.runs.store import storing, write_text
from sim.runs.text_tables import WideTable
from sim.scenario.find import SHIPPED, find_scenario, label_of
from sim.scenario.schema import Scenario

FOLDER = "convergence"
"""Folder of cards, beside the scenarios."""

SCHEMA = 1
"""Version of convergence.json and of cards, which are the same."""

Found = dict[str, Any]
"""What a study of convergence found."""

_CHOICES = {one.path: one for one in CHOICES}
_ROUNDING = 1e-9


def write_card(name_or_path: str | Path, found: Found) -> str:
    """
    Keep what was found beside its scenario.

    Parameters
    ----------
    name_or_path : str or Path
        Scenario.
    found : dict
        What was found.

    Returns
    -------
    str
        File, as messages name it.

    Raises
    ------
    SimError
        If values were set in the scenario, of which the card would not hold, or the file cannot be written.
    """
    require_as_is(found["set"])
    path = find_scenario(name_or_path).parent / FOLDER / f"{found['scenario']}.json"
    with storing(path):
        path.parent.mkdir(exist_ok=True)
        write_text(path, found_text(found))
    return label_of(path)


def require_as_is(overrides: Sequence[str]) -> None:
    """
    Refuse to keep what was found of a scenario in which values were set.

    Parameters
    ----------
    overrides : sequence of str
        `PATH=VALUE` texts; how long and how often was simulated may be among them.

    Raises
    ------
    SimError
        If others are.
    """
    allowed = ("run.duration_h=", "run.replications=", "seed=")
    problems = [
        Problem(f"--write: --set {text}", "a card is of a scenario as it is; leave one of them out")
        for text in overrides
        if not text.startswith(allowed)
    ]
    if problems:
        raise SimError(*problems)


def require_no_failures(n_failed: int) -> None:
    """
    Refuse to keep what was found of a part of the runs.

    Parameters
    ----------
    n_failed : int
        Runs that failed.

    Raises
    ------
    SimError
        If there are any.
    """
    if n_failed:
        message = f"{n_failed:,} runs failed, and a card is of all; give the command with --retry"
        raise SimError(Problem("--write", message))


def card_of(name: str, beside: Path | None = None) -> Found | None:
    """Return the card of a scenario, looked for beside its file first; None where none can be read."""
    for folder in dict.fromkeys((beside, Path("scenarios"), SHIPPED)):
        if folder is None:
            continue
        try:
            found = json.loads((folder / FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(found, dict) and found.get("schema") == SCHEMA:
            return found
    return None


def is_of_other_code(card: Mapping[str, Any]) -> bool:
    """Say whether a card was made by other code than this, whose errors may be others."""
    return card.get("code_sha256") != code_digest()


def unlike(card: Mapping[str, Any], scenario: Scenario) -> dict[str, tuple[Any, Any]]:
    """Return the choices that a scenario has otherwise than its card: value of the card and its own, by path."""
    found: dict[str, tuple[Any, Any]] = {}
    for path, value in holds_for(card).items():
        own = _CHOICES[path].value(scenario) if path in _CHOICES else None
        if own is None or not _is_same(own, value):
            found[path] = value, own
    return found


def _is_same(a: float | str, b: float | str) -> bool:
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    return abs(a - b) <= _ROUNDING * abs(b)


def largest_errors(card: Mapping[str, Any]) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    """Return, by measure, network and by any or all, the result of the choice whose error was seen to be largest."""
    found: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for row in card["results"]:
        key = row["measure"], row["network"], row["covered_by"]
        if row["shown"] > (found[key]["shown"] if key in found else 0.0):
            found[key] = row
    return found


def card_table(card: Mapping[str, Any]) -> WideTable:
    """Return what was seen of errors of the method: a row for each measure that has any."""
    table = WideTable(("Error of the method", "value", "error", "by"))
    errors, labels = largest_errors(card), {one["name"]: one["label"] for one in card["choices"]}
    for measure in card["measures"]:
        row = errors.get((measure["measure"], measure["network"], measure["covered_by"]))
        if row is None or measure["measure"] not in HEADLINES:
            continue
        line = HEADLINES[measure["measure"]]
        more = " or more" if row["verdict"] in ("unsure", "not_converging") else ""
        error = f"{size_text(row['shown'] * line.factor)}{more}"
        label = f"{line.label}{where_text(measure)}"
        table.add(label, value_text(measure, line), error, labels[row["choice"]])
    return table


def card_lines(card: Mapping[str, Any], scenario: Scenario) -> Iterator[str]:
    """Yield for what a card holds, and of what it does not speak."""
    calls = f"{card['duration_h']:g} h of calls" if card["has_calls"] else "coverage alone"
    yield (
        f"By `converge` over {len(card['seeds'])} seeds, {calls}, sites "
        f"{'held' if card['holds_sites'] else 'placed anew'}, for {_values_text(card)}. Smaller errors were not seen."
    )
    if is_of_other_code(card):
        again = f"`python -m sim {' '.join(card['command'][1:])} --write` makes it anew"
        yield f"The card was made by other code, whose errors may be others: {again}."
    for path, (of_card, own) in unlike(card, scenario).items():
        yield f"Here {path} is {_said(own)}, and not {_said(of_card)}: of this the card says nothing."


def _values_text(card: Mapping[str, Any]) -> str:
    return ", ".join(f"{path} {_said(value)}" for path, value in holds_for(card).items())


def _said(value: object) -> str:
    if value is None:
        return "absent"
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def holds_for(found: Mapping[str, Any]) -> dict[str, float | str]:
    """Return the values of the choices for which what was found holds, by their paths."""
    return {one["path"]: one["values"][one["as_is"]] for one in found["choices"]}


def found_text(found: Found) -> str:
    """Return what was found as JSON, an entry of a list on each line."""
    parts = []
    for key, value in found.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in value)
            parts.append(f' "{key}": [\n  {rows}\n ]')
        else:
            parts.append(f' "{key}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"
