"""The reference cases of the scorecard as plain mappings."""

from dataclasses import asdict

from sim.validation.cases import cases_of


def reference_cases(*areas):
    """Cases of some areas by their ids; an area may be its first part."""
    return {case_id: asdict(case) for case_id, case in cases_of(*areas).items()}
