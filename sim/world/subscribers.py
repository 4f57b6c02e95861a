"""Subscribers: one row each, with the square they live in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled
from sim.errors import Problem, WorldError
from sim.scenario.networks_section import Network
from sim.scenario.schema import Scenario
from sim.streams import STREAM_CLASS, STREAM_DEVICE, STREAM_HOME, uniform
from sim.world.grid import Grid

NETWORK_SHIFT = 28
"""A subscriber_id is the network's number shifted by this many bits, plus the subscriber's number in it."""

Stages = Callable[[int], Iterable[tuple[int, NDArray[np.float64]]]]
"""Of a network, up to which line a stage of selling goes, and how likely its lines live in each square [1]."""

MAX_LINES_PER_PERSON = 2.0
"""More lines than this in a province are taken for a mistake of the scenario (house limit)."""


@dataclass(frozen=True)
class Subscribers:
    """
    Simulated lines, sorted by network, then province, then subscriber_id.

    With more lines each province's run of rows grows at its end alone.
    """

    # (subscriber,) entity of the line's random draws; it does not depend on how many other lines there are
    subscriber_id: NDArray[np.uint32]
    square_idx: NDArray[np.int32]  # (subscriber,) home square
    point_idx: NDArray[np.uint8]  # (subscriber,) point of home in it, where the square is divided
    network_idx: NDArray[np.uint8]  # (subscriber,) network
    class_idx: NDArray[np.uint8]  # (subscriber,) class, in the order of the scenario
    device_idx: NDArray[np.uint8]  # (subscriber,) device, in the order of the scenario
    # (network, province + 1) first row of each network's lines in each province; the last column ends the network
    first_row: NDArray[np.int64]
    row_by_id: NDArray[np.int32]  # (subscriber,) rows by network, then subscriber_id

    def __len__(self) -> int:
        return len(self.subscriber_id)


def line_weights(
    network: Network,
    grid: Grid,
    province_code: Sequence[str],
    population: NDArray[np.int32],
    urban_share: NDArray[np.float32],
) -> NDArray[np.float64]:
    """
    Return how likely a line of a network lives in each square.

    People times adoption, those of a square in cities and its others apart; adoption alone where the region has no
    people at all [1].
    """
    adoption = np.array([network.province_weight.get(code, 1.0) for code in province_code])
    weight = adoption[grid.province_idx]
    if population.any():
        share = urban_share.astype(np.float64)
        weight = weight * population * (share + (1.0 - share) * network.rural_weight)
    return weight


def draw_subscribers(
    scenario: Scenario,
    grid: Grid,
    n_points: int,
    stages: Stages,
    province_code: Sequence[str],
    province_population: NDArray[np.int64],
    *,
    with_lines: bool = True,
) -> Subscribers:
    """
    Return the simulated lines of all networks, at one of so many points of their squares.

    The home, the class and the device of a line are draws at its own address: another line more or less changes none
    of them, nor does a later stage of selling. Of fewer than all lines, the first of each network are simulated.
    """
    _require_room(scenario.networks, grid, stages, province_code, province_population)
    scale = scenario.subscribers.scale if with_lines else 0.0
    n_lines = [int(network.n_subscribers * scale + 0.5) for network in scenario.networks]
    end = np.concatenate(([0], np.cumsum(n_lines)))
    subscriber_id = np.empty(end[-1], np.uint32)
    square_idx = np.empty(end[-1], np.int32)
    point_idx = np.zeros(end[-1], np.uint8)
    class_idx = np.empty(end[-1], np.uint8)
    device_idx = np.zeros(end[-1], np.uint8)
    first_row = np.empty((len(n_lines), len(province_code) + 1), np.int64)
    row_by_id = np.empty(end[-1], np.int32)
    of_classes = np.cumsum([one.share for one in scenario.subscribers.classes])
    of_devices = np.cumsum([one.share for one in scenario.subscribers.devices])
    key = scenario.seed, scenario.run.world_replication
    for k, n in enumerate(n_lines):
        rows = slice(end[k], end[k + 1])
        first_id = k << NETWORK_SHIFT
        homes = _homes_by_stage(key, first_id, n, scale, stages(k))
        province = grid.province_idx[homes]
        n_in = np.bincount(province, minlength=len(province_code))
        first_row[k] = end[k] + np.concatenate(([0], np.cumsum(n_in)))
        row_by_id[rows] = _rows_by_province(province, first_row[k].copy())
        of_row = row_by_id[rows] - end[k]
        subscriber_id[rows][of_row] = first_id + np.arange(n, dtype=np.uint32)
        square_idx[rows][of_row] = homes
        if n_points > 1:
            _draw_points(*key, subscriber_id[rows], n_points, point_idx[rows])
        _draw_kinds(*key, STREAM_CLASS, subscriber_id[rows], of_classes, class_idx[rows])
        if len(of_devices) > 1:
            _draw_kinds(*key, STREAM_DEVICE, subscriber_id[rows], of_devices, device_idx[rows])
    network_idx = np.repeat(np.arange(len(n_lines), dtype=np.uint8), n_lines)
    return Subscribers(
        subscriber_id,
        square_idx,
        point_idx,
        network_idx,
        class_idx,
        device_idx,
        first_row,
        row_by_id,
    )


def _homes_by_stage(
    key: tuple[int, int],
    first_id: int,
    n: int,
    scale: float,
    stages: Iterable[tuple[int, NDArray[np.float64]]],
) -> NDArray[np.int32]:
    """Return the home square of each line of a network, drawn among those in which its stage was sold."""
    homes, begin = np.zeros(n, np.int32), 0
    for n_sold, weight in stages:
        end = min(n, int(n_sold * scale + 0.5))
        if end > begin:
            cumulative = np.cumsum(weight)
            homes[begin:end] = _draw_homes(
                *key, first_id + begin, end - begin, cumulative, _guide(cumulative)
            )
            begin = end
    return homes


def _require_room(
    networks: Sequence[Network],
    grid: Grid,
    stages: Stages,
    province_code: Sequence[str],
    province_population: NDArray[np.int64],
) -> None:
    """Raise what makes it impossible to house the lines, all problems at once."""
    problems = []
    expected = np.zeros(len(province_code))
    for k, network in enumerate(networks):
        if network.n_subscribers == 0:
            continue
        begin = 0
        for n_sold, weight in stages(k):
            n_lines = min(n_sold, network.n_subscribers) - begin
            if n_lines <= 0:
                continue
            if weight.sum() <= 0.0:
                problems.append(_nobody(network))
                break
            share = np.bincount(grid.province_idx, weight, len(province_code)) / weight.sum()
            expected += n_lines * share
            begin += n_lines
    for code, lines, people in zip(province_code, expected, province_population, strict=True):
        if province_population.sum() > 0 and lines > MAX_LINES_PER_PERSON * people:
            message = (
                f"{lines:,.0f} lines expected in {code}, which has {people:,} people; at most "
                f"{MAX_LINES_PER_PERSON:g} lines a person; lower n_subscribers or its province_weight, "
                "or add provinces"
            )
            problems.append(Problem("networks", message))
    if problems:
        raise WorldError(*problems)


def _nobody(network: Network) -> Problem:
    message = (
        f"{network.n_subscribers:,} subscribers, but nobody can hold a line: every province_weight, the "
        "rural_weight or the population is 0, or nobody lives within sold_within_km of a site; "
        "raise one of them, or set n_subscribers to 0"
    )
    return Problem(f"networks[{network.name}]", message)


def _guide(cumulative: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return, for equal steps of the cumulative weight, the square in which each step begins."""
    n = 2 * len(cumulative)
    steps = np.arange(n) * (cumulative[-1] / n)
    return np.searchsorted(cumulative, steps, side="right").astype(np.int32)


