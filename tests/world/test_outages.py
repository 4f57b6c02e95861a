"""Which sites are off the air, and when."""

import itertools
import math

import numpy as np
import pytest

from sim.errors import WorldError
from sim.radio.coverage import compute_coverage, coverage_without, key_of
from sim.scenario.load import load_scenario
from sim.world.build import build_world
from sim.world.outages import sites_off_at, switch_times_s

SCENARIO = """
name: town
run: {start: "2022-11-16 19:00", duration_h: 1, warmup_h: 0.25}
region: {source: plain, width_km: 40, height_km: 40}
grid: {resolution_m: 1000}
networks:
  - {name: a, n_subscribers: 100, n_sites: 40}
  - {name: b, n_subscribers: 100, n_sites: 20}
radio: {frequency_mhz: 2140, path_loss: {model: disc, radius_km: 5}}
"""


@pytest.fixture
def town(tmp_path):
    (tmp_path / "town.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "off.csv").write_text("name,x_km,y_km\nb_0002,1,1\nb_0005,2,2\n", encoding="utf-8")
    (tmp_path / "wrong.csv").write_text("name\nb_0002\nb_0099\n", encoding="utf-8")

    def make(*overrides):
        loaded = load_scenario(tmp_path / "town.yaml", overrides)
        return loaded.scenario, build_world(loaded.scenario, loaded.folder)

    make.folder = tmp_path
    return make


def off(world, time_s=0.0):
    is_off = sites_off_at(world.outages, len(world.sites), time_s)
    return {world.sites.name[i] for i in np.flatnonzero(is_off)}


def test_names_and_files_from_when_to_when(town):
    _, world = town(
        "networks[a].sites_off=[{sites: [a_0001, a_0003], begin: 2022-11-16 19:10, end: 2022-11-16 19:30}]",
        "networks[b].sites_off=[{sites_file: off.csv}, {sites: [b_0001], begin: 2022-11-16 19:30}]",
    )
    always = {"b_0002", "b_0005"}
    assert off(world) == always
    assert off(world, 600.0) == always | {"a_0001", "a_0003"}
    assert off(world, math.nextafter(1800.0, 0.0)) == always | {"a_0001", "a_0003"}
    assert off(world, 1800.0) == always | {"b_0001"}
    assert switch_times_s(world.outages, -900.0) == (600.0, 1800.0)


def test_a_table_that_networks_share_takes_each_its_own_off(town):
    off_csv = town.folder / "shared.csv"
    off_csv.write_text("network,name\na,a_0002\nb,b_0004\na,a_0001\n", encoding="utf-8")
    _, world = town(
        "networks[a].sites_off=[{sites_file: shared.csv}]",
        "networks[b].sites_off=[{sites_file: shared.csv}]",
    )
    assert off(world) == {"a_0001", "a_0002", "b_0004"}


def test_a_larger_share_is_these_and_others(town):
    chosen = [
        off(town(f"networks[a].sites_off=[{{share: {share}}}]")[1])
        for share in (0.0, 0.1, 0.5, 1.0)
    ]
    assert [len(names) for names in chosen] == [0, 4, 20, 40]
    for fewer, more in itertools.pairwise(chosen):
        assert fewer < more
    assert all(name.startswith("a_") for name in chosen[-1])


def test_coverage_is_that_of_the_others_alone(town):
    scenario, world = town("networks[a].sites_off=[{share: 0.5}]")
    coverage = compute_coverage(scenario, world)
    silent = {world.sites.name.index(name) for name in off(world)}
    heard = np.unique(coverage.cell_idx[coverage.cell_idx >= 0])
    assert not silent & {int(world.cells.site_idx[cell]) for cell in heard}
    # The same sites alone, as a world of their own.
    whole = coverage_without(scenario, world, np.zeros(len(world.sites), bool))
    assert (whole.cell_idx[0, :, 0] >= 0).sum() > (coverage.cell_idx[0, :, 0] >= 0).sum() > 0
    assert np.array_equal(whole.cell_idx[1], coverage.cell_idx[1])
    stays = ~np.isin(world.cells.site_idx[whole.cell_idx[0, :, 0]], list(silent))
    stays &= whole.cell_idx[0, :, 0] >= 0
    assert np.array_equal(whole.cell_idx[0, stays, 0], coverage.cell_idx[0, stays, 0])


def test_coverage_is_known_for_every_time(town):
    scenario, world = town(
        "networks[a].sites_off=[{share: 0.5, begin: 2022-11-16 19:10, end: 2022-11-16 19:30}]"
    )
    coverage = compute_coverage(scenario, world)
    (key,) = coverage.others
    assert key == key_of(sites_off_at(world.outages, len(world.sites), 700.0))
    n_served = [(one.cell_idx[0, :, 0] >= 0).sum() for one in (coverage, coverage.others[key])]
    assert n_served[0] > n_served[1]


@pytest.mark.parametrize(
    ("off", "message"),
    [
        (
            "{sites: [a_0001, a_1]}",
            r"sites_off\[0\]\.sites: 'a_1': a has no such site; did you mean",
        ),
        ("{sites: [b_0001]}", "a has no such site"),
        ("{sites_file: wrong.csv}", r"wrong\.csv:2"),
    ],
)
def test_sites_that_are_not_there_are_named(town, off, message):
    with pytest.raises(WorldError, match=message):
        town(f"networks[a].sites_off=[{off}]")
