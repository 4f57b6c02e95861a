"""Section `traffic.places`: where lines are by the hour, beside their homes."""

from typing import Literal

from sim.scenario.sections import ASSUMED, HOUSE, Name, Section, Share, key

# A key is a row, as wide as prose may be.
# fmt: off

PERMITS = "assumption: who leaves the county needs a permit, of which no numbers are known"
"""Source of the shares of lines whose place is outside their county."""


class SecondPlace(Section):
    """A kind of place, such as a market or a field, at which lines are at some hours and not at home."""

    name: Name = key("name of the kind, such as work, field, market or school", evidence=False)
    classes: tuple[Name, ...] = key(
        "classes of subscribers that have it; all when empty", (), length="[0, 16]", evidence=False)
    share: Share = key("share of the lines of these classes that have it; a line has one such place at most")
    near: Literal["home", "town"] = key(
        "what it lies near to: the home, or the centre of the county's town", "home", source=HOUSE)
    squares: Literal["people", "countryside"] = key(
        "how squares there are weighted: by their people, or by their area with as much of it as their people live "
        "outside cities", "people", source=ASSUMED)
    within_km: float = key("how far from there it is at most", 5.0, "(0, 100]", "km", ASSUMED)
    other_county_share: Share = key(
        "share of them whose place is near the town of another county of the own province", 0.04, source=PERMITS)
    other_province_share: Share = key(
        "share of them whose place is near a town of another province", 0.01, source=PERMITS)
    daily: tuple[Share, ...] = key(
        "share of its lines that are there in each hour of the day", unit="1", length="[24, 24]")
    weekly: tuple[Share, ...] = key(
        "by what that is multiplied from Monday to Sunday; 0 on days without a market", (1.0,) * 7, unit="1",
        source="assumption: all days alike", length="[7, 7]")
