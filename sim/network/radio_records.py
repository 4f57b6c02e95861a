"""What soft capacity counted over the measured window."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.network.admission import account_codes, account_elements
from sim.network.radio_state import Radio

COUNTS = (
    "n_no_coverage", "n_blocked_uplink", "n_blocked_downlink", "n_blocked_code", "n_fragmented",
    "n_blocked_channel_element", "n_shed_phone_power", "n_shed_uplink", "n_shed_downlink",
)  # fmt: skip
"""Refusals and sheddings of phones that are counted for each cell."""


class RadioRecords(NamedTuple):
    """
    What soft capacity counted; empty where cells have channels.

    Attributes
    ----------
    cells : dict of str to (cell,) ndarray
        `noise_rise_db`, `noise_rise_max_db`: mean and greatest of the solutions. `power_w`, `power_max_w`: likewise
        of the downlink power. `codes_busy`: mean codes of spreading factor 128 in use. `further_legs_erl`: mean legs
        beyond the first. Then COUNTS.
    sites : dict of str to (site,) ndarray
        `channel_elements_busy`: mean channel elements in use.
    covered_share : (network, square) ndarray of float32 or None
        Share of the looks at which a square was covered.
    """

    cells: dict[str, NDArray[np.generic]]
    sites: dict[str, NDArray[np.generic]]
    covered_share: NDArray[np.float32] | None


@njit(cache=True)
def _close_window(radio: Radio, window_s: float) -> None:
    """Bring the integrals of codes and channel elements to the end of the window."""
    for cell in range(len(radio.cells)):
        account_codes(radio, cell, window_s)
    for site in range(len(radio.sites)):
        account_elements(radio, site, window_s)


def records_of_radio(radio: Radio, n_networks: int, window_s: float) -> RadioRecords:
    """
    Return what soft capacity counted.

    Parameters
    ----------
    radio : Radio
        State at the end; its integrals are closed.
    n_networks : int
        Number of networks.
    window_s : float
        Length of the measured window. [s]

    Returns
    -------
    RadioRecords
        Records.

    Raises
    ------
    AssertionError
        If a phone still holds something.
    """
    if len(radio.rules) == 0:
        return RadioRecords({}, {}, None)
    cells, sites = radio.cells, radio.sites
    is_held = (
        radio.uplink.any() or radio.downlink.any() or cells["need"].any() or sites["n_busy"].any()
        or cells["n_codes_busy"].any() or cells["leaves_low"].any() or cells["leaves_high"].any()
    )  # fmt: skip
    if is_held:
        message = "a phone still holds power, codes or channel elements at the end"
        raise AssertionError(message)
    _close_window(radio, window_s)
    looks = max(1, int(radio.looks[0]))
    return RadioRecords(
        {
            "noise_rise_db": cells["rise_db_s"] / window_s,
            "noise_rise_max_db": cells["rise_max_db"].copy(),
            "power_w": cells["power_w_s"] / window_s,
            "power_max_w": cells["power_max_w"].copy(),
            "codes_busy": cells["code_s"] / window_s,
            "further_legs_erl": cells["further_leg_s"] / window_s,
            **{name: cells[name].copy() for name in COUNTS},
        },
        {"channel_elements_busy": sites["busy_s"] / window_s},
        (radio.n_covered / looks).astype(np.float32).reshape(n_networks, -1),
    )
