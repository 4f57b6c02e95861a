"""Random draws of calls patched by hand: by address only, so that staffing never changes them."""

from collections.abc import Callable
from functools import partial

from sim.streams import STREAM_OPERATOR_ANSWER, uniform
from sim.switching.tasks import Task

Draw = Callable[[int, int, int], float]
"""Returns the uniform draw, more than 0 and less than 1, of a stream, an entity and an index."""

ADDRESS_BITS = 56
"""Bits of a call's own address: root attempt and redial."""

MAX_HOPS = 16
"""Exchanges of a call at most: an address has four bits for them."""

MAX_REPETITIONS = 8
"""Times that a task is done for a call at one exchange, at most: an address has three bits for them."""


def draws_of_key(seed: int, replication: int) -> Draw:
    """
    Return the draws of a replication.

    Parameters
    ----------
    seed, replication : int
        Key, each 0 to 2**32 - 1.

    Returns
    -------
    Draw
        Draws of `sim.streams` under that key.
    """
    return partial(_uniform, seed, replication)


def draws_of_extension(draw: Callable[[str, int, int], float], name: str) -> Draw:
    """
    Return draws that touch no call of the network, for an extension's own exchanges.

    Parameters
    ----------
    draw : callable
        `network.draw` of the extension.
    name : str
        Name of the extension; two names have draws of their own.

    Returns
    -------
    Draw
        Draws of the extension's streams.
    """
    return partial(_named, draw, name)


def _uniform(seed: int, replication: int, stream: int, entity: int, index: int) -> float:
    return float(uniform(seed, replication, stream, entity, index))


def _named(
    draw: Callable[[str, int, int], float], name: str, stream: int, entity: int, index: int
) -> float:
    return draw(f"{name}.operator_{stream}", entity, index)


def task_stream(task: Task) -> int:
    """Return the stream of the times of a task."""
    return STREAM_OPERATOR_ANSWER + task


def task_address(address: int, hop: int, repetition: int) -> int:
    """Return the index of a draw for one exchange of a call."""
    return address | hop << ADDRESS_BITS | min(repetition, MAX_REPETITIONS - 1) << 60
