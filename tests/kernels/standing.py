"""The room of movement with nobody on the way, for states that are written out by hand."""

from sim.engine.rooms import make_room
from sim.network.movement.state import N_PENDING, Movement


def nobody_moves(n_movers=8, **arrays):
    """Room for a few phones on their way, none of which is there."""
    lengths = {"one": 1, "mover": n_movers, "pending": N_PENDING, "row": 16}
    return make_room(Movement, lengths, **arrays)
