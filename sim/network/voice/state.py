"""Live state of telephone calls."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.recorder import row_dtype
from sim.engine.rooms import F8, I1, I2, I4, I8, U1, array, given, log, make_room, pool, queue, row
from sim.engine.views import view
from sim.network.lines import shares_of_others
from sim.network.trunks.ways import MAX_WAY
from sim.scenario.schema import Scenario
from sim.scenario.traffic_section import Source as SourceSection
from sim.tables import ATTEMPTS
from sim.traffic.durations import holding_law
from sim.units import METRES_PER_KM
from sim.world.build import World

N_AHEAD = 1024
"""Attempts that are planned ahead together; one more place is for a redial. It never changes a result."""

N_CALLS = 1 << 12
"""Calls for which there is room at first."""

BY_MACHINE, BY_OPERATORS, SHED = range(3)
"""Who has a call in hand: an event of it is in the wheel; operators; nobody, though an event is in the wheel."""

ALL, ENGAGED, AVOIDED = range(3)
"""Counts of intents: all of them, those of engaged callers, and those of callers who avoid the other network."""

ATTEMPT = row_dtype(ATTEMPTS)


@row
class VoiceRules:
    """Parameters of calls."""

    law: I8  # law of a conversation between subscribers, as in HoldingLaw
    a: F8
    b: F8
    c: F8
    p_answer: F8 = given("traffic.voice.ringing.p_answer")
    ring_mean_s: F8 = given("traffic.voice.ringing.mean_s")
    timeout_s: F8 = given("traffic.voice.ringing.timeout_s")
    patience_mean_s: F8 = given("traffic.voice.ringing.patience_mean_s")
    same_province_share: F8 = given("traffic.voice.destination.same_province_share")
    p_phone_off: F8 = given("traffic.voice.p_phone_off")
    redial_probability: F8 = given("traffic.voice.redial.probability")
    redial_delay_mean_s: F8 = given("traffic.voice.redial.delay_mean_s")
    max_redials: I8 = given("traffic.voice.redial.max_redials")
    emergency_share: F8 = given("traffic.voice.emergency_share")  # of intents of subscribers
    toll_share: F8 = given(
        "fixed.traffic.toll_share"
    )  # of calls of fixed lines: to other exchanges
    mobile_share: F8  # of calls of fixed lines: to mobile lines
    p_fixed_busy: F8 = given("fixed.traffic.p_busy")  # a called fixed line is engaged
    fixed_node: I8 = -1  # node of every fixed line where the fixed network is not simulated
    video_share: F8  # of calls between mobile phones
    video_service: I8  # service of video calls


@row
class Source:
    """A Poisson source."""

    first_cell_idx: I4
    second_cell_idx: I4  # -1 for none
    network_idx: U1
    province_idx: U1  # of its first cell, or of where its line begins
    service_idx: I8
    law: I8  # law of its holding times, as in HoldingLaw
    a: F8
    b: F8
    c: F8


@row
class Plan:
    """What is drawn of an attempt before anything is asked of the network, beside its record; never a cell."""

    ring_s: F8
    talk_s: F8
    p_line: F8  # which of the lines that the called row stands for
    caller_row: I4 = -1  # -1 for a fixed line or a source
    caller_place: I4 = -1  # where its phone is, for the radio
    callee_row: I4 = -1  # -1 for none
    origin: I4  # nodes of both lines
    destination: I4
    route: I1  # as in sim.network.trunks.ways
    course: U1  # outcome once it rings
    is_callee_off: U1  # the called phone is off, or the called fixed line engaged
    is_avoided: U1  # the caller forgoes the call for its price
    is_emergency: U1  # to the emergency number
    is_over: U1  # it would be over before the network settles, and is not made
    p_caller_place: F8  # where the phones of a source's call are
    p_callee_place: F8


@row
class Call:
    """Beside its record, a call that holds something."""

    caller_row: I4  # rows of both lines, -1 for none
    callee_row: I4
    caller_phone: I4 = -1  # phones on the radio, -1 for none
    callee_phone: I4 = -1
    in_hand: I4  # BY_MACHINE, BY_OPERATORS or SHED


class Calls(NamedTuple):
    """Telephone calls."""

    rules: array(VoiceRules, "one")
    sources: array(Source, "source")
    destination_share: array(
        F8, "from_network", "to_network"
    )  # cumulative; the last is the fixed network
    plans: array(Plan, "ahead")
    planned: array(ATTEMPT, "ahead")  # records of the same attempts, as far as they are known
    calls: array(Call, "call", grows=True)
    record: array(ATTEMPT, "call", grows=True)  # the row of the attempt as far as it is known
    held: array(I2, "call", "hop", fill=-1, grows=True)  # trunk groups of which a circuit is held
    free: pool("call")
    shed: queue("call")  # calls whose rows wait
    n_intents: array(
        I8, "count", "network", "province"
    )  # in the window; the fixed network is the last
    n_emergency: array(I8, "network", "province")  # emergency attempts in the window
    n_emergency_lost: array(I8, "network", "province")  # those of callers without cover
    ended: log(ATTEMPTS)


calls_of = view(Calls)


def make_calls(scenario: Scenario, world: World) -> Calls:
    """Return the state in which nobody calls."""
    voice, exchanges = scenario.traffic.voice, world.exchanges
    services = [service.name for service in scenario.radio.wcdma.services]
    law, a, b, c = holding_law(voice.holding)
    has_lines = any(network.n_subscribers for network in scenario.networks)
    rules = VoiceRules.of(  # type: ignore[attr-defined]
        scenario, law=law, a=a, b=b, c=c,
        mobile_share=scenario.fixed.traffic.mobile_share if has_lines else 0.0,
        fixed_node=-1 if exchanges.is_simulated else exchanges.gateway_idx,
        video_share=voice.video_share if scenario.radio.capacity == "wcdma" else 0.0,
        video_service=services.index("video") if "video" in services else 0,
    )  # fmt: skip
    lengths = {
        "ahead": N_AHEAD + 1, "call": N_CALLS, "hop": MAX_WAY,
        "count": 3, "network": len(world.network_names) + 1, "province": len(world.provinces),
    }  # fmt: skip
    return make_room(
        Calls,
        lengths,
        rules=rules,
        sources=_make_sources(scenario, world),
        destination_share=destination_shares(scenario),
    )


def destination_shares(scenario: Scenario) -> NDArray[np.float64]:
    """
    Return whom the subscribers of each network call.

    The share of other networks is divided by their lines; where no other network has lines it stays in the own network.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    (from_network, to_network) ndarray of float64
        Cumulative shares, the last column the fixed network and 1. [1]
    """
    n = len(scenario.networks)
    destination = scenario.traffic.voice.destination
    share = np.zeros((n, n + 1))
    share[:, :n] = shares_of_others(scenario, destination.other_network_share)
    share[:, n] = destination.fixed_share
    for own in range(n):
        share[own, own] = 1.0 - share[own].sum()
    cumulative = np.cumsum(share, axis=1)
    cumulative[:, n] = 1.0
    return cumulative


def _make_sources(scenario: Scenario, world: World) -> NDArray[np.void]:
    cell_of_name = {name: i for i, name in enumerate(world.cells.name)}
    services = [service.name for service in scenario.radio.wcdma.services]
    is_soft = scenario.radio.capacity == "wcdma"
    rows = []
    for source in scenario.traffic.sources:
        cells = [cell_of_name[name] for name in source.cells] + [-1, -1]
        service = services.index(source.service) if is_soft else 0
        where = _where(source, world, cells[0])
        rows.append((cells[0], cells[1], *where, service, *holding_law(source.holding)))
    return np.array(rows, Source.dtype)  # type: ignore[attr-defined,arg-type]


def _where(source: SourceSection, world: World, cell: int) -> tuple[int, int]:
    """Return the network and the province of the calls of a source."""
    if source.ride is None:
        site = world.cells.site_idx[cell]
        return int(world.cells.network_idx[cell]), int(world.sites.province_idx[site])
    grid = world.grid
    south_m = grid.y_max_m - grid.n_rows * grid.resolution_m
    x_m = np.array([grid.x_min_m + METRES_PER_KM * source.ride.x_km[0]])
    y_m = np.array([south_m + METRES_PER_KM * source.ride.y_km[0]])
    square = int(grid.square_of(x_m, y_m)[0])
    province = int(grid.province_idx[square]) if square >= 0 else 0
    return world.network_names.index(source.ride.network), province
