"""The course of a call from one exchange to the next, through ringing and talk, to its outcome and what follows."""

import math

from simpy import Environment

from sim.engine.clock import Later
from sim.streams import (
    STREAM_OPERATOR_CUT_OFF,
    STREAM_OPERATOR_NOTICE,
    STREAM_OPERATOR_WRONG,
    STREAM_OPERATOR_WRONG_TALK,
)
from sim.switching.calls import Hop, PatchCall
from sim.switching.draws import Draw, task_address
from sim.switching.exchange import Exchange, Work
from sim.switching.ledger import NOBODY, Entry, Happening, Ledger, Log
from sim.switching.lines import Lines
from sim.switching.plan import Service
from sim.switching.tasks import Task
from sim.tables import Outcome


class Courses:
    """
    Follows calls, gives them their outcomes and has their cords and circuits taken down.

    The procedure of the operators and the exchanges are attached once they exist.
    """

    def __init__(
        self,
        env: Environment,
        draw: Draw,
        lines: Lines,
        service: Service,
        ledgers: dict[str, Ledger],
        log: Log | None,
    ) -> None:
        self._env, self._draw, self._lines = env, draw, lines
        self._service, self._ledgers, self._log = service, ledgers, log
        self.exchanges: dict[str, Exchange] = {}  # manual exchanges by name
        self._work: Work | None = None

    def attach(self, work: Work) -> None:
        """Let calls at automatic exchanges be worked."""
        self._work = work

    def arrive(self, call: PatchCall, node: str) -> None:
        """Let a call reach its next exchange."""
        exchange = self.exchanges.get(node)
        hop = Hop(call, len(call.hops), node, exchange, self._env.now)
        call.hops.append(hop)
        self.write(Happening.ARRIVED, hop, hop.number)
        if exchange is None:
            if self._work is not None:
                self._work.after(hop, Task.ANSWER)
            return
        call.n_manual += 1
        hop.is_waiting = True
        waiting = self._ledgers[node].waiting
        waiting.change(hop.arrived_s, 1)
        exchange.add(hop, Task.ANSWER)
        if not hop.is_waiting:
            return
        most = exchange.plan.max_waiting
        if most is not None and waiting.n > most:
            self._refuse(hop)
        elif call.patience_s < math.inf:
            left_s = max(0.0, call.patience_s - call.waited_s)
            hop.patience = Later(self._env, left_s, self._patience_over, hop)

    def stop_waiting(self, hop: Hop, is_answered: bool) -> None:
        """End the wait of a call."""
        now_s = self._env.now
        hop.is_waiting = False
        if hop.patience is not None:
            hop.patience.is_off = True
        hop.call.waited_s += now_s - hop.arrived_s
        ledger = self._ledgers[hop.node]
        ledger.waiting.change(now_s, -1)
        ledger.waited(hop.arrived_s, now_s, is_answered)

    def _leave(self, hop: Hop) -> Exchange:
        """Take a call that waits out of the queue."""
        exchange = self.exchanges[hop.node]
        exchange.withdraw(hop)
        return exchange

    def _refuse(self, hop: Hop) -> None:
        self._leave(hop)
        hop.is_waiting = False
        ledger = self._ledgers[hop.node]
        ledger.waiting.change(self._env.now, -1)
        ledger.n_refused += ledger.counts(hop.arrived_s)
        self.write(Happening.REFUSED, hop)
        self.end(hop.call, Outcome.PATCH_REFUSED, hop.node)

    def _patience_over(self, hop: Hop) -> None:
        if not hop.is_waiting:
            return
        exchange = self._leave(hop)
        self.stop_waiting(hop, is_answered=False)
        self.write(Happening.ABANDONED, hop)
        # An operator who has nothing to do, while a call waits, has no cord for it.
        idle = exchange.has_idle_operator
        self.end(hop.call, Outcome.PATCH_NO_CORD if idle else Outcome.PATCH_ABANDONED, hop.node)

    def throw_away(self, hop: Hop) -> None:
        """End a call whose ticket is too old."""
        self.write(Happening.TICKET_CLOSED, hop)
        self._leave(hop)
        self.end(hop.call, Outcome.TICKET_EXPIRED, hop.node)

    def ring(self, call: PatchCall) -> None:
        """Ring the called line."""
        self.write(Happening.RINGING, call.hops[-1])
        ring_s = self._lines.ring_s(call)
        if ring_s <= 0.0:
            self._answer(call)
        elif ring_s < math.inf:
            Later(self._env, ring_s, self._ring_over, call)
        if call.outcome is None:
            self.look_later(call)

    def look_later(self, call: PatchCall) -> None:
        """Let an operator look after the ringing in a while; where none does, the caller gives up by and by."""
        hop = _supervisor(call)
        if hop is not None and Task.SUPERVISE in hop.laws:
            after_s = self._service.supervise_after_s
            Later(self._env, after_s, self._supervise, hop)
        elif not call.is_answered:
            limit_s = self._service.ring_limit_s
            Later(self._env, limit_s, self._give_up, call)

    def _give_up(self, call: PatchCall) -> None:
        if not call.is_answered:
            self.end(call, Outcome.NO_ANSWER, call.destination)

    def _ring_over(self, call: PatchCall) -> None:
        if call.outcome is None and not call.is_given_up:
            self._answer(call)

    def _answer(self, call: PatchCall) -> None:
        now_s = self._env.now
        call.is_answered, call.answered_s = True, now_s
        self.write(Happening.ANSWERED, call.hops[-1])
        for hop in call.hops:
            if hop.job is not None and hop.job.task is Task.RE_RING:
                self._leave(hop)
        talk_s, outcome = self._talk(call)
        first = _supervisor(call)
        ledger = self._ledgers[call.origin if first is None else first.node]
        if outcome is not Outcome.PATCH_WRONG and ledger.counts(call.presented_s):
            ledger.set_up(call.n_manual, now_s - call.presented_s)
        if talk_s <= 0.0:
            self._hang_up(call, outcome)
        else:
            Later(self._env, talk_s, self._talk_over, (call, outcome))

    def _talk(self, call: PatchCall) -> tuple[float, Outcome]:
        """Return how long they talk, and how it ends; operators err only where there are any."""
        service, entity, index = self._service, call.entity, call.index
        if call.n_manual:
            p = service.p_wrong
            if p > 0.0 and self._draw(STREAM_OPERATOR_WRONG, entity, index) < p:
                u = self._draw(STREAM_OPERATOR_WRONG_TALK, entity, index)
                return service.wrong_talk.time_s(u), Outcome.PATCH_WRONG
            p = service.p_cut_off
            u = self._draw(STREAM_OPERATOR_CUT_OFF, entity, index) if p > 0.0 else 1.0
            if u < p:  # below p, u / p is uniform again
                return call.talk_s * u / p, Outcome.PATCH_CUT_OFF
        return call.talk_s, Outcome.COMPLETED

    def _talk_over(self, ended: tuple[PatchCall, Outcome]) -> None:
        self._hang_up(*ended)

    def _hang_up(self, call: PatchCall, outcome: Outcome) -> None:
        manual = [hop.node for hop in call.hops if hop.exchange is not None]
        self.end(call, outcome, manual[-1] if manual else call.destination)

    def _supervise(self, hop: Hop) -> None:
        if hop.call.outcome is None and hop.exchange is not None:
            hop.exchange.add(hop, Task.SUPERVISE)

    def end(
        self, call: PatchCall, outcome: Outcome, lost_at: str, in_hand: Hop | None = None
    ) -> None:
        """Give a call its outcome; its cords and circuits stay up until they are cleared."""
        if call.outcome is not None:
            return
        call.outcome, call.ended_s = outcome, self._env.now
        if call.has_line:
            call.has_line = False
            self._lines.release(call)
        ledger = self._ledgers[call.origin]
        is_counted = ledger.counts(call.presented_s)
        if is_counted:
            ledger.outcomes[outcome] += 1
        if outcome is not Outcome.COMPLETED:
            call.lost_at = lost_at
            if is_counted:
                self._ledgers[lost_at].lost[outcome] += 1
        self.write(Happening.ENDED, call.hops[-1], outcome)
        for hop in call.hops:
            if hop is not in_hand:
                self._show_end(hop)
        if call.on_end is not None:
            call.on_end(call)
        _tell_cleared(call)

    def _show_end(self, hop: Hop) -> None:
        """Let the operators see, by and by, that a call is over; one at work on it sees it anyway."""
        exchange = hop.exchange
        if hop.is_cleared or hop.worker is not None:
            return
        if exchange is None or hop.position is None:
            self.clear(hop)
            return
        exchange.withdraw(hop)
        notice = exchange.plan.notice
        if notice.mean_s == 0.0:
            self._clear_due(hop)
            return
        index = task_address(hop.call.index, hop.number, 0)
        notice_s = notice.time_s(self._draw(STREAM_OPERATOR_NOTICE, hop.call.entity, index))
        Later(self._env, notice_s, self._clear_due, hop)

    def _clear_due(self, hop: Hop) -> None:
        if hop.exchange is not None and Task.CLEAR in hop.laws:
            hop.exchange.add(hop, Task.CLEAR)
        else:
            self.clear(hop)

    def clear(self, hop: Hop) -> None:
        """Release the cord and the circuit of a call at an exchange."""
        if hop.is_cleared:
            return
        hop.is_cleared = True
        if hop.trunk is not None:
            self.write(Happening.TRUNK_RELEASED, hop, hop.trunk.number)
            hop.trunk.release(self._env.now)
        if hop.exchange is not None:
            hop.exchange.free_cord(hop)
        hop.call.n_cleared += 1
        _tell_cleared(hop.call)

    def write(self, happening: Happening, hop: Hop, detail: int = 0) -> None:
        """Write something down."""
        if self._log is not None:
            self._log.append(
                Entry(self._env.now, happening, hop.node, NOBODY, hop.call.number, detail)
            )


def _supervisor(call: PatchCall) -> Hop | None:
    """Return the first exchange on the way that has operators."""
    return next((hop for hop in call.hops if hop.exchange is not None), None)


def _tell_cleared(call: PatchCall) -> None:
    """Tell, once, that nothing is held for a call that has its outcome."""
    tell = call.on_cleared
    if tell is not None and call.outcome is not None and call.n_cleared == len(call.hops):
        call.on_cleared = None
        tell(call)
