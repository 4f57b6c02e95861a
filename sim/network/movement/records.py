"""What movement came to in the measured window."""

from sim.engine.rooms import State
from sim.network.movement.state import Movement
from sim.tables import Columns


def movement_records(state: State) -> dict[str, Columns]:
    """Return what phones on their way came to; nothing where there are none."""
    movement = state[Movement]
    if not movement.rules["is_on"][0]:
        return {}
    is_moving = (movement.movers["phone"] >= 0) | (movement.movers["flow"] >= 0)
    if is_moving.any() or movement.cells["n_waiting"].any():
        message = "a phone is still on its way at the end of the replication"
        raise AssertionError(message)
    totals = movement.totals
    names = ("n_movers", "n_steps", "moved_m", "moving_s", "n_dropped")
    return {"movement": {name: totals[name].copy() for name in names}}
