"""Whose sites sold the lines: other sites move nobody."""

from typing import Any

from sim.scenario.evidence import unwrap
from sim.scenario.locate import Node, Plain, located
from sim.scenario.networks_section import SITE_KEYS
from sim.scenario.paths import parse_path
from sim.scenario.schema import Scenario

OWN = "own"
"""In place of the name of a scenario: the sites of the scenario itself, whatever else is set."""

_KEY = "reference_sites"
_PLACE_KEYS = ("x_km", "y_km", "longitude_deg", "latitude_deg")


def placed_as(root: Node) -> Node | None:
    """Return the name of the scenario whose sites sold the lines of another one, as it was written there."""
    subscribers = root.mapping.get("subscribers")
    return None if subscribers is None else subscribers.mapping.get("placed_as")


def sold_as(root: Node, base: Node) -> Node:
    """
    Return a scenario whose lines are sold around the sites of another one.

    `reference_sites` stands in each network that has none and whose sites are others than in the second; nothing is
    said of networks that sell everywhere, or that the second has not. Its files are named from the folder of the first.
    """
    networks = root.mapping.get("networks")
    if root is base or networks is None or not networks.items:
        return root
    sellers = {str(one.get("name")): one for one in _networks(base)}
    items = [
        _sold_by(item, own, sellers.get(item.name or ""))
        for item, own in zip(networks.items, _networks(root), strict=True)
    ]
    children = dict(root.mapping) | {"networks": Node(items, networks.place)}
    return Node(children, root.place, root.key_places)


def without_placed_as(root: Node) -> Node:
    """Return a scenario without the name of the one that sold its lines, which has been followed."""
    subscribers = root.mapping["subscribers"]
    kept = {key: node for key, node in subscribers.mapping.items() if key != "placed_as"}
    section = Node(kept, subscribers.place, subscribers.key_places)
    return Node(dict(root.mapping) | {"subscribers": section}, root.place, root.key_places)


def _networks(root: Node) -> list[dict[str, Plain]]:
    """Return the networks as plain values, without their evidence: its sources stay behind."""
    networks: Any = unwrap(root, Scenario).values.get("networks")
    return [one if isinstance(one, dict) else {} for one in networks or ()]


def _sold_by(item: Node, own: dict[str, Plain], seller: dict[str, Plain] | None) -> Node:
    if seller is None or own.get(_KEY) is not None or own.get("sold_within_km") is None:
        return item
    sites: Any = seller.get(_KEY) or {key: seller[key] for key in SITE_KEYS if key in seller}
    if not sites or _where(sites) == _where(own):
        return item
    children = dict(item.mapping) | {_KEY: located(sites, item.place)}
    return Node(children, item.place, item.key_places | {_KEY: item.place})


def _where(sites: dict[str, Any]) -> dict[str, Any]:
    """Return what says where sites are, without what they have."""
    found = {key: sites[key] for key in SITE_KEYS if key in sites}
    listed = found.get("sites")
    if isinstance(listed, list):
        found["sites"] = [
            {key: site[key] for key in _PLACE_KEYS if key in site}
            for site in listed
            if isinstance(site, dict)
        ]
    return found


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
