"""Small scenarios with some keys changed."""

from sim.scenario.schema import Scenario


def changed(one: Scenario, name: str, radio=None, registrations=None, **messages) -> Scenario:
    """Return a scenario under another name, with keys of radio, of registrations and of messages changed."""
    tree = one.model_dump(mode="json")
    tree["name"] = name
    tree["radio"] |= radio or {}
    tree["traffic"]["messages"] |= messages
    if registrations is not None:
        tree["traffic"]["registrations"] |= {"is_on": True, **registrations}
    return Scenario.model_validate(tree)
