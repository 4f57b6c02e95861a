"""Section `radio`: propagation, coverage and capacity of cells."""

from typing import Literal

from pydantic import Field

from sim.scenario.sections import Section


class PathLoss(Section):
    """Which model says how much is lost between antenna and phone."""

    model: Literal["free_space", "okumura_hata", "cost231_hata", "tr25942_macro", "disc"] = Field(
        default="cost231_hata", description="model of the median loss"
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


class Radio(Section):
    """Propagation, coverage and capacity."""

    capacity: Literal["channels"] = Field(
        default="channels", description="channels: a cell has a fixed number of them"
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
