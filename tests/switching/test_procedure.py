"""The course of single calls, to the second: tasks of fixed times, one after the other."""

import math

import pytest
import simpy

from sim.engine.clock import Clock
from sim.switching.draws import draws_of_key
from sim.switching.exchange import Exchange
from sim.switching.ledger import Happening
from sim.switching.lines import AddressedLines
from sim.switching.plan import FLAWLESS, ExchangePlan, Rota, Service, around_the_clock
from sim.switching.switchboards import Switchboards
from sim.switching.tasks import Task, TaskTimes, exponential, fixed, only_answering
from sim.tables import Outcome
from tests.switching.desks import trunks
from tests.switching.properties import no_call_is_worked_twice_at_once_at_an_exchange
from tests.switching.small_networks import Run

# Powers of two, so that every sum tells which tasks are in it.
SECONDS = {task: fixed(2.0**task) for task in Task}
EXACT = TaskTimes(SECONDS, SECONDS)
SET_UP = (Task.ANSWER, Task.NUMBER, Task.TEST_LINE, Task.PLUG, Task.RING)
OUTGOING = (Task.ANSWER, Task.NUMBER, Task.TEST_TRUNK, Task.PASS, Task.PLUG, Task.RING)
PATIENT = FLAWLESS


class Script(AddressedLines):
    """Lines that do what the test says."""

    def __init__(self, ring_s=0.0, reason=None, is_there=True):
        super().__init__(draws_of_key(1, 0))
        self.seconds, self.reason, self.is_there = ring_s, reason, is_there
        self.n_held = 0

    def seize(self, _call):
        self.n_held += self.reason is None
        return self.reason

    def ring_s(self, _call):
        return self.seconds

    def release(self, _call):
        self.n_held -= 1

    def is_caller_there(self, _call):
        return self.is_there


def plan(name="a", n=1, **more):
    more = {"times": EXACT, "rota": around_the_clock(n), **more}
    return ExchangePlan(name, **more)


def made(*plans, lines=None, graph=None, service=PATIENT, **more):
    env = simpy.Environment()
    boards = Switchboards(
        env, plans, draws_of_key(1, 0), graph, Script() if lines is None else lines, service, **more
    )
    return env, boards


def seconds(*tasks):
    return sum(SECONDS[task].mean_s for task in tasks)


def tasks(boards, call, exchange="a"):
    """Tasks done for a call at an exchange, in their order."""
    return [
        Task(entry.detail)
        for entry in boards.log
        if (entry.happening, entry.exchange, entry.call)
        == (Happening.TASK_ENDED, exchange, call.number)
    ]


def at(env, time_s, do):
    def process():
        yield env.timeout(time_s)
        do()

    env.process(process())


def test_a_local_call():
    lines = Script(ring_s=4.0)
    env, boards = made(plan(), lines=lines)
    ended = []
    call = boards.present(1, 0, "a", "a", 1000.0, on_end=ended.append)
    env.run()
    set_up_s = seconds(*SET_UP)
    assert (call.answered_s, call.ended_s) == (set_up_s + 4.0, set_up_s + 1004.0)
    assert env.now == set_up_s + 1004.0 + seconds(Task.CLEAR)
    assert tasks(boards, call) == [*SET_UP, Task.SUPERVISE, Task.CLEAR]
    assert (call.outcome, call.lost_at, ended) == (Outcome.COMPLETED, None, [call])
    assert lines.n_held == 0


def test_a_short_call_is_not_supervised():
    env, boards = made(plan())
    call = boards.present(1, 0, "a", "a", 10.0)
    env.run()
    assert tasks(boards, call) == [*SET_UP, Task.CLEAR]


