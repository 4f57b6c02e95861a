"""Coverage over terrain: squares against the plain model, shadowing against its definition, losses kept by content."""

import math
from dataclasses import replace

import numba
import numpy as np
import pytest
from scipy import stats

from sim.errors import ScenarioError, WorldError
from sim.radio.coverage import compute_coverage, coverage_probability, served
from sim.radio.reach import coverage_shares
from sim.radio.shadowing import chances, draw_noise
from sim.radio.site_cache import SiteCache
from sim.radio.terrain_loss import CLUTTER, clutter_loss_db
from sim.scenario.region_section import CLUTTER_CLASSES
from sim.world.cover import Cover
from sim.world.surface import Surface
from tests.oracle import propagation as plain
from tests.radio.profiles import rough_raster
from tests.radio.shadow_formulas import area_probability

SIDE_M = 250.0
TERRAIN = {"model": "terrain"}


@pytest.fixture
def kept(tmp_path):
    return SiteCache(tmp_path / "losses")


def world_on(make, height_m, sites, clutter=None, names=("a",)):
    grid = make.grid(*height_m.shape, SIDE_M)
    world = make.world(sites, grid, names)
    if clutter is None:
        clutter = np.full(grid.n_squares, CLUTTER_CLASSES.index("open"), np.uint8)
    return replace(world, surface=Surface(height_m.astype(np.float32), SIDE_M, clutter))


def ridge(n_rows=24, n_cols=40):
    height_m = np.zeros((n_rows, n_cols))
    height_m[:, 20] = 250.0
    return height_m


def test_every_square_equals_the_plain_model(make, kept):
    height_m = rough_raster(24, 30, seed=3, spread_m=120.0)
    clutter = (np.arange(24 * 30) % len(CLUTTER_CLASSES)).astype(np.uint8)
    site = make.site("mast", 2010.0, 3333.0)
    world = world_on(make, height_m, [site], clutter)
    scenario = make.scenario(path_loss=TERRAIN, min_rscp_dbm=-190.0)
    coverage = compute_coverage(scenario, world, kept)
    grid, least_m = world.grid, SIDE_M / 4
    assert served(coverage).all()
    for square in range(grid.n_squares):
        place = int(grid.row[square]), int(grid.col[square])
        corner = (0.0, grid.y_max_m, SIDE_M)
        mast = (site.x_m, site.y_m, site.height_m)
        # P.2108: the path ends at the height of what stands there, which then costs the way down to the phone.
        top_m = CLUTTER[CLUTTER_CLASSES[clutter[square]]].height_m
        # Rows are counted from the plane's origin, which lies 24 rows below this raster's first.
        off = plain.off_middle(1)
        aside = tuple(off - 2 * off * (number % 2) for number in (place[0] - 24, place[1]))
        loss = plain.square_loss(height_m, corner, mast, place, 2140.0, top_m, 0.0, least_m, aside)
        loss += clutter_loss_db(2140.0, 1.5, CLUTTER[CLUTTER_CLASSES[clutter[square]]])
        expected_cdbm = 100 * (site.pilot_dbm + site.gain_dbi - loss)
        # Losses without clutter, and then powers, are each rounded to a hundredth.
        assert coverage.rscp_cdbm[0, square, 0] == pytest.approx(expected_cdbm, abs=1.01)


def test_a_given_loss_of_clutter_takes_the_place_of_the_rules(make, kept):
    clutter = (np.arange(24 * 30) % len(CLUTTER_CLASSES)).astype(np.uint8)
    world = world_on(make, np.zeros((24, 30)), [make.site("mast", 2010.0, 3333.0)], clutter)
    by_rule, given = (
        compute_coverage(
            make.scenario(path_loss=TERRAIN | more, min_rscp_dbm=-190.0), world, kept
        ).rscp_cdbm[0, :, 0]
        for more in ({}, {"clutter_db": {"open": 9.0}})
    )
    gain_cdb = given.astype(int) - by_rule
    is_open = clutter == CLUTTER_CLASSES.index("open")
    expected_cdb = 100 * (clutter_loss_db(2140.0, 1.5, CLUTTER["open"]) - 9.0)
    assert gain_cdb[is_open] == pytest.approx(np.full(is_open.sum(), expected_cdb), abs=1.01)
    assert not gain_cdb[~is_open].any()


