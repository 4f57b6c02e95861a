"""What a flow over HSDPA could get if it were alone in its cell (docs/data.md, "What a flow could get")."""

import math

from numba import njit

from sim.network.packed import Packed, data_of, radio_of
from sim.network.radio_power import leftover_w
from sim.network.radio_state import Radio
from sim.radio.hsdpa import flow_rate_bps

CODES_OF_ONE = 8
"""Codes of spreading factor 128 under one of spreading factor 16."""


@njit(cache=True, forceinline=True)
def has_pilot(radio: Radio, place: int, is_at_update: bool) -> bool:
    """
    Say whether a phone hears the pilot of its first cell well enough.

    Parameters
    ----------
    radio : Radio
        State.
    place : int
        Where the phone is.
    is_at_update : bool
        Whether the powers are those of the solution, or the present ones.

    Returns
    -------
    bool
        Whether Ec/I0 is at least `min_ec_io_db`.
    """
    rules, total_w = radio.rules[0], 0.0
    for k in range(radio.info[place].n_heard):
        cell = radio.cell[place, k]
        power_w = radio.power_w[cell] if is_at_update else radio.present_w[cell]
        total_w += power_w * radio.downlink_gain[place, k]
    total_w += rules.phone_noise_w
    first = radio.cells[radio.cell[place, 0]]
    return first.pilot_w * radio.downlink_gain[place, 0] >= rules.min_ec_io * total_w


@njit(cache=True)
def alone_bps(packed: Packed, place: int, category: int, is_at_update: bool) -> float:
    """
    Return the rate of a flow if it were alone in its cell.

    Parameters
    ----------
    packed : Packed
        State.
    place : int
        Where the phone is.
    category : int
        HS-DSCH category of the phone, 1 to 12.
    is_at_update : bool
        Whether the powers of other cells are those of the solution, or the present ones.

    Returns
    -------
    float
        Rate r of the rules, 0 where nothing fits. [bit/s]
    """
    radio, data = radio_of(packed), data_of(packed)
    cell = radio.cell[place, 0]
    rules, one, gain = radio.rules[0], radio.cells[cell], radio.downlink_gain[place, 0]
    power_w = leftover_w(radio, cell)
    free = (rules.code_capacity - one.n_codes_busy) // CODES_OF_ONE
    n_codes = min(data.rules[0].max_codes, free)
    if power_w <= 0.0 or n_codes <= 0:
        return 0.0
    disturbing_w = rules.phone_noise_w + (1.0 - rules.orthogonality) * one.most_w * gain
    for k in range(1, radio.info[place].n_heard):
        other = radio.cell[place, k]
        other_w = radio.power_w[other] if is_at_update else radio.present_w[other]
        disturbing_w += other_w * radio.downlink_gain[place, k]
    snr_db = 10.0 * math.log10(power_w * gain / disturbing_w)
    return flow_rate_bps(
        data.block_bit, data.n_codes, data.lowest_cqi, data.least_snr_db, category, snr_db, n_codes,
        data.rules[0].max_transmissions,
    )  # fmt: skip
