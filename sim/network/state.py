"""Set-up of the live state from scenario, world and coverage, and its growth."""

import math

import numpy as np
from numpy.typing import NDArray

from sim.engine.recorder import Block, row_dtype
from sim.engine.wheel import Wheel, make_wheel, schedule
from sim.network.live import (
    CALLED,
    COVERAGE_SAMPLE,
    FLOW_ROWS_LEFT,
    FREE,
    LINE,
    LINK,
    MAX_WAY,
    MESSAGE_ROWS_LEFT,
    N_AHEAD,
    N_CURSOR,
    N_FREE,
    N_FREE_FLOWS,
    N_FREE_MESSAGES,
    PLACE,
    PLAN,
    POWER_UPDATE,
    SOURCE,
    Live,
    Rules,
)
from sim.network.packed import no_addresses
from sim.network.usage import Groups, make_groups
from sim.radio.coverage import Coverage
from sim.scenario.schema import Scenario
from sim.tables import ATTEMPTS, NONE_IDX
from sim.traffic.calls import Key
from sim.traffic.durations import holding_law
from sim.units import SECONDS_PER_HOUR, hours_to_seconds
from sim.world.build import World

N_CALLS = 1 << 12
"""Calls, and events, for which there is room at first."""

_WHEEL_SPAN_S = 300.0  # most calls end within a round of the wheel
_MAX_BUCKETS = 1 << 20
_UNLIMITED = 2**31 - 1


def make_rules(scenario: Scenario, world: World, replication: int) -> Rules:
    """
    Return the parameters of calls.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        World.
    replication : int
        Number of the replication.

    Returns
    -------
    Rules
        Parameters for compiled code.
    """
    voice, fixed = scenario.traffic.voice, scenario.fixed.traffic
    exchanges = world.exchanges
    services = [service.name for service in scenario.radio.wcdma.services]
    return Rules(
        key=Key(scenario.seed, replication),
        holding=holding_law(voice.holding),
        p_answer=voice.ringing.p_answer,
        ring_mean_s=voice.ringing.mean_s,
        timeout_s=voice.ringing.timeout_s,
        patience_mean_s=voice.ringing.patience_mean_s,
        same_province_share=voice.destination.same_province_share,
        p_phone_off=voice.p_phone_off,
        redial_probability=voice.redial.probability,
        redial_delay_mean_s=voice.redial.delay_mean_s,
        max_redials=voice.redial.max_redials,
        scale=scenario.subscribers.scale,
        window_s=hours_to_seconds(scenario.run.duration_h),
        n_cells=len(world.cells),
        n_networks=len(world.network_names),
        fixed_node=-1 if exchanges.is_simulated else exchanges.gateway_idx,
        toll_share=fixed.toll_share,
        mobile_share=fixed.mobile_share if _has_subscribers(scenario) else 0.0,
        p_fixed_busy=fixed.p_busy,
        n_services=len(services) if scenario.radio.capacity == "wcdma" else 0,
        video_share=voice.video_share if scenario.radio.capacity == "wcdma" else 0.0,
        video_service=services.index("video") if "video" in services else 0,
        n_spare_events=len(world.cells) + 4 if scenario.traffic.data.is_wanted else 1,
    )


def _has_subscribers(scenario: Scenario) -> bool:
    return any(network.n_subscribers for network in scenario.networks)


def destination_shares(scenario: Scenario) -> NDArray[np.float64]:
    """
    Return whom the subscribers of each network call.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    (from network, to network) ndarray of float64
        Cumulative shares, the last column the fixed network and 1. The share of other networks is divided by
        their lines; where no other network has lines it stays in the own network.
    """
    n = len(scenario.networks)
    lines = np.array([network.n_subscribers for network in scenario.networks], float)
    destination = scenario.traffic.voice.destination
    share = np.zeros((n, n + 1))
    for own in range(n):
        others = lines.copy()
        others[own] = 0.0
        if others.sum() > 0.0:
            share[own, :n] = destination.other_network_share * others / others.sum()
        share[own, n] = destination.fixed_share
        share[own, own] = 1.0 - share[own].sum()
    cumulative = np.cumsum(share, axis=1)
    cumulative[:, n] = 1.0
    return cumulative


def make_lines(world: World, coverage: Coverage) -> NDArray[np.void]:
    """
    Return the simulated lines.

    Parameters
    ----------
    world : World
        World.
    coverage : Coverage
        Coverage of the world.

    Returns
    -------
    (subscriber,) structured ndarray
        Lines.
    """
    subscribers = world.subscribers
    lines = np.zeros(len(subscribers), LINE)
    lines["subscriber_id"] = subscribers.subscriber_id
    lines["cell_idx"] = coverage.cell_idx[subscribers.network_idx, subscribers.square_idx, 0]
    lines["network_idx"] = subscribers.network_idx
    lines["province_idx"] = world.grid.province_idx[subscribers.square_idx]
    lines["class_idx"] = subscribers.class_idx
    lines["device_idx"] = subscribers.device_idx
    return lines


def make_sources(scenario: Scenario, world: World) -> NDArray[np.void]:
    """
    Return the Poisson sources.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        World.

    Returns
    -------
    (source,) structured ndarray
        Sources in the order of the scenario.
    """
    cell_of_name = {name: i for i, name in enumerate(world.cells.name)}
    services = [service.name for service in scenario.radio.wcdma.services]
    is_wcdma = scenario.radio.capacity == "wcdma"
    rows = []
    for source in scenario.traffic.sources:
        cells = [cell_of_name[name] for name in source.cells] + [-1]
        service = services.index(source.service) if is_wcdma else 0
        rows.append((cells[0], cells[1], service, *holding_law(source.holding)))
    return np.array(rows, SOURCE)