def test_a_ridge_hides_a_valley(make, kept):
    site = make.site("mast", 1000.0, 3000.0)
    scenario = make.scenario(path_loss=TERRAIN, min_rscp_dbm=-106.0)
    flat = compute_coverage(scenario, world_on(make, np.zeros((24, 40)), [site]), kept)
    hidden = compute_coverage(scenario, world_on(make, ridge(), [site]), kept)
    assert served(flat).all()
    col = np.arange(24 * 40) % 40
    # Paths to the ridge itself end beside its crest, on this side or the other.
    assert served(hidden)[0, col < 20].all()
    assert not served(hidden)[0, col > 20].any()


def test_a_world_without_a_surface_is_refused(make):
    grid = make.grid(8, 8, SIDE_M)
    world = make.world([make.site("mast", 1000.0, 1000.0)], grid)
    with pytest.raises(WorldError, match="built for it"):
        compute_coverage(make.scenario(path_loss=TERRAIN), world)


def test_ground_without_heights_is_refused(make, kept):
    height_m = ridge()
    height_m[3, 5] = np.nan
    world = world_on(make, height_m, [make.site("mast", 1000.0, 3000.0)])
    with pytest.raises(WorldError, match="has no heights"):
        compute_coverage(make.scenario(path_loss=TERRAIN), world, kept)


def test_losses_are_computed_once_and_only_for_sites_that_changed(make, tmp_path):
    height_m = rough_raster(24, 30, seed=4)
    sites = [make.site(f"s{i}", 900.0 + 1700.0 * i, 2500.0) for i in range(3)]
    scenario = make.scenario(path_loss=TERRAIN)
    first, second = SiteCache(tmp_path), SiteCache(tmp_path)
    computed = compute_coverage(scenario, world_on(make, height_m, sites), first)
    read = compute_coverage(scenario, world_on(make, height_m, sites), second)
    assert (first.n_computed, first.n_read) == (3, 0)
    assert (second.n_computed, second.n_read) == (0, 3)
    np.testing.assert_array_equal(computed.cell_idx, read.cell_idx)
    np.testing.assert_array_equal(computed.rscp_cdbm, read.rscp_cdbm)
    moved = [*sites[:2], make.site("moved", 4400.0, 2600.0)]
    third = SiteCache(tmp_path)
    compute_coverage(scenario, world_on(make, height_m, moved), third)
    assert (third.n_computed, third.n_read) == (1, 2)


@pytest.mark.parametrize(
    "change",
    [
        lambda h, site: (h + np.eye(*h.shape), site),
        lambda h, site: (h, site | {"x_m": 905.0}),
        lambda h, site: (h, site | {"height_m": 31.0}),
    ],
    ids=["heights", "place", "mast"],
)
def test_what_losses_follow_from_is_part_of_their_name(make, tmp_path, change):
    height_m, site = rough_raster(24, 30, seed=4), {"x_m": 900.0, "y_m": 2500.0, "height_m": 30.0}
    scenario = make.scenario(path_loss=TERRAIN)
    for one_height_m, one_site in ((height_m, site), change(height_m, site)):
        cache = SiteCache(tmp_path)
        world = world_on(make, one_height_m, [make.site("mast", **one_site)])
        compute_coverage(scenario, world, cache)
        assert cache.n_computed == 1


def test_a_spoilt_or_missing_cache_changes_nothing(make, tmp_path):
    world = world_on(make, rough_raster(24, 30, seed=4), [make.site("mast", 900.0, 2500.0)])
    scenario = make.scenario(path_loss=TERRAIN)
    computed = compute_coverage(scenario, world, SiteCache(tmp_path))
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    flipped = whole[:-1] + bytes([whole[-1] ^ 1])
    for content in (b"", whole[:-2], flipped):
        file.write_bytes(content)
        again = SiteCache(tmp_path)
        coverage = compute_coverage(scenario, world, again)
        assert again.n_computed == 1
        np.testing.assert_array_equal(coverage.rscp_cdbm, computed.rscp_cdbm)
        assert file.read_bytes() == whole
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")
    coverage = compute_coverage(scenario, world, SiteCache(in_the_way))
    np.testing.assert_array_equal(coverage.rscp_cdbm, computed.rscp_cdbm)


