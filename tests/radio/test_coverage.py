"""Ranked coverage against analytic areas, symmetries and a plain second computation."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import ModelRangeError, ScenarioError
from sim.radio.antenna import pattern_of
from sim.radio.coverage import compute_coverage, served
from sim.radio.pathloss import MODELS, cost231_hata_medium_city_db, free_space_db, path_loss_db

DISC = {"model": "disc", "radius_km": 4.0}
OPEN_2GHZ = {"model": "okumura_hata", "environment": "open"}
SIDE_M = 200.0
N_ROWS, N_COLS = 41, 51
WIDTH_M, HEIGHT_M = N_COLS * SIDE_M, N_ROWS * SIDE_M

places = st.tuples(st.floats(0.0, WIDTH_M - 1.0), st.floats(1.0, HEIGHT_M))


def distances_m(world, site):
    return np.sqrt((world.grid.x_m - site.x_m) ** 2 + (world.grid.y_m - site.y_m) ** 2)


def best_cdbm(coverage, network=0):
    return coverage.rscp_cdbm[network, :, 0]


def plain_power_dbm(scenario, world, cell, square, n_sectors):
    """Received power by vectors and scalar formulas; None where the cell does not serve."""
    radio, path, sites, cells = scenario.radio, scenario.radio.path_loss, world.sites, world.cells
    site = cells.site_idx[cell]
    east_m = world.grid.x_m[square] - sites.x_m[site]
    north_m = world.grid.y_m[square] - sites.y_m[site]
    distance_m = math.sqrt(east_m**2 + north_m**2)
    reach_km = min(radio.max_range_km, path.radius_km or math.inf)
    if distance_m > 1000.0 * reach_km:
        return None
    distance_km = max(distance_m, world.grid.resolution_m / 4) / 1000.0
    values = radio.frequency_mhz, sites.antenna_height_m[site], radio.phone_height_m
    loss_db = path_loss_db(path.model, path.environment, distance_km, *values)
    if path.model.endswith("hata") and distance_km < 1.0:
        loss_db = max(loss_db, free_space_db(distance_km, *values))
    if n_sectors > 1:
        azimuth = math.radians(cells.azimuth_deg[cell])
        along = (east_m * math.sin(azimuth) + north_m * math.cos(azimuth)) / distance_m
        offset_deg = math.degrees(math.acos(max(-1.0, min(1.0, along))))
        pattern = pattern_of(n_sectors)
        loss_db += min(12 * (offset_deg / pattern.beamwidth_deg) ** 2, pattern.front_to_back_db)
    power_dbm = cells.pilot_power_dbm[cell] + cells.antenna_gain_dbi[cell] - loss_db
    return power_dbm if path.model == "disc" or power_dbm >= radio.min_rscp_dbm else None


def plain_ranking(scenario, world):
    """Rank by sorting (power in 1e-9 dB, cell); the slow second computation."""
    n_sectors = np.bincount(world.cells.site_idx)[world.cells.site_idx]
    ranking = {}
    for network in range(len(world.network_names)):
        cells = np.flatnonzero(world.cells.network_idx == network)
        for square in range(world.grid.n_squares):
            powers = {c: plain_power_dbm(scenario, world, c, square, n_sectors[c]) for c in cells}
            heard = [(-round(p, 9), int(c), p) for c, p in powers.items() if p is not None]
            ranking[network, square] = sorted(heard)[: scenario.radio.n_candidates]
    return ranking


def mixed_world(make):
    """Two networks, sites of one to six sectors, a region with holes, unequal heights and powers."""
    random = np.random.default_rng(11)  # fixed places for a fixed expectation
    inside = random.random((17, 23)) > 0.2
    sites = []
    for index in range(9):
        sites.append(
            make.site(
                f"s{index}",
                random.uniform(0, 23 * 300),
                random.uniform(0, 17 * 300),
                network=index % 2,
                n_sectors=(1, 3, 6, 2, 3, 4, 5, 3, 1)[index],
                azimuth_deg=random.uniform(0, 360),
                height_m=random.uniform(20, 60),
                pilot_dbm=random.uniform(20, 33),
            )
        )
    return make.world(sites, make.grid(17, 23, 300.0, inside), ("a", "b"))


@pytest.mark.parametrize("n_candidates", [1, 3, 6])
@pytest.mark.parametrize(
    "path_loss",
    [
        {"model": "cost231_hata"},
        {"model": "free_space"},
        {"model": "disc", "radius_km": 1.9},
        OPEN_2GHZ,
    ],
    ids=lambda path_loss: path_loss["model"],
)
def test_ranking_equals_a_plain_one(make, path_loss, n_candidates):
    world = mixed_world(make)
    scenario = make.scenario(
        path_loss=path_loss, n_candidates=n_candidates, min_rscp_dbm=-95.0, max_range_km=3.3
    )
    coverage = compute_coverage(scenario, world)
    for (network, square), ranked in plain_ranking(scenario, world).items():
        n_ranked = len(ranked)
        cells, powers = coverage.cell_idx[network, square], coverage.rscp_cdbm[network, square]
        assert cells[:n_ranked].tolist() == [cell for _, cell, _ in ranked]
        assert (cells[n_ranked:] == -1).all()
        assert (powers[n_ranked:] == -32768).all()
        # Rounding to the hundredth is at most half of one, up to float error.
        np.testing.assert_allclose(
            powers[:n_ranked], [100 * p for *_, p in ranked], rtol=0, atol=0.5 + 1e-6
        )
    assert served(coverage).mean() > 0.05  # the comparison is about something


def test_types_and_shapes(make):
    coverage = compute_coverage(make.scenario(n_candidates=4), mixed_world(make))
    assert coverage.cell_idx.dtype == np.int32
    assert coverage.rscp_cdbm.dtype == np.int16
    assert coverage.cell_idx.shape == coverage.rscp_cdbm.shape
    assert coverage.cell_idx.shape[2] == 4
    assert served(coverage).shape == coverage.cell_idx.shape[:2]


@settings(max_examples=30, deadline=None)
@given(place=st.tuples(st.floats(4100.0, 6000.0), st.floats(4100.0, 4105.0)))
def test_area_of_a_disc(make, place):
    """
    The covered squares differ from the disc only along its edge.

    A square whose centre is inside and that is not wholly inside, or the other way round, touches the circle, so it
    lies within half a diagonal on either side of it: |N s^2 - pi r^2| <= 2 pi r s sqrt(2) (as in Gauss's problem).
    """
    world = make.world([make.site("s", *place)], make.grid(N_ROWS, N_COLS, SIDE_M))
    coverage = compute_coverage(make.scenario(path_loss=DISC), world)
    area_km2 = served(coverage).sum() * world.grid.square_area_km2
    edge_km2 = 2 * math.pi * 4.0 * (SIDE_M / 1000.0) * math.sqrt(2)
    assert abs(area_km2 - math.pi * 4.0**2) <= edge_km2


def test_disc_serves_by_distance_whatever_the_power(make):
    site = make.site("s", 5000.0, 4000.0, pilot_dbm=-30.0, gain_dbi=-10.0)
    world = make.world([site], make.grid(N_ROWS, N_COLS, SIDE_M))
    scenario = make.scenario(path_loss=DISC, min_rscp_dbm=0.0)
    coverage = compute_coverage(scenario, world)
    assert (served(coverage)[0] == (distances_m(world, site) <= 4000.0)).all()


def test_disc_is_cut_by_the_maximal_range(make):
    site = make.site("s", 5000.0, 4000.0)
    world = make.world([site], make.grid(N_ROWS, N_COLS, SIDE_M))
    coverage = compute_coverage(make.scenario(path_loss=DISC, max_range_km=2.5), world)
    assert (served(coverage)[0] == (distances_m(world, site) <= 2500.0)).all()


def test_radius_by_inverting_cost231(make):
    """Slope and loss at 1 km of COST-231-Hata at 2000 MHz, 30 m, 1.5 m: reference case cost231_f2000_d1."""
    site = make.site("s", 5033.0, 4071.0, pilot_dbm=30.0, gain_dbi=10.0)
    world = make.world([site], make.grid(N_ROWS, N_COLS, SIDE_M))
    coverage = compute_coverage(make.scenario(frequency_mhz=2000.0, min_rscp_dbm=-110.0), world)
    slope_db = 44.9 - 6.55 * math.log10(30.0)
    radius_m = 1000.0 * 10.0 ** ((30.0 + 10.0 + 110.0 - 137.744008413173) / slope_db)
    assert 2000.0 < radius_m < 3000.0
    assert (served(coverage)[0] == (distances_m(world, site) <= radius_m)).all()


def test_people_of_the_site_s_own_square_are_a_quarter_side_away(make):
    grid = make.grid(11, 11, 800.0)
    centre = make.site("s", 5.5 * 800.0, 5.5 * 800.0, n_sectors=3)
    beside = replace_site(make, centre, x_m=centre.x_m + 30.0)
    scenario = make.scenario(frequency_mhz=2000.0)
    own = grid.square_at[5, 5]
    expected_dbm = 33.0 + 11.0 - cost231_hata_medium_city_db(0.2, 2000.0, 30.0, 1.5)
    at_centre = compute_coverage(scenario, make.world([centre], grid))
    assert at_centre.rscp_cdbm[0, own, :3].tolist() == [round(100 * expected_dbm)] * 3
    assert at_centre.cell_idx[0, own, :3].tolist() == [0, 1, 2]
    off_centre = compute_coverage(scenario, make.world([beside], grid))
    # The centre lies west of the site: 90 degrees off the first sector, 30 off the third.
    pattern_db = 12 * (30 / 65) ** 2
    assert off_centre.cell_idx[0, own, 0] == 2
    assert off_centre.rscp_cdbm[0, own, 0] == round(100 * (expected_dbm - pattern_db))


def replace_site(make, site, **changes):
    values = vars(site) | changes
    return make.site(values.pop("name"), values.pop("x_m"), values.pop("y_m"), **values)


def test_four_sectors_turn_with_the_map(make):
    grid = make.grid(31, 31, SIDE_M)
    site = make.site("s", 15.5 * SIDE_M, 15.5 * SIDE_M, n_sectors=4)
    coverage = compute_coverage(make.scenario(), make.world([site], grid))
    power = best_cdbm(coverage).reshape(31, 31).astype(int)
    cell = coverage.cell_idx[0, :, 0].reshape(31, 31)
    assert np.abs(power - np.rot90(power)).max() <= 1  # the last digit of an angle may differ
    off_diagonal = np.abs(np.subtract.outer(np.arange(31), np.arange(31)))[:, ::-1] > 0
    off_diagonal &= np.abs(np.subtract.outer(np.arange(31), np.arange(31))) > 0
    turned = (np.rot90(cell, -1) + 1) % 4  # clockwise by a quarter: sector k becomes k + 1
    heard = off_diagonal & (cell >= 0)
    assert heard.sum() > 100
    assert (cell[heard] == turned[heard]).all()


def test_three_sectors_are_mirrored_about_north(make):
    grid = make.grid(31, 31, SIDE_M)
    site = make.site("s", 15.5 * SIDE_M, 15.5 * SIDE_M, n_sectors=3)
    coverage = compute_coverage(make.scenario(), make.world([site], grid))
    power = best_cdbm(coverage).reshape(31, 31).astype(int)
    assert np.abs(power - power[:, ::-1]).max() <= 1
    north, south_east, south_west = power[0, 15], power[30, 30], power[30, 0]
    assert north > power[30, 15]  # the main lobe points north, the gap south
    assert abs(int(south_east) - int(south_west)) <= 1
    cell = coverage.cell_idx[0, :, 0].reshape(31, 31)
    assert (cell[0, 15], cell[25, 25], cell[25, 5]) == (0, 1, 2)


@settings(max_examples=25, deadline=None)
@given(points=st.lists(places, min_size=2, max_size=6, unique=True), data=st.data())
def test_order_of_sites_changes_no_power(make, points, data):
    sites = [make.site(f"s{i}", *p, n_sectors=1 + 2 * (i % 2)) for i, p in enumerate(points)]
    order = data.draw(st.permutations(range(len(sites))))
    grid = make.grid(N_ROWS, N_COLS, SIDE_M)
    scenario = make.scenario()
    worlds = make.world(sites, grid), make.world([sites[i] for i in order], grid)
    first, second = (compute_coverage(scenario, world) for world in worlds)
    assert (first.rscp_cdbm == second.rscp_cdbm).all()


def test_permuted_sites_give_the_same_ranking(make):
    world = mixed_world(make)
    scenario = make.scenario(min_rscp_dbm=-100.0)
    first = compute_coverage(scenario, world)
    order = [7, 2, 0, 8, 5, 1, 4, 3, 6]
    permuted = permute_sites(world, order)
    second = compute_coverage(scenario, permuted)
    names = [np.array([*w.cells.name, "-"]) for w in (world, permuted)]
    assert (names[0][first.cell_idx] == names[1][second.cell_idx]).all()
    assert (first.rscp_cdbm == second.rscp_cdbm).all()


def permute_sites(world, order):
    """Return the world with its sites, and their cells, in another order."""
    cells, sites = world.cells, world.sites
    new_cells = np.concatenate([np.flatnonzero(cells.site_idx == s) for s in order])
    new_site = np.argsort(order)
    changed = {
        k: getattr(cells, k)[new_cells] for k in cells.__dataclass_fields__ if k != "name"
    } | {"name": tuple(cells.name[c] for c in new_cells)}
    changed["site_idx"] = new_site[changed["site_idx"]].astype(np.int32)
    moved = {k: getattr(sites, k)[order] for k in sites.__dataclass_fields__ if k != "name"}
    moved["name"] = tuple(sites.name[s] for s in order)
    return replace(world, cells=replace(cells, **changed), sites=replace(sites, **moved))


@settings(max_examples=25, deadline=None)
@given(point=places, more_db=st.floats(0.01, 30.0), n_sectors=st.integers(1, 6))
def test_more_power_never_serves_less(make, point, more_db, n_sectors):
    grid = make.grid(N_ROWS, N_COLS, SIDE_M)
    weak = make.site("s", *point, pilot_dbm=15.0, n_sectors=n_sectors)
    strong = replace_site(make, weak, pilot_dbm=15.0 + more_db)
    weak_coverage, strong_coverage = (
        compute_coverage(make.scenario(), make.world([s], grid)) for s in (weak, strong)
    )
    assert (served(strong_coverage) | ~served(weak_coverage)).all()
    both = served(weak_coverage)[0]
    gain_cdb = best_cdbm(strong_coverage)[both].astype(int) - best_cdbm(weak_coverage)[both]
    assert (np.abs(gain_cdb - 100 * more_db) <= 1.0 + 1e-6).all()  # both ends are rounded


@settings(max_examples=25, deadline=None)
@given(points=st.lists(places, min_size=2, max_size=6))
def test_best_of_a_union_is_the_best_of_its_parts(make, points):
    grid = make.grid(N_ROWS, N_COLS, SIDE_M)
    sites = [make.site(f"s{i}", *p, n_sectors=3) for i, p in enumerate(points)]
    scenario = make.scenario(n_candidates=2)
    whole, one, rest = (
        best_cdbm(compute_coverage(scenario, make.world(part, grid)))
        for part in (sites, sites[:1], sites[1:])
    )
    assert (whole == np.maximum(one, rest)).all()


def test_other_networks_do_not_matter(make):
    world = mixed_world(make)
    alone = replace(world, network_names=("a",))
    keep = world.cells.network_idx == 0
    cells = {k: getattr(world.cells, k) for k in world.cells.__dataclass_fields__}
    kept = {k: v[keep] for k, v in cells.items() if k != "name"}
    kept["name"] = tuple(n for n, k in zip(cells["name"], keep, strict=True) if k)
    alone = replace(alone, cells=replace(world.cells, **kept))
    sites = world.sites.network_idx
    only_a = replace(alone, sites=replace(world.sites, network_idx=np.zeros_like(sites)))
    scenario = make.scenario()
    together = compute_coverage(scenario, world)
    assert (compute_coverage(scenario, only_a).rscp_cdbm[0] == together.rscp_cdbm[0]).all()


def test_near_loss_is_never_below_free_space(make):
    """Hata's open formula falls under free space within some hundred metres."""
    site = make.site("s", 2050.0, 2050.0, height_m=30.0)
    world = make.world([site], make.grid(41, 41, 100.0))
    scenario = make.scenario(path_loss=OPEN_2GHZ, frequency_mhz=900.0)
    free = make.scenario(path_loss={"model": "free_space"}, frequency_mhz=900.0)
    hata_cdbm, free_cdbm = (best_cdbm(compute_coverage(s, world)) for s in (scenario, free))
    assert (hata_cdbm <= free_cdbm).all()
    assert (hata_cdbm == free_cdbm).any()


def test_notes_tell_what_is_outside_the_published_ranges(make):
    site = make.site("s", 5100.0, 4100.0, height_m=25.0)
    world = make.world([site], make.grid(N_ROWS, N_COLS, SIDE_M))
    notes = compute_coverage(make.scenario(), world).notes
    label = MODELS["cost231_hata"].label
    farthest_km = distances_m(world, site).max() / 1000.0
    assert notes == (
        f"{label}: distance 0.05 to {farthest_km:g} km is outside the published range 1 to 20 km",
        f"{label}: frequency 2140 MHz is outside the published range 1500 to 2000 MHz",
        f"{label}: antenna height 25 m is outside the published range 30 to 200 m",
    )
    assert compute_coverage(make.scenario(path_loss={"model": "free_space"}), world).notes == ()


@pytest.mark.parametrize(
    ("radio", "words"),
    [
        ({"frequency_mhz": 3500.0}, "frequency 3500 MHz"),
        ({"frequency_mhz": 900.0}, "frequency 900 MHz"),
        ({"path_loss": OPEN_2GHZ, "frequency_mhz": 2600.0}, "refused outside 100 to 2250 MHz"),
    ],
)
def test_beyond_the_hard_limits_is_an_error(make, radio, words):
    world = make.world([make.site("s", 100.0, 100.0)], make.grid(3, 3, SIDE_M))
    with pytest.raises(ModelRangeError, match=words):
        compute_coverage(make.scenario(**radio), world)


def test_a_mast_beyond_the_hard_limits_is_an_error(make):
    sites = [make.site("s", 100.0, 100.0), make.site("low", 300.0, 100.0, height_m=2.0)]
    with pytest.raises(ModelRangeError, match="antenna height 2 m"):
        compute_coverage(make.scenario(), make.world(sites, make.grid(3, 3, SIDE_M)))


def test_a_disc_without_radius_is_an_error(make):
    world = make.world([make.site("s", 100.0, 100.0)], make.grid(3, 3, SIDE_M))
    with pytest.raises(ScenarioError, match="radius_km: is missing"):
        compute_coverage(make.scenario(path_loss={"model": "disc"}), world)


def test_no_sites_serve_nobody(make):
    world = make.world([], make.grid(3, 4, SIDE_M))
    coverage = compute_coverage(make.scenario(), world)
    assert not served(coverage).any()
    assert (coverage.rscp_cdbm == -32768).all()
    assert coverage.notes == ()


def test_power_beyond_the_stored_range_is_held(make):
    site = make.site("s", 5000.0, 4000.0, pilot_dbm=-300.0)
    world = make.world([site], make.grid(N_ROWS, N_COLS, SIDE_M))
    coverage = compute_coverage(make.scenario(path_loss=DISC), world)
    assert set(best_cdbm(coverage)[served(coverage)[0]]) == {-32767}
