"""Small scenarios whose sites go off the air and come back, on which the simulator and the oracle must agree."""

from sim.scenario.schema import Scenario
from tests.oracle.data_scenarios import DATA
from tests.oracle.scenarios import BY_HAND, DRAWN, SOFT


def with_outages(name: str, *off: tuple[str, str | None, str | None]) -> Scenario:
    """Return one of the small scenarios with sites off the air: name, begin, end."""
    known = (*DRAWN, *BY_HAND, *SOFT, *DATA)
    tree = next(one for one in known if one.name == name).model_dump(mode="json")
    tree["name"] = f"{name}_with_outages"
    for network in tree["networks"]:
        own = [one for one in off if one[0].rpartition("_")[0] == network["name"]]
        network["sites_off"] = [
            {"sites": [site], "begin": begin, "end": end} for site, begin, end in own
        ]
    return Scenario.model_validate(tree)


def at(time: str) -> str:
    return f"2022-11-16 {time}"


CHANNELS = (
    with_outages("overload", ("a_1", at("19:05"), at("19:15")), ("a_0", at("19:10"), at("19:12"))),
    with_outages("sources", ("a_0", at("19:05"), at("19:20"))),
    with_outages("three_networks", ("b_0", None, at("19:10")), ("a_0", at("19:20"), None)),
    with_outages(
        "over_midnight",
        ("a_0", None, "2022-11-19 00:00"),
        ("a_1", "2022-11-18 23:59", "2022-11-19 00:05"),
    ),
    with_outages("provinces", ("north_0001", at("19:05"), at("19:20")), ("south_0002", None, None)),
    with_outages("counties", ("b_1", at("19:45"), at("20:00"))),
)
ON_SOFT = (
    with_outages("phones", ("a_0", at("19:02"), at("19:05")), ("b_1", at("19:04"), at("19:07"))),
    with_outages("codes", ("a_1", at("19:01"), at("19:03")), ("a_0", at("19:04"), None)),
    with_outages("leaves", ("a_1", at("19:02"), at("19:06")), ("b_0", None, at("19:04"))),
    with_outages("elements", ("b_0", at("19:03"), at("19:04")), ("b_0", at("19:05"), at("19:06"))),
    with_outages(
        "soft_sources", ("a_0", at("19:03"), at("19:05")), ("b_0", at("19:04"), at("19:07"))
    ),
    with_outages("soft_by_hand", ("a_1", at("19:03"), at("19:06"))),
)
WITH_DATA = (
    with_outages("shared", ("a_0", at("19:52"), at("19:55")), ("b_1", at("19:53"), None)),
    with_outages("bearers_up", ("a_1", at("19:52"), at("19:54"))),
    with_outages("overloaded", ("a_0", at("19:52"), at("19:54")), ("b_0", None, at("19:53"))),
    with_outages("neighbours", ("a_1", at("19:52"), at("19:55"))),
    with_outages("letters_and_channels", ("a_0", "2022-11-17 23:50", "2022-11-18 00:00")),
    with_outages("letters_and_power", ("a_1", at("19:51"), at("19:54"))),
)
