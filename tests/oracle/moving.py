"""Small scenarios whose lines are elsewhere by the hour, on which the simulator and the oracle must agree."""

from sim.scenario.schema import Scenario
from tests.oracle.data_scenarios import DATA
from tests.oracle.outages import at, with_outages
from tests.oracle.scenarios import BY_HAND, DRAWN, SOFT

AT_HOME = [0.1] * 24


def hours(**shares: float) -> list[float]:
    """Return shares of a day: those given as h18=0.9, a tenth in all other hours."""
    return [shares.get(f"h{hour}", share) for hour, share in enumerate(AT_HOME)]


HERE = {"other_county_share": 0, "other_province_share": 0}
WORK = {
    **HERE, "name": "work", "share": 0.5, "within_km": 3, "daily": hours(h18=0.2, h19=0.9, h20=0.3, h23=0.9),
}  # fmt: skip
FIELD = {
    **HERE, "name": "field", "share": 0.4, "squares": "countryside", "within_km": 7.2,
    "daily": hours(h18=1.0, h19=0.05, h20=0.8, h0=0.7), "weekly": [1, 1, 1, 0.9, 0.9, 1, 0],
}  # fmt: skip
MARKET = {
    "name": "market", "share": 0.6, "near": "town", "within_km": 4.5, "other_county_share": 0.4,
    "other_province_share": 0.3, "daily": hours(h18=0.9, h19=0.2),
}  # fmt: skip


def with_places(
    one: Scenario | str, start: str, *kinds: dict[str, object], lines_share: float = 1.0
) -> Scenario:
    """Return one of the small scenarios with other places, another begin and fewer lines."""
    if isinstance(one, str):
        known = (*DRAWN, *BY_HAND, *SOFT, *DATA)
        one = next(other for other in known if other.name == one)
    tree = one.model_dump(mode="json")
    tree["name"] = f"{one.name}_moving"
    tree["run"]["start"] = start
    tree["traffic"]["places"] = list(kinds)
    for network in tree["networks"]:
        network["n_subscribers"] = int(network["n_subscribers"] * lines_share)
    return Scenario.model_validate(tree)


# Lines go while a site is off, and in the instant in which another goes off.
OFF_OVER_THE_HOUR = (("a_1", at("18:58"), at("19:03")),)
OFF_AT_THE_HOUR = ("a_1", at("18:58"), at("19:02")), ("a_0", at("19:00"), at("19:01"))
CHANNELS = (
    with_places("overload", at("18:50"), WORK, FIELD),
    with_places(
        "three_networks", at("18:45"), {**FIELD, "classes": ["trader"], "share": 0.9}, WORK
    ),
    with_places("over_midnight", "2022-11-18 23:40", WORK, FIELD),
    with_places("sampled", at("18:50"), FIELD),
    with_places("provinces", at("18:50"), MARKET, {**WORK, "share": 0.3, "within_km": 5}),
    with_places("counties", at("19:30"), WORK, FIELD),
    with_places("hand_patched", at("18:50"), WORK),
    with_places(with_outages("overload", *OFF_OVER_THE_HOUR), at("18:50"), WORK, FIELD),
)
ON_SOFT = (
    with_places("phones", at("18:56"), WORK, FIELD),
    with_places("codes", at("18:57"), FIELD, WORK),
    with_places("soft_by_hand", at("18:55"), WORK, FIELD),
    with_places(with_outages("leaves", *OFF_OVER_THE_HOUR), at("18:56"), WORK, FIELD),
)
# Redial, soft capacity, data, messages and a site that is off while lines go.
TOGETHER = with_places(
    with_outages("overloaded", *OFF_OVER_THE_HOUR), at("18:56"), WORK, FIELD, lines_share=0.4
)
WITH_DATA = (
    TOGETHER,
    with_places("bearers_up", at("18:56"), WORK, FIELD),
    with_places(with_outages("shared", *OFF_AT_THE_HOUR), at("18:56"), FIELD, WORK),
    with_places("overloaded", at("18:56"), WORK, FIELD),
    with_places("letters_and_channels", at("18:56"), WORK, FIELD),
    # Messages wait for phones that are elsewhere after the window.
    with_places("letters_and_power", at("18:50"), FIELD),
)
