"""Section `fixed`: the fixed telephone network, its exchanges and lines."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.sections import ASSUMED, HOUSE, Code, Name, Section, Share, key

# A key is a row, as wide as prose may be.
# fmt: off

Staff = Annotated[int, Field(ge=0, le=10_000)]
"""Operators on duty."""


class Exchange(Section):
    """An exchange of the fixed network: also a row of exchanges_file."""

    name: Name = key("name of the exchange", evidence=False)
    is_manual: bool = key("whether operators put its calls through", False, source=HOUSE)
    n_lines: int = key("lines connected to it", 0, "[0, 10000000]", source=HOUSE)
    province: Code | None = key(
        "code of its province; that of its place when absent, else the first", None, evidence=False)
    x_km: float | None = key("east of the region's south-west corner", None, unit="km")
    y_km: float | None = key("north of the region's south-west corner", None, unit="km")
    longitude_deg: float | None = key("longitude", None, "[-180, 180]", "deg")
    latitude_deg: float | None = key("latitude", None, "[-90, 90]", "deg")
    n_positions: Staff | None = key(
        "operators on duty in the busiest hour, fewer in others as the daily profile has it, one at least; staffed "
        "for its lines when absent", None)
    n_cords: int | None = key("cord pairs of a position", None, "[1, 1000]")
    working: Literal["demand", "delay"] | None = key("as in switching.manual", None)


class ListedExchange(Exchange):
    """An exchange given in the scenario itself."""

    positions_by_hour: tuple[Staff, ...] | None = key(
        "operators on duty in each hour of the day, in place of n_positions", None, length="[24, 24]")


class GeneratedExchanges(Section):
    """The rule that lays out the fixed network of a country."""

    n_county_exchanges: int = key(
        "county exchanges, beside one automatic exchange for each province", 200, "[0, 5000]",
        source="UN DHA: 200 counties in 1995")
    manual_share: Share = key(
        "share of the county exchanges that are manual, those with the fewest lines", 0.45,
        source="assumption: 0.3 to 0.6 in 2022; NK Chosun: manual in most counties in 1998; Daily NK: manual in "
        "small cities and the country in 2021")
    capital_weight: float = key(
        "lines per person in the province of the largest city, relative to the others", 1.9, "(0, 100]", "1",
        "Korea Economic Daily: 8.1 and 4.2 per 100 in 1988")
    county_circuits_per_line: float = key(
        "circuits from a county exchange to its province's, rounded up to whole systems", 0.02, "[0, 1]", "1",
        ASSUMED)
    province_circuits_per_line: float = key(
        "circuits from a province's exchange to the gateway, for each line of the province, rounded up to whole "
        "systems", 0.01, "[0, 1]", "1",
        "assumption; Korea Economic Daily: 2,020 for 747,000 lines in 1988 are 0.0027")
    alternate_share: Share = key(
        "circuits from a province's exchange to that of the nearest other province, for alternate routes, relative "
        "to those to the gateway", 0.25, source=ASSUMED)
    system_circuits: int = key(
        "circuits of a transmission system", 30, "[1, 10000]", source="Recommendation ITU-T G.704: E1 has 30")


class FixedTraffic(Section):
    """Calls of the fixed lines."""

    busy_hour_calls_per_line: float = key(
        "calls made by a line in the busy hour", 0.127, "[0, 100]", "1/h",
        "Korea Telecom: 1.4 million a day on 1.1 million lines in the late 1990s; assumption: one tenth in the "
        "busy hour")
    toll_share: Share = key(
        "share of them to lines of other exchanges", 0.1, source="Korea Telecom: 10 % in the late 1990s")
    mobile_share: Share = key("share of them to mobile lines", 0.1, source=ASSUMED)
    p_busy: Share = key("probability that a called fixed line is engaged", 0.0, source=ASSUMED)
    p_caller_gone: Share = key(
        "probability that a fixed caller does not answer when called back for a ticket", 0.1, source=ASSUMED)


class Fixed(Section):
    """The fixed network: none is simulated, or exchanges are laid out by rule, or given."""

    source: Literal["none", "generated", "given"] = key(
        "none: fixed lines always ring; generated: one exchange for each province, and county exchanges; given: "
        "only those in exchanges, exchanges_file or graph_file", "none", source=HOUSE)
    n_lines: int = key("lines of all generated exchanges", 0, "[0, 100000000]", source=HOUSE)
    gateway: Name | None = key(
        "exchange that fixed in a trunk group means; when absent, the generated one of the largest city, else the "
        "first", None, evidence=False)
    exchanges: tuple[ListedExchange, ...] = key("exchanges, beside the generated ones", (), length="[0, 5000]")
    exchanges_file: str | None = key(
        "CSV of exchanges beside the scenario, columns as in exchanges", None, evidence=False)
    trunk_groups_file: str | None = key(
        "CSV of trunk groups beside the scenario: a, b, n_circuits, n_reserved, order", None, evidence=False)
    graph_file: str | None = key(
        "GraphML of exchanges and trunk groups beside the scenario: nodes with the columns of exchanges, edges "
        "with those of trunk groups", None, evidence=False)
    rotas_file: str | None = key(
        "CSV beside the scenario of operators on duty at manual exchanges: exchange, hour, n_operators; hours that "
        "it does not give stay as they are", None, evidence=False)
    generated: GeneratedExchanges = GeneratedExchanges()
    traffic: FixedTraffic = FixedTraffic()
