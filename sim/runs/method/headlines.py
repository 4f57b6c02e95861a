"""The measures of which it is told what choices of the method leave, and how they are printed."""

from sim.runs.measures.measure import PERCENT, Line
from sim.runs.measures.subjects import MEASURES

_OTHERWISE = {
    "voice.completed_per_h": Line("completed calls an hour"),
    "voice.dropping": Line("dropping [%]", "{:.3f}", PERCENT),
    "voice.outcome.no_coverage": Line("attempts without cover"),
}
"""Of measures that the summary has no line for."""

_WITH_SUBJECT = {
    "data.throughput_bps": "throughput of flows [kbit/s]",
    "data.blocked_share": "flows refused [%]",
    "sms.delivered": "messages delivered [%]",
    "exchange.wait_s": "wait for an operator [s]",
    "exchange.wait_p95_s": "95 % of these waits below [s]",
}
"""Of measures whose line in the summary leans on the title of its table."""

_NAMES = (
    "voice.attempts",
    "voice.blocking",
    "voice.dropping",
    "voice.completed_per_h",
    "voice.outcome.no_coverage",
    "voice.carried_erl",
    "data.throughput_bps",
    "data.blocked_share",
    "sms.delivered",
    "exchange.wait_s",
    "exchange.wait_p95_s",
    "coverage.area_share",
    "coverage.population_share",
)


def _line(name: str) -> Line:
    line = _OTHERWISE.get(name) or MEASURES[name].line or Line(name, "{:g}")
    return Line(_WITH_SUBJECT.get(name, line.label), line.form, line.factor)


HEADLINES: dict[str, Line] = {name: _line(name) for name in _NAMES}
"""Lines by measure."""
