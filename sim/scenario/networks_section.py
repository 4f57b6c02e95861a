"""Section `networks`: operators, their sites, where these come from, and what they have."""

from typing import Literal

from sim.scenario.sections import ASSUMED, HOUSE, LOCAL_TIME, Code, Name, Section, Share, key

# A key is a row, as wide as prose may be.
# fmt: off


class Placement(Section):
    """The rule that places sites when no list is given."""

    rule: Literal["demand", "history", "coverage"] = key(
        "demand: county seats, then where most lines are unserved; history: where most people are unserved, in cities "
        "and towns and along synthetic corridors; coverage: discs that cover most people, greedily, to compare with",
        "demand", source=HOUSE)
    urban_spacing_km: float = key("least distance of two sites in towns", 1.0, "(0, 100]", "km", ASSUMED)
    rural_spacing_km: float = key(
        "least distance of two sites elsewhere", 3.0, "(0, 100]", "km",
        "My North Korea; NK by Panda: 3 to 7 km in 2015")
    county_seat_share: Share = key(
        "largest share of a network's sites that goes to county seats before capacity, by rule demand", 0.2,
        source=ASSUMED)
    town_spacing_km: float = key(
        "least distance of two sites by rule history", 3.0, "(0, 100]", "km",
        "My North Korea; NK by Panda: the lower end of 3 to 7 km in 2015")
    corridor_spacing_km: float = key(
        "mean distance along corridors by rule history, halved when nobody is left to serve; a site serves people half "
        "as far away", 7.0, "(0, 100]", "km",
        "My North Korea; NK by Panda: the upper end of 3 to 7 km in 2015")
    people_per_site: int = key(
        "people whom a site serves at most by rule history, so that a city of more has a further site", 120_000,
        "[1000, 100000000]",
        source="Radio Free Asia: 3 sites in Sinuiju in 2022; Central Bureau of Statistics: 359,341 people")
    planned_sites: int | None = key(
        "sites over which rule demand shares the lines out, of which the first n_sites are built: with the same plan a "
        "smaller network is the beginning of a larger one; n_sites when absent", None, "[1, 100000]")
    radius_km: float = key(
        "distance within which a site serves people by rule coverage", 5.0, "(0, 100]", "km",
        "38 North: 5 km plotted about each site, remembered; assumption: the same elsewhere")


class CellFilter(Section):
    """Which rows count when sites_file is a table of cells with OpenCelliD's columns."""

    radio: str = key("technology, as column radio has it", "UMTS", length="[1, 16]", evidence=False)
    mcc: int | None = key("mobile country code; any when absent", None, "[0, 999]", evidence=False)
    net: int | None = key("mobile network code; any when absent", None, "[0, 32767]", evidence=False)


class Site(Section):
    """One base station site given in the scenario itself."""

    name: str = key("name", length="[1, 48]", pattern=r"^[^/\s][^/]*$", evidence=False)
    x_km: float | None = key("east of the region's south-west corner", None, unit="km")
    y_km: float | None = key("north of the region's south-west corner", None, unit="km")
    longitude_deg: float | None = key("longitude", None, "[-180, 180]", "deg")
    latitude_deg: float | None = key("latitude", None, "[-90, 90]", "deg")
    antenna_height_m: float | None = key("antenna above ground; the network's when absent", None, "[1, 500]", "m")
    n_sectors: int | None = key("sectors, 1 is omnidirectional; the network's when absent", None, "[1, 6]")
    azimuth_deg: float | None = key("azimuth of the first sector", None, "[0, 360)", "deg")
    n_channels: int | None = key("channels of each cell; the network's when absent", None, "[0, 100000]")


