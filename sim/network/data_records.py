"""What data and messages were to each cell."""

import numpy as np
from numpy.typing import NDArray

from sim.network.data_state import Data

CELL_COLUMNS = (
    "hsdpa_active_share", "hsdpa_flows", "hsdpa_power_w", "hsdpa_bit", "bearer_erl", "bearer_bit", "run_bit",
    "signalling_busy", "n_signalling_refused",
)  # fmt: skip
"""
Columns of `Records.data_cells`, over the measured window but for `run_bit`.

hsdpa_active_share: share of time with a flow that is served; hsdpa_flows: mean flows over HSDPA; hsdpa_power_w: mean
power sent to them, as at the updates [W]; hsdpa_bit: what they were sent [bit]; bearer_erl: mean Release 99 bearers of
phones whose first-ranked cell it is; bearer_bit: what they carried [bit]; run_bit: both from begin to end of the run,
warm-up and run-out included [bit]; signalling_busy: mean signalling channels that messages hold;
n_signalling_refused: tries that found none.
"""


def records_of_data(data: Data, window_s: float) -> dict[str, NDArray[np.generic]]:
    """
    Return what data and messages were to each cell.

    Parameters
    ----------
    data : Data
        State at the end.
    window_s : float
        Length of the measured window. [s]

    Returns
    -------
    dict of str to (cell,) ndarray
        CELL_COLUMNS; empty without data and messages.

    Raises
    ------
    AssertionError
        If a flow or a message still holds something.
    """
    if len(data.rules) == 0:
        return {}
    cells = data.cells
    if cells["n_flows"].any() or cells["n_signalling_busy"].any():
        message = "a flow or a message still holds something at the end"
        raise AssertionError(message)
    columns = (
        cells["active_s"] / window_s,
        cells["flow_s"] / window_s,
        cells["hsdpa_w_s"] / window_s,
        cells["hsdpa_bit"].copy(),
        cells["bearer_s"] / window_s,
        cells["bearer_bit"].copy(),
        cells["run_bit"].copy(),
        cells["signalling_s"] / window_s,
        cells["n_signalling_refused"].copy(),
    )
    return dict(zip(CELL_COLUMNS, columns, strict=True))
