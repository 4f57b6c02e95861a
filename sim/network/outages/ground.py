"""What the radio knows of the ground: places and their cells, as the sites on the air are now."""

import numpy as np
from numpy.typing import NDArray

from sim.network.radio.build import (
    ground_arrays,
    ground_on_the_way,
    places_at,
    places_of_lines,
    places_of_sources,
    spots_of_sources,
    wanted_spots,
)
from sim.network.radio.places import Places, make_pattern, make_places, pattern_arrays
from sim.network.radio.state import Radio
from sim.radio.coverage import Coverage
from sim.scenario.schema import Scenario
from sim.world.build import World

_SHOWN = ("cell", "uplink_gain", "downlink_gain")


class Ground:
    """
    The places of the radio under changing coverage.

    Phones in progress keep their places, and with them the cells that they hear; whoever comes later finds the cells of
    today at places of their own, where these are others.
    """

    def __init__(self, scenario: Scenario, world: World, key: bytes, coverage: Coverage) -> None:
        self._scenario, self._world = scenario, world
        of_sources = spots_of_sources(scenario, world, coverage)
        wanted = wanted_spots(scenario, world, coverage, of_sources)
        self._place_at = {key: places_at(world, wanted)}
        self._first = key

    def places(self, key: bytes) -> NDArray[np.int32]:
        """Return the place of each spot of each network, at a coverage that has been met; -1 where there is none."""
        return self._place_at[key]

    def changed(
        self, radio: Radio, key: bytes, coverage: Coverage, spot_idx: NDArray[np.int32]
    ) -> Radio:
        """Return the radio with another coverage; lines are where they are now."""
        of_sources = spots_of_sources(self._scenario, self._world, coverage)
        wanted = wanted_spots(self._scenario, self._world, coverage, of_sources)
        places = make_places(self._scenario, self._world, coverage, wanted)
        if key not in self._place_at:
            radio = self._with_places(radio, key, places, coverage)
        place_at = self._place_at[key]
        source_first, source_places = places_of_sources(self._world, places, of_sources)
        return radio._replace(
            **places_of_lines(self._scenario, self._world, coverage, place_at, spot_idx),
            source_first=source_first,
            source_places=place_at.ravel()[places.network_spot[source_places]],
            **ground_arrays(coverage),
        )

    def _with_places(self, radio: Radio, key: bytes, places: Places, coverage: Coverage) -> Radio:
        """Add the places at which other cells are heard than at the first coverage."""
        first = self._place_at[self._first].ravel()
        place_at = np.full(len(first), -1, np.int32)
        before = first[places.network_spot]
        is_same = before >= 0
        known = before[is_same]
        is_same[is_same] = np.logical_and.reduce(
            [
                radio.info[name][known] == places.info[name][is_same]
                for name in ("n_heard", "n_tried")
            ]
            + [
                (getattr(radio, name)[known] == getattr(places, name)[is_same]).all(axis=1)
                for name in _SHOWN
            ]
        )
        new = np.cumsum(~is_same) - 1 + len(radio.info)
        place_at[places.network_spot] = np.where(is_same, before, new)
        self._place_at[key] = place_at.reshape(-1, len(self._world.spots))
        parts = {
            name: np.concatenate([getattr(radio, name), getattr(places, name)[~is_same]])
            for name in ("info", *_SHOWN)
        }
        every = Places(np.zeros(len(parts["info"]), np.int64), **parts)
        on_the_way = ground_on_the_way(self._scenario, self._world, coverage)
        # Phones on their way may come back to where others were heard before.
        met = None if on_the_way is None else _pairs_of(radio)
        pattern = make_pattern(every, len(self._world.cells), on_the_way, met)
        moved = _moved(radio, pattern.first, pattern.other)
        more = {}
        for name in ("uplink", "downlink"):
            more[name] = np.zeros(len(pattern.other), np.int64)
            more[name][moved] = getattr(radio, name)
        arrays = pattern_arrays(pattern, parts["cell"].shape[1])
        return radio._replace(**parts, **arrays, **more)


def _pairs_of(radio: Radio) -> NDArray[np.int32]:
    """Return the (pair, 2) cells of the present coefficients."""
    one = np.repeat(np.arange(len(radio.first) - 1), np.diff(radio.first.astype(np.int64)))
    return np.column_stack((one, radio.other)).astype(np.int32)


def _moved(
    radio: Radio, first: NDArray[np.integer], other: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Return where the coefficients of the present pairs of cells stand among those of more pairs."""
    n_cells = len(first) - 1

    def _keys(begins: NDArray[np.integer], others: NDArray[np.integer]) -> NDArray[np.int64]:
        ends = begins.astype(np.int64)
        return np.repeat(np.arange(n_cells), ends[1:] - ends[:-1]) * n_cells + others.astype(
            np.int64
        )

    return np.searchsorted(_keys(first, other), _keys(radio.first, radio.other))