def test_the_cache_keeps_its_limit_and_what_was_used_last(tmp_path):
    losses = np.arange(1000, dtype=np.int16)
    cache = SiteCache(tmp_path, max_bytes=5 * 2032)
    for name in range(5):
        cache.losses_cdb(bytes([name]), 1000, lambda: losses)
    oldest = min(tmp_path.iterdir(), key=lambda file: file.stat().st_mtime_ns)
    np.testing.assert_array_equal(cache.losses_cdb(bytes([0]), 1000, lambda: losses), losses)
    for name in range(5, 8):
        cache.losses_cdb(bytes([name]), 1000, lambda: losses)
    cache.prune()
    left = list(tmp_path.iterdir())
    assert len(left) == 5
    assert oldest in left


# Shadowing -----------------------------------------------------------------------------------------------------------


def mean_and_half_width(values, confidence=0.999):
    values = np.asarray(values)
    half = (
        stats.t.ppf(0.5 + confidence / 2, len(values) - 1)
        * values.std(ddof=1)
        / math.sqrt(len(values))
    )
    return values.mean(), half


@pytest.mark.parametrize("n_worlds", [60, pytest.param(200, marks=pytest.mark.slow)])
def test_the_field_covers_as_often_as_the_probability_says(make, kept, n_worlds):
    """Shares over drawn worlds against the expected ones: one network, both, and any of them."""
    height_m = rough_raster(24, 30, seed=6, spread_m=60.0)
    sites = [
        make.site("a1", 1000.0, 3000.0),
        make.site("a2", 6400.0, 3000.0),
        make.site("b1", 3600.0, 5200.0, network=1),
    ]
    world = world_on(make, height_m, sites, names=("a", "b"))
    radio = {"path_loss": TERRAIN, "min_rscp_dbm": -92.0}
    expected = compute_coverage(
        make.scenario(**radio, shadowing={"mode": "probability"}), world, kept
    )
    expected_shares = {s.network: s.area_share for s in coverage_shares(expected, world)}
    drawn = {name: [] for name in expected_shares}
    scenario = make.scenario(**radio, shadowing={"mode": "field", "correlation_m": 200.0})
    for number in range(n_worlds):
        run = scenario.run.model_copy(update={"world_replication": number})
        one = compute_coverage(scenario.model_copy(update={"run": run}), world, kept)
        for share in coverage_shares(one, world):
            drawn[share.network].append(share.area_share)
    for name, shares in drawn.items():
        mean, half = mean_and_half_width(shares)
        assert 0.05 < expected_shares[name] < 0.95
        assert expected_shares[name] == pytest.approx(mean, abs=half), name


def test_probability_is_that_of_jakes_on_a_disc(make, kept):
    """One mast on flat ground: the share within a radius by free space and its height gain, sigma as everywhere."""
    n = 41
    height_m = np.zeros((n, n))
    middle = n * SIDE_M / 2
    world = world_on(make, height_m, [make.site("mast", middle, middle)])
    scenario = make.scenario(
        path_loss=TERRAIN,
        min_rscp_dbm=-85.0,
        shadowing={"mode": "probability", "sigma_open_db": 6.0},
    )
    p = coverage_probability(compute_coverage(scenario, world, kept))[0]
    distance_m = np.hypot(world.grid.x_m - middle, world.grid.y_m - middle)
    within = distance_m <= 3000.0
    edge_dbm = 44.0 - 20 * math.log10(4 * math.pi * 3000.0 * 2140e6 / 299_792_458.0)
    edge_dbm -= clutter_loss_db(2140.0, 1.5, CLUTTER["open"])
    # Squares in place of a disc: half a square of 3 km is 4 %, over which the mean moves by less than 0.01.
    assert p[within].mean() == pytest.approx(area_probability(edge_dbm + 85.0, 2.0, 6.0), abs=0.01)
    assert 0.5 < p[within].min() < 0.6


