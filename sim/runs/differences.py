"""How what was run differs from its scenario: values that were set, with those that the scenario has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.errors import ScenarioError
from sim.runs.store import read_manifest
from sim.scenario.differences import key_differences
from sim.scenario.evidence import Evidence
from sim.scenario.load import load_scenario
from sim.scenario.locate import Plain, plain
from sim.scenario.messages import given
from sim.scenario.paths import parse_override
from sim.scenario.resolve import LoadedScenario

PUBLISHED = "scenario.yaml"
"""Scenario of a results folder."""

_NOTHING = "nothing"


@dataclass(frozen=True)
class Difference:
    """A value that is not the scenario's."""

    path: str  # such as `networks[koryolink].n_sites`
    value: Plain  # value that was run
    # and that of the scenario, None where it has none; both with their evidence where only this differs
    scenario_value: Plain

    def as_mapping(self) -> dict[str, Plain]:
        """Return what the manifest says of it."""
        return {"path": self.path, "value": self.value, "scenario_value": self.scenario_value}


def differences_of(loaded: LoadedScenario, overrides: Sequence[str]) -> tuple[Difference, ...]:
    """
    Return how a scenario with overrides differs from its file.

    That of a results folder is no scenario of its own: what it differs in from the one that it was made of stays.
    """
    own = _from_file(loaded, overrides) if overrides else ()
    return _after(_of_folder(loaded), own)


def _from_file(loaded: LoadedScenario, overrides: Sequence[str]) -> tuple[Difference, ...]:
    try:
        before = load_scenario(loaded.path)
    except ScenarioError:  # what was set makes a scenario of the file
        return tuple(_of_override(text) for text in overrides)
    trees = (one.scenario.model_dump(mode="json") for one in (loaded, before))
    unlike = tuple(Difference(one.path, one.a, one.b) for one in key_differences(*trees))
    told = {one.path for one in unlike}
    return (*unlike, *(one for one in _otherwise_known(loaded, before) if one.path not in told))


def _of_override(text: str) -> Difference:
    override = parse_override(text)
    return Difference(override.path, plain(override.value), None)


def _otherwise_known(loaded: LoadedScenario, file: LoadedScenario) -> Iterator[Difference]:
    """Yield parameters of which other evidence, or none, is given: it is part of the id."""
    for path in dict.fromkeys((*loaded.evidence, *file.evidence)):
        now, before = loaded.evidence.get(path), file.evidence.get(path)
        if now != before:
            value = (now or before or Evidence(None)).value
            yield Difference(
                path, *(value if one is None else one.as_mapping() for one in (now, before))
            )


def _of_folder(loaded: LoadedScenario) -> tuple[Difference, ...]:
    """Return what the results folder says in which a scenario lies."""
    if loaded.path.name != PUBLISHED:
        return ()
    found = read_manifest(loaded.folder).get("differences")
    return tuple(read_differences(found))


def _after(first: Iterable[Difference], then: Iterable[Difference]) -> tuple[Difference, ...]:
    """Return in what two steps differ from where the first began."""
    found = {one.path: one for one in first}
    for one in then:
        before = found.get(one.path, one).scenario_value
        found[one.path] = Difference(one.path, one.value, before)
    return tuple(one for one in found.values() if one.value != one.scenario_value)


def read_differences(found: object) -> Iterator[Difference]:
    """
    Iterate over differences as a manifest has them; nothing where it has none.

    Parameters
    ----------
    found : object
        `differences` of a manifest.

    Yields
    ------
    Difference
        A value that is not the scenario's.
    """
    for one in found if isinstance(found, list) else ():
        if isinstance(one, Mapping) and "path" in one:
            yield Difference(str(one["path"]), one.get("value"), one.get("scenario_value"))


def difference_text(one: Difference) -> str:
    """
    Return a difference in words.

    Parameters
    ----------
    one : Difference
        Difference.

    Returns
    -------
    str
        Such as `networks[koryolink].n_sites = 700 (450)`.
    """
    return f"{one.path} = {_shown(one.value)} ({_shown(one.scenario_value)})"


def _shown(value: Any) -> str:  # noqa: ANN401  # of any key
    return _NOTHING if value is None else given(value)
