"""How a call is worked: what each finished task brings about, and which one follows."""

from collections.abc import Callable, Mapping

from simpy import Environment

from sim.switching.calls import Hop
from sim.switching.course import Courses
from sim.switching.draws import MAX_HOPS
from sim.switching.ledger import Happening
from sim.switching.lines import Lines
from sim.switching.plan import Service
from sim.switching.routes import Choice, Routes
from sim.switching.tasks import Task
from sim.switching.tickets import TicketDesk
from sim.tables import Outcome


class Procedure:
    """The way of working, the same at every exchange; an automatic exchange does everything at once."""

    def __init__(
        self,
        env: Environment,
        courses: Courses,
        routes: Routes,
        lines: Lines,
        service: Service,
        desks: Mapping[str, TicketDesk],
    ) -> None:
        self._env, self._courses, self._routes, self._lines = env, courses, routes, lines
        self._service, self._desks = service, desks  # of the exchanges that work with tickets
        self._steps: dict[Task, Callable[[Hop], Task | None]] = {
            **_SURE,
            Task.TEST_LINE: self._line_tested,
            Task.TEST_TRUNK: self._trunk_tested,
            Task.RING: self._rung,
            Task.SUPERVISE: self._supervised,
            Task.RE_RING: self._rung_again,
            Task.REPORT: self._reported,
            Task.TICKET: self._ticket_written,
            Task.CALL_BACK: self._called_back,
            Task.CLEAR: self._courses.clear,
        }

    def may_begin(self, hop: Hop, task: Task) -> bool:
        """Say whether a task can be begun, and seize what it needs."""
        if task is Task.ANSWER:
            self._courses.stop_waiting(hop, is_answered=True)
        elif task is Task.CALL_BACK:
            desk = self._desks[hop.node]
            if not self._seize(hop, desk.choices(hop)):
                _queue_call_back(desk.put_back(hop))
                return False
            desk.begin(hop)
            self._courses.write(Happening.TICKET_CLOSED, hop)
        return True

    def after(self, hop: Hop, task: Task) -> Task | None:
        """
        Do what a finished task brings about; tasks that nobody does are passed over.

        What the operator does next for the same call, None when the call is out of hand.
        """
        while True:
            following: Task | None
            if hop.call.outcome is not None and task is not Task.CLEAR:
                following = Task.CLEAR
            else:
                following = self._steps[task](hop)
            if following is None or following in hop.laws:
                return following
            task = following

    def foreseen(self, hop: Hop, task: Task) -> Task | None:
        """Return what is sure to follow a task whatever happens meanwhile, None where that is to be seen."""
        while hop.call.outcome is None and (step := _SURE.get(task)) is not None:
            task = step(hop)
            if task in hop.laws:
                return task
        return None

    def _line_tested(self, hop: Hop) -> Task:
        call = hop.call
        call.reason = self._lines.seize(call)
        call.has_line = call.reason is None
        return Task.PLUG if call.has_line else Task.REPORT

    def _trunk_tested(self, hop: Hop) -> Task:
        call = hop.call
        choices = self._choices(hop)
        if not choices or hop.number + 1 >= MAX_HOPS:
            call.reason = Outcome.NO_ROUTE
            return Task.REPORT
        desk = self._desks.get(hop.node) if hop.supervises else None
        if (desk is None or not desk.has_ticket_for(choices)) and self._seize(hop, choices):
            return Task.PASS
        if desk is not None:
            return Task.TICKET
        call.reason = Outcome.BLOCKED_TRUNK
        return Task.REPORT

    def _choices(self, hop: Hop) -> tuple[Choice, ...]:
        """Return the trunk groups over which a call may leave."""
        visited = (before.node for before in hop.call.hops[: hop.number])
        return self._routes.choices(visited, hop.node, hop.call.goal)

    def _seize(self, hop: Hop, choices: tuple[Choice, ...]) -> bool:
        call = hop.call
        for choice in choices:
            group = choice.group
            if group.seize(self._env.now, choice.is_first and not call.is_rerouted):
                self._courses.write(Happening.TRUNK_SEIZED, hop, group.number)
                hop.trunk, hop.next_node = group, choice.to
                call.is_rerouted = call.is_rerouted or not choice.is_first
                return True
            self._courses.write(Happening.TRUNK_REFUSED, hop, group.number)
        return False

    def _rung(self, hop: Hop) -> None:
        # The destination may lie on the way to an exchange through which the call has to go first.
        if hop.trunk is None:
            self._courses.ring(hop.call)
        else:
            self._courses.arrive(hop.call, hop.next_node)

    def _supervised(self, hop: Hop) -> Task | None:
        call = hop.call
        if call.is_answered:
            return None
        if call.n_re_rings < self._service.max_re_rings and Task.RE_RING in hop.laws:
            call.n_re_rings += 1
            return Task.RE_RING
        call.is_given_up = True
        call.reason = Outcome.NO_ANSWER
        return Task.REPORT

    def _rung_again(self, hop: Hop) -> None:
        if not hop.call.is_answered:
            self._courses.look_later(hop.call)

    def _reported(self, hop: Hop) -> Task:
        call = hop.call
        if call.reason is None:
            message = f"call {call.number} is reported without a reason"
            raise RuntimeError(message)
        lost_at = call.destination if call.reason is Outcome.NO_ANSWER else hop.node
        self._courses.end(call, call.reason, lost_at, in_hand=hop)
        return Task.CLEAR

    def _ticket_written(self, hop: Hop) -> None:
        call = hop.call
        self._courses.write(Happening.TICKET_WRITTEN, hop)
        self._lines.hang_up(call)
        if hop.exchange is not None:
            hop.exchange.free_cord(hop)
        self._desks[hop.node].write(hop, self._choices(hop))

    def _called_back(self, hop: Hop) -> Task:
        if self._lines.is_caller_there(hop.call):
            return Task.PASS
        self._courses.end(hop.call, Outcome.CALLER_ABANDONED, hop.node, in_hand=hop)
        return Task.CLEAR


def _queue_call_back(hop: Hop | None) -> None:
    """Let a call-back wait; the operator who asked is still looking for work, so nobody else is told."""
    if hop is not None and hop.exchange is not None:
        hop.exchange.queue(hop, Task.CALL_BACK)


def _test(hop: Hop) -> Task:
    call = hop.call
    is_there = hop.node == call.destination and call.goal == call.destination
    return Task.TEST_LINE if is_there else Task.TEST_TRUNK


_SURE: dict[Task, Callable[[Hop], Task]] = {
    Task.ANSWER: lambda _: Task.NUMBER,
    Task.NUMBER: _test,
    Task.PASS: lambda _: Task.PLUG,
    Task.PLUG: lambda _: Task.RING,
}
"""Tasks of which is known when they begin what follows them."""