@pytest.mark.parametrize("clock", [simpy.Environment, Clock])
@pytest.mark.parametrize("keeps_log", [True, False])
def test_tasks_that_are_sure_to_follow_are_one_event(clock, keeps_log, monkeypatch):
    env = clock()
    boards = Switchboards(
        env, [plan()], draws_of_key(1, 0), None, Script(), PATIENT, keeps_log=keeps_log
    )
    env.run()
    n_steps = []
    step = simpy.Environment.step
    monkeypatch.setattr(simpy.Environment, "step", lambda env: n_steps.append(step(env)))
    call = boards.present(1, 0, "a", "a", 1000.0)
    env.run()
    assert (call.answered_s, call.ended_s) == (seconds(*SET_UP), seconds(*SET_UP) + 1000.0)
    sheet = boards.ledgers["a"].sheets[0]
    done = [*SET_UP, Task.SUPERVISE, Task.CLEAR]
    assert [task for task in Task if sheet.n_tasks[task]] == done
    assert [sheet.busy_s[task] for task in done] == [SECONDS[task].mean_s for task in done]
    # Beside the tasks: the end of the talk, and the time to look whether anybody has answered.
    n_at_once = len(done) if keeps_log else len(done) - 3
    assert len(n_steps) == n_at_once + 2


def test_whether_a_log_is_kept_makes_no_difference():
    """Rotas that change while calls are in hand, calls that wait, and two exchanges on the way."""
    laws = {task: exponential(6.0) for task in Task}
    times = TaskTimes(laws, laws)
    rota = Rota((2, 3, 4) * 8, shift_h=1)

    def run(keeps_log):
        env, boards = made(
            plan("a", times=times, rota=rota, n_cords=12), plan("b", times=times, n=2),
            lines=Script(ring_s=9.0), graph=trunks(("a", "b", 6, {})), keeps_log=keeps_log,
        )  # fmt: skip
        draw = draws_of_key(7, 1)
        calls = []
        for number in range(900):
            begin_s = 14.0 * number + 9.0 * draw(9, 3, number)
            to = "ab"[number % 2]
            at(
                env,
                begin_s,
                lambda n=number, to=to: calls.append(boards.present(n, 0, "a", to, 90.0)),
            )
        env.run(until=40_000.0)  # rotas go on for ever
        return boards, calls

    (boards, calls), (others, twins) = run(True), run(False)
    assert len(calls) == len(twins) == 900
    for call, twin in zip(calls, twins, strict=True):
        for name in ("entity", "outcome", "answered_s", "ended_s", "waited_s", "lost_at"):
            assert getattr(call, name) == getattr(twin, name)
    assert max(boards.ledgers["a"].wait_s) > 60.0
    for name, ledger in boards.ledgers.items():
        other = others.ledgers[name]
        assert ledger.wait_s == other.wait_s
        assert len(ledger.wait_s) > 300
        areas_s = [one.busy.area(40_000.0) for one in (ledger, other)]
        assert areas_s[0] == pytest.approx(areas_s[1], rel=1e-12)
        for sheet, twin in zip(ledger.sheets, other.sheets, strict=True):
            assert (sheet.n_tasks, sheet.busy_s) == (twin.n_tasks, twin.busy_s)


def test_a_busy_line_is_reported():
    env, boards = made(plan(), lines=Script(reason=Outcome.CALLEE_BUSY))
    call = boards.present(1, 0, "a", "a", 1000.0)
    env.run()
    assert call.outcome is Outcome.CALLEE_BUSY
    assert call.lost_at == "a"
    assert tasks(boards, call) == [*SET_UP[:3], Task.REPORT, Task.CLEAR]


def test_nobody_answers():
    env, boards = made(plan(), lines=Script(ring_s=math.inf))
    call = boards.present(1, 0, "a", "a", 1000.0)
    env.run()
    again = [Task.SUPERVISE, Task.RE_RING]
    assert tasks(boards, call) == [
        *SET_UP, *again, *again, Task.SUPERVISE, Task.REPORT, Task.CLEAR
    ]  # fmt: skip
    assert call.outcome is Outcome.NO_ANSWER


def test_an_answer_between_two_rings_is_in_time():
    late_s = 15.0 + seconds(Task.SUPERVISE, Task.RE_RING) + 1.0
    env, boards = made(plan(), lines=Script(ring_s=late_s))
    call = boards.present(1, 0, "a", "a", 1000.0)
    env.run()
    assert call.outcome is Outcome.COMPLETED
    assert call.answered_s == seconds(*SET_UP) + late_s


