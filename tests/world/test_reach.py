"""Where lines are sold."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.world.sold import is_within


def homes_near_own_sites(scenario, world, k):
    """Distance of every home's centre to the nearest site of its network, by brute force."""
    own = world.sites.network_idx == k
    homes = world.subscribers.square_idx[world.subscribers.network_idx == k]
    squares = np.unique(homes)
    x_m, y_m = world.grid.x_m[squares], world.grid.y_m[squares]
    dx_m = x_m[:, None] - world.sites.x_m[own][None]
    dy_m = y_m[:, None] - world.sites.y_m[own][None]
    return np.sqrt(dx_m**2 + dy_m**2).min(axis=1)


def test_lines_are_sold_near_the_sites_of_their_network_only(make_scenario, build):
    networks = make_scenario().networks
    near = networks[0].model_copy(update={"sold_within_km": 6.0})
    scenario = make_scenario().model_copy(update={"networks": (near, networks[1])})
    world = build(scenario)
    assert homes_near_own_sites(scenario, world, 0).max() <= 6_000.0
    assert homes_near_own_sites(scenario, world, 1).max() > 20_000.0
    assert len(world.subscribers) == sum(n.n_subscribers for n in networks)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-5e4, 5e4), st.floats(-5e4, 5e4)), max_size=6), st.floats(1.0, 1e5)
)
def test_the_tree_agrees_with_brute_force(national_grid, places, distance_m):
    x_m = np.array([x for x, _ in places])
    y_m = np.array([y for _, y in places])
    squared = np.full((national_grid.n_squares, 1), np.inf)
    if places:
        dx_m = national_grid.x_m[:, None] - x_m[None]
        dy_m = national_grid.y_m[:, None] - y_m[None]
        squared = dx_m**2 + dy_m**2
    nearest_m = np.sqrt(squared.min(axis=1))
    inside = is_within(national_grid, x_m, y_m, distance_m)
    clear = np.abs(nearest_m - distance_m) > 1e-6
    assert np.array_equal(inside[clear], (nearest_m <= distance_m)[clear])
