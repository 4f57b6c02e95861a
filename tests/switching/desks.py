"""Replications of desks and trunk groups with Poisson calls, and 99.9 % intervals about what they measure."""

import json
from collections import Counter
from pathlib import Path

import networkx as nx
import numpy as np
import simpy

from sim.stats.intervals import mean_interval, ratio_interval
from sim.streams import exponential_quantile, extension_stream, uniform
from sim.switching.draws import draws_of_key
from sim.switching.lines import AddressedLines
from sim.switching.plan import ExchangePlan, Service, around_the_clock
from sim.switching.switchboards import Switchboards
from sim.switching.tasks import fixed, only_answering
from sim.tables import Outcome

SEED = 20221116
N_REPLICATIONS = 30
CONFIDENCE = 0.999
UNLIMITED = 10**9
HELLO = fixed(0.0)  # a talk that takes no time: the desk alone is measured
ARRIVAL, TALK = extension_stream("test.arrival"), extension_stream("test.talk")
WIDEST = 0.3  # half of an interval over the values that it is to tell apart, at most
CASES = {
    case["id"]: case
    for name in ("switchboard", "teletraffic")
    for case in json.loads(
        (Path(__file__).parents[1] / "reference" / f"{name}.json").read_text("utf-8")
    )
}


def patient(patience=None):
    """Operators never err, and callers wait as long as that."""
    return Service(patience=patience, p_wrong=0.0, p_cut_off=0.0)


def desk(name, n_operators, law, **more):
    """An exchange whose operators have one task, and cords for everybody."""
    return ExchangePlan(
        name,
        around_the_clock(n_operators),
        n_cords=UNLIMITED,
        times=only_answering(law),
        **more,
    )


def trunks(*groups):
    """A graph of trunk groups, (a, b, n_circuits, further attributes)."""
    graph = nx.MultiGraph()
    for a, b, n_circuits, more in groups:
        graph.add_edge(a, b, n_circuits=n_circuits, **more)
    return graph


def poisson(env, boards, replication, entity, rate_per_s, origin, destination, talk, **more):
    """Present Poisson calls, drawn at the addresses of one entity."""
    number = 0
    while True:
        u = uniform(SEED, replication, ARRIVAL, entity, number)
        yield env.timeout(exponential_quantile(u) / rate_per_s)
        talk_s = talk.time_s(uniform(SEED, replication, TALK, entity, number))
        boards.present(entity, number, origin, destination, talk_s, **more)
        number += 1


def replicate(plans, streams, end_s, warmup_s, graph=None, service=None, begin=None):
    """
    Run so many replications of exchanges with Poisson streams; the window is after the warm-up.

    Each begins with `begin(env, boards, replication)`, if that is given.
    """
    runs = []
    for replication in range(N_REPLICATIONS):
        env = simpy.Environment()
        draw = draws_of_key(SEED, replication)
        boards = Switchboards(
            env,
            plans,
            draw,
            graph,
            AddressedLines(draw, ring=fixed(0.0)),
            patient() if service is None else service,
            window=(warmup_s, end_s),
            keeps_log=False,
        )
        if begin is not None:
            begin(env, boards, replication)
        for entity, (rate_per_s, origin, destination, talk, more) in enumerate(streams):
            env.process(
                poisson(
                    env, boards, replication, entity, rate_per_s, origin, destination, talk, **more
                )
            )
        env.run(until=end_s)
        runs.append(boards)
    return runs


def agrees(interval, expected, widest):
    """Whether the interval contains the expected value; it must be narrow enough to tell."""
    half_width = (interval.high - interval.low) / 2.0
    assert half_width <= widest * max(interval.value, expected), (interval, expected)
    return bool(interval.low <= expected <= interval.high)


def ratio_agrees(numerators, denominators, expected, widest=WIDEST):
    interval = ratio_interval(
        np.array(numerators, float), np.array(denominators, float), CONFIDENCE
    )
    return agrees(interval, expected, widest)


def mean_agrees(values, expected, widest=WIDEST):
    return agrees(mean_interval(np.array(values, float), CONFIDENCE), expected, widest)


def n_completed(runs):
    """Calls of the windows that were carried to their end."""
    return sum(
        ledger.outcomes[Outcome.COMPLETED] for run in runs for ledger in run.ledgers.values()
    )


def loss_agrees(runs, origins, expected):
    """Whether so many of the calls that begin at some exchanges find no circuit."""
    outcomes = [sum((run.ledgers[name].outcomes for name in origins), Counter()) for run in runs]
    lost = [of[Outcome.BLOCKED_TRUNK] for of in outcomes]
    return ratio_agrees(lost, [of.total() for of in outcomes], expected)


def waits(runs, name):
    """Waits and whether they ended with an answer, by replication."""
    return [
        (np.array(run.ledgers[name].wait_s), np.array(run.ledgers[name].is_answered, bool))
        for run in runs
    ]


def blocking_agrees(runs, group, expected):
    groups = [run.routes.groups[group] for run in runs]
    refused = [one.n_refused for one in groups]
    offered = [one.n_refused + one.n_seized for one in groups]
    return ratio_agrees(refused, offered, expected)
