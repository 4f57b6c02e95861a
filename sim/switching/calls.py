"""A call on its way through exchanges."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.switching.draws import ADDRESS_BITS
from sim.switching.tasks import Law, Task
from sim.tables import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.switching.exchange import Exchange
    from sim.switching.jobs import Job
    from sim.switching.operators import Position
    from sim.switching.trunks import TrunkGroup

_MAX_ENTITY = 2**32 - 1


class PatchCall:
    """
    A call that exchanges set up; made by `Switchboards.present`.

    Parameters
    ----------
    number : int
        Number of the call in the log.
    entity, index : int
        Address of the call: the caller, 0 to 2**32 - 1, and the attempt, 0 to 2**56 - 1.
    origin, destination : str
        Exchanges of the caller and of the called line.
    talk_s : float
        How long they would talk. [s]
    priority : int
        Lines with a smaller number come first where the exchange works by priority.
    presented_s : float
        Begin. [s]
    on_end : callable, optional
        Called with the call when it has its outcome.
    via : str, optional
        Exchange through which the call has to go.
    on_cleared : callable, optional
        Called with the call when it has its outcome and nothing is held for it at any exchange.

    Attributes
    ----------
    number, entity, index, origin, destination, talk_s, priority, presented_s, on_end, via, on_cleared
        As given.
    patience_s : float
        How long the caller waits for operators in all; infinite for a patient one. [s]
    waited_s : float
        How long the caller has waited for operators. [s]
    hops : list of Hop
        Exchanges on the way so far.
    n_manual : int
        Those among them with operators.
    has_line : bool
        Whether the called line is held.
    is_answered : bool
        Whether the called line, or a wrong one, has answered.
    is_given_up : bool
        Whether the operator has stopped ringing.
    is_rerouted : bool
        Whether a trunk group on the way was not the first choice.
    n_re_rings : int
        How often the operator rang again.
    n_cleared : int
        Exchanges on the way at which nothing is held any more.
    reason : Outcome or None
        Why the call cannot be put through, once an operator knows.
    outcome : Outcome or None
        Outcome, None until there is one.
    answered_s, ended_s : float or None
        Answer and end. [s]
    lost_at : str or None
        Exchange at which the call was lost.
    """

    __slots__ = (
        "answered_s", "destination", "ended_s", "entity", "has_line", "hops", "index", "is_answered", "is_given_up",
        "is_rerouted", "lost_at", "n_cleared", "n_manual", "n_re_rings", "number", "on_cleared", "on_end", "origin",
        "outcome", "patience_s", "presented_s", "priority", "reason", "talk_s", "via", "waited_s",
    )  # fmt: skip

    def __init__(
        self,
        number: int,
        entity: int,
        index: int,
        origin: str,
        destination: str,
        talk_s: float,
        priority: int,
        presented_s: float,
        on_end: Callable[["PatchCall"], None] | None,
        via: str | None = None,
        on_cleared: Callable[["PatchCall"], None] | None = None,
    ) -> None:
        if not 0 <= entity <= _MAX_ENTITY or not 0 <= index < 1 << ADDRESS_BITS:
            message = (
                f"entity = {entity}, index = {index}: must be 0 to {_MAX_ENTITY}, "
                f"and 0 to 2**{ADDRESS_BITS} - 1"
            )
            raise ValueError(message)
        self.number, self.entity, self.index = number, entity, index
        self.origin, self.destination = origin, destination
        self.talk_s, self.priority, self.presented_s = talk_s, priority, presented_s
        self.on_end, self.on_cleared, self.via = on_end, on_cleared, via
        self.patience_s = self.waited_s = 0.0
        self.hops: list[Hop] = []
        self.n_manual = self.n_re_rings = self.n_cleared = 0
        self.has_line = self.is_answered = self.is_given_up = self.is_rerouted = False
        self.reason: Outcome | None = None
        self.outcome: Outcome | None = None
        self.answered_s: float | None = None
        self.ended_s: float | None = None
        self.lost_at: str | None = None

    @property
    def goal(self) -> str:
        """Return where the call wants to next."""
        if self.via is None or any(hop.node == self.via for hop in self.hops):
            return self.destination
        return self.via


class Hop:
    """
    A call at one exchange.

    Parameters
    ----------
    call : PatchCall
        Call.
    number : int
        Number of the exchange on the way.
    node : str
        Name of the exchange.
    exchange : Exchange or None
        The exchange, None when it has no operators.
    arrived_s : float
        When the call reached it. [s]

    Attributes
    ----------
    call, number, node, exchange, arrived_s
        As given.
    laws : mapping of Task to Law
        Times of the tasks that are done for the call here.
    is_waiting : bool
        Whether the call waits to be answered here.
    position : Position or None
        Position whose cord the call holds.
    worker : Position or None
        Position whose operator is at work on the call.
    job : Job or None
        Work on the call that waits for an operator.
    trunk : TrunkGroup or None
        Group of the circuit over which the call leaves.
    next_node : str
        Exchange at the other end of that circuit.
    n_done : dict of Task to int
        How often each task was begun.
    is_cleared : bool
        Whether nothing is held here any more.
    """

    __slots__ = (
        "arrived_s", "call", "exchange", "is_cleared", "is_waiting", "job", "laws", "n_done", "next_node", "node",
        "number", "position", "trunk", "worker",
    )  # fmt: skip

    def __init__(
        self,
        call: PatchCall,
        number: int,
        node: str,
        exchange: "Exchange | None",
        arrived_s: float,
    ) -> None:
        self.call, self.number, self.node = call, number, node
        self.exchange, self.arrived_s = exchange, arrived_s
        self.laws: Mapping[Task, Law] = {}
        if exchange is not None:
            times = exchange.plan.times
            self.laws = times.incoming if number else times.originating
        self.is_waiting = self.is_cleared = False
        self.position: Position | None = None
        self.worker: Position | None = None
        self.job: Job | None = None
        self.trunk: TrunkGroup | None = None
        self.next_node = ""
        self.n_done: dict[Task, int] = {}

    @property
    def supervises(self) -> bool:
        """Say whether the operators here look after the ringing: those of the first exchange that has any."""
        return self.exchange is not None and all(
            hop.exchange is None for hop in self.call.hops[: self.number]
        )
