"""What stands in a plain exchange: calls, operators, cords, tickets and circuits, with nothing that happens."""

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from itertools import count

from sim.streams import normal_quantile
from sim.switching.tasks import Task
from sim.tables import Outcome

NEEDS_CORD = (Task.ANSWER, Task.CALL_BACK)


def seconds(law, u):
    """The time of a law where its probability is u."""
    if law.kind == "fixed":
        return law.mean_s
    if law.kind == "exponential":
        return law.mean_s * -math.log1p(-u)
    variance = math.log1p(law.cv**2)
    mu = math.log(law.mean_s) - variance / 2.0
    return math.exp(mu + math.sqrt(variance) * normal_quantile(u))


@dataclass(eq=False)
class Call:
    number: int
    entity: int
    index: int
    origin: str
    destination: str
    talk_s: float
    priority: int
    presented_s: float
    on_end: Callable | None
    via: str | None = None
    patience_s: float = math.inf
    waited_s: float = 0.0
    legs: list = field(default_factory=list)
    n_manual: int = 0
    has_line: bool = False
    has_left_first_choice: bool = False
    n_rung_again: int = 0
    is_given_up: bool = False
    answered_s: float | None = None
    ended_s: float | None = None
    outcome: Outcome | None = None
    lost_at: str | None = None

    @property
    def goal(self):
        """Where the call wants to: first to the exchange that it must pass, from there to its line."""
        if self.via is None or self.via in [leg.node for leg in self.legs]:
            return self.destination
        return self.via


@dataclass(eq=False)
class Position:
    number: int
    is_on_duty: bool = False
    is_at_work: bool = False
    n_cords_used: int = 0


@dataclass(eq=False)
class Group:
    name: str
    ends: tuple
    order: int
    n_circuits: int
    n_reserved: int
    n_busy: int = 0
    n_seized: int = 0
    n_refused: int = 0
    on_release: list = field(default_factory=list)

    def is_free(self, is_first_choice):
        n_free = self.n_circuits - self.n_busy
        return n_free > 0 if is_first_choice else n_free > self.n_reserved

    def seize(self, _now_s, is_first_choice):
        if not self.is_free(is_first_choice):
            self.n_refused += 1
            return False
        self.n_busy += 1
        self.n_seized += 1
        return True

    def release(self, _now_s):
        self.n_busy -= 1
        for tell in self.on_release:
            tell()


def groups_of(graph):
    return [
        Group(
            data.get("name") or "-".join(sorted((a, b))),
            (a, b),
            data.get("order", 0),
            data["n_circuits"],
            data.get("n_reserved", 0),
        )
        for a, b, data in graph.edges(data=True)
    ]


@dataclass(eq=False)
class Leg:
    """A call at one exchange of its way; the board is None where there are no operators."""

    call: Call
    number: int
    node: str
    board: "Board | None"
    arrived_s: float
    is_waiting: bool = False
    is_in_work: bool = False
    cord_of: Position | None = None
    circuit: Group | None = None
    next_node: str | None = None
    is_down: bool = False
    begun: list = field(default_factory=list)

    @property
    def laws(self):
        if self.board is None:
            return {}
        times = self.board.plan.times
        return times.originating if self.number == 0 else times.incoming

    @property
    def is_first_manual(self):
        return self is next((leg for leg in self.call.legs if leg.board is not None), None)


@dataclass(eq=False)
class Work:
    """A task that waits for an operator, and the tasks of the same hand that will come after it."""

    leg: Leg
    task: Task
    following: Generator
    is_in_hand: bool = False


@dataclass(eq=False)
class Ticket:
    leg: Leg
    choices: list
    is_called: bool = False


class Board:
    """A manual exchange; both lists are in the order of their times."""

    def __init__(self, plan):
        self.plan = plan
        self.positions = [Position(number) for number in range(plan.n_positions)]
        self.idle = []  # the longest idle first
        self.waiting = []
        self.tickets = []
        self.begun = []  # (time_s, task, position, call)

    def next_for(self, position):
        """The next work that the operator can do; min takes the earliest among equals."""
        has_cord = position.n_cords_used < self.plan.n_cords
        can = [work for work in self.waiting if has_cord or work.task not in NEEDS_CORD]
        return min(can, key=self.urgency, default=None)

    def urgency(self, work):
        if work.is_in_hand:
            return 0, 0
        if work.task is Task.CLEAR and self.plan.clears_first:
            return 1, 0
        return 2, work.leg.call.priority if self.plan.has_priority_lines else 0

    def withdraw(self, leg):
        self.waiting = [work for work in self.waiting if work.leg is not leg]


def hour_of(rota, time_s):
    """The last hour of the rota that has begun."""
    about = math.floor(time_s / 3600.0 + rota.begin_hour)
    return max(hour for hour in range(about - 1, about + 2) if begin_s(rota, hour) <= time_s)


def begin_s(rota, hour):
    return (hour - rota.begin_hour) * 3600.0


def changes_of(rota, time_s):
    """When, how many are on duty from then on, and whether all of them are successors."""
    if len(set(rota.n_by_hour)) == 1 and rota.shift_h == 24:
        return
    for hour in count(hour_of(rota, time_s) + 1):
        n_before, n = (rota.n_by_hour[one % 24] for one in (hour - 1, hour))
        is_shift = hour % rota.shift_h == 0
        if n != n_before or is_shift:
            yield begin_s(rota, hour), n, is_shift
