"""Set-up of the radio from scenario, world and coverage."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.rooms import State, make_room
from sim.engine.wheel import add_event
from sim.errors import Problem, WorldError
from sim.network.kinds import Kind
from sim.network.lines import blocks_of_lines, home_spots
from sim.network.radio.places import (
    GroundOnTheWay,
    Pattern,
    Places,
    make_pattern,
    make_places,
    pattern_arrays,
)
from sim.network.radio.state import (
    MAX_LEGS,
    N_COLUMNS,
    Cell,
    Radio,
    RadioRules,
    RadioService,
    Site,
    noise_w,
)
from sim.network.roaming import of_serving
from sim.network.source_cells import cells_of_sources
from sim.radio.coverage import Coverage, ranks_at_spots
from sim.radio.wcdma import downlink_share, uplink_load
from sim.scenario.radio_section import Bearer, Service, Wcdma
from sim.scenario.schema import Scenario
from sim.tables import Refusal
from sim.units import db_to_linear, hours_to_seconds
from sim.world.build import World


class Bounds(NamedTuple):
    """Between what the powers of each cell may be."""

    noise_w: NDArray[np.float64]  # (cell,) least interference [W]
    cap_w: NDArray[np.float64]  # (cell,) greatest interference [W]
    most_w: NDArray[np.float64]  # (cell,) greatest power [W]


def make_radio(scenario: Scenario, world: World, coverage: Coverage, n_phones: int) -> Radio:
    """Return the radio when nobody calls. Room; where cells have channels it holds phones only."""
    if scenario.radio.capacity != "wcdma":
        heard = ground_arrays(coverage) if scenario.traffic.is_moving else {}
        return make_room(Radio, {"one": 1, "phone": n_phones}, **heard)
    _require_squares(scenario, world, coverage)
    of_sources = spots_of_sources(scenario, world, coverage)
    is_wanted = wanted_spots(scenario, world, coverage, of_sources)
    places = make_places(scenario, world, coverage, is_wanted, 2 * most_on_the_way(scenario))
    pattern = make_pattern(places, len(world.cells), ground_on_the_way(scenario, world, coverage))
    place_at = places_at(world, is_wanted)
    source_first, source_places = places_of_sources(world, places, of_sources)
    return make_soft_radio(
        RadioRules.of(scenario, is_soft=True),  # type: ignore[attr-defined]
        _make_services(scenario.radio.wcdma),
        _make_cells(scenario, world),
        _bounds(scenario, world),
        _make_sites(scenario, world),
        places,
        pattern,
        n_phones,
        **places_of_lines(scenario, world, coverage, place_at, home_spots(world)),
        source_first=source_first,
        source_places=source_places,
        **ground_arrays(coverage),
        n_covered=np.zeros(coverage.cell_idx[:, :, 0].size, np.int32),
    )


def wanted_spots(
    scenario: Scenario, world: World, coverage: Coverage, of_sources: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """
    Return which spots of networks have a place: those of sources, those where lines live, and served ones of others.

    Where lines roam, these are spots of the network that serves them there. Nothing is asked of a place that is not
    served; of fields there are so many that they are left out.
    """
    is_wanted, lines = of_sources.copy(), world.subscribers
    first = ranks_at_spots(coverage).cell_idx[:, :, 0]
    spot_of = np.arange(first.size, dtype=np.int32).reshape(first.shape)
    served = zip(
        of_serving(scenario, coverage, spot_of), of_serving(scenario, coverage, first), strict=True
    )
    for spot_at, cell_at in served:
        if spot_at is None or cell_at is None:
            continue
        for network, rows in blocks_of_lines(world):
            homes = world.spots.of(lines.square_idx[rows], lines.point_idx[rows])
            is_wanted[spot_at[network, homes]] = True
            if world.second_places is not None:
                spots = world.second_places.spot_idx[rows]
                spots = spots[spots >= 0]
                is_wanted[spot_at[network, spots[cell_at[network, spots] >= 0]]] = True
    return is_wanted


def places_at(world: World, is_wanted: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the place of each spot of each network, -1 where there is none."""
    places = np.cumsum(is_wanted, dtype=np.int32)
    places -= 1
    places[~is_wanted] = -1
    return places.reshape(-1, len(world.spots))


