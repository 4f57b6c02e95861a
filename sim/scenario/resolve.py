"""A checked scenario with its evidence, and the complete text of it: defaults and overrides resolved."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import SafeRepresenter

from sim.scenario.evidence import Evidence
from sim.scenario.locate import Plain
from sim.scenario.named_files import with_files, without_folders
from sim.scenario.schema import Scenario

_WIDTH = 110
_SCHEMA_LINE = "# yaml-language-server: $schema=scenario.schema.json\n"


@dataclass(frozen=True)
class LoadedScenario:
    """A checked scenario and where it came from."""

    scenario: Scenario  # every default and override resolved
    path: Path  # file, absolute
    folder: Path  # folder in which its tables lie
    # what is known of parameters, by path such as `networks[kang_song].n_sites`
    evidence: dict[str, Evidence]
    # files whose contents belong to the scenario: the region's, the networks', then the extensions
    input_files: tuple[Path, ...]

    @cached_property
    def resolved_yaml(self) -> str:
        """The complete scenario with its evidence, loadable again."""
        return _yaml(self.scenario, self.evidence)

    def yaml_with_files(self, rename: Callable[[str], str]) -> str:
        """
        Return the complete scenario with its files named otherwise.

        Parameters
        ----------
        rename : callable
            Gives the name of a file another one.

        Returns
        -------
        str
            YAML.
        """
        return _yaml(with_files(self.scenario, rename), self.evidence)


def _tree(scenario: Scenario, evidence: dict[str, Evidence]) -> dict[str, Plain]:
    """Return a scenario as plain values, parameters with evidence as mappings."""
    values = scenario.model_dump(mode="json")
    if scenario.run.precision:  # then the number of replications is not given
        del values["run"]["replications"]
    return {key: _resolved(value, key, evidence) for key, value in values.items()}


def _resolved(value: Plain, path: str, evidence: dict[str, Evidence]) -> Plain:
    """Return the value at a path with its evidence."""
    known = evidence.get(path)
    if known is not None:
        return {**known.as_mapping(), "value": value}
    if isinstance(value, dict):
        return {key: _resolved(child, f"{path}.{key}", evidence) for key, child in value.items()}
    if isinstance(value, list):
        return [
            _resolved(item, f"{path}[{_label(item, index)}]", evidence)
            for index, item in enumerate(value)
        ]
    return value


def _label(item: Plain, index: int) -> str:
    """Return what a path calls an item of a list."""
    name = item.get("name") if isinstance(item, dict) else None
    return str(name or index)


class _Representer(SafeRepresenter):
    """Quotes what the writer of YAML would leave plain and its reader then refuses."""

    def represent_text(self, text: str) -> ScalarNode:
        style = '"' if text.startswith((":", "?")) else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Representer.add_representer(str, _Representer.represent_text)


def _yaml(scenario: Scenario, evidence: dict[str, Evidence]) -> str:
    """Return a scenario as YAML that loads to an equal scenario."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = _Representer
    yaml.default_flow_style = None
    yaml.allow_unicode = True
    yaml.width = _WIDTH
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel.yaml types it as None
    stream = io.StringIO()
    yaml.dump(_tree(scenario, evidence), stream)
    return _SCHEMA_LINE + stream.getvalue()


def scenario_id_text(loaded: LoadedScenario) -> str:
    """
    Return the text over which a scenario is hashed.

    Parameters
    ----------
    loaded : LoadedScenario
        Scenario.

    Returns
    -------
    str
        JSON of `id_tree`.
    """
    return json.dumps(
        id_tree(loaded), sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":")
    )


def id_tree(loaded: LoadedScenario) -> dict[str, Plain]:
    """
    Return the values over which a scenario is hashed.

    Parameters
    ----------
    loaded : LoadedScenario
        Scenario.

    Returns
    -------
    dict
        Every key of the schema; tables by their names without folders.
    """
    return _tree(without_folders(loaded.scenario), loaded.evidence)