def test_an_answer_while_the_operator_rings_again_needs_no_other_look():
    during_s = 15.0 + seconds(Task.SUPERVISE) + 100.0
    env, boards = made(plan(), lines=Script(ring_s=during_s))
    call = boards.present(1, 0, "a", "a", 1000.0)
    env.run()
    assert tasks(boards, call) == [*SET_UP, Task.SUPERVISE, Task.RE_RING, Task.CLEAR]


def test_an_answer_while_the_operator_reports_comes_too_late():
    again_s = 15.0 + seconds(Task.SUPERVISE, Task.RE_RING)
    too_late_s = 2.0 * again_s + 15.0 + seconds(Task.SUPERVISE) + 100.0
    env, boards = made(plan(), lines=Script(ring_s=too_late_s))
    call = boards.present(1, 0, "a", "a", 1000.0)
    env.run()
    assert (call.outcome, call.answered_s) == (Outcome.NO_ANSWER, None)


def test_nobody_rings_again_for_a_call_that_was_answered_meanwhile():
    """The operator goes off while looking; the call is answered before another one comes."""
    rota = Rota((1, 0) * 12, begin_hour=1.0 - 200.0 / 3600.0, shift_h=24)
    env, boards = made(plan(rota=rota), lines=Script(ring_s=500.0))
    call = boards.present(1, 0, "a", "a", 10_000.0)
    env.run(until=50_000.0)
    assert call.outcome is Outcome.COMPLETED
    assert tasks(boards, call) == [*SET_UP, Task.SUPERVISE, Task.CLEAR]


def test_a_call_that_ends_while_an_operator_looks_is_cleared_by_the_same_one():
    env, boards = made(plan(n=2))
    call = boards.present(1, 0, "a", "a", 15.0 + 50.0)
    env.run()
    look_ends_s = seconds(*SET_UP) + 15.0 + seconds(Task.SUPERVISE)
    (clear,) = [
        entry
        for entry in boards.log
        if entry.happening is Happening.TASK_BEGUN and entry.detail == Task.CLEAR
    ]
    assert call.ended_s < look_ends_s == clear.time_s
    no_call_is_worked_twice_at_once_at_an_exchange(
        Run(None, boards, env, [call], [call]),
    )


def test_calls_from_a_trunk_have_times_of_their_own():
    times = TaskTimes(SECONDS, {Task.ANSWER: fixed(0.5)})
    env, boards = made(
        plan("a", times=times), plan("b", times=times), graph=trunks(("a", "b", 1, {}))
    )
    call = boards.present(1, 0, "a", "b", 1000.0)
    env.run()
    assert call.answered_s == seconds(*OUTGOING) + 0.5


def test_only_what_begins_in_the_window_is_counted():
    env, boards = made(plan(n=9), window=(100.0, 200.0), service=Service(p_wrong=1.0))
    for time_s in (0.0, 99.0, 100.0, 150.0, 200.0, 300.0):
        at(env, time_s, lambda time_s=time_s: boards.present(1, int(time_s), "a", "a", 1.0))
    env.run()
    ledger = boards.ledgers["a"]
    assert ledger.outcomes == ledger.lost == {Outcome.PATCH_WRONG: 2}
    assert len(ledger.wait_s) == 2
    assert ledger.staffed.area(env.now) == 9 * 100.0


def test_a_chain_of_two_manual_exchanges():
    graph = trunks(("a", "b", 1, {}))
    env, boards = made(plan("a"), plan("b"), graph=graph)
    call = boards.present(1, 0, "a", "b", 1000.0)
    out_s = seconds(*OUTGOING)
    (group,) = boards.routes.groups
    env.run(until=seconds(*OUTGOING[:4]) + 0.5)
    assert group.busy.n == 1
    env.run()
    assert call.answered_s == out_s + seconds(*SET_UP)
    assert tasks(boards, call, "a") == [*OUTGOING, Task.SUPERVISE, Task.CLEAR]
    assert tasks(boards, call, "b") == [*SET_UP, Task.CLEAR]
    # The circuit is held from the test at a until a has cleared.
    held_s = group.busy.area(env.now)
    seized_s = seconds(*OUTGOING[:3])
    assert held_s == call.ended_s + seconds(Task.CLEAR) - seized_s
    assert boards.ledgers["a"].setup_s[2][0] == call.answered_s


