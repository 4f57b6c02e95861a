"""What a sweep asks to be kept of its runs, and what of it they do not have: which measure at which network."""

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa

from sim.runs.measures.coverage import COVERAGE
from sim.runs.measures.subjects import SUBJECTS
from sim.runs.sweeps.plan import Plan, load_planned
from sim.scenario.schema import Scenario
from sim.scenario.sweep_section import Sweep
from sim.tables import ALL, SUMMARY_AXES, Columns

_FIXED = "fixed"
_SUBJECT_OF = {measure.name: subject for subject in SUBJECTS for measure in subject.measures}
_AXES_OF = {measure.name: measure.axes for subject in SUBJECTS for measure in subject.measures}

Absent = dict[str, list[str]]
"""Networks at which a measure is asked for and not there, by measure."""


def surely_absent(plan: Plan) -> Absent:
    """Return what no run of a plan will have, as far as scenarios say it: the last of each file, and the first."""
    runs = [plan.runs[0], *{run.base: run for run in plan.runs}.values()]
    scenarios = [load_planned(run.base, run.settings).scenario for run in runs]
    sweep = plan.sweep
    return _absent(
        sweep,
        lambda measure, network: any(_may_stand(measure, network, one, sweep) for one in scenarios),
    )


def absent_from(sweep: Sweep, rows: Columns) -> Absent:
    """Return what no run has."""
    keys = ("measure", "network")
    found = pa.table({key: rows[key] for key in keys}).group_by(list(keys)).aggregate([])
    present = {(row["measure"], row["network"]) for row in found.to_pylist()}
    return _absent(sweep, lambda measure, network: (measure, network) in present)


def _absent(sweep: Sweep, is_there: Callable[[str, str], bool]) -> Absent:
    found: Absent = {}
    for measure in dict.fromkeys(sweep.measures):
        missing = [network for network in sweep.networks if not is_there(measure, network)]
        # What does not stand by network stands at all of them together: there it is looked for.
        is_at_all = "network" not in _AXES_OF[measure] and ALL in set(sweep.networks) - set(missing)
        if missing and not is_at_all:
            found[measure] = missing
    return found


def _may_stand(measure: str, network: str, scenario: Scenario, sweep: Sweep) -> bool:
    """Return whether a run may keep a measure of a network: its scenario does not rule it out."""
    subject, axes = _SUBJECT_OF[measure], _AXES_OF[measure]
    if not subject.in_scenario(scenario):
        return False
    if any(
        axis not in axes and ALL not in words
        for axis, words in zip(SUMMARY_AXES, sweep.along, strict=True)
        if axis != "network"
    ):
        return False
    if network == ALL:
        # Coverage of several networks has no sum: it stands by any, both or neither of them.
        several = set(sweep.covered_by) - {ALL}
        return subject is not COVERAGE or ("covered_by" in axes and bool(several))
    if "network" not in axes or ALL not in sweep.covered_by:
        return False
    has_fixed = scenario.fixed.source != "none"
    return network in [one.name for one in scenario.networks] or (network == _FIXED and has_fixed)


def absent_text(absent: Mapping[str, Sequence[str]]) -> str:
    """
    Say what is not there.

    Parameters
    ----------
    absent : mapping of str to sequence of str
        Networks at which a measure is not there, by measure.

    Returns
    -------
    str
        A line; empty where everything is there.
    """
    if not absent:
        return ""
    by_networks: dict[str, list[str]] = {}
    for measure, networks in absent.items():
        by_networks.setdefault(", ".join(networks), []).append(measure)
    listed = "; ".join(f"{', '.join(names)} at network {at}" for at, names in by_networks.items())
    return f"not measured by any run: {listed}"
