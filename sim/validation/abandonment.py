"""Operators with a queue whose callers give up: Erlang-A, by formula and by desks."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sim.stats.theory import ErlangA, erlang_a
from sim.switching.tasks import exponential
from sim.validation.cases import Case
from sim.validation.delay import Desk
from sim.validation.found import ONLY_FULL, Found
from sim.validation.length import Length
from sim.validation.verdict import Comparison, by_formula

N_CALLS = {
    "erlangA_desk6_1200cph_AHT15_pat30": (1500, 7000),
    "erlangA_desk4_1200cph_AHT15_pat30_overload": (1500, 7000),
    "erlangA_desk2_100cph_AHT60_pat45": (1500, 7000),
    "erlangA_closed_form_theta_eq_mu": (1500, 7000),
    "erlangA_pub_MandelbaumZeltyn_50operators": (0, 10_000),
}
"""Calls in the window of each replication, of a card of usual length and of a full one; 0: none."""

Theory = Callable[[float, float, float, int], ErlangA]


def compare(
    cases: Sequence[Case], length: Length, theory: Theory = erlang_a, n_more: int = 0
) -> Iterator[Found]:
    """Compare desks whose callers give up."""
    for case in cases:
        for one in of_formula(case, theory):
            yield case.id, one
        lengths = N_CALLS[case.id]
        if length.amount(lengths) == 0:
            yield case.id, ONLY_FULL
            continue
        for one in desk_of(case).compare(lengths, length, n_more):
            yield case.id, one


def _parameters(case: Case) -> tuple[float, float, float, int, float]:
    """Return rate of calls, mean service, mean patience, operators, and the unit of time in seconds."""
    given = case.inputs
    unit = next(unit for unit in ("_per_s", "_per_min", "") if f"mu{unit}" in given)
    unit_s = 60.0 if unit == "_per_min" else 1.0
    rate, mu, theta = (given[name + unit] / unit_s for name in ("lambda", "mu", "theta"))
    return rate, 1.0 / mu, 1.0 / theta, given["c"], unit_s


def _exact(case: Case) -> dict[str, Any]:
    return dict(case.expected.get("exact", case.expected))


def of_formula(case: Case, theory: Theory) -> Iterator[Comparison]:
    """Compare what a formula gives."""
    rate, service_s, patience_s, n, unit_s = _parameters(case)
    found, known = theory(rate, service_s, patience_s, n), _exact(case)
    numbers = {
        "P_wait": found.p_wait,
        "P_abandon": found.p_abandon,
        "E_W_all": found.mean_wait_s / unit_s,
        "E_Lq": found.mean_wait_s * rate,
        "utilisation": found.occupancy,
        "P_served": 1.0 - found.p_abandon,
        "closed_form_P_abandon": found.p_abandon,
    }
    for name in known:
        if name.startswith("P_W_gt_"):
            numbers[name] = found.p_wait_over(float(name.removeprefix("P_W_gt_")) * unit_s)
    for name in (one for one in numbers if one in known):
        yield by_formula(name, known[name], numbers[name], relative=1e-9)
    if "W_quantile_0.9" in known:
        late = found.p_wait_over(known["W_quantile_0.9"] * unit_s)
        yield by_formula("P(wait > exact 90 % quantile)", 0.1, late, relative=1e-9)
    printed = case.expected.get("published", {})
    as_printed = {
        "P_abandon_pct": round(100.0 * found.p_abandon, 1),
        "ASA_sec": round(found.mean_wait_s, 1),
        "mean_queue": round(found.mean_wait_s * rate),
        "utilisation_pct": round(100.0 * found.occupancy),
    }
    for name in (one for one in as_printed if one in printed):
        yield by_formula(f"{name}, as printed", printed[name], as_printed[name])


def desk_of(case: Case) -> Desk:
    """Return the desk of a case whose callers give up."""
    rate, service_s, patience_s, n, unit_s = _parameters(case)
    known = _exact(case)
    expected = {"P_W_gt_0": known["P_wait"], "E_W_all": known["E_W_all"] * unit_s}
    if "W_quantile_0.9" in known:
        expected[f"P_W_gt_{known['W_quantile_0.9'] * unit_s}"] = 0.1
    as_they_are = ("P_abandon", "E_Lq", "utilisation", "P_W_gt_")
    expected |= {name: known[name] for name in known if name.startswith(as_they_are)}
    work, patience = exponential(service_s), exponential(patience_s)
    return Desk(rate, work, n, patience, 30.0 * service_s, expected)
