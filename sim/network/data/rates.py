"""What a flow over HSDPA could get if it were alone in its cell (docs/data.md, "What a flow could get")."""

import math

from sim.compilation.kernels import kernel
from sim.network.data.state import Data
from sim.network.radio.power import leftover_w
from sim.network.radio.state import Radio
from sim.radio.hsdpa import flow_rate_bps

_CODES_OF_ONE = 8  # codes of spreading factor 128 under one of spreading factor 16


@kernel(inline=True)
def has_pilot(radio: Radio, place: int, is_at_update: bool) -> bool:
    """Say whether a phone hears the pilot of its first cell, with the powers just solved or with the present ones."""
    rules, total_w = radio.rules[0], 0.0
    for k in range(radio.info[place].n_heard):
        cell = radio.cell[place, k]
        power_w = radio.power_w[cell] if is_at_update else radio.present_w[cell]
        total_w += power_w * radio.downlink_gain[place, k]
    total_w += rules.phone_noise_w
    first = radio.cells[radio.cell[place, 0]]
    return first.pilot_w * radio.downlink_gain[place, 0] >= rules.min_ec_io * total_w


@kernel
def alone_bps(data: Data, radio: Radio, place: int, category: int, is_at_update: bool) -> float:
    """Return the rate of a flow that is alone in its cell; other cells send what was just solved, or what they do."""
    cell = radio.cell[place, 0]
    rules, first, gain = radio.rules[0], radio.cells[cell], radio.downlink_gain[place, 0]
    power_w = leftover_w(radio, cell)
    n_free = (rules.code_capacity - first.n_codes_busy) // _CODES_OF_ONE
    n_codes = min(data.rules[0].max_codes, n_free)
    if power_w <= 0.0 or n_codes <= 0:
        return 0.0
    disturbing_w = rules.phone_noise_w + (1.0 - rules.orthogonality) * radio.most_w[cell] * gain
    for k in range(1, radio.info[place].n_heard):
        other = radio.cell[place, k]
        other_w = radio.power_w[other] if is_at_update else radio.present_w[other]
        disturbing_w += other_w * radio.downlink_gain[place, k]
    snr_db = 10.0 * math.log10(power_w * gain / disturbing_w)
    return flow_rate_bps(
        data.block_bit, data.n_codes, data.lowest_cqi, data.least_snr_db, category, snr_db, n_codes,
        data.rules[0].max_transmissions,
    )  # fmt: skip
