"""Calls patched by hand: the loop hands them to operators, and takes them back when they are over."""

import math
from collections.abc import Callable, Iterator
from typing import Protocol

from simpy import Environment

from sim.engine.rooms import State
from sim.network.clockwork import Clockwork
from sim.network.exchanges.by_hand import (
    call_back,
    course_by_hand,
    finish_call,
    release_line,
    seize_callee,
)
from sim.network.exchanges.task_log import TaskLog
from sim.network.trunks.circuits import SharedTrunkGroup
from sim.network.trunks.ways import CONNECTED, Trunks
from sim.network.voice.calls import CALLEE, CALLER
from sim.network.voice.state import Calls
from sim.scenario.schema import Scenario
from sim.scenario.switching_section import Manual
from sim.streams import STREAM_OPERATOR_CALLER_GONE, uniform
from sim.switching.calls import PatchCall
from sim.switching.draws import draws_of_key
from sim.switching.plan import MAGNETO_BOARD, RELAY_BOARD, ExchangePlan, Rota, Service
from sim.switching.routes import Routes
from sim.switching.switchboards import Switchboards
from sim.switching.tasks import exponential, fixed, table_xiv
from sim.tables import FIXED_IDX, Outcome
from sim.traffic.calls import REDIAL_SHIFT
from sim.traffic.profile import start_hour
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR, hours_to_seconds
from sim.world.build import World
from sim.world.exchanges import Exchanges

_PRIORITY, _ORDINARY = 0, 1


class Loop(Protocol):
    """What the operators need of the loop."""

    @property
    def state(self) -> State:
        """Return the live state."""

    def make_room(self) -> None:
        """Make room for a row and an event, due now or later."""

    @property
    def routes(self) -> Routes:
        """Return the routes over the live trunk groups."""


def _key_of(loop: Loop) -> tuple[int, int]:
    """Return seed and replication."""
    rules = loop.state[Clockwork].rules[0]
    return int(rules["seed"]), int(rules["replication"])


class _HandedCall:
    """A call of the loop that operators work."""

    __slots__ = ("callee_row", "is_callee_off", "is_on_line", "p_line", "place", "ring_s", "row")

    def __init__(self, calls: Calls, call: int, place: int, ring_s: float) -> None:
        plan = calls.plans[place]
        self.place = call
        self.row, self.callee_row = int(plan["caller_row"]), int(plan["callee_row"])
        self.p_line, self.is_callee_off = float(plan["p_line"]), bool(plan["is_callee_off"])
        self.ring_s = ring_s
        self.is_on_line = True


class _NetworkLines:
    """Lines of the networks as operators find them."""

    def __init__(self, env: Environment, loop: Loop, p_caller_gone: float) -> None:
        self._env, self._loop, self._p_caller_gone = env, loop, p_caller_gone
        self._key = _key_of(loop)
        self.handed: dict[tuple[int, int], _HandedCall] = {}

    def of(self, call: PatchCall) -> _HandedCall:
        """Return the call of the loop."""
        return self.handed[call.entity, call.index]

    def seize(self, call: PatchCall) -> Outcome | None:
        """Test the called line, and hold it if it is free."""
        one = self.of(call)
        if one.callee_row < 0:
            is_fixed = self._loop.state[Calls].record["destination_idx"][one.place] == FIXED_IDX
            if not is_fixed:
                return Outcome.NO_ROUTE
            return Outcome.CALLEE_BUSY if one.is_callee_off else None
        outcome = seize_callee(
            self._loop.state.address,
            self._env.now,
            one.place,
            one.callee_row,
            one.p_line,
            one.is_callee_off,
        )
        return None if outcome == CONNECTED else Outcome(outcome)

    def ring_s(self, call: PatchCall) -> float:
        """Return how long it rings until somebody answers."""
        return self.of(call).ring_s

    def release(self, call: PatchCall) -> None:
        """Release the called line."""
        one = self.of(call)
        if one.callee_row >= 0:
            release_line(self._loop.state.address, self._env.now, one.place, CALLEE, one.callee_row)

    def hang_up(self, call: PatchCall) -> None:
        """Let the caller hang up, or release the line when all is over."""
        one = self.of(call)
        if one.is_on_line and one.row >= 0:
            release_line(self._loop.state.address, self._env.now, one.place, CALLER, one.row)
        one.is_on_line = False

    def is_caller_there(self, call: PatchCall) -> bool:
        """Say whether the caller answers when called back for a ticket."""
        one = self.of(call)
        if one.row >= 0:
            one.is_on_line = call_back(
                self._loop.state.address, self._env.now, one.place, one.row, call.index
            )
        else:
            u = uniform(*self._key, STREAM_OPERATOR_CALLER_GONE, call.entity, call.index)
            one.is_on_line = u >= self._p_caller_gone
        return one.is_on_line


