"""
Second places: where lines are when they are not at home, such as a field, works, a market or a school.

Each is made of draws at the address of its line: which kind, whether in the own county, in which other one, in which
square near the home or the town of that county, and at which point of it. Another line more or less changes none.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.compilation.kernels import compiled
from sim.errors import Problem, WorldError
from sim.scenario.check_places import NO_TOWN, needs_town
from sim.scenario.places_section import SecondPlace
from sim.scenario.schema import Scenario
from sim.streams import STREAM_SECOND_PLACE, uniforms
from sim.world.counties import Counties, make_counties
from sim.world.grid import Grid
from sim.world.landscape import Landscape
from sim.world.settlements import Places
from sim.world.spots import Spots
from sim.world.subscribers import Subscribers

OF_KIND, OF_SCOPE, OF_COUNTY, OF_SQUARE, OF_POINT, OF_PRESENCE = range(6)
"""Indices of the draws at the address of a line."""

NO_KIND = 255
"""In place of a kind: the line is always at home."""

SECOND_PLACES_NOTE = "where lines are when they are not at home ({}) is modelled, not observed"
"""What every output must say of such places."""

_BLOCK_LINES = 1 << 20  # lines that are worked together: what is made of them is forgotten

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SecondPlaces:
    """The second place of each line."""

    spot_idx: NDArray[np.int32]  # (subscriber,) spot, -1 for none
    kind_idx: NDArray[
        np.uint8
    ]  # (subscriber,) kind, in the order of the scenario; NO_KIND for none


@dataclass(frozen=True)
class _Land:
    """On what places are chosen."""

    grid: Grid
    spots: Spots
    counties: Counties
    weights: dict[str, Floats]  # (square,) weight of each by what the scenario calls it


def draw_second_places(
    scenario: Scenario, landscape: Landscape, spots: Spots, subscribers: Subscribers
) -> SecondPlaces | None:
    """Return the second place of each line; None where everybody stays at home. Those of fewer lines are the same."""
    kinds = scenario.traffic.places
    if not kinds:
        return None
    _require_towns(kinds, landscape.places)
    land = _Land(
        landscape.grid,
        spots,
        make_counties(
            landscape.grid,
            landscape.places,
            landscape.population,
            len(landscape.province_population),
        ),
        _weights(landscape),
    )
    cumulative = _shares_by_class(scenario)
    key = scenario.seed, scenario.run.world_replication
    found = SecondPlaces(
        np.full(len(subscribers), -1, np.int32), np.full(len(subscribers), NO_KIND, np.uint8)
    )
    for begin in range(0, len(subscribers), _BLOCK_LINES):
        block = slice(begin, begin + _BLOCK_LINES)
        ids = subscribers.subscriber_id[block]
        kind = _kinds(draws_of(key, ids, OF_KIND), cumulative, subscribers.class_idx[block])
        for number, one in enumerate(kinds):
            own = np.flatnonzero(kind == number)
            homes = subscribers.square_idx[block][own]
            found.kind_idx[block][own] = number
            found.spot_idx[block][own] = _spots_of(one, land, key, ids[own], homes)
    return found


def draws_of(key: tuple[int, int], ids: NDArray[np.uint32], index: int) -> Floats:
    """
    Return a draw of each line for its second place.

    Parameters
    ----------
    key : tuple of int
        Seed and world replication.
    ids : (line,) ndarray of uint32
        Lines.
    index : int
        Which draw, such as OF_PRESENCE.

    Returns
    -------
    (line,) ndarray of float64
        Draws. [1]
    """
    return uniforms(*key, STREAM_SECOND_PLACE, ids, np.full(len(ids), index, np.int64))


def _require_towns(kinds: tuple[SecondPlace, ...], places: Places) -> None:
    problems = [Problem(f"traffic.places[{one.name}]", NO_TOWN) for one in kinds if needs_town(one)]
    if problems and not len(places):
        raise WorldError(*problems)


def _weights(landscape: Landscape) -> dict[str, Floats]:
    """Return how likely each square is, all of a county apart; all are alike where nobody lives anywhere."""
    people = landscape.population.astype(np.float64)
    return {
        "people": people if people.any() else np.ones(len(people)),
        "countryside": 1.0 - landscape.urban_share.astype(np.float64),
    }


def _shares_by_class(scenario: Scenario) -> Floats:
    """Return the (class, kind) cumulative shares of kinds among the lines of each class."""
    shares = [
        [
            one.share if c.name in (one.classes or (c.name,)) else 0.0
            for one in scenario.traffic.places
        ]
        for c in scenario.subscribers.classes
    ]
    return np.cumsum(shares, axis=1)


def _kinds(draw: Floats, cumulative: Floats, class_idx: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the kind of each line: the first whose cumulative share exceeds its draw; their number for none."""
    kind = np.zeros(len(draw), np.uint8)
    for of_class in cumulative.T:
        kind += draw >= of_class[class_idx]
    return kind


