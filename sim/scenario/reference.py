"""Whose sites sold the lines: other sites move nobody."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.scenario.evidence import unwrap
from sim.scenario.locate import Node, Plain, located
from sim.scenario.named_files import REGION_FILES
from sim.scenario.networks_section import SITE_KEYS, ReferenceSites
from sim.scenario.paths import parse_path
from sim.scenario.region_section import Region
from sim.scenario.schema import Scenario
from sim.scenario.sections import Section

OWN = "own"
"""In place of the name of a scenario: the sites of the scenario itself, whatever else is set."""

_KEY = "reference_sites"
_PLACE_KEYS = ("x_km", "y_km", "longitude_deg", "latitude_deg")


def placed_as(root: Node) -> Node | None:
    """Return the name of the scenario whose sites sold the lines of another one, as it was written there."""
    subscribers = root.mapping.get("subscribers")
    return None if subscribers is None else subscribers.mapping.get("placed_as")


def sold_as(root: Node, base: Node, folder: Path) -> Node:
    """
    Return a scenario whose lines are sold around the sites of another one.

    `reference_sites` stands in each network that has none and whose sites are others than in the second; nothing is
    said of networks that sell everywhere, or that the second has not. Files of both are named from the folder.
    """
    networks = root.mapping.get("networks")
    if root is base or networks is None or not networks.items:
        return root
    sellers = {str(one.get("name")): one for one in _networks(base)}
    items = [
        _sold_by(item, own, sellers.get(item.name or ""), folder)
        for item, own in zip(networks.items, _networks(root), strict=True)
    ]
    children = dict(root.mapping) | {"networks": Node(items, networks.place)}
    return Node(children, root.place, root.key_places)


def has_common_network(root: Node, base: Node) -> bool:
    """Say whether a network of one scenario has the name of a network of another."""
    names = [{item.name for item in _items(one) if item.name} for one in (root, base)]
    return bool(names[0] & names[1])


def is_same_region(root: Node, base: Node, folder: Path) -> bool:
    """Say whether two scenarios, whose files are named from one folder, are of the same territory."""
    regions = [unwrap(one, Scenario).values.get("region") for one in (root, base)]
    filled = [_filled(Region, one, REGION_FILES, folder) for one in regions]
    return filled[0] == filled[1]


def without_placed_as(root: Node) -> Node:
    """Return a scenario without the name of the one that sold its lines, which has been followed."""
    subscribers = root.mapping["subscribers"]
    kept = {key: node for key, node in subscribers.mapping.items() if key != "placed_as"}
    section = Node(kept, subscribers.place, subscribers.key_places)
    return Node(dict(root.mapping) | {"subscribers": section}, root.place, root.key_places)


def _networks(root: Node) -> list[dict[str, Plain]]:
    """Return the networks as plain values, without their evidence: its sources stay behind."""
    networks: Any = unwrap(root, Scenario).values.get("networks")
    listed = networks if isinstance(networks, list) else []
    return [one if isinstance(one, dict) else {} for one in listed]


def _items(root: Node) -> list[Node]:
    networks = root.mapping.get("networks")
    return [] if networks is None else networks.items


def _sold_by(
    item: Node, own: dict[str, Plain], seller: dict[str, Plain] | None, folder: Path
) -> Node:
    if seller is None or own.get(_KEY) is not None or own.get("sold_within_km") is None:
        return item
    sites: Any = seller.get(_KEY) or {key: seller[key] for key in SITE_KEYS if key in seller}
    if not sites or _where(sites, folder) == _where(own, folder):
        return item
    children = dict(item.mapping) | {_KEY: located(sites, item.place)}
    return Node(children, item.place, item.key_places | {_KEY: item.place})


def _where(sites: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return what says where sites are, without what they have."""
    given = {key: sites[key] for key in SITE_KEYS if key in sites}
    found: Any = _filled(ReferenceSites, given, ("sites_file",), folder)
    listed = found.get("sites")
    if isinstance(listed, list | tuple):
        found["sites"] = [
            {key: site[key] for key in _PLACE_KEYS if site.get(key) is not None}
            for site in listed
            if isinstance(site, dict)
        ]
    return dict(found)


def _filled(section: type[Section], values: object, files: Iterable[str], folder: Path) -> object:
    """Return a section with its defaults, and with what its files hold in place of their names; else as written."""
    try:
        found = section.model_validate(values).model_dump()
    except ValidationError:  # which is said elsewhere
        return values
    return found | {key: _content(folder, found[key]) for key in files}


def _content(folder: Path, name: str | None) -> str | None:
    """Return a digest of what a file holds; its name where it cannot be read."""
    if name is None:
        return None
    try:
        with (folder / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return name


def changes_sites(path: str) -> bool:
    """
    Say whether a value at a path may change whose sites sold the lines.

    Parameters
    ----------
    path : str
        Path.

    Returns
    -------
    bool
        Whether it may.
    """
    elements = parse_path(path)
    key = elements[2] if len(elements) > 2 else None
    return elements[0] == "networks" and key in (None, _KEY, "sold_within_km", *SITE_KEYS)