def test_the_circuit_is_held_while_the_next_operator_is_awaited():
    never = Rota((0,) * 24)
    env, boards = made(
        plan("a"),
        plan("b", rota=never, n_positions=1),
        graph=trunks(("a", "b", 1, {})),
        service=Service(patience=fixed(500.0), p_wrong=0.0, p_cut_off=0.0),
    )
    call = boards.present(1, 0, "a", "b", 1000.0)
    env.run(until=40_000.0)
    assert (call.outcome, call.lost_at) == (Outcome.PATCH_ABANDONED, "b")
    assert call.ended_s == seconds(*OUTGOING) + 500.0
    assert boards.routes.groups[0].busy.n == 0
    held_s = boards.routes.groups[0].busy.area(env.now)
    assert held_s == call.ended_s + seconds(Task.CLEAR) - seconds(*OUTGOING[:3])


def test_patience_is_for_all_waits_together():
    service = Service(patience=fixed(400.0), p_wrong=0.0, p_cut_off=0.0)
    env, boards = made(
        plan("a"),
        plan("b", rota=Rota((0,) * 24), n_positions=1),
        graph=trunks(("a", "b", 5, {})),
        service=service,
    )
    boards.present(1, 0, "a", "a", 5000.0)
    second = boards.present(2, 0, "a", "b", 1.0)
    env.run(until=40_000.0)
    (a_wait_s,) = list(boards.ledgers["a"].wait_s)[1:]
    (b_wait_s,) = boards.ledgers["b"].wait_s
    assert a_wait_s == seconds(*SET_UP)
    assert a_wait_s + b_wait_s == second.waited_s == 400.0
    assert (second.outcome, second.lost_at) == (Outcome.PATCH_ABANDONED, "b")


def test_an_automatic_exchange_on_the_way_takes_no_time():
    graph = trunks(("a", "t", 1, {}), ("t", "b", 1, {}))
    env, boards = made(plan("a"), plan("b"), graph=graph)
    call = boards.present(1, 0, "a", "b", 1000.0)
    env.run()
    assert call.answered_s == seconds(*OUTGOING) + seconds(*SET_UP)
    assert (call.n_manual, len(call.hops)) == (2, 3)
    assert all(group.busy.n == 0 for group in boards.routes.groups)


def test_a_call_from_an_automatic_exchange():
    env, boards = made(plan("b"), graph=trunks(("m", "b", 1, {})))
    call = boards.present(1, 0, "m", "b", 1000.0)
    env.run()
    assert call.answered_s == seconds(*SET_UP)
    assert tasks(boards, call, "b") == [*SET_UP, Task.SUPERVISE, Task.CLEAR]
    assert boards.ledgers["m"].outcomes == {Outcome.COMPLETED: 1}


def test_without_operators_nobody_errs():
    service = Service(p_wrong=1.0, p_cut_off=1.0)
    env, boards = made(plan("a"), graph=trunks(("m", "n", 1, {})), service=service)
    automatic = boards.present(1, 0, "m", "n", 10.0)
    by_hand = boards.present(2, 0, "a", "a", 10.0)
    env.run()
    assert automatic.outcome is Outcome.COMPLETED
    assert by_hand.outcome is Outcome.PATCH_WRONG
    assert by_hand.ended_s == by_hand.answered_s + 8.0


def test_a_cut_off_falls_anywhere_into_the_talk():
    env, boards = made(plan(n=200), service=Service(p_wrong=0.0, p_cut_off=1.0))
    calls = [boards.present(number, 0, "a", "a", 100.0) for number in range(200)]
    env.run()
    assert {call.outcome for call in calls} == {Outcome.PATCH_CUT_OFF}
    talks_s = [call.ended_s - call.answered_s for call in calls]
    assert 0.0 < min(talks_s) < 5.0
    assert 95.0 < max(talks_s) < 100.0


