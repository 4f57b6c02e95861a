"""Loading a scenario: file, base files, overrides, schema and rules, with every problem at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sim.errors import Problem, ScenarioError
from sim.scenario.check import check
from sim.scenario.evidence import Finding, unwrap
from sim.scenario.extension_items import with_parameters
from sim.scenario.fields import Shape, child_shape
from sim.scenario.find import find_scenario, label_of
from sim.scenario.locate import Loc, Node, Place, format_loc, place_of, plain
from sim.scenario.messages import given, shorten
from sim.scenario.named_files import named_files, seen_from
from sim.scenario.paths import Override, parse_override, with_override
from sim.scenario.precision_section import as_list, without_replaced
from sim.scenario.read import read_file
from sim.scenario.reference import (
    OWN,
    has_common_network,
    is_same_region,
    placed_as,
    sold_as,
    without_placed_as,
)
from sim.scenario.resolve import LoadedScenario
from sim.scenario.schema import Scenario
from sim.scenario.validate import validate

_TOP = Shape("section", section=Scenario)


@dataclass(frozen=True)
class Examined:
    """A scenario that was read, whatever is wrong with it."""

    path: Path  # file
    loaded: LoadedScenario | None  # scenario; None when something is wrong
    problems: tuple[Problem, ...]  # what is wrong, located
    sections: dict[str, Any]  # sections of which nothing is wrong

    def require(self) -> LoadedScenario:
        """Return the scenario, or raise its problems."""
        if self.loaded is None:
            raise ScenarioError(*self.problems)
        return self.loaded


def load_scenario(name_or_path: str | Path, overrides: Sequence[str] = ()) -> LoadedScenario:
    """
    Load and check a scenario.

    Parameters
    ----------
    name_or_path : str or Path
        Name in `./scenarios` or among the shipped scenarios, or path of a YAML file.
    overrides : sequence of str
        `PATH=VALUE` texts, set one after the other over file and base files.

    Returns
    -------
    LoadedScenario
        Scenario, frozen and complete.

    Raises
    ------
    ScenarioError
        With every problem of the scenario, located.
    """
    return examine_scenario(name_or_path, overrides).require()


def examine_scenario(name_or_path: str | Path, overrides: Sequence[str] = ()) -> Examined:
    """
    Load a scenario, and say what is wrong with it and what of it is sound.

    Parameters
    ----------
    name_or_path : str or Path
        Name or path, as `load_scenario` takes it.
    overrides : sequence of str
        `PATH=VALUE` texts.

    Returns
    -------
    Examined
        Scenario, or its problems.

    Raises
    ------
    ScenarioError
        If there is nothing to examine: no file, or one that is no YAML.
    """
    path = find_scenario(name_or_path)
    given_overrides, problems = _parsed(overrides)
    return _examined(layered_scenario(path), path, given_overrides, problems)


def may_be_placed_as(seller: Path, name_or_path: str | Path, overrides: Sequence[str] = ()) -> bool:
    """
    Return whether the lines of a scenario may be said to have been sold around the sites of another one.

    Parameters
    ----------
    seller : Path
        File of the other one.
    name_or_path : str or Path
        As in `load_scenario`.
    overrides : sequence of str
        As in `load_scenario`.

    Returns
    -------
    bool
        Whether `subscribers.placed_as` is not given, and both are of one region with the name of a network in common.

    Raises
    ------
    ScenarioError
        If a file cannot be read, or is no scenario.
    """
    path = find_scenario(name_or_path)
    root, _ = _overridden(layered_scenario(path), _parsed(overrides)[0])
    if placed_as(root) is not None:
        return False
    sold = seen_from(layered_scenario(seller), seller.parent, path.parent)
    return not _cannot_sell(root, sold, path.parent)


def _parsed(texts: Sequence[str]) -> tuple[list[Override], list[Problem]]:
    """Return overrides, and what is wrong with the texts that are none."""
    overrides: list[Override] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            overrides.append(parse_override(text))
        except ScenarioError as error:
            problems.extend(error.problems)
    return overrides, problems


def settled(
    root: Node, path: Path, overrides: Sequence[Override], problems: Sequence[Problem] = ()
) -> LoadedScenario:
    """
    Set values of a scenario that has been read, and check it.

    Parameters
    ----------
    root : Node
        What `layered_scenario` read.
    path : Path
        Its file.
    overrides : sequence of Override
        Set one after the other.
    problems : sequence of Problem
        What is known to be wrong already.

    Returns
    -------
    LoadedScenario
        Scenario, frozen and complete.

    Raises
    ------
    ScenarioError
        With every problem of the scenario, located.
    """
    return _examined(root, path, overrides, problems).require()


def _examined(
    root: Node, path: Path, overrides: Sequence[Override], problems: Sequence[Problem]
) -> Examined:
    before = root
    root, unset = _overridden(root, overrides)
    root, unplaced = _placed(with_parameters(_with_lists(root)), before, path)
    unset += unplaced
    unwrapped = unwrap(root, Scenario)
    verdict = validate(unwrapped.values)
    broken = tuple(check(verdict.sections, path.parent))
    of_rules = map(verdict.respelt.as_written, broken)
    findings = _first_at_each_place(unwrapped.findings, verdict.findings, of_rules)
    every = (*_problems(root, findings), *problems, *unset)
    scenario, loaded = verdict.scenario, None
    if scenario is not None and not every:
        loaded = LoadedScenario(
            scenario=scenario,
            path=path,
            folder=path.parent,
            evidence=unwrapped.evidence,
            input_files=tuple(path.parent / name for name in named_files(scenario)),
        )
    spoken = {str(finding.loc[0]) for finding in (*unwrapped.findings, *broken) if finding.loc}
    sections = {key: one for key, one in verdict.sections.items() if key not in spoken}
    return Examined(path, loaded, every, sections)


def _with_lists(root: Node) -> Node:
    """Return a scenario in which one measure that must be known is a list of one."""
    run = root.mapping.get("run")
    if run is None:
        return root
    return Node({**root.mapping, "run": as_list(run)}, root.place, root.key_places)


def layered_scenario(path: Path) -> Node:
    """
    Read a file and lay it over the chain of files it is based on.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    Node
        Located mapping, not checked yet.

    Raises
    ------
    ScenarioError
        If a file cannot be read, or is no scenario.
    """
    layers: list[Node] = []
    seen: list[Path] = []
    current, base = path, None
    while True:
        seen.append(current.resolve())
        root = read_file(current, label_of(current))
        _require_known_key(root, base)
        base = root.mapping.get("base")
        children = {key: node for key, node in root.mapping.items() if key != "base"}
        root = Node(children, root.place, root.key_places)
        layers.append(seen_from(root, current.parent, path.parent))
        if base is None:
            break
        if not isinstance(base.value, str) or not base.value:
            message = f"base = {given(plain(base))}: must be the name or the path of a scenario"
            raise ScenarioError(Problem(str(base.place), message))
        current = find_scenario(base.value, current.parent, f"{base.place}: base")
        if current.is_dir():
            message = f"base = {given(base.value)}: is a folder; must be a scenario in YAML"
            raise ScenarioError(Problem(str(base.place), message))
        if current.resolve() in seen:
            message = f"base = {given(base.value)}: must not lead back to itself"
            raise ScenarioError(Problem(str(base.place), message))
    result = layers.pop()
    while layers:
        layer = layers.pop()
        own = layer.mapping.get("run")
        result = _merged(without_replaced(result, _written(own)), layer, _TOP)
    return result


def _written(section: Node | None) -> list[str]:
    """Return the keys of a section that have a value: an empty list takes the place of nothing."""
    return [] if section is None else [k for k, one in section.mapping.items() if one.value]


def _merged(base: Node, child: Node, shape: Shape | None) -> Node:
    """
    Return a base with a child laid over it.

    Mappings merge key by key; lists whose items are all mappings with a `name` merge by name, new items at the end;
    everything else is replaced. A value with its evidence is one value: the child's takes the place of the base's
    whole, so that no source outlives its number.

    Merged tree; every value keeps the place where it was written.
    """
    if shape is not None and shape.is_parameter:
        return child
    if isinstance(base.value, dict) and isinstance(child.value, dict):
        return _merged_mapping(base, child, shape)
    if _is_named_list(base) and _is_named_list(child):
        return _merged_list(base, child, shape)
    return child


def _merged_mapping(base: Node, child: Node, shape: Shape | None) -> Node:
    children = dict(base.mapping)
    for key, node in child.mapping.items():
        below = children.get(key)
        children[key] = node if below is None else _merged(below, node, child_shape(shape, key))
    return Node(children, child.place, base.key_places | child.key_places)


def _is_named_list(node: Node) -> bool:
    return bool(node.items) and all(item.name is not None for item in node.items)


def _merged_list(base: Node, child: Node, shape: Shape | None) -> Node:
    """Merge by name; a name that the child gives twice stays double, for the check to find."""
    items = list(base.items)
    rest = list(child.items)
    for i, item in enumerate(items):
        match = next((other for other in rest if other.name == item.name), None)
        if match is not None:
            rest = [other for other in rest if other is not match]
            items[i] = _merged(item, match, child_shape(shape, 0))
    return Node([*items, *rest], child.place)


def _require_known_key(root: Node, named: Node | None) -> None:
    """Refuse a file that is YAML, but has nothing of a scenario; `named` is where a base was named."""
    known = [*Scenario.model_fields, "base"]
    words = list(root.mapping)
    close = any(get_close_matches(word.casefold(), known, n=1) for word in words)
    if words and not close:
        listed = ", ".join(shorten(word) for word in words[:5])
        message = f"is no scenario: has no key such as name, region or networks, but {listed}"
        if named is not None:
            message += f"; named as base in {named.place}"
        raise ScenarioError(Problem(root.place.file, message))


def _overridden(root: Node, overrides: Sequence[Override]) -> tuple[Node, list[Problem]]:
    problems: list[Problem] = []
    for override in overrides:
        try:
            if override.elements[0] == "run" and override.value.value:
                root = without_replaced(root, [str(one) for one in override.elements[1:2]])
            root = with_override(root, override, Scenario)
        except ScenarioError as error:
            problems.extend(error.problems)
    return root, problems


def _placed(root: Node, before: Node, path: Path) -> tuple[Node, list[Problem]]:
    """Let the lines be where the scenario that is named sold them, or this one before its overrides."""
    named = placed_as(root)
    if named is None or named.value is None:
        # In another region, or a part of it, there are other people and places.
        is_same = is_same_region(root, before, path.parent)
        return (sold_as(root, before, path.parent) if is_same else root), []
    if named.value == OWN or not isinstance(named.value, str) or not named.value:
        return root, []
    # A name in an override is meant from the working folder, as that of the scenario is.
    beside = path.parent if named.place.line else None
    try:
        other = find_scenario(named.value, beside, f"{named.place}: subscribers.placed_as")
        seller = seen_from(layered_scenario(other), other.parent, path.parent)
    except ScenarioError as error:
        return root, list(error.problems)
    if why := _cannot_sell(root, seller, path.parent):
        message = (
            f"subscribers.placed_as = {given(named.value)}: {why}; name another scenario, or {OWN}"
        )
        return root, [Problem(str(named.place), message)]
    return without_placed_as(sold_as(root, seller, path.parent)), []


def _cannot_sell(root: Node, seller: Node, folder: Path) -> str:
    """Return why a scenario cannot have sold the lines of another one; empty when it can."""
    if not is_same_region(root, seller, folder):
        return "is of another region, where other people live"
    if not has_common_network(root, seller):
        return "has no network of these names"
    return ""


def _first_at_each_place(*groups: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings without those of a later group where an earlier one already speaks."""
    kept: list[Finding] = []
    spoken: set[Loc] = set()
    for group in groups:
        fresh = [finding for finding in group if finding.loc not in spoken]
        kept.extend(fresh)
        spoken |= {finding.loc for finding in fresh}
    return tuple(kept)


def _likely_item(root: Node, finding: Finding) -> str:
    """Return which network of the base may be meant by a new one that lacks what every network needs."""
    match finding.loc:
        case ("networks", int(index), *_) if finding.message.startswith(
            (": missing", ": must have")
        ):
            items = root.mapping["networks"].items
        case _:
            return ""
    own = items[index]
    others = [item.name for item in items if item.place.file != own.place.file and item.name]
    close = get_close_matches(own.name or "", others, n=1)
    return f"; did you mean '{close[0]}' of the base?" if close else ""


def _problems(root: Node, findings: Iterable[Finding]) -> list[Problem]:
    """Return findings with file, line and column, in the order of the files."""
    located = []
    for finding in findings:
        place = place_of(root, finding.loc, of_key=finding.of_key)
        text = format_loc(root, finding.loc, shorten) + finding.message
        located.append((place, text + _likely_item(root, finding)))
    own = root.place.file

    def order(entry: tuple[Place, str]) -> tuple[bool, bool, Place]:
        place = entry[0]
        return place.line == 0, place.file != own, place

    return [Problem(str(place), text) for place, text in sorted(located, key=order)]
