"""Section `radio.hsdpa`: high speed downlink packet access."""

from typing import Literal

from pydantic import Field

from sim.scenario.sections import Section


class Hsdpa(Section):
    """High speed downlink packet access: flows share the power and the codes that calls leave."""

    is_on: bool = Field(
        default=True,
        description="whether cells have it; without it every phone uses Release 99 bearers (facts 1: from memory)",
    )
    scheduler: Literal["round_robin", "proportional_fair"] = Field(
        default="proportional_fair", description="who is served in a transmission interval"
    )
    scheduler_snr_db: float = Field(
        default=10.0,
        ge=-20.0,
        le=40.0,
        description="proportional_fair: mean SNR of the fading that it makes use of (assumption) [dB]",
    )
    max_codes: int = Field(
        default=5,
        ge=1,
        le=15,
        description="codes of spreading factor 16 at most (3GPP TS 25.213: 15; assumption)",
    )
    max_flows: int = Field(
        default=32, ge=1, le=1_000, description="flows of a cell at most (assumption)"
    )
    min_rate_bps: float = Field(
        default=16_000.0,
        ge=0.0,
        le=1e8,
        description="a flow that would get less is refused (assumption) [bit/s]",
    )
    bler_target: float = Field(
        default=0.1,
        ge=0.001,
        le=0.9,
        description="block error rate of first transmissions (3GPP TS 25.214 6A.2.1) [1]",
    )
    max_transmissions: int = Field(
        default=4, ge=1, le=8, description="transmissions of a block at most (assumption)"
    )
    max_stall_s: float = Field(
        default=60.0,
        gt=0.0,
        le=3_600.0,
        description="a flow that gets nothing for so long is cut (assumption) [s]",
    )
