"""Switchboards: exchanges, trunk groups and lines together, and calls from their begin to their end."""

import math
from collections.abc import Callable, Iterable

import networkx as nx
from simpy import Environment

from sim.streams import STREAM_OPERATOR_PATIENCE
from sim.switching.calls import Hop, PatchCall
from sim.switching.course import Courses
from sim.switching.draws import Draw
from sim.switching.exchange import Exchange, OnTask
from sim.switching.ledger import NOBODY, Entry, Happening, Ledger, Log
from sim.switching.lines import AddressedLines, Lines
from sim.switching.plan import ExchangePlan, Service
from sim.switching.procedure import Procedure
from sim.switching.routes import Graph, Routes
from sim.switching.tasks import Task
from sim.switching.tickets import TicketDesk


class Switchboards:
    """
    Manual exchanges, and automatic ones between them, on a SimPy environment.

    Parameters
    ----------
    env : simpy.Environment
        Environment, such as the clock of a replication.
    plans : iterable of ExchangePlan
        Manual exchanges; every other node of the graph is an automatic exchange.
    draw : Draw
        Draws, by address.
    graph : networkx.Graph or networkx.MultiGraph, optional
        Exchanges and trunk groups, see `Routes`; without it the exchanges have no trunks.
    lines : Lines, optional
        Called lines; without them everybody is free and answers.
    service : Service, optional
        How callers and operators behave.
    max_detour : int
        See `Routes`.
    window : tuple of 2 float
        Begin and end of what is measured. [s]
    keeps_log : bool
        Whether everything is written down; some 30 entries a call.
    routes : Routes, optional
        Routes, in place of `graph` and `max_detour`; every plan's exchange must be in them.
    on_task : OnTask, optional
        Told of every task that is done.

    Attributes
    ----------
    exchanges : dict of str to Exchange
        Manual exchanges by name.
    ledgers : dict of str to Ledger
        Counts of every exchange, automatic ones included.
    routes : Routes
        Routes, with the trunk groups.
    log : list of Entry or None
        What happened.
    n_presented : int
        Calls presented so far.
    """

    def __init__(
        self,
        env: Environment,
        plans: Iterable[ExchangePlan],
        draw: Draw,
        graph: Graph | None = None,
        lines: Lines | None = None,
        service: Service | None = None,
        max_detour: int = 1,
        window: tuple[float, float] = (0.0, math.inf),
        keeps_log: bool = True,
        routes: Routes | None = None,
        on_task: OnTask | None = None,
    ) -> None:
        plans = tuple(plans)
        if routes is None:
            whole = nx.Graph() if graph is None else graph.copy()
            whole.add_nodes_from(plan.name for plan in plans)
            routes = Routes(whole, max_detour, window)
        self.routes = routes
        self.log: Log | None = [] if keeps_log else None
        self.ledgers = {name: Ledger(window) for name in self.routes.exchanges}
        self.n_presented = 0
        self._env, self._draw = env, draw
        lines = AddressedLines(draw) if lines is None else lines
        self._service = service = Service() if service is None else service
        desks: dict[str, TicketDesk] = {}
        self._courses = Courses(env, draw, lines, service, self.ledgers, self.log)
        work = Procedure(env, self._courses, self.routes, lines, service, desks)
        self._courses.attach(work)
        self.exchanges = {
            plan.name: Exchange(env, plan, draw, work, self.ledgers[plan.name], self.log, on_task)
            for plan in plans
        }
        self._courses.exchanges.update(self.exchanges)
        for plan in plans:
            if plan.delay_working:
                level = self.ledgers[plan.name].tickets
                desk = TicketDesk(
                    env, plan.ticket_expiry_s, level, _call_back, self._courses.throw_away
                )
                desks[plan.name] = desk
                for group in self.routes.groups:
                    group.on_free.append(desk.circuit_free)

    def present(
        self,
        entity: int,
        index: int,
        origin: str,
        destination: str,
        talk_s: float,
        priority: int = 1,
        on_end: Callable[[PatchCall], None] | None = None,
        via: str | None = None,
        on_cleared: Callable[[PatchCall], None] | None = None,
    ) -> PatchCall:
        """
        Present a call to the exchange of its caller, now.

        Parameters
        ----------
        entity, index : int
            Address of the call: the caller, 0 to 2**32 - 1, and the attempt, 0 to 2**56 - 1.
        origin, destination : str
            Exchanges of the caller and of the called line.
        talk_s : float
            How long they would talk. [s]
        priority : int
            Lines with a smaller number, 0 or more, come first where the exchange works by priority.
        on_end : callable, optional
            Called with the call when it has its outcome.
        via : str, optional
            Exchange through which the call has to go.
        on_cleared : callable, optional
            Called with the call when it has its outcome and no cord and no circuit is held for it any more.

        Returns
        -------
        PatchCall
            The call.
        """
        for name in (origin, destination, via or origin):
            if name not in self.ledgers:
                message = f"{name!r}: no such exchange; there are {', '.join(self.ledgers)}"
                raise ValueError(message)
        call = PatchCall(
            self.n_presented, entity, index, origin, destination, talk_s, priority, self._env.now, on_end, via,
            on_cleared,
        )  # fmt: skip
        self.n_presented += 1
        patience = self._service.patience
        call.patience_s = (
            math.inf
            if patience is None
            else patience.time_s(self._draw(STREAM_OPERATOR_PATIENCE, entity, index))
        )
        if self.log is not None:
            self.log.append(
                Entry(self._env.now, Happening.PRESENTED, origin, NOBODY, call.number, 0)
            )
        self._courses.arrive(call, origin)
        return call


def _call_back(hop: Hop) -> None:
    if hop.exchange is not None:
        hop.exchange.add(hop, Task.CALL_BACK)
