"""What data and messages were to each cell."""

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