def ground_arrays(coverage: Coverage) -> dict[str, NDArray[np.generic]]:
    """Return what is heard in each square of each network, and whether it is served, as the radio has it."""
    heard, n_squares = coverage.heard or coverage, coverage.cell_idx.shape[1]
    n_ranks = heard.cell_idx.shape[2]
    cells, powers_cdbm = heard.cell_idx[:, :n_squares], heard.rscp_cdbm[:, :n_squares]
    return {
        "heard_cell": np.ascontiguousarray(cells).reshape(-1, n_ranks),
        "heard_cdbm": np.ascontiguousarray(powers_cdbm).reshape(-1, n_ranks),
        "n_serving": (coverage.cell_idx >= 0).sum(axis=2).astype(np.uint8).ravel(),
        "is_served": (coverage.cell_idx[:, :, 0] >= 0).astype(np.uint8).ravel(),
    }


def most_on_the_way(scenario: Scenario) -> int:
    """Return for how many phones on their way there is room at first."""
    lines = sum(network.n_subscribers for network in scenario.networks)
    return scenario.traffic.most_on_the_way(lines * scenario.subscribers.scale)


def ground_on_the_way(
    scenario: Scenario, world: World, coverage: Coverage
) -> GroundOnTheWay | None:
    """Return what phones on their way hear in all squares; None where nobody is on the way."""
    if not scenario.traffic.is_moving:
        return None
    ground = ground_arrays(coverage)
    radio = scenario.radio
    return GroundOnTheWay(
        ground["heard_cell"],  # type: ignore[arg-type]
        ground["heard_cdbm"],  # type: ignore[arg-type]
        len(world.network_names),
        len(world.network_names) if radio.adjacent_channel.is_on else 1,
        math.floor(100.0 * radio.handover.reach_db + 0.5),
    )


def places_of_lines(
    scenario: Scenario,
    world: World,
    coverage: Coverage,
    place_at: NDArray[np.int32],
    spot_idx: NDArray[np.int32],
) -> dict[str, NDArray[np.int32]]:
    """Return the place of each line for the radio, given those of all spots of the networks and the spot of each."""
    found = {"place_of_line": np.empty(len(spot_idx), np.int32)}
    always, in_emergency = of_serving(scenario, coverage, place_at)
    found["emergency_place"] = np.empty(0 if in_emergency is None else len(spot_idx), np.int32)
    for network, rows in blocks_of_lines(world):
        found["place_of_line"][rows] = always[network, spot_idx[rows]]
        if in_emergency is not None:
            found["emergency_place"][rows] = in_emergency[network, spot_idx[rows]]
    return found


def make_soft_radio(
    rules: NDArray[np.void],
    services: NDArray[np.void],
    cells: NDArray[np.void],
    bounds: Bounds,
    sites: NDArray[np.void],
    places: Places,
    pattern: Pattern,
    n_phones: int,
    **more: NDArray[np.generic],
) -> Radio:
    """Return soft capacity when nobody calls."""
    n_heard = places.cell.shape[1]
    lengths = {
        "one": 1, "cell": len(cells), "phone": n_phones, "coefficient": len(pattern.other),
        "heard": n_heard, "asked": n_heard + 1, "column": N_COLUMNS, "leg": MAX_LEGS,
        "refusal": len(Refusal),
    }  # fmt: skip
    return make_room(
        Radio,
        lengths,
        rules=rules,
        services=services,
        cells=cells,
        sites=sites,
        interference_w=bounds.noise_w.copy(),
        power_w=cells["common_w"].copy(),
        elsewhere_w=bounds.noise_w.copy(),
        asked_w=cells["common_w"].copy(),
        present_w=cells["common_w"].copy(),
        seen_up_w=bounds.noise_w.copy(),
        seen_down_w=cells["common_w"].copy(),
        **pattern_arrays(pattern, n_heard),
        noise_w=bounds.noise_w,
        cap_w=bounds.cap_w,
        most_w=bounds.most_w,
        info=places.info,
        cell=places.cell,
        uplink_gain=places.uplink_gain,
        downlink_gain=places.downlink_gain,
        **more,
    )


def begin(state: State, scenario: Scenario) -> None:
    """Schedule the first solution of the powers and the first look at the coverage, where cells have soft capacity."""
    if state[Radio].rules["is_soft"][0]:
        origin_s = -hours_to_seconds(scenario.warmup_h)
        add_event(state.address, origin_s, int(Kind.POWER_UPDATE), 0, 0, 0)
        add_event(state.address, 0.0, int(Kind.COVERAGE_SAMPLE), 0, 0, 0)


