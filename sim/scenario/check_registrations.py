"""Rules between keys of registrations and others."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sim.scenario.evidence import Finding
from sim.scenario.locate import Loc
from sim.scenario.messages import given
from sim.scenario.schema import Run
from sim.scenario.traffic_section import Traffic


def check_registrations(run: Run, traffic: Traffic) -> Iterator[Finding]:
    """Check that phones attach together at times of the calendar that lie in the run."""
    for i, storm in enumerate(traffic.registrations.storms):
        loc: Loc = ("traffic", "registrations", "storms", i, "at")
        try:
            at = datetime.fromisoformat(storm.at)
        except ValueError:
            yield Finding(loc, f" = {given(storm.at)}: must be a date and time of the calendar")
            continue
        if not _is_inside(run, at):
            message = (
                f" = {given(storm.at)}: must lie in the run, from warmup_h before run.start = {given(run.start)} to "
                "before duration_h after it"
            )
            yield Finding(loc, message)


def _is_inside(run: Run, at: datetime) -> bool:
    """Say whether a time lies in a run; one whose begin is no time of the calendar is refused elsewhere."""
    # A warm-up that follows from the law of lengths is not known yet; it is hours.
    before_h = 24.0 if run.warmup_h is None else run.warmup_h
    try:
        start = datetime.fromisoformat(run.start)
        begin, end = start - timedelta(hours=before_h), start + timedelta(hours=run.duration_h)
    except (ValueError, OverflowError):
        return True
    return begin <= at < end
