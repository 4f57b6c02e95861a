"""What is to be known of telephone calls at the end of a replication."""

from sim.engine.rooms import State
from sim.network.lines import Lines
from sim.network.voice.state import ALL, AVOIDED, ENGAGED, Calls
from sim.tables import Columns


def voice_records(state: State) -> dict[str, Columns]:
    """Return the counts of intents; attempts stand in the log."""
    if state[Lines].n_calls.any():
        message = "a line is still engaged at the end of the replication"
        raise AssertionError(message)
    counts = state[Calls].n_intents
    return {
        "intents": {
            "n_intents": counts[ALL],
            "n_engaged": counts[ENGAGED],
            "n_avoided": counts[AVOIDED],
        }
    }
