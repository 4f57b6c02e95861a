"""Delay working: callers hang up, and are called back when a circuit is free."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from simpy import Environment

from sim.engine.clock import Later
from sim.switching.calls import Hop
from sim.switching.ledger import Level
from sim.switching.routes import Choice, TrunkGroup


@dataclass(slots=True, eq=False)
class Ticket:
    """A call that somebody waits for with the receiver on its hook."""

    hop: Hop  # the call at the exchange that wrote the ticket
    choices: tuple[Choice, ...]  # trunk groups over which it may leave
    is_ready: bool = False  # whether the operators have been told to call back


class TicketDesk:
    """Tickets of an exchange, worked in the order in which they were written."""

    def __init__(
        self,
        env: Environment,
        expiry_s: float,  # age at which a ticket is thrown away [s]
        level: Level,  # tickets open
        on_ready: Callable[[Hop], None],  # called when a circuit is free for a ticket
        on_expiry: Callable[[Hop], None],  # called when a ticket has been thrown away
    ) -> None:
        self._env, self._expiry_s, self._level = env, expiry_s, level
        self._on_ready, self._on_expiry = on_ready, on_expiry
        self._open: dict[int, Ticket] = {}  # by number of the call, in the order of writing
        self._n_by_group: Counter[int] = Counter()

    def has_ticket_for(self, choices: tuple[Choice, ...]) -> bool:
        """Say whether a ticket waits for one of some trunk groups: a later call must not overtake it."""
        return any(self._n_by_group[choice.group.number] for choice in choices)

    def write(self, hop: Hop, choices: tuple[Choice, ...]) -> None:
        """Write a ticket."""
        ticket = self._open[hop.call.number] = Ticket(hop, choices)
        for choice in choices:
            self._n_by_group[choice.group.number] += 1
            choice.group.wait(1)
        self._level.change(self._env.now, 1)
        Later(self._env, self._expiry_s, self._expire, ticket)
        self._wake()

    def circuit_free(self, group: TrunkGroup) -> None:
        """Let the first ticket that may use a circuit be worked."""
        if self._n_by_group[group.number]:
            self._wake()

    def begin(self, hop: Hop) -> None:
        """Close a ticket: an operator has a circuit for it and calls back."""
        self._close(self._open[hop.call.number])

    def choices(self, hop: Hop) -> tuple[Choice, ...]:
        """Return the trunk groups of an open ticket."""
        return self._open[hop.call.number].choices

    def put_back(self, hop: Hop) -> Hop | None:
        """
        Let a ticket wait again, the circuit is gone, and hand its turn on.

        The call to be called back in its place, None when there is no circuit for any.
        """
        self._open[hop.call.number].is_ready = False
        return self._next_ready()

    def _wake(self) -> None:
        """Have the first waiting ticket worked for which there is a circuit."""
        hop = self._next_ready()
        if hop is not None:
            self._on_ready(hop)

    def _next_ready(self) -> Hop | None:
        for ticket in self._open.values():
            if not ticket.is_ready and _has_circuit(ticket):
                ticket.is_ready = True
                return ticket.hop
        return None

    def _close(self, ticket: Ticket) -> None:
        del self._open[ticket.hop.call.number]
        for choice in ticket.choices:
            self._n_by_group[choice.group.number] -= 1
            choice.group.wait(-1)
        self._level.change(self._env.now, -1)

    def _expire(self, ticket: Ticket) -> None:
        if self._open.get(ticket.hop.call.number) is ticket:
            self._close(ticket)
            self._on_expiry(ticket.hop)
            self._wake()


def _has_circuit(ticket: Ticket) -> bool:
    is_rerouted = ticket.hop.call.is_rerouted
    return any(
        choice.group.is_free(choice.is_first and not is_rerouted) for choice in ticket.choices
    )
