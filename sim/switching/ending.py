"""The end of a call: its outcome, and what is taken down after it."""

from simpy import Environment

from sim.streams import STREAM_OPERATOR_NOTICE
from sim.switching.calls import Hop, PatchCall
from sim.switching.draws import Draw, task_address
from sim.switching.ledger import Ledger
from sim.switching.lines import Lines
from sim.switching.log import NOBODY, Entry, Happening, Log
from sim.switching.tasks import Task
from sim.switching.timers import later
from sim.tables import Outcome


class Endings:
    """
    Gives calls their outcomes, and has their cords and circuits taken down.

    Parameters
    ----------
    env : simpy.Environment
        Environment.
    draw : Draw
        Draws, by address.
    lines : Lines
        Called lines.
    ledgers : dict of str to Ledger
        Counts of every exchange.
    log : list of Entry or None
        Where everything is written down.
    """

    def __init__(
        self,
        env: Environment,
        draw: Draw,
        lines: Lines,
        ledgers: dict[str, Ledger],
        log: Log | None,
    ) -> None:
        self._env, self._draw, self._lines = env, draw, lines
        self._ledgers, self._log = ledgers, log

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
        later(self._env, notice_s, self._clear_due, hop)

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


def _tell_cleared(call: PatchCall) -> None:
    """Tell, once, that nothing is held for a call that has its outcome."""
    tell = call.on_cleared
    if tell is not None and call.outcome is not None and call.n_cleared == len(call.hops):
        call.on_cleared = None
        tell(call)
