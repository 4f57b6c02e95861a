"""How exactly measures must be known: a section of scenarios and of sweeps, in place of a number of replications."""

from collections.abc import Iterator, Sequence

from sim.scenario.evidence import Finding
from sim.scenario.locate import Loc, Node
from sim.scenario.sections import ASSUMED, Section, key

FIRST_REPLICATIONS = 10
"""Replications before intervals are looked at (house choice)."""

LOOK_AHEAD = 5
"""
Replications through which intervals must stay narrow (Hoad, Robinson and Davies 2007).

More than a hundred need as many more as are so many per cent of them.
"""

INSTEAD = {"replications": "precision", "precision": "replications"}
"""Keys of `run` of which only one counts: the one that is given later, with the other."""

# A key is a row, as wide as prose may be.
# fmt: off


class Precision(Section):
    """How exactly a measure must be known: replications are added until it is."""

    measure: str = key("measure that must be known", length="[1, inf)", evidence=False)
    network: str = key("network of the measure", "all", evidence=False)
    province: str = key("province of the measure", "all", evidence=False)
    trunk: str = key("trunk group of the measure", "all", evidence=False)
    relative_half_width: float | None = key(
        "half the width of the 95 % interval as a share of the value, at most", None, "(0, 1)", "1", evidence=False)
    half_width: float | None = key(
        "the same in the unit of the measure, as for one that may be 0", None, "(0, inf)", "by measure",
        evidence=False)
    at_most: int = key(
        "most replications; of several measures the largest counts for all", 100,
        f"[{FIRST_REPLICATIONS + LOOK_AHEAD}, 100000]", source=ASSUMED, evidence=False)

    @property
    def along(self) -> tuple[str, ...]:
        """
        Where the measure is looked at along each axis of the summary.

        Names, in the order of `sim.tables.SUMMARY_AXES`; measures of coverage, which alone stand by the last, have no
        replications.
        """
        return self.network, self.province, self.trunk, "all"


# fmt: on


def check_precision(wanted: Sequence[Precision], loc: Loc) -> Iterator[Finding]:
    """Check that each measure has one width, and is named once."""
    for i, one in enumerate(wanted):
        if (one.half_width is None) == (one.relative_half_width is None):
            yield Finding((*loc, i), ": must have one of relative_half_width or half_width")
        if any((one.measure, one.along) == (other.measure, other.along) for other in wanted[:i]):
            yield Finding((*loc, i), ": names the same measure as one before it; leave one out")


def as_list(section: Node, name: str = "precision") -> Node:
    """Return a section in which one measure that must be known is a list of one."""
    one = section.mapping.get(name)
    if one is None or not one.mapping:
        return section
    children = {**section.mapping, name: Node([one], one.place)}
    return Node(children, section.place, section.key_places)


def without_replaced(root: Node, given: Sequence[str]) -> Node:
    """Return a scenario whose `run` lacks what gives way to keys: replications to a precision, or back."""
    run = root.mapping.get("run")
    gone = {INSTEAD[name] for name in given if name in INSTEAD} - set(given)
    if run is None or not gone.intersection(run.mapping):
        return root
    children = {name: node for name, node in run.mapping.items() if name not in gone}
    lighter = Node(children, run.place, run.key_places)
    return Node({**root.mapping, "run": lighter}, root.place, root.key_places)
