"""Which part of the globe a world is of: its box, area and people, by which a swapped or shifted country is seen."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from sim.world.build import World
from sim.world.projection import unproject

_DIGITS_DEG = 6
_M_PER_KM = 1_000.0


def region_facts(world: World) -> dict[str, Any]:
    """Return area and people of a world, and the box of its provinces: in degrees, or in km on a plain."""
    grid = world.grid
    points = np.concatenate([shapely.get_coordinates(one) for one in world.provinces.outline])
    facts = {
        "area_km2": sum(outline.area for outline in world.provinces.outline) / _M_PER_KM**2,
        "people": int(world.population.sum()),
        "n_squares": grid.n_squares,
        "resolution_m": grid.resolution_m,
    }
    if not grid.crs:
        width_km, height_km = (np.ptp(points, axis=0) / _M_PER_KM).tolist()
        return facts | {"width_km": width_km, "height_km": height_km}
    for name, ends_deg in zip(
        ("longitude_deg", "latitude_deg"), unproject(grid.crs, *points.T), strict=True
    ):
        ends = float(ends_deg.min()), float(ends_deg.max())
        facts[name] = [round(end, _DIGITS_DEG) for end in ends]
    return facts


def region_text(facts: Mapping[str, Any]) -> str:
    """
    Return what is said of a region in a line.

    Parameters
    ----------
    facts : mapping
        `region` of a manifest.

    Returns
    -------
    str
        People, area and box.
    """
    area_km2 = facts["area_km2"]
    area = f"{area_km2:,.0f}" if area_km2 >= 100.0 else f"{area_km2:.3g}"
    people = f"{facts['people']:,} people on " if facts["people"] else ""
    if "width_km" in facts:
        return f"Region: {people}{area} km2, a plain of {facts['width_km']:g} by {facts['height_km']:g} km."
    box = ", ".join(
        f"{name} {facts[f'{name}_deg'][0]:.2f} to {facts[f'{name}_deg'][1]:.2f}"
        for name in ("longitude", "latitude")
    )
    return f"Region: {people}{area} km2, {box}."
