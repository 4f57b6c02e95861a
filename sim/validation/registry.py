"""Which subject answers for which area of cases, and why others do not apply."""

from dataclasses import dataclass

from sim.validation import (
    abandonment,
    crossing,
    delay,
    diffraction,
    flows,
    growth,
    handovers,
    hsdpa,
    loss,
    multiservice,
    other_cell,
    outputs,
    powers,
    propagation,
    retrial,
    shadowing,
    soft_handover,
    switchboard,
    time_varying,
    trunks,
    uncertainty,
    warmup,
    wcdma,
)
from sim.validation.cases import Case
from sim.validation.found import Compare


@dataclass(frozen=True)
class Subject:
    """What answers for some areas."""

    title: str  # as it is printed
    areas: tuple[str, ...]  # areas of cases
    compare: Compare  # compares any of their cases


SUBJECTS = (
    Subject("pools without a queue", ("teletraffic/loss",), loss.compare),
    Subject("operators, patient callers", ("teletraffic/delay",), delay.compare),
    Subject("operators, callers who give up", ("teletraffic/abandonment",), abandonment.compare),
    Subject("callers who try again", ("teletraffic/retrial",), retrial.compare),
    Subject("services of several sizes", ("teletraffic/multiservice",), multiservice.compare),
    Subject(
        "trunk groups and networks of links",
        ("teletraffic/overflow", "teletraffic/loss-network"),
        trunks.compare,
    ),
    Subject(
        "phones that go from cell to cell",
        ("mobility/handover-count", "teletraffic/handover-network", "teletraffic/guard-channel"),
        handovers.compare,
    ),
    Subject("borders that phones cross", ("mobility/cell-crossing",), crossing.compare),
    Subject("data flows that share a cell", ("teletraffic/flow-level",), flows.compare),
    Subject("calls over the day", ("teletraffic/time-varying",), time_varying.compare),
    Subject(
        "manual exchanges",
        ("switchboard/load", "switchboard/answer", "switchboard/network", "switchboard/traffic"),
        switchboard.compare,
    ),
    Subject(
        "intervals, variances, rules that stop",
        ("statistics/ci-coverage", "statistics/output-analysis", "statistics/precision-stop"),
        outputs.compare,
    ),
    Subject("indices of parameters", ("uncertainty/sobol",), uncertainty.compare),
    Subject("growth of counts", ("growth/bass",), growth.compare),
    Subject("warm-up", ("statistics/warm-up",), warmup.compare),
    Subject(
        "path loss",
        ("propagation/free-space", "propagation/hata", "wcdma/tr25942"),
        propagation.compare,
    ),
    Subject("diffraction", ("propagation/diffraction",), diffraction.compare),
    Subject("shadowing", ("propagation/coverage", "propagation/shadowing"), shadowing.compare),
    Subject(
        "load equations and link budgets",
        ("wcdma/load", "wcdma/link-budget", "wcdma/coexistence"),
        wcdma.compare,
    ),
    Subject("powers", ("wcdma/power-control",), powers.compare),
    Subject("interference of other cells", ("wcdma/other-cell",), other_cell.compare),
    Subject("soft handover", ("wcdma/soft-handover",), soft_handover.compare),
    Subject("HSDPA", ("hsdpa/cqi", "hsdpa/link", "hsdpa/scheduler"), hsdpa.compare),
)

DOES_NOT_APPLY = {
    "rwp_": "nobody goes from one random point to the next: ways are straight, or along corridors and lines",
    "RobertsBR_pub_C4_t1_0": "circuits are kept for calls of one circuit each: no service of two beside them",
    "wifi/": "Wi-Fi is not in the program",
    "power/": "batteries and what a site draws are not in the program: sites fail and are repaired by given laws",
    "p452_": "the program does not implement Recommendation ITU-R P.452 beyond its diffraction",
    "p1546_": "the program does not implement Recommendation ITU-R P.1546",
    "tr25942_capacity_tables": "its digits were recalled, not read; its shape is measured by bench/coexistence.py",
    "seamcat_dl": "the search for a capacity is a tool of bench/, beside the program",
    "swbd_tableXI_": "there are no automanual boards in the program; its row is arithmetic of its own",
    "swbd_tableXII_": "a sample to fit a law of waits by; waits come out of a desk here, and are no input",
    "swbd_manual_answer": "an example of the text, no measurement: not to be asserted",
    "swbd_tableXIII": "calling rates of American lines of 1911: an input, and scenarios give their own",
    "swbd_toll_1918": "a secondary source for an order of magnitude: not to be asserted",
}
"""Why a case does not apply, by the begin of its id or of its area."""


def subject_of(case: Case) -> Subject | None:
    """Return what answers for a case."""
    if reason_of(case, DOES_NOT_APPLY):
        return None
    return next((one for one in SUBJECTS if case.area in one.areas), None)


def reason_of(case: Case, reasons: dict[str, str]) -> str:
    """Return what is said of a case."""
    for key, said in reasons.items():
        if case.id.startswith(key) or case.area.startswith(key):
            return said
    return ""
