"""Idle phones that register and are paged, in the compiled loop as in the oracle."""

import math

import numpy as np
import pytest

from sim.network.registrations.areas import location_areas
from sim.network.registrations.rates import crossing_rates
from sim.network.replication import run_network
from sim.runs.measures.measure import MeasureRows
from sim.runs.measures.registrations import REGISTRATIONS, attach_times
from sim.runs.measures.subject import Replication
from sim.runs.measures.subjects import check_invariants
from tests.network.test_roaming import assert_same_run, shortly
from tests.oracle.changed import changed
from tests.oracle.data_scenarios import LETTERS_AND_CHANNELS, LETTERS_AND_POWER
from tests.oracle.outages import CHANNELS, WITH_DATA
from tests.oracle.scenarios import BY_HAND, PROVINCES, SAMPLED, world_of
from tests.oracle.voice import Oracle

OFTEN = {
    "period_h": 0.1, "transfer_s": 3, "areas": "sites", "sites_per_area": 1, "moving_share": 0.3,
    "speed_m_s": 15, "paging_s": 0.5, "max_tries": 3,
}  # fmt: skip
OUTAGES = {one.name.removesuffix("_with_outages"): one for one in (*CHANNELS, *WITH_DATA)}
STORMS = [
    {"at": "2022-11-17 23:50", "share": 0.9, "within_s": 5},
    {"at": "2022-11-17 23:50", "share": 0.5, "within_s": 40},
    {"at": "2022-11-17 23:55", "share": 1, "within_s": 0},
]
IDLE = [
    changed(LETTERS_AND_CHANNELS, "idle_and_channels", registrations=OFTEN, n_signalling_channels=3),
    changed(
        LETTERS_AND_CHANNELS, "storms", registrations=OFTEN | {"areas": "province", "storms": STORMS},
        n_signalling_channels=4,
    ),
    changed(
        OUTAGES["letters_and_channels"], "idle_with_outages",
        registrations=OFTEN | {"attach_within_s": 20}, n_signalling_channels=3,
    ),
    changed(
        OUTAGES["letters_and_power"], "idle_and_power_with_outages",
        radio={"roaming": "all"}, registrations=OFTEN, n_signalling_channels=3,
    ),
    changed(SAMPLED, "sampled_and_idle", registrations={"crossings_per_line_h": 2, "period_h": 0}),
    changed(LETTERS_AND_POWER, "idle_and_power", registrations=OFTEN, n_signalling_channels=2),
    changed(PROVINCES, "provinces_and_idle", registrations=OFTEN | {"sites_per_area": 2}),
    changed(BY_HAND[-1], "patched_and_idle", registrations=OFTEN, n_signalling_channels=1),
]  # fmt: skip


@pytest.mark.parametrize("one", shortly(IDLE, 5))
def test_records_are_those_of_the_oracle(one):
    world, coverage = world_of(one)
    records = run_network(one, world, coverage, 0)
    oracle = Oracle(one, world, coverage, 0)
    assert_same_run(records, oracle)
    found, plain = records["registrations"], oracle.registrations
    expected = plain.by_cell()
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-9, atol=1e-12, err_msg=name)
    assert records["attachments"]["phones"].tolist() == plain.attached
    assert found["first_tries"].sum() > 100
    assert found["paged"].sum() > 100


def test_everything_that_may_befall_idle_phones_does():
    first, outages = (run_network(IDLE[k], *world_of(IDLE[k]), 0) for k in (1, 2))
    for records, least in ((first, 300), (outages, 40)):
        phones = records["attachments"]["phones"]
        assert phones.sum() > least
        assert phones[:, 5:].sum() > least / 10  # many tries
    for name in ("first_tries_refused", "given_up", "unanswered"):
        assert first["registrations"][name].sum() > 20, name
    found = first["registrations"]
    assert found["tries_refused"].sum() > 2 * found["first_tries_refused"].sum()


def totals(**more):
    one = changed(
        LETTERS_AND_CHANNELS, "directions", registrations=OFTEN | more.pop("registrations", {}),
        n_signalling_channels=3, **more,
    )  # fmt: skip
    records = run_network(one, *world_of(one), 0)
    return {name: float(column.sum()) for name, column in records["registrations"].items()} | {
        "messages_refused": float(records["data_cells"]["n_signalling_refused"].sum())
    }


