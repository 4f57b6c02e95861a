"""The example of docs/countries.md that needs no country of ours: provinces, a map of settlement classes and sites."""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import rasterio
from rasterio.transform import from_origin

from sim.runs import run_scenario

PAGE = Path(__file__).parents[2] / "docs" / "countries.md"
PIXEL_M = 1_000.0


def write_files(folder: Path) -> None:
    """Write two provinces of some 14 by 22 km about 10 E 50 N, their map in metres of UTM zone 32, and three sites."""
    folder.mkdir()
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": code, "population": people},
            "geometry": {"type": "Polygon", "coordinates": [
                [[west, 50.1], [west + 0.2, 50.1], [west + 0.2, 50.3], [west, 50.3], [west, 50.1]]
            ]},
        }
        for code, west, people in (("A", 9.8, 80_000), ("B", 10.0, 20_000))
    ]  # fmt: skip
    (folder / "provinces.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features})
    )
    classes = np.full((40, 50), 11, np.int16)
    classes[16:21, 18:22] = 30
    classes[24:26, 28:30] = 23
    classes[10:13, 30:32] = 13
    with rasterio.open(
        folder / "smod.tif", "w", driver="GTiff", count=1, height=40, width=50, dtype="int16", nodata=-200,
        crs="EPSG:32632", transform=from_origin(547_000.0, 5_580_000.0, PIXEL_M, PIXEL_M),
    ) as file:  # fmt: skip
        file.write(classes, 1)
    (folder / "sites.csv").write_text(
        "name,longitude_deg,latitude_deg\nmiddle,9.93,50.2\neast,10.08,50.14\nnorth,10.1,50.26\n"
    )


def test_a_second_country_runs_from_files_alone(tmp_path):
    (block,) = (
        text
        for text in re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
        if "own_classes" in text
    )
    path = tmp_path / "own_classes.yaml"
    path.write_text(block)
    write_files(tmp_path / "own")
    result = run_scenario(
        path, ["run.duration_h=0.1", "run.warmup_h=0"], replications=1, out=tmp_path / "results"
    )
    rows = pq.read_table(result.folder / "coverage.parquet").to_pylist()
    people = {"A": 0, "B": 0}
    for row in rows:
        people[row["province"]] += row["population"]
    assert people == {"A": 80_000, "B": 20_000}
    notes = json.loads((result.folder / "manifest.json").read_text("utf-8"))["notes"]
    assert any("modelled by the user's settlement classes, not observed" in note for note in notes)
    assert not any("GHS-WUP" in note or "census" in note for note in notes)
    places = json.loads((result.folder / "places.geojson").read_text("utf-8"))["features"]
    found = [one["properties"] for one in places]
    # 20 km2 of an urban centre would hold more than nine tenths of its province; 4 km2 of cluster at 5,000 fill B so.
    assert [(one["name"], one["is_named"]) for one in found] == [
        ("town 1 of A", False),
        ("town 1 of B", False),
    ]
    assert [one["population"] for one in found] == [72_000, 18_000]
    measures = json.loads((result.folder / "summary.json").read_text("utf-8"))["measures"]
    (attempts,) = (
        row["value"]
        for row in measures
        if (row["measure"], row["network"], row["province"]) == ("voice.attempts", "net", "all")
        and row.get("class", "all") in (None, "all") and row.get("service", "all") in (None, "all")
    )  # fmt: skip
    assert attempts > 100
