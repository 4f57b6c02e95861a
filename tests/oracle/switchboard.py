"""
A plain, slow SimPy model of manual exchanges: the rules of docs/switching.md once more.

What an operator does for a call is written down as it is done, task after task: `set_up`, `call_back`, `look`, `clear`.
An operator takes such work up, does one task after the other, and leaves what is not done when the shift is over to
somebody who goes on from there. Work waits in a list that is searched from its begin. Draws are at the same addresses
as in the simulator; whatever takes no time happens at once.
"""

import math
from functools import partial

from sim.streams import (
    STREAM_OPERATOR_ANSWER,
    STREAM_OPERATOR_CALLER_GONE,
    STREAM_OPERATOR_CUT_OFF,
    STREAM_OPERATOR_LINE_ANSWER,
    STREAM_OPERATOR_LINE_BUSY,
    STREAM_OPERATOR_LINE_RING,
    STREAM_OPERATOR_NOTICE,
    STREAM_OPERATOR_PATIENCE,
    STREAM_OPERATOR_WRONG,
    STREAM_OPERATOR_WRONG_TALK,
    uniform,
)
from sim.switching.tasks import Task
from sim.tables import Outcome
from tests.oracle.boards import (
    NEEDS_CORD,
    Board,
    Call,
    Leg,
    Ticket,
    Work,
    changes_of,
    hour_of,
    seconds,
)

MOST_EXCHANGES = 16  # on the way of a call


class PlainLines:
    """Lines without a memory: engaged, answered and called back by the call's own draws."""

    def __init__(self, key, ring, p_busy=0.0, p_answer=1.0, p_caller_gone=0.0):
        self.key, self.ring = key, ring
        self.p_busy, self.p_answer, self.p_caller_gone = p_busy, p_answer, p_caller_gone

    def draw(self, stream, call):
        return uniform(*self.key, stream, call.entity, call.index)

    def seize(self, call):
        is_busy = self.draw(STREAM_OPERATOR_LINE_BUSY, call) < self.p_busy
        return Outcome.CALLEE_BUSY if is_busy else None

    def ring_s(self, call):
        if self.draw(STREAM_OPERATOR_LINE_ANSWER, call) < self.p_answer:
            return seconds(self.ring, self.draw(STREAM_OPERATOR_LINE_RING, call))
        return math.inf

    def release(self, call):
        pass

    def hang_up(self, call):
        """Nothing is known of the callers' own lines."""

    def is_caller_there(self, call):
        return not self.draw(STREAM_OPERATOR_CALLER_GONE, call) < self.p_caller_gone