def test_what_registers_pages_and_writes_takes_channels_from_each_other():
    base = totals(registrations={"period_h": 1})
    often = totals()
    assert often["first_tries"] > 2 * base["first_tries"]
    assert often["messages_refused"] > 1.2 * base["messages_refused"]
    assert often["unanswered"] > 1.2 * base["unanswered"]
    slow = totals(registrations={"paging_s": 3.0})
    assert slow["paging_busy"] > 4 * often["paging_busy"]
    assert slow["first_tries_refused"] > 1.2 * often["first_tries_refused"]
    wide = totals(registrations={"areas": "province"})
    assert wide["paging_busy"] > 1.5 * often["paging_busy"]
    storm = totals(registrations={"storms": STORMS})
    assert storm["messages_refused"] > 1.1 * often["messages_refused"]
    fast = totals(registrations={"speed_m_s": 80})
    assert wide["first_tries"] < 0.9 * fast["first_tries"]  # there are no borders


def test_a_border_of_all_directions_is_crossed_as_the_fluid_flow_model_says():
    """A disc about the middle of the plain: density * speed * perimeter / pi, one way as the other."""
    world, _ = world_of(LETTERS_AND_CHANNELS)
    grid = world.grid
    away_m = np.hypot(grid.x_m - grid.x_m.mean(), grid.y_m - grid.y_m.mean())
    radius_m = 5.3 * grid.resolution_m
    cells = (away_m < radius_m).astype(np.int32)
    moving = np.full(grid.n_squares, 7.0)
    rates = crossing_rates(grid, moving, 2.0, cells, np.array([4, 3]))
    perimeter_m = 2.0 * math.pi * radius_m
    expected = 7.0 / grid.resolution_m**2 * 2.0 * perimeter_m / math.pi
    assert rates == pytest.approx([expected, expected], rel=0.06)
    assert crossing_rates(grid, moving, 2.0, cells, np.array([3, 3])).tolist() == [0.0, 0.0]
    cells[cells == 1] = -1
    assert crossing_rates(grid, moving, 2.0, cells, np.array([4, 3])).tolist() == [0.0, 0.0]


def test_areas_keep_sites_and_networks_together():
    one = changed(PROVINCES, "areas", registrations={"areas": "sites", "sites_per_area": 2})
    world, _ = world_of(one)
    areas, cells = location_areas(one, world), world.cells
    assert areas.min() == 0
    assert set(np.bincount(areas)) <= {3, 6}  # three cells a site
    for area in range(areas.max() + 1):
        assert len(set(cells.network_idx[areas == area])) == 1
    of_province = location_areas(changed(PROVINCES, "areas", registrations={}), world)
    groups = zip(
        of_province, cells.network_idx, world.sites.province_idx[cells.site_idx], strict=True
    )
    assert len({tuple(map(int, one)) for one in groups}) == of_province.max() + 1


def test_times_to_attach_follow_from_the_tries():
    one = changed(SAMPLED, "attach", registrations={"retry_s": 10, "transfer_s": 3})
    phones = np.zeros((2, 256), np.int64)
    phones[0, :3] = 94, 2, 4
    found = attach_times(one, phones)
    assert found["attached"].tolist() == [100, 0]
    assert found["attach_s"].tolist() == [94 * 3 + 2 * 13 + 4 * 23, 0]
    assert found["attach_tries"].tolist() == [94 + 4 + 12, 0]
    assert found["p95_s"].tolist() == [13.0, 0.0]
    assert found["known"].tolist() == [1.0, 0.0]


def test_measures_are_made_of_the_cells():
    one = IDLE[1]
    world, coverage = world_of(one)
    records = run_network(one, world, coverage, 0)
    replication, rows = Replication(1, one, world, coverage, records), MeasureRows(1)
    check_invariants(replication)
    REGISTRATIONS.measured(replication, rows)
    values = {
        (row["measure"], row["network"]): row["value"]
        for row in rows.table().to_pylist()
        if row["province"] == "all"
    }
    found, hours = records["registrations"], one.run.duration_h
    assert values["registrations.per_h", "all"] == pytest.approx(found["first_tries"].sum() / hours)
    # Every area is a network here: its cells count the same pages.
    of_networks = [found["paged"][world.cells.network_idx == k][0] for k in range(3)]
    assert values["paging.per_h", "all"] == pytest.approx(sum(of_networks) / hours)
    assert values["paging.per_h", "a"] == pytest.approx(of_networks[0] / hours)
    of_messages = records["data_cells"]["signalling_busy"].mean() / 4
    assert values["signalling.messages_share", "all"] == pytest.approx(of_messages)
    assert values["registrations.attached", "all"] == records["attachments"]["phones"].sum()
    assert values["registrations.attach_p95_s", "all"] > values["registrations.attach_s", "all"] > 3
