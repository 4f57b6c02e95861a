"""People from a raster: spread by area, each province's total kept to the person, bad rasters refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.transform import from_origin

from sim.errors import WorldError
from sim.scenario.schema import Scenario
from sim.world.landscape import PEOPLE_NOTE, Landscape, make_landscape
from sim.world.population import URBAN_DENSITY_PER_KM2
from sim.world.projection import unproject

STEP = 1.0 / 1_200.0


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def province(code: str, west: float, east: float, people: int):
    ring = [[west, 50.1], [east, 50.1], [east, 50.3], [west, 50.3], [west, 50.1]]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": code, "population": people},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def write(values, step=STEP, name="people.tif", west=10.0, north=50.4, **more) -> None:
    values = np.asarray(values)
    with rasterio.open(
        name, "w", driver="GTiff", count=1, height=len(values), width=len(values[0]), dtype=values.dtype,
        crs="EPSG:4326", transform=from_origin(west, north, step, step), **more,
    ) as file:  # fmt: skip
        file.write(values, 1)


def land(people=(30_001, 10_007), side_m=500, region=None, **population) -> Landscape:
    features = [province("A", 10.1, 10.2, people[0]), province("B", 10.2, 10.3, people[1])]
    Path("c.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    tree = {
        "name": "own",
        "region": {"source": "geojson", "provinces_file": "c.geojson", "relief": "flat"} | (region or {}),
        "grid": {"resolution_m": side_m},
        "networks": [{"name": "net", "n_subscribers": 0}],
        "population": {"raster_file": "people.tif"} | population,
    }  # fmt: skip
    return make_landscape(Scenario.model_validate(tree), Path())


def said(**sections) -> list[str]:
    with pytest.raises(WorldError) as caught:
        land(**sections)
    return str(caught.value).splitlines()


def by_province(made: Landscape) -> list[int]:
    return np.bincount(made.grid.province_idx, made.population).astype(int).tolist()


def centre_latitude(made: Landscape):
    return unproject(made.grid.crs, made.grid.x_m, made.grid.y_m)[1]


def pixel_latitude(step=STEP):
    return 50.4 - (np.arange(round(0.4 / step)) + 0.5) * step


@pytest.mark.parametrize("step", [STEP, STEP * 12])
@pytest.mark.parametrize("kind", ["counts", "density_per_km2"])
def test_totals_are_kept_and_people_live_where_the_raster_has_them(step: float, kind: str):
    north = np.where(pixel_latitude(step) > 50.2, 3.0, 1.0)
    write(np.repeat(north[:, np.newaxis], len(north), axis=1), step)
    made = land(raster_kind=kind)
    assert by_province(made) == [30_001, 10_007]
    assert made.province_population.tolist() == [30_001, 10_007]
    latitude_deg = centre_latitude(made)
    for k, total in enumerate((30_001, 10_007)):
        own = made.grid.province_idx == k
        # Squares that the parallel cuts are left out of the comparison.
        upper = made.population[own & (latitude_deg > 50.2 + step + 0.005)].mean()
        lower = made.population[own & (latitude_deg < 50.2 - step - 0.005)].mean()
        assert upper / lower == pytest.approx(3.0, rel=0.02)
        assert made.population[own].sum() == total


@pytest.mark.parametrize("step", [STEP, STEP * 12])
def test_a_uniform_raster_gives_uniform_squares(step: float):
    # Counts per pixel of degrees shrink with the cosine of latitude: 0.4 % over the region.
    write(np.full((round(0.4 / step),) * 2, 100.0), step)
    made = land(people=(3_000_000, 3_000_000))
    assert np.ptp(made.population[made.grid.province_idx == 0]) < 0.05 * made.population.mean()


@pytest.mark.parametrize("kind", ["counts", "density_per_km2"])
def test_people_are_divided_between_squares_by_area(kind: str):
    # One pixel of 2.1 km by 2.8 km holds everybody of each province: some 24 squares have equal shares.
    values = np.zeros((16, 16))
    values[8, 5] = values[8, 10] = 7.0
    write(values, 0.025)
    made = land(people=(24_000, 24_000), raster_kind=kind)
    own = made.population[made.grid.province_idx == 0]
    longitude_deg, latitude_deg = unproject(made.grid.crs, made.grid.x_m, made.grid.y_m)
    inside = (np.abs(longitude_deg - 10.1375) < 0.0125 - 0.004) & (
        np.abs(latitude_deg - 50.1875) < 0.0125 - 0.003
    )
    assert inside.sum() >= 6
    share = made.population[inside]
    area_km2 = 0.025**2 * 111.2**2 * np.cos(np.radians(50.1875))
    assert share.mean() == pytest.approx(24_000 * 0.25 / area_km2, rel=0.05)
    assert np.ptp(share) <= 0.1 * share.mean()
    assert own.sum() == 24_000


def test_a_total_scales_provinces_as_without_a_raster():
    write(np.ones((480, 480)))
    made = land(total=1_000_003)
    assert sum(by_province(made)) == 1_000_003
    ratio = made.province_population[0] / made.province_population[1]
    assert ratio == pytest.approx(30_001 / 10_007, rel=1e-4)


def test_provinces_without_people_share_the_total_by_the_raster():
    longitude_deg = 10.0 + (np.arange(480) + 0.5) * STEP
    write(np.repeat(np.where(longitude_deg < 10.2, 9.0, 1.0)[np.newaxis], 480, axis=0))
    made = land(people=(0, 0), total=100_000)
    assert sum(by_province(made)) == 100_000
    assert by_province(made)[0] == pytest.approx(90_000, rel=0.02)
    own = land(people=(0, 0))
    # Without a total the raster's own figures count: 9 and 1 people in a pixel of 59.4 m by 92.7 m.
    n_squares = np.bincount(own.grid.province_idx)
    expected = (9.0 * n_squares[0] + 1.0 * n_squares[1]) * 500.0**2 / (59.4 * 92.7)
    assert sum(by_province(own)) == pytest.approx(expected, rel=0.01)


def test_a_density_counts_by_area_where_it_is_all_that_is_known():
    values = np.full((480, 480), 400.0)
    values[
        :, :150
    ] = -1.0  # West of 10.125: a quarter of the first province and a part of a square.
    write(values, nodata=-1.0)
    made = land(people=(0, 0), raster_kind="density_per_km2")
    area_km2 = np.radians(1.0) * 6_371.0 * np.array([0.075, 0.1]) * 22.24 * np.cos(np.radians(50.2))
    assert by_province(made) == pytest.approx((400.0 * area_km2).tolist(), rel=0.04)
    assert np.unique(made.population[made.grid.province_idx == 1]).tolist() == [100]


def test_only_some_provinces_cannot_share_a_countrys_total():
    write(np.ones((480, 480)))
    (line,) = said(people=(0, 0), total=100_000, region={"provinces": ["A"]})
    assert line.startswith(
        "population.total: 100,000: cannot be shared out, as no province has people"
    )


def test_squares_are_urban_by_their_density_as_ever():
    values = np.ones((480, 480))
    values[200:240, 150:180] = 200.0
    write(values)
    made = land(people=(300_000, 10_000))
    assert made.is_urban.any()
    assert np.array_equal(made.is_urban, made.population >= URBAN_DENSITY_PER_KM2 * 0.25)


def test_pixels_without_data_have_nobody():
    values = np.ones((480, 480), np.float32)
    values[240:] = -99_999.0
    write(values, nodata=-99_999.0)
    made = land()
    latitude_deg = centre_latitude(made)
    assert by_province(made) == [30_001, 10_007]
    assert made.population[latitude_deg < 50.195].sum() == 0


def test_the_notes_say_where_the_people_come_from():
    write(np.ones((480, 480)))
    made = land()
    assert PEOPLE_NOTE in made.notes
    assert not any("evenly" in note for note in made.notes)


def spoilt(index, value, **more):
    values = np.ones((480, 480), np.float32)
    values[index] = value
    write(values, **more)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: spoilt((240, 200), -1.0), "holds negative values such as -1: must be 0 or more"),
        (lambda: spoilt((240, 200), -99_999.0), "if that value stands for no data, say so with"),
        (lambda: spoilt((240, 200), np.nan), "holds NaN that its header does not declare"),
        (
            lambda: spoilt((slice(None), slice(230, None)), 0.0),
            "has nobody in province B, which has 10,007 people",
        ),
        (
            lambda: spoilt(slice(None), np.nan, nodata=np.nan),
            "has nobody in province A, which has 30,001 people",
        ),
        (lambda: spoilt((240, 200), np.inf), "people in the region: must be at most 2,000,000,000"),
        (lambda: spoilt(slice(None), 1e9), "is population.raster_kind = counts right?"),
        (lambda: write(np.ones((480, 480)), west=30.0), "which is nowhere in the region"),
        (lambda: Path("people.tif").write_text("x"), "is no raster"),
    ],
)
def test_a_raster_that_cannot_be_used_is_refused(make, message: str):
    make()
    lines = said()
    assert lines[0].startswith("population.raster_file")
    assert message in lines[0]


def test_every_empty_province_is_told_at_once():
    write(np.zeros((480, 480)))
    assert len(said()) == 2
    assert said(people=(0, 0)) == [
        "population.raster_file: nobody lives in the region by the raster, nor by its provinces"
    ]


def test_squares_beyond_the_raster_are_told_of_and_a_border_on_its_edge_is_not():
    write(np.ones((480, 480)))
    assert not any("beyond" in note for note in land(people=(200, 200)).notes)
    write(np.ones((480, 180)))  # ends at longitude 10.15, in the middle of A
    (note,) = [note for note in land(people=(200, 0)).notes if "beyond" in note]
    assert "nobody lives on 924 of the region's 1,232 squares" in note
    assert "at longitude 10.15 to 10.29, latitude 50.10 to 50.30" in note


def test_provinces_of_far_fewer_people_in_the_raster_are_told_of():
    values = np.zeros((480, 480), np.float32)
    values[:, 140:146] = 10.0  # a strip in the west of A: 14,400 people
    values[:, 240:] = 1.0
    write(values)
    (note,) = [note for note in land(people=(288_000, 28_800)).notes if "multiplied" in note]
    assert "province A has 288,000 people, 14," in note
    assert "by the population raster: these are multiplied by 20" in note


def test_a_raster_of_longitudes_of_0_to_360_is_called_so():
    write(np.ones((20, 20)), step=0.1, west=190.0)
    (line,) = said()
    assert "reaches from longitude 190 to 192, latitude 48.4 to 50.4" in line
    assert (
        "are these longitudes of 0 to 360? Cut the region out with gdal_translate -projwin" in line
    )


@pytest.mark.parametrize("kind", ["counts", "density_per_km2"])
def test_people_of_a_raster_with_its_first_row_in_the_south_live_where_it_has_them(kind: str):
    values = np.arange(480.0)[:, np.newaxis] * np.ones(480)
    write(values)
    north_up = land(raster_kind=kind).population
    with rasterio.open("people.tif") as file:
        about = file.profile | {"transform": Affine(STEP, 0.0, 10.0, 0.0, STEP, 50.0)}
    with rasterio.open("people.tif", "w", **about) as file:
        file.write(values[::-1], 1)
    np.testing.assert_array_equal(land(raster_kind=kind).population, north_up)
