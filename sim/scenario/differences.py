"""How two resolved scenarios differ, key by key."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sim.scenario.fields import EVIDENCE_KEYS


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
        Values that differ, in the order of the first; what is known of a value does not count.
    """
    return tuple(_differences("", a, b))


def _differences(path: str, a: Any, b: Any) -> Iterator[KeyDifference]:  # noqa: ANN401  # plain values
    a, b = _bare(a), _bare(b)
    if a == b:
        return
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys([*a, *b]):
            yield from _differences(f"{path}.{key}".lstrip("."), a.get(key), b.get(key))
    elif (named_a := _by_name(a)).keys() & (named_b := _by_name(b)).keys():
        for name in dict.fromkeys([*named_a, *named_b]):
            yield from _differences(f"{path}[{name}]", named_a.get(name), named_b.get(name))
    elif _is_alike(a, b):
        for i, (one, other) in enumerate(zip(a, b, strict=True)):
            yield from _differences(f"{path}[{i}]", one, other)
    else:
        yield KeyDifference(path, a, b)


def _bare(value: Any) -> Any:  # noqa: ANN401  # plain values
    """Return a value without its evidence."""
    if isinstance(value, dict) and "value" in value and set(value) <= set(EVIDENCE_KEYS):
        return value["value"]
    return value


def _by_name(value: Any) -> dict[str, Any]:  # noqa: ANN401  # plain values
    """Return the items of a list by their names; nothing for anything else."""
    items = value if isinstance(value, list) else []
    return {str(item["name"]): item for item in items if isinstance(item, dict) and "name" in item}


def _is_alike(a: Any, b: Any) -> bool:  # noqa: ANN401  # plain values
    """Say whether two lists are of the same things, some of which are the same."""
    is_list = isinstance(a, list) and isinstance(b, list) and len(a) == len(b)
    return is_list and any(one == other for one, other in zip(a, b, strict=True))
