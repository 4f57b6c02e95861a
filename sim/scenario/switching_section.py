"""Section `switching`: trunk groups, working between networks, and how operators patch calls by hand."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.sections import Name, Section, Share

Circuits = Annotated[int, Field(ge=0, le=1_000_000)]
"""Circuits of a trunk group."""

Rank = Annotated[int, Field(ge=0, le=1_000)]
"""Place in an order."""


class TrunkGroup(Section):
    """Circuits between two networks, a network and an exchange, or two exchanges."""

    between: tuple[Name, Name] = Field(
        description="two of the networks and exchanges; fixed is the fixed network, or its gateway"
    )
    n_circuits: Circuits = Field(description="circuits, used in both directions")
    n_reserved: Circuits = Field(
        default=0,
        description="circuits kept for calls that have not been turned away from another group",
    )
    order: Rank = Field(
        default=0,
        description="among groups that lead equally far, smaller numbers are tried first",
    )


class Interconnect(Section):
    """How calls between two networks are worked, and what people make of the price."""

    between: tuple[Name, Name] = Field(description="two networks, or a network and fixed")
    mode: Literal["automatic", "manual", "barred"] = Field(
        default="automatic", description="who puts calls through; barred: nobody"
    )
    at: tuple[Name, ...] = Field(
        default=(),
        max_length=1_000,
        description="manual: exchanges with operators who work these calls, that of the caller's province "
        "before the first",
    )
    avoidance_share: Share = Field(
        default=0.0,
        description="share of callers who never call over to the other side (assumption) [1]",
    )
    price_ratio: float = Field(
        default=1.0,
        gt=0.0,
        le=1_000.0,
        description="price of a minute for both parties together, relative to a call inside the network [1]",
    )
    price_elasticity: float = Field(
        default=0.0,
        ge=0.0,
        le=5.0,
        description="conversations last price_ratio ** -price_elasticity times as long (assumption) [1]",
    )


class Manual(Section):
    """How manual exchanges are staffed and worked, unless an exchange says otherwise."""

    working: Literal["demand", "delay"] = Field(
        default="demand",
        description="when no circuit is free: demand loses the call, delay writes a ticket and calls back",
    )
    notice: Literal["relay", "magneto"] = Field(
        default="relay",
        description="how operators see that a call is over: lamps at once, or after 16 s on average",
    )
    n_cords: int = Field(
        default=16,
        ge=1,
        le=1_000,
        description="cord pairs of a position (15 to 17 remembered of local boards: low confidence)",
    )
    shift_h: Literal[1, 2, 3, 4, 6, 8, 12, 24] = Field(
        default=8, description="length of a shift (assumption) [h]"
    )
    clears_first: bool = Field(
        default=True, description="whether finished cords are cleared before calls are answered"
    )
    priority_classes: tuple[Literal["resident", "trader", "official", "institution"], ...] = Field(
        default=(), max_length=4, description="classes whose calls are answered before all others"
    )
    max_waiting: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="calls that may wait for an answer at an exchange, any number when absent",
    )
    patience_mean_s: float = Field(
        default=60.0,
        gt=0.0,
        le=86_400.0,
        description="mean time that a caller waits for operators in all, exponential (assumption) [s]",
    )
    work_factor: float = Field(
        default=1.0,
        gt=0.0,
        le=100.0,
        description="times of all tasks, relative to those of Table XIV of the Cyclopedia of 1911 [1]",
    )
    task_cv: float = Field(
        default=0.5,
        gt=0.0,
        le=5.0,
        description="coefficient of variation of every task, lognormal (assumption) [1]",
    )
    p_wrong: Share = Field(
        default=0.038, description="calls put through to a wrong line (Hansard 1919: 3.8 %) [1]"
    )
    wrong_talk_s: float = Field(
        default=8.0, ge=0.0, le=3_600.0, description="talk with a wrong number (assumption) [s]"
    )
    p_cut_off: Share = Field(
        default=0.00625, description="calls cut off by an operator (Hansard 1919: 1 in 160) [1]"
    )
    supervise_after_s: float = Field(
        default=15.0,
        ge=0.0,
        le=3_600.0,
        description="from ringing to the operator's look whether anybody has answered (assumption) [s]",
    )
    max_re_rings: int = Field(
        default=2, ge=0, le=6, description="how often the operator rings again (assumption)"
    )
    ticket_expiry_min: float = Field(
        default=120.0,
        gt=0.0,
        le=10_080.0,
        description="age at which a ticket is thrown away (assumption) [min]",
    )
    staffed_for_calls_per_line: float = Field(
        default=0.2,
        ge=0.0,
        le=100.0,
        description="calls of a fixed line in the busy hour, in and out, for which exchanges without positions of "
        "their own are staffed (assumption) [1/h]",
    )
    staffed_occupancy: float = Field(
        default=0.7,
        gt=0.0,
        le=1.0,
        description="share of their time that operators so staffed are expected to work (assumption) [1]",
    )


class Switching(Section):
    """Routes between networks and exchanges."""

    trunk_groups: tuple[TrunkGroup, ...] = Field(
        default=(),
        max_length=5_000,
        description="one group for each pair; two networks that nothing joins have no route",
    )
    interconnect: tuple[Interconnect, ...] = Field(
        default=(),
        max_length=64,
        description="pairs that are not worked automatically at the price of a call inside the network",
    )
    max_detour: int = Field(
        default=1,
        ge=0,
        le=8,
        description="trunk groups by which an alternate route may be longer than the first choice (assumption)",
    )
    manual: Manual = Manual()
