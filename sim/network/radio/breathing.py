"""Which squares are covered at the present load (docs/wcdma.md, "Breathing")."""

import math

from sim.compilation.kernels import entry, kernel
from sim.engine.wheel import schedule, wheel_of
from sim.network.clockwork import clockwork_of
from sim.network.kinds import Kind
from sim.network.radio.power import interference_now_w
from sim.network.radio.state import Radio, radio_of

_COVERAGE_SAMPLE = int(Kind.COVERAGE_SAMPLE)


@entry
def on_sample(state: int, time_s: float, payload: int, address: int) -> None:  # noqa: ARG001
    """Count the squares that are covered now, and look again while the window lasts; the address is the number."""
    radio, rules = radio_of(state), clockwork_of(state).rules[0]
    _sample_coverage(radio, len(radio.is_served) // rules.n_networks)
    next_s = (address + 1) * radio.rules[0].sample_s
    if next_s < rules.window_s:
        schedule(wheel_of(state), next_s, _COVERAGE_SAMPLE, 0, address + 1, 0)


@kernel
def _sample_coverage(radio: Radio, n_squares: int) -> None:
    """Count the squares that are covered now."""
    is_served, n_covered = radio.is_served, radio.n_covered
    n_networks = len(is_served) // n_squares
    for network in range(n_networks):
        for square in range(n_squares):
            place = network * n_squares + square
            if is_served[place] and _is_covered(radio, network, square, n_squares):
                n_covered[place] += 1
    radio.looks[0] += 1


@kernel
def _is_covered(radio: Radio, network: int, square: int, n_squares: int) -> bool:
    """Say whether a further phone of the first service would have power, pilot and link with one leg."""
    rules, service = radio.rules[0], radio.services[0]
    heard_cell, heard_cdbm, present_w = radio.heard_cell, radio.heard_cdbm, radio.present_w
    n_networks = len(radio.is_served) // n_squares
    place = network * n_squares + square
    total_w, own_w = rules.phone_noise_w, 0.0
    first_gain = 0.0
    for other in range(n_networks):
        if other != network and not rules.is_coupled:
            continue
        leak = 1.0 if other == network else rules.downlink_leak
        at = other * n_squares + square
        for rank in range(heard_cell.shape[1]):
            cell = heard_cell[at, rank]
            if cell < 0:
                break
            gain = _gain(radio, cell, heard_cdbm[at, rank])
            received_w = present_w[cell] * gain * leak
            total_w += received_w
            if other == network and rank == 0:
                own_w, first_gain = received_w, gain
    first = heard_cell[place, 0]
    one = radio.cells[first]
    if one.pilot_w * first_gain < rules.min_ec_io * total_w:
        return False
    heard_w = interference_now_w(radio, first)
    if service.load * heard_w > rules.phone_max_w * service.uplink_activity * first_gain:
        return False
    link_w = service.need * (total_w - rules.orthogonality * own_w) / first_gain
    return link_w <= one.pilot_w * rules.link_to_pilot * service.downlink_activity


@kernel(inline=True)
def _gain(radio: Radio, cell: int, rscp_cdbm: int) -> float:
    """Return 1 / L."""
    received_w = math.pow(10.0, rscp_cdbm / 1000.0 - 3.0)
    return min(received_w / radio.cells[cell].pilot_w, radio.rules[0].max_gain)
