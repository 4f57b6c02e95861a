"""Data flows that share a cell over HSDPA: how many there are, how long they take, and how many are refused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.network.records import Records
from sim.tables import REFUSED, FlowOutcome
from sim.validation.cases import Case
from sim.validation.cells import of_cells, omni, replicate, theory_scenario
from sim.validation.found import Found
from sim.validation.length import Length
from sim.validation.verdict import Comparison, by_mean, by_ratio

RATE_BPS = 3_584_000.0
"""What phones of category 6 get where nothing disturbs: 7168 bit every 2 ms (3GPP TS 25.214)."""

CATEGORIES = {0.5: (12, 1_659_500.0), 1.8: (6, RATE_BPS), 3.6: (8, 7_205_500.0), 7.2: (10, 12_779_000.0)}  # fmt: skip
"""By the rate of a case in Mbit/s, the category that stands for it, and its rate; loads are those of the case."""

MEAN_BIT = RATE_BPS
"""A second alone in the cell."""

LAWS: dict[str, dict[str, Any]] = {
    "fixed": {"law": "fixed"},
    "exponential": {"law": "exponential"},
    "hyperexponential": {"law": "hyperexponential", "cv": 10.0**0.5},
    "pareto": {"law": "truncated_pareto", "shape": 2.2, "max_bit": 1e4 * MEAN_BIT},
}
DURATION_H = (1.5, 8.0)
WIDEST = (0.3, 0.2)
"""Greatest half-width, of a card of usual length and of a full one; sizes of great variance spread durations."""


def compare(cases: Sequence[Case], length: Length, more_load: float = 1.0) -> Iterator[Found]:
    """
    Compare flows that share a cell.

    `more_load` is a factor on what is offered, to show what a wrong program gives.
    """
    by_prefix = {
        "ps_mg1": _shared,
        "ps_peakrate": _with_greatest_rate,
        "cell_harmonic": _slow_and_fast,
        "ps_admission": _refused,
        "dps": _weighted,
    }
    for case in cases:
        judge = next(one for prefix, one in by_prefix.items() if case.id.startswith(prefix))
        for one in judge(case, length, more_load):
            yield case.id, one


def source(cell: str, load: float, name: str = "", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a source that fills such a share of a cell."""
    size = {"mean_bit": MEAN_BIT, **more.pop("size", {})}
    offered_bps = load * RATE_BPS
    return {"name": name or cell, "cell": cell, "offered_bps": offered_bps, "size": size, **more}


def run(
    sources: Sequence[Mapping[str, Any]],
    cells: Sequence[str],
    length: Length,
    **hsdpa: Any,  # noqa: ANN401  # keys of the section
) -> list[Records]:
    """Run a network, and its cell, for each of some names; nothing disturbs anybody."""
    radio = {
        "capacity": "wcdma",
        "path_loss": {"model": "disc", "radius_km": 5},
        "wcdma": {"orthogonality": 1.0, "power_update_s": 60, "coverage_sample_s": 86_400},
        "hsdpa": {
            "scheduler": "round_robin",
            "max_codes": 15,
            "max_flows": 1_000,
            "min_rate_bps": 0,
            **hsdpa,
        },
    }
    networks = [omni(cell, 0, [(cell, 1)]) for cell in cells]
    traffic = {"data": {"sources": list(sources)}}
    duration_h = length.pick(*DURATION_H)
    return replicate(theory_scenario(networks, traffic, duration_h, radio=radio, seed=length.seed))


def _durations_s(runs: list[Records], entity: int) -> NDArray[np.float64]:
    """Return the mean duration of the flows of a source that were carried, of each replication."""
    means = []
    for records in runs:
        flows = records["flows"]
        chosen = (flows["time_s"] >= 0.0) & (flows["entity"] == entity)
        chosen &= flows["outcome"] == FlowOutcome.COMPLETED
        means.append((flows["end_s"][chosen] - flows["time_s"][chosen]).mean())
    return np.array(means)


