"""What must hold of every run, told from the log alone; each function raises AssertionError where it does not."""

from collections import Counter, defaultdict

import pytest

from sim.switching.ledger import Happening
from sim.switching.tasks import Task
from sim.tables import Outcome
from tests.switching.small_networks import END_S


def no_position_does_two_tasks_at_once(run):
    in_hand = {}
    for entry in run.boards.log:
        place = entry.exchange, entry.position
        if entry.happening is Happening.TASK_BEGUN:
            assert place not in in_hand, entry
            in_hand[place] = entry
        elif entry.happening is Happening.TASK_ENDED:
            begun = in_hand.pop(place)
            assert (begun.call, begun.detail) == (entry.call, entry.detail)
    assert not in_hand


def no_call_is_worked_twice_at_once_at_an_exchange(run):
    in_hand = set()
    for entry in run.boards.log:
        worked = entry.exchange, entry.call
        if entry.happening is Happening.TASK_BEGUN:
            assert worked not in in_hand, entry
            in_hand.add(worked)
        elif entry.happening is Happening.TASK_ENDED:
            in_hand.remove(worked)


def cords_in_use_never_exceed_cords(run):
    n_cords = {plan.name: plan.n_cords for plan in run.network.plans}
    used = Counter()
    for entry in run.boards.log:
        place = entry.exchange, entry.position
        used[place] += entry.happening is Happening.CORD_TAKEN
        used[place] -= entry.happening is Happening.CORD_CLEARED
        assert 0 <= used[place] <= n_cords[entry.exchange] if used[place] else True, entry
    assert not +used


def a_cord_is_held_until_cleared(run):
    """It goes up once, and down after the call's end by an operator's task, or when a ticket is written."""
    laws = {plan.name: plan.times for plan in run.network.plans}
    held, ended, cleared, hop_number, ticketed = set(), set(), set(), {}, set()
    for entry in run.boards.log:
        at = entry.exchange, entry.call
        match entry.happening:
            case Happening.ARRIVED:
                hop_number[at] = entry.detail
            case Happening.CORD_TAKEN:
                assert at not in held, entry
                held.add(at)
            case Happening.ENDED:
                ended.add(entry.call)
            case Happening.TASK_ENDED if entry.detail == Task.CLEAR:
                cleared.add((*at, entry.time_s))
            case Happening.TICKET_WRITTEN:
                ticketed.add((*at, entry.time_s))
            case Happening.CORD_CLEARED:
                held.remove(at)
                if (*at, entry.time_s) in ticketed:
                    continue
                assert entry.call in ended, entry
                times = laws[entry.exchange]
                if Task.CLEAR in (times.incoming if hop_number[at] else times.originating):
                    assert (*at, entry.time_s) in cleared, entry
    assert not held


def circuits_are_held_until_cleared_and_never_exceeded(run):
    """A circuit is released with the cord that holds it, if there is one, and never before the end of the call."""
    used, held, ended = Counter(), {}, set()
    groups = run.boards.routes.groups
    for entry in run.boards.log:
        at = entry.exchange, entry.call
        match entry.happening:
            case Happening.TRUNK_SEIZED:
                assert at not in held, entry
                held[at] = entry.detail
                used[entry.detail] += 1
                assert used[entry.detail] <= groups[entry.detail].n_circuits
            case Happening.TRUNK_RELEASED:
                assert held.pop(at) == entry.detail
                assert entry.call in ended, entry
                used[entry.detail] -= 1
            case Happening.ENDED:
                ended.add(entry.call)
    assert not held


def nobody_is_served_off_shift(run):
    """Every task begins while the position is on duty, and the positions on duty are those of the rota."""
    rota = {plan.name: plan.rota for plan in run.network.plans}
    on_duty = defaultdict(set)
    for entry in run.boards.log:
        name = entry.exchange
        if entry.happening is Happening.ON_DUTY:
            assert entry.position not in on_duty[name]
            on_duty[name].add(entry.position)
        elif entry.happening is Happening.OFF_DUTY:
            on_duty[name].remove(entry.position)
        elif entry.happening is Happening.TASK_BEGUN:
            assert entry.position in on_duty[name], entry
            # By the rota itself; a task at the very moment of a change may see either side.
            allowed = max(rota[name].n_at(entry.time_s + shift_s) for shift_s in (-1e-6, 1e-6))
            assert entry.position < allowed, entry


def everybody_gets_a_number_of_waits(run):
    """Return of each exchange: arrivals, and ends of waits by answer, abandonment or refusal."""
    arrived, waits = {}, defaultdict(list)
    manual = {plan.name for plan in run.network.plans}
    for entry in run.boards.log:
        at = entry.exchange, entry.call
        if entry.happening is Happening.ARRIVED and entry.exchange in manual:
            arrived[at] = entry.time_s
        is_answer = entry.happening is Happening.TASK_BEGUN and entry.detail == Task.ANSWER
        if is_answer or entry.happening in (Happening.ABANDONED, Happening.REFUSED):
            waits[entry.exchange].append(entry.time_s - arrived.pop(at))
    assert not arrived
    return waits


