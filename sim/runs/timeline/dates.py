"""The dates of which years tell: given one by one, by a step, or those of the timeline."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sim.errors import Problem, SimError
from sim.scenario.schema import Scenario


def asked_dates(scenario: Scenario, dates: Sequence[str], every: str | None) -> list[date]:
    """Return the dates of which years tell, rising: those given, by a step such as 1y or 6m, or the timeline's own."""
    timeline = scenario.timeline
    known = [one.date for one in timeline.changes]
    known += [one.date for count in timeline.counts for one in count.table]
    if not known:
        message = "has nothing: there are no years without changes or counts"
        raise SimError(Problem("timeline", message))
    if every is not None and dates:
        raise SimError(Problem("--every", "must not be given together with --dates"))
    if every is not None:
        begin, end = min(known), max(known)
        return list(_stepped(date.fromisoformat(begin), date.fromisoformat(end), every))
    texts = dates or list(timeline.dates) or known
    found = set()
    for text in texts:
        try:
            found.add(date.fromisoformat(text))
        except ValueError:
            message = "must be dates such as 2011-03-31, separated by commas"
            raise SimError(Problem(f"--dates {text}", message)) from None
    return sorted(found)


_STEP_UNITS = {"y": 12, "m": 1}
_MOST_DATES = 10_000
_MOST_DIGITS = 18


def _stepped(first: date, last: date, every: str) -> Iterator[date]:
    """Yield dates from the first to the last, which is always among them."""
    number, unit = every[:-1], every[-1:]
    if (
        not number.isascii()
        or not number.isdigit()
        or len(number) > _MOST_DIGITS
        or int(number) == 0
        or unit not in (*_STEP_UNITS, "d")
    ):
        message = "must be a number of years, months or days, such as 1y, 6m or 90d"
        raise SimError(Problem(f"--every {every}", message))
    for k in range(_MOST_DATES):
        day = _later(first, k * int(number), unit)
        if day is None or day >= last:
            break
        yield day
    yield last


def _later(first: date, n: int, unit: str) -> date | None:
    """Return a later day by so many days, months or years; None beyond the calendar."""
    if unit != "d":
        return _months_later(first, n * _STEP_UNITS[unit])
    return first + timedelta(days=n) if n <= (date.max - first).days else None


def _months_later(day: date, n: int) -> date | None:
    """Return the same day of a later month, or the last day of that month; None beyond the calendar."""
    months = day.year * 12 + day.month - 1 + n
    if months // 12 > date.max.year:
        return None
    year, month = months // 12, months % 12 + 1
    for back in range(4):
        try:
            return date(year, month, day.day - back)
        except ValueError:
            continue
    raise AssertionError(day)
