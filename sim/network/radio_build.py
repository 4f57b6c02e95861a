"""Set-up of soft capacity from scenario, world and coverage, and its growth."""

import math

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, WorldError
from sim.network.radio_places import Pattern, Places, heard_cells, make_pattern, make_places
from sim.network.radio_state import (
    RADIO_CELL,
    RADIO_DTYPES,
    RADIO_LINK,
    RADIO_RULES,
    RADIO_SITE,
    SERVICE,
    Radio,
)
from sim.network.source_cells import cells_of_sources
from sim.radio.coverage import Coverage
from sim.radio.link_budget import noise_density_dbm_hz, noise_floor_dbm
from sim.radio.load import downlink_share, uplink_load
from sim.scenario.bearer_section import Bearer
from sim.scenario.schema import Scenario
from sim.scenario.wcdma_section import Service, Wcdma
from sim.units import NOISE_TEMPERATURE_K, db_to_linear, hours_to_seconds
from sim.world.build import World

_TWO_AXES = {
    "cell", "uplink_gain", "downlink_gain", "at", "uplink_at", "uplink_of", "downlink_of", "scratch", "heard_cell",
    "heard_cdbm",
}  # fmt: skip


def no_radio() -> Radio:
    """
    Return the state where cells have channels: nothing.

    Returns
    -------
    Radio
        Empty arrays.
    """
    return Radio(
        *(
            np.zeros((0, 0) if name in _TWO_AXES else 0, dtype)
            for name, dtype in zip(Radio._fields, RADIO_DTYPES, strict=True)
        )
    )


def make_radio(scenario: Scenario, world: World, coverage: Coverage, n_calls: int) -> Radio:
    """
    Return the state of soft capacity in which nobody calls.

    Parameters
    ----------
    scenario : Scenario
        Section `radio`.
    world : World
        Cells, sites and subscribers.
    coverage : Coverage
        Cells that are heard.
    n_calls : int
        Calls for which there is room.

    Returns
    -------
    Radio
        State; empty where cells have channels.

    Raises
    ------
    WorldError
        If a Poisson source calls from a cell that serves no square.
    """
    if scenario.radio.capacity != "wcdma":
        return no_radio()
    of_sources = _squares_of_sources(scenario, world, coverage)
    is_wanted = of_sources.copy()
    n_squares, subscribers = world.grid.n_squares, world.subscribers
    at_home = subscribers.network_idx.astype(np.int64) * n_squares + subscribers.square_idx
    is_wanted[at_home] = True
    places = make_places(scenario, world, coverage, is_wanted)
    pattern = make_pattern(places, len(world.cells))
    place_at = np.cumsum(is_wanted, dtype=np.int32) - np.int32(1)
    source_first, source_place = _places_of_sources(world, places, of_sources)
    heard = heard_cells(coverage)
    n_heard, n_ranks = places.cell.shape[1], heard.cell_idx.shape[2]
    cells = _make_cells(scenario, world, pattern)
    return Radio(
        rules=_make_rules(scenario),
        services=np.array(_services(scenario.radio.wcdma), SERVICE),
        cells=cells,
        sites=_make_sites(scenario, world),
        interference_w=cells["noise_w"].copy(),
        power_w=cells["common_w"].copy(),
        elsewhere_w=cells["noise_w"].copy(),
        asked_w=cells["common_w"].copy(),
        present_w=cells["common_w"].copy(),
        is_full=np.zeros(len(cells), np.uint8),
        is_due_up=np.zeros(len(cells), np.uint8),
        is_due_down=np.zeros(len(cells), np.uint8),
        told_up_w=cells["noise_w"].copy(),
        told_down_w=cells["common_w"].copy(),
        first=pattern.first,
        other=pattern.other,
        uplink=np.zeros(len(pattern.other), np.int64),
        downlink=np.zeros(len(pattern.other), np.int64),
        info=places.info,
        cell=places.cell,
        uplink_gain=places.uplink_gain,
        downlink_gain=places.downlink_gain,
        at=pattern.at,
        uplink_at=pattern.transposed[pattern.at[:, :n_heard]],
        links=np.zeros(2 * n_calls, RADIO_LINK),
        uplink_of=np.zeros((2 * n_calls, n_heard), np.int64),
        downlink_of=np.zeros((2 * n_calls, n_heard + 1), np.int64),
        scratch=np.zeros((n_heard, 4)),
        legs=np.zeros(8, np.int64),
        queue=np.zeros(n_calls, np.int32),
        victims=np.zeros(2 * n_calls, np.int32),
        victim_cell=np.zeros(2 * n_calls, np.int32),
        place_of_line=place_at[at_home],
        source_first=source_first,
        source_place=source_place,
        heard_cell=heard.cell_idx.reshape(-1, n_ranks),
        heard_cdbm=heard.rscp_cdbm.reshape(-1, n_ranks),
        is_served=(coverage.cell_idx[:, :, 0] >= 0).astype(np.uint8).ravel(),
        n_covered=np.zeros(len(is_wanted), np.int32),
        looks=np.zeros(1, np.int64),
    )


def grow_links(radio: Radio) -> Radio:
    """
    Return the state with room for twice as many calls.

    Parameters
    ----------
    radio : Radio
        State; it must not be used afterwards.

    Returns
    -------
    Radio
        The same links in the same places.
    """
    names = ("links", "uplink_of", "downlink_of", "queue", "victims", "victim_cell")
    more = {name: getattr(radio, name) for name in names}
    return radio._replace(
        **{name: np.concatenate([array, np.zeros_like(array)]) for name, array in more.items()}
    )


