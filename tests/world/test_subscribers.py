"""Lines: where they live, of which class, and that nobody else matters to them."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.errors import WorldError
from sim.streams import STREAM_CLASS, STREAM_HOME, uniform
from sim.world.build import build_world, sampling_error
from sim.world.subscribers import NETWORK_SHIFT, Subscribers, line_weights

PLAIN = {
    "region": {"source": "plain", "width_km": 4, "height_km": 4},
    "grid": {"resolution_m": 500},
    "population": {"total": 0},
}


def one_network(**keys):
    return [{"name": "only", "n_sites": 1, **keys}]


def home_and_class(subscribers: Subscribers) -> dict[int, tuple[int, int]]:
    return dict(
        zip(
            subscribers.subscriber_id.tolist(),
            zip(subscribers.square_idx.tolist(), subscribers.class_idx.tolist(), strict=True),
            strict=True,
        )
    )


def test_every_line_has_a_row_and_a_number_of_its_own(national):
    scenario, world = national
    ids = world.subscribers.subscriber_id
    expected = [
        (k << NETWORK_SHIFT) + np.arange(network.n_subscribers)
        for k, network in enumerate(scenario.networks)
    ]
    assert np.array_equal(np.sort(ids), np.concatenate(expected))
    assert np.array_equal(ids >> NETWORK_SHIFT, world.subscribers.network_idx)


def test_rows_are_sorted_by_network_province_and_number(national):
    _, world = national
    s = world.subscribers
    order = np.lexsort((s.subscriber_id, world.grid.province_idx[s.square_idx], s.network_idx))
    assert np.array_equal(order, np.arange(len(s)))
    assert np.array_equal(s.subscriber_id[s.row_by_id], np.sort(s.subscriber_id))


def test_first_row_bounds_each_province(national):
    scenario, world = national
    s = world.subscribers
    province = world.grid.province_idx[s.square_idx]
    for k in range(len(scenario.networks)):
        bounds = s.first_row[k]
        assert bounds[0] == np.searchsorted(s.network_idx, k)
        assert bounds[-1] == np.searchsorted(s.network_idx, k + 1)
        for p in range(len(world.provinces)):
            own = slice(bounds[p], bounds[p + 1])
            assert np.all(province[own] == p)
            assert np.all(s.network_idx[own] == k)
        assert np.all(np.diff(bounds) >= 0)


def test_nobody_lives_where_the_network_is_not_sold(national):
    _, world = national
    lines = np.diff(world.subscribers.first_row, axis=1)
    sold = [code not in ("KP-09", "KP-10", "KP-13") for code in world.provinces.code]
    assert np.array_equal(lines[0] > 0, sold)
    assert np.all(lines[1] > 0)


def test_homes_follow_the_weights(national):
    scenario, world = national
    for k, network in enumerate(scenario.networks):
        weight = line_weights(
            network, world.grid, world.provinces.code, world.population, world.urban_share
        )
        own = world.subscribers.network_idx == k
        assert np.all(weight[world.subscribers.square_idx[own]] > 0.0)
        # Chi-square over provinces, town and country apart; the seed is fixed, so the test is not a lottery.
        group = 2 * world.grid.province_idx.astype(np.int64) + world.is_urban
        expected = np.bincount(group, weight, 22) / weight.sum() * network.n_subscribers
        found = np.bincount(group[world.subscribers.square_idx[own]], minlength=22)
        positive = expected > 0.0
        assert stats.chisquare(found[positive], expected[positive]).pvalue > 1e-3


def test_classes_follow_their_shares(national):
    scenario, world = national
    share = scenario.subscribers.classes[0].share
    n_first = int((world.subscribers.class_idx == 0).sum())
    assert stats.binomtest(n_first, len(world.subscribers), share).pvalue > 1e-3
    assert set(world.subscribers.class_idx.tolist()) == {0, 1}


def test_home_and_class_are_the_draws_at_the_line_s_address(national):
    scenario, world = national
    weight = line_weights(
        scenario.networks[1], world.grid, world.provinces.code, world.population, world.urban_share
    )
    cumulative = np.cumsum(weight)
    rows = home_and_class(world.subscribers)
    for number in (0, 1, 17, 374_999):
        entity = (1 << NETWORK_SHIFT) + number
        u = uniform(7, 0, STREAM_HOME, entity, 0)
        home = int(np.searchsorted(cumulative, u * cumulative[-1], side="right"))
        class_idx = int(uniform(7, 0, STREAM_CLASS, entity, 0) >= 0.7)
        assert rows[entity] == (home, class_idx)


def test_one_more_line_changes_nobody_else(make_scenario):
    def rows(n_first: int) -> dict[int, tuple[int, int]]:
        networks = [
            {"name": "first", "n_subscribers": n_first, "n_sites": 1},
            {"name": "second", "n_subscribers": 2_000, "n_sites": 1},
        ]
        scenario = make_scenario(networks=networks, grid={"resolution_m": 5_000})
        return home_and_class(build_world(scenario, Path()).subscribers)

    before, after = rows(5_000), rows(5_001)
    assert {entity: after[entity] for entity in before} == before
    assert after.keys() - before.keys() == {5_000}


def test_a_sample_is_the_first_lines_unchanged(make_scenario, national):
    _, world = national
    scenario = make_scenario()
    sampled = scenario.model_copy(
        update={"subscribers": scenario.subscribers.model_copy(update={"scale": 0.01})}
    )
    world_sampled = build_world(sampled, Path())
    rows, all_rows = home_and_class(world_sampled.subscribers), home_and_class(world.subscribers)
    assert len(rows) == 3_000 + 3_750
    assert all(all_rows[entity] == row for entity, row in rows.items())
    assert any(note.startswith("subscribers sampled 1 in 100:") for note in world_sampled.notes)
    assert not any("sampled" in note for note in world.notes)


def test_seven_million_lines_fit_200_mb(national):
    _, world = national
    s = world.subscribers
    columns = (s.subscriber_id, s.square_idx, s.network_idx, s.class_idx)
    n_bytes = sum(column.dtype.itemsize for column in columns)
    assert {len(column) for column in columns} == {len(s)}
    assert 7_000_000 * n_bytes <= 200_000_000


def test_without_people_lines_spread_evenly_over_a_plain(make_scenario):
    networks = one_network(n_subscribers=64_000, rural_weight=0.0)
    world = build_world(make_scenario(**PLAIN, networks=networks), Path())
    found = np.bincount(world.subscribers.square_idx, minlength=64)
    assert len(found) == 64
    assert stats.chisquare(found).pvalue > 1e-3


def test_no_lines_at_all_is_a_world(make_scenario):
    world = build_world(make_scenario(**PLAIN, networks=one_network(n_subscribers=0)), Path())
    assert len(world.subscribers) == 0
    assert world.subscribers.first_row.tolist() == [[0, 0]]


def test_lines_without_weight_are_an_error(make_scenario):
    networks = one_network(n_subscribers=10, rural_weight=0.0)
    scenario = make_scenario(**PLAIN | {"population": {"total": 1_000}}, networks=networks)
    with pytest.raises(WorldError, match=r"networks\[only\]: 10 subscribers, but nobody can hold"):
        build_world(scenario, Path())


def test_more_lines_than_people_are_an_error(make_scenario):
    scenario = make_scenario(
        **PLAIN | {"population": {"total": 1_000}}, networks=one_network(n_subscribers=2_001)
    )
    with pytest.raises(WorldError, match="2,001 lines expected in plain, which has 1,000 people"):
        build_world(scenario, Path())


def test_another_seed_or_world_replication_is_another_world(make_scenario):
    def homes(**sections) -> list[int]:
        networks = one_network(n_subscribers=1_000)
        scenario = make_scenario(**PLAIN, networks=networks, **sections)
        return build_world(scenario, Path()).subscribers.square_idx.tolist()

    first = homes()
    assert homes() == first
    assert homes(run={"replications": 9}) == first
    assert homes(seed=8) != first
    assert homes(run={"world_replication": 1}) != first


def test_a_sample_says_how_far_off_the_traffic_of_a_cell_is(make_scenario):
    n, scale, n_squares = 6_400, 0.1, 64
    found = []
    for seed in range(6):
        whole, sample = (
            build_world(
                make_scenario(
                    **PLAIN,
                    seed=seed,
                    networks=one_network(n_subscribers=n),
                    subscribers={"scale": share},
                ),
                Path(),
            )
            for share in (1.0, scale)
        )
        of_whole, of_sample = (
            np.bincount(one.subscribers.square_idx, minlength=n_squares) for one in (whole, sample)
        )
        found.append(of_sample / scale / of_whole - 1.0)
    of_cell = 100.0 * sampling_error(scale, n / len(sample.cells))
    assert any(f"off by some {of_cell:.2g} %" in note for note in sample.notes)
    error = sampling_error(scale, n / n_squares)
    # A variance over 6 * 63 degrees of freedom; squares differ, which adds its own chance to that of the formula.
    low, high = stats.chi2.ppf([0.0005, 0.9995], 6 * (n_squares - 1)) / (6 * (n_squares - 1))
    assert low * 0.95 < np.mean(np.square(found)) / error**2 < high * 1.15


def test_people_of_cities_hold_lines_as_such_in_squares_that_they_share_with_others(national):
    scenario, world = national
    network = scenario.networks[0].model_copy(update={"rural_weight": 0.25})
    share = np.linspace(0.0, 1.0, world.grid.n_squares, dtype=np.float32)
    weight = line_weights(network, world.grid, world.provinces.code, world.population, share)
    parts = [
        line_weights(
            network, world.grid, world.provinces.code, world.population, np.full_like(share, whole)
        )
        for whole in (0.0, 1.0)
    ]
    np.testing.assert_allclose(parts[0], 0.25 * parts[1])
    np.testing.assert_allclose(weight, (1 - share) * parts[0] + share * parts[1], rtol=1e-6)
