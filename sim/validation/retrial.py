"""Callers who are refused and try again: at an operator without a queue, and at a trunk group."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

import simpy

from sim.stats.theory import erlang_b
from sim.streams import extension_stream, uniform
from sim.switching.calls import PatchCall
from sim.switching.ledger import Level
from sim.switching.switchboards import Switchboards
from sim.switching.tasks import Law, exponential
from sim.tables import Outcome
from sim.validation.cases import Case
from sim.validation.desks import HELLO, Calls, Window, desk, replicate, trunks
from sim.validation.found import ONLY_FULL, Found
from sim.validation.length import Length
from sim.validation.loss import Blocking, offered_for_blocking
from sim.validation.verdict import Comparison, by_formula, by_mean, by_ratio

PERSISTENCE = extension_stream("validation.persistence")
PAUSE = extension_stream("validation.pause")
ATTEMPT = 2**32
"""From the index of an attempt to that of the caller's next one."""

SERVICE_TIMES = {
    "retrial_mm1_l0.5_g1": (1500, 6000),
    "retrial_mm1_l0.5_g0.1": (0, 8000),
    "retrial_mmc_l2_c4_g1_p1.0": (500, 2000),
    "retrial_mmc_l8_c10_g2_p1.0": (0, 1200),
    "retrial_mmc_l12_c10_g2_p0.7": (80, 350),
}
"""Length of a window in mean service times, of a card of usual length and of a full one; 0: none."""


@dataclass
class Redials:
    """Callers who are refused try again after a while, with the same probability each time."""

    pause: Law  # law of the while
    persistence: float  # the probability [1]
    window: Window  # when they are looked at
    seed: int  # key of the draws
    orbits: list[Level] = field(default_factory=list)  # of each replication, who are about to try
    # of each replication, first attempts that were refused, and all of them
    first: list[list[int]] = field(default_factory=list)

    def begin(self, env: simpy.Environment, boards: Switchboards, replication: int) -> None:
        """Begin with a replication."""
        self.env, self.boards, self.replication = env, boards, replication
        self.orbits.append(Level((self.window.warmup_s, self.window.end_s)))
        self.first.append([0, 0])

    def ended(self, call: PatchCall) -> None:
        """Have a call that ended tried again, if it was refused and its caller persists."""
        is_refused = call.outcome in (Outcome.PATCH_REFUSED, Outcome.BLOCKED_TRUNK)
        if call.index < ATTEMPT and call.presented_s >= self.window.warmup_s:
            self.first[-1][0] += is_refused
            self.first[-1][1] += 1
        if is_refused and self._u(PERSISTENCE, call) < self.persistence:
            self.env.process(self._try_again(call))

    def _u(self, stream: int, call: PatchCall) -> float:
        return float(uniform(self.seed, self.replication, stream, call.entity, call.index))

    def _try_again(self, call: PatchCall) -> Generator[simpy.Event, None, None]:
        orbit = self.orbits[-1]
        orbit.change(self.env.now, 1)
        yield self.env.timeout(self.pause.time_s(self._u(PAUSE, call)))
        orbit.change(self.env.now, -1)
        self.boards.present(
            call.entity,
            call.index + ATTEMPT,
            call.origin,
            call.destination,
            call.talk_s,
            on_end=self.ended,
        )


def compare(
    cases: Sequence[Case], length: Length, n_more: int = 0, blocking: Blocking = erlang_b
) -> Iterator[Found]:
    """Compare callers who try again."""
    for case in cases:
        if case.id.startswith("extErlangB"):
            yield case.id, _tried_again_at_once(case, blocking)
            continue
        n = length.amount(SERVICE_TIMES[case.id])
        if n == 0:
            yield case.id, ONLY_FULL
            continue
        for one in _run(case, Window(60.0, n), length, n_more):
            yield case.id, one


def _tried_again_at_once(case: Case, blocking: Blocking) -> Comparison:
    """Of all traffic A with the wanted blocking B a share r B are attempts that are made again."""
    given = case.inputs
    offered_erl = offered_for_blocking(given["B"], given["N"], blocking)
    first_erl = offered_erl * (1.0 - given["recall"] * given["B"])
    known_erl, absolute = case.expected["A0_erlang"], case.tolerance["abs"]
    return by_formula("first attempts offered [erl]", known_erl, first_erl, absolute=absolute)


def _run(case: Case, window: Window, length: Length, n_more: int) -> Iterator[Comparison]:
    """Run a case, with times in units of the mean service time."""
    given, known = case.inputs, case.expected
    widest = length.widest(SERVICE_TIMES[case.id])
    pause = exponential(1.0 / given["retrial_rate"])
    redials = Redials(pause, given.get("persistence", 1.0), window, length.seed)
    service, n = exponential(1.0 / given["nu"]), given["c"] + n_more
    is_desk = "P_busy" in known
    calls = Calls(
        given["lambda"],
        "a",
        "a" if is_desk else "b",
        HELLO if is_desk else service,
        {"on_end": redials.ended},
    )
    runs = replicate(
        [desk("a", n, service, max_waiting=0)] if is_desk else [],
        [calls],
        window,
        None if is_desk else trunks(("a", "b", n, {})),
        begin=redials.begin,
        seed=length.seed,
    )
    end_s = window.end_s
    orbits = [orbit.mean(end_s) for orbit in redials.orbits]
    yield by_mean("callers about to try again", known["E_orbit"], orbits, widest)
    refused, presented = zip(*redials.first, strict=True)
    if is_desk:
        busy = [run.ledgers["a"].busy.mean(end_s) / n for run in runs]
        yield by_mean("operator at work", known["P_busy"], busy, widest)
        first = known["P_first_attempt_blocked"]
    else:
        groups = [run.routes.groups[0] for run in runs]
        busy = [group.busy.mean(end_s) for group in groups]
        yield by_mean("carried [erl]", known["E_busy"], busy, widest)
        full, first = [group.full.mean(end_s) for group in groups], known["P_block"]
        yield by_mean("time congestion", known["P_block"], full, widest)
    yield by_ratio("first attempts refused", first, refused, presented, widest)
