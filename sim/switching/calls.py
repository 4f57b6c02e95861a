"""A call on its way through exchanges, and the work on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sim.engine.clock import Later
from sim.switching.draws import ADDRESS_BITS
from sim.switching.plan import ExchangePlan
from sim.switching.routes import TrunkGroup
from sim.switching.tasks import Law, Task, TimedTask
from sim.tables import Outcome

_MAX_ENTITY = 2**32 - 1


@dataclass(slots=True, eq=False)
class PatchCall:
    """A call that exchanges set up; made by `Switchboards.present`."""

    number: int  # number of the call in the log
    # and index: address of the call: the caller, 0 to 2**32 - 1, and the attempt, 0 to 2**56 - 1
    entity: int
    index: int
    origin: str  # and destination: exchanges of the caller and of the called line
    destination: str
    talk_s: float  # how long they would talk [s]
    priority: int  # lines with a smaller number come first where the exchange works by priority
    presented_s: float  # begin [s]
    on_end: Callable[["PatchCall"], None] | None  # called when the call has its outcome
    via: str | None = None  # exchange through which the call has to go
    # called when the call has its outcome and nothing is held for it at any exchange
    on_cleared: Callable[["PatchCall"], None] | None = None
    # how long the caller waits for operators in all; infinite for a patient one [s]
    patience_s: float = field(init=False, default=0.0)
    waited_s: float = field(init=False, default=0.0)  # how long the caller has waited so far [s]
    hops: list["Hop"] = field(init=False, default_factory=list)  # exchanges on the way so far
    n_manual: int = field(init=False, default=0)  # those among them with operators
    has_line: bool = field(init=False, default=False)  # whether the called line is held
    # whether the called line, or a wrong one, has answered
    is_answered: bool = field(init=False, default=False)
    is_given_up: bool = field(init=False, default=False)  # whether the operator has stopped ringing
    # whether a trunk group on the way was not the first choice
    is_rerouted: bool = field(init=False, default=False)
    n_re_rings: int = field(init=False, default=0)  # how often the operator rang again
    # exchanges on the way at which nothing is held any more
    n_cleared: int = field(init=False, default=0)
    # why the call cannot be put through, once an operator knows
    reason: Outcome | None = field(init=False, default=None)
    outcome: Outcome | None = field(init=False, default=None)  # None until there is one
    answered_s: float | None = field(init=False, default=None)  # and ended_s: answer and end [s]
    ended_s: float | None = field(init=False, default=None)
    lost_at: str | None = field(init=False, default=None)  # exchange at which the call was lost

    def __post_init__(self) -> None:
        if not 0 <= self.entity <= _MAX_ENTITY or not 0 <= self.index < 1 << ADDRESS_BITS:
            message = (
                f"entity = {self.entity}, index = {self.index}: must be 0 to {_MAX_ENTITY}, "
                f"and 0 to 2**{ADDRESS_BITS} - 1"
            )
            raise ValueError(message)

    @property
    def goal(self) -> str:
        """Return where the call wants to next."""
        if self.via is None or any(hop.node == self.via for hop in self.hops):
            return self.destination
        return self.via


class ManualExchange(Protocol):
    """What a call meets where there are operators."""

    plan: ExchangePlan

    def add(self, hop: "Hop", task: Task) -> None:
        """Put a task into the queue, and give it to an operator who has nothing to do."""

    def queue(self, hop: "Hop", task: Task) -> None:
        """Put a task into the queue, for the next operator who looks."""

    def withdraw(self, hop: "Hop") -> None:
        """Take the waiting task of a call out of the queue."""

    def free_cord(self, hop: "Hop") -> None:
        """Take down the cord of a call."""


@dataclass(slots=True, eq=False)
class Hop:
    """A call at one exchange."""

    call: PatchCall
    number: int  # number of the exchange on the way
    node: str  # name of the exchange
    exchange: ManualExchange | None  # None when it has no operators
    arrived_s: float  # when the call reached it [s]
    # times of the tasks that are done for the call here
    laws: Mapping[Task, Law] = field(init=False, default_factory=dict)
    is_waiting: bool = field(init=False, default=False)  # whether it waits to be answered here
    position: int | None = field(init=False, default=None)  # position whose cord the call holds
    # position whose operator is at work on the call
    worker: int | None = field(init=False, default=None)
    job: "Job | None" = field(init=False, default=None)  # work on it that waits for an operator
    # group of the circuit over which the call leaves, and the exchange at its other end
    trunk: TrunkGroup | None = field(init=False, default=None)
    next_node: str = field(init=False, default="")
    n_done: dict[Task, int] = field(init=False, default_factory=dict)  # how often each was begun
    is_cleared: bool = field(init=False, default=False)  # whether nothing is held here any more
    patience: Later | None = field(init=False, default=None)  # when the caller waits no longer

    def __post_init__(self) -> None:
        if self.exchange is not None:
            times = self.exchange.plan.times
            self.laws = times.incoming if self.number else times.originating

    @property
    def supervises(self) -> bool:
        """Say whether the operators here look after the ringing: those of the first exchange that has any."""
        return self.exchange is not None and all(
            hop.exchange is None for hop in self.call.hops[: self.number]
        )


@dataclass(slots=True, eq=False)
class Job:
    """A task that waits for an operator, or that an operator does."""

    hop: Hop  # the call at this exchange
    task: Task
    is_void: bool = False  # whether nobody needs it any more
    # what is done in one go once it is begun, and when: the task and those that are sure to follow
    tasks: list[TimedTask] = field(default_factory=list)
