"""Sections of a network that say where its sites come from: the placement rule, and which cells of a table count."""

from typing import Literal

from pydantic import Field

from sim.scenario.sections import Section, Share


class Placement(Section):
    """The rule that places sites when no list is given."""

    rule: Literal["demand", "history"] = Field(
        default="demand",
        description="demand: county seats, then where most lines are unserved; history: county seats, cities, then "
        "synthetic corridors between settlements",
    )
    urban_spacing_km: float = Field(
        default=1.0,
        gt=0.0,
        le=100.0,
        description="least distance of two sites in towns (assumption) [km]",
    )
    rural_spacing_km: float = Field(
        default=3.0,
        gt=0.0,
        le=100.0,
        description="least distance of two sites elsewhere; 3 to 7 km observed in 2015 (facts: S49, S50) [km]",
    )
    county_seat_share: Share = Field(
        default=0.2,
        description="largest share of a network's sites that goes to county seats before capacity, by rule demand "
        "(assumption) [1]",
    )
    town_spacing_km: float = Field(
        default=3.0,
        gt=0.0,
        le=100.0,
        description="least distance of two sites by rule history: the lower end of 3 to 7 km observed in 2015 "
        "(facts: S49, S50) [km]",
    )
    corridor_spacing_km: float = Field(
        default=7.0,
        gt=0.0,
        le=100.0,
        description="distance along corridors by rule history, halved when all have sites: the upper end of 3 to 7 km "
        "observed in 2015 (facts: S49, S50) [km]",
    )
    people_per_site: int = Field(
        default=120_000,
        ge=1_000,
        le=100_000_000,
        description="by rule history a city has a further site before any corridor while each of its sites has more "
        "people: 3 sites for 359,341 in Sinuiju in 2022 (facts: S51)",
    )


class CellFilter(Section):
    """Which rows count when sites_file is a table of cells with OpenCelliD's columns."""

    radio: str = Field(
        default="UMTS",
        min_length=1,
        max_length=16,
        description="technology, as column radio has it",
    )
    mcc: int | None = Field(
        default=None, ge=0, le=999, description="mobile country code; any when absent"
    )
    net: int | None = Field(
        default=None, ge=0, le=32_767, description="mobile network code; any when absent"
    )
