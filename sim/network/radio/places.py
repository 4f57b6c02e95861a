"""Places of phones for the radio: which cells they hear, how well, and which pairs of cells meet there."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled, kernel
from sim.network.radio.state import MAX_LEGS, PlaceInfo
from sim.radio.coverage import Coverage, Ranks, ranks_at_spots
from sim.scenario.schema import Scenario
from sim.units import db_to_linear
from sim.world.build import World


class Places(NamedTuple):
    """Spots with phones of a network."""

    # (place,) network * spots + spot, rising; those for phones on their way, which come last, have none
    network_spot: NDArray[np.int64]
    info: NDArray[np.void]  # rows of `PlaceInfo`
    cell: NDArray[np.int32]  # (place, heard) cells that they hear, -1 behind the last
    uplink_gain: NDArray[np.float64]  # and downlink_gain: (place, heard) 1 / (L ACIR) of each
    downlink_gain: NDArray[np.float64]


class Pattern(NamedTuple):
    """Pairs of cells that meet at any place."""

    first: NDArray[np.int32]  # (cell + 1,) where the pairs of each cell begin
    # (pair,) the other cell of each, rising within a cell; the cell itself is among them
    other: NDArray[np.int32]
    transposed: NDArray[np.int32]  # (pair,) where the pair in the other order stands
    diagonal: NDArray[np.int32]  # (cell,) where the pair of each cell with itself stands
    # (place, leg * heard) where the pair of each leg's cell and each heard cell stands
    at: NDArray[np.int32]


class GroundOnTheWay(NamedTuple):
    """What phones on their way hear in the squares of all networks."""

    heard_cell: NDArray[np.int32]  # (square, rank) cells by strength, -1 behind the last
    heard_cdbm: NDArray[np.int16]  # (square, rank) received pilot power [0.01 dBm]
    n_networks: int
    n_blocks: int  # networks that a phone hears
    reach_cdb: int  # a leg is at most so much weaker than the strongest cell [0.01 dB]


def heard_cells(coverage: Coverage) -> Ranks:
    """Return the cells that phones hear."""
    if coverage.heard is None:
        message = (
            "the coverage lacks the cells that are heard; compute it with radio.capacity wcdma"
        )
        raise ValueError(message)
    return coverage.heard


def make_places(
    scenario: Scenario,
    world: World,
    coverage: Coverage,
    is_wanted: NDArray[np.bool_],
    n_more: int = 0,
) -> Places:
    """Return the places of phones, and room for some more at the end."""
    heard, radio = heard_cells(coverage), scenario.radio
    n_networks, _, n_ranks = heard.cell_idx.shape
    wanted = np.flatnonzero(is_wanted)
    n_places, networks = len(wanted) + n_more, np.arange(n_networks)
    n_blocks = n_networks if radio.adjacent_channel.is_on else 1
    places = Places(
        wanted,
        PlaceInfo.new(n_places),  # type: ignore[attr-defined]
        np.full((n_places, n_blocks * n_ranks), -1, np.int32),
        np.zeros((n_places, n_blocks * n_ranks)),
        np.zeros((n_places, n_blocks * n_ranks)),
    )
    adjacent, wcdma = radio.adjacent_channel, radio.wcdma
    _fill_places(
        heard.cell_idx,
        heard.rscp_cdbm,
        np.sum(ranks_at_spots(coverage).cell_idx >= 0, axis=2, dtype=np.uint8),
        np.ascontiguousarray(world.cells.pilot_power_dbm),
        networks[:n_blocks],
        (
            wcdma.active_set_window_db,
            wcdma.min_coupling_loss_db,
            1.0 / db_to_linear(adjacent.uplink_acir_db),
            1.0 / db_to_linear(adjacent.downlink_acir_db),
        ),
        wcdma.active_set_size,
        places.network_spot,
        places.info["n_heard"],
        places.info["n_tried"],
        *places[2:],
    )
    return places


@compiled(
    "int32[:, :, ::1]",
    "int16[:, :, ::1]",
    "uint8[:, ::1]",
    "float64[::1]",
    "int64[::1]",
    tuple[float, float, float, float],
    int,
    "int64[::1]",
    "uint8[:]",
    "uint8[:]",
    "int32[:, ::1]",
    "float64[:, ::1]",
    "float64[:, ::1]",
)
def _fill_places(
    heard_cell: NDArray[np.int32],
    heard_cdbm: NDArray[np.int16],
    n_serving: NDArray[np.uint8],
    pilot_dbm: NDArray[np.float64],
    blocks: NDArray[np.int64],
    levels: tuple[float, float, float, float],
    n_legs: int,
    network_spot: NDArray[np.int64],
    n_heard: NDArray[np.uint8],
    n_tried: NDArray[np.uint8],
    cell: NDArray[np.int32],
    uplink_gain: NDArray[np.float64],
    downlink_gain: NDArray[np.float64],
) -> None:
    """Fill in what is heard at each place: the own network first, then the others in their order."""
    window_db, min_loss_db, uplink_leak, downlink_leak = levels
    _, n_spots, n_ranks = heard_cell.shape
    for place in range(len(network_spot)):
        own, spot = network_spot[place] // n_spots, network_spot[place] % n_spots
        n = 0
        for block in range(len(blocks)):
            network = own if block == 0 else (block - 1 if block - 1 < own else block)
            for rank in range(n_ranks):
                other = heard_cell[network, spot, rank]
                if other < 0:
                    break
                loss_db = pilot_dbm[other] - heard_cdbm[network, spot, rank] / 100.0
                gain = 1.0 / math.pow(10.0, max(loss_db, min_loss_db) / 10.0)
                cell[place, n] = other
                uplink_gain[place, n] = gain if block == 0 else gain * uplink_leak
                downlink_gain[place, n] = gain if block == 0 else gain * downlink_leak
                n += 1
        n_heard[place] = n
        n_legs_tried = min(n_legs, n_serving[own, spot])
        for rank in range(1, n_legs_tried):
            weaker_cdb = heard_cdbm[own, spot, 0] - heard_cdbm[own, spot, rank]
            if weaker_cdb / 100.0 > window_db:
                n_legs_tried = rank
                break
        n_tried[place] = n_legs_tried


def make_pattern(
    places: Places,
    n_cells: int,
    ground: GroundOnTheWay | None = None,
    known: NDArray[np.int32] | None = None,
) -> Pattern:
    """Return the pairs of cells that meet at any place, or on the way, and those that are known already."""
    n_heard, n_tried = places.info["n_heard"], places.info["n_tried"]
    pairs = np.zeros((0, 2), np.int32) if known is None else known
    if ground is not None:
        pairs = np.concatenate([pairs, _pairs_on_the_way(ground, n_cells)])
    width = 64
    while True:
        rows, counts = np.empty((n_cells, width), np.int32), np.zeros(n_cells, np.int32)
        if _find_pairs(n_heard, n_tried, places.cell, pairs, rows, counts):
            break
        width *= 2
    first = np.zeros(n_cells + 1, np.int32)
    np.cumsum(counts, out=first[1:])
    other = np.empty(first[-1], np.int32)
    transposed = np.empty(first[-1], np.int32)
    diagonal = np.empty(n_cells, np.int32)
    at = np.zeros((len(places.cell), MAX_LEGS * places.cell.shape[1]), np.int32)
    _place_pairs(rows, counts, first, other, transposed, diagonal)
    _find_positions(n_heard, n_tried, places.cell, first, other, at)
    return Pattern(first, other, transposed, diagonal, at)


def _pairs_on_the_way(ground: GroundOnTheWay, n_cells: int) -> NDArray[np.int32]:
    """Return the (pair, 2) cells of which one may be a leg where the other is heard, in any order."""
    is_met = np.zeros((n_cells, (n_cells + 7) // 8), np.uint8)
    numbers = ground.n_networks, ground.n_blocks, ground.reach_cdb
    _mark_pairs(ground.heard_cell, ground.heard_cdbm, *numbers, is_met)
    found = [
        np.column_stack((np.full(len(others), one), others))
        for one in range(n_cells)
        if len(others := np.flatnonzero(np.unpackbits(is_met[one], bitorder="little")))
    ]
    return np.concatenate(found).astype(np.int32) if found else np.zeros((0, 2), np.int32)


@compiled("int32[:, ::1]", "int16[:, ::1]", int, int, int, "uint8[:, ::1]")
def _mark_pairs(
    heard_cell: NDArray[np.int32],
    heard_cdbm: NDArray[np.int16],
    n_networks: int,
    n_blocks: int,
    reach_cdb: int,
    is_met: NDArray[np.uint8],
) -> None:
    """Mark a bit for each cell that may be a leg of a phone on its way, and each that is heard there."""
    n_squares, n_ranks = len(heard_cell) // n_networks, heard_cell.shape[1]
    for at in range(len(heard_cell)):
        own, square = at // n_squares, at % n_squares
        for leg in range(n_ranks):
            one = heard_cell[at, leg]
            if one < 0 or heard_cdbm[at, 0] - heard_cdbm[at, leg] > reach_cdb:
                break
            for block in range(n_blocks):
                network = own if block == 0 else (block - 1 if block - 1 < own else block)
                for rank in range(n_ranks):
                    other = heard_cell[network * n_squares + square, rank]
                    if other < 0:
                        break
                    is_met[one, other >> 3] |= 1 << (other & 7)


def pattern_arrays(pattern: Pattern, n_heard: int) -> dict[str, NDArray[np.generic]]:
    """Return the pairs of cells as the arrays of the room have them."""
    return {
        "first": pattern.first.astype(np.uint32),
        "other": pattern.other.astype(np.uint32),
        "diagonal": pattern.diagonal,
        "at": pattern.transposed[pattern.at],
        "uplink_at": np.ascontiguousarray(pattern.at[:, :n_heard]),
    }


@compiled("uint8[:]", "uint8[:]", "int32[:, ::1]", "int32[:, ::1]", "int32[:, ::1]", "int32[::1]")
def _find_pairs(
    n_heard: NDArray[np.uint8],
    n_tried: NDArray[np.uint8],
    cell: NDArray[np.int32],
    pairs: NDArray[np.int32],
    rows: NDArray[np.int32],
    counts: NDArray[np.int32],
) -> bool:
    """List the partners of each cell, itself first; say whether there was room."""
    n_cells = len(rows)
    for one in range(n_cells):
        rows[one, 0], counts[one] = one, 1
    for place in range(len(cell)):
        for leg in range(n_tried[place]):
            for k in range(n_heard[place]):
                one, two = cell[place, leg], cell[place, k]
                if not _put(rows, counts, one, two) or not _put(rows, counts, two, one):
                    return False
    for k in range(len(pairs)):
        one, two = pairs[k, 0], pairs[k, 1]
        if not _put(rows, counts, one, two) or not _put(rows, counts, two, one):
            return False
    return True


@kernel(inline=True)
def _put(rows: NDArray[np.int32], counts: NDArray[np.int32], one: int, two: int) -> bool:
    for k in range(counts[one]):
        if rows[one, k] == two:
            return True
    if counts[one] == rows.shape[1]:
        return False
    rows[one, counts[one]] = two
    counts[one] += 1
    return True


@kernel(inline=True)
def _position(first: NDArray[np.int32], other: NDArray[np.int32], one: int, two: int) -> int:
    """Return where a pair stands."""
    low, high = first[one], first[one + 1]
    return low + np.searchsorted(other[low:high], two)


@compiled("int32[:, ::1]", "int32[::1]", "int32[::1]", "int32[::1]", "int32[::1]", "int32[::1]")
def _place_pairs(
    rows: NDArray[np.int32],
    counts: NDArray[np.int32],
    first: NDArray[np.int32],
    other: NDArray[np.int32],
    transposed: NDArray[np.int32],
    diagonal: NDArray[np.int32],
) -> None:
    n_cells = len(counts)
    for one in range(n_cells):
        other[first[one] : first[one + 1]] = np.sort(rows[one, : counts[one]])
    for one in range(n_cells):
        diagonal[one] = _position(first, other, one, one)
        for k in range(first[one], first[one + 1]):
            transposed[k] = _position(first, other, other[k], one)


@compiled("uint8[:]", "uint8[:]", "int32[:, ::1]", "int32[::1]", "int32[::1]", "int32[:, ::1]")
def _find_positions(
    n_heard: NDArray[np.uint8],
    n_tried: NDArray[np.uint8],
    cell: NDArray[np.int32],
    first: NDArray[np.int32],
    other: NDArray[np.int32],
    at: NDArray[np.int32],
) -> None:
    n_columns = cell.shape[1]
    for place in range(len(cell)):
        for leg in range(n_tried[place]):
            for k in range(n_heard[place]):
                at[place, leg * n_columns + k] = _position(
                    first, other, cell[place, leg], cell[place, k]
                )
