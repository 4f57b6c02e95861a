"""Memory asked ahead for what phones will need: nothing here changes a result."""

from typing import Any

from sim.compilation.kernels import IS_PLAIN, kernel
from sim.engine.prefetch import LINE_BYTES, fetch_row
from sim.network.radio.state import radio_of

_fetch: Any = fetch_row  # Numba gives the intrinsic its first argument itself


@kernel(inline=True)
def ask_for_line(state: int, row: int) -> None:
    """Ask for the place of a line."""
    if IS_PLAIN:
        return
    if radio_of(state).rules[0].is_soft:
        _fetch(radio_of(state).place_of_line, row, 0)


@kernel(inline=True)
def ask_for_phone(state: int, phone: int) -> None:
    """Ask for a phone and what it adds to the cells."""
    if IS_PLAIN:
        return
    radio = radio_of(state)
    _fetch(radio.phones, phone, 0)
    if radio.rules[0].is_soft:
        for line in range(2):
            _fetch(radio.uplink_of, phone, LINE_BYTES * line)
            _fetch(radio.downlink_of, phone, LINE_BYTES * line)


@kernel(inline=True)
def ask_for_place(state: int, place: int) -> None:
    """Ask for what a phone hears at a place."""
    if IS_PLAIN or place < 0:
        return
    radio = radio_of(state)
    _fetch(radio.info, place, 0)
    _fetch(radio.cell, place, 0)
    _fetch(radio.uplink_at, place, 0)
    for line in range(2):
        _fetch(radio.uplink_gain, place, LINE_BYTES * line)
        _fetch(radio.downlink_gain, place, LINE_BYTES * line)
        _fetch(radio.at, place, LINE_BYTES * line)
