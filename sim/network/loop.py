"""The machine events of a replication: the live state, and the compiled loop that works it."""

import math
from collections.abc import Callable, Mapping
from time import monotonic
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from sim.compilation.kernels import handler_address, load_entries
from sim.engine.pools import N_SPARE_ROWS
from sim.engine.recorder import Recorder
from sim.engine.rooms import Log, State, arrays_of
from sim.engine.wheel import Wheel
from sim.network.clockwork import Clockwork, with_intents
from sim.network.demand import check_rates, demand_in_busy_hour, demand_in_hour
from sim.network.dispatch import (
    DONE,
    NEEDS_HUMAN,
    NO_ROOM,
    NOT_DUE,
    is_roomy,
    next_due_s,
    run_events,
)
from sim.network.exchanges.patching import Patching
from sim.network.kinds import Intent, Kind, Notice, Owner, Pending, handlers
from sim.network.records import Records
from sim.network.servers import Servers
from sim.network.source_cells import require_cells
from sim.network.subjects import LAYOUT, SUBJECTS, Setting
from sim.network.voice.state import Calls
from sim.radio.coverage import Coverage
from sim.scenario.schema import Scenario
from sim.switching.routes import Routes
from sim.tables import Columns, record_key
from sim.traffic.calls import Hour, Intents, Key, draw_intents
from sim.traffic.profile import hour_weight
from sim.world.build import World

Progress = Callable[[float, int], None]
"""Called with the simulated time [s] and the number of attempts that have ended."""

OnRows = Mapping[str, Callable[[Columns], None]]
"""Who reads rows while the loop goes on, by the key of their records."""

SLICE_ROWS = 1 << 20
"""Rows that are kept in memory at most, where somebody reads them while the loop goes on."""

