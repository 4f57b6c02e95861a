"""What a call patched by hand costs: `python -m bench.switching`."""

from collections.abc import Generator
from time import perf_counter

import click
import networkx as nx
import simpy
from simpy.events import Event

from sim.engine.clock import Clock
from sim.streams import exponential_quantile, extension_stream, uniform
from sim.switching.draws import draws_of_key
from sim.switching.plan import ExchangePlan, Service, around_the_clock
from sim.switching.switchboards import Switchboards
from sim.switching.tasks import exponential

N_CALLS = 20_000
N_REPEATS = 3
RATE_PER_S = 0.25
N_OPERATORS = 7
SERVICE = Service(patience=exponential(60.0))
_ARRIVAL, _TALK = extension_stream("bench.arrival"), extension_stream("bench.talk")


def us_per_call(env: simpy.Environment, destination: str, keeps_log: bool) -> float:
    """
    Measure calls from one exchange to the same or another one.

    Parameters
    ----------
    env : simpy.Environment
        Environment.
    destination : str
        `a`, the exchange of the callers, or `b`, another manual one.
    keeps_log : bool
        Whether everything is written down.

    Returns
    -------
    float
        Wall time of a call from its begin to its clearing. [us]
    """
    plans = [ExchangePlan(name, around_the_clock(N_OPERATORS)) for name in "ab"]
    graph = nx.Graph()
    graph.add_edge("a", "b", n_circuits=60)
    boards = Switchboards(
        env, plans, draws_of_key(1, 0), graph, service=SERVICE, keeps_log=keeps_log
    )

    env.process(_callers(env, boards, destination))
    begin_s = perf_counter()
    env.run()
    return (perf_counter() - begin_s) / N_CALLS * 1e6


def _callers(
    env: simpy.Environment, boards: Switchboards, destination: str
) -> Generator[Event, None, None]:
    for number in range(N_CALLS):
        gap = exponential_quantile(uniform(1, 0, _ARRIVAL, 0, number))
        yield env.timeout(gap / RATE_PER_S)
        talk_s = 100.0 * exponential_quantile(uniform(1, 0, _TALK, 0, number))
        boards.present(0, number, "a", destination, talk_s)


def main() -> None:
    """Print the cost of a call in an environment and on the clock, with and without a log."""
    us_per_call(Clock(), "b", keeps_log=False)
    click.echo(f"microseconds a call, best of {N_REPEATS} runs of {N_CALLS} calls")
    for destination, name in (("a", "one exchange"), ("b", "two exchanges")):
        for environment in (simpy.Environment, Clock):
            for keeps_log in (False, True):
                us = min(
                    us_per_call(environment(), destination, keeps_log) for _ in range(N_REPEATS)
                )
                log = "with log" if keeps_log else "no log"
                click.echo(f"{name:14} {environment.__name__:12} {log:9} {us:6.0f}")


if __name__ == "__main__":
    main()