def _spots_of(
    one: SecondPlace,
    land: _Land,
    key: tuple[int, int],
    ids: NDArray[np.uint32],
    homes: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the spot of the place of each line of a kind."""
    counties = land.counties
    own = counties.of_square[homes]
    county = _county(
        one, counties, own, land.grid.province_idx[homes],
        draws_of(key, ids, OF_SCOPE), draws_of(key, ids, OF_COUNTY),
    )  # fmt: skip
    anchor = counties.centre_idx[county]
    if one.near == "home":
        np.copyto(anchor, homes, where=county == own)
    # Who has the same list of squares comes together.
    order = np.lexsort((anchor, county))
    squares = np.empty(len(ids), np.int32)
    squares[order] = _draw_near(
        anchor[order],
        county[order],
        draws_of(key, ids[order], OF_SQUARE),
        land.weights[one.squares],
        counties.of_square,
        land.grid.square_at,
        land.grid.row,
        land.grid.col,
        one.within_km * 1000.0 / land.grid.resolution_m,
    )
    n_points = land.spots.n_points
    point = np.minimum(draws_of(key, ids, OF_POINT) * n_points, n_points - 1).astype(np.uint8)
    return land.spots.of(squares, point)


def _county(
    one: SecondPlace,
    counties: Counties,
    own: NDArray[np.int32],
    province: NDArray[np.uint8],
    scope: Floats,
    draw: Floats,
) -> NDArray[np.int32]:
    """
    Return the county of each line's place: its own, another of its province, or one of another province.

    Other counties by their people. Who has no other to go to stays in the own one.
    """
    before = np.concatenate(([0.0], np.cumsum(counties.population)))
    begin, end = before[counties.first[:-1]][province], before[counties.first[1:]][province]
    own_begin, own_end = before[own], before[own + 1]
    is_near = scope < one.other_county_share
    is_far = ~is_near & (scope < one.other_county_share + one.other_province_share)
    # People before the chosen one of all that may be: those of the own county, or province, are passed over.
    at = np.where(is_near, begin, 0.0)
    at += draw * np.where(is_near, end - begin - (own_end - own_begin), before[-1] - (end - begin))
    passed = np.where(is_near, own_begin, begin)
    at += np.where(at >= passed, np.where(is_near, own_end - own_begin, end - begin), 0.0)
    county = np.searchsorted(before[1:], at, side="right").astype(np.int32)
    has_other = np.where(is_near, end - begin > own_end - own_begin, before[-1] > end - begin)
    last = np.searchsorted(before[1:], before[-1])  # rounding may lead behind the last
    return np.where((is_near | is_far) & has_other, np.minimum(county, last), own).astype(np.int32)


@compiled(
    "int32[::1]",
    "int32[::1]",
    "float64[::1]",
    "float64[::1]",
    "int32[::1]",
    "int32[:, ::1]",
    "int32[::1]",
    "int32[::1]",
    float,
)
def _draw_near(
    anchor: NDArray[np.int32],
    county: NDArray[np.int32],
    draw: NDArray[np.float64],
    weight: NDArray[np.float64],
    county_of: NDArray[np.int32],
    square_at: NDArray[np.int32],
    row: NDArray[np.int32],
    col: NDArray[np.int32],
    radius: float,
) -> NDArray[np.int32]:
    """
    Return a square of a county near each anchor, by weight: the first whose cumulative weight exceeds its draw.

    Anchors that are alike come together; the radius is in sides of squares. Where nothing has weight it is the anchor.
    """
    n_rows, n_cols = square_at.shape
    reach = int(radius)
    near = np.empty((2 * reach + 1) ** 2, np.int32)
    cumulative = np.empty(len(near))
    chosen = np.empty(len(anchor), np.int32)
    n = 0
    for i in range(len(anchor)):
        if i == 0 or anchor[i] != anchor[i - 1] or county[i] != county[i - 1]:
            n, total = 0, 0.0
            at_row, at_col = row[anchor[i]], col[anchor[i]]
            for r in range(max(0, at_row - reach), min(n_rows, at_row + reach + 1)):
                half = int(math.sqrt(radius * radius - (r - at_row) ** 2))
                for c in range(max(0, at_col - half), min(n_cols, at_col + half + 1)):
                    square = square_at[r, c]
                    if square >= 0 and county_of[square] == county[i] and weight[square] > 0.0:
                        total += weight[square]
                        near[n], cumulative[n] = square, total
                        n += 1
        if n == 0:
            chosen[i] = anchor[i]
            continue
        k = np.searchsorted(cumulative[:n], draw[i] * cumulative[n - 1], side="right")
        chosen[i] = near[min(k, n - 1)]
    return chosen
