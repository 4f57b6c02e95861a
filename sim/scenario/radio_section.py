"""Sections `radio`: propagation, coverage, soft capacity, Release 99 bearers and high speed downlink packet access."""

from typing import Literal

from sim.scenario.handover_section import Handover
from sim.scenario.sections import ASSUMED, HOUSE, Name, Section, Share, key

# A key is a row, as wide as prose may be.
# fmt: off


class Bearer(Section):
    """A Release 99 data bearer: what one phone asks of the radio while a flow lasts."""

    name: Name = key("name of the bearer", evidence=False)
    downlink_rate_bps: float = key("bit rate down", within="(0, 2048000]", unit="bit/s")
    uplink_rate_bps: float = key("bit rate up", within="(0, 2048000]", unit="bit/s")
    downlink_eb_n0_db: float = key("energy per bit over noise density at the phone", within="[-10, 30]", unit="dB")
    uplink_eb_n0_db: float = key("energy per bit over noise density at the cell", within="[-10, 30]", unit="dB")
    downlink_activity: float = key("share of time in which the cell sends", within="(0, 1]", unit="1")
    uplink_activity: float = key("share of time in which the phone sends", within="(0, 1]", unit="1")
    n_codes: int = key("downlink codes, counted in codes of spreading factor 128; a power of two", within="[1, 32]")
    n_channel_elements: int = key("channel elements at each site", within="[1, 64]")


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


class Service(Section):
    """A circuit-switched service: what one phone asks of the radio while it is connected."""

    name: Name = key("name of the service", evidence=False)
    rate_bps: float = key("bit rate, both directions", within="(0, 2048000]", unit="bit/s")
    uplink_eb_n0_db: float = key("energy per bit over noise density at the cell", within="[-10, 30]", unit="dB")
    downlink_eb_n0_db: float = key("energy per bit over noise density at the phone", within="[-10, 30]", unit="dB")
    uplink_activity: float = key("share of time in which the phone sends", 1.0, "(0, 1]", "1", HOUSE)
    downlink_activity: float = key("share of time in which the cell sends", 1.0, "(0, 1]", "1", HOUSE)
    n_codes: int = key(
        "downlink codes, counted in codes of spreading factor 128; a power of two", 1, "[1, 32]", source=HOUSE)
    n_channel_elements: int = key("channel elements at each site", 1, "[1, 64]", source=HOUSE)


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

    is_on: bool = key(
        "whether the networks are on adjacent carriers", False, source="assumption: nobody knows the carriers")
    uplink_acir_db: float = key(
        "adjacent channel interference ratio at the cell", 32.7, "[0, 100]", "dB",
        "3GPP TS 25.101: leakage 33 dB of the phone, remembered; 3GPP TS 25.104: selectivity 45 dB of the cell, "
        "remembered")
    downlink_acir_db: float = key(
        "the same at the phone", 32.7, "[0, 100]", "dB",
        "3GPP TS 25.104: leakage 45 dB of the cell, remembered; 3GPP TS 25.101: selectivity 33 dB of the phone, "
        "remembered")


