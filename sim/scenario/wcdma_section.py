"""Sections `radio.wcdma` and `radio.adjacent_channel`: soft capacity, and two networks on adjacent carriers."""

from pydantic import Field

from sim.scenario.bearer_section import DOWNLINK_BEARERS, UPLINK_BEARERS, Bearer
from sim.scenario.sections import Name, Section, Share


class Service(Section):
    """A circuit-switched service: what one phone asks of the radio while it is connected."""

    name: Name = Field(description="name of the service")
    rate_bps: float = Field(gt=0.0, le=2_048_000.0, description="bit rate, both directions [bit/s]")
    uplink_eb_n0_db: float = Field(
        ge=-10.0, le=30.0, description="energy per bit over noise density at the cell [dB]"
    )
    downlink_eb_n0_db: float = Field(
        ge=-10.0, le=30.0, description="energy per bit over noise density at the phone [dB]"
    )
    uplink_activity: float = Field(
        default=1.0, gt=0.0, le=1.0, description="share of time in which the phone sends [1]"
    )
    downlink_activity: float = Field(
        default=1.0, gt=0.0, le=1.0, description="share of time in which the cell sends [1]"
    )
    n_codes: int = Field(
        default=1,
        ge=1,
        le=32,
        description="downlink codes, counted in codes of spreading factor 128; a power of two",
    )
    n_channel_elements: int = Field(
        default=1, ge=1, le=64, description="channel elements at each site"
    )


VOICE = Service(
    name="voice",
    rate_bps=12_200.0,
    uplink_eb_n0_db=4.0,
    downlink_eb_n0_db=7.0,
    uplink_activity=0.67,
    downlink_activity=0.58,
)
"""AMR 12.2 kbit/s: Eb/N0 and activities of Holma and Toskala's load equations (remembered), spreading factor 128."""

VIDEO = Service(
    name="video",
    rate_bps=64_000.0,
    uplink_eb_n0_db=2.0,
    downlink_eb_n0_db=5.0,
    n_codes=4,
    n_channel_elements=4,
)
"""Video call of 64 kbit/s: Eb/N0 as remembered of Holma and Toskala, spreading factor 32 (3GPP TS 34.108); channel
elements (assumption)."""


class AdjacentChannel(Section):
    """Networks on adjacent carriers hear each other through their filters (3GPP TR 25.942)."""

    is_on: bool = Field(
        default=False,
        description="whether the networks are on adjacent carriers (assumption: nobody knows the carriers)",
    )
    uplink_acir_db: float = Field(
        default=32.7,
        ge=0.0,
        le=100.0,
        description="adjacent channel interference ratio at the cell: leakage 33 dB of the phone, selectivity 45 dB of "
        "the cell (3GPP TS 25.101, 25.104, remembered) [dB]",
    )
    downlink_acir_db: float = Field(
        default=32.7,
        ge=0.0,
        le=100.0,
        description="the same at the phone: leakage 45 dB of the cell, selectivity 33 dB of the phone [dB]",
    )


class Wcdma(Section):
    """Soft capacity: what cells and phones may send, what they must hear, and what each service asks for."""

    power_update_s: float = Field(
        default=1.0,
        ge=0.05,
        le=60.0,
        description="time between two solutions of all powers (house default) [s]",
    )
    power_tolerance: float = Field(
        default=1e-4,
        ge=1e-14,
        le=0.01,
        description="relative change of a cell's power of which other cells are told (house default: 0.0004 dB) [1]",
    )
    cell_noise_figure_db: float = Field(
        default=5.0, ge=0.0, le=20.0, description="noise figure of a cell (3GPP TR 25.942) [dB]"
    )
    phone_noise_figure_db: float = Field(
        default=9.0, ge=0.0, le=20.0, description="noise figure of a phone (3GPP TR 25.942) [dB]"
    )
    min_coupling_loss_db: float = Field(
        default=70.0,
        ge=0.0,
        le=120.0,
        description="least loss between a phone and a cell (3GPP TR 25.942) [dB]",
    )
    least_heard_rscp_dbm: float = Field(
        default=-120.0,
        ge=-200.0,
        le=0.0,
        description="least received pilot power of a cell that counts as interference (assumption: at full power it "
        "adds 8 % to a phone's noise) [dBm]",
    )
    max_noise_rise_db: float = Field(
        default=6.0,
        gt=0.0,
        le=20.0,
        description="noise rise up to which a cell admits phones (3GPP TR 25.942) [dB]",
    )
    uplink_cap_db: float = Field(
        default=20.0,
        gt=0.0,
        le=60.0,
        description="noise rise at which a cell sheds phones (assumption) [dB]",
    )
    phone_max_power_dbm: float = Field(
        default=21.0,
        ge=-50.0,
        le=40.0,
        description="greatest power of a phone (3GPP TS 25.101, power class 4) [dBm]",
    )
    max_power_to_pilot_db: float = Field(
        default=10.0,
        ge=1.0,
        le=20.0,
        description="greatest power of a cell over its pilot: 43 dBm to 33 dBm (3GPP TR 25.942) [dB]",
    )
    common_power_to_pilot_db: float = Field(
        default=3.0,
        ge=0.0,
        le=10.0,
        description="all common channels, the pilot included, over the pilot (Holma and Toskala: 20 % of 43 dBm) [dB]",
    )
    link_power_to_pilot_db: float = Field(
        default=-3.0,
        ge=-30.0,
        le=10.0,
        description="greatest power of one phone's channel over the pilot: 30 dBm to 33 dBm (3GPP TR 25.942) [dB]",
    )
    hsdpa_reserved_share: Share = Field(
        default=0.0,
        description="share of a cell's greatest power that calls may not use (house default) [1]",
    )
    min_ec_io_db: float = Field(
        default=-18.0,
        ge=-40.0,
        le=0.0,
        description="least pilot energy over all received power (assumption; 3GPP TS 25.133 measures down to -20) [dB]",
    )
    orthogonality: Share = Field(
        default=0.6,
        description="share of the own cell's power that does not disturb; 0.4 disturbs in 3GPP TR 25.942 [1]",
    )
    active_set_size: int = Field(
        default=2, ge=1, le=3, description="most legs of a phone (3GPP TR 25.942)"
    )
    active_set_window_db: float = Field(
        default=3.0,
        ge=0.0,
        le=20.0,
        description="how much weaker than the first another leg may be (3GPP TR 25.942) [dB]",
    )
    code_capacity: int = Field(
        default=120,
        ge=1,
        le=128,
        description="codes of spreading factor 128 in a cell (3GPP TS 25.213: 128; 8 for common channels, assumption)",
    )
    code_repacking: bool = Field(
        default=True, description="whether codes in use are moved to make room (house default)"
    )
    n_channel_elements: int = Field(
        default=256, ge=1, le=100_000, description="channel elements of a site (assumption)"
    )
    coverage_sample_s: float = Field(
        default=300.0,
        ge=1.0,
        le=86_400.0,
        description="time between two looks at which squares are covered (house default) [s]",
    )
    services: tuple[Service, ...] = Field(
        default=(VOICE, VIDEO),
        min_length=1,
        max_length=16,
        description="services; the first is that of telephone calls, `video` that of video calls",
    )
    downlink_bearers: tuple[Bearer, ...] = Field(
        default=DOWNLINK_BEARERS,
        min_length=1,
        max_length=8,
        description="bearers of received data, tried in this order",
    )
    uplink_bearers: tuple[Bearer, ...] = Field(
        default=UPLINK_BEARERS,
        min_length=1,
        max_length=8,
        description="bearers of sent data, tried in this order",
    )
