"""How long tests wait for other processes: never as a measure of speed."""

import time
from collections.abc import Callable

HANG_S = 1800.0
"""Whoever takes longer hangs: compiling everything takes a tenth of it, on a machine that has ten things to do."""

_POLL_S = 0.1


def wait_until(is_so: Callable[[], bool], go_on: Callable[[], None] = lambda: None) -> None:
    """
    Wait until something is so.

    Parameters
    ----------
    is_so : callable
        Asked again and again.
    go_on : callable
        Raises where waiting has become idle, as when a process has ended.
    """
    end_s = time.monotonic() + HANG_S
    while not is_so():
        go_on()
        assert time.monotonic() < end_s, "it never came to that"
        time.sleep(_POLL_S)
