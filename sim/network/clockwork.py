"""What every subject of the network knows: the key of the draws, the window, intents to come, and who handles what."""

from typing import NamedTuple

import numpy as np

from sim.compilation.kernels import kernel
from sim.engine.rooms import F8, I4, I8, U1, array, given, make_room, row
from sim.engine.views import view
from sim.network.kinds import Intent as IntentKind
from sim.network.kinds import Kind, Notice, Owner, Pending
from sim.scenario.schema import Scenario
from sim.traffic.calls import Intents
from sim.units import hours_to_seconds
from sim.world.build import World


@row
class RunRules:
    """Parameters of the run."""

    seed: I8 = given("seed")  # key of the draws
    replication: I8  # likewise
    window_s: F8 = given("run.duration_h", hours_to_seconds)  # measured, from 0 on
    origin_s: F8 = given("warmup_h", lambda hours: -hours_to_seconds(hours))  # begin of the run
    settled_s: F8 = given(
        "settle_h", lambda hours: -hours_to_seconds(hours)
    )  # calls over before are not made
    scale: F8 = given("subscribers.scale")  # share of lines that is simulated
    n_cells: I8  # cells; trunk groups come after them among the groups of servers
    n_networks: I8  # mobile networks


@row
class Cursor:
    """Where the loop stands."""

    n_events: I8  # events and intents so far
    intent: I8  # next intent
    planned: I8  # intents before this one have been planned, if they are of a kind that is
    n_open: (
        I8  # calls, bearers, sessions that are not over: while there are any, powers are updated
    )
    n_numbered: I8  # events whose address is a number of their own, so far
    n_pending: I8  # rows that wait for room, of all kinds
    called: I8 = -1  # call that needs operators now
    called_plan: I8 = -1  # place of its plan
    is_freed: I8  # whether a circuit was released for which somebody waits


class Clockwork(NamedTuple):
    """The loop itself."""

    rules: array(RunRules, "one")
    cursor: array(Cursor, "one")
    # Intents of the present window, in the order (time, kind, entity, address).
    time_s: array(F8, "intent")
    kind: array(U1, "intent")
    row: array(I4, "intent")
    address: array(I8, "intent")
    # Handlers, for `call_handler`, and rows that wait.
    on_event: array(I8, "event_kind")
    on_intent: array(I8, "intent_kind")
    on_shed: array(I8, "owner_kind")
    on_notice: array(I8, "notice_kind")
    on_pending: array(I8, "pending_kind")
    n_pending: array(I8, "pending_kind")


clockwork_of = view(Clockwork)


@kernel(inline=True)
def next_number(state: int) -> int:
    """Return the number of the next event that is told apart by one."""
    cursor = clockwork_of(state).cursor
    cursor[0].n_numbered += 1
    return cursor[0].n_numbered


def make_clockwork(scenario: Scenario, world: World, replication: int) -> Clockwork:
    """Return the clockwork at the begin of a run, without intents; its handlers are told by the loop."""
    rules = RunRules.of(  # type: ignore[attr-defined]
        scenario,
        replication=replication,
        n_cells=len(world.cells),
        n_networks=len(world.network_names),
    )
    lengths = {
        "one": 1, "event_kind": len(Kind), "intent_kind": len(IntentKind), "owner_kind": len(Owner),
        "notice_kind": len(Notice),
        "pending_kind": len(Pending),
    }  # fmt: skip
    return make_room(Clockwork, lengths, rules=rules)


def with_intents(clockwork: Clockwork, intents: Intents) -> Clockwork:
    """Return the clockwork with the intents of another window, none of them worked off."""
    clockwork.cursor["intent"] = 0
    clockwork.cursor["planned"] = 0
    return clockwork._replace(
        time_s=np.ascontiguousarray(intents.time_s),
        kind=np.ascontiguousarray(intents.kind),
        row=np.ascontiguousarray(intents.row),
        address=np.ascontiguousarray(intents.address),
    )
