"""Section `terrain`: the heights that radio and people see, and what stands on the ground."""

from typing import Literal

from pydantic import Field

from sim.scenario.sections import Section


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