class Wcdma(Section):
    """Soft capacity: what cells and phones may send, what they must hear, and what each service asks for."""

    power_update_s: float = key("time between two solutions of all powers", 1.0, "[0.05, 60]", "s", HOUSE)
    power_tolerance: float = key(
        "relative change of a cell's power of which other cells are told", 1e-4, "[1e-14, 0.01]", "1",
        "house default: 0.0004 dB")
    cell_noise_figure_db: float = key("noise figure of a cell", 5.0, "[0, 20]", "dB", "3GPP TR 25.942")
    phone_noise_figure_db: float = key("noise figure of a phone", 9.0, "[0, 20]", "dB", "3GPP TR 25.942")
    min_coupling_loss_db: float = key(
        "least loss between a phone and a cell", 70.0, "[0, 120]", "dB", "3GPP TR 25.942")
    least_heard_rscp_dbm: float = key(
        "least received pilot power of a cell that counts as interference", -120.0, "[-200, 0]", "dBm",
        "assumption: at full power it adds 8 % to a phone's noise")
    max_noise_rise_db: float = key(
        "noise rise up to which a cell admits phones", 6.0, "(0, 20]", "dB", "3GPP TR 25.942")
    uplink_cap_db: float = key("noise rise at which a cell sheds phones", 20.0, "(0, 60]", "dB", ASSUMED)
    phone_max_power_dbm: float = key(
        "greatest power of a phone", 21.0, "[-50, 40]", "dBm", "3GPP TS 25.101: power class 4")
    max_power_to_pilot_db: float = key(
        "greatest power of a cell over its pilot", 10.0, "[1, 20]", "dB", "3GPP TR 25.942: 43 dBm to 33 dBm")
    common_power_to_pilot_db: float = key(
        "all common channels, the pilot included, over the pilot", 3.0, "[0, 10]", "dB",
        "H. Holma, A. Toskala: 20 % of 43 dBm")
    link_power_to_pilot_db: float = key(
        "greatest power of one phone's channel over the pilot", -3.0, "[-30, 10]", "dB",
        "3GPP TR 25.942: 30 dBm to 33 dBm")
    hsdpa_reserved_share: Share = key("share of a cell's greatest power that calls may not use", 0.0, source=HOUSE)
    min_ec_io_db: float = key(
        "least pilot energy over all received power", -18.0, "[-40, 0]", "dB",
        "assumption; 3GPP TS 25.133: a phone measures down to -20")
    orthogonality: Share = key(
        "share of the own cell's power that does not disturb", 0.6, source="3GPP TR 25.942: 0.4 disturbs")
    active_set_size: int = key("most legs of a phone", 2, "[1, 3]", source="3GPP TR 25.942")
    active_set_window_db: float = key(
        "how much weaker than the first another leg may be", 3.0, "[0, 20]", "dB", "3GPP TR 25.942")
    code_capacity: int = key(
        "codes of spreading factor 128 in a cell", 120, "[1, 128]",
        source="3GPP TS 25.213: 128; assumption: 8 for common channels")
    code_repacking: bool = key("whether codes in use are moved to make room", True, source=HOUSE)
    n_channel_elements: int = key("channel elements of a site", 256, "[1, 100000]", source=ASSUMED)
    coverage_sample_s: float = key(
        "time between two looks at which squares are covered", 300.0, "[1, 86400]", "s", HOUSE)
    services: tuple[Service, ...] = key(
        "services; the first is that of telephone calls, `video` that of video calls", (VOICE, VIDEO),
        source="H. Holma, A. Toskala: Eb/N0 and activities, remembered; 3GPP TS 34.108: codes; assumption: channel "
        "elements", length="[1, 16]")
    downlink_bearers: tuple[Bearer, ...] = key(
        "bearers of received data, tried in this order", DOWNLINK_BEARERS,
        source="3GPP TS 34.108: rates and codes; H. Holma, A. Toskala: Eb/N0 of the video call, remembered; "
        "assumption: the rest", length="[1, 8]")
    uplink_bearers: tuple[Bearer, ...] = key(
        "bearers of sent data, tried in this order", UPLINK_BEARERS,
        source="3GPP TS 34.108: rates and codes; H. Holma, A. Toskala: Eb/N0 of the video call, remembered; "
        "assumption: the rest", length="[1, 8]")


class Hsdpa(Section):
    """High speed downlink packet access: flows share the power and the codes that calls leave."""

    is_on: bool = key(
        "whether cells have it; without it every phone uses Release 99 bearers", True,
        source="assumption: remembered that Koryolink has it")
    scheduler: Literal["round_robin", "proportional_fair"] = key(
        "who is served in a transmission interval", "proportional_fair", source=HOUSE)
    scheduler_snr_db: float = key(
        "proportional_fair: mean SNR of the fading that it makes use of", 10.0, "[-20, 40]", "dB", ASSUMED)
    max_codes: int = key(
        "codes of spreading factor 16 at most", 5, "[1, 15]", source="assumption; 3GPP TS 25.213: 15")
    max_flows: int = key("flows of a cell at most", 32, "[1, 1000]", source=ASSUMED)
    min_rate_bps: float = key("a flow that would get less is refused", 16_000.0, "[0, 100000000]", "bit/s", ASSUMED)
    bler_target: float = key(
        "block error rate of first transmissions", 0.1, "[0.001, 0.9]", "1", "3GPP TS 25.214: section 6A.2.1")
    max_transmissions: int = key("transmissions of a block at most", 4, "[1, 8]", source=ASSUMED)
    max_stall_s: float = key("a flow that gets nothing for so long is cut", 60.0, "(0, 3600]", "s", ASSUMED)


MODELS_OVER_TERRAIN = frozenset({"terrain"})
"""Models of path loss that need the heights between antenna and phone."""


