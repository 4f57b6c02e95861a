"""
Phones that go from cell to cell after a time in each: handovers of a call, calls that are lost, channels kept for them.

References
----------
D. Hong, S. S. Rappaport, "Traffic model and performance analysis for cellular mobile radio telephone systems with
prioritized and nonprioritized handoff procedures", IEEE Trans. Veh. Technol. 35 (1986) 77-92.
R. M. Rodriguez-Dagnino, H. Takagi, "Distribution of the number of handovers in a cellular mobile communication
network", J. Oper. Res. Soc. Japan 48 (2005).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.network.records import Records
from sim.tables import BLOCKED, Outcome
from sim.tables.movement import DONE
from sim.validation import trunks
from sim.validation.cases import Case
from sim.validation.cells import omni, replicate, theory_scenario
from sim.validation.found import Found, with_prefix
from sim.validation.length import Length
from sim.validation.verdict import by_mean, by_ratio

MEAN_S = 120.0
"""Mean of the holding times, of which those of the cases are multiples. [s]"""

N_STAYS = 8.0
"""Stay in a feeding cell, in mean holding times: so long that a phone that has gone over hardly ever comes back."""

N_COPIES = 6
"""How often the few cells of a case are there, each time by themselves."""

N_CELLS = 12
"""Cells of the many among which calls go in Hong's and Rappaport's model."""

BY_POISSON = 0.05
"""By how much their formula may be off, as it takes handovers for Poisson arrivals; a case says so. [1]"""

LAWS: dict[str, dict[str, Any]] = {
    "fixed": {"law": "fixed"},
    "lognormal": {"law": "lognormal", "cv": 1.5},
}
"""Further laws of the time in a cell: the mean number of handovers is the same under all."""

DURATION_H = (2.0, 10.0)
"""Measured hours of a replication, of a card of usual length and of a full one."""

WIDEST = 0.45
"""Greatest half-width of an interval, as a share of the known number. [1]"""


@dataclass(frozen=True)
class _Pool:
    """Cells that a case needs."""

    case: Case
    sites: list[tuple[str, int]]  # names, channels
    sources: list[dict[str, Any]]
    n_reserved: int  # channels of each cell that are left to handovers


def compare(cases: Sequence[Case], length: Length) -> Iterator[Found]:
    """Compare cells between which phones go, and trunk groups that keep circuits as cells keep channels."""
    yield from trunks.compare(with_prefix(cases, "guard_"), length)
    yield from in_cells(cases, length)


def in_cells(cases: Sequence[Case], length: Length, n_more: int = 0) -> Iterator[Found]:
    """
    Compare cells between which phones go.

    `n_more` channels too many, and stays that are longer by so many times, show what a wrong program gives.
    """
    pools = [_pool(case, f"p{number}_", n_more) for number, case in enumerate(cases)]
    for n_reserved in sorted({pool.n_reserved for pool in pools}):
        alike = [pool for pool in pools if pool.n_reserved == n_reserved]
        scenario = theory_scenario(
            [omni("net", 0, [site for pool in alike for site in pool.sites])],
            {"sources": [source for pool in alike for source in pool.sources]},
            length.pick(*DURATION_H),
            seed=length.seed,
            radio={
                "path_loss": {"model": "disc", "radius_km": 5},
                "handover": {"n_guard_channels": n_reserved},
            },
        )
        runs, first = [_Counts(records) for records in replicate(scenario)], 0
        for pool in alike:
            sources = np.arange(first, first + len(pool.sources))
            for one in _judge(pool.case, runs, sources, length):
                yield pool.case.id, one
            first += len(pool.sources)


def _pool(case: Case, prefix: str, n_more: int) -> _Pool:
    """Return the cells of a case, with names of their own."""
    given = case.inputs
    if case.area == "mobility/handover-count":
        law = {"law": "erlang", "shape": given["shape"]} if given["shape"] > 1 else {}
        laws = [law, *(LAWS.values() if given["shape"] == 1 else ())]
        dwell_s = (1.0 + n_more) * MEAN_S / case.expected["mean_handovers"]
        sites = [(f"{prefix}{k}_{j}", 10_000) for k in range(len(laws)) for j in range(3)]
        sources = [
            _source(sites[3 * k : 3 * k + 3], 60.0, {"mean_s": dwell_s, **law})
            for k, law in enumerate(laws)
        ]
        return _Pool(case, sites, sources, 0)
    if case.area == "teletraffic/handover-network":
        offered_erl, stays = given["lambda"] / given["mu"], given["eta"] / given["mu"]
        parts = [
            _alike(f"{prefix}{copy}_", given["C"] + n_more, given["cells"], offered_erl, stays)
            for copy in range(N_COPIES)
        ]
        return _joined(case, parts)
    if "lambda_new_per_s" in given:
        offered_erl = given["lambda_new_per_s"] / given["mu_per_s"]
        stays = given["dwell_rate_per_s"] / given["mu_per_s"]
        part = _alike(prefix, given["C"] + n_more, N_CELLS, offered_erl, stays)
        return _joined(case, [part])
    return _joined(case, [_fed(case, f"{prefix}{copy}_", n_more) for copy in range(N_COPIES)])


_Cells = tuple[list[tuple[str, int]], list[dict[str, Any]]]
"""Cells with their channels, and sources of calls."""


def _joined(case: Case, parts: Sequence[_Cells]) -> _Pool:
    """Return copies of the cells of a case; of all copies the first sources, then the second, and so on."""
    sources = [source for alike in zip(*(one for _, one in parts), strict=True) for source in alike]
    return _Pool(
        case, [site for sites, _ in parts for site in sites], sources, case.inputs["guard"]
    )


def _source(
    sites: Sequence[tuple[str, int]], offered_erl: float, dwell: dict[str, Any] | None
) -> dict[str, Any]:
    """Return calls that begin in the first of some cells, and go among all."""
    names = [name for name, _ in sites]
    source = {
        "name": names[0],
        "offered_erl": offered_erl,
        "cells": names[:1],
        "holding": {"law": "exponential", "mean_s": MEAN_S},
    }
    return source if dwell is None else {**source, "dwell": {**dwell, "among": names}}


def _alike(prefix: str, n_channels: int, n_cells: int, offered_erl: float, stays: float) -> _Cells:
    """Return cells that are all alike; of a call of mean length there are so many stays."""
    sites = [(f"{prefix}{k}", n_channels) for k in range(n_cells)]
    sources = [
        _source([sites[k], *sites[:k], *sites[k + 1 :]], offered_erl, {"mean_s": MEAN_S / stays})
        for k in range(n_cells)
    ]
    return sites, sources


def _fed(case: Case, prefix: str, n_more: int) -> _Cells:
    """
    Return a cell with new calls, and one without limit from which others come.

    What leaves a pool without limit is Poisson. All stay there for the same long time, of which a uniform part is left
    when a call begins: (1 - exp(-n)) / n of all calls last until they leave, n the stay in mean holding times.
    """
    given = case.inputs
    sites = [(f"{prefix}from", 100_000), (f"{prefix}to", given["C"] + n_more)]
    leave = -math.expm1(-N_STAYS) / N_STAYS
    dwell = {"law": "fixed", "mean_s": N_STAYS * MEAN_S}
    return sites, [
        _source(sites[1:], given["a_new"], None),
        _source(sites, given["a_handover"] / leave, dwell),
    ]


class _Counts:
    """What became of the calls, and of the handovers, of each source in the measured window."""

    def __init__(self, records: Records) -> None:
        attempts, handovers = records["attempts"], records["handovers"]
        self.attempts = {name: attempts[name] for name in ("entity", "index", "outcome", "time_s")}
        self.is_begun = self.attempts["time_s"] >= 0.0
        is_measured = (handovers["time_s"] >= 0.0) & (handovers["time_s"] < records.window_s)
        self.asked = handovers["entity"][is_measured]
        self.is_refused = handovers["refusal"][is_measured] != DONE
        self.handed = np.column_stack([handovers["entity"], handovers["index"]])
        self.busy_erl = records["cells"]["busy_erl"]
        self.cell_idx = attempts["cell_idx"]

    def of_calls(self, sources: NDArray[np.int64]) -> tuple[int, int, int]:
        """Return calls that began, those that found no channel, and those that were lost later."""
        chosen = self.is_begun & np.isin(self.attempts["entity"], sources)
        outcome = self.attempts["outcome"][chosen]
        n_lost = int((outcome == Outcome.DROPPED).sum())
        return len(outcome), int(np.isin(outcome, BLOCKED).sum()), n_lost

    def of_handovers(self, sources: NDArray[np.int64]) -> tuple[int, int]:
        """Return handovers that were asked for, and those that were refused."""
        chosen = np.isin(self.asked, sources)
        return int(chosen.sum()), int(self.is_refused[chosen].sum())

    def per_call(self, source: int) -> NDArray[np.int64]:
        """Return the number of handovers of each call that began."""
        begun = self.attempts["index"][self.is_begun & (self.attempts["entity"] == source)]
        of = self.handed[self.handed[:, 0] == source, 1]
        order = np.sort(of)
        ends = (np.searchsorted(order, begun, side) for side in ("right", "left"))
        return np.asarray(np.subtract(*ends), np.int64)


def _judge(
    case: Case, runs: Sequence[_Counts], sources: NDArray[np.int64], length: Length
) -> Iterator[Any]:
    if case.area == "mobility/handover-count":
        yield from _handovers_of_a_call(case, runs, sources)
        return
    known = case.expected
    widest = length.widest((1, 1), WIDEST)
    off = BY_POISSON if "lambda_h" in known else 0.0
    new = sources[:N_COPIES] if "a_new" in case.inputs else sources
    calls = np.array([one.of_calls(new) for one in runs])
    handed = np.array([one.of_handovers(sources) for one in runs])
    refused = known.get("B_handover_per_attempt", known.get("B_handover"))
    yield by_ratio("new calls refused", known["B_new"], calls[:, 1], calls[:, 0], widest, off)
    yield by_ratio("handovers refused", refused, handed[:, 1], handed[:, 0], widest, off)
    lost = known.get("P_accepted_call_dropped", known.get("P_forced_termination_of_accepted_call"))
    if lost is not None:
        accepted = calls[:, 0] - calls[:, 1]
        yield by_ratio("accepted calls lost", lost, calls[:, 2], accepted, widest, off)
    if "mean_calls_per_cell" in known:
        mean_erl = [_busy_erl(one, sources) for one in runs]
        yield by_mean("calls of a cell [erl]", known["mean_calls_per_cell"], mean_erl, 0.05)


def _busy_erl(run: _Counts, sources: NDArray[np.int64]) -> float:
    """Return the mean calls of the cells in which the calls of some sources begin."""
    cells = np.unique(run.cell_idx[np.isin(run.attempts["entity"], sources)])
    return float(run.busy_erl[cells].mean())


def _handovers_of_a_call(
    case: Case, runs: Sequence[_Counts], sources: NDArray[np.int64]
) -> Iterator[Any]:
    """Under the law of the case, and with the first of the cases under further ones."""
    known_mean = case.expected["mean_handovers"]
    for source, law in zip(sources, ["", *LAWS], strict=False):
        counts = [one.per_call(int(source)) for one in runs]
        said = f", {law} stays" if law else ""
        means = [float(one.mean()) for one in counts]
        yield by_mean(f"handovers of a call{said}", known_mean, means, 0.05)
        known = case.expected["P0"] if not law else none_share(known_mean, transform(law))
        shares = [float((one == 0).mean()) for one in counts]
        yield by_mean(f"calls without{said}", known, shares, 0.05)


def none_share(mean: float, transformed: float) -> float:
    """
    Return the share of calls that are never handed over.

    References
    ----------
    Rodriguez-Dagnino and Takagi (2005): 1 - (eta / mu) (1 - f*(mu)), f* the transform of the time in a cell.
    """
    return 1.0 - mean * (1.0 - transformed)


def transform(law: str) -> float:
    """Return E[exp(-T / 2)], T the time in a cell with a mean of 1, under one of the further laws."""
    if law == "fixed":
        return math.exp(-0.5)
    variance = math.log1p(LAWS[law]["cv"] ** 2)
    z = np.linspace(-9.0, 9.0, 40_001)
    stay = np.exp(-variance / 2.0 + math.sqrt(variance) * z)
    weight = np.exp(-z * z / 2.0)
    return float((weight * np.exp(-stay / 2.0)).sum() / weight.sum())
