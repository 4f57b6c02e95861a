"""Rules between keys of the fixed network, trunk groups and working between networks."""

from collections.abc import Iterator

from sim.scenario.check_region import RESERVED_NAMES
from sim.scenario.check_traffic import check_known
from sim.scenario.evidence import Finding
from sim.scenario.fixed_section import Fixed, ListedExchange
from sim.scenario.locate import Loc
from sim.scenario.messages import did_you_mean, given
from sim.scenario.named_files import FIXED_FILES
from sim.scenario.networks_section import Network
from sim.scenario.subscribers_section import Subscribers
from sim.scenario.switching_section import Interconnect, Switching

FIXED = RESERVED_NAMES[0]
"""The fixed network's name in routes."""


def network_names(networks: tuple[Network, ...]) -> list[str]:
    """Return the names that stand for networks in routes."""
    return [*dict.fromkeys(network.name for network in networks), FIXED]


def _exchange_names(fixed: Fixed) -> list[str] | None:
    """
    Return the names of the exchanges, when the scenario itself gives them all.

    Names; None when some are generated or stand in a file.
    """
    files = (fixed.exchanges_file, fixed.graph_file)
    if fixed.source == "generated" or any(name is not None for name in files):
        return None
    return [exchange.name for exchange in fixed.exchanges]


def check_priorities(subscribers: Subscribers, switching: Switching) -> Iterator[Finding]:
    """Check that the classes who come first exist."""
    loc: Loc = ("switching", "manual", "priority_classes")
    classes = tuple(one.name for one in subscribers.classes)
    yield from check_known(loc, switching.manual.priority_classes, classes, ("class", "classes"))


def check_trunks(
    networks: tuple[Network, ...], fixed: Fixed, switching: Switching
) -> Iterator[Finding]:
    """Check that trunk groups join known networks and exchanges, each pair once."""
    exchanges = _exchange_names(fixed)
    known = [*network_names(networks), *(exchanges or ())]
    noun = "networks and exchanges" if exchanges else "networks"
    either = noun.replace(" and ", " or ")
    seen: set[frozenset[str]] = set()
    for i, group in enumerate(switching.trunk_groups):
        loc: Loc = ("switching", "trunk_groups", i)
        for j, name in enumerate(group.between):
            if name not in known and exchanges is not None:
                one = either.replace("networks", "network").replace("exchanges", "exchange")
                message = f" = {given(name)}: unknown {one}; "
                yield Finding((*loc, "between", j), message + did_you_mean(name, known, noun))
        yield from _check_pair(loc, group.between, seen, either, "has a group")
        if group.n_reserved > group.n_circuits:
            message = f" = {group.n_reserved}: must be at most n_circuits, {group.n_circuits}"
            yield Finding((*loc, "n_reserved"), message)


def _check_pair(
    loc: Loc, between: tuple[str, str], seen: set[frozenset[str]], nouns: str, has: str
) -> Iterator[Finding]:
    """Check that a pair is one of two different ones, and there once."""
    pair, shown = frozenset(between), given(list(between))
    if len(pair) == 1:
        yield Finding((*loc, "between"), f" = {shown}: must be two different {nouns}")
    elif pair in seen:
        message = f" = {shown}: this pair {has} already; must be given once"
        yield Finding((*loc, "between"), message)
    seen.add(pair)


def check_interconnect(
    networks: tuple[Network, ...], fixed: Fixed, switching: Switching
) -> Iterator[Finding]:
    """Check that each pair of networks is worked in one way, by operators that there are."""
    known = network_names(networks)
    seen: set[frozenset[str]] = set()
    for i, entry in enumerate(switching.interconnect):
        loc: Loc = ("switching", "interconnect", i)
        for j, name in enumerate(entry.between):
            if name not in known:
                hint = did_you_mean(name, known, "networks")
                message = f" = {given(name)}: unknown network; {hint}"
                yield Finding((*loc, "between", j), message)
        yield from _check_pair(loc, entry.between, seen, "networks", "is given")
        yield from _check_operators(entry, fixed, loc)


