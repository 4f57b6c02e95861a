"""The search for the capacity of a downlink by trials, as a study of snapshots makes it (SEAMCAT handbook, A15.2)."""

from collections.abc import Callable


def search_capacity(
    is_met: Callable[[int], bool], n_start: int, step: int
) -> tuple[tuple[int, int], ...]:
    """
    Try numbers of users in a cell: up by the step until the target is missed, then up or down by ever half of it.

    Parameters
    ----------
    is_met : callable
        Whether a number of users in each cell meets the target.
    n_start : int
        Users to begin with, 1 or more.
    step : int
        First step, 1 or more.

    Returns
    -------
    tuple of (int, int)
        Users tried, and the step that led to them (the first step for the first). The capacity is the greatest number
        tried that met the target.

    Raises
    ------
    ValueError
        If a number is less than 1.

    References
    ----------
    SEAMCAT handbook, section A15.2, "Example on DL CDMA optimal capacity": steps are halved and rounded up.
    """
    if n_start < 1 or step < 1:
        message = f"n_start = {n_start}, step = {step}: must be 1 or more"
        raise ValueError(message)
    tried = [(n_start, step)]
    n, is_halving = n_start, False
    while True:
        is_enough = is_met(n)
        if is_halving and step == 1:
            return tuple(tried)
        is_halving |= not is_enough
        if is_halving:
            step = (step + 1) // 2
        n = n + step if is_enough else max(1, n - step)
        tried.append((n, step))
