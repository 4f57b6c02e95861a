"""Random small networks of exchanges, and runs of them."""

from dataclasses import dataclass, field, replace

import networkx as nx
import simpy
from hypothesis import strategies as st

from sim.engine.clock import Clock
from sim.streams import exponential_quantile, extension_stream, uniform
from sim.switching.draws import draws_of_key
from sim.switching.lines import AddressedLines
from sim.switching.plan import MAGNETO_BOARD, RELAY_BOARD, ExchangePlan, Rota, Service
from sim.switching.switchboards import Switchboards
from sim.switching.tasks import TABLE_XIV, Task, TaskTimes, exponential, only_answering
from sim.tables import Outcome

SEED = 7
CALLS_S = 5400.0  # calls begin before this time
END_S = 30 * 24 * 3600.0  # everything has ended long before
CHOICE = extension_stream("test.choice")

AUTOMATIC_CLEARING = {
    role: {task: law for task, law in getattr(TABLE_XIV, role).items() if task is not Task.CLEAR}
    for role in ("originating", "incoming")
}
TIMES = (
    TABLE_XIV,
    only_answering(exponential(20.0)),
    TaskTimes(**AUTOMATIC_CLEARING),
)


@dataclass(frozen=True)
class Network:
    """Manual exchanges, trunk groups, and calls; a node without a plan is automatic."""

    plans: tuple[ExchangePlan, ...]
    nodes: tuple[str, ...]
    trunks: tuple[tuple[str, str, int, int], ...] = ()
    n_calls: int = 60
    mean_talk_s: float = 90.0
    service: Service = field(default_factory=Service)
    p_busy: float = 0.1
    p_answer: float = 0.8
    p_caller_gone: float = 0.2
    is_clock: bool = False
    max_detour: int = 1
    n_redials: int = 0  # how often a caller tries again, at once, when the call is lost
    n_lines: int | None = (
        None  # lines of each exchange that are engaged while they are held; None for no memory
    )


def graph_of(network):
    graph = nx.MultiGraph()
    graph.add_nodes_from(network.nodes)
    for number, (a, b, n_circuits, n_reserved) in enumerate(network.trunks):
        graph.add_edge(a, b, n_circuits=n_circuits, n_reserved=n_reserved, name=f"t{number}")
    return graph


class FewLines:
    """Lines with a memory, before lines that have none."""

    def __init__(self, n_lines, lines):
        self.n_lines, self.lines, self.held = n_lines, lines, set()
        self.ring_s, self.is_caller_there = lines.ring_s, lines.is_caller_there

    def line_of(self, call):
        return call.destination, call.entity % self.n_lines

    def hang_up(self, call):
        """Nothing is known of the callers' own lines."""

    def seize(self, call):
        line = self.line_of(call)
        reason = Outcome.CALLEE_BUSY if line in self.held else self.lines.seize(call)
        if reason is None:
            self.held.add(line)
        return reason

    def release(self, call):
        self.held.remove(self.line_of(call))


def with_memory(network, lines):
    return lines if network.n_lines is None else FewLines(network.n_lines, lines)


@dataclass
class Run:
    network: Network
    boards: Switchboards
    env: simpy.Environment
    calls: list
    ended: list  # the same calls in the order of their ends


def simulate(network, draw=None):
    """Present calls at addressed times, and run until everything has ended."""
    env = Clock() if network.is_clock else simpy.Environment()
    draw = draws_of_key(SEED, 0) if draw is None else draw
    lines = AddressedLines(
        draw, network.p_busy, network.p_answer, p_caller_gone=network.p_caller_gone
    )
    boards = Switchboards(
        env,
        network.plans,
        draw,
        graph_of(network),
        with_memory(network, lines),
        network.service,
        network.max_detour,
    )
    run = Run(network, boards, env, [], [])
    present_calls(run)
    env.run(until=END_S)
    return run


def present_calls(run):
    """Have calls presented at addressed times; who is lost and may redial does so at once."""
    network, boards, env = run.network, run.boards, run.env

    def ended(call):
        run.ended.append(call)
        if call.outcome is not Outcome.COMPLETED and call.index < network.n_redials:
            again(call.entity, call.index + 1)

    def again(number, index):
        u = [float(uniform(SEED, 1, CHOICE, number, i)) for i in range(5)]
        nodes = network.nodes
        call = boards.present(
            number,
            index,
            nodes[int(u[1] * len(nodes))],
            nodes[int(u[2] * len(nodes))],
            network.mean_talk_s * exponential_quantile(u[3]),
            priority=int(u[4] * 3),
            on_end=ended,
        )
        run.calls.append(call)

    def begin(number):
        yield env.timeout(float(uniform(SEED, 1, CHOICE, number, 0)) * CALLS_S)
        again(number, 0)

    for number in range(network.n_calls):
        env.process(begin(number))


@st.composite
def rotas(draw_one, most):
    """A rota with somebody on duty at some hour of the day; changes begin soon after time 0."""
    n = draw_one(st.lists(st.integers(0, most), min_size=3, max_size=3))
    n_by_hour = [n[hour % 3] for hour in range(24)]
    n_by_hour[12] = max(1, n_by_hour[12])
    begin_hour = draw_one(st.sampled_from([0.0, 0.7, 7.9, 23.5]))
    return Rota(tuple(n_by_hour), begin_hour, draw_one(st.sampled_from([1, 8, 24])))