def test_errors_are_as_frequent_as_published():
    """3.8 % wrong and 1 in 160 cut off, within 3.3 standard deviations of the binomial law (99.9 %)."""
    env, boards = made(plan(times=only_answering(fixed(0.0))), service=Service())
    n = 20_000
    for number in range(n):
        at(env, 10.0 * number, lambda number=number: boards.present(number, 0, "a", "a", 1.0))
    env.run()
    outcomes = boards.ledgers["a"].outcomes
    for outcome, p in ((Outcome.PATCH_WRONG, 0.038), (Outcome.PATCH_CUT_OFF, 0.962 / 160.0)):
        assert abs(outcomes[outcome] - n * p) <= 3.3 * math.sqrt(n * p * (1.0 - p))


def test_no_route_and_no_circuit_are_told_apart():
    graph = trunks(("a", "b", 0, {}))
    graph.add_node("far")
    env, boards = made(plan("a", n=2), graph=graph)
    blocked = boards.present(1, 0, "a", "b", 1.0)
    lost = boards.present(2, 0, "a", "far", 1.0)
    env.run()
    assert (blocked.outcome, lost.outcome) == (Outcome.BLOCKED_TRUNK, Outcome.NO_ROUTE)
    assert tasks(boards, lost) == [*OUTGOING[:3], Task.REPORT, Task.CLEAR]


def test_an_unknown_exchange_is_named():
    _, boards = made(plan())
    with pytest.raises(ValueError, match="'nowhere': no such exchange; there are a"):
        boards.present(1, 0, "a", "nowhere", 1.0)


def test_too_many_waiting_are_refused():
    env, boards = made(plan(max_waiting=1))
    calls = [boards.present(number, 0, "a", "a", 1.0) for number in range(3)]
    env.run()
    outcomes = [call.outcome for call in calls]
    assert outcomes == [Outcome.COMPLETED, Outcome.COMPLETED, Outcome.PATCH_REFUSED]
    assert boards.ledgers["a"].n_refused == 1


def test_without_a_cord_an_operator_cannot_answer():
    service = Service(patience=fixed(100.0), p_wrong=0.0, p_cut_off=0.0)
    env, boards = made(plan(n=1, n_cords=1), service=service)
    boards.present(1, 0, "a", "a", 5000.0)
    waiting = []
    at(env, 1000.0, lambda: waiting.append(boards.present(2, 0, "a", "a", 1.0)))
    env.run()
    assert waiting[0].outcome is Outcome.PATCH_NO_CORD
    assert waiting[0].ended_s == 1100.0


def order_of_service(boards):
    return [
        (entry.call, Task(entry.detail))
        for entry in boards.log
        if entry.happening is Happening.TASK_BEGUN and entry.detail in (Task.ANSWER, Task.CLEAR)
    ]


@pytest.mark.parametrize("clears_first", [True, False])
def test_clearing_before_answering(clears_first):
    env, boards = made(plan(clears_first=clears_first))
    boards.present(0, 0, "a", "a", 1.0)  # ends while the next is set up
    boards.present(1, 0, "a", "a", 1.0)
    boards.present(2, 0, "a", "a", 1.0)
    env.run()
    begun = [what for what in order_of_service(boards) if what[0] in (0, 2)]
    clear, answer = (0, Task.CLEAR), (2, Task.ANSWER)
    assert (begun.index(clear) < begun.index(answer)) is clears_first


@pytest.mark.parametrize(
    ("has_priority_lines", "expected"), [(True, [0, 3, 1, 2]), (False, [0, 1, 2, 3])]
)
def test_priority_lines(has_priority_lines, expected):
    env, boards = made(plan(has_priority_lines=has_priority_lines))
    for number, priority in enumerate((1, 1, 1, 0)):
        boards.present(number, 0, "a", "a", 5000.0, priority=priority)
    env.run()
    assert [call for call, task in order_of_service(boards) if task is Task.ANSWER] == expected