def _make_services(wcdma: Wcdma) -> NDArray[np.void]:
    """Return what calls and bearers ask for (docs/wcdma.md, "One phone of a service"): bearers come behind."""
    bearers = (*wcdma.downlink_bearers, *wcdma.uplink_bearers)
    rows = [_row(one, one.rate_bps, one.rate_bps) for one in wcdma.services] + [
        _row(one, one.uplink_rate_bps, one.downlink_rate_bps) for one in bearers
    ]
    return np.array(rows, RadioService.dtype)  # type: ignore[attr-defined,arg-type]


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


def _make_cells(scenario: Scenario, world: World) -> NDArray[np.void]:
    wcdma = scenario.radio.wcdma
    cells: NDArray[np.void] = Cell.new(len(world.cells))  # type: ignore[attr-defined]
    noise = noise_w(wcdma.cell_noise_figure_db)
    cells["limit_w"] = noise * db_to_linear(wcdma.max_noise_rise_db)
    pilot_dbm = world.cells.pilot_power_dbm.tolist()
    cells["pilot_w"] = [db_to_linear(dbm - 30.0) for dbm in pilot_dbm]
    more_db = wcdma.common_power_to_pilot_db
    cells["common_w"] = [db_to_linear(dbm + more_db - 30.0) for dbm in pilot_dbm]
    cells["site_idx"] = world.cells.site_idx
    return cells


def _bounds(scenario: Scenario, world: World) -> Bounds:
    wcdma = scenario.radio.wcdma
    noise = noise_w(wcdma.cell_noise_figure_db)
    most_db = wcdma.max_power_to_pilot_db
    return Bounds(
        np.full(len(world.cells), noise),
        np.full(len(world.cells), noise * db_to_linear(wcdma.uplink_cap_db)),
        np.array(
            [db_to_linear(dbm + most_db - 30.0) for dbm in world.cells.pilot_power_dbm.tolist()]
        ),
    )


def _make_sites(scenario: Scenario, world: World) -> NDArray[np.void]:
    sites: NDArray[np.void] = Site.new(len(world.sites))  # type: ignore[attr-defined]
    sites["n_elements"] = scenario.radio.wcdma.n_channel_elements
    return sites


def spots_of_sources(scenario: Scenario, world: World, coverage: Coverage) -> NDArray[np.bool_]:
    """Return where the phones of Poisson sources may be: where one of their cells is the first."""
    numbers = {name: i for i, name in enumerate(world.cells.name)}
    is_of_source = np.zeros(len(world.cells) + 1, np.bool_)
    is_of_source[[numbers[name] for _, name in cells_of_sources(scenario)]] = True
    return is_of_source[_first_at_spots(world, coverage)].ravel()


def _first_at_spots(world: World, coverage: Coverage) -> NDArray[np.int32]:
    """Return the (network, spot) first-ranked cells, -1 for none; nobody is in the middle of a divided square."""
    first, spots = ranks_at_spots(coverage).cell_idx[:, :, 0].copy(), world.spots
    first[:, : spots.n_squares][:, spots.first >= 0] = -1
    return first


def _require_squares(scenario: Scenario, world: World, coverage: Coverage) -> None:
    """Refuse Poisson sources at cells that are the first of no square, at whatever time."""
    numbers = {name: i for i, name in enumerate(world.cells.name)}
    at_any_time = [_first_at_spots(world, one) for one in (coverage, *coverage.others.values())]
    message = "is the first cell nowhere, so that no phone can be there; name another"
    problems = [
        Problem(where, f"{name}: {message}")
        for where, name in cells_of_sources(scenario)
        if not any((first == numbers[name]).any() for first in at_any_time)
    ]
    if problems:
        raise WorldError(*problems)


def places_of_sources(
    world: World, places: Places, of_sources: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """
    Return the places where each cell is the first, cell by cell in the order of the spots.

    A square that is not divided is there as often as a divided one has points, so that all squares are alike, each as
    far as the cell is the first in it.
    """
    spots = world.spots
    spot = places.network_spot % len(spots)
    n_points = spots.n_points if spots.has_points else 1
    n_times = np.where(spot < spots.n_squares, n_points, 1)
    mine = np.repeat(np.arange(len(spot)), np.where(of_sources[places.network_spot], n_times, 0))
    cell = places.cell[mine, 0]
    order = np.argsort(cell, kind="stable")
    first = np.searchsorted(cell[order], np.arange(len(world.cells) + 1))
    return first.astype(np.int32), mine[order].astype(np.int32)
