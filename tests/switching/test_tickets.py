"""Delay working: a ticket is written, and the operator calls back when a circuit is free."""

import pytest

from sim.switching.tasks import Task
from sim.tables import Outcome
from tests.switching.desks import trunks
from tests.switching.test_procedure import OUTGOING, Script, at, made, plan, seconds, tasks

GRAPH = trunks(("a", "b", 1, {}))
BY_TICKET = [*OUTGOING[:3], Task.TICKET, Task.CALL_BACK, *OUTGOING[3:]]


def delayed(lines=None, n=3, **more):
    return made(plan("a", n, delay_working=True, **more), graph=GRAPH, lines=lines)


def test_the_caller_of_a_ticket_holds_no_cord():
    env, boards = delayed()
    first = boards.present(0, 0, "a", "b", 20_000.0)
    second = boards.present(1, 0, "a", "b", 100.0)
    env.run(until=5000.0)
    ledger = boards.ledgers["a"]
    assert (ledger.tickets.n, ledger.cords.n) == (1, 1)  # the caller of the ticket has hung up
    env.run()
    assert (first.outcome, second.outcome) == (Outcome.COMPLETED, Outcome.TICKET_EXPIRED)


def test_a_ticket_is_worked_to_the_second():
    env, boards = delayed(ticket_expiry_s=50_000.0)
    first = boards.present(0, 0, "a", "b", 20_000.0)
    second = boards.present(1, 0, "a", "b", 100.0)
    env.run()
    free_s = first.ended_s + seconds(Task.CLEAR)
    assert second.answered_s == free_s + seconds(Task.CALL_BACK, Task.PASS, Task.PLUG, Task.RING)
    assert second.outcome is Outcome.COMPLETED
    assert tasks(boards, second)[: len(BY_TICKET)] == BY_TICKET
    ledger = boards.ledgers["a"]
    written_s = seconds(*OUTGOING[:3], Task.TICKET)
    assert ledger.tickets.area(env.now) == pytest.approx(free_s - written_s)
    assert ledger.tickets.n == 0


def test_a_ticket_expires():
    env, boards = delayed(ticket_expiry_s=500.0)
    boards.present(0, 0, "a", "b", 20_000.0)
    late = boards.present(1, 0, "a", "b", 100.0)
    env.run()
    assert (late.outcome, late.lost_at) == (Outcome.TICKET_EXPIRED, "a")
    assert late.ended_s == seconds(*OUTGOING[:3], Task.TICKET) + 500.0


def test_the_caller_may_be_gone():
    env, boards = delayed(Script(is_there=False), ticket_expiry_s=50_000.0)
    boards.present(0, 0, "a", "b", 20_000.0)
    gone = boards.present(1, 0, "a", "b", 100.0)
    last = boards.present(2, 0, "a", "b", 100.0)
    env.run()
    assert {gone.outcome, last.outcome} == {Outcome.CALLER_ABANDONED}
    assert tasks(boards, gone) == [*BY_TICKET[:5], Task.CLEAR]
    assert boards.routes.groups[0].busy.n == 0


def test_tickets_are_worked_in_their_order():
    env, boards = delayed(n=4, ticket_expiry_s=500_000.0)
    calls = [boards.present(number, 0, "a", "b", 20_000.0) for number in range(4)]
    env.run()
    answers_s = [call.answered_s for call in calls]
    assert answers_s == sorted(answers_s)
    assert {call.outcome for call in calls} == {Outcome.COMPLETED}


def test_a_ticket_is_not_overtaken():
    env, boards = delayed(n=1, ticket_expiry_s=500_000.0)
    first, second = (boards.present(number, 0, "a", "b", 20_000.0) for number in range(2))
    late, later = [], []
    # It comes while the only operator clears the circuit, and so is answered before the caller of the ticket is called.
    at(env, 21_000.0, lambda: late.append(boards.present(3, 0, "a", "b", 1.0)))
    at(env, 200_000.0, lambda: later.append(boards.present(4, 0, "a", "b", 1.0)))
    env.run()
    assert second.answered_s < late[0].answered_s
    assert Task.TICKET in tasks(boards, late[0])
    # With no ticket left, circuits are for everybody again.
    assert later[0].outcome is first.outcome is Outcome.COMPLETED
    assert Task.TICKET not in tasks(boards, later[0])


