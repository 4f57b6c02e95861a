"""The machine events of a replication: the live state, and the compiled loop that works it."""

import math
from collections.abc import Callable
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from sim.engine.recorder import Recorder
from sim.engine.wheel import grow, n_free
from sim.network.circuits import make_routes
from sim.network.data_build import grow_flows, grow_messages, make_data
from sim.network.data_records import records_of_data
from sim.network.data_state import Data
from sim.network.demand import check_rates, demand_in_busy_hour, demand_in_hour
from sim.network.events import DONE, NEEDS_HUMAN, NO_ROOM, NOT_DUE, next_due_s, run_events
from sim.network.fixed_lines import make_fixed_lines
from sim.network.live import (
    CALLED,
    FLOW_ROWS_LEFT,
    FREED,
    INTENT,
    MESSAGE_ROWS_LEFT,
    N_FREE,
    N_FREE_FLOWS,
    N_FREE_MESSAGES,
    PLACE,
    PLANNED,
    ROW,
    Live,
)
from sim.network.packed import Packed, pack, pack_rules
from sim.network.patching import Patching
from sim.network.radio_build import grow_links, make_radio
from sim.network.records import Records, make_records
from sim.network.source_cells import require_cells
from sim.network.state import N_CALLS, grow_calls, make_live, make_servers
from sim.network.usage import Groups
from sim.network.ways import Ways, make_ways
from sim.radio.coverage import Coverage
from sim.scenario.schema import Scenario
from sim.switching.routes import Routes
from sim.tables import ATTEMPTS, FLOWS, MESSAGES
from sim.traffic.calls import Hour, Intents, Key, draw_intents, no_intents
from sim.traffic.profile import hour_weight
from sim.units import hours_to_seconds
from sim.world.build import World

Progress = Callable[[float, int], None]
"""Called with the simulated time [s] and the number of attempts that have ended."""

_PAUSE_EVENTS = 200_000  # between two looks at progress and Ctrl-C
_PROGRESS_S = 0.1
_BLOCK_ROWS = 1 << 13


