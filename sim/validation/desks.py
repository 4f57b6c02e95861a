"""Desks and trunk groups alone, with Poisson calls, as theory has them: their replications."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np
import simpy
from numpy.typing import NDArray

from sim.streams import exponential_quantile, extension_stream, uniform
from sim.switching.draws import draws_of_key
from sim.switching.lines import AddressedLines
from sim.switching.plan import ExchangePlan, Service, around_the_clock
from sim.switching.switchboards import Switchboards
from sim.switching.tasks import Law, fixed, only_answering
from sim.tables import Outcome
from sim.validation.length import N_REPLICATIONS, SEED

UNLIMITED = 10**9
"""Cords, or circuits, of which there are always enough."""

HELLO = fixed(0.0)
"""A talk that takes no time: the desk alone is measured."""

ARRIVAL, TALK = extension_stream("validation.arrival"), extension_stream("validation.talk")

Begin = Callable[[simpy.Environment, Switchboards, int], None]
"""What is done before a replication, with its number."""


@dataclass(frozen=True)
class Calls:
    """Poisson calls between two exchanges."""

    rate_per_s: float  # their rate [1/s]
    origin: str  # exchange at which they begin
    destination: str  # exchange to which they go
    talk: Law = HELLO  # law of the conversation
    more: dict[str, Any] = field(default_factory=dict)  # what else is said of each call


def patient(patience: Law | None = None) -> Service:
    """Return a service in which operators never err."""
    return Service(patience=patience, p_wrong=0.0, p_cut_off=0.0)


def desk(
    name: str,
    n_operators: int,
    law: Law,
    **more: Any,  # noqa: ANN401  # as the plan has it
) -> ExchangePlan:
    """Return an exchange whose operators have one task, and cords for everybody."""
    return ExchangePlan(
        name,
        around_the_clock(n_operators),
        n_cords=UNLIMITED,
        times=only_answering(law),
        **more,
    )


def trunks(*groups: tuple[str, str, int, dict[str, Any]]) -> "nx.MultiGraph[str]":
    """Return a graph of trunk groups."""
    graph = nx.MultiGraph()
    for a, b, n_circuits, more in groups:
        graph.add_edge(a, b, n_circuits=n_circuits, **more)
    return graph


def poisson(
    env: simpy.Environment,
    boards: Switchboards,
    calls: Calls,
    address: tuple[int, int, int],
) -> Generator[simpy.Event, None, None]:
    """Present Poisson calls, drawn at the addresses of one entity."""
    seed, replication, entity = address
    number = 0
    while True:
        u = uniform(seed, replication, ARRIVAL, entity, number)
        yield env.timeout(exponential_quantile(u) / calls.rate_per_s)
        talk_s = calls.talk.time_s(uniform(seed, replication, TALK, entity, number))
        boards.present(entity, number, calls.origin, calls.destination, talk_s, **calls.more)
        number += 1


@dataclass(frozen=True)
class Window:
    """When a desk is looked at."""

    warmup_s: float  # time from its begin that is not looked at [s]
    length_s: float  # time that is [s]

    @property
    def end_s(self) -> float:
        """End of the window."""
        return self.warmup_s + self.length_s


def replicate(
    plans: Sequence[ExchangePlan],
    streams: Sequence[Calls],
    window: Window,
    graph: "nx.MultiGraph[str] | None" = None,
    service: Service | None = None,
    begin: Begin | None = None,
    seed: int = SEED,
) -> list[Switchboards]:
    """Run replications of exchanges with Poisson calls."""
    runs = []
    for replication in range(N_REPLICATIONS):
        env = simpy.Environment()
        draw = draws_of_key(seed, replication)
        boards = Switchboards(
            env,
            plans,
            draw,
            graph,
            AddressedLines(draw, ring=fixed(0.0)),
            patient() if service is None else service,
            window=(window.warmup_s, window.end_s),
            keeps_log=False,
        )
        if begin is not None:
            begin(env, boards, replication)
        for entity, calls in enumerate(streams):
            env.process(poisson(env, boards, calls, (seed, replication, entity)))
        env.run(until=window.end_s)
        runs.append(boards)
    return runs


def waits(
    runs: Sequence[Switchboards], name: str
) -> list[tuple[NDArray[np.float64], NDArray[np.bool_]]]:
    """Return how long calls waited at an exchange."""
    return [
        (np.array(run.ledgers[name].wait_s), np.array(run.ledgers[name].is_answered, bool))
        for run in runs
    ]


def n_completed(runs: Sequence[Switchboards]) -> int:
    """Return how many calls of the windows were carried to their end."""
    return sum(
        ledger.outcomes[Outcome.COMPLETED] for run in runs for ledger in run.ledgers.values()
    )


def lost_and_all(
    runs: Sequence[Switchboards], origins: Sequence[str]
) -> tuple[list[int], list[int]]:
    """Return how many calls that begin at some exchanges found no circuit, and how many there were."""
    of_each = [[run.ledgers[name].outcomes for name in origins] for run in runs]
    lost = [sum(of[Outcome.BLOCKED_TRUNK] for of in one) for one in of_each]
    return lost, [sum(of.total() for of in one) for one in of_each]


def refused_and_offered(runs: Sequence[Switchboards], group: int) -> tuple[list[int], list[int]]:
    """Return how many calls a trunk group refused, and how many were offered to it."""
    groups = [run.routes.groups[group] for run in runs]
    refused = [one.n_refused for one in groups]
    return refused, [one.n_refused + one.n_seized for one in groups]
