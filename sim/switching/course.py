"""The course of a call from one exchange to the next, through ringing and talk, to its end."""

import math

from simpy import Environment

from sim.streams import (
    STREAM_OPERATOR_CUT_OFF,
    STREAM_OPERATOR_WRONG,
    STREAM_OPERATOR_WRONG_TALK,
)
from sim.switching.calls import Hop, PatchCall
from sim.switching.draws import Draw
from sim.switching.ending import Endings
from sim.switching.exchange import Exchange
from sim.switching.jobs import Work
from sim.switching.ledger import Ledger
from sim.switching.lines import Lines
from sim.switching.log import Happening
from sim.switching.plan import Service
from sim.switching.tasks import Task
from sim.switching.timers import later
from sim.tables import Outcome


class Courses:
    """
    Follows calls; the procedure of the operators and the exchanges are attached once they exist.

    Parameters
    ----------
    env : simpy.Environment
        Environment.
    draw : Draw
        Draws, by address.
    lines : Lines
        Called lines.
    service : Service
        How callers and operators behave.
    ledgers : dict of str to Ledger
        Counts of every exchange.
    endings : Endings
        Where calls get their outcomes.

    Attributes
    ----------
    exchanges : dict of str to Exchange
        Manual exchanges by name.
    """

    def __init__(
        self,
        env: Environment,
        draw: Draw,
        lines: Lines,
        service: Service,
        ledgers: dict[str, Ledger],
        endings: Endings,
    ) -> None:
        self._env, self._draw, self._lines = env, draw, lines
        self._service, self._ledgers, self._endings = service, ledgers, endings
        self.exchanges: dict[str, Exchange] = {}
        self._work: Work | None = None

    def attach(self, work: Work) -> None:
        """Let calls at automatic exchanges be worked."""
        self._work = work

    def arrive(self, call: PatchCall, node: str) -> None:
        """Let a call reach its next exchange."""
        exchange = self.exchanges.get(node)
        hop = Hop(call, len(call.hops), node, exchange, self._env.now)
        call.hops.append(hop)
        self._endings.write(Happening.ARRIVED, hop, hop.number)
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
            later(self._env, left_s, self._patience_over, hop)

    def stop_waiting(self, hop: Hop, is_answered: bool) -> None:
        """End the wait of a call."""
        now_s = self._env.now
        hop.is_waiting = False
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
        self._endings.write(Happening.REFUSED, hop)
        self._endings.end(hop.call, Outcome.PATCH_REFUSED, hop.node)

    def _patience_over(self, hop: Hop) -> None:
        if not hop.is_waiting:
            return
        exchange = self._leave(hop)
        self.stop_waiting(hop, is_answered=False)
        self._endings.write(Happening.ABANDONED, hop)
        # An operator who has nothing to do, while a call waits, has no cord for it.
        idle = exchange.has_idle_operator
        self._endings.end(
            hop.call, Outcome.PATCH_NO_CORD if idle else Outcome.PATCH_ABANDONED, hop.node
        )

    def throw_away(self, hop: Hop) -> None:
        """End a call whose ticket is too old."""
        self._endings.write(Happening.TICKET_CLOSED, hop)
        self._leave(hop)
        self._endings.end(hop.call, Outcome.TICKET_EXPIRED, hop.node)

    def ring(self, call: PatchCall) -> None:
        """Ring the called line."""
        self._endings.write(Happening.RINGING, call.hops[-1])
        ring_s = self._lines.ring_s(call)
        if ring_s <= 0.0:
            self._answer(call)
        elif ring_s < math.inf:
            later(self._env, ring_s, self._ring_over, call)
        if call.outcome is None:
            self.look_later(call)

    def look_later(self, call: PatchCall) -> None:
        """Let an operator look after the ringing in a while; where none does, the caller gives up by and by."""
        hop = _supervisor(call)
        if hop is not None and Task.SUPERVISE in hop.laws:
            after_s = self._service.supervise_after_s
            later(self._env, after_s, self._supervise, hop)
        elif not call.is_answered:
            limit_s = self._service.ring_limit_s
            later(self._env, limit_s, self._give_up, call)

    def _give_up(self, call: PatchCall) -> None:
        if not call.is_answered:
            self._endings.end(call, Outcome.NO_ANSWER, call.destination)

    def _ring_over(self, call: PatchCall) -> None:
        if call.outcome is None and not call.is_given_up:
            self._answer(call)

    def _answer(self, call: PatchCall) -> None:
        now_s = self._env.now
        call.is_answered, call.answered_s = True, now_s
        self._endings.write(Happening.ANSWERED, call.hops[-1])
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
            later(self._env, talk_s, self._talk_over, (call, outcome))

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
        self._endings.end(call, outcome, manual[-1] if manual else call.destination)

    def _supervise(self, hop: Hop) -> None:
        if hop.call.outcome is None and hop.exchange is not None:
            hop.exchange.add(hop, Task.SUPERVISE)


def _supervisor(call: PatchCall) -> Hop | None:
    """Return the first exchange on the way that has operators."""
    return next((hop for hop in call.hops if hop.exchange is not None), None)