def _check_operators(entry: Interconnect, fixed: Fixed, loc: Loc) -> Iterator[Finding]:
    """Check the exchanges that work calls between two networks by hand."""
    if entry.mode != "manual":
        if entry.at:
            message = f" = {given(list(entry.at))}: must be absent; only for mode manual"
            yield Finding((*loc, "at"), message, of_key=True)
        return
    if not entry.at:
        yield Finding((*loc, "at"), ": missing; the mode manual needs exchanges with operators")
    names = _exchange_names(fixed)
    manual = [exchange.name for exchange in fixed.exchanges if exchange.is_manual]
    for j, name in enumerate(entry.at):
        if names is not None and name not in manual:
            hint = did_you_mean(name, manual, "manual exchanges")
            yield Finding((*loc, "at", j), f" = {given(name)}: no manual exchange; {hint}")
        elif name in entry.at[:j]:
            yield Finding((*loc, "at", j), f" = {given(name)}: must be named once")


def check_fixed(networks: tuple[Network, ...], fixed: Fixed) -> Iterator[Finding]:
    """Check that the fixed network has the keys of its kind, and exchanges names of their own."""
    taken = {network.name for network in networks}
    for i, exchange in enumerate(fixed.exchanges):
        loc: Loc = ("fixed", "exchanges", i)
        if exchange.name in RESERVED_NAMES:
            words = ", ".join(RESERVED_NAMES)
            message = (
                f" = {given(exchange.name)}: must not be one of {words}, which mean something else"
            )
            yield Finding((*loc, "name"), message)
        elif exchange.name in taken:
            message = (
                f" = {given(exchange.name)}: is taken; must be unique among networks and exchanges"
            )
            yield Finding((*loc, "name"), message)
        taken.add(exchange.name)
        yield from _check_staff(exchange, loc)
    yield from _check_fixed_source(fixed)
    traffic = fixed.traffic
    if traffic.toll_share + traffic.mobile_share > 1.0:
        total = traffic.toll_share + traffic.mobile_share
        message = f": toll_share and mobile_share sum to {total:.10g}: must sum to 1 or less"
        yield Finding(("fixed", "traffic"), message)


def _check_staff(exchange: ListedExchange, loc: Loc) -> Iterator[Finding]:
    """Check that an exchange has operators, given in one way."""
    hours = exchange.positions_by_hour
    if hours is not None and exchange.n_positions is not None:
        message = ": must be absent beside n_positions; give one of the two"
        yield Finding((*loc, "positions_by_hour"), message, of_key=True)
    if exchange.is_manual and hours is not None and not any(hours):
        yield Finding((*loc, "positions_by_hour"), ": must have an operator in some hour")
    if exchange.is_manual and exchange.n_positions == 0:
        yield Finding((*loc, "n_positions"), " = 0: must be 1 or more of a manual exchange")


def _check_fixed_source(fixed: Fixed) -> Iterator[Finding]:
    """Check that the fixed network has the keys of its kind, and the gateway that it names."""
    if fixed.source == "none":
        for key in ("exchanges", *FIXED_FILES, "gateway"):
            if getattr(fixed, key):
                message = ": must be absent; only for source generated or given"
                yield Finding(("fixed", key), message, of_key=True)
    elif fixed.source == "given" and _exchange_names(fixed) == []:
        message = ": source given needs exchanges, exchanges_file or graph_file"
        yield Finding(("fixed",), message)
    names = _exchange_names(fixed)
    if fixed.gateway is not None and names and fixed.gateway not in names:
        hint = did_you_mean(fixed.gateway, names, "exchanges")
        yield Finding(("fixed", "gateway"), f" = {given(fixed.gateway)}: unknown exchange; {hint}")
