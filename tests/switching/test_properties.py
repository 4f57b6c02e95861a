"""Properties of random small networks, proven on their logs; every property is seen to fail by a fault."""

import random
from collections import Counter
from dataclasses import replace
from heapq import heappush
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.engine.clock import Later
from sim.switching.course import Courses
from sim.switching.exchange import Exchange
from sim.switching.ledger import Ledger
from sim.switching.operators import Position
from sim.switching.plan import FLAWLESS
from sim.switching.routes import TrunkGroup
from sim.switching.tasks import Task
from sim.tables import Outcome
from tests.switching import properties
from tests.switching.small_networks import BUSY, Network, networks, simulate

FEW = settings(max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(networks())
def test_all_properties_hold(network):
    run = simulate(network)
    for holds in properties.ALL:
        holds(run)


@pytest.mark.parametrize("holds", properties.ALL)
def test_property_holds_where_everything_happens(holds):
    holds(simulate(BUSY))


def test_everything_happens():
    outcomes = Counter(call.outcome for call in simulate(BUSY).calls)
    assert set(outcomes) >= {
        Outcome.COMPLETED, Outcome.BLOCKED_TRUNK, Outcome.NO_ROUTE, Outcome.CALLEE_BUSY, Outcome.NO_ANSWER,
        Outcome.CALLER_ABANDONED, Outcome.PATCH_ABANDONED, Outcome.PATCH_REFUSED, Outcome.PATCH_NO_CORD,
        Outcome.PATCH_WRONG, Outcome.PATCH_CUT_OFF, Outcome.TICKET_EXPIRED,
    }  # fmt: skip


def without_limits(network):
    """The same exchanges with cords and circuits for everybody."""
    plans = tuple(replace(plan, n_cords=1000, max_waiting=None) for plan in network.plans)
    trunks = tuple((a, b, 1000, 0) for a, b in pairwise(network.nodes))
    return replace(network, plans=plans, trunks=trunks)


@FEW
@given(networks(service=FLAWLESS, p_busy=0.0, p_answer=1.0).map(without_limits))
def test_shifts_lose_no_call(network):
    """Whoever goes off, every patient call is put through in the end."""
    run = simulate(network)
    assert {call.outcome for call in run.calls} == {Outcome.COMPLETED}


def with_one_operator_more(network):
    plans = tuple(
        replace(
            plan,
            n_positions=plan.n_positions + 1,
            rota=replace(plan.rota, n_by_hour=tuple(n + 1 for n in plan.rota.n_by_hour)),
        )
        for plan in network.plans
    )
    return replace(network, plans=plans)


@FEW
@given(networks())
def test_another_operator_changes_nobodys_patience(network):
    properties.calls_are_the_same_in_both(
        simulate(network), simulate(with_one_operator_more(network))
    )


def test_draws_without_addresses_are_noticed():
    def without_addresses():
        chance = random.Random(1)
        return lambda *_: chance.random()

    runs = [
        simulate(network, without_addresses()) for network in (BUSY, with_one_operator_more(BUSY))
    ]
    with pytest.raises(AssertionError):
        properties.calls_are_the_same_in_both(*runs)


@given(networks(), st.booleans())
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_same_network_gives_the_same_log(network, is_clock):
    network = replace(network, is_clock=is_clock)
    assert simulate(network).boards.log == simulate(network).boards.log


def work_on_two_things(monkeypatch):
    begin = Exchange._begin

    def begin_and_look_idle(self, position, job):
        begin(self, position, job)
        if len(self._idle) < 3:
            self._idle.append(position)

    def begin_beside(self, job):
        Later(self._env, job.tasks[-1][-1] - self._env.now, lambda done: finish(self, done), job)

    def finish(position, job):
        idle = position._on_done.__self__._idle
        if position in idle:
            idle.remove(position)
        position._on_done(position, job)

    monkeypatch.setattr(Exchange, "_begin", begin_and_look_idle)
    monkeypatch.setattr(Position, "begin", begin_beside)


def leave_the_task_in_the_queue(monkeypatch):
    take, left = Exchange._take, set()

    def take_and_leave(self, position):
        job = take(self, position)
        if job is not None and job.task is Task.CLEAR and job.hop not in left:
            left.add(job.hop)
            heappush(self._queue._duties, (0, -len(left), job))
        return job

    monkeypatch.setattr(Exchange, "_take", take_and_leave)


def take_cords_that_are_not_there(monkeypatch):
    monkeypatch.setattr(Position, "has_cord", True)


def take_cords_down_at_once(monkeypatch):
    monkeypatch.setattr(Courses, "_show_end", Courses.clear)


def release_circuits_early(monkeypatch):
    answer = Courses._answer

    def answer_and_release(self, call):
        for hop in call.hops:
            if hop.trunk is not None:
                self.write(properties.Happening.TRUNK_RELEASED, hop, hop.trunk.number)
                hop.trunk.release(self._env.now)
                hop.trunk = None
        answer(self, call)

    monkeypatch.setattr(Courses, "_answer", answer_and_release)


def seize_circuits_that_are_not_there(monkeypatch):
    monkeypatch.setattr(TrunkGroup, "is_free", lambda *_: True)


def work_on_after_the_shift(monkeypatch):
    go_off = Exchange._go_off

    def stay(self, position):
        was_idle = position in self._idle
        go_off(self, position)
        if not was_idle:
            position.is_on_duty = True

    monkeypatch.setattr(Exchange, "_go_off", stay)


def ignore_the_rota(monkeypatch):
    staff = Exchange._staff

    def staff_all(self, n, is_shift):
        staff(self, len(self.positions), is_shift)

    monkeypatch.setattr(Exchange, "_staff", staff_all)


def count_a_second_more(monkeypatch):
    waited = Ledger.waited
    monkeypatch.setattr(
        Ledger,
        "waited",
        lambda self, arrived_s, time_s, is_answered: waited(
            self, arrived_s, time_s + 1.0, is_answered
        ),
    )


def hold_circuits_a_second_longer(monkeypatch):
    release = TrunkGroup.release
    monkeypatch.setattr(TrunkGroup, "release", lambda self, time_s: release(self, time_s + 1.0))


def write_work_on_the_sheet_of_the_first(monkeypatch):
    finish = Exchange.finish

    def finish_and_blame(self, position, job):
        own, position.sheet = position.sheet, self.positions[0].sheet
        finish(self, position, job)
        position.sheet = own

    monkeypatch.setattr(Exchange, "finish", finish_and_blame)


def give_two_outcomes(monkeypatch):
    end = Courses.end

    def end_again(self, call, outcome, lost_at, in_hand=None):
        end(self, call, outcome, lost_at, in_hand)
        if outcome is Outcome.PATCH_ABANDONED:
            call.outcome = None
            end(self, call, Outcome.CALLER_ABANDONED, lost_at, in_hand)

    monkeypatch.setattr(Courses, "end", end_again)


def forget_to_clear(monkeypatch):
    due = Courses._clear_due

    def forget(self, hop):
        if hop.call.number % 20:
            due(self, hop)

    monkeypatch.setattr(Courses, "_clear_due", forget)


FAULTS = [
    (work_on_two_things, properties.no_position_does_two_tasks_at_once),
    (leave_the_task_in_the_queue, properties.no_call_is_worked_twice_at_once_at_an_exchange),
    (take_cords_that_are_not_there, properties.cords_in_use_never_exceed_cords),
    (take_cords_down_at_once, properties.a_cord_is_held_until_cleared),
    (release_circuits_early, properties.circuits_are_held_until_cleared_and_never_exceeded),
    (
        seize_circuits_that_are_not_there,
        properties.circuits_are_held_until_cleared_and_never_exceeded,
    ),
    (work_on_after_the_shift, properties.nobody_is_served_off_shift),
    (ignore_the_rota, properties.nobody_is_served_off_shift),
    (count_a_second_more, properties.littles_law_holds),
    (hold_circuits_a_second_longer, properties.littles_law_holds),
    (write_work_on_the_sheet_of_the_first, properties.sheets_add_up_to_the_exchange),
    (give_two_outcomes, properties.every_call_ends_in_exactly_one_outcome),
    (forget_to_clear, properties.nothing_is_left_over),
]


@pytest.mark.parametrize(("fault", "holds"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_a_fault_is_noticed(monkeypatch, fault, holds):
    fault(monkeypatch)
    run = simulate(BUSY)
    with pytest.raises(AssertionError):
        holds(run)


def test_every_property_has_a_fault():
    assert {holds for _, holds in FAULTS} == set(properties.ALL)


def test_a_single_exchange_needs_no_trunks():
    network = Network(plans=(BUSY.plans[1],), nodes=("b",), n_calls=30)
    run = simulate(network)
    for holds in properties.ALL:
        holds(run)