def make_servers(scenario: Scenario, world: World) -> Groups:
    """
    Return the channels of all cells and the circuits of all trunk groups, free.

    With soft capacity a cell has as many channels as can be counted.

    Parameters
    ----------
    scenario : Scenario
        Section `radio`.
    world : World
        World.

    Returns
    -------
    (group,) structured ndarray
        Cells, then trunk groups.
    """
    trunks = world.exchanges.trunks
    n_channels = world.cells.n_channels
    if scenario.radio.capacity == "wcdma":
        n_channels = np.full_like(n_channels, _UNLIMITED)
    groups = make_groups(np.concatenate([n_channels, trunks.n_circuits]))
    groups["network_idx"] = NONE_IDX
    groups["province_idx"] = NONE_IDX
    n_cells = len(world.cells)
    groups["n_reserved"][n_cells:] = trunks.n_reserved
    groups["network_idx"][:n_cells] = world.cells.network_idx
    groups["province_idx"][:n_cells] = world.sites.province_idx[world.cells.site_idx]
    return groups


def _make_wheel(scenario: Scenario, intents_per_h: float, bucket_s: float | None) -> Wheel:
    """Make a wheel with some events a bucket: fewer, wider buckets stay in the processor's cache."""
    mean_gap_s = SECONDS_PER_HOUR / (intents_per_h + 1.0)
    width_s = bucket_s or min(10.0, max(1e-4, 4.0 * mean_gap_s))
    n_buckets = 1 << max(4, math.ceil(math.log2(_WHEEL_SPAN_S / width_s)))
    origin_s = -hours_to_seconds(scenario.run.warmup_h)
    wheel = make_wheel(origin_s, width_s, min(n_buckets, _MAX_BUCKETS), N_CALLS)
    if scenario.radio.capacity == "wcdma":
        schedule(wheel, origin_s, POWER_UPDATE, 0, 0, 0)
        schedule(wheel, 0.0, COVERAGE_SAMPLE, 0, 0, 0)
    return wheel


def _make_cursor() -> NDArray[np.int64]:
    """Return the cursor at the begin, with room for as many flows and messages as nobody needs."""
    cursor = np.zeros(N_CURSOR, np.int64)
    cursor[N_FREE] = N_CALLS
    cursor[[CALLED, PLACE]] = -1
    cursor[[FLOW_ROWS_LEFT, N_FREE_FLOWS, MESSAGE_ROWS_LEFT, N_FREE_MESSAGES]] = 1
    return cursor


def make_live(
    scenario: Scenario,
    world: World,
    coverage: Coverage,
    replication: int,
    groups: Groups,
    block: Block,
    intents_per_h: float,
    bucket_s: float | None = None,
) -> Live:
    """
    Return the state in which nobody calls.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        World.
    coverage : Coverage
        Coverage of the world.
    replication : int
        Number of the replication.
    groups : (group,) structured ndarray
        Servers, as `make_servers` makes them.
    block : (row,) structured ndarray
        Where rows of attempts go.
    intents_per_h : float
        Intents expected in the busiest hour. [1/h]
    bucket_s : float, optional
        Width of the wheel's buckets; it never changes a result. [s]

    Returns
    -------
    Live
        State for the compiled loop.
    """
    link = np.full(N_CALLS, -1, LINK)
    link["next_free"][:-1] = np.arange(1, N_CALLS)
    return Live(
        rules=make_rules(scenario, world, replication),
        cursor=_make_cursor(),
        lines=make_lines(world, coverage),
        n_calls=np.zeros(len(world.subscribers), np.uint16),
        groups=groups,
        sources=make_sources(scenario, world),
        first_row=world.subscribers.first_row,
        destination_share=destination_shares(scenario),
        packed=no_addresses(),
        scratch=np.full(MAX_WAY, -1, np.int16),
        held=np.full((N_CALLS, MAX_WAY), -1, np.int16),
        ahead=np.zeros(N_AHEAD + 1, row_dtype(ATTEMPTS)),
        plan=np.zeros(N_AHEAD + 1, PLAN),
        record=np.zeros(N_CALLS, row_dtype(ATTEMPTS)),
        link=link,
        n_intents=np.zeros((3, len(scenario.networks) + 1, len(world.provinces)), np.int64),
        wheel=_make_wheel(scenario, intents_per_h, bucket_s),
        block=block,
    )


def grow_calls(live: Live) -> Live:
    """
    Return the state with room for twice as many calls.

    Parameters
    ----------
    live : Live
        State; it must not be used afterwards.

    Returns
    -------
    Live
        The same calls in the same places.
    """
    old = len(live.link)
    added = np.full(old, -1, LINK)
    added["next_free"][:-1] = np.arange(old + 1, 2 * old)
    added["next_free"][-1] = live.cursor[FREE]
    live.cursor[FREE] = old
    live.cursor[N_FREE] += old
    return live._replace(
        record=np.concatenate([live.record, np.zeros(old, live.record.dtype)]),
        link=np.concatenate([live.link, added]),
        held=np.concatenate([live.held, np.full_like(live.held, -1)]),
    )
