"""Section `subscribers`: who holds the lines."""

from sim.scenario.sections import ASSUMED, HOUSE, Name, Section, Share, key

# A key is a row, as wide as prose may be.
# fmt: off


class SubscriberClass(Section):
    """A class of subscribers and how much it calls."""

    name: Name = key("name of the class in tables", evidence=False)
    share: Share = key("share of lines")
    rate_factor: float = key(
        "intents relative to the mean of all lines before normalising", 1.0, "[0, 100]", "1", HOUSE)
    data_weight: float = key(
        "weight of its flows in the sharing of a cell", 1.0, "(0, 1000]", "1", "house default: all alike")


class Device(Section):
    """A kind of phone."""

    name: Name = key("name of the device", evidence=False)
    share: Share = key("share of lines, whatever their network and class")
    hsdpa_category: int = key("HS-DSCH category of 3GPP TS 25.306; 0 without HSDPA", 0, "[0, 12]", source=ASSUMED)
    peak_rate_bps: float | None = key(
        "greatest rate of each flow over HSDPA; none when absent", None, "(0, 1000000000]", "bit/s")


class Subscribers(Section):
    """Who holds the lines."""

    placed_as: str | None = key(
        "scenario around whose sites the lines were sold, where sold_within_km is given: name or path; own for these "
        "sites here; when absent, what was before a --set or an axis of a sweep", None, length="[1, 500]",
        evidence=False)

    scale: float = key(
        "share of lines that is simulated; each then calls for 1/scale lines: as many calls, so it saves memory and "
        "hardly any time; for a quick look see --preview", 1.0, "(0, 1]", "1",
        "house default: one to one")
    classes: tuple[SubscriberClass, ...] = key(
        "classes, shares summing to 1", (SubscriberClass(name="resident", share=1.0),),
        source="assumption: all alike", length="[1, 16]")
    devices: tuple[Device, ...] = key(
        "kinds of phones, shares summing to 1", (Device(name="phone", share=1.0),), source="assumption: all alike",
        length="[1, 16]")
