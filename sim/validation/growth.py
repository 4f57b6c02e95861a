"""Growth of counts: Bass's curve fitted to a published series, its standard errors, and its peak in closed form."""

from collections.abc import Callable, Iterator, Sequence

from sim.stats.growth.curves import BASS
from sim.stats.growth.fits import Fit, fit_curve
from sim.validation.cases import Case
from sim.validation.found import Found
from sim.validation.length import Length
from sim.validation.verdict import Comparison, by_formula, by_range

Rule = Callable[..., Fit]

COMPUTED = 1e-5
"""How near the recomputed numbers are, as the case has it. [1]"""

HALF_A_DIGIT = {
    "m": 50.0, "p": 5e-6, "q": 5e-4, "se_m": 5.0, "se_p": 5e-6, "se_q": 5e-5, "residual_se": 0.5
}  # fmt: skip
"""Half of the last printed digit of what was published."""


def compare(cases: Sequence[Case], length: Length, rule: Rule = fit_curve) -> Iterator[Found]:  # noqa: ARG001
    """
    Compare a fit, its errors and its peak.

    `rule` fits; another shows what a wrong one gives.
    """
    for case in cases:
        given, start = case.inputs, case.inputs["start"]
        begin = (start["m"], start["p"], start["q"])
        fit = rule(BASS, given["t"], given["sales"], is_of_rates=True, start=begin)
        for one in _of(case, fit):
            yield case.id, one


def _of(case: Case, fit: Fit) -> Iterator[Comparison]:
    computed, published = case.expected["computed"], case.expected["published"]
    names = ("m", "p", "q", "se_m", "se_p", "se_q", "residual_se")
    values = (*fit.theta.tolist(), *fit.errors.tolist(), fit.residual_error)
    for name, value in zip(names, values, strict=True):
        yield by_formula(name, computed[name], value, relative=COMPUTED)
        half, printed = HALF_A_DIGIT[name], published[name]
        yield by_range(f"{name}, as printed", printed, value, printed - half, printed + half)
    yield by_formula("degrees of freedom", published["dof"], fit.n_free)
    peak = fit.peak
    for name, value in (
        ("peak_time", peak.time), ("peak_rate", peak.rate), ("share_at_peak", peak.share)
    ):  # fmt: skip
        yield by_formula(name, case.expected[name], value, relative=COMPUTED)
