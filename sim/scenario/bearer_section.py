"""Release 99 data bearers of section `radio.wcdma`."""

from pydantic import Field

from sim.scenario.sections import Name, Section


class Bearer(Section):
    """A Release 99 data bearer: what one phone asks of the radio while a flow lasts."""

    name: Name = Field(description="name of the bearer")
    downlink_rate_bps: float = Field(gt=0.0, le=2_048_000.0, description="bit rate down [bit/s]")
    uplink_rate_bps: float = Field(gt=0.0, le=2_048_000.0, description="bit rate up [bit/s]")
    downlink_eb_n0_db: float = Field(
        ge=-10.0, le=30.0, description="energy per bit over noise density at the phone [dB]"
    )
    uplink_eb_n0_db: float = Field(
        ge=-10.0, le=30.0, description="energy per bit over noise density at the cell [dB]"
    )
    downlink_activity: float = Field(
        gt=0.0, le=1.0, description="share of time in which the cell sends [1]"
    )
    uplink_activity: float = Field(
        gt=0.0, le=1.0, description="share of time in which the phone sends [1]"
    )
    n_codes: int = Field(
        ge=1,
        le=32,
        description="downlink codes, counted in codes of spreading factor 128; a power of two",
    )
    n_channel_elements: int = Field(ge=1, le=64, description="channel elements at each site")


_LITTLE = 0.1  # what is sent in the other direction: acknowledgements (assumption)


def _down(kbps: int, eb_n0_db: float, n_codes: int, n_channel_elements: int) -> Bearer:
    return Bearer(
        name=f"down_{kbps}",
        downlink_rate_bps=1_000.0 * kbps,
        uplink_rate_bps=64_000.0,
        downlink_eb_n0_db=eb_n0_db,
        uplink_eb_n0_db=2.0,
        downlink_activity=1.0,
        uplink_activity=_LITTLE,
        n_codes=n_codes,
        n_channel_elements=n_channel_elements,
    )


DOWNLINK_BEARERS = (_down(384, 5.0, 16, 8), _down(128, 5.0, 8, 4), _down(64, 5.0, 4, 4))
"""Interactive bearers of 64 kbit/s up and 384, 128 or 64 kbit/s down: spreading factors 8, 16 and 32 (3GPP TS 34.108);
Eb/N0 as of the video call, channel elements and acknowledgements (assumption)."""

UPLINK_BEARERS = (
    Bearer(
        name="up_64",
        downlink_rate_bps=64_000.0,
        uplink_rate_bps=64_000.0,
        downlink_eb_n0_db=5.0,
        uplink_eb_n0_db=2.0,
        downlink_activity=_LITTLE,
        uplink_activity=1.0,
        n_codes=4,
        n_channel_elements=4,
    ),
)
"""Interactive bearer of 64 kbit/s in both directions (3GPP TS 34.108), likewise."""
