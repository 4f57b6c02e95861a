"""A region is told by its box, area and people, so that a swapped or shifted country is seen."""

import json
from pathlib import Path

import pytest

from sim.runs import run_coverage
from sim.runs.region import region_facts, region_text
from sim.scenario.schema import Scenario
from sim.world.build import build_world

SITES = {"networks": [{"name": "net", "n_subscribers": 0, "n_sites": 1}]}


def geojson(west: float, south: float, side_deg: float) -> Path:
    east, north = west + side_deg, south + side_deg
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    province = {
        "type": "Feature",
        "properties": {"code": "A", "name": "Alder", "population": 20_000},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path = Path("c.geojson")
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [province]}))
    return path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_country_with_its_latitude_first_is_seen_elsewhere_and_of_another_size():
    region = {"source": "geojson", "provinces_file": "c.geojson", "relief": "flat"}
    scenario = Scenario.model_validate({"name": "own", "region": region} | SITES)
    for west, south, told in (
        (20.0, 50.0, "Region: 20,000 people on 318 km2, longitude 20.00 to 20.20, latitude 50.00 to 50.20."),
        (50.0, 20.0, "Region: 20,000 people on 463 km2, longitude 50.00 to 50.20, latitude 20.00 to 20.20."),
    ):  # fmt: skip
        geojson(west, south, 0.2)
        assert region_text(region_facts(build_world(scenario, Path()))) == told


def test_a_plain_is_told_by_its_sides_in_the_manifest_and_the_summary():
    Path("plain.yaml").write_text(
        json.dumps(
            {
                "name": "plain",
                "region": {"source": "plain", "width_km": 8, "height_km": 4},
                "radio": {"path_loss": {"model": "disc", "radius_km": 4}},
            }
            | SITES
        )
    )
    result = run_coverage("plain.yaml", out="results")
    assert result.manifest["region"]["n_squares"] == 128
    assert "Region: 32 km2, a plain of 8 by 4 km." in str(result)
