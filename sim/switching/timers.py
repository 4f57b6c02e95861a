"""Something that happens later."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from simpy import Environment
from simpy.events import Event, Timeout

Subject = TypeVar("Subject")


def later(
    env: Environment, delay_s: float, act: Callable[[Subject], None], subject: Subject
) -> None:
    """Let something happen later."""
    timeout = Timeout(env, delay_s)
    if timeout.callbacks is not None:
        timeout.callbacks.append(partial(_happen, act, subject))


def _happen(act: Callable[[Subject], None], subject: Subject, _: Event) -> None:
    act(subject)