class NetworkLoop:
    """
    The machine events of a replication, to be attached to a clock.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    world : World
        World.
    coverage : Coverage
        Coverage of the world.
    replication : int
        Number of the replication.
    bucket_s : float, optional
        Width of the wheel's buckets; it never changes a result. [s]
    on_progress : Progress, optional
        Told how far the loop is, a few times a second.
    """

    def __init__(
        self,
        scenario: Scenario,
        world: World,
        coverage: Coverage,
        replication: int,
        bucket_s: float | None = None,
        on_progress: Progress | None = None,
    ) -> None:
        self._scenario = scenario
        self._world = world
        self._on_progress = on_progress
        self._told_s = monotonic()
        self._recorder = Recorder(ATTEMPTS, _BLOCK_ROWS)
        self._flows = Recorder(FLOWS, _BLOCK_ROWS)
        self._messages = Recorder(MESSAGES, _BLOCK_ROWS)
        require_cells(scenario, world)
        self._demand = demand_in_busy_hour(scenario, world)
        check_rates(self._demand.calls, self._demand.sources, self._demand.exchanges)
        lines = np.bincount(world.subscribers.class_idx, minlength=len(self._demand.calls))
        of_others = self._demand.sources.sum() + self._demand.exchanges.sum()
        intents_per_h = float(np.sum(lines * self._demand.calls) + of_others)
        groups = make_servers(scenario, world)
        window_s = hours_to_seconds(scenario.run.duration_h)
        detour = scenario.switching.max_detour
        self._routes = make_routes(world.exchanges, detour, groups, len(world.cells), window_s)
        self._ways = make_ways(scenario, world.exchanges, self._routes)
        self._fixed = make_fixed_lines(scenario, world)
        block = self._recorder.block
        self._live = make_live(
            scenario, world, coverage, replication, groups, block, intents_per_h, bucket_s
        )
        self._radio = make_radio(scenario, world, coverage, N_CALLS)
        self._data = make_data(
            scenario, world, self._live.cursor, self._flows.block, self._messages.block
        )
        self._intents = no_intents()
        self._rules = pack_rules(self._live.rules)
        self._packed = self._pack()
        self._none_before_s = -math.inf  # known to have no machine events before it
        self._end: Event | None = None
        self._patching: Patching | None = None

    def _pack(self) -> Packed:
        return pack(
            self._rules,
            self._live,
            self._fixed,
            self._ways,
            self._intents,
            self._radio,
            self._data,
        )

    @property
    def ways(self) -> Ways:
        """
        Return the ways over trunk groups.

        Returns
        -------
        Ways
            Ways.
        """
        return self._ways

    @property
    def routes(self) -> Routes:
        """
        Return the routes over the live trunk groups.

        Returns
        -------
        Routes
            Routes.
        """
        return self._routes

    @property
    def live(self) -> Live:
        """
        Return the live state.

        Returns
        -------
        Live
            State; valid until the loop runs again.
        """
        return self._live

    @property
    def packed(self) -> Packed:
        """
        Return the live state for compiled code that adds neither a row nor an event.

        Returns
        -------
        Packed
            State; valid until the loop runs again.
        """
        return self._packed

    def packed_with_room(self) -> Packed:
        """
        Return the live state for compiled code that may add a row and an event, due now or later.

        Returns
        -------
        Packed
            State, with room for a row and an event; valid until the loop runs again.
        """
        self._none_before_s = -math.inf
        self._make_room()
        return self._packed

    def attach_operators(self, patching: Patching) -> None:
        """
        Let operators work the calls that need them.

        Parameters
        ----------
        patching : Patching
            The operators.
        """
        self._patching = patching

    @property
    def groups(self) -> Groups:
        """
        Return the channels of cells and the circuits of trunk groups, live.

        Returns
        -------
        (group,) structured ndarray
            State; the same array for as long as the loop lives.
        """
        return self._live.groups

    @property
    def key(self) -> Key:
        """
        Return the key of the replication's draws.

        Returns
        -------
        Key
            Seed and replication.
        """
        return self._live.rules.key

    def draw_intents(self, hour: Hour) -> Intents:
        """
        Return the intents of a part of an hour, as the scenario's traffic has them.

        Parameters
        ----------
        hour : Hour
            Which part of which hour.

        Returns
        -------
        Intents
            Intents in their order.
        """
        lines = self._world.subscribers
        weight = hour_weight(self._scenario.traffic.profile, hour.hour)
        return draw_intents(
            self._live.rules.key,
            hour,
            lines.subscriber_id,
            lines.class_idx,
            lines.device_idx,
            demand_in_hour(self._demand, weight),
        )

    def add_intents(self, intents: Intents) -> None:
        """
        Give the loop its next intents.

        Parameters
        ----------
        intents : Intents
            Intents in the order (time, kind, entity, address), later than all before.

        Raises
        ------
        ValueError
            If intents given before have not been worked off.
        """
        cursor = self._live.cursor
        n_left = len(self._intents.time_s) - int(cursor[INTENT])
        if n_left:
            message = (
                f"{n_left} intents are left over; let the clock run to the first of the new ones"
            )
            raise ValueError(message)
        self._intents = intents
        cursor[INTENT] = 0
        cursor[PLANNED] = 0
        self._packed = self._pack()
        self._none_before_s = -math.inf

    def next_time_s(self) -> float:
        """
        Return when the next machine event is due.

        Returns
        -------
        float
            Time of the next machine event, infinite when there is none. [s]
        """
        return float(next_due_s(self._packed))

    def advance(self, until_s: float) -> float | None:
        """
        Run machine events in their order.

        Parameters
        ----------
        until_s : float
            Events at this time or later stay. [s]

        Returns
        -------
        float or None
            `until_s`, or the time at which a human is needed; None when nothing was due. [s]
        """
        if until_s <= self._none_before_s:
            return None
        has_run = False
        while True:
            status = run_events(self._packed, until_s, _PAUSE_EVENTS)
            if status <= DONE:
                self._none_before_s = until_s
                if status == NOT_DUE and not has_run:
                    return None
                self.end_if_dry()
                return until_s
            has_run = True
            if status == NEEDS_HUMAN:
                return self._human_s()
            if status == NO_ROOM:
                self._make_room()
            self._tell_progress()

    def _human_s(self) -> float:
        """Return when a human was needed: the begin of the call, or the last release of a circuit."""
        live = self._live
        call = live.cursor[CALLED]
        if call >= 0:
            return float(live.record["time_s"][call])
        return float(live.groups["last_s"][live.groups["is_freed"] == 1].max())

    def hand_over(self) -> None:
        """
        Give the operators the call that needs them, and tell them of circuits for which somebody waits.

        Raises
        ------
        RuntimeError
            If there are no operators.
        """
        if self._patching is None:
            message = "a call needs an operator, and there are none; attach some"
            raise RuntimeError(message)
        cursor = self._live.cursor
        call, cursor[CALLED] = int(cursor[CALLED]), -1
        if cursor[FREED]:
            cursor[FREED] = 0
            self._patching.tell_freed()
        if call >= 0:
            self._patching.take(call, int(cursor[PLACE]))

    def end_if_dry(self) -> None:
        """Let the event of the end happen if nothing is left: no machine event, and no call with operators."""
        is_open = self._patching is not None and self._patching.n_open > 0
        if (
            self._end is not None
            and not self._end.triggered
            and not is_open
            and self.next_time_s() == math.inf
        ):
            self._end.succeed()

    def end_with(self, event: Event) -> None:
        """
        Let an event happen when the last machine event is done; no more intents will be given.

        Parameters
        ----------
        event : Event
            Event that nobody has triggered yet.
        """
        self._end = event
        self.end_if_dry()

    def _make_room(self) -> None:
        live = self._live
        if live.cursor[ROW] == len(live.block):
            self._recorder.hand_over(len(live.block))
            live.cursor[ROW] = 0
        while n_free(live.wheel) < live.rules.n_spare_events:
            live = live._replace(wheel=grow(live.wheel))
        if live.cursor[N_FREE] == 0:
            live = grow_calls(live)
            self._radio = grow_links(self._radio)
        data = self._with_room_for_data(live.cursor)
        if live is not self._live or data is not self._data:
            self._live, self._data = live, data
            self._packed = self._pack()

    def _with_room_for_data(self, cursor: NDArray[np.int64]) -> Data:
        """Return the state of data and messages with room for one more of each, and for its row."""
        data = self._data
        if cursor[FLOW_ROWS_LEFT] == 0:
            self._flows.hand_over(len(data.block))
            cursor[FLOW_ROWS_LEFT] = len(data.block)
        if cursor[MESSAGE_ROWS_LEFT] == 0:
            self._messages.hand_over(len(data.message_block))
            cursor[MESSAGE_ROWS_LEFT] = len(data.message_block)
        if cursor[N_FREE_FLOWS] == 0:
            data = grow_flows(data, cursor)
        if cursor[N_FREE_MESSAGES] == 0:
            data = grow_messages(data, cursor)
        return data

    def _tell_progress(self) -> None:
        if self._on_progress is None or monotonic() < self._told_s + _PROGRESS_S:
            return
        self._told_s = monotonic()
        cursor = self._live.cursor
        if cursor[INTENT] < len(self._intents.time_s):
            self._on_progress(
                float(self._intents.time_s[cursor[INTENT]]),
                self._recorder.n_rows + int(cursor[ROW]),
            )

    def records(self) -> Records:
        """
        Return what happened, when every call has ended.

        Returns
        -------
        Records
            Records of the replication.
        """
        records = make_records(self._live, self._radio, self._recorder)
        data = records_of_data(self._data, records.window_s)
        if not data:
            return records
        cursor = self._live.cursor
        self._flows.hand_over(len(self._data.block) - int(cursor[FLOW_ROWS_LEFT]))
        self._messages.hand_over(len(self._data.message_block) - int(cursor[MESSAGE_ROWS_LEFT]))
        cursor[FLOW_ROWS_LEFT] = len(self._data.block)
        cursor[MESSAGE_ROWS_LEFT] = len(self._data.message_block)
        return records.with_tables(
            flows=self._flows.columns(), messages=self._messages.columns(), data_cells=data
        )
