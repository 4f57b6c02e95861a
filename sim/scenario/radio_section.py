"""Section `radio`: propagation, coverage and capacity of cells."""

from typing import Literal

from pydantic import Field

from sim.scenario.hsdpa_section import Hsdpa
from sim.scenario.sections import Section
from sim.scenario.wcdma_section import AdjacentChannel, Wcdma

MODELS_OVER_TERRAIN = frozenset({"terrain"})
"""Models of path loss that need the heights between antenna and phone."""


class PathLoss(Section):
    """Which model says how much is lost between antenna and phone."""

    model: Literal[
        "free_space", "okumura_hata", "cost231_hata", "tr25942_macro", "terrain", "disc"
    ] = Field(
        default="cost231_hata",
        description="model of the median loss; terrain: free space, delta-Bullington diffraction (ITU-R P.1812) and "
        "clutter (ITU-R P.2108)",
    )
    environment: Literal[
        "urban_large", "urban_small", "suburban", "open", "medium_city", "metropolitan"
    ] = Field(
        default="medium_city",
        description="okumura_hata: urban_large, urban_small, suburban or open; "
        "cost231_hata: medium_city or metropolitan",
    )
    radius_km: float | None = Field(
        default=None, gt=0.0, le=100.0, description="disc: range of a site, free space within [km]"
    )
    profile_step_m: float | None = Field(
        default=None,
        ge=5.0,
        le=10_000.0,
        description="terrain: greatest distance between two points of a profile; the side of a square when absent [m]",
    )


class Shadowing(Section):
    """How much the loss at a place differs from the median: log-normal, by what stands about the phone."""

    mode: Literal["none", "probability", "field"] = Field(
        default="none",
        description="none: medians only; probability: how surely each square is covered; field: a correlated field "
        "for each site, drawn by seed and world_replication",
    )
    sigma_open_db: float = Field(
        default=6.0,
        gt=0.0,
        le=20.0,
        description="standard deviation on water and in open country (assumption) [dB]",
    )
    sigma_forest_db: float = Field(
        default=8.0, gt=0.0, le=20.0, description="standard deviation in forest (assumption) [dB]"
    )
    sigma_built_db: float = Field(
        default=8.0,
        gt=0.0,
        le=20.0,
        description="standard deviation among buildings; 10 in 3GPP TR 25.942, diffraction apart (assumption) [dB]",
    )
    correlation_m: float = Field(
        default=350.0,
        gt=0.0,
        le=100_000.0,
        description="field: distance at which the correlation is a half (Gudmundson 1991: 0.82 at 100 m in suburbs, "
        "rounded up from 349) [m]",
    )
    site_correlation: float = Field(
        default=0.5,
        ge=0.0,
        le=1.0,
        description="correlation of two sites at one place (3GPP TR 25.942) [1]",
    )


class Radio(Section):
    """Propagation, coverage and capacity."""

    capacity: Literal["channels", "wcdma"] = Field(
        default="channels",
        description="channels: a cell has a fixed number of them; wcdma: interference, power and codes decide",
    )
    frequency_mhz: float = Field(
        default=2140.0,
        ge=30.0,
        le=6_000.0,
        description="downlink frequency (3GPP TS 25.101, band I 2110 to 2170 MHz) [MHz]",
    )
    phone_height_m: float = Field(
        default=1.5, ge=0.5, le=10.0, description="antenna of the phone above ground (COST 231) [m]"
    )
    min_rscp_dbm: float = Field(
        default=-112.0,
        ge=-200.0,
        le=0.0,
        description="least received pilot power of a served square (assumption) [dBm]",
    )
    max_range_km: float = Field(
        default=20.0,
        gt=0.0,
        le=100.0,
        description="no cell is heard beyond this distance (assumption) [km]",
    )
    n_candidates: int = Field(
        default=6,
        ge=1,
        le=6,
        description="ranked cells kept for each square and network (house default)",
    )
    path_loss: PathLoss = PathLoss()
    shadowing: Shadowing = Shadowing()
    wcdma: Wcdma = Wcdma()
    adjacent_channel: AdjacentChannel = AdjacentChannel()
    hsdpa: Hsdpa = Hsdpa()
