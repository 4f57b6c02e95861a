"""Section `terrain`: the heights that radio and people see, and what stands on the ground."""

from typing import Literal

from pydantic import Field

from sim.scenario.sections import Code, Section

CLUTTER_CLASSES = ("water", "open", "suburban", "urban", "forest", "dense_urban")
"""Classes of clutter: those of ITU-R P.2108, table 3."""

WORLD_COVER = {
    "10": "forest",
    "20": "open",
    "30": "open",
    "40": "open",
    "50": "urban",
    "60": "open",
    "70": "open",
    "80": "water",
    "90": "open",
    "95": "forest",
    "100": "open",
}
"""
Classes of ESA WorldCover's values: trees, shrubs, grass, crops, built-up, bare, snow, water, wetland, mangroves, moss.

Which class each has is an assumption.

References
----------
ESA WorldCover 2021 v200, Product User Manual: map codes.
"""

ClutterClass = Literal["water", "open", "suburban", "urban", "forest", "dense_urban"]


class Terrain(Section):
    """Heights and clutter."""

    heights: Literal["smooth", "synthetic", "files"] = Field(
        default="smooth",
        description="smooth: the country's coarse heights, interpolated; synthetic: with invented relief between "
        "them, drawn by seed and world_replication; files: a user's elevation files",
    )
    files: tuple[str, ...] = Field(
        default=(),
        max_length=1_000,
        description="GeoTIFF or SRTM .hgt tiles beside the scenario, for heights: files",
    )
    clutter_file: str | None = Field(
        default=None,
        description="GeoTIFF of clutter classes beside the scenario; by height, slope and settlement when absent",
    )
    clutter_classes: dict[Code, ClutterClass] = Field(
        default_factory=dict,
        max_length=256,
        description="class of each value of clutter_file; those of ESA WorldCover (10 trees, ..., 100 moss) when "
        "absent, built-up being urban (assumption)",
    )
