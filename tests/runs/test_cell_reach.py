"""Overlap and distance served, by hand on eight squares."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.radio.reach import overlapping_cells, site_area_km2
from sim.radio.shadowing import Chances
from sim.runs.measures.cells import site_places_table
from sim.runs.measures.coverage import coverage_rows


def measures(example, coverage):
    rows = coverage_rows(example.scenario, example.world, coverage).to_pylist()
    return {(row["measure"], row["network"], row["province"]): row["value"] for row in rows}


def test_area_of_a_site_is_where_its_cells_are_best(example):
    np.testing.assert_array_equal(site_area_km2(example.coverage, example.world), [3.0, 4.0, 3.0])
    table = site_places_table(example.world, example.coverage)
    assert table.column("served_km2").to_pylist() == [3.0, 4.0, 3.0]
    radii_km = [math.sqrt(area / math.pi) for area in (3.0, 4.0, 3.0)]
    assert table.column("distance_km").to_pylist() == pytest.approx(radii_km)


def test_distances_are_over_the_sites_of_a_network(example):
    found = measures(example, example.coverage)
    low_km, high_km = math.sqrt(3 / math.pi), math.sqrt(4 / math.pi)
    assert found["coverage.distance_km", "north", "all"] == pytest.approx((low_km + high_km) / 2)
    step_km = high_km - low_km
    assert found["coverage.distance_p05_km", "north", "all"] == pytest.approx(
        low_km + 0.05 * step_km
    )
    assert found["coverage.distance_p50_km", "north", "all"] == pytest.approx(
        low_km + 0.5 * step_km
    )
    assert found["coverage.distance_p95_km", "north", "all"] == pytest.approx(
        low_km + 0.95 * step_km
    )
    assert found["coverage.distance_km", "north", "W"] == pytest.approx(low_km)
    assert found["coverage.distance_km", "south", "W"] is None


def test_a_site_that_is_nowhere_the_best_counts_with_zero(example):
    cell_idx = example.coverage.cell_idx.copy()
    cell_idx[0][cell_idx[0] == 2] = 0
    found = measures(example, replace(example.coverage, cell_idx=cell_idx))
    assert found["coverage.distance_km", "north", "E"] == 0.0
    assert found["coverage.distance_km", "north", "all"] == pytest.approx(
        math.sqrt(7 / math.pi) / 2
    )


def test_overlap_counts_cells_within_five_decibels(example):
    cell_idx = np.full((2, 8, 3), -1, np.int32)
    rscp_cdbm = np.full((2, 8, 3), -32768, np.int16)
    cell_idx[0, 0] = [0, 1, 2]
    rscp_cdbm[0, 0] = [-8000, -8500, -8501]
    cell_idx[0, 5] = [2, -1, -1]
    rscp_cdbm[0, 5, 0] = -12000
    cell_idx[0, 6, :2] = [2, 1]
    rscp_cdbm[0, 6, :2] = [-7000, -7000]
    coverage = replace(example.coverage, cell_idx=cell_idx, rscp_cdbm=rscp_cdbm)
    assert overlapping_cells(coverage)[0].tolist() == [2, 0, 0, 0, 0, 1, 2, 0]
    found = measures(example, coverage)
    assert found["coverage.overlap", "north", "W"] == 2.0
    assert found["coverage.overlap", "north", "E"] == 1.5
    assert found["coverage.overlap", "north", "all"] == pytest.approx(5 / 3)
    assert found["coverage.overlap", "south", "all"] is None


def test_squares_count_by_the_probability_that_they_are_covered(example):
    is_served = example.coverage.cell_idx[:, :, 0] >= 0
    p_covered = np.full(is_served.shape, 0.5, np.float32)
    chances = Chances(p_covered, p_covered[0], p_covered[0])
    area_km2 = site_area_km2(replace(example.coverage, chances=chances), example.world)
    np.testing.assert_array_equal(area_km2, [1.5, 2.0, 1.5])

    cell_idx = np.full((2, 8, 2), -1, np.int32)
    rscp_cdbm = np.full((2, 8, 2), -32768, np.int16)
    cell_idx[0, :2, 0], rscp_cdbm[0, :2, 0] = 0, -8000
    cell_idx[0, 1, 1], rscp_cdbm[0, 1, 1] = 1, -8100
    p_covered = np.full((2, 8), 0.25, np.float32)
    p_covered[0, 1] = 0.75
    coverage = replace(
        example.coverage,
        cell_idx=cell_idx,
        rscp_cdbm=rscp_cdbm,
        chances=Chances(p_covered, p_covered[0], p_covered[0]),
    )
    assert measures(example, coverage)["coverage.overlap", "north", "all"] == 1.75
