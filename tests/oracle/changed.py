"""Small scenarios with some keys changed."""

from sim.scenario.schema import Scenario


def changed(one: Scenario, name: str, radio=None) -> Scenario:
    """Return a scenario under another name, with keys of radio changed."""
    tree = one.model_dump(mode="json")
    tree["name"] = name
    tree["radio"] |= radio or {}
    return Scenario.model_validate(tree)
