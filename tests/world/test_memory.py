"""What a world is estimated to need is in step with what it describes."""

import pytest

from sim.engine.rooms import room_bytes
from sim.network.radio.state import Radio
from sim.scenario.memory import PLACE_BYTES, PROVINCE_AREA_KM2
from sim.scenario.region_section import Region
from sim.world.country import make_territory
from sim.world.embedded_country import embedded_country


def test_areas_of_provinces_are_those_of_their_outlines():
    territory = make_territory(embedded_country(0.8), Region(source="north_korea"))
    for code, outline in zip(territory.code, territory.outline, strict=True):
        assert outline.area / 1e6 == pytest.approx(PROVINCE_AREA_KM2[code], rel=1e-3), code
    assert set(territory.code) == set(PROVINCE_AREA_KM2)


@pytest.mark.parametrize("n_heard", [2, 6, 12])
def test_places_take_what_their_room_says(n_heard):
    lengths = {"place": 1, "heard": n_heard, "leg_heard": 2 * n_heard}
    assert n_heard * PLACE_BYTES == pytest.approx(room_bytes(Radio, lengths), rel=0.3)