class ClutterLosses(Section):
    """Median loss of a phone among what stands about it, by class of clutter; by ITU-R P.2108 when absent."""

    water: float | None = key("on water", None, "[0, 60]", "dB")
    open: float | None = key("in open country, cultivated or not", None, "[0, 60]", "dB")
    suburban: float | None = key("in suburbs and villages", None, "[0, 60]", "dB")
    urban: float | None = key("in towns", None, "[0, 60]", "dB")
    forest: float | None = key("in forest", None, "[0, 60]", "dB")
    dense_urban: float | None = key("among tall blocks", None, "[0, 60]", "dB")


class PathLoss(Section):
    """Which model says how much is lost between antenna and phone."""

    model: Literal["free_space", "okumura_hata", "cost231_hata", "tr25942_macro", "terrain", "disc"] = key(
        "model of the median loss; terrain: free space, delta-Bullington diffraction (ITU-R P.1812) and clutter "
        "(ITU-R P.2108)", "cost231_hata", source=HOUSE)
    environment: Literal["urban_large", "urban_small", "suburban", "open", "medium_city", "metropolitan"] = key(
        "okumura_hata: urban_large, urban_small, suburban or open; cost231_hata: medium_city or metropolitan",
        "medium_city", source=HOUSE)
    radius_km: float | None = key("disc: range of a site, free space within", None, "(0, 100]", "km")
    profile_step_m: float | None = key(
        "terrain: greatest distance between two points of a profile; where absent they lie on the lines between the "
        "heights (terrain.spacing_m), which no step improves on", None, "[5, 10000]", "m")
    clutter_db: ClutterLosses = ClutterLosses()


class Shadowing(Section):
    """How much the loss at a place differs from the median: log-normal, by what stands about the phone."""

    mode: Literal["none", "probability", "field"] = key(
        "none: medians only; probability: how surely each square is covered; field: a correlated field for each "
        "site, drawn by seed and world_replication", "none", source=HOUSE)
    sigma_open_db: float = key("standard deviation on water and in open country", 6.0, "(0, 20]", "dB", ASSUMED)
    sigma_forest_db: float = key("standard deviation in forest", 8.0, "(0, 20]", "dB", ASSUMED)
    sigma_built_db: float = key(
        "standard deviation among buildings", 8.0, "(0, 20]", "dB",
        "assumption; 3GPP TR 25.942: 10, diffraction apart")
    correlation_m: float = key(
        "field: distance at which the correlation is a half", 350.0, "(0, 100000]", "m",
        "M. Gudmundson: 0.82 at 100 m in suburbs, rounded up from 349")
    site_correlation: float = key("correlation of two sites at one place", 0.5, "[0, 1]", "1", "3GPP TR 25.942")


class Radio(Section):
    """Propagation, coverage and capacity."""

    capacity: Literal["channels", "wcdma"] = key(
        "channels: a cell has a fixed number of them; wcdma: interference, power and codes decide", "channels",
        source=HOUSE)
    frequency_mhz: float = key(
        "downlink frequency", 2140.0, "[30, 6000]", "MHz", "3GPP TS 25.101: the middle of band I, 2110 to 2170 MHz")
    phone_height_m: float = key("antenna of the phone above ground", 1.5, "[0.5, 10]", "m", "COST Action 231")
    min_rscp_dbm: float = key(
        "least received pilot power of a served square", -112.0, "[-200, 0]", "dBm",
        "assumption: about 5 km with COST-231-Hata, 30 m, 33 dBm and 18 dBi")
    max_range_km: float = key("no cell is heard beyond this distance", 20.0, "(0, 100]", "km", ASSUMED)
    planner_radius_km: float = key(
        "radius of a site on the planner's map, which is measured beside what the radio says and changes nothing", 5.0,
        "(0, 100]", "km", "38 North: 5 km plotted about each site, remembered; assumption: the same elsewhere")
    roaming: Literal["none", "emergency", "all"] = key(
        "none: a phone uses cells of its own network; all: where that does not serve it without load, those of the "
        "other network that it receives best; emergency: for emergency calls (traffic.voice.emergency_share) alone",
        "none", source=HOUSE)
    n_candidates: int = key("ranked cells kept for each square and network", 6, "[1, 6]", source=HOUSE)
    path_loss: PathLoss = PathLoss()
    shadowing: Shadowing = Shadowing()
    wcdma: Wcdma = Wcdma()
    adjacent_channel: AdjacentChannel = AdjacentChannel()
    hsdpa: Hsdpa = Hsdpa()
    handover: Handover = Handover()
