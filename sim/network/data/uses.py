"""What is drawn of a session and of a flow."""

import math
from typing import Any

from sim.compilation.kernels import kernel
from sim.network.clockwork import clockwork_of
from sim.network.data.state import data_of
from sim.network.lines import lines_of
from sim.streams import STREAM_USE, uniform_pair
from sim.traffic.calls import REDIAL_SHIFT
from sim.traffic.sizes import SizeLaw, size_bit

_MOST_PAGES = 32_767.0
_OF_SESSION = (1 << REDIAL_SHIFT) - 1  # bits of an address that are the session's


@kernel(inline=True)
def page_address(session: int, page: int) -> int:
    """Return the address of a page."""
    return session + (page << REDIAL_SHIFT)


@kernel(inline=True)
def session_of(address: int) -> int:
    """Return the address of the session of a page."""
    return address & _OF_SESSION


@kernel(inline=True)
def page_of(address: int) -> int:
    """Return which page of its session an address means, from 0."""
    return address >> REDIAL_SHIFT


@kernel(inline=True)
def draw_size_bit(sizes: Any, p: float) -> float:  # noqa: ANN401  a Law
    """Return the size that a draw means."""
    return size_bit(SizeLaw(sizes.law, sizes.a, sizes.b, sizes.c, sizes.d), p)


@kernel
def draw_use(state: int, row: int, session: int) -> tuple[int, int]:
    """Return the use of a session of a subscriber, and the number of its pages."""
    data, rules, line = data_of(state), clockwork_of(state).rules[0], lines_of(state).lines[row]
    u, v = uniform_pair(rules.seed, rules.replication, STREAM_USE, line.subscriber_id, session)
    use, last = 0, len(data.uses) - 1
    while use < last and u >= data.use_share[line.class_idx, line.device_idx, use]:
        use += 1
    n_pages, mean = 1, data.uses[use].pages_mean
    if mean > 1.0:
        more = math.floor(math.log(1.0 - v) / math.log(1.0 - 1.0 / mean))
        n_pages = int(min(1.0 + more, _MOST_PAGES))
    return use, n_pages
