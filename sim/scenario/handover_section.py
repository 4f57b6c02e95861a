"""Section `radio.handover`: when a phone that moves goes from cell to cell."""

from sim.scenario.sections import ASSUMED, HOUSE, Section, key

# A key is a row, as wide as prose may be.
# fmt: off


class Handover(Section):
    """When a phone that moves takes a cell, and when it gives one up."""

    hysteresis_db: float = key(
        "how much stronger another cell must be than the one for which it is taken", 3.0, "[0, 30]", "dB",
        "assumption; 3GPP TS 25.331: 0 to 7.5")
    drop_margin_db: float = key(
        "wcdma: how much weaker than `radio.wcdma.active_set_window_db` allows a leg is given up", 2.0, "[0, 20]", "dB",
        "assumption; 3GPP TR 25.922: windows of adding and dropping apart by a hysteresis")
    reach_db: float = key(
        "wcdma: a leg so much weaker than the strongest cell is lost at once", 12.0, "[0, 60]", "dB", ASSUMED)
    time_to_trigger_s: float = key(
        "how long a cell must be strong, or weak, before anything is done", 0.32, "[0, 60]", "s",
        "assumption; 3GPP TS 25.331: 0 to 5")
    hsdpa_change_s: float = key(
        "wcdma: how much longer it takes a flow over HSDPA to change its cell", 0.2, "[0, 60]", "s", ASSUMED)
    lost_after_s: float = key(
        "a call whose best cell cannot be had for so long is dropped", 5.0, "[0, 600]", "s",
        "assumption; 3GPP TS 25.331: T313 3 by default")
    n_guard_channels: int = key(
        "channels: channels of each cell that new calls may not take", 0, "[0, 10000]", source=HOUSE)
    max_waiting: int = key(
        "channels: phones of calls that wait for a channel of a cell, first come first served", 0, "[0, 10000]",
        source=HOUSE)