def test_the_longest_idle_operator_answers():
    env, boards = made(plan(n=3, times=only_answering(fixed(5.0))))
    for number in range(4):
        at(env, 4000.0 * number, lambda number=number: boards.present(number, 0, "a", "a", 2500.0))
    env.run()
    answers = [
        entry.position
        for entry in boards.log
        if entry.happening is Happening.TASK_BEGUN and entry.detail == Task.ANSWER
    ]
    assert answers == [0, 1, 2, 0]


def test_idle_operators_are_not_asked_when_nothing_waits(monkeypatch):
    env, boards = made(plan(n=3000))
    asked = []
    take = Exchange._take
    monkeypatch.setattr(
        Exchange, "_take", lambda self, position: (asked.append(position), take(self, position))[1]
    )
    call = boards.present(0, 0, "a", "a", 1000.0)
    env.run()
    # One operator for each task out of the queue, and whoever is done with work in hand looks for more.
    assert tasks(boards, call) == [*SET_UP, Task.SUPERVISE, Task.CLEAR]
    assert len(asked) <= 6


def test_what_is_in_hand_at_the_end_of_a_shift_goes_to_the_others():
    rota = Rota((2,) + (1,) * 23, begin_hour=1.0 - 3.5 / 3600.0, shift_h=24)
    env, boards = made(plan(rota=rota))
    other = boards.present(0, 0, "a", "a", 5000.0)
    call = boards.present(1, 0, "a", "a", 5000.0)
    waiting = boards.present(2, 0, "a", "a", 5000.0)
    env.run(until=80_000.0)
    off_s = next(e.time_s for e in boards.log if e.happening is Happening.OFF_DUTY)
    assert off_s == pytest.approx(3.5)
    worked = [
        (entry.position, Task(entry.detail), entry.time_s)
        for entry in boards.log
        if entry.happening is Happening.TASK_BEGUN and entry.call == call.number
    ]
    # The second operator goes off while testing the line, finishes that, and the first one goes on before any new call.
    assert [one[:2] for one in worked[:4]] == [
        (1, Task.ANSWER), (1, Task.NUMBER), (1, Task.TEST_LINE), (0, Task.PLUG)
    ]  # fmt: skip
    assert worked[3][2] == other.answered_s
    assert waiting.waited_s >= call.answered_s
    assert {one.outcome for one in (other, call, waiting)} == {Outcome.COMPLETED}
    cord = [e.position for e in boards.log if e.happening is Happening.CORD_CLEARED and e.call == 1]
    assert cord == [1]  # the cord stays where it is plugged


def test_a_successor_goes_on_at_the_same_position():
    rota = Rota((1,) * 24, begin_hour=8.0 - 5.0 / 3600.0, shift_h=8)
    env, boards = made(plan(rota=rota))
    call = boards.present(0, 0, "a", "a", 100.0)
    env.run(until=3600.0)
    duty = [
        (e.happening, e.detail)
        for e in boards.log
        if e.happening in (Happening.ON_DUTY, Happening.OFF_DUTY)
    ]
    assert duty == [(Happening.ON_DUTY, 0), (Happening.OFF_DUTY, 0), (Happening.ON_DUTY, 1)]
    assert call.answered_s == seconds(*SET_UP)


def test_speed_of_answer_and_measures():
    from sim.switching.ledger import answered_within, measure_exchange

    service = Service(patience=exponential(30.0), p_wrong=0.0, p_cut_off=0.0)
    env, boards = made(plan(), service=service)
    for number in range(10):
        boards.present(number, 0, "a", "a", 100.0)
    env.run()
    ledger = boards.ledgers["a"]
    measures = measure_exchange(ledger, env.now)
    waits = sorted(ledger.wait_s)
    assert measures.n_arrived == 10
    assert measures.wait_mean_s == pytest.approx(sum(waits) / 10)
    assert answered_within(ledger, 0.0) == 0.1
    assert answered_within(ledger, 1e9) == pytest.approx(1.0 - measures.abandonment)
    assert sum(measures.outcomes.values()) == 10
    assert measures.lost == {Outcome.PATCH_ABANDONED: round(10 * measures.abandonment)}
    assert measures.occupancy == pytest.approx(ledger.busy.area(env.now) / env.now)