def _shared(case: Case, length: Length, more_load: float) -> Iterator[Comparison]:
    known, load = case.expected, case.inputs["rho"]
    runs = run([source(law, more_load * load, size=LAWS[law]) for law in LAWS], list(LAWS), length)
    flows = of_cells(runs, "data_cells", "hsdpa_flows")
    busy = of_cells(runs, "data_cells", "hsdpa_active_share")
    widest = length.pick(*WIDEST)
    for k, law in enumerate(LAWS):
        yield by_mean(f"flows, {law} sizes", known["mean_flows"], flows[:, k], widest)
        yield by_mean(f"empty, {law} sizes", known["P_empty"], 1.0 - busy[:, k], 0.1)
        lasted_s = _durations_s(runs, k)
        yield by_mean(f"duration, {law} sizes [s]", known["mean_duration_s"], lasted_s, widest)


def _with_greatest_rate(case: Case, length: Length, more_load: float) -> Iterator[Comparison]:
    peak_bps = case.inputs["peak_rate"] / case.inputs["C"] * RATE_BPS
    load = more_load * case.inputs["rho"]
    sources = [source(law, load, size=LAWS[law], peak_rate_bps=peak_bps) for law in LAWS]
    runs = run(sources, list(LAWS), length)
    for k, law in enumerate(LAWS):
        known_s, widest = case.expected["mean_duration"], length.pick(*WIDEST)
        yield by_mean(f"duration, {law} sizes [s]", known_s, _durations_s(runs, k), widest)


def _slow_and_fast(case: Case, length: Length, more_load: float) -> Iterator[Comparison]:
    """Places have rates of their own; shares of bits are alike, and durations over those alone are 1 / (1 - load)."""
    known, load = case.expected, case.expected["rho"]
    rates = [CATEGORIES[mbps] for mbps in case.inputs["rates_Mbps"]]
    capacity_bps = len(rates) / sum(1.0 / bps for _, bps in rates)
    each = more_load * load * capacity_bps / len(rates) / RATE_BPS
    sources = [
        source("one", each, name=f"category{category}", hsdpa_category=category)
        for category, _ in rates
    ]
    runs = run(sources, ["one"], length)
    widest = length.pick(*WIDEST)
    flows = of_cells(runs, "data_cells", "hsdpa_flows")[:, 0]
    yield by_mean("flows", known["mean_active_flows"], flows, widest)
    pairs = zip(case.inputs["rates_Mbps"], known["class_throughput_Mbps"], strict=True)
    for k, (mbps, throughput_mbps) in enumerate(pairs):
        alone_s = MEAN_BIT / rates[k][1]
        said = f"duration over that alone, rate {k + 1}"
        values = _durations_s(runs, k) / alone_s
        yield by_mean(said, mbps / throughput_mbps, values, widest)


def _refused(case: Case, length: Length, more_load: float) -> Iterator[Comparison]:
    known, given = case.expected, case.inputs
    sources = [source(law, more_load * given["rho"], size=LAWS[law]) for law in LAWS]
    runs = run(sources, list(LAWS), length, max_flows=given["max_flows"])
    flows, widest = of_cells(runs, "data_cells", "hsdpa_flows"), length.pick(*WIDEST)
    for k, law in enumerate(LAWS):
        refused, asked = [], []
        for records in runs:
            table = records["flows"]
            chosen = (table["time_s"] >= 0.0) & (table["entity"] == k)
            refused.append(int(np.isin(table["outcome"][chosen], REFUSED).sum()))
            asked.append(int(chosen.sum()))
        yield by_ratio(f"refused, {law} sizes", known["blocking"], refused, asked, 2.0 * widest)
        yield by_mean(f"flows, {law} sizes", known["mean_flows"], flows[:, k], widest)
        known_s = known["mean_duration_over_alone"]
        yield by_mean(f"duration, {law} sizes [s]", known_s, _durations_s(runs, k), widest)


def _weighted(case: Case, length: Length, more_load: float) -> Iterator[Comparison]:
    given = case.inputs
    sources = [
        {
            "name": f"class{k}",
            "cell": "one",
            "offered_bps": more_load * arrivals / rate * RATE_BPS,
            "weight": weight,
            "size": {"law": "exponential", "mean_bit": RATE_BPS / rate},
        }
        for k, (arrivals, rate, weight) in enumerate(
            zip(given["lambda"], given["mu"], given["weights"], strict=True)
        )
    ]
    runs = run(sources, ["one"], length)
    for k, known_s in enumerate(case.expected["E_T"]):
        said, widest = f"duration of class {k + 1} [s]", length.pick(*WIDEST)
        yield by_mean(said, known_s, _durations_s(runs, k), widest)
