"""What data and messages were to each cell."""

from sim.engine.rooms import State
from sim.network.clockwork import Clockwork
from sim.network.data.state import Data, DataCell
from sim.network.messages.state import Messages, SignallingCell
from sim.tables import Columns

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


def data_records(state: State) -> dict[str, Columns]:
    """
    Return what data and messages were to each cell.

    CELL_COLUMNS as `data_cells`; empty where nobody asks for data or sends messages.
    """
    rules, data, messages = state[Clockwork].rules[0], state[Data], state[Messages]
    if not (data.rules["is_wanted"][0] or messages.rules["is_wanted"][0]):
        return {}
    n_cells, window_s = int(rules["n_cells"]), float(rules["window_s"])
    # A room that nobody wants has no cells.
    cells = data.cells if data.rules["is_wanted"][0] else DataCell.new(n_cells)  # type: ignore[attr-defined]
    signalling = (
        messages.cells if messages.rules["is_wanted"][0] else SignallingCell.new(n_cells)  # type: ignore[attr-defined]
    )
    if cells["flows"]["value"].any() or signalling["busy"]["value"].any():
        message = "a flow or a message still holds something at the end"
        raise AssertionError(message)
    columns = (
        cells["active"]["sum_s"] / window_s,
        cells["flows"]["sum_s"] / window_s,
        cells["hsdpa_w_s"] / window_s,
        cells["sent_bps"]["sum_s"].copy(),
        cells["bearer_s"] / window_s,
        cells["bearer_bit"].copy(),
        cells["run_bit"].copy(),
        signalling["busy"]["sum_s"] / window_s,
        signalling["n_refused"].copy(),
    )
    return {"data_cells": dict(zip(CELL_COLUMNS, columns, strict=True))}