def littles_law_holds(run):
    """Calls in the queue, positions at work, cords and circuits in use, integrated, are the sums of the times."""
    waits = everybody_gets_a_number_of_waits(run)
    begun, work_s, cord_s, circuit_s = {}, Counter(), Counter(), Counter()
    for entry in run.boards.log:
        match entry.happening:
            case Happening.TASK_BEGUN | Happening.CORD_TAKEN | Happening.TRUNK_SEIZED:
                begun[entry.happening, entry.exchange, entry.call] = entry.time_s
            case Happening.TASK_ENDED:
                begun_s = begun.pop((Happening.TASK_BEGUN, entry.exchange, entry.call))
                work_s[entry.exchange] += entry.time_s - begun_s
            case Happening.CORD_CLEARED:
                begun_s = begun.pop((Happening.CORD_TAKEN, entry.exchange, entry.call))
                cord_s[entry.exchange] += entry.time_s - begun_s
            case Happening.TRUNK_RELEASED:
                begun_s = begun.pop((Happening.TRUNK_SEIZED, entry.exchange, entry.call))
                circuit_s[entry.detail] += entry.time_s - begun_s
    # Sums of some hundred times of up to a month, in another order.
    close = {"rel": 1e-9, "abs": 1e-6}
    for plan in run.network.plans:
        ledger = run.boards.ledgers[plan.name]
        assert sum(waits[plan.name]) == pytest.approx(ledger.waiting.area(END_S), **close)
        assert sum(ledger.wait_s) == pytest.approx(ledger.waiting.area(END_S), **close)
        assert work_s[plan.name] == pytest.approx(ledger.busy.area(END_S), **close)
        assert cord_s[plan.name] == pytest.approx(ledger.cords.area(END_S), **close)
    for group in run.boards.routes.groups:
        assert circuit_s[group.number] == pytest.approx(group.busy.area(END_S), **close)


def sheets_add_up_to_the_exchange(run):
    """What each position did is what the log says, and the sum over positions what its exchange counted."""
    begun, n_tasks, busy_s, answered = {}, Counter(), Counter(), Counter()
    for entry in run.boards.log:
        place = entry.exchange, entry.position
        if entry.happening is Happening.TASK_BEGUN:
            begun[place] = entry.time_s
            n_tasks[*place, entry.detail] += 1
            answered[place] += entry.detail == Task.ANSWER
        elif entry.happening is Happening.TASK_ENDED:
            busy_s[*place, entry.detail] += entry.time_s - begun.pop(place)
    close = {"rel": 1e-9, "abs": 1e-6}
    for plan in run.network.plans:
        ledger = run.boards.ledgers[plan.name]
        assert len(ledger.sheets) == plan.n_positions
        for number, sheet in enumerate(ledger.sheets):
            assert sheet.n_tasks == [n_tasks[plan.name, number, task] for task in Task]
            logged_s = [busy_s[plan.name, number, task] for task in Task]
            assert sheet.busy_s == pytest.approx(logged_s, **close)
            assert sheet.n_answered == answered[plan.name, number]
        at_work_s = sum(sum(sheet.busy_s) for sheet in ledger.sheets)
        assert at_work_s == pytest.approx(ledger.busy.area(END_S), **close)
        on_duty_s = sum(sheet.staffed.area(END_S) for sheet in ledger.sheets)
        assert on_duty_s == pytest.approx(ledger.staffed.area(END_S), **close)
        assert sum(sheet.n_answered for sheet in ledger.sheets) == sum(ledger.is_answered)


def every_call_ends_in_exactly_one_outcome(run):
    ended = Counter(e.call for e in run.boards.log if e.happening is Happening.ENDED)
    presented = [e.call for e in run.boards.log if e.happening is Happening.PRESENTED]
    assert ended == Counter(presented)
    assert len(presented) == run.network.n_calls
    outcomes = Counter(call.outcome for call in run.calls)
    assert None not in outcomes
    ledgers = run.boards.ledgers.values()
    assert sum((ledger.outcomes for ledger in ledgers), Counter()) == outcomes
    lost = outcomes.copy()
    del lost[Outcome.COMPLETED]
    assert sum((ledger.lost for ledger in ledgers), Counter()) == lost
    assert all((call.lost_at is None) == (call.outcome is Outcome.COMPLETED) for call in run.calls)


def nothing_is_left_over(run):
    for ledger in run.boards.ledgers.values():
        assert (ledger.waiting.n, ledger.busy.n, ledger.cords.n, ledger.tickets.n) == (0, 0, 0, 0)
    assert all(group.busy.n == 0 for group in run.boards.routes.groups)


ALL = (
    no_position_does_two_tasks_at_once,
    no_call_is_worked_twice_at_once_at_an_exchange,
    cords_in_use_never_exceed_cords,
    a_cord_is_held_until_cleared,
    circuits_are_held_until_cleared_and_never_exceeded,
    nobody_is_served_off_shift,
    littles_law_holds,
    sheets_add_up_to_the_exchange,
    every_call_ends_in_exactly_one_outcome,
    nothing_is_left_over,
)


def durations_s(run):
    """Times of tasks by call, number of the exchange on the way, task and repetition."""
    hop_number, begun, done, found = {}, {}, Counter(), {}
    for entry in run.boards.log:
        at = entry.exchange, entry.call
        if entry.happening is Happening.ARRIVED:
            hop_number[at] = entry.detail
        elif entry.happening is Happening.TASK_BEGUN:
            begun[at] = entry.time_s
        elif entry.happening is Happening.TASK_ENDED:
            # A later exchange has other laws for the same number on the way.
            key = (entry.call, hop_number[at], entry.exchange, entry.detail)
            found[(*key, done[key])] = entry.time_s - begun.pop(at)
            done[key] += 1
    return found


def calls_are_the_same_in_both(run, other):
    """Patience is the same, and so are the times of every task that is done in both."""
    of = [{call.entity: call for call in one.calls} for one in (run, other)]
    assert of[0].keys() == of[1].keys()
    for entity, call in of[0].items():
        assert call.patience_s == of[1][entity].patience_s
        assert call.talk_s == of[1][entity].talk_s
    durations = [durations_s(one) for one in (run, other)]
    # Calls are numbered in the order of presentation, which is the same.
    for key in durations[0].keys() & durations[1].keys():
        assert durations[0][key] == pytest.approx(durations[1][key], rel=1e-6, abs=1e-6)
