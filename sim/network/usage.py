"""Channels of cells and circuits of trunk groups: seizing, releasing, and how busy they were."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

ORIGINATING, TERMINATING = 0, 1


GROUP = np.dtype(
    [
        ("capacity", np.int32),
        ("n_busy", np.int32),
        ("n_reserved", np.int32),
        ("last_s", np.float64),
        ("busy_server_s", np.float64),
        ("all_busy_s", np.float64),
        ("n_seized_originating", np.int64),
        ("n_seized_terminating", np.int64),
        ("n_refused_originating", np.int64),
        ("n_refused_terminating", np.int64),
        ("network_idx", np.uint8),
        ("province_idx", np.uint8),
        ("is_awaited", np.uint8),
        ("is_freed", np.uint8),
    ],
    align=True,
)
"""A group of servers, cells first, then trunk groups: servers; busy servers; circuits kept for calls that no other
group has turned away; when their number last changed [s];
over the measured window the time integral of the busy servers [s], the time with every server busy [s], and the
seizures and refusals of each direction; network and province of a cell; whether somebody waits for a circuit, and
whether one has been released since the loop ran."""

Groups = NDArray[np.void]
"""Groups of servers as a structured array of GROUP."""


def make_groups(capacity: NDArray[np.int32]) -> Groups:
    """
    Return groups in which every server is free.

    Parameters
    ----------
    capacity : (group,) ndarray of int32
        Servers of each group.

    Returns
    -------
    (group,) structured ndarray
        Idle groups.
    """
    groups = np.zeros(len(capacity), GROUP)
    groups["capacity"] = capacity
    groups["last_s"] = -np.inf
    return groups


@njit(cache=True, forceinline=True)
def account(groups: Groups, group: int, time_s: float, window_s: float) -> None:
    """
    Add the time since the last change to the integrals of a group.

    Parameters
    ----------
    groups : (group,) structured ndarray
        State; changed.
    group : int
        Group.
    time_s : float
        Now. [s]
    window_s : float
        Length of the measured window, which begins at 0. [s]
    """
    one = groups[group]
    begin_s = max(one.last_s, 0.0)
    end_s = min(time_s, window_s)
    if end_s > begin_s:
        one.busy_server_s += one.n_busy * (end_s - begin_s)
        if one.n_busy >= one.capacity:
            one.all_busy_s += end_s - begin_s
    one.last_s = time_s


@njit(cache=True, forceinline=True)
def seize(groups: Groups, group: int, direction: int, time_s: float, window_s: float) -> bool:
    """
    Seize a server if one is free, and count it.

    Parameters
    ----------
    groups : (group,) structured ndarray
        State; changed.
    group : int
        Group.
    direction : int
        ORIGINATING or TERMINATING.
    time_s : float
        Now. [s]
    window_s : float
        Length of the measured window, which begins at 0. [s]

    Returns
    -------
    bool
        Whether a server was free.
    """
    if not is_free(groups, group):
        refuse(groups, group, direction, time_s, window_s)
        return False
    one = groups[group]
    if 0.0 <= time_s < window_s:
        if direction == ORIGINATING:
            one.n_seized_originating += 1
        else:
            one.n_seized_terminating += 1
    account(groups, group, time_s, window_s)
    one.n_busy += 1
    return True


@njit(cache=True, forceinline=True)
def is_free(groups: Groups, group: int) -> bool:
    """
    Say whether a server is free.

    Parameters
    ----------
    groups : (group,) structured ndarray
        State.
    group : int
        Group.

    Returns
    -------
    bool
        Whether one is.
    """
    return groups[group].n_busy < groups[group].capacity


@njit(cache=True, forceinline=True)
def refuse(groups: Groups, group: int, direction: int, time_s: float, window_s: float) -> None:
    """
    Count somebody who got no server.

    Parameters
    ----------
    groups : (group,) structured ndarray
        State; changed.
    group : int
        Group.
    direction : int
        ORIGINATING or TERMINATING.
    time_s : float
        Now. [s]
    window_s : float
        Length of the measured window, which begins at 0. [s]
    """
    if 0.0 <= time_s < window_s:
        if direction == ORIGINATING:
            groups[group].n_refused_originating += 1
        else:
            groups[group].n_refused_terminating += 1


@njit(cache=True, forceinline=True)
def seize_circuit(
    groups: Groups, group: int, is_first_choice: bool, time_s: float, window_s: float
) -> bool:
    """
    Seize a circuit if one is free for the call, and count it.

    Parameters
    ----------
    groups : (group,) structured ndarray
        State; changed.
    group : int
        Group.
    is_first_choice : bool
        Whether no other group has turned the call away; if one has, the reserved circuits are not for it.
    time_s : float
        Now. [s]
    window_s : float
        Length of the measured window, which begins at 0. [s]

    Returns
    -------
    bool
        Whether a circuit was free.
    """
    one = groups[group]
    n_kept = 0 if is_first_choice else one.n_reserved
    if one.capacity - one.n_busy > n_kept:
        return seize(groups, group, ORIGINATING, time_s, window_s)
    if 0.0 <= time_s < window_s:
        one.n_refused_originating += 1
    return False


@njit(cache=True, forceinline=True)
def release(groups: Groups, group: int, time_s: float, window_s: float) -> None:
    """
    Release a server.

    Parameters
    ----------
    groups : (group,) structured ndarray
        State; changed.
    group : int
        Group; nothing happens when it is negative.
    time_s : float
        Now. [s]
    window_s : float
        Length of the measured window, which begins at 0. [s]
    """
    if group >= 0:
        account(groups, group, time_s, window_s)
        groups[group].n_busy -= 1


@njit(cache=True, forceinline=True)
def release_circuit(groups: Groups, group: int, time_s: float, window_s: float) -> bool:
    """
    Release a circuit, note it where somebody waits for one, and say so.

    Parameters
    ----------
    groups : (group,) structured ndarray
        State; changed.
    group : int
        Group.
    time_s : float
        Now. [s]
    window_s : float
        Length of the measured window, which begins at 0. [s]

    Returns
    -------
    bool
        Whether somebody waits for a circuit of the group.
    """
    release(groups, group, time_s, window_s)
    if groups[group].is_awaited:
        groups[group].is_freed = 1
        return True
    return False


@njit(cache=True)
def set_capacity(groups: Groups, group: int, capacity: int, time_s: float, window_s: float) -> None:
    """
    Change the servers of a group; those in use stay in use until they are released.

    Parameters
    ----------
    groups : (group,) structured ndarray
        State; changed.
    group : int
        Group.
    capacity : int
        Servers from now on, 0 or more; fewer than are in use means that none is free.
    time_s : float
        Now. [s]
    window_s : float
        Length of the measured window, which begins at 0. [s]
    """
    account(groups, group, time_s, window_s)
    groups[group].capacity = capacity


@njit(cache=True, forceinline=True)
def close_window(groups: Groups, window_s: float) -> None:
    """
    Bring the integrals of every group to the end of the measured window.

    Parameters
    ----------
    groups : (group,) structured ndarray
        State; changed.
    window_s : float
        Length of the measured window, which begins at 0. [s]
    """
    for group in range(len(groups)):
        account(groups, group, max(groups[group].last_s, window_s), window_s)