def test_a_ticket_whose_circuit_is_taken_waits_for_the_next():
    env, boards = delayed(n=1, ticket_expiry_s=500_000.0)
    boards.present(0, 0, "a", "b", 20_000.0)
    second = boards.present(1, 0, "a", "b", 100.0)
    # A local call is answered first; meanwhile the exchange at the other end, which is automatic, takes the circuit.
    at(env, 21_000.0, lambda: boards.present(2, 0, "a", "a", 1.0))
    incoming = []
    at(env, 24_225.0, lambda: incoming.append(boards.present(3, 0, "b", "a", 1.0)))
    env.run()
    assert incoming[0].outcome is Outcome.COMPLETED
    assert second.outcome is Outcome.COMPLETED
    assert second.answered_s > incoming[0].ended_s
    assert tasks(boards, second).count(Task.CALL_BACK) == 1


def test_a_ticket_that_expires_before_an_operator_has_time_leaves_the_circuit_to_the_next():
    env, boards = delayed(n=1, ticket_expiry_s=29_500.0)
    boards.present(0, 0, "a", "b", 20_000.0)
    first, second = (boards.present(number, 0, "a", "b", 10.0) for number in (1, 2))
    # Local calls, and the time to clear them, keep the only operator busy when the circuit is cleared at 27,296 s.
    for number, time_s in enumerate((19_000.0, 25_000.0)):
        at(env, time_s, lambda number=number: boards.present(9, number, "a", "a", 0.0, priority=0))
    env.run()
    assert first.outcome is Outcome.TICKET_EXPIRED
    assert second.outcome is Outcome.COMPLETED


def test_demand_working_loses_the_call():
    env, boards = made(plan("a", 3), graph=GRAPH)
    boards.present(0, 0, "a", "b", 20_000.0)
    second = boards.present(1, 0, "a", "b", 100.0)
    env.run()
    assert second.outcome is Outcome.BLOCKED_TRUNK


def test_a_ticket_that_may_not_take_the_reserve_does_not_keep_it_from_the_next():
    """A call that left its first choice on the way waits for two free circuits; a later one needs only one."""
    graph = trunks(
        ("m", "a", 0, {}), ("m", "x", 1, {}), ("x", "a", 1, {}), ("a", "b", 2, {"n_reserved": 1})
    )
    env, boards = made(plan("a", 6, delay_working=True, ticket_expiry_s=50_000.0), graph=graph)
    for number, talk_s in enumerate((20_000.0, 200_000.0)):
        boards.present(number, 0, "a", "b", talk_s)
    rerouted, own = [], []
    at(env, 1000.0, lambda: rerouted.append(boards.present(2, 0, "m", "b", 100.0)))
    at(env, 5000.0, lambda: own.append(boards.present(3, 0, "a", "b", 100.0)))
    env.run()
    assert rerouted[0].is_rerouted
    assert rerouted[0].outcome is Outcome.TICKET_EXPIRED
    assert own[0].outcome is Outcome.COMPLETED
    assert own[0].answered_s < 30_000.0


def test_a_ticket_that_is_put_back_hands_its_turn_on():
    """Two circuits become free before anybody has time, and the second ticket for the first of them is called too."""
    graph = trunks(("a", "b", 1, {}), ("a", "c", 1, {}))
    env, boards = made(plan("a", 1, delay_working=True, ticket_expiry_s=90_000.0), graph=graph)
    for number, node in enumerate("bc"):
        boards.present(number, 0, "a", node, 20_000.0)
    first, second, other = (boards.present(9, i, "a", to, 40_000.0) for i, to in enumerate("bbc"))
    env.run()
    assert first.outcome is other.outcome is Outcome.COMPLETED
    # One after the other; nobody waits for the end of the first one's talk.
    assert other.answered_s < first.answered_s + 10_000.0
    assert second.answered_s > first.ended_s