class Equipment(Section):
    """What every site of a network has unless it says otherwise."""

    antenna_height_m: float = key("antenna above ground", 30.0, "[1, 500]", "m", ASSUMED)
    n_sectors: int = key("sectors, 1 is omnidirectional", 3, "[1, 6]", source=ASSUMED)
    azimuth_deg: float = key("azimuth of the first sector", 0.0, "[0, 360)", "deg", ASSUMED)
    tilt_deg: float | None = key(
        "main lobe below the horizon, for the vertical pattern of 3GPP TR 36.814, which has 6 where sites are 1.7 "
        "km apart and 15 where 0.5 km; no vertical pattern when absent", None, "[-10, 45]", "deg")
    n_channels: int = key(
        "channels of each cell, when radio.capacity is channels", 60, "[0, 100000]",
        source="assumption: half the uplink pole of one carrier at 12.2 kbit/s")
    pilot_power_dbm: float = key("CPICH power", 33.0, "[-30, 60]", "dBm", "assumption: 10 % of 43 dBm")
    antenna_gain_dbi: float = key("gain of a sector antenna less feeder loss", 18.0, "[-10, 30]", "dBi", ASSUMED)
    omni_gain_dbi: float = key("gain of an omnidirectional antenna", 11.0, "[-10, 30]", "dBi", "3GPP TR 25.942")


_N_SITES = key("sites that the placement rule sets", 0, "[0, 100000]", source=HOUSE)
_SITES = key("sites given here", (), length="[0, 5000]")
_SITES_FILE = key(
    "sites beside the scenario: CSV with columns as in sites, and network where several networks name the file; "
    "GeoJSON or KML of points; or CSV of cells with OpenCelliD's columns", None, evidence=False)


class ReferenceSites(Section):
    """Sites around which the lines of a network were sold, where these are not its own."""

    n_sites: int = _N_SITES
    sites: tuple[Site, ...] = _SITES
    sites_file: str | None = _SITES_FILE
    cells: CellFilter = CellFilter()
    placement: Placement = Placement()


SITE_KEYS = tuple(ReferenceSites.model_fields)
"""Keys of a network that say where its sites are."""


class SitesOff(Section):
    """Sites that are off the air: no pilot, nobody served."""

    sites: tuple[str, ...] = key(
        "names of sites, such as those of sites.parquet", (), length="[0, 100000]", evidence=False)
    share: Share | None = key(
        "share of the network's sites, chosen by address: a larger share is these and others", None)
    sites_file: str | None = key("CSV beside the scenario with a column name", None, evidence=False)
    begin: str | None = key(
        "local date and time at which they go off the air; off from the begin when absent", None,
        pattern=LOCAL_TIME, evidence=False)
    end: str | None = key(
        "local date and time at which they are back; off to the end when absent", None,
        pattern=LOCAL_TIME, evidence=False)


class SoldStage(Section):
    """Lines of a network by the sites that stood when they were sold."""

    n_subscribers: int = key("lines that were sold by then, those of earlier stages too", within="[0, 200000000]")
    n_sites: int = key(
        "sites that the rule had placed by then, the first of them; listed ones always stood", within="[0, 100000]")


class Network(Section):
    """One operator: its sites, its subscribers and where they are."""

    name: Name = key("name of the network in tables", evidence=False)
    label: str = key("name in figures; the name when empty", "", length="[0, 60]", evidence=False)
    n_subscribers: int = key("lines, before subscribers.scale", within="[0, 200000000]")
    province_weight: dict[Code, float] = key(
        "relative adoption by province; 1 where absent, 0 where the network is not sold", {}, unit="1",
        source=ASSUMED)
    rural_weight: float = key("adoption outside cities relative to cities", 1.0, "[0, 1]", "1", ASSUMED)
    sold_within_km: float | None = key(
        "only people who live within this distance of a site of the network hold its lines; anybody when absent",
        None, "(0, 2000]", "km")
    n_sites: int = _N_SITES
    sites: tuple[Site, ...] = _SITES
    sites_file: str | None = _SITES_FILE
    cells: CellFilter = CellFilter()
    placement: Placement = Placement()
    equipment: Equipment = Equipment()
    sites_off: tuple[SitesOff, ...] = key("sites off the air, all the time or for some", (), length="[0, 1000]")
    reference_sites: ReferenceSites | None = key(
        "sites around which the lines were sold, in place of the network's own: set by --set, compare and sweeps that "
        "change sites, so that nobody moves", None, evidence=False)
    sold_by_stage: tuple[SoldStage, ...] = key(
        "where sold_within_km is given: the first lines were sold around the sites that stood then, all further ones "
        "around all sites; set by years, so that nobody moves when sites are added", (), length="[0, 2000]",
        evidence=False)
