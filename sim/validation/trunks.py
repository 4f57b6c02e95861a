"""Trunk groups: overflow to another group, circuits kept for some calls, calls that hold several groups at once."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import simpy

from sim.network.records import Records
from sim.switching.switchboards import Switchboards
from sim.switching.tasks import exponential
from sim.validation.cases import Case
from sim.validation.cells import blocked_and_attempts, omni, theory_scenario
from sim.validation.cells import replicate as replicate_cells
from sim.validation.desks import (
    UNLIMITED,
    Calls,
    Window,
    lost_and_all,
    refused_and_offered,
    replicate,
    trunks,
)
from sim.validation.found import ONLY_FULL, Found, with_prefix
from sim.validation.length import Length
from sim.validation.verdict import by_mean, by_ratio

MEAN_S = 100.0
TALK = exponential(MEAN_S)
WARMUP_S = 20.0 * MEAN_S

HOLDING_TIMES = {
    "overflow_A5_N8": (300, 1200),
    "overflow_A10_N10": (0, 500),
    "overflow_A20_N18": (0, 500),
    "overflow_twostage_A10_10+5": (160, 600),
    "guard_C20_g0_n12_h4": (0, 200),
    "guard_C20_g1_n12_h4": (150, 500),
    "guard_C20_g2_n12_h4": (0, 800),
    "guard_C10_g2_n5_h2": (400, 1600),
    "guard_C5_g1_n2_h1": (300, 1200),
    "lossnet_tandem_mix": (200, 700),
}
"""Length of a window in mean holding times, of a card of usual length and of a full one; 0: none."""

CELL_HOURS = (12, 60)
"""The same in hours, of networks whose links are cells."""


def compare(cases: Sequence[Case], length: Length, n_more: int = 0) -> Iterator[Found]:
    """Compare trunk groups."""
    by_prefix = {
        "overflow_A": _overflow,
        "overflow_two": _two_stages,
        "guard_": _kept,
        "lossnet_tandem": _routes,
    }
    for case in with_prefix(cases, "lossnet_triangle", "lossnet_RLA"):
        yield from _over_cells(case, length, n_more)
    for prefix, judge in by_prefix.items():
        for case in with_prefix(cases, prefix):
            n_holding_times = length.amount(HOLDING_TIMES[case.id])
            if n_holding_times == 0:
                yield case.id, ONLY_FULL
            else:
                window = Window(WARMUP_S, n_holding_times * MEAN_S)
                yield from judge(case, window, length, n_more)


@dataclass
class _Looks:
    """Somebody who looks at a trunk group now and then, and notes how far from a mean it is used."""

    mean: float  # the mean [1]
    window: Window  # when looks count
    squares: list[list[float]] = field(default_factory=list)  # of each replication

    def begin(self, env: simpy.Environment, boards: Switchboards, _replication: int) -> None:
        """Have the second group looked at in a replication."""
        env.process(self._look(env, boards))

    def _look(
        self, env: simpy.Environment, boards: Switchboards
    ) -> Generator[simpy.Event, None, None]:
        group = boards.routes.groups[1]
        squares: list[float] = []
        self.squares.append(squares)
        yield env.timeout(self.window.warmup_s)
        while True:
            squares.append((group.busy.n - self.mean) ** 2)
            yield env.timeout(MEAN_S / 4.0)


def _overflow(case: Case, window: Window, length: Length, n_more: int) -> Iterator[Found]:
    """Compare what overflows, were there circuits for all of it on a detour over another exchange."""
    offered_erl, known = case.inputs["A"], case.expected
    graph = trunks(
        ("a", "b", case.inputs["N"] + n_more, {"name": "first", "order": 0}),
        ("a", "c", UNLIMITED, {"name": "second"}),
        ("c", "b", UNLIMITED, {"name": "third"}),
    )
    looks = _Looks(known["mean"], window)
    calls = [Calls(offered_erl / MEAN_S, "a", "b", TALK)]
    runs = replicate([], calls, window, graph, begin=looks.begin, seed=length.seed)
    widest = length.widest(HOLDING_TIMES[case.id])
    counts = refused_and_offered(runs, 0)
    yield case.id, by_ratio("share that overflows", known["mean"] / offered_erl, *counts, widest)
    busy = [run.routes.groups[1].busy.mean(window.end_s) for run in runs]
    yield case.id, by_mean("mean [erl]", known["mean"], busy, widest)
    squares = [float(np.mean(one)) for one in looks.squares]
    yield case.id, by_mean("variance", known["variance"], squares, 1.5 * widest)


def _two_stages(case: Case, window: Window, length: Length, n_more: int) -> Iterator[Found]:
    given, known = case.inputs, case.expected
    graph = trunks(
        ("a", "b", given["N1"] + n_more, {"name": "first", "order": 0}),
        ("a", "b", given["N2"], {"name": "second", "order": 1}),
    )
    calls = [Calls(given["A"] / MEAN_S, "a", "b", TALK)]
    runs = replicate([], calls, window, graph, seed=length.seed)
    widest = length.widest(HOLDING_TIMES[case.id])
    for said, name, counts in (
        ("overflow of the first", "P_overflow_primary", refused_and_offered(runs, 0)),
        ("blocking by the second", "blocking_seen_by_overflow", refused_and_offered(runs, 1)),
        ("lost", "P_lost_total", lost_and_all(runs, "a")),
    ):
        yield case.id, by_ratio(said, known[name], *counts, widest)


def _kept(case: Case, window: Window, length: Length, n_more: int) -> Iterator[Found]:
    """Circuits kept for calls of first choice, which stand for handovers; new calls come over another exchange."""
    given, known = case.inputs, case.expected
    kept = {"n_reserved": given["guard"]}
    graph = trunks(
        ("a", "b", 0, {}),
        ("a", "c", UNLIMITED, {}),
        ("c", "b", given["C"] + n_more, kept),
    )
    calls = [
        Calls(given["a_handover"] / MEAN_S, "c", "b", TALK),
        Calls(given["a_new"] / MEAN_S, "a", "b", TALK),
    ]
    runs = replicate([], calls, window, graph, seed=length.seed)
    for said, name, origin in (("new calls", "B_new", "a"), ("handovers", "B_handover", "c")):
        rare = 2.0 if known[name] < 0.02 else 1.0
        widest = rare * length.widest(HOLDING_TIMES[case.id])
        counts = lost_and_all(runs, origin)
        yield case.id, by_ratio(f"{said} refused", known[name], *counts, widest)


def _routes(case: Case, window: Window, length: Length, n_more: int) -> Iterator[Found]:
    """Compare groups in a chain a, b, c, d; the calls of the last route hold all three."""
    ends = (("a", "c"), ("b", "d"), ("d", "a"))
    links = (("a", "b"), ("b", "c"), ("c", "d"))
    sizes = [case.inputs["C"][0] + n_more, *case.inputs["C"][1:]]
    graph = trunks(*((a, b, n, {}) for (a, b), n in zip(links, sizes, strict=True)))
    calls = [
        Calls(erl / MEAN_S, origin, destination, TALK)
        for (origin, destination), erl in zip(ends, case.inputs["a"], strict=True)
    ]
    runs = replicate([], calls, window, graph, seed=length.seed)
    exact = case.expected["exact_route_blocking"]
    for k, ((origin, _), known) in enumerate(zip(ends, exact, strict=True)):
        counts = lost_and_all(runs, origin)
        widest = length.widest(HOLDING_TIMES[case.id])
        yield case.id, by_ratio(f"route {k + 1} blocked", known, *counts, widest)


def _over_cells(case: Case, length: Length, n_more: int) -> Iterator[Found]:
    """Links are cells; a call holds a channel in each of its cells, and two where it names a cell twice."""
    runs = _run_cells(case, length, n_more)
    known = case.expected.get("exact_route_blocking", case.expected.get("exact_product_form"))
    for route, exact in enumerate(known):
        counts = blocked_and_attempts(runs, "entity", route)
        said = f"route {route + 1} blocked"
        yield case.id, by_ratio(said, exact, *counts, length.widest(CELL_HOURS))


def _run_cells(case: Case, length: Length, n_more: int) -> list[Records]:
    sizes = [case.inputs["C"][0] + n_more, *case.inputs["C"][1:]]
    sites = [(f"c{k}", n) for k, n in enumerate(sizes)]
    sources = []
    for number, (route, erl) in enumerate(
        zip(case.inputs["routes"], case.inputs["a"], strict=True)
    ):
        held = route if isinstance(route, dict) else dict.fromkeys(route, 1)
        cells = [f"c{link}" for link, n in held.items() for _ in range(n)]
        sources.append({"name": f"r{number}", "offered_erl": erl, "cells": cells})
    duration_h = float(length.amount(CELL_HOURS))
    return replicate_cells(
        theory_scenario([omni("net", 0, sites)], {"sources": sources}, duration_h, seed=length.seed)
    )
