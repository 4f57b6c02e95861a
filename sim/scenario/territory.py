"""Sections that say where: region, grid, people, networks with their sites, subscribers."""

from typing import Literal

from pydantic import Field

from sim.scenario.placement_section import CellFilter, Placement
from sim.scenario.sections import Code, Name, PropertyKey, Section, Share


class ProvinceKeys(Section):
    """Under which properties a user's file of provinces keeps what is needed."""

    code: PropertyKey = Field(default="code", description="property that holds the province's code")
    name: PropertyKey = Field(default="name", description="property that holds its name")
    population: PropertyKey = Field(
        default="population", description="property that holds its people, a whole number"
    )


class Region(Section):
    """The territory: the embedded country, a user's country, or a plain rectangle for theory and tests."""

    source: Literal["north_korea", "geojson", "plain"] = Field(
        description="the embedded country, a country from provinces_file, or a plain rectangle without relief"
    )
    provinces_file: str | None = Field(
        default=None,
        description="GeoJSON of the provinces beside the scenario: polygons in degrees on WGS 84, with properties as "
        "in province_keys; for source geojson",
    )
    province_keys: ProvinceKeys = ProvinceKeys()
    settlements_file: str | None = Field(
        default=None,
        description="CSV of cities and county seats beside the scenario: name, latitude_deg, longitude_deg, "
        "population; for source geojson, where people live evenly spread without it",
    )
    relief: Literal["flat"] | None = Field(
        default=None,
        description="must be said for source geojson: flat, as no heights come with it; absent otherwise",
    )
    provinces: tuple[Code, ...] | None = Field(
        default=None, description="codes of the provinces to simulate; all of them when absent"
    )
    width_km: float | None = Field(
        default=None, gt=0.0, le=2_000.0, description="west-east side of the plain [km]"
    )
    height_km: float | None = Field(
        default=None, gt=0.0, le=2_000.0, description="south-north side of the plain [km]"
    )


class Grid(Section):
    """The equal-area grid of squares."""

    resolution_m: float = Field(
        default=500.0, ge=25.0, le=10_000.0, description="side of a square (house default) [m]"
    )


class Population(Section):
    """How many people there are, and the rule that spreads them."""

    total: int | None = Field(
        default=None,
        ge=0,
        le=2_000_000_000,
        description="people in the whole country; census totals are scaled to it (the census itself when absent)",
    )
    raster_file: str | None = Field(
        default=None,
        description="GeoTIFF of people beside the scenario, in place of the rule that spreads them within provinces; "
        "totals of provinces are kept",
    )
    raster_kind: Literal["counts", "density_per_km2"] = Field(
        default="counts", description="what a pixel of raster_file holds"
    )
    city_spread_km: float = Field(
        default=1.5,
        gt=0.0,
        le=50.0,
        description="standard deviation of a city of 100,000 people about its centre; "
        "grows with the square root of its size (assumption) [km]",
    )
    rural_height_scale_m: float = Field(
        default=300.0,
        gt=0.0,
        le=10_000.0,
        description="height over which rural density falls by 1/e (assumption) [m]",
    )
    rural_slope_scale: float = Field(
        default=0.05,
        gt=0.0,
        le=10.0,
        description="slope of the terrain over which rural density falls by 1/e (assumption) [1]",
    )


class SettlementRow(Section):
    """One city or county seat: a row of settlements_file."""

    name: str = Field(min_length=1, max_length=80, description="name")
    latitude_deg: float = Field(ge=-90.0, le=90.0, description="latitude on WGS 84 [deg]")
    longitude_deg: float = Field(ge=-180.0, le=180.0, description="longitude on WGS 84 [deg]")
    population: int = Field(
        ge=1, le=2_000_000_000, description="people in the year of the provinces' populations"
    )


class Site(Section):
    """One base station site given in the scenario itself."""

    name: str = Field(min_length=1, max_length=48, pattern=r"^[^/\s][^/]*$", description="name")
    x_km: float | None = Field(
        default=None, description="east of the region's south-west corner [km]"
    )
    y_km: float | None = Field(
        default=None, description="north of the region's south-west corner [km]"
    )
    longitude_deg: float | None = Field(
        default=None, ge=-180.0, le=180.0, description="longitude [deg]"
    )
    latitude_deg: float | None = Field(
        default=None, ge=-90.0, le=90.0, description="latitude [deg]"
    )
    antenna_height_m: float | None = Field(
        default=None,
        ge=1.0,
        le=500.0,
        description="antenna above ground; the network's when absent [m]",
    )
    n_sectors: int | None = Field(
        default=None,
        ge=1,
        le=6,
        description="sectors, 1 is omnidirectional; the network's when absent",
    )
    azimuth_deg: float | None = Field(
        default=None, ge=0.0, lt=360.0, description="azimuth of the first sector [deg]"
    )
    n_channels: int | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="channels of each cell; the network's when absent",
    )


