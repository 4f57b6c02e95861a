"""The exchanges against a plain SimPy model of the same rules, row by row and task by task."""

from collections import Counter
from functools import cache
from itertools import zip_longest

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.switching import course, exchange, operators
from sim.switching.calls import Hop, PatchCall
from sim.switching.course import Courses
from sim.switching.draws import task_address
from sim.switching.exchange import Exchange
from sim.switching.ledger import Happening
from sim.switching.routes import Routes, TrunkGroup
from sim.switching.tasks import Task, exponential, fixed, lognormal
from sim.switching.tickets import TicketDesk
from sim.tables import Outcome
from tests.oracle.boards import groups_of
from tests.oracle.environment import OracleEnvironment
from tests.oracle.switchboard import PlainBoards, PlainLines
from tests.oracle.ways import PlainRoutes
from tests.switching.hand_picked import HAND_PICKED
from tests.switching.small_networks import (
    END_S,
    SEED,
    Run,
    graph_of,
    larger_networks,
    networks,
    present_calls,
    simulate,
    with_memory,
)

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
COLUMNS = (
    "number", "entity", "index", "origin", "destination", "talk_s", "priority", "presented_s",
    "answered_s", "ended_s", "outcome", "lost_at", "n_manual", "waited_s",
)  # fmt: skip


def simulate_plainly(network):
    """The same calls through the plain model."""
    env, key = OracleEnvironment(), (SEED, 0)
    lines = PlainLines(
        key, exponential(10.0), network.p_busy, network.p_answer, network.p_caller_gone
    )
    boards = PlainBoards(
        env,
        network.plans,
        key,
        PlainRoutes(groups_of(graph_of(network)), network.max_detour),
        with_memory(network, lines),
        network.service,
    )
    run = Run(network, boards, env, [], [])
    present_calls(run)
    env.run(until=END_S)
    return run


def tables_of(run, groups, begun):
    """Calls in the order of their ends, trunk groups, and the tasks of each exchange in the order of their begins."""
    tables = {
        "calls": [tuple(getattr(call, name) for name in COLUMNS) for call in run.ended],
        "groups": [(group.name, group.n_seized, group.n_refused) for group in groups],
    }
    return tables | {name: [tuple(row) for row in rows] for name, rows in begun.items()}


def tables_of_plain(run):
    begun = {name: board.begun for name, board in run.boards.boards.items()}
    return tables_of(run, run.boards.groups, begun)


def tables_of_product(run):
    begun = {plan.name: [] for plan in run.network.plans}
    for entry in run.boards.log:
        if entry.happening is Happening.TASK_BEGUN:
            row = entry.time_s, Task(entry.detail), entry.position, entry.call
            begun[entry.exchange].append(row)
    return tables_of(run, run.boards.routes.groups, begun)


def first_difference(one, other):
    """Where two sets of tables differ first, None when they are the same to the last bit."""
    for name in one.keys() | other.keys():
        for number, rows in enumerate(zip_longest(one[name], other[name])):
            if repr(rows[0]) != repr(rows[1]):
                return name, number, *rows
    return None


@cache
def plain_tables(network_name):
    return tables_of_plain(simulate_plainly(HAND_PICKED[network_name]))


def difference(network):
    product, plain = simulate(network), simulate_plainly(network)
    assert len(product.ended) >= network.n_calls
    return first_difference(tables_of_product(product), tables_of_plain(plain))


@pytest.mark.parametrize("name", HAND_PICKED)
def test_hand_picked_networks(name):
    product = tables_of_product(simulate(HAND_PICKED[name]))
    assert first_difference(product, plain_tables(name)) is None


# Fixed times have operators and callers act at the same moment.
LAWS = st.sampled_from([fixed, exponential, lambda mean_s: lognormal(mean_s, 0.5)])


@FEW
@given(networks())
def test_small_networks(network):
    assert difference(network) is None


@FEW
@given(st.one_of(larger_networks(LAWS), larger_networks(st.just(fixed))))
def test_larger_networks(network):
    assert difference(network) is None


