"""How two resolved scenarios differ, key by key."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sim.scenario.fields import EVIDENCE_KEYS

_NOT_SIMULATED = ("name", "notes", "sources")


@dataclass(frozen=True, slots=True)
class KeyDifference:
    """A value that differs."""

    path: str  # path, such as `networks[kang_song].n_sites`
    a: Any  # and b: plain values; None where a scenario has none
    b: Any


def key_differences(a: dict[str, Any], b: dict[str, Any]) -> tuple[KeyDifference, ...]:
    """
    Return what differs between two scenarios as plain trees.

    Parameters
    ----------
    a, b : dict
        Scenarios as their resolved YAML has them; values may stand with their evidence.

    Returns
    -------
    tuple of KeyDifference
        Values that differ, in the order of the first; name, notes, sources and what is known of a value do not count.
    """
    shown = ({key: one[key] for key in one if key not in _NOT_SIMULATED} for one in (a, b))
    return tuple(_differences("", *shown))


def _differences(path: str, a: Any, b: Any) -> Iterator[KeyDifference]:  # noqa: ANN401  # plain values
    a, b = _bare(a), _bare(b)
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys([*a, *b]):
            yield from _differences(f"{path}.{key}".lstrip("."), a.get(key), b.get(key))
    elif _has_names(a) and _has_names(b):
        named_a, named_b = ({str(item["name"]): item for item in items} for items in (a, b))
        for name in dict.fromkeys([*named_a, *named_b]):
            yield from _differences(f"{path}[{name}]", named_a.get(name), named_b.get(name))
    elif a != b:
        yield KeyDifference(path, a, b)


def _bare(value: Any) -> Any:  # noqa: ANN401  # plain values
    """Return a value without its evidence."""
    if isinstance(value, dict) and "value" in value and set(value) <= set(EVIDENCE_KEYS):
        return value["value"]
    return value


def _has_names(value: Any) -> bool:  # noqa: ANN401  # plain values
    """Say whether a value is a list whose items have names."""
    return isinstance(value, list) and all(
        isinstance(item, dict) and "name" in item for item in value
    )
