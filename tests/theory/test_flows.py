"""Flows over HSDPA where theory is exact: processor sharing in one cell, whatever the law of the sizes."""

import functools

import numpy as np
import pytest

from sim.radio.hsdpa import scheduling_gain
from sim.tables import CUT, REFUSED, FlowOutcome
from tests.theory.flow_formulas import (
    discriminatory_sharing,
    limited_sharing,
    peak_rate_sharing,
    processor_sharing,
)
from tests.theory.replicate import half_width, is_inside, omni, replicate, theory_scenario

# `make validate` holds flows to the same cases, in less time.
pytestmark = pytest.mark.slow

RATE_BPS = 3_584_000.0
"""What phones of category 6 get where nothing disturbs: 7168 bit every 2 ms (3GPP TS 25.214)."""

MEAN_BIT = RATE_BPS  # a second alone in the cell
LAWS = {
    "fixed": {"law": "fixed"},
    "exponential": {"law": "exponential"},
    "hyperexponential": {"law": "hyperexponential", "cv": 10.0**0.5},
    "pareto": {"law": "truncated_pareto", "shape": 2.2, "max_bit": 1e4 * MEAN_BIT},
}
CLOSE = 0.03


def source(cell, offered_share, name=None, **more):
    """A source that fills such a share of a cell."""
    size = {"mean_bit": MEAN_BIT, **more.pop("size", {})}
    offered_bps = offered_share * RATE_BPS
    return {"name": name or cell, "cell": cell, "offered_bps": offered_bps, "size": size, **more}


def run(sources, cells, duration_h=8.0, **hsdpa):
    """Every cell in a network of its own; nothing disturbs anybody."""
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
    return replicate(
        theory_scenario(networks, {"data": {"sources": sources}}, duration_h, radio=radio)
    )


def measured(records, entity):
    """Flows of a source that were asked for in the window."""
    flows = records["flows"]
    chosen = (flows["time_s"] >= 0.0) & (flows["entity"] == entity)
    return {name: column[chosen] for name, column in flows.items()}


def durations_s(replications, entity):
    """Mean duration of the flows of a source that were carried: (replication,)."""
    means = []
    for records in replications:
        flows = measured(records, entity)
        is_carried = flows["outcome"] == FlowOutcome.COMPLETED
        means.append((flows["end_s"] - flows["time_s"])[is_carried].mean())
    return np.array(means)


def of_cell(replications, column, cell):
    return np.array([records["data_cells"][column][cell] for records in replications])


def agrees(values, expected):
    """Whether the interval holds what is expected, and is narrow."""
    assert half_width(values) < CLOSE * expected
    return is_inside(values, expected)


@functools.cache
def shared(load, **more):
    """One cell for each law."""
    return run([source(law, load, size=size, **more) for law, size in LAWS.items()], LAWS)


@pytest.mark.parametrize(
    "load",
    [pytest.param(0.3, marks=pytest.mark.slow), 0.5, pytest.param(0.8, marks=pytest.mark.slow)],
)
def test_processor_sharing_whatever_the_law_of_the_sizes(load):
    theory = processor_sharing(RATE_BPS, load * RATE_BPS, MEAN_BIT)
    replications = shared(load)
    for cell in range(len(LAWS)):
        assert is_inside(durations_s(replications, cell), theory.mean_duration_s)
        assert is_inside(of_cell(replications, "hsdpa_flows", cell), theory.mean_flows)
        busy = of_cell(replications, "hsdpa_active_share", cell)
        assert agrees(busy, load)
        assert not is_inside(busy, 1.05 * load)
        carried_bps = of_cell(replications, "hsdpa_bit", cell) / replications[0].window_s
        assert agrees(carried_bps, load * RATE_BPS)
        assert not is_inside(durations_s(replications, cell), 1.2 * theory.mean_duration_s)


def test_durations_are_proportional_to_sizes():
    """In processor sharing a flow of size x lasts x / (C (1 - load)), whatever its size."""
    load = 0.5
    slopes = []
    for records in shared(load):
        flows = measured(records, list(LAWS).index("exponential"))
        is_large = flows["size_bit"] > 2.0 * MEAN_BIT
        alone_s = flows["size_bit"][is_large] / RATE_BPS
        slopes.append(((flows["end_s"] - flows["time_s"])[is_large]).sum() / alone_s.sum())
    assert agrees(np.array(slopes), 1.0 / (1.0 - load))


@pytest.mark.parametrize(("n_together", "load"), [(2, 0.5), (4, 0.7)])
def test_flows_with_a_greatest_rate(n_together, load):
    theory = peak_rate_sharing(RATE_BPS, load * RATE_BPS, MEAN_BIT, n_together)
    replications = shared(load, peak_rate_bps=RATE_BPS / n_together)
    for entity in range(len(LAWS)):
        lasted_s = durations_s(replications, entity)
        assert is_inside(lasted_s, theory.mean_duration_s)
        assert not is_inside(lasted_s, 1.2 * theory.mean_duration_s)