class Equipment(Section):
    """What every site of a network has unless it says otherwise."""

    antenna_height_m: float = Field(
        default=30.0, ge=1.0, le=500.0, description="antenna above ground (assumption) [m]"
    )
    n_sectors: int = Field(
        default=3, ge=1, le=6, description="sectors, 1 is omnidirectional (assumption)"
    )
    azimuth_deg: float = Field(
        default=0.0, ge=0.0, lt=360.0, description="azimuth of the first sector (assumption) [deg]"
    )
    tilt_deg: float | None = Field(
        default=None,
        ge=-10.0,
        le=45.0,
        description="main lobe below the horizon, for the vertical pattern of 3GPP TR 36.814, which has 6 where sites "
        "are 1.7 km apart and 15 where 0.5 km; no vertical pattern when absent [deg]",
    )
    n_channels: int = Field(
        default=60,
        ge=0,
        le=100_000,
        description="channels of each cell, when radio.capacity is channels (assumption)",
    )
    pilot_power_dbm: float = Field(
        default=33.0,
        ge=-30.0,
        le=60.0,
        description="CPICH power: 10 % of 43 dBm (assumption) [dBm]",
    )
    antenna_gain_dbi: float = Field(
        default=18.0,
        ge=-10.0,
        le=30.0,
        description="gain of a sector antenna less feeder loss (assumption) [dBi]",
    )
    omni_gain_dbi: float = Field(
        default=11.0,
        ge=-10.0,
        le=30.0,
        description="gain of an omnidirectional antenna (3GPP TR 25.942) [dBi]",
    )


class Network(Section):
    """One operator: its sites, its subscribers and where they are."""

    name: Name = Field(description="name of the network in tables")
    label: str = Field(
        default="", max_length=60, description="name in figures; the name when empty"
    )
    n_subscribers: int = Field(ge=0, le=200_000_000, description="lines, before subscribers.scale")
    province_weight: dict[Code, float] = Field(
        default_factory=dict,
        description="relative adoption by province; 1 where absent, 0 where the network is not sold (assumption) [1]",
    )
    rural_weight: float = Field(
        default=1.0,
        ge=0.0,
        le=1.0,
        description="adoption outside cities relative to cities (assumption) [1]",
    )
    sold_within_km: float | None = Field(
        default=None,
        gt=0.0,
        le=2_000.0,
        description="only people who live within this distance of a site of the network hold its lines; "
        "anybody when absent [km]",
    )
    n_sites: int = Field(
        default=0, ge=0, le=100_000, description="sites that the placement rule sets"
    )
    sites: tuple[Site, ...] = Field(default=(), max_length=5_000, description="sites given here")
    sites_file: str | None = Field(
        default=None,
        description="sites beside the scenario: CSV with columns as in sites, GeoJSON or KML of points, or CSV of "
        "cells with OpenCelliD's columns",
    )
    cells: CellFilter = CellFilter()
    placement: Placement = Placement()
    equipment: Equipment = Equipment()


class SubscriberClass(Section):
    """A class of subscribers and how much it calls."""

    name: Literal["resident", "trader", "official", "institution"] = Field(description="class")
    share: Share = Field(description="share of lines [1]")
    rate_factor: float = Field(
        default=1.0,
        ge=0.0,
        le=100.0,
        description="intents relative to the mean of all lines before normalising [1]",
    )
    data_weight: float = Field(
        default=1.0,
        gt=0.0,
        le=1_000.0,
        description="weight of its flows in the sharing of a cell (house default: all alike) [1]",
    )


class Device(Section):
    """A kind of phone."""

    name: Name = Field(description="name of the device")
    share: Share = Field(description="share of lines, whatever their network and class [1]")
    hsdpa_category: int = Field(
        default=0,
        ge=0,
        le=12,
        description="HS-DSCH category (3GPP TS 25.306); 0 without HSDPA (assumption)",
    )
    peak_rate_bps: float | None = Field(
        default=None,
        gt=0.0,
        le=1e9,
        description="greatest rate of each flow over HSDPA; none when absent [bit/s]",
    )


class Subscribers(Section):
    """Who holds the lines."""

    scale: float = Field(
        default=1.0,
        gt=0.0,
        le=1.0,
        description="share of lines that is simulated; each then calls for 1/scale lines (1 is one to one) [1]",
    )
    classes: tuple[SubscriberClass, ...] = Field(
        default=(SubscriberClass(name="resident", share=1.0),),
        min_length=1,
        max_length=4,
        description="classes, shares summing to 1",
    )
    devices: tuple[Device, ...] = Field(
        default=(Device(name="phone", share=1.0),),
        min_length=1,
        max_length=16,
        description="kinds of phones, shares summing to 1",
    )