def noise_w(noise_figure_db: float) -> float:
    """
    Return the noise of a receiver over the bandwidth of a carrier.

    Parameters
    ----------
    noise_figure_db : float
        Noise figure. [dB]

    Returns
    -------
    float
        Noise k T W F at 290 K. [W]
    """
    density_dbm_hz = noise_density_dbm_hz(NOISE_TEMPERATURE_K)
    return db_to_linear(noise_floor_dbm(noise_figure_db, density_dbm_hz) - 30.0)


def _services(wcdma: Wcdma) -> list[tuple[float, ...]]:
    """Return what calls and bearers ask for (docs/wcdma.md, "One phone of a service"): bearers come behind."""
    bearers = (*wcdma.downlink_bearers, *wcdma.uplink_bearers)
    return [_row(one, one.rate_bps, one.rate_bps) for one in wcdma.services] + [
        _row(one, one.uplink_rate_bps, one.downlink_rate_bps) for one in bearers
    ]


def _row(one: Service | Bearer, up_bps: float, down_bps: float) -> tuple[float, ...]:
    uplink, downlink = db_to_linear(one.uplink_eb_n0_db), db_to_linear(one.downlink_eb_n0_db)
    return (
        uplink_load(uplink, up_bps, one.uplink_activity),
        one.uplink_activity,
        downlink_share(downlink, down_bps, one.downlink_activity),
        one.downlink_activity,
        one.n_codes,
        one.n_channel_elements,
    )


def _make_rules(scenario: Scenario) -> NDArray[np.void]:
    wcdma, adjacent, run = scenario.radio.wcdma, scenario.radio.adjacent_channel, scenario.run
    rules = np.zeros(1, RADIO_RULES)
    values = {
        "phone_noise_w": noise_w(wcdma.phone_noise_figure_db),
        "phone_max_w": db_to_linear(wcdma.phone_max_power_dbm - 30.0),
        "min_ec_io": db_to_linear(wcdma.min_ec_io_db),
        "orthogonality": wcdma.orthogonality,
        "link_to_pilot": db_to_linear(wcdma.link_power_to_pilot_db),
        "reserved_share": wcdma.hsdpa_reserved_share,
        "update_s": wcdma.power_update_s,
        "sample_s": wcdma.coverage_sample_s,
        "origin_s": -hours_to_seconds(run.warmup_h),
        "window_s": hours_to_seconds(run.duration_h),
        "tolerance": wcdma.power_tolerance,
        "downlink_leak": 1.0 / db_to_linear(adjacent.downlink_acir_db),
        "max_gain": 1.0 / db_to_linear(wcdma.min_coupling_loss_db),
        "code_capacity": wcdma.code_capacity,
        "is_repacking": wcdma.code_repacking,
        "is_coupled": adjacent.is_on,
    }
    for name, value in values.items():
        rules[name] = value
    return rules


def _make_cells(scenario: Scenario, world: World, pattern: Pattern) -> NDArray[np.void]:
    wcdma = scenario.radio.wcdma
    cells = np.zeros(len(world.cells), RADIO_CELL)
    noise = noise_w(wcdma.cell_noise_figure_db)
    cells["noise_w"] = noise
    cells["limit_w"] = noise * db_to_linear(wcdma.max_noise_rise_db)
    cells["cap_w"] = noise * db_to_linear(wcdma.uplink_cap_db)
    pilot_dbm = world.cells.pilot_power_dbm.tolist()
    cells["pilot_w"] = [db_to_linear(dbm - 30.0) for dbm in pilot_dbm]
    more_db = wcdma.common_power_to_pilot_db
    cells["common_w"] = [db_to_linear(dbm + more_db - 30.0) for dbm in pilot_dbm]
    most_db = wcdma.max_power_to_pilot_db
    cells["most_w"] = [db_to_linear(dbm + most_db - 30.0) for dbm in pilot_dbm]
    cells["diagonal"] = pattern.diagonal
    cells["site_idx"] = world.cells.site_idx
    cells["first_link"] = -1
    cells["least_tolerance_w"] = math.inf
    cells["last_s"] = -math.inf
    return cells


def _make_sites(scenario: Scenario, world: World) -> NDArray[np.void]:
    sites = np.zeros(len(world.sites), RADIO_SITE)
    sites["n_elements"] = scenario.radio.wcdma.n_channel_elements
    sites["last_s"] = -math.inf
    return sites


def _squares_of_sources(scenario: Scenario, world: World, coverage: Coverage) -> NDArray[np.bool_]:
    """Return where the phones of Poisson sources may be: squares where one of their cells is the first."""
    numbers = {name: i for i, name in enumerate(world.cells.name)}
    is_of_source = np.zeros(len(world.cells) + 1, np.bool_)
    first = coverage.cell_idx[:, :, 0]
    problems = []
    for where, name in cells_of_sources(scenario):
        is_of_source[numbers[name]] = True
        if not (first == numbers[name]).any():
            message = f"{name}: is the first cell of no square, so that no phone can be there; name another"
            problems.append(Problem(where, message))
    if problems:
        raise WorldError(*problems)
    return is_of_source[first].ravel()


def _places_of_sources(
    world: World, places: Places, of_sources: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the places where each cell is the first, cell by cell in the order of the squares."""
    mine = np.flatnonzero(of_sources[places.network_square])
    cell = places.cell[mine, 0]
    order = np.argsort(cell, kind="stable")
    first = np.searchsorted(cell[order], np.arange(len(world.cells) + 1))
    return first.astype(np.int32), mine[order].astype(np.int32)
