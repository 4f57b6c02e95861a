"""One table of sites for several networks: each takes its own rows."""

from pathlib import Path

import numpy as np
import pytest

from sim.errors import WorldError
from sim.runs.inputs import read_inputs
from sim.runs.provenance import input_digests
from sim.scenario.load import load_scenario
from sim.world.build import build_world
from sim.world.listed_sites import read_tables

ROWS = """\
network,name,x_km,y_km,n_sectors,antenna_height_m
red,r1,1,1,1,
blue,b1,1,1,3,45
red,r2,3,3,1,20
blue,b2,5,3,1,
"""
SCENARIO = """\
name: shared
region: {{source: plain, width_km: 6, height_km: 6}}
networks:
  - {{name: blue, n_subscribers: 0, sites_file: {blue}}}
  - {{name: red, n_subscribers: 0, sites_file: {red}, sites: [{{name: own, x_km: 5, y_km: 5}}]}}
"""


@pytest.fixture
def scenario(tmp_path):
    def write(rows: str = ROWS, blue: str = "sites.csv", red: str = "sites.csv", more: str = ""):
        (tmp_path / "sites.csv").write_text(rows, encoding="utf-8")
        (tmp_path / "shared.yaml").write_text(SCENARIO.format(blue=blue, red=red) + more)
        return load_scenario(tmp_path / "shared.yaml")

    return write


def said(loaded) -> list[str]:
    with pytest.raises(WorldError) as caught:
        read_tables(loaded.scenario, loaded.folder)
    return [line.replace(f"{loaded.folder}/", "") for line in str(caught.value).splitlines()]


def test_each_network_takes_its_own_rows(scenario):
    loaded = scenario()
    world = build_world(loaded.scenario, loaded.folder)
    assert world.sites.name == ("b1", "b2", "own", "r1", "r2")
    assert world.sites.network_idx.tolist() == [0, 0, 1, 1, 1]
    assert world.sites.antenna_height_m.tolist() == [45.0, 30.0, 30.0, 30.0, 20.0]
    assert np.bincount(world.cells.site_idx).tolist() == [3, 1, 3, 1, 1]
    assert (
        "1 of 2 sites of blue in sites.csv have no antenna_height_m: 30 m are assumed"
        in world.notes
    )


def test_it_is_the_same_as_a_file_for_each(scenario, tmp_path):
    shared = scenario()
    header, *rows = ROWS.splitlines()
    for name in ("red", "blue"):
        own = [row for row in (header, *rows) if row.startswith((name, "network"))]
        (tmp_path / f"{name}.csv").write_text("\n".join(row.partition(",")[2] for row in own))
    one = build_world(shared.scenario, shared.folder)
    apart = scenario(blue="blue.csv", red="red.csv")
    other = build_world(apart.scenario, apart.folder)
    for name in ("name", "network_idx", "square_idx", "antenna_height_m"):
        np.testing.assert_array_equal(getattr(one.sites, name), getattr(other.sites, name))
    for name in ("name", "site_idx", "azimuth_deg"):
        np.testing.assert_array_equal(getattr(one.cells, name), getattr(other.cells, name))


def test_a_single_network_may_have_such_a_table(scenario, tmp_path):
    only_blue = "\n".join(row for row in ROWS.splitlines() if not row.startswith("red"))
    (tmp_path / "red.csv").write_text("name,x_km,y_km\nr9,2,2\n")
    loaded = scenario(only_blue, red="red.csv")
    found = read_tables(loaded.scenario, loaded.folder)
    assert [[site.name for _, site in one.rows] for one in found] == [["b1", "b2"], ["own", "r9"]]


def test_rows_that_nobody_takes_are_named(scenario):
    more = "reed,r3,2,2,1,\ngreen,g1,4,4,1,\ngreen,g2,4,5,1,\n"
    assert said(scenario(ROWS + more)) == [
        "sites.csv:6: network = 'reed': no network of the scenario; did you mean 'red'?",
        "sites.csv:7: network = 'green' (2 rows): no network of the scenario; networks: blue, red",
    ]


def test_a_network_that_does_not_name_the_file_is_told(scenario, tmp_path):
    (tmp_path / "red.csv").write_text("name,x_km,y_km\nr9,2,2\n")
    assert said(scenario(red="red.csv")) == [
        "sites.csv:2: network = 'red' (2 rows): this network does not name the file; give sites.csv as sites_file of "
        "networks[red], or leave its rows out"
    ]


def test_a_network_without_rows_is_told(scenario):
    only_blue = "\n".join(row for row in ROWS.splitlines() if not row.startswith("red"))
    assert said(scenario(only_blue)) == [
        "sites.csv: has no site of red: column network has blue; add one, or leave sites_file of networks[red] out"
    ]


def test_mistakes_in_rows_are_told_once(scenario):
    rows = ROWS.replace("red,r2,3,3,1,20", ",r2,3,3,1,20").replace("b2,5,3,1,", "b2,5,3,9,")
    assert said(scenario(rows)) == [
        "sites.csv:4: network: missing; every site needs it",
        "sites.csv:5: n_sectors = '9': must be a whole number, 1 to 6",
    ]
    assert said(scenario(ROWS.replace("blue,b2", "blue,r2"))) == [
        "sites.csv:4: name = 'r2': already that of sites.csv:5; rename one"
    ]
    assert said(scenario(ROWS.replace(",n_sectors,", ",colour,"))) == [
        "sites.csv:1: column 'colour': unknown; allowed are name, x_km, y_km, longitude_deg, latitude_deg, "
        "antenna_height_m, n_sectors, azimuth_deg, n_channels, network"
    ]


def test_without_the_column_two_networks_cannot_share_a_table(scenario):
    rows = "\n".join(row.partition(",")[2] for row in ROWS.splitlines())
    assert said(scenario(rows)) == [
        "sites.csv: is named by networks blue and red, and does not say whose each site is; add a column network, or "
        "give each a file of its own"
    ]


def test_the_file_is_copied_once_and_counts_once(scenario):
    loaded = scenario()
    digests = input_digests(loaded)
    assert len(digests) == 1
    inputs = read_inputs(loaded, digests, Path("results/shared/0"))
    assert [file.name for file in inputs.files] == ["input/sites.csv"]
    assert inputs.scenario_yaml().count("sites_file: input/sites.csv") == 2
