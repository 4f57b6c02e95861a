"""Section `switching`: trunk groups, working between networks, and how operators patch calls by hand."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.sections import ASSUMED, HOUSE, Name, Section, Share, key

# A key is a row, as wide as prose may be.
# fmt: off

Circuits = Annotated[int, Field(ge=0, le=1_000_000)]
"""Circuits of a trunk group."""

Rank = Annotated[int, Field(ge=0, le=1_000)]
"""Place in an order."""


class TrunkGroup(Section):
    """Circuits between two networks, a network and an exchange, or two exchanges."""

    between: tuple[Name, Name] = key(
        "two of the networks and exchanges; fixed is the fixed network, or its gateway", evidence=False)
    n_circuits: Circuits = key("circuits, used in both directions")
    n_reserved: Circuits = key(
        "circuits kept for calls that have not been turned away from another group", 0, source=HOUSE)
    order: Rank = key("among groups that lead equally far, smaller numbers are tried first", 0, source=HOUSE)


class Interconnect(Section):
    """How calls between two networks are worked, and what people make of the price."""

    between: tuple[Name, Name] = key("two networks, or a network and fixed", evidence=False)
    mode: Literal["automatic", "manual", "barred"] = key(
        "who puts calls through; barred: nobody", "automatic", source=HOUSE)
    at: tuple[Name, ...] = key(
        "manual: exchanges with operators who work these calls, that of the caller's province before the first", (),
        length="[0, 1000]", evidence=False)
    avoidance_share: Share = key("share of callers who never call over to the other side", 0.0, source=ASSUMED)
    price_ratio: float = key(
        "price of a minute for both parties together, relative to a call inside the network", 1.0, "(0, 1000]", "1",
        "house default: the same price")
    price_elasticity: float = key(
        "conversations last price_ratio ** -price_elasticity times as long", 0.0, "[0, 5]", "1", ASSUMED)


class Manual(Section):
    """How manual exchanges are staffed and worked, unless an exchange says otherwise."""

    working: Literal["demand", "delay"] = key(
        "when no circuit is free: demand loses the call, delay writes a ticket and calls back", "demand",
        source=HOUSE)
    notice: Literal["relay", "magneto"] = key(
        "how operators see that a call is over: lamps at once, or after 16 s on average", "relay",
        source="house default; Cyclopedia of Telephony and Telegraphy: less than 3 s, and more than 17 s with 2.0 "
        "s to clear")
    n_cords: int = key(
        "cord pairs of a position", 16, "[1, 1000]", source="assumption: 15 to 17 remembered of local boards")
    shift_h: Literal[1, 2, 3, 4, 6, 8, 12, 24] = key("length of a shift", 8, unit="h", source=ASSUMED)
    clears_first: bool = key("whether finished cords are cleared before calls are answered", True, source=HOUSE)
    priority_classes: tuple[Name, ...] = key(
        "classes of subscribers whose calls are answered before all others", (), length="[0, 16]", evidence=False)
    max_waiting: int | None = key(
        "calls that may wait for an answer at an exchange, any number when absent", None, "[0, 1000000]")
    patience_mean_s: float = key(
        "mean time that a caller waits for operators in all, exponential", 60.0, "(0, 86400]", "s", ASSUMED)
    work_factor: float = key(
        "times of all tasks, relative to those of Table XIV of the Cyclopedia of 1911", 1.0, "(0, 100]", "1",
        "house default; Cyclopedia of Telephony and Telegraphy: Table XIV")
    task_cv: float = key("coefficient of variation of every task, lognormal", 0.5, "(0, 5]", "1", ASSUMED)
    p_wrong: Share = key("calls put through to a wrong line", 0.038, source="Hansard: 3.8 % in 1919")
    wrong_talk_s: float = key("talk with a wrong number", 8.0, "[0, 3600]", "s", ASSUMED)
    p_cut_off: Share = key("calls cut off by an operator", 0.00625, source="Hansard: 1 in 160 in 1919")
    supervise_after_s: float = key(
        "from ringing to the operator's look whether anybody has answered", 15.0, "[0, 3600]", "s", ASSUMED)
    max_re_rings: int = key("how often the operator rings again", 2, "[0, 6]", source=ASSUMED)
    ticket_expiry_min: float = key("age at which a ticket is thrown away", 120.0, "(0, 10080]", "min", ASSUMED)
    staffed_for_calls_per_line: float = key(
        "calls of a fixed line in the busy hour, in and out, for which exchanges without positions of their own "
        "are staffed", 0.2, "[0, 100]", "1/h", ASSUMED)
    staffed_occupancy: float = key(
        "share of their time that operators so staffed are expected to work", 0.7, "(0, 1]", "1", ASSUMED)


class Switching(Section):
    """Routes between networks and exchanges."""

    trunk_groups: tuple[TrunkGroup, ...] = key(
        "one group for each pair; two networks that nothing joins have no route", (), length="[0, 5000]")
    interconnect: tuple[Interconnect, ...] = key(
        "pairs that are not worked automatically at the price of a call inside the network", (), length="[0, 64]")
    max_detour: int = key(
        "trunk groups by which an alternate route may be longer than the first choice", 1, "[0, 8]", source=ASSUMED)
    manual: Manual = Manual()
