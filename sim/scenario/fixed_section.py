"""Section `fixed`: the fixed telephone network, its exchanges and lines."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.sections import Code, Name, Section, Share

Staff = Annotated[int, Field(ge=0, le=10_000)]
"""Operators on duty."""


class Exchange(Section):
    """An exchange of the fixed network: also a row of exchanges_file."""

    name: Name = Field(description="name of the exchange")
    is_manual: bool = Field(default=False, description="whether operators put its calls through")
    n_lines: int = Field(default=0, ge=0, le=10_000_000, description="lines connected to it")
    province: Code | None = Field(
        default=None,
        description="code of its province; that of its place when absent, else the first",
    )
    x_km: float | None = Field(
        default=None, description="east of the region's south-west corner [km]"
    )
    y_km: float | None = Field(
        default=None, description="north of the region's south-west corner [km]"
    )
    longitude_deg: float | None = Field(
        default=None, ge=-180.0, le=180.0, description="longitude [deg]"
    )
    latitude_deg: float | None = Field(
        default=None, ge=-90.0, le=90.0, description="latitude [deg]"
    )
    n_positions: Staff | None = Field(
        default=None,
        description="operators on duty in the busiest hour, fewer in others as the daily profile has it, one at least; "
        "staffed for its lines when absent",
    )
    n_cords: int | None = Field(
        default=None, ge=1, le=1_000, description="cord pairs of a position"
    )
    working: Literal["demand", "delay"] | None = Field(
        default=None, description="as in switching.manual"
    )


class ListedExchange(Exchange):
    """An exchange given in the scenario itself."""

    positions_by_hour: tuple[Staff, ...] | None = Field(
        default=None,
        min_length=24,
        max_length=24,
        description="operators on duty in each hour of the day, in place of n_positions",
    )


class GeneratedExchanges(Section):
    """The rule that lays out the fixed network of a country."""

    n_county_exchanges: int = Field(
        default=200,
        ge=0,
        le=5_000,
        description="county exchanges, beside one automatic exchange for each province (UN DHA 1995: 200 counties)",
    )
    manual_share: Share = Field(
        default=0.45,
        description="share of the county exchanges that are manual, those with the fewest lines "
        "(facts 2.1: 0.3 to 0.6 in 2022, assumption) [1]",
    )
    capital_weight: float = Field(
        default=1.9,
        gt=0.0,
        le=100.0,
        description="lines per person in the province of the largest city, relative to the others "
        "(8.1 and 4.2 per 100 in 1988) [1]",
    )
    county_circuits_per_line: float = Field(
        default=0.02,
        ge=0.0,
        le=1.0,
        description="circuits from a county exchange to its province's, rounded up to whole systems (assumption) [1]",
    )
    province_circuits_per_line: float = Field(
        default=0.01,
        ge=0.0,
        le=1.0,
        description="circuits from a province's exchange to the gateway, for each line of the province, rounded up "
        "to whole systems; 2,020 for 747,000 lines in 1988 are 0.0027 (assumption) [1]",
    )
    alternate_share: Share = Field(
        default=0.25,
        description="circuits from a province's exchange to that of the nearest other province, for alternate routes, "
        "relative to those to the gateway (assumption) [1]",
    )
    system_circuits: int = Field(
        default=30, ge=1, le=10_000, description="circuits of a transmission system (E1: 30)"
    )


class FixedTraffic(Section):
    """Calls of the fixed lines."""

    busy_hour_calls_per_line: float = Field(
        default=0.127,
        ge=0.0,
        le=100.0,
        description="calls made by a line in the busy hour (Korea Telecom, late 1990s: 1.4 million a day on 1.1 "
        "million lines, one tenth in the busy hour) [1/h]",
    )
    toll_share: Share = Field(
        default=0.1,
        description="share of them to lines of other exchanges (Korea Telecom, late 1990s: 10 %) [1]",
    )
    mobile_share: Share = Field(
        default=0.1, description="share of them to mobile lines (assumption) [1]"
    )
    p_busy: Share = Field(
        default=0.0, description="probability that a called fixed line is engaged (assumption) [1]"
    )
    p_caller_gone: Share = Field(
        default=0.1,
        description="probability that a fixed caller does not answer when called back for a ticket (assumption) [1]",
    )


class Fixed(Section):
    """The fixed network: none is simulated, or exchanges are laid out by rule, or given."""

    source: Literal["none", "generated", "given"] = Field(
        default="none",
        description="none: fixed lines always ring; generated: one exchange for each province, and county exchanges; "
        "given: only those in exchanges, exchanges_file or graph_file",
    )
    n_lines: int = Field(
        default=0,
        ge=0,
        le=100_000_000,
        description="lines of all generated exchanges",
    )
    gateway: Name | None = Field(
        default=None,
        description="exchange that fixed in a trunk group means; when absent, the generated one of the largest city, "
        "else the first",
    )
    exchanges: tuple[ListedExchange, ...] = Field(
        default=(), max_length=5_000, description="exchanges, beside the generated ones"
    )
    exchanges_file: str | None = Field(
        default=None, description="CSV of exchanges beside the scenario, columns as in exchanges"
    )
    trunk_groups_file: str | None = Field(
        default=None,
        description="CSV of trunk groups beside the scenario: a, b, n_circuits, n_reserved, order",
    )
    graph_file: str | None = Field(
        default=None,
        description="GraphML of exchanges and trunk groups beside the scenario: nodes with the columns of exchanges, "
        "edges with those of trunk groups",
    )
    rotas_file: str | None = Field(
        default=None,
        description="CSV beside the scenario of operators on duty at manual exchanges: exchange, hour, n_operators; "
        "hours that it does not give stay as they are",
    )
    generated: GeneratedExchanges = GeneratedExchanges()
    traffic: FixedTraffic = FixedTraffic()