def test_hand_picked_networks_have_everything():
    """Every outcome of work by hand, every task and happening, and what is seldom, so many times at least."""
    found = Counter()
    for network in HAND_PICKED.values():
        run = simulate(network)
        found.update(call.outcome for call in run.calls)
        found.update(f"{call.n_manual} manual" for call in run.calls)
        found["rerouted"] += sum(call.is_rerouted for call in run.calls)
        found.update(entry.happening.name for entry in run.boards.log)
        found.update(what_is_seldom(run.boards.log))
    least = {
        **dict.fromkeys(BY_HAND, 15),
        **dict.fromkeys((task.name for task in Task), 40),
        **dict.fromkeys((happening.name for happening in Happening), 40),
        "3 manual": 20,
        "rerouted": 50,
        "put back": 10,
        "taken over": 5,
        "at night": 10,
    }
    assert {what: found[what] for what, n in least.items() if found[what] < n} == {}


BY_HAND = (
    Outcome.COMPLETED, Outcome.BLOCKED_TRUNK, Outcome.NO_ROUTE, Outcome.CALLEE_BUSY, Outcome.NO_ANSWER,
    Outcome.CALLER_ABANDONED, Outcome.PATCH_ABANDONED, Outcome.PATCH_REFUSED, Outcome.PATCH_NO_CORD,
    Outcome.PATCH_WRONG, Outcome.PATCH_CUT_OFF, Outcome.TICKET_EXPIRED,
)  # fmt: skip


def what_is_seldom(log):
    """Yield tasks, set-ups that another operator takes over, tickets put back, and calls when nobody is there."""
    staffed, cords, tickets = Counter(), {}, set()
    seized = {
        (entry.call, entry.time_s) for entry in log if entry.happening is Happening.TRUNK_SEIZED
    }
    for entry in log:
        at = entry.exchange, entry.call
        match entry.happening:
            case Happening.ON_DUTY | Happening.OFF_DUTY:
                staffed[entry.exchange] += 1 if entry.happening is Happening.ON_DUTY else -1
            case Happening.ARRIVED if entry.exchange in staffed and not staffed[entry.exchange]:
                yield "at night"
            case Happening.CORD_TAKEN:
                cords[at] = entry.position
            case Happening.TASK_BEGUN:
                yield Task(entry.detail).name
                if (
                    entry.detail in range(Task.NUMBER, Task.SUPERVISE)
                    and entry.position != cords[at]
                ):
                    yield "taken over"
            case Happening.TICKET_WRITTEN:
                tickets.add(entry.call)
            case Happening.TRUNK_REFUSED:
                if entry.call in tickets and (entry.call, entry.time_s) not in seized:
                    yield "put back"
            case Happening.TICKET_CLOSED:
                tickets.remove(entry.call)


def clear_last(monkeypatch):
    monkeypatch.setattr(operators, "_CLEARING", 1000)


def leave_what_is_in_hand(monkeypatch):
    monkeypatch.setattr(operators, "_IN_HAND", 1000)


def forget_priority(monkeypatch):
    monkeypatch.setattr(operators, "max", lambda *_: 0, raising=False)


def take_the_last_who_became_idle(monkeypatch):
    finish = Exchange.finish

    def finish_and_go_to_the_front(self, position, job):
        finish(self, position, job)
        if self._idle and self._idle[-1] is position:
            self._idle.insert(0, self._idle.pop())

    monkeypatch.setattr(Exchange, "finish", finish_and_go_to_the_front)


def change_no_shift(monkeypatch):
    staff = Exchange._staff
    monkeypatch.setattr(
        Exchange, "_staff", lambda self, n, is_shift: staff(self, n, is_shift and False)
    )


def draw_each_repetition_alike(monkeypatch):
    monkeypatch.setattr(exchange, "task_address", lambda index, hop, _: task_address(index, hop, 0))


def notice_everywhere_as_at_the_first(monkeypatch):
    monkeypatch.setattr(course, "task_address", lambda index, _hop, n: task_address(index, 0, n))


def work_trunks_like_own_callers(monkeypatch):
    begin = Hop.__init__

    def begin_as_own(self, call, number, node, at, arrived_s):
        begin(self, call, number, node, at, arrived_s)
        if at is not None:
            self.laws = at.plan.times.originating

    monkeypatch.setattr(Hop, "__init__", begin_as_own)


def hold_circuits_without_reserve(monkeypatch):
    monkeypatch.setattr(TrunkGroup, "is_free", lambda self, _: self.busy.n < self.n_circuits)