class Patching:
    """
    Operators of all manual exchanges, working calls that the loop hands over.

    Parameters
    ----------
    env : simpy.Environment
        The clock over the loop.
    scenario : Scenario
        Scenario.
    world : World
        World.
    loop : Loop
        The loop.
    on_cleared : callable
        Called when everything is cleared of a call.

    Attributes
    ----------
    boards : Switchboards
        Exchanges and their counts.
    n_open : int
        Calls for which something is held.
    tasks : TaskLog or None
        What operators did, where that is kept.
    """

    def __init__(
        self,
        env: Environment,
        scenario: Scenario,
        world: World,
        loop: Loop,
        on_cleared: Callable[[], None],
    ) -> None:
        self._env, self._loop, self._on_cleared = env, loop, on_cleared
        self._names = world.exchanges.name
        self._number_of = {name: i for i, name in enumerate(self._names)}
        self._lines = _NetworkLines(env, loop, scenario.fixed.traffic.p_caller_gone)
        self._via = _ways_over_operators(scenario, world)
        manual = scenario.switching.manual
        classes = [one.name for one in scenario.subscribers.classes]
        self._priority_classes = {classes.index(name) for name in manual.priority_classes}
        window = 0.0, hours_to_seconds(scenario.run.duration_h)
        plans = list(exchange_plans(scenario, world.exchanges))
        self.n_open = 0
        rules = scenario.run.records
        self.tasks = None if rules.tasks == "none" else TaskLog(rules, _key_of(loop))
        self.boards = Switchboards(
            env,
            plans,
            draws_of_key(*_key_of(loop)),
            lines=self._lines,
            service=make_service(manual),
            window=window,
            keeps_log=False,
            routes=loop.routes,
            on_task=None if self.tasks is None else self.tasks.add,
        )
        self._awaited = [
            group for group in self.boards.routes.groups if isinstance(group, SharedTrunkGroup)
        ]

    def take(self, call: int, place: int) -> None:
        """Present a call of the loop to the first exchange on its way, now."""
        calls = self._loop.state[Calls]
        record, plan = calls.record[call], calls.plans[place]
        entity, own = int(record["entity"]), int(record["network_idx"])
        address = int(record["index"]) + (int(record["redial"]) << REDIAL_SHIFT)
        called = int(record["destination_idx"])
        ring_s, talk_s = course_by_hand(self._loop.state.address, entity, address)
        ends = own, called
        talk_s *= self._talk_factor(*ends)
        self._lines.handed[entity, address] = _HandedCall(calls, call, place, ring_s)
        is_prior = int(record["class_idx"]) in self._priority_classes
        self.n_open += 1
        self.boards.present(
            entity,
            address,
            self._names[int(plan["origin"])],
            self._names[int(plan["destination"])],
            talk_s,
            priority=_PRIORITY if is_prior else _ORDINARY,
            on_end=self._ended,
            via=self._via.get((ends, int(record["province_idx"]))),
            on_cleared=self._cleared,
        )

    def tell_freed(self) -> None:
        """Tell those who wait for circuits that the loop has released some."""
        for group in self._awaited:
            if group.n_waiting and group.take_freed():
                group.tell_free()

    def _talk_factor(self, own: int, called: int) -> float:
        factor = self._loop.state[Trunks].talk_factor
        n = len(factor) - 1
        return float(factor[min(own, n), min(called, n)])

    def _ended(self, call: PatchCall) -> None:
        """Take a call back that has its outcome."""
        one = self._lines.of(call)
        self._lines.hang_up(call)
        outcome = Outcome.COMPLETED if call.outcome is None else call.outcome
        is_answered = outcome in (Outcome.COMPLETED, Outcome.PATCH_CUT_OFF)
        answer_s = call.answered_s if is_answered and call.answered_s is not None else math.nan
        first = next((hop.trunk for hop in call.hops if hop.trunk is not None), None)
        trunk = first.trunk if isinstance(first, SharedTrunkGroup) else -1
        lost_at = -1 if call.lost_at is None else self._number_of[call.lost_at]
        now_s, n_manual, wait_s = self._env.now, call.n_manual, call.waited_s
        self._loop.make_room()
        finish_call(
            self._loop.state.address, now_s, one.place, int(outcome), answer_s, trunk, n_manual, lost_at, wait_s
        )  # fmt: skip
        del self._lines.handed[call.entity, call.index]

    def _cleared(self, _call: PatchCall) -> None:
        self.n_open -= 1
        self._on_cleared()


def _ways_over_operators(
    scenario: Scenario, world: World
) -> dict[tuple[tuple[int, int], int], str]:
    """Return the exchange that works the calls between two networks by hand, for callers of each province."""
    networks = {network.name: i for i, network in enumerate(scenario.networks)}
    exchanges = world.exchanges
    ways = {}
    for entry in scenario.switching.interconnect:
        if entry.mode != "manual":
            continue
        a, b = (networks.get(name, FIXED_IDX) for name in entry.between)
        nodes = [exchanges.name.index(name) for name in entry.at]
        for province in range(len(world.provinces)):
            near = [node for node in nodes if exchanges.province_idx[node] == province]
            name = exchanges.name[(near or nodes)[0]]
            ways[(a, b), province] = ways[(b, a), province] = name
    return ways


def make_service(manual: Manual) -> Service:
    """Return what callers bear and where operators err."""
    return Service(
        patience=exponential(manual.patience_mean_s),
        p_wrong=manual.p_wrong,
        wrong_talk=fixed(manual.wrong_talk_s),
        p_cut_off=manual.p_cut_off,
        supervise_after_s=manual.supervise_after_s,
        max_re_rings=manual.max_re_rings,
    )


def exchange_plans(scenario: Scenario, exchanges: Exchanges) -> Iterator[ExchangePlan]:
    """Yield how each manual exchange is equipped, staffed and worked."""
    manual = scenario.switching.manual
    hour, offset_s = start_hour(scenario.run.start)
    begin_hour = hour % HOURS_PER_DAY + offset_s / SECONDS_PER_HOUR
    for i in exchanges.is_manual.nonzero()[0].tolist():
        yield ExchangePlan(
            exchanges.name[i],
            Rota(tuple(exchanges.n_operators[i].tolist()), begin_hour, manual.shift_h),
            n_cords=int(exchanges.n_cords[i]),
            times=table_xiv(manual.work_factor, manual.task_cv),
            clears_first=manual.clears_first,
            delay_working=bool(exchanges.works_with_tickets[i]),
            ticket_expiry_s=60.0 * manual.ticket_expiry_min,
            max_waiting=manual.max_waiting,
            notice=MAGNETO_BOARD if manual.notice == "magneto" else RELAY_BOARD,
        )