@st.composite
def plans(draw_one, name):
    n_positions = draw_one(st.integers(1, 3))
    return ExchangePlan(
        name,
        draw_one(rotas(n_positions)),
        n_positions,
        n_cords=draw_one(st.sampled_from([1, 2, 4])),
        times=draw_one(st.sampled_from(TIMES)),
        has_priority_lines=draw_one(st.booleans()),
        clears_first=draw_one(st.booleans()),
        delay_working=draw_one(st.booleans()),
        ticket_expiry_s=draw_one(st.sampled_from([60.0, 900.0, 7200.0])),
        max_waiting=draw_one(st.sampled_from([None, 0, 3])),
        notice=draw_one(st.sampled_from([RELAY_BOARD, MAGNETO_BOARD])),
    )


@st.composite
def networks(draw_one, service=None, **fixed_fields):
    """One to four exchanges, up to three of them manual, with up to six trunk groups of 0 to 3 circuits."""
    nodes = tuple("abcd"[: draw_one(st.integers(1, 4))])
    manual = draw_one(st.lists(st.sampled_from(nodes), min_size=1, max_size=3, unique=True))
    pairs = [(a, b) for a in nodes for b in nodes if a < b]
    ends = draw_one(st.lists(st.sampled_from(pairs), max_size=6)) if pairs else []
    groups = []
    for a, b in ends:
        n_circuits = draw_one(st.integers(0, 3))
        groups.append((a, b, n_circuits, draw_one(st.integers(0, n_circuits))))
    # Nobody waits for ever: two exchanges, all of whose cords hold calls to the other, would wait for each other.
    patience = draw_one(st.sampled_from([exponential(mean_s) for mean_s in (20.0, 120.0, 2000.0)]))
    fields = {
        "plans": tuple(draw_one(plans(name)) for name in sorted(manual)),
        "nodes": nodes,
        "trunks": tuple(groups),
        "n_calls": draw_one(st.integers(20, 120)),
        "mean_talk_s": draw_one(st.sampled_from([20.0, 90.0])),
        "service": service or Service(patience, p_wrong=0.1, p_cut_off=0.1),
        "is_clock": draw_one(st.booleans()),
        **fixed_fields,
    }
    return Network(**fields)


@st.composite
def task_times(draw_one, laws):
    """Times of any tasks; those that are missing take no operator."""
    roles = []
    for _ in range(2):
        tasks = [t for t in Task if t is Task.ANSWER or draw_one(st.integers(0, 4))]
        means_s = draw_one(st.lists(st.sampled_from([0.5, 2.0, 8.0, 30.0]), min_size=len(tasks)))
        roles.append({t: draw_one(laws)(mean_s) for t, mean_s in zip(tasks, means_s, strict=False)})
    return TaskTimes(*roles)


@st.composite
def larger_networks(draw_one, laws):
    """Two to six exchanges, any of them manual, with everything that can be set at random."""
    nodes = tuple("abcdef"[: draw_one(st.integers(2, 6))])
    pairs = [(a, b) for a in nodes for b in nodes if a < b]
    groups = []
    for a, b in draw_one(st.lists(st.sampled_from(pairs), min_size=1, max_size=10)):
        n_circuits = draw_one(st.integers(0, 4))
        groups.append((a, b, n_circuits, draw_one(st.integers(0, n_circuits))))
    manual = draw_one(st.lists(st.sampled_from(nodes), min_size=1, unique=True))
    service = Service(
        exponential(draw_one(st.sampled_from([20.0, 120.0, 2000.0]))),
        p_wrong=0.1,
        p_cut_off=0.1,
        supervise_after_s=draw_one(st.sampled_from([0.0, 4.0, 15.0])),
        max_re_rings=draw_one(st.integers(0, 10)),
        ring_limit_s=draw_one(st.sampled_from([0.0, 8.0, 60.0])),
    )
    return Network(
        plans=tuple(
            replace(draw_one(plans(name)), times=draw_one(task_times(laws)))
            for name in sorted(manual)
        ),
        nodes=nodes,
        trunks=tuple(groups),
        n_calls=draw_one(st.integers(20, 120)),
        mean_talk_s=draw_one(st.sampled_from([20.0, 90.0])),
        service=service,
        is_clock=draw_one(st.booleans()),
        max_detour=draw_one(st.integers(0, 4)),
        n_redials=draw_one(st.integers(0, 2)),
        n_lines=draw_one(st.sampled_from([None, 1, 4])),
    )


BUSY = Network(
    plans=(
        ExchangePlan(
            "a",
            Rota((2, 1, 2) * 8, 0.7, 1),
            n_cords=4,
            delay_working=True,
            ticket_expiry_s=60.0,
            max_waiting=1,
        ),
        ExchangePlan("b", Rota((1, 2, 1) * 8, 0.7, 1), n_cords=2, notice=MAGNETO_BOARD),
    ),
    nodes=("a", "b", "c", "d"),
    trunks=(("a", "b", 1, 0), ("b", "c", 2, 1), ("a", "c", 1, 0)),
    n_calls=500,
    service=Service(exponential(40.0), p_wrong=0.1, p_cut_off=0.1),
)
"""A network in which everything happens: two manual exchanges, an automatic one, and one that nothing joins."""