_PAUSE_EVENTS = 200_000  # between two looks at progress and Ctrl-C
_PROGRESS_S = 0.1
_BLOCK_ROWS = 1 << 13
_POOLS = [
    (room, name, spec.names[0])
    for room in LAYOUT.rooms
    for name, spec in arrays_of(room).items()
    if spec.kind == "pool"
]


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
    on_rows : mapping of str to callable, optional
        Told of rows, by the key of their records: whenever `SLICE_ROWS` have come they are handed over, and forgotten.

    Attributes
    ----------
    state : State
        The live state.
    routes : Routes
        Routes over the live trunk groups.
    key : Key
        Key of the replication's draws.
    """

    def __init__(
        self,
        scenario: Scenario,
        world: World,
        coverage: Coverage,
        replication: int,
        bucket_s: float | None = None,
        on_progress: Progress | None = None,
        on_rows: OnRows = MappingProxyType({}),
    ) -> None:
        self._on_rows = on_rows
        self._scenario = scenario
        self._world = world
        self._on_progress = on_progress
        self._told_s = monotonic()
        require_cells(scenario, world)
        self._demand = demand_in_busy_hour(scenario, world)
        check_rates(self._demand.calls, self._demand.sources, self._demand.exchanges)
        lines = np.bincount(world.subscribers.class_idx, minlength=len(self._demand.calls))
        of_others = self._demand.sources.sum() + self._demand.exchanges.sum()
        intents_per_h = float(np.sum(lines * self._demand.calls) + of_others)
        self.key = Key(scenario.seed, replication)
        self.state = State(LAYOUT)
        setting = Setting(
            scenario, world, coverage, replication, self.state, intents_per_h, bucket_s
        )
        for subject in SUBJECTS:
            self.state.put(subject.make(setting))
        self.state.check()
        assert setting.routes is not None
        self.routes: Routes = setting.routes
        self._recorders = self._make_recorders()
        self._tell_handlers()
        for subject in SUBJECTS:
            if subject.begin is not None:
                subject.begin(setting)
        self._none_before_s = -math.inf  # known to have no machine events before it
        self._end: Event | None = None
        self._patching: Patching | None = None

    def _make_recorders(self) -> dict[tuple[type, str], Recorder]:
        """Put the block of a recorder into each log."""
        recorders = {}
        for room in LAYOUT.rooms:
            for name, spec in arrays_of(room).items():
                if spec.table is None:
                    continue
                recorder = Recorder(spec.table, _BLOCK_ROWS)
                log = Log(recorder.block, np.zeros(1, np.int64))
                self.state.put(self.state[room]._replace(**{name: log}))
                recorders[room, name] = recorder
        return recorders

    def _tell_handlers(self) -> None:
        """Write the addresses of all handlers into the clockwork."""
        clockwork = self.state[Clockwork]
        for array, table in (
            (clockwork.on_event, Kind),
            (clockwork.on_intent, Intent),
            (clockwork.on_shed, Owner),
            (clockwork.on_notice, Notice),
            (clockwork.on_pending, Pending),
        ):
            found = handlers(table)
            load_entries(found)
            array[:] = [handler_address(handler) for handler in found]

    def make_room(self) -> None:
        """Make room for whatever an event may add, due now or later."""
        self._none_before_s = -math.inf
        if not is_roomy(self.state.address):
            self._grow()

    def attach_operators(self, patching: Patching) -> None:
        """Let operators work the calls that need them."""
        self._patching = patching

    def draw_intents(self, hour: Hour) -> Intents:
        """Return the intents of a part of an hour, as the scenario's traffic has them."""
        lines = self._world.subscribers
        weight = hour_weight(self._scenario.traffic.profile, hour.hour)
        return draw_intents(
            self.key,
            hour,
            lines.subscriber_id,
            lines.class_idx,
            lines.device_idx,
            demand_in_hour(self._demand, weight),
        )

    def add_intents(self, intents: Intents) -> None:
        """Give the loop its next intents."""
        cursor = self.state[Clockwork].cursor[0]
        n_left = len(self.state[Clockwork].time_s) - int(cursor["intent"])
        if n_left:
            message = (
                f"{n_left} intents are left over; let the clock run to the first of the new ones"
            )
            raise ValueError(message)
        self.state.put(with_intents(self.state[Clockwork], intents))
        self._none_before_s = -math.inf

    def next_time_s(self) -> float:
        """
        Return when the next machine event is due.

        Time of the next machine event, infinite when there is none [s].
        """
        return float(next_due_s(self.state.address))

    def advance(self, until_s: float) -> float | None:
        """
        Run machine events in their order.

        `until_s`, or the time at which a human is needed; None when nothing was due [s].
        """
        if until_s <= self._none_before_s:
            return None
        has_run = False
        while True:
            status = run_events(self.state.address, until_s, _PAUSE_EVENTS)
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
                self._grow()
            self._tell_progress()

    def _human_s(self) -> float:
        """Return when a human was needed: the begin of the call, or the last release of a circuit."""
        call = int(self.state[Clockwork].cursor["called"][0])
        if call >= 0:
            return float(self.state[Calls].record["time_s"][call])
        groups = self.state[Servers].groups
        return float(groups["busy"]["last_s"][groups["is_freed"] == 1].max())

    def hand_over(self) -> None:
        """Give the operators the call that needs them, and tell them of circuits for which somebody waits."""
        if self._patching is None:
            message = "a call needs an operator, and there are none; attach some"
            raise RuntimeError(message)
        cursor = self.state[Clockwork].cursor[0]
        call, cursor["called"] = int(cursor["called"]), -1
        if cursor["is_freed"]:
            cursor["is_freed"] = 0
            self._patching.tell_freed()
        if call >= 0:
            self._patching.take(call, int(cursor["called_plan"]))

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
        """Let an event happen when the last machine event is done; no more intents will be given."""
        self._end = event
        self.end_if_dry()

    def _grow(self) -> None:
        """Hand over the rows of full logs, and double the axes of pools that have too few places."""
        for (room, name), recorder in self._recorders.items():
            log = getattr(self.state[room], name)
            if log.n[0] + N_SPARE_ROWS > len(log.rows):
                recorder.hand_over(int(log.n[0]))
                log.n[0] = 0
                on_rows = self._on_rows.get(record_key(recorder.table))
                if on_rows is not None and recorder.n_rows >= SLICE_ROWS:
                    on_rows(recorder.columns())
                    recorder.forget()
        for room, name, axis in _POOLS:
            while _is_short(getattr(self.state[room], name)):
                self.state.grow(room, axis)
        for subject in SUBJECTS:
            if subject.grown is not None:
                subject.grown(self.state)

    def _tell_progress(self) -> None:
        if self._on_progress is None or monotonic() < self._told_s + _PROGRESS_S:
            return
        self._told_s = monotonic()
        clockwork = self.state[Clockwork]
        i = int(clockwork.cursor["intent"][0])
        if i < len(clockwork.time_s):
            n_rows = int(self.state[Calls].ended.n[0])
            recorder = self._recorders[Calls, "ended"]
            n_ended = recorder.n_before + recorder.n_rows + n_rows
            self._on_progress(float(clockwork.time_s[i]), n_ended)

    def records(self) -> Records:
        """Return what happened, when every call has ended."""
        clockwork = self.state[Clockwork]
        if self.state[Wheel].hand["n_events"][0] or clockwork.cursor["n_open"][0]:
            message = "an event, a call or a session is left at the end of the replication"
            raise AssertionError(message)
        tables: dict[str, Columns] = {}
        is_simulated = set()
        for subject in SUBJECTS:
            own = {} if subject.records is None else subject.records(self.state)
            tables |= own
            if own:
                is_simulated.add(subject.room)
        for (room, name), recorder in self._recorders.items():
            log = getattr(self.state[room], name)
            recorder.hand_over(int(log.n[0]))
            log.n[0] = 0
            if recorder.n_before or recorder.n_rows or room in is_simulated:
                tables[record_key(recorder.table)] = recorder.columns()
        window_s, n_events = clockwork.rules["window_s"][0], clockwork.cursor["n_events"][0]
        return Records(float(window_s), int(n_events), tables)


def _is_short(places: NDArray[np.int32]) -> bool:
    """Say whether a pool has fewer free places than an event may take."""
    return bool(places[0] < places[1])