CATEGORIES = {12: 1_659_500.0, 6: 3_584_000.0, 8: 7_205_500.0, 10: 12_779_000.0}


@pytest.mark.parametrize("load", [0.4, 0.8])
def test_a_cell_with_slow_and_fast_phones_is_their_harmonic_mean(load):
    capacity_bps = len(CATEGORIES) / sum(1.0 / rate for rate in CATEGORIES.values())
    each_share = load * capacity_bps / len(CATEGORIES) / RATE_BPS
    sources = [
        source("one", each_share, name=f"category{category}", hsdpa_category=category)
        for category in CATEGORIES
    ]
    replications = run(sources, ["one"])
    assert is_inside(of_cell(replications, "hsdpa_flows", 0), load / (1.0 - load))
    for entity, rate_bps in enumerate(CATEGORIES.values()):
        lasted_s = durations_s(replications, entity)
        expected_s = MEAN_BIT / (rate_bps * (1.0 - load))
        assert is_inside(lasted_s, expected_s)
        assert not is_inside(lasted_s, 1.2 * expected_s)


@pytest.mark.parametrize(
    ("limit", "load", "n_flows"),
    [
        ({"max_flows": 10}, 0.8, 10),
        ({"min_rate_bps": RATE_BPS / 10.5}, 0.8, 10),
        pytest.param({"max_flows": 20}, 1.2, 20, marks=pytest.mark.slow),
    ],
)
def test_flows_that_are_refused(limit, load, n_flows):
    def blocked(n):
        return limited_sharing([RATE_BPS] * n, load * RATE_BPS, MEAN_BIT)

    theory = blocked(n_flows)
    sources = [source(law, load, size=size) for law, size in LAWS.items()]
    replications = run(sources, LAWS, **limit)
    for entity in range(len(LAWS)):
        refused = []
        for records in replications:
            outcomes = measured(records, entity)["outcome"]
            assert not np.isin(outcomes, CUT).any()
            refused.append(np.isin(outcomes, REFUSED).mean())
        refused = np.array(refused)
        assert is_inside(refused, theory.blocking)
        flows = of_cell(replications, "hsdpa_flows", entity)
        assert is_inside(flows, theory.mean_flows)
        more = blocked(n_flows + 2)
        assert not (is_inside(flows, more.mean_flows) and is_inside(refused, more.blocking))


def test_weights_share_as_theory_says():
    """Two classes with weights 2 and 1, the second with sizes twice as large (Fayolle et al. 1980)."""
    arrival, service, weights = (0.3, 0.2), (1.0, 0.5), (2.0, 1.0)
    expected_s = discriminatory_sharing(arrival, [1.0 / rate for rate in service], weights)
    sources = [
        {
            "name": f"class{k}",
            "cell": "one",
            "offered_bps": arrival[k] / service[k] * RATE_BPS,
            "weight": weights[k],
            "size": {"law": "exponential", "mean_bit": RATE_BPS / service[k]},
        }
        for k in range(2)
    ]
    replications = run(sources, ["one"], duration_h=24.0)
    for entity in range(2):
        assert agrees(durations_s(replications, entity), expected_s[entity])
    even = [{**one, "weight": 1.0} for one in sources]
    assert not is_inside(durations_s(run(even, ["one"]), 0), expected_s[0])


def test_a_fair_scheduler_gains_with_the_number_of_flows():
    """Flows that one code holds to 461 bit an interval share C G(n), a cell whose rate depends on its state."""
    one_code_bps, load, n_flows = 230_500.0, 1.2, 20
    gain = scheduling_gain(n_flows, 10.0)
    rates_bps = [one_code_bps * gain[n] for n in range(1, n_flows + 1)]
    theory = limited_sharing(rates_bps, load * one_code_bps, one_code_bps)
    sources = [
        {
            "name": law,
            "cell": law,
            "offered_bps": load * one_code_bps,
            "size": {**size, "mean_bit": one_code_bps},
        }
        for law, size in LAWS.items()
    ]
    fair = {"scheduler": "proportional_fair", "scheduler_snr_db": 10.0, "max_codes": 1}
    replications = run(sources, LAWS, max_flows=n_flows, **fair)
    for cell in range(len(LAWS)):
        flows = of_cell(replications, "hsdpa_flows", cell)
        assert is_inside(flows, theory.mean_flows)
        assert is_inside(of_cell(replications, "hsdpa_active_share", cell), 1.0 - theory.p_empty)
        assert not is_inside(flows, 1.1 * theory.mean_flows)
        carried_bps = of_cell(replications, "hsdpa_bit", cell) / replications[0].window_s
        assert carried_bps.mean() > 1.1 * one_code_bps
