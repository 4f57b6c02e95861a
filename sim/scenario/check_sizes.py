"""Rules between the keys of a flow's size: whether a law with that mean exists."""

from collections.abc import Iterator

from sim.scenario.messages import given
from sim.scenario.traffic_section import Size

MAX_MEAN_SHARE = 0.9
"""Mean of a truncated law over its greatest size at most (house limit): nearer to it all sizes are nearly the greatest,
and the law before truncation has next to nothing below it. [1]"""

LEAST_MEAN_BIT = 1.0
"""Least mean (house limit). [bit]"""

TRUNCATED = ("lognormal", "truncated_pareto")
"""Laws with a greatest size."""


def size_problems(size: Size) -> Iterator[tuple[str, str]]:
    """
    Yield what keeps a law of the size from having the mean and the variation asked for.

    Parameters
    ----------
    size : Size
        Section.

    Yields
    ------
    tuple of str
        Key of the section, and what is wrong with it.
    """
    if size.law == "hyperexponential" and size.cv <= 1.0:
        message = f" = {given(size.cv)}: must be more than 1 for the law hyperexponential"
        yield "cv", message + "; the law exponential has 1"
    if size.mean_bit < LEAST_MEAN_BIT:
        yield "mean_bit", f" = {given(size.mean_bit)}: must be {LEAST_MEAN_BIT:g} or more"
    most_bit = MAX_MEAN_SHARE * size.max_bit
    if size.law in TRUNCATED and size.mean_bit > most_bit:
        message = (
            f" = {given(size.mean_bit)}: must be at most {MAX_MEAN_SHARE:g} x max_bit, {given(most_bit)}, for the law "
            f"{size.law}, which is cut at max_bit; raise max_bit, or choose the law fixed"
        )
        yield "mean_bit", message
