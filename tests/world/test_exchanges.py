"""Exchanges that the user gives: places, names, trunk groups, operators, and what is wrong with them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import WorldError
from sim.tables import NONE_IDX
from sim.world.build import build_world

PLAIN: dict[str, Any] = {
    "region": {"source": "plain", "width_km": 10, "height_km": 10},
    "grid": {"resolution_m": 500},
    "population": {"total": 0},
    "networks": [{"name": "red", "n_subscribers": 0}, {"name": "blue", "n_subscribers": 0}],
    "subscribers": {"classes": [{"name": "resident", "share": 1.0}]},
}
EXCHANGES = [
    {"name": "town", "n_lines": 9_000, "x_km": 5, "y_km": 5},
    {"name": "hill", "n_lines": 420, "is_manual": True, "x_km": 1, "y_km": 9, "n_cords": 9},
    {"name": "vale", "n_lines": 30, "is_manual": True, "n_positions": 3, "working": "delay"},
]
GROUPS = [
    {"between": ["red", "fixed"], "n_circuits": 60},
    {"between": ["blue", "town"], "n_circuits": 30, "n_reserved": 2, "order": 1},
    {"between": ["town", "hill"], "n_circuits": 6},
    {"between": ["vale", "hill"], "n_circuits": 2},
]


@pytest.fixture(scope="module")
def plain(make_scenario):
    """Return a maker of the world of a plain with a given fixed network."""

    def make(folder: Path = Path(), groups=GROUPS, switching=(), traffic=None, **fixed: Any):
        sections = {
            "fixed": {"source": "given"} | (fixed or {"exchanges": EXCHANGES}),
            "switching": {"trunk_groups": groups, **dict(switching)},
            "traffic": traffic or {},
        }
        return build_world(make_scenario(**PLAIN, **sections), folder)

    return make


def message_of(make, *args: Any, **sections: Any) -> str:
    with pytest.raises(WorldError) as caught:
        make(*args, **sections)
    return str(caught.value)


def changed(place: int, **keys: Any) -> list[dict[str, Any]]:
    return [one | keys if i == place else one for i, one in enumerate(EXCHANGES)]


def test_without_a_fixed_network_one_exchange_stands_for_it(make_scenario):
    world = build_world(make_scenario(**PLAIN), Path())
    assert world.exchanges.name == ("red", "blue", "fixed")
    assert world.exchanges.gateway_idx == 2
    assert len(world.exchanges.trunks) == 0
    assert not any("no trunk group" in note for note in world.notes)


def test_exchanges_come_after_the_networks_with_what_was_given(plain):
    exchanges = plain().exchanges
    assert exchanges.name == ("red", "blue", "town", "hill", "vale")
    assert exchanges.n_centres == 2
    assert exchanges.gateway_idx == 2
    assert exchanges.is_manual.tolist() == [False, False, False, True, True]
    assert exchanges.province_idx.tolist() == [NONE_IDX, NONE_IDX, 0, 0, 0]
    assert exchanges.n_lines.tolist() == [0, 0, 9_000, 420, 30]
    np.testing.assert_array_equal(exchanges.x_m, [np.nan, np.nan, 5_000, 1_000, np.nan])
    np.testing.assert_array_equal(exchanges.y_m, [np.nan, np.nan, 5_000, 9_000, np.nan])
    assert exchanges.n_cords.tolist() == [0, 0, 0, 9, 16]
    assert exchanges.works_with_tickets.tolist() == [False, False, False, False, True]


def test_trunk_groups_keep_their_order_and_fixed_is_the_gateway(plain):
    trunks = plain().exchanges.trunks
    assert trunks.name == ("red-fixed", "blue-town", "town-hill", "vale-hill")
    assert trunks.a.tolist() == [0, 1, 2, 4]
    assert trunks.b.tolist() == [2, 2, 3, 3]
    assert trunks.n_circuits.tolist() == [60, 30, 6, 2]
    assert trunks.n_reserved.tolist() == [0, 2, 0, 0]
    assert trunks.order.tolist() == [0, 1, 0, 0]
    other = plain(exchanges=EXCHANGES, gateway="vale").exchanges
    assert (other.gateway_idx, other.trunks.b[0]) == (4, 4)


def test_operators_by_hour(plain):
    daily = [0.0] * 8 + [1.0, 0.5, 0.25, 0.1] + [0.0] * 12
    exchanges = plain(traffic={"profile": {"daily": daily}}).exchanges
    assert exchanges.n_operators[:3].tolist() == [[0] * 24] * 3
    # 420 lines x 0.2 calls/h x 15 s / 3600 s / 0.7 = 0.5 operators in the busiest hour.
    assert exchanges.n_operators[3].tolist() == [1] * 24
    assert exchanges.n_operators[4].tolist() == [1] * 8 + [3, 2, 1, 1] + [1] * 12
    hours = [0] * 6 + [2] * 18
    more = (
        changed(1, n_lines=42_000)[:2] + changed(2, n_positions=None, positions_by_hour=hours)[2:]
    )
    switching = {"manual": {"work_factor": 2.0, "n_cords": 12, "working": "delay"}}
    exchanges = plain(
        exchanges=more, switching=switching, traffic={"profile": {"daily": daily}}
    ).exchanges
    # 42,000 x 0.2 x 30 / 3600 / 0.7 is exactly 100.
    assert exchanges.n_operators[3].tolist() == [1] * 8 + [100, 50, 25, 10] + [1] * 12
    assert exchanges.n_operators[4].tolist() == hours
    assert exchanges.n_cords.tolist() == [0, 0, 0, 9, 12]
    assert exchanges.works_with_tickets.tolist() == [False, False, False, True, True]


def test_places_and_provinces_of_a_country(make_scenario):
    listed = [
        {"name": "by_place", "longitude_deg": 125.40778, "latitude_deg": 38.7375},
        {"name": "by_code", "province": "KP-09"},
        {"name": "by_neither"},
        {"name": "by_both", "province": "KP-09", "longitude_deg": 125.4, "latitude_deg": 38.74},
    ]
    groups = [{"between": ["fixed", one["name"]], "n_circuits": 1} for one in listed[1:]]
    world = build_world(
        make_scenario(fixed={"source": "given", "exchanges": listed}, switching={"trunk_groups": groups}),
        Path(),
    )  # fmt: skip
    own = world.exchanges.province_idx[2:]
    assert [world.provinces.code[p] for p in own] == ["KP-02", "KP-09", "KP-01", "KP-09"]
    assert np.isfinite(world.exchanges.x_m).tolist() == [False, False, True, False, False, True]


def test_what_no_trunk_group_joins_is_noted(plain):
    assert not any("no trunk group" in note for note in plain().notes)
    assert plain(groups=GROUPS[:2]).notes[-1] == (
        "exchanges hill | vale: no trunk group leads to town; calls to them end as no_route"
    )
    assert plain(groups=GROUPS[1:2] + GROUPS[3:]).notes[-1] == (
        "networks and exchanges red | hill, vale: no trunk group leads to town; calls to them end as no_route"
    )
    assert plain(groups=GROUPS[1:]).notes[-1].startswith("networks red: no trunk group")


@pytest.mark.parametrize(
    ("place", "keys", "message"),
    [
        (1, {"province": "KP-01"}, "province = 'KP-01': unknown in the region; provinces: plain"),
        (
            1,
            {"x_km": 11},
            "x_km = 11, y_km = 9: outside the region; the plain reaches from 0 to x_km = 10, y_km = 10",
        ),
        (
            1,
            {"x_km": None},
            "place must be given once: x_km and y_km, or longitude_deg and latitude_deg",
        ),
        (
            1,
            {"x_km": None, "y_km": None, "longitude_deg": 125, "latitude_deg": 39},
            "a plain has no longitude and latitude; give x_km and y_km",
        ),
        (2, {"name": "hill"}, "name = 'hill': already that of fixed.exchanges[1]; rename one"),
        (2, {"name": "red"}, "name = 'red': already that of networks[red]; rename one"),
        (
            2,
            {"name": "all"},
            "name = 'all': already a word that means something else in routes; rename one",
        ),
        (2, {"n_positions": 0}, "n_positions = 0: must be 1 or more of a manual exchange"),
    ],
)
def test_bad_exchanges_are_explained(place, keys, message, plain):
    told = message_of(plain, exchanges=changed(place, **keys))
    assert told == f"fixed.exchanges[{place}]: {message}"


def test_every_bad_trunk_group_is_told(plain):
    groups = [
        *GROUPS,
        {"between": ["hill", "tuwn"], "n_circuits": 1},
        {"between": ["green", "hill"], "n_circuits": 1},
        {"between": ["town", "red"], "n_circuits": 1},
        {"between": ["fixed", "town"], "n_circuits": 1},
        {"between": ["red", "hill"], "n_circuits": 1, "n_reserved": 2},
    ]
    known = "red, blue, town, hill, vale, fixed"
    assert message_of(plain, groups=groups).splitlines() == [
        "switching.trunk_groups[4]: 'tuwn': unknown network or exchange; did you mean 'town'?",
        "switching.trunk_groups[5]: 'green': unknown network or exchange; "
        f"networks and exchanges: {known}",
        'switching.trunk_groups[6]: between ["town", "red"]: this pair has a group already, '
        "switching.trunk_groups[0]; leave one out",
        'switching.trunk_groups[7]: between ["fixed", "town"]: must be two different ones '
        "(fixed means the gateway)",
        "switching.trunk_groups[8]: n_reserved = 2: must be at most n_circuits, 1",
    ]


def test_calls_by_hand_need_manual_exchanges_joined_to_both_sides(plain):
    def switching(*at: str) -> dict[str, Any]:
        return {"interconnect": [{"between": ["red", "blue"], "mode": "manual", "at": at}]}

    assert plain(switching=switching("hill", "vale")).exchanges.name[3] == "hill"
    where = "switching.interconnect[0].at"
    assert message_of(plain, switching=switching("hull", "town")).splitlines() == [
        f"{where}[0] = 'hull': no manual exchange; did you mean 'hill'?",
        f"{where}[1] = 'town': no manual exchange; manual exchanges: hill, vale",
    ]
    assert message_of(plain, groups=GROUPS[1:], switching=switching("hill")) == (
        f"{where}[0] = 'hill': no trunk groups lead to red; add what is missing on the way"
    )


def test_calls_by_hand_to_the_fixed_network_go_by_its_gateway(plain):
    entry = {"between": ["blue", "fixed"], "mode": "manual", "at": ["hill"]}
    sections = {"switching": {"interconnect": [entry]}, "groups": GROUPS[1:3]}
    assert plain(**sections).exchanges.gateway_idx == 2
    told = message_of(plain, exchanges=EXCHANGES, gateway="vale", **sections)
    assert told.startswith("switching.interconnect[0].at[0] = 'hill': no trunk groups lead to vale")


def test_an_unknown_gateway_is_explained(plain):
    assert message_of(plain, exchanges=EXCHANGES, gateway="twn") == (
        "fixed.gateway = 'twn': unknown exchange; did you mean 'town'?"
    )
