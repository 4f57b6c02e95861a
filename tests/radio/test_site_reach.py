"""The squares that each site serves on its own are those that coverage gives to it where it is alone."""

import numpy as np

from sim.radio.coverage import compute_coverage, served
from sim.radio.site_reach import squares_of_sites


def test_squares_of_a_site_are_those_of_coverage_with_it_alone(make):
    scenario = make.scenario(min_rscp_dbm=-95.0, max_range_km=6.0)
    grid = make.grid(30, 40, 250.0)
    sites = [
        make.site("a", 2_010, 3_130, n_sectors=3, azimuth_deg=20.0, gain_dbi=16.0),
        make.site("b", 2_700, 3_300),
        make.site("c", 9_990, 10),
    ]
    together = squares_of_sites(scenario, make.world(sites, grid), -95.0)
    every = set()
    for site, own in zip(sites, together, strict=True):
        alone = served(compute_coverage(scenario, make.world([site], grid)))[0]
        assert np.flatnonzero(alone).tolist() == sorted(own.tolist())
        assert 0 < len(own) < grid.n_squares
        every |= set(own.tolist())
    whole = served(compute_coverage(scenario, make.world(sites, grid)))[0]
    assert set(np.flatnonzero(whole).tolist()) == every
