"""Manual exchanges: what an operator handles, how soon one answers, a desk before trunks, and size of trunk groups."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import simpy

from sim.streams import uniform
from sim.switching.calls import PatchCall
from sim.switching.draws import draws_of_key
from sim.switching.ledger import measure_exchange
from sim.switching.lines import AddressedLines
from sim.switching.plan import ExchangePlan, around_the_clock
from sim.switching.switchboards import Switchboards
from sim.switching.tasks import TABLE_XIV, Task, TaskTimes, exponential, fixed, lognormal
from sim.tables import Outcome
from sim.validation.cases import Case
from sim.validation.delay import desk_of
from sim.validation.desks import (
    ARRIVAL,
    Calls,
    Window,
    desk,
    patient,
    refused_and_offered,
    replicate,
    trunks,
    waits,
)
from sim.validation.found import ONLY_FULL, Found
from sim.validation.length import N_REPLICATIONS, Length
from sim.validation.loss import offered_for_blocking
from sim.validation.verdict import Comparison, NotRun, by_formula, by_range, by_ratio

WARMUP_S, END_S = 1800.0, 2 * 3600.0
TALK_S = 120.0
"""Longer than operators wait before they look: every call has every task."""

ANSWER_CALLS = (3000, 12_000)
"""Calls of a window, of a card of usual length and of a full one."""

GROUP_BLOCKING = 0.01
"""Blocking at which trunk groups of several sizes are compared (assumption)."""


def compare(cases: Sequence[Case], length: Length, slower: float = 1.0) -> Iterator[Found]:
    """
    Compare manual exchanges.

    `slower` is a factor on what operators take for a call, to show what a wrong program gives.
    """
    by_id: dict[str, Callable[[Case, Length, float], Iterator[Comparison | NotRun]]] = {
        "swbd_tableXIV": _calls_per_hour,
        "swbd_trunk_operator": _incoming,
        "swbd_ASA_1200cph_c6": _answer,
        "tandem_operator_then_trunks": _tandem,
        "swbd_tableXVI_XVII": _groups,
    }
    for case in cases:
        for one in by_id[case.id](case, length, slower):
            yield case.id, one


class Saturating(AddressedLines):
    """Lines on which somebody answers after five seconds; for each call that reaches one, another call waits."""

    def __init__(self, seed: int, replication: int, trunked_share: float) -> None:
        super().__init__(draws_of_key(seed, replication), ring=fixed(5.0))
        self.key, self.trunked_share, self.number = (seed, replication), trunked_share, 0
        self.boards: Switchboards | None = None

    def seize(self, call: PatchCall) -> Outcome | None:
        """Seize a line, and have another call wait for an operator."""
        self.present()
        return super().seize(call)

    def present(self) -> None:
        """Present one more call."""
        u = uniform(*self.key, ARRIVAL, 0, self.number)
        destination = "b" if u < self.trunked_share else "a"
        if self.boards is not None:
            self.boards.present(0, self.number, "a", destination, TALK_S)
        self.number += 1


def calls_per_h(
    trunked_share: float, times: TaskTimes, seed: int, n_replications: int = N_REPLICATIONS
) -> list[float]:
    """Return the calls that one operator who is never without one answers in an hour, by replication."""
    answered = []
    for replication in range(n_replications):
        env = simpy.Environment()
        lines = Saturating(seed, replication, trunked_share)
        lines.boards = Switchboards(
            env,
            [ExchangePlan("a", around_the_clock(1), n_cords=60, times=times)],
            draws_of_key(seed, replication),
            trunks(("a", "b", 60, {})),
            lines,
            patient(),
            window=(WARMUP_S, END_S),
            keeps_log=False,
        )
        for _ in range(2):
            lines.present()
        env.run(until=END_S)
        measures = measure_exchange(lines.boards.ledgers["a"], END_S)
        answered.append(measures.n_arrived / ((END_S - WARMUP_S) / 3600.0))
    return answered


def _calls_per_hour(case: Case, length: Length, slower: float) -> Iterator[Comparison]:
    """Compare every row of the table, within a twentieth: times of tasks add up to its work as a whole."""
    times = _slowed(slower)
    shares = case.inputs["pct_trunked_to_other_offices"]
    for percent, known in zip(shares, case.expected["calls_per_operator_busy_hour"], strict=True):
        found = calls_per_h(percent / 100.0, times, length.seed, length.pick(10, N_REPLICATIONS))
        said = f"calls an hour, {percent} % trunked"
        mean = sum(found) / len(found)
        yield by_range(said, known, mean, 0.95 * known, 1.05 * known, "run")


def _slowed(slower: float) -> TaskTimes:
    if slower == 1.0:
        return TABLE_XIV
    answer = exponential(slower * TABLE_XIV.originating[Task.ANSWER].mean_s)
    return replace(TABLE_XIV, originating={**TABLE_XIV.originating, Task.ANSWER: answer})


def _incoming(case: Case, length: Length, slower: float) -> Iterator[Comparison]:  # noqa: ARG001
    low, high = case.expected["incoming_trunk_operator_connections_per_busy_hour"]
    tasks = (Task.ANSWER, Task.NUMBER, Task.TEST_LINE, Task.PLUG, Task.RING, Task.CLEAR)
    work_s = slower * sum(TABLE_XIV.incoming[task].mean_s for task in tasks)
    yield by_range("connections an hour", (low + high) / 2.0, 3600.0 / work_s, low, high)


def _answer(case: Case, length: Length, slower: float) -> Iterator[Comparison]:
    given = desk_of(case)
    work = exponential(slower * given.work.mean_s)
    yield from replace(given, work=work).compare(ANSWER_CALLS, length)


def _tandem(case: Case, length: Length, slower: float) -> Iterator[Comparison | NotRun]:
    given, known = case.inputs, case.expected
    if not length.is_full:
        yield ONLY_FULL
        return
    mean_s = given["holding_mean_s"]
    window = Window(1800.0, 3.0 * 3600.0)
    for law in (exponential(mean_s), lognormal(mean_s, 1.4)):
        runs = replicate(
            [desk("a", given["operators"], exponential(slower * given["operator_mean_s"]))],
            [Calls(given["lambda_per_s"], "a", "b", law)],
            window,
            trunks(("a", "b", given["trunks"], {})),
            seed=length.seed,
        )
        all_waits = waits(runs, "a")
        n = [len(wait_s) for wait_s, _ in all_waits]
        sums = [float(wait_s.sum()) for wait_s, _ in all_waits]
        waited = [int((wait_s > 0.0).sum()) for wait_s, _ in all_waits]
        said = f", {law.kind} talk"
        yield by_ratio(f"mean wait{said} [s]", known["E_Wq_s"], sums, n, 0.3)
        yield by_ratio(f"calls that wait{said}", known["P_wait_operator"], waited, n, 0.3)
        counts = refused_and_offered(runs, 0)
        yield by_ratio(f"blocked{said}", known["P_block_trunk"], *counts, 0.3)


def _groups(case: Case, length: Length, slower: float) -> Iterator[Comparison]:  # noqa: ARG001
    """Compare how many messages a trunk takes: more with every size of group, in the table as by Erlang's formula."""
    sizes = case.inputs["trunks"]
    by_theory = [offered_for_blocking(GROUP_BLOCKING, n) / n for n in sizes]
    for name, known in case.expected.items():
        printed = [one for one in known if one is not None]
        rises = sum(later >= one for one, later in pairwise(printed))
        found = sum(later > one for one, later in pairwise(by_theory[: len(printed)]))
        yield by_formula(f"{name}: rises with size", rises, found)
