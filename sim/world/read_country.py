"""The country of a scenario, whatever it comes from: the embedded data, a user's files, or a plain."""

from pathlib import Path

import shapely

from sim.errors import Problem, WorldError
from sim.scenario.find import label_of
from sim.scenario.schema import Scenario
from sim.scenario.territory import Region
from sim.world.country import Country, Province, Settlement
from sim.world.country_file import read_provinces_file
from sim.world.embedded import embedded_country
from sim.world.settlement_table import assign_provinces, read_settlements_file

FLAT_NOTE = "the ground is taken for flat, at height 0: there is no relief"
"""What every output must say of a country without heights."""

EVEN_NOTE = "people are spread evenly over each province: no settlements were given"
SPREAD_NOTE = "people of each settlement are spread about its centre by rule, all others evenly over their province"


def read_country(scenario: Scenario, folder: Path) -> Country:
    """Return the country of a scenario."""
    region = scenario.region
    if region.source == "plain":
        return _plain(region, scenario.population.total)
    if region.source == "north_korea":
        return embedded_country(scenario.population.city_spread_km)
    return _from_files(scenario, folder)


def _plain(region: Region, total: int | None) -> Country:
    """Return a rectangle as a country of one province, its south-west corner at 0, 0."""
    if region.width_km is None or region.height_km is None:
        missing = [key for key in ("width_km", "height_km") if getattr(region, key) is None]
        message = "missing: a plain needs both sides; give it in km"
        raise WorldError(*(Problem(f"region.{key}", message) for key in missing))
    outline = shapely.box(0.0, 0.0, region.width_km * 1000.0, region.height_km * 1000.0)
    return Country((Province("plain", "plain", total or 0, outline),), is_plain=True)


def _from_files(scenario: Scenario, folder: Path) -> Country:
    """Return a user's country; the problems of both files come together."""
    region, is_flat = scenario.region, scenario.terrain.heights != "files"
    if region.provinces_file is None or (is_flat and region.relief is None):
        message = (
            "a region from geojson needs provinces_file, and relief: flat or terrain.heights: files"
        )
        raise WorldError(Problem("region", message))
    problems: list[Problem] = []
    provinces: tuple[Province, ...] = ()
    try:
        provinces = read_provinces_file(folder / region.provinces_file, region.province_keys)
    except WorldError as error:
        problems.extend(error.problems)
    settlements: tuple[Settlement, ...] = ()
    if region.settlements_file is not None:
        path = folder / region.settlements_file
        try:
            rows = read_settlements_file(path)
            if not problems:
                settlements = assign_provinces(rows, provinces, label_of(path))
        except WorldError as error:
            problems.extend(error.problems)
    if problems:
        raise WorldError(*problems)
    spread_note = SPREAD_NOTE if settlements else EVEN_NOTE
    notes = (FLAT_NOTE, spread_note) if is_flat else (spread_note,)
    return Country(provinces, settlements, notes=notes)
