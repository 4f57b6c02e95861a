"""The room of registrations: what asks for the signalling channels of cells beside messages (docs/idle_phones.md)."""

import math
from typing import NamedTuple

from sim.engine.rooms import F8, I4, I8, Integral, array, given, row
from sim.engine.views import view

N_TRIES = 256
"""Tries that are told apart of phones that attach together; the last place is for all that need more."""


@row
class RegistrationRules:
    """Parameters of registrations and paging."""

    is_on: I8 = given("traffic.registrations.is_on")  # whether phones register, and are paged
    n_signalling: I8 = given("traffic.messages.n_signalling_channels")  # of a cell
    transfer_s: F8 = given("traffic.registrations.transfer_s")  # for which one holds a channel
    paging_s: F8 = given("traffic.registrations.paging_s")  # likewise, in each cell of the area
    retry_s: F8 = given("traffic.registrations.retry_s")  # to the phone's next try
    max_tries: I8 = given("traffic.registrations.max_tries")  # of a phone that does not attach


@row
class RegisteringCell:
    """A cell in which phones register."""

    rate_per_s: F8  # first tries of the phones that are there [1/s]
    attached_by_s: F8 = (
        -math.inf
    )  # when the last of those that attach together makes its first try [s]
    n_together: I8  # phones that attach together and have not tried yet
    number: I8  # number of the first try that comes next
    number_together: I8  # likewise, of those that attach together
    area: I4  # location area, counted behind the cells
    n_messages: I4  # signalling channels that messages hold
    # In the measured window:
    n_first: I8  # first tries
    n_first_refused: I8  # those that found no channel
    n_refused: I8  # tries that found none
    n_given_up: I8  # phones that try no more
    n_unanswered: I8  # phones that were paged and found no channel to answer


class Registrations(NamedTuple):
    """Registrations, paging, and the signalling channels that they hold."""

    rules: array(RegistrationRules, "one")
    cells: array(RegisteringCell, "cell")
    # Channels held: by registrations of each cell, then by paging in each cell of each location area.
    held: array(Integral, "holder")
    n_paged: array(I8, "holder")  # of each location area: phones paged in the window
    n_sent: array(I8, "holder")  # and at any time
    n_attached: array(I8, "network", "try")  # phones that attached together, by the tries they took


registrations_of = view(Registrations)