@compiled(int, int, int, int, "float64[::1]", "int32[::1]")
def _draw_homes(
    seed: int,
    replication: int,
    first_id: int,
    n: int,
    cumulative: NDArray[np.float64],
    guide: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the home square of each line: the first whose cumulative weight exceeds its draw."""
    homes = np.empty(n, np.int32)
    total = cumulative[-1]
    last = np.searchsorted(cumulative, total)
    for i in range(n):
        u = uniform(seed, replication, STREAM_HOME, first_id + i, 0)
        square = min(guide[int(u * len(guide))], last)
        # Rounding can put the guide one step too far.
        while square > 0 and cumulative[square - 1] > u * total:
            square -= 1
        while square < last and cumulative[square] <= u * total:
            square += 1
        homes[i] = square
    return homes


@compiled(int, int, "uint32[::1]", int, "uint8[::1]")
def _draw_points(
    seed: int,
    replication: int,
    subscriber_id: NDArray[np.uint32],
    n_points: int,
    point_idx: NDArray[np.uint8],
) -> None:
    """Write the point of each line in its square: all are equally likely."""
    for row in range(len(subscriber_id)):
        u = uniform(seed, replication, STREAM_HOME, subscriber_id[row], 1)
        point_idx[row] = min(int(u * n_points), n_points - 1)


@compiled("uint8[::1]", "int64[::1]")
def _rows_by_province(
    province_idx: NDArray[np.uint8], next_row: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Return the row of each line, by province and by number within a province: a counting sort."""
    rows = np.empty(len(province_idx), np.int32)
    for i in range(len(province_idx)):
        rows[i] = next_row[province_idx[i]]
        next_row[province_idx[i]] += 1
    return rows


@compiled(int, int, int, "uint32[::1]", "float64[::1]", "uint8[::1]")
def _draw_kinds(
    seed: int,
    replication: int,
    stream: int,
    subscriber_id: NDArray[np.uint32],
    cumulative_share: NDArray[np.float64],
    kind_idx: NDArray[np.uint8],
) -> None:
    """Write the class or the device of each line: the first whose cumulative share exceeds its draw."""
    last = len(cumulative_share) - 1
    for row in range(len(subscriber_id)):
        u = uniform(seed, replication, stream, subscriber_id[row], 0)
        k = 0
        while k < last and cumulative_share[k] <= u:
            k += 1
        kind_idx[row] = k