class PlainBoards:
    """Exchanges with plans, automatic ones between them, and the calls through them."""

    def __init__(self, env, plans, key, routes, lines, service):
        self.env, self.key, self.lines, self.service = env, key, lines, service
        self.routes, self.groups = routes, routes.groups
        for group in self.groups:
            group.on_release.append(partial(self.tell_free, group))
        self.n_presented = 0
        self.boards = {plan.name: Board(plan) for plan in plans}
        for board in self.boards.values():
            rota = board.plan.rota
            self.staff(board, rota.n_by_hour[hour_of(rota, env.now) % 24], is_shift=False)
            self.start(self.keep_rota(board))

    def start(self, steps):
        """Start a process; what it does before it first waits is done at once."""
        first = next(steps, None)
        if first is not None:
            self.env.process(go_on(first, steps))

    def draw(self, stream, call):
        return uniform(*self.key, stream, call.entity, call.index)

    def draw_at(self, leg, stream, n_before):
        """A draw for one exchange of the call, and for one of several times that it is needed there."""
        index = leg.call.index + leg.number * 2**56 + min(n_before, 7) * 2**60
        return uniform(*self.key, stream, leg.call.entity, index)

    # --- callers

    def present(
        self, entity, index, origin, destination, talk_s, priority=1, on_end=None, via=None
    ):
        call = Call(
            self.n_presented, entity, index, origin, destination, talk_s, priority, self.env.now, on_end, via
        )  # fmt: skip
        self.n_presented += 1
        if self.service.patience is not None:
            u = self.draw(STREAM_OPERATOR_PATIENCE, call)
            call.patience_s = seconds(self.service.patience, u)
        self.arrive(call, origin)
        return call

    def arrive(self, call, node):
        board = self.boards.get(node)
        leg = Leg(call, len(call.legs), node, board, self.env.now)
        call.legs.append(leg)
        if board is None:
            next_task(leg, self.set_up(leg))  # no task has an operator here, so all are done
            return
        call.n_manual += 1
        leg.is_waiting = True
        self.put(leg, self.set_up(leg))
        most = board.plan.max_waiting
        n_waiting = sum(work.task is Task.ANSWER for work in board.waiting)
        if leg.is_waiting and most is not None and n_waiting > most:
            self.stop_waiting(leg)
            self.end(call, Outcome.PATCH_REFUSED, node)
        elif leg.is_waiting and call.patience_s < math.inf:
            self.start(self.lose_patience(leg))

    def lose_patience(self, leg):
        """Patience is for all waits of a call together."""
        yield self.env.timeout(max(0.0, leg.call.patience_s - leg.call.waited_s))
        if leg.is_waiting:
            self.stop_waiting(leg)
            # An operator who is idle while a call waits has no cord for it.
            outcome = Outcome.PATCH_NO_CORD if leg.board.idle else Outcome.PATCH_ABANDONED
            self.end(leg.call, outcome, leg.node)

    def stop_waiting(self, leg):
        leg.is_waiting = False
        leg.call.waited_s += self.env.now - leg.arrived_s
        leg.board.withdraw(leg)

    # --- what an operator does for a call

    def set_up(self, leg):
        call = leg.call
        yield Task.ANSWER
        yield Task.NUMBER
        if leg.node == call.goal:
            yield Task.TEST_LINE
            reason = self.lines.seize(call)
            if reason is not None:
                yield from self.report(leg, reason, leg.node)
                return
            call.has_line = True
        else:
            yield Task.TEST_TRUNK
            choices = self.choices(leg)
            if not choices or len(call.legs) == MOST_EXCHANGES:
                yield from self.report(leg, Outcome.NO_ROUTE, leg.node)
                return
            has_tickets = leg.is_first_manual and leg.board.plan.delay_working
            is_next = not has_tickets or not is_awaited(leg.board, choices)
            if not is_next or not self.seize(leg, choices):
                if has_tickets:
                    yield Task.TICKET
                    self.write_ticket(leg, choices)
                else:
                    yield from self.report(leg, Outcome.BLOCKED_TRUNK, leg.node)
                return
            yield Task.PASS
        yield from self.put_through(leg)

    def put_through(self, leg):
        yield Task.PLUG
        yield Task.RING
        if leg.circuit is None:
            self.ring(leg.call)
        else:
            self.arrive(leg.call, leg.next_node)

    def report(self, leg, reason, lost_at):
        yield Task.REPORT
        self.end(leg.call, reason, lost_at, in_hand=leg)
        yield from self.clear(leg)

    def clear(self, leg):
        yield Task.CLEAR
        self.take_down(leg)

    def call_back(self, leg):
        yield Task.CALL_BACK
        if self.lines.is_caller_there(leg.call):
            yield Task.PASS
            yield from self.put_through(leg)
        else:
            self.end(leg.call, Outcome.CALLER_ABANDONED, leg.node, in_hand=leg)
            yield from self.clear(leg)

    def look(self, leg):
        """Has anybody answered? A call that is over meanwhile is cleared by the operator who sees it."""
        call = leg.call
        yield Task.SUPERVISE
        rings_again = (
            call.answered_s is None
            and call.n_rung_again < self.service.max_re_rings
            and Task.RE_RING in leg.laws
        )
        if rings_again:
            call.n_rung_again += 1
            yield Task.RE_RING
        if call.outcome is not None:
            yield from self.clear(leg)
        elif call.answered_s is not None:
            return
        elif rings_again:
            self.start(self.look_later(call))
        else:
            call.is_given_up = True
            yield from self.report(leg, Outcome.NO_ANSWER, call.destination)

    # --- operators

    def put(self, leg, steps, task=None):
        """Let work wait for an operator; it is in hand when somebody has begun with it."""
        is_in_hand = task is not None
        task = task if is_in_hand else next(steps)
        leg.board.waiting.append(Work(leg, task, steps, is_in_hand))
        self.look_about(leg.board)

    def look_about(self, board):
        """Idle operators, the longest idle first, take what there is to do."""
        for position in list(board.idle):
            work = self.take(board, position)
            if work is not None:
                board.idle.remove(position)
                self.start(self.operate(board, position, work))

    def take(self, board, position):
        while True:
            work = board.next_for(position)
            if work is None:
                return None
            board.waiting.remove(work)
            if work.task is Task.ANSWER:
                self.stop_waiting(work.leg)
            if work.task is not Task.CALL_BACK or self.take_ticket(board, work.leg):
                return work

    def operate(self, board, position, work):
        """An operator does one task at a time, until there is nothing to do or the shift is over."""
        while work is not None:
            leg, task, following = work.leg, work.task, work.following
            if task in NEEDS_CORD:
                leg.cord_of = position
                position.n_cords_used += 1
            while task is not None:
                board.begun.append((self.env.now, task, position.number, leg.call.number))
                leg.is_in_work = position.is_at_work = True
                yield self.env.timeout(self.task_s(leg, task))
                leg.is_in_work = position.is_at_work = False
                task = next_task(leg, following)
                if task is not None and not position.is_on_duty:
                    self.put(leg, following, task)
                    break
            if not position.is_on_duty:
                return
            work = self.take(board, position)
        board.idle.append(position)

    def task_s(self, leg, task):
        n_before = leg.begun.count(task)
        leg.begun.append(task)
        if task not in leg.laws:
            return 0.0
        return seconds(leg.laws[task], self.draw_at(leg, STREAM_OPERATOR_ANSWER + task, n_before))

    def keep_rota(self, board):
        for time_s, n, is_shift in changes_of(board.plan.rota, self.env.now):
            yield self.env.timeout(time_s - self.env.now)
            self.staff(board, n, is_shift)

    def staff(self, board, n, is_shift):
        """The last positions go off first; at a change of shift everybody goes off and a successor comes on."""
        for position in board.positions:
            if position.is_on_duty and (is_shift or position.number >= n):
                position.is_on_duty = False
                if not position.is_at_work:
                    board.idle.remove(position)
            if not position.is_on_duty and position.number < n:
                position.is_on_duty = True
                if not position.is_at_work:
                    board.idle.append(position)
        self.look_about(board)

    # --- circuits and tickets

    def choices(self, leg):
        """Trunk groups to try, towards the exchange through which the call has to go, then to its line."""
        visited = [before.node for before in leg.call.legs[: leg.number]]
        return self.routes.choices(visited, leg.node, leg.call.goal)

    def seize(self, leg, choices):
        call = leg.call
        for group, to, is_first in choices:
            if group.seize(self.env.now, is_first and not call.has_left_first_choice):
                leg.circuit, leg.next_node = group, to
                call.has_left_first_choice |= not is_first
                return True
        return False

    def tell_free(self, group):
        """A circuit is free, whoever held it: a ticket may wait for it."""
        for board in self.boards.values():
            if is_awaited(board, [(group, None, None)]):
                self.call_next_back(board)
                self.look_about(board)

    def write_ticket(self, leg, choices):
        """The caller hangs up, the cord comes down."""
        self.lines.hang_up(leg.call)
        self.free_cord(leg)
        ticket = Ticket(leg, choices)
        leg.board.tickets.append(ticket)
        self.start(self.expire(leg.board, ticket))
        self.call_next_back(leg.board)
        self.look_about(leg.board)

    def call_next_back(self, board):
        """Let the first ticket be worked that could have a circuit now, and that nobody is to work yet."""
        for ticket in board.tickets:
            left = ticket.leg.call.has_left_first_choice
            could = any(group.is_free(first and not left) for group, _, first in ticket.choices)
            if could and not ticket.is_called:
                ticket.is_called = True
                steps = self.call_back(ticket.leg)
                board.waiting.append(Work(ticket.leg, next(steps), steps))
                return

    def take_ticket(self, board, leg):
        """An operator seizes the circuit for a ticket; if it is gone, the next ticket has its turn."""
        (ticket,) = (one for one in board.tickets if one.leg is leg)
        if self.seize(leg, ticket.choices):
            board.tickets.remove(ticket)
            return True
        ticket.is_called = False
        self.call_next_back(board)
        return False

    def expire(self, board, ticket):
        yield self.env.timeout(board.plan.ticket_expiry_s)
        if ticket in board.tickets:
            board.tickets.remove(ticket)
            board.withdraw(ticket.leg)
            self.end(ticket.leg.call, Outcome.TICKET_EXPIRED, ticket.leg.node)
            self.call_next_back(board)
            self.look_about(board)

    # --- ringing, talk and end

    def ring(self, call):
        self.start(self.ring_and_talk(call))
        if call.outcome is None:
            self.start(self.look_later(call))

    def ring_and_talk(self, call):
        ring_s = self.lines.ring_s(call)
        if ring_s == math.inf:
            return
        if ring_s > 0.0:
            yield self.env.timeout(ring_s)
            if call.outcome is not None or call.is_given_up:
                return
        call.answered_s = self.env.now
        self.stop_ringing_again(call)
        talk_s, outcome = self.talk_of(call)
        if talk_s > 0.0:
            yield self.env.timeout(talk_s)
        manual = [leg.node for leg in call.legs if leg.board is not None]
        self.end(call, outcome, manual[-1] if manual else call.destination)

    def stop_ringing_again(self, call):
        """What somebody who went off left to do is not needed any more."""
        for board in self.boards.values():
            for work in list(board.waiting):
                if work.leg.call is call and work.task is Task.RE_RING:
                    board.waiting.remove(work)

    def talk_of(self, call):
        """How long they talk, and how it ends; where there are operators they may err."""
        service = self.service
        if call.n_manual and self.draw(STREAM_OPERATOR_WRONG, call) < service.p_wrong:
            u = self.draw(STREAM_OPERATOR_WRONG_TALK, call)
            return seconds(service.wrong_talk, u), Outcome.PATCH_WRONG
        u = self.draw(STREAM_OPERATOR_CUT_OFF, call)
        if call.n_manual and u < service.p_cut_off:
            return call.talk_s * u / service.p_cut_off, Outcome.PATCH_CUT_OFF
        return call.talk_s, Outcome.COMPLETED

    def look_later(self, call):
        """The first operators on the way look after a while; where none do, the caller gives up by and by."""
        leg = next((leg for leg in call.legs if leg.is_first_manual), None)
        if leg is not None and Task.SUPERVISE in leg.laws:
            yield self.env.timeout(self.service.supervise_after_s)
            if call.outcome is None:
                self.put(leg, self.look(leg))
        elif call.answered_s is None:
            yield self.env.timeout(self.service.ring_limit_s)
            if call.answered_s is None:
                self.end(call, Outcome.NO_ANSWER, call.destination)

    def end(self, call, outcome, lost_at, in_hand=None):
        if call.outcome is not None:
            return
        call.outcome, call.ended_s = outcome, self.env.now
        call.lost_at = None if outcome is Outcome.COMPLETED else lost_at
        if call.has_line:
            self.lines.release(call)
        for leg in call.legs:
            # Who is at work on the call sees that it is over.
            if leg is not in_hand and not leg.is_in_work:
                self.start(self.notice_end(leg))
        if call.on_end is not None:
            call.on_end(call)

    def notice_end(self, leg):
        """Operators see by and by that a call is over, and clear it; without a cord there is nothing to see."""
        if leg.cord_of is not None:
            leg.board.withdraw(leg)
            notice = leg.board.plan.notice
            if notice.mean_s > 0.0:
                u = self.draw_at(leg, STREAM_OPERATOR_NOTICE, 0)
                yield self.env.timeout(seconds(notice, u))
            if Task.CLEAR in leg.laws:
                self.put(leg, self.clear(leg))
                return
        self.take_down(leg)

    def take_down(self, leg):
        """Only now are circuit and cord free."""
        if leg.is_down:
            return
        leg.is_down = True
        if leg.circuit is not None:
            leg.circuit.release(self.env.now)
        self.free_cord(leg)

    def free_cord(self, leg):
        if leg.cord_of is not None:
            leg.cord_of.n_cords_used -= 1
            leg.cord_of = None
            self.look_about(leg.board)


def go_on(first, steps):
    yield first
    yield from steps


def next_task(leg, steps):
    """The next task that takes an operator; those without a law take none and no time."""
    return next((task for task in steps if task in leg.laws), None)


def is_awaited(board, choices):
    """Whether a ticket waits for one of the trunk groups: later calls do not overtake it."""
    wanted = [group for group, _, _ in choices]
    return any(group in wanted for ticket in board.tickets for group, _, _ in ticket.choices)