def test_a_square_of_two_classes_is_covered_between_its_parts(make, kept):
    open_idx, forest_idx = CLUTTER_CLASSES.index("open"), CLUTTER_CLASSES.index("forest")
    world = world_on(make, np.zeros((24, 40)), [make.site("mast", 3000.0, 3000.0)])
    scenario = make.scenario(
        path_loss=TERRAIN, min_rscp_dbm=-88.0, shadowing={"mode": "probability"}
    )
    n = world.grid.n_squares

    def likely(open_of_area, open_of_people):
        share = np.zeros((2, len(CLUTTER_CLASSES), n), np.float32)
        share[:, open_idx] = [[open_of_area], [open_of_people]]
        share[:, forest_idx] = 1.0 - share[:, open_idx]
        cover = Cover(1, np.full((24, 40), open_idx, np.uint8), *share)
        mixed = replace(world, surface=replace(world.surface, cover=cover))
        return compute_coverage(scenario, mixed, kept)

    of_open, of_forest = likely(1.0, 1.0), likely(0.0, 0.0)
    whole = compute_coverage(scenario, world, kept)
    np.testing.assert_allclose(of_open.chances.p_any, whole.chances.p_any, atol=1e-6)
    mixed = likely(0.25, 0.6)
    for found, share in ((mixed.chances, 0.25), (mixed.chances.of_people, 0.6)):
        parts = of_open.chances.p_covered, of_forest.chances.p_covered
        expected = share * parts[0] + (1 - share) * parts[1]
        np.testing.assert_allclose(found.p_covered, expected, atol=1e-6)
        assert (parts[1] <= parts[0]).all()
        assert (parts[1] < parts[0] - 0.05).any()
    area = coverage_shares(mixed, world)[0]
    assert area.area_share == pytest.approx(mixed.chances.p_covered.mean(), rel=1e-6)


def test_sectors_of_a_site_are_not_several_chances():
    cell_idx = np.array([[[0, 1, -1]], [[2, -1, -1]]], np.int32)
    rscp_dbm = np.array([[[-100.0, -101.0, -np.inf]], [[-100.0, -np.inf, -np.inf]]])
    site_idx = np.array([0, 0, 1], np.int32)
    found = chances(cell_idx, rscp_dbm, site_idx, -100.0, np.array([8.0]), 0.5)
    np.testing.assert_allclose(found.p_covered[:, 0], 0.5, atol=1e-6)
    # Two normal values that correlate by 0.5 are both positive with probability 1/4 + asin(0.5) / (2 pi) = 1/3.
    assert found.p_all[0] == pytest.approx(1 / 3, abs=1e-4)
    assert found.p_any[0] == pytest.approx(2 / 3, abs=1e-4)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, 0.99, 1.0])
def test_both_networks_however_their_sites_correlate(rho):
    """Orthant probability 1/4 + asin(rho) / (2 pi) at the threshold; a lone site has Phi of its margin."""
    cell_idx = np.array([[[0]], [[1]]], np.int32)
    at_threshold = np.full((2, 1, 1), -100.0)
    site_idx, sigma_db = np.array([0, 1], np.int32), np.array([8.0])
    found = chances(cell_idx, at_threshold, site_idx, -100.0, sigma_db, rho)
    assert found.p_all[0] == pytest.approx(0.25 + math.asin(rho) / (2 * math.pi), abs=1e-6)
    assert found.p_any[0] == pytest.approx(0.75 - math.asin(rho) / (2 * math.pi), abs=1e-6)
    for margin_db in (-9.0, -2.4, 2.4, 9.0):
        found = chances(cell_idx, at_threshold + margin_db, site_idx, -100.0, sigma_db, rho)
        np.testing.assert_allclose(
            found.p_covered[:, 0], stats.norm.cdf(margin_db / 8.0), rtol=0, atol=1e-6
        )


def test_joint_chances_are_those_of_drawn_shadowing():
    """Two networks of three and two sites, unlike medians: 400,000 addressed draws of one common and five own parts."""
    medians = np.array([[-104.0, -99.0, -107.0], [-101.0, -103.0, -np.inf]])
    cell_idx = np.array([[[0, 1, 2]], [[3, 4, -1]]], np.int32)
    found = chances(
        cell_idx, medians[:, np.newaxis], np.arange(5, dtype=np.int32), -100.0, np.array([8.0]), 0.5
    )
    n = 400_000
    normal = np.array([draw_noise((11, 0), entity, (0, 0), (1, n))[0] for entity in range(6)])
    shadow_db = 8.0 * (math.sqrt(0.5) * normal[0] + math.sqrt(0.5) * normal[1:])
    heard = medians[medians > -np.inf][:, np.newaxis] + shadow_db >= -100.0
    a, b = heard[:3].any(axis=0), heard[3:].any(axis=0)
    expected = (found.p_covered[0, 0], found.p_covered[1, 0], found.p_any[0], found.p_all[0])
    for p, drawn in zip(expected, (a, b, a | b, a & b), strict=True):
        mean, half = mean_and_half_width(drawn.astype(float))
        assert 0.2 < p < 0.95
        assert p == pytest.approx(mean, abs=half)


