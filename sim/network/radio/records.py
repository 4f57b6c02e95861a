"""What soft capacity counted over the measured window."""

import numpy as np

from sim.compilation.kernels import entry
from sim.engine.pools import account
from sim.engine.rooms import State
from sim.network.clockwork import Clockwork, clockwork_of
from sim.network.radio.admission import account_codes, account_elements
from sim.network.radio.state import Radio, radio_of
from sim.tables import SOFT_REFUSALS, Columns

_OF_A_CELL = ("n_fragmented", "n_shed_phone_power", "n_shed_uplink", "n_shed_downlink")


@entry(is_called_by_python=True)
def close_window(state: int) -> None:
    """Bring the integrals of codes, legs and channel elements to the end of the window."""
    radio, window_s = radio_of(state), clockwork_of(state).rules[0].window_s
    for cell in range(len(radio.cells)):
        account_codes(radio, cell, window_s, window_s)
        account(radio.cells[cell].further_legs, window_s, window_s)
    for site in range(len(radio.sites)):
        account_elements(radio, site, window_s, window_s)


def radio_records(state: State) -> dict[str, Columns]:
    """
    Return what soft capacity counted.

    `radio_cells`, `radio_sites` and `covered`, as in `sim.tables.RECORDS`; none where cells have channels.
    """
    radio, rules = state[Radio], state[Clockwork].rules
    n_held = len(radio.phones) - int(radio.free[0])
    cells, sites = radio.cells, radio.sites
    is_held = (
        n_held or radio.uplink.any() or radio.downlink.any() or cells["need"].any()
        or sites["n_busy"].any() or cells["n_codes_busy"].any() or cells["leaves_low"].any()
        or cells["leaves_high"].any()
    )  # fmt: skip
    if is_held:
        message = f"at the end {n_held} phones, or what they held, are not released"
        raise AssertionError(message)
    if not radio.rules["is_soft"][0]:
        return {}
    close_window(state.address)
    refused = {
        f"n_{name}": radio.refusals[:, one].copy() for one, (name, _) in SOFT_REFUSALS.items()
    }
    window_s, looks = float(rules["window_s"][0]), max(1, int(radio.looks[0]))
    return {
        "radio_cells": {
            "noise_rise_db": cells["rise_db_s"] / window_s,
            "noise_rise_max_db": cells["rise_max_db"].copy(),
            "power_w": cells["power_w_s"] / window_s,
            "power_max_w": cells["power_max_w"].copy(),
            "codes_busy": cells["codes"]["sum_s"] / window_s,
            "further_legs_erl": cells["further_legs"]["sum_s"] / window_s,
            **refused,
            **{name: cells[name].copy() for name in _OF_A_CELL},
        },
        "radio_sites": {"channel_elements_busy": sites["busy"]["sum_s"] / window_s},
        "covered": {
            "covered_share": (radio.n_covered / looks)
            .astype(np.float32)
            .reshape(int(rules["n_networks"][0]), -1)
        },
    }
