"""Cases of output analysis on the card: intervals that hold the truth, variances of averages, rules that stop."""

from collections.abc import Iterator, Sequence

from sim.validation import output_analysis, own_intervals
from sim.validation.cases import Case
from sim.validation.found import ONLY_FULL, Found
from sim.validation.length import Length
from sim.validation.own_intervals import Draws, Row
from sim.validation.verdict import Comparison, by_range

OF_HITS = "coverage_accept_R"
"""Begin of the cases that say how many of some experiments may hit."""

N_FEWEST, N_USUAL = 200, 1000
"""Experiments of the case with which the simulated ones go, and of the one that a card of usual length draws."""


def compare(cases: Sequence[Case], length: Length, *, are_shared: bool = False) -> Iterator[Found]:
    """
    Compare what is made of outputs.

    With `are_shared` all replications have the draws of the first, to show what a wrong program gives.
    """
    ids = {case.id for case in cases}
    found = set()
    for case_id, row in output_analysis.rows(is_full=length.is_full, seed=length.seed):
        if case_id in ids:
            found.add(case_id)
            yield case_id, _compared(row)
    for case in cases:
        if case.id.startswith(OF_HITS):
            if case.inputs["experiments"] != N_USUAL and not length.is_full:
                yield case.id, ONLY_FULL
            for row in _hits(case, length, are_shared):
                yield case.id, _compared(row)
        elif case.id not in found:
            yield case.id, ONLY_FULL


def _hits(case: Case, length: Length, are_shared: bool) -> Iterator[Row]:
    """Yield as many experiments as a case has, drawn; and with the fewest those that the program simulates."""
    n = case.inputs["experiments"]
    if length.is_full or n == N_USUAL:
        yield from own_intervals.generated(n, Draws(length.seed, are_shared))
    if length.is_full and n == N_FEWEST:
        yield from own_intervals.simulated(n, length.seed)


def _compared(row: Row) -> Comparison:
    """Compare a row, whose known number is the middle of what is accepted."""
    said = f"{row.what}, {row.n_experiments} experiments"
    middle = (row.least + row.most) / 2.0
    way = "formula" if row.least == row.most else "run"
    return by_range(said, middle, row.found, row.least, row.most, way)  # type: ignore[arg-type]