def test_the_number_of_threads_changes_nothing(make, tmp_path):
    height_m = rough_raster(40, 50, seed=8)
    world = world_on(
        make, height_m, [make.site(f"s{i}", 900.0 + 3100.0 * i, 2500.0) for i in range(3)]
    )
    scenario = make.scenario(path_loss=TERRAIN, min_rscp_dbm=-150.0)
    before = numba.get_num_threads()
    try:
        powers = []
        for n_threads in {1, before}:
            numba.set_num_threads(n_threads)
            cache = SiteCache(tmp_path / str(n_threads))
            powers.append(compute_coverage(scenario, world, cache))
            assert cache.n_computed == 3
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(powers[0].rscp_cdbm, powers[-1].rscp_cdbm)
    np.testing.assert_array_equal(powers[0].cell_idx, powers[-1].cell_idx)


def test_flat_ground_is_free_space_clutter_and_the_bent_earth(make, kept):
    """Every path over flat ground, written out: the slant, P.526 over a flat profile, P.2108."""
    site = make.site("mast", 2010.0, 3333.0)
    world = world_on(make, np.zeros((24, 30)), [site])
    coverage = compute_coverage(make.scenario(path_loss=TERRAIN, min_rscp_dbm=-190.0), world, kept)
    grid = world.grid
    near = 0
    for square in range(grid.n_squares):
        path_m = math.hypot(grid.x_m[square] - site.x_m, grid.y_m[square] - site.y_m)
        distance_m = max(path_m, SIDE_M / 4)
        slant_m = max(math.hypot(distance_m, 20.0), 20.0)
        loss_db = 20 * math.log10(4 * math.pi * slant_m * 2140e6 / 299_792_458.0)
        loss_db += clutter_loss_db(2140.0, 1.5, CLUTTER["open"])
        if path_m > SIDE_M:
            row, col, off = int(grid.row[square]), int(grid.col[square]), plain.off_middle(1)
            start = (grid.y_max_m - site.y_m) / SIDE_M - 0.5, site.x_m / SIDE_M - 0.5
            end = row + off - 2 * off * (row % 2), col + off - 2 * off * (col % 2)
            d = [distance_m / 1000 * share for share in plain.crossings(start, end)]
            loss_db += plain.delta_bullington(d, [0.0] * len(d), 30.0, 10.0, 2140.0, 8500.0)
        near += path_m < 1500.0
        expected_cdbm = 100 * (site.pilot_dbm + site.gain_dbi - loss_db)
        assert coverage.rscp_cdbm[0, square, 0] == pytest.approx(expected_cdbm, abs=1.01)
    assert near > 50


def test_medians_serve_and_weaker_cells_only_lend_a_chance(make, kept):
    world = world_on(make, rough_raster(24, 30, seed=2), [make.site("mast", 1000.0, 3000.0)])
    radio = {"path_loss": TERRAIN, "min_rscp_dbm": -95.0}
    surely = compute_coverage(make.scenario(**radio), world, kept)
    likely = compute_coverage(
        make.scenario(**radio, shadowing={"mode": "probability"}), world, kept
    )
    np.testing.assert_array_equal(surely.cell_idx, likely.cell_idx)
    np.testing.assert_array_equal(surely.rscp_cdbm, likely.rscp_cdbm)
    p = coverage_probability(likely)
    assert (p[served(likely)] >= 0.5).all()
    assert 0.0 < p[~served(likely)].max() < 0.5
    np.testing.assert_array_equal(coverage_probability(surely), served(surely))


def test_a_field_too_fine_for_the_squares_is_refused(make, kept):
    world = world_on(make, ridge(), [make.site("mast", 1000.0, 3000.0)])
    scenario = make.scenario(
        path_loss=TERRAIN, shadowing={"mode": "field", "correlation_m": SIDE_M / 5}
    )
    with pytest.raises(ScenarioError, match=r"62\.5 to 5000"):
        compute_coverage(scenario, world, kept)