def forget_that_a_call_left_its_first_choice(monkeypatch):
    monkeypatch.setattr(PatchCall, "is_rerouted", property(lambda _: False, lambda *_: None))


def take_long_detours(monkeypatch):
    find = Routes._find

    def find_all(self, *key):
        self._max_detour = 9
        return find(self, *key)

    monkeypatch.setattr(Routes, "_find", find_all)


def come_back_to_an_exchange(monkeypatch):
    find = Routes._find
    monkeypatch.setattr(Routes, "_find", lambda self, _, *ends: find(self, frozenset(), *ends))


def work_the_last_ticket_first(monkeypatch):
    next_ready = TicketDesk._next_ready

    def last_ready(self):
        self._open = dict(reversed(self._open.items()))
        hop = next_ready(self)
        self._open = dict(reversed(self._open.items()))
        return hop

    monkeypatch.setattr(TicketDesk, "_next_ready", last_ready)


def overtake_tickets(monkeypatch):
    monkeypatch.setattr(TicketDesk, "has_ticket_for", lambda *_: False)


def keep_the_turn_of_a_ticket(monkeypatch):
    def put_back(self, hop):
        self._open[hop.call.number].is_ready = False

    monkeypatch.setattr(TicketDesk, "put_back", put_back)


def let_tickets_expire_in_silence(monkeypatch):
    expire, wake = TicketDesk._expire, TicketDesk._wake

    def expire_in_silence(self, ticket):
        monkeypatch.setattr(TicketDesk, "_wake", lambda _: None)
        expire(self, ticket)
        monkeypatch.setattr(TicketDesk, "_wake", wake)

    monkeypatch.setattr(TicketDesk, "_expire", expire_in_silence)


def keep_the_cord_of_a_ticket(monkeypatch):
    free_cord = Exchange.free_cord

    def free_cord_at_the_end(self, hop):
        if hop.call.outcome is not None:
            free_cord(self, hop)

    monkeypatch.setattr(Exchange, "free_cord", free_cord_at_the_end)


def write_tickets_everywhere(monkeypatch):
    monkeypatch.setattr(Hop, "supervises", property(lambda self: self.exchange is not None))


def wait_anew_at_each_exchange(monkeypatch):
    stop_waiting = Courses.stop_waiting

    def stop_and_be_patient(self, hop, is_answered):
        stop_waiting(self, hop, is_answered)
        hop.call.patience_s += self._env.now - hop.arrived_s

    monkeypatch.setattr(Courses, "stop_waiting", stop_and_be_patient)


def refuse_nobody(monkeypatch):
    monkeypatch.setattr(Courses, "_refuse", lambda *_: None)


def blame_operators_for_cords(monkeypatch):
    monkeypatch.setattr(Exchange, "has_idle_operator", False)


def look_at_the_last_exchange(monkeypatch):
    def last(call):
        return next((hop for hop in reversed(call.hops) if hop.exchange is not None), None)

    monkeypatch.setattr(course, "_supervisor", last)


def answer_after_the_operator_gave_up(monkeypatch):
    def answer(self, call):
        if call.outcome is None:
            self._answer(call)

    monkeypatch.setattr(Courses, "_ring_over", answer)


def take_down_at_once(monkeypatch):
    monkeypatch.setattr(Courses, "_show_end", Courses.clear)


FAULTS = (
    clear_last, leave_what_is_in_hand, forget_priority, take_the_last_who_became_idle, change_no_shift,
    draw_each_repetition_alike, notice_everywhere_as_at_the_first, work_trunks_like_own_callers,
    hold_circuits_without_reserve, forget_that_a_call_left_its_first_choice, take_long_detours,
    come_back_to_an_exchange, work_the_last_ticket_first, overtake_tickets, keep_the_turn_of_a_ticket,
    let_tickets_expire_in_silence, keep_the_cord_of_a_ticket, write_tickets_everywhere,
    wait_anew_at_each_exchange, refuse_nobody, blame_operators_for_cords, look_at_the_last_exchange,
    answer_after_the_operator_gave_up, take_down_at_once,
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_rule_is_noticed(monkeypatch, fault):
    for name in HAND_PICKED:
        plain_tables(name)
    fault(monkeypatch)
    assert any(
        first_difference(tables_of_product(simulate(network)), plain_tables(name))
        for name, network in HAND_PICKED.items()
    )
