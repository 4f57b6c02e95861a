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
    calls, counts = state[Calls], state[Calls].n_intents
    emergency = {"n_attempts": calls.n_emergency, "n_no_coverage": calls.n_emergency_lost}
    return {
        **({"emergency": emergency} if calls.rules["emergency_share"][0] else {}),
        "intents": {
            "n_intents": counts[ALL],
            "n_engaged": counts[ENGAGED],
            "n_avoided": counts[AVOIDED],
        },
    }
