"""
What stands at a date: the changes made by then, the counts of that day, and which sites sold which lines.

Everything follows from the timeline and the date alone, never from which other dates are asked for. Sites are placed in
one order, of which a date has the first; lines are sold in one order too, each around the sites that stood when it was
sold. So what stands at a date is a part of what stands later, site by site and line by line.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sim.errors import Problem, SimError
from sim.scenario.check_timeline import path_key
from sim.scenario.networks_section import Network
from sim.scenario.reference import OWN
from sim.scenario.schema import Scenario
from sim.scenario.timeline_section import LINEAR, N_LINES, N_SITES, STEP, Count
from sim.stats.growth.curves import CURVES
from sim.stats.growth.fits import Fit, fit_curve

DAYS_PER_YEAR = 365.25
"""Of the times of growth. [d]"""

MONTHS_OF_STAGE = 3
"""Sites that grow by a table sell lines in stages of so many months, as operators report (house choice)."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Course:
    """The course of a scenario along its timeline."""

    scenario: Scenario

    def settings(self, day: date, *, with_lines: bool = True) -> dict[str, Any]:
        """Return what is set at a date, by path in order; of coverage alone without which sites sold which lines."""
        found = self._changes(day)
        for count in self.scenario.timeline.counts:
            found[count.path] = self.count(count, day)
        for i, network in enumerate(self.scenario.networks):
            at = f"networks[{network.name}]"
            if network.n_sites or self._is_set(i, N_SITES):
                planned = self._planned(i)
                if network.placement.rule == "demand" and planned:
                    found[f"{at}.placement.planned_sites"] = planned
            if with_lines and network.sold_within_km is not None:
                stages = list(self._stages(i, day))
                self._require_growth(i, stages, day)
                found[f"{at}.sold_by_stage"] = stages
        # Whoever bought a line did so around the sites of then, which `sold_by_stage` says.
        found["subscribers.placed_as"] = OWN
        found["timeline"] = {}
        return found

    def _changes(self, day: date) -> dict[str, Any]:
        found: dict[str, Any] = {}
        ordered = sorted(self.scenario.timeline.changes, key=lambda one: one.date)
        for change in ordered:
            if date.fromisoformat(change.date) <= day:
                for path, value in change.set.items():
                    found.pop(path, None)  # what is set later is set behind
                    found[path] = value
        return found

    def count(self, count: Count, day: date) -> int:
        """Return a count at a date; refuse a date of which its table says nothing."""
        days = [date.fromisoformat(one.date) for one in count.table]
        values = [one.value for one in count.table]
        if count.curve not in (STEP, LINEAR):
            launch = self._launch(count)
            fit = self._fits[count.name]
            is_begun = day >= launch
            return round(float(fit.at([_years(launch, day)])[0])) if is_begun else 0
        if day < days[0]:
            return 0
        if count.curve == LINEAR and day > days[-1]:
            message = (
                f"{day}: the table ends on {days[-1]}; ask for dates up to it, add a count, or give a curve such as "
                "gompertz, which goes on"
            )
            raise SimError(Problem(f"timeline.counts[{count.name}]", message))
        past = max(i for i, one in enumerate(days) if one <= day)
        if count.curve == STEP or past == len(days) - 1:
            return round(values[past])
        share = (day - days[past]) / (days[past + 1] - days[past])
        return round(values[past] + share * (values[past + 1] - values[past]))

    def _launch(self, count: Count) -> date:
        return date.fromisoformat(count.launch or count.table[0].date)

    @cached_property
    def _fits(self) -> dict[str, Fit]:
        found = {}
        for count in self.scenario.timeline.counts:
            if count.curve in CURVES:
                launch = self._launch(count)
                times = [_years(launch, date.fromisoformat(one.date)) for one in count.table]
                values = [one.value for one in count.table]
                found[count.name] = fit_curve(CURVES[count.curve], times, values)
        return found

    def of_network(self, i: int, key: str, day: date) -> int:
        """Return the sites that are placed for a network at a date, or its lines."""
        count = self._count_of(i, key)
        if count is not None:
            return self.count(count, day)
        value = getattr(self.scenario.networks[i], key)
        for path, set_to in self._changes(day).items():
            if self._is_of(path, i, key):
                value = set_to
        return int(value)

    def _is_of(self, path: str, i: int, key: str) -> bool:
        name = self.scenario.networks[i].name
        return path_key(path) in (("networks", name, key), ("networks", str(i), key))

    def _count_of(self, i: int, key: str) -> Count | None:
        counts = self.scenario.timeline.counts
        return next((one for one in counts if self._is_of(one.path, i, key)), None)

    def _is_set(self, i: int, key: str) -> bool:
        changes = self.scenario.timeline.changes
        is_changed = any(self._is_of(path, i, key) for one in changes for path in one.set)
        return is_changed or self._count_of(i, key) is not None

    def _planned(self, i: int) -> int:
        """Return the most sites that a network ever has: its plan."""
        count = self._count_of(i, N_SITES)
        if count is None:
            days = (date.fromisoformat(one.date) for one in self.scenario.timeline.changes)
            known = [self.of_network(i, N_SITES, day) for day in days]
            return max([self.scenario.networks[i].n_sites, *known])
        if count.curve in CURVES:
            return math.ceil(float(self._fits[count.name].theta[0]))
        return round(max(one.value for one in count.table))

    def _stages(self, i: int, day: date) -> Iterator[dict[str, int]]:
        """Yield, up to a date, how many lines had been sold by the end of each stage, and the sites at its begin."""
        begins = self._site_days(i, day)
        if not begins:  # the sites of the scenario sold them all
            return
        sites = [self.of_network(i, N_SITES, one) for one in (begins[0] - _DAY, *begins)]
        n_sold = 0
        for n_sites, end in zip(sites, (*begins, day), strict=True):
            n_lines = self.of_network(i, N_LINES, end)
            # Lines of a day on which there are no sites yet are sold around the first ones.
            if n_lines > n_sold and (n_sites or self.scenario.networks[i].sites):
                n_sold = n_lines
                yield {"n_subscribers": n_sold, "n_sites": n_sites}

    def _site_days(self, i: int, day: date) -> list[date]:
        """Return the days up to a date on which stages of selling begin: those on which a network gets sites."""
        count = self._count_of(i, N_SITES)
        if count is None:
            changes = self.scenario.timeline.changes
            found = {
                date.fromisoformat(one.date)
                for one in changes
                if any(self._is_of(path, i, N_SITES) for path in one.set)
            }
            return sorted(one for one in found if one <= day)
        table = [date.fromisoformat(one.date) for one in count.table]
        if count.curve == STEP:
            return [one for one in table if one <= day]
        if count.curve in CURVES:
            return list(_quarters(self._launch(count), day))
        return list(_quarters(table[0], min(day, table[-1])))

    def _require_growth(self, i: int, stages: list[dict[str, int]], day: date) -> None:
        """Refuse fewer sites than lines were sold around: those who hold them would move."""
        network: Network = self.scenario.networks[i]
        n_now = self.of_network(i, N_SITES, day)
        most = max((one["n_sites"] for one in stages), default=0)
        if most > n_now and self.of_network(i, N_LINES, day):
            message = (
                f"{n_now:,} on {day}, after {most:,}: lines were sold around sites that are gone; let the number stay, "
                "and take sites off the air by sites_off"
            )
            raise SimError(Problem(f"networks[{network.name}].n_sites", message))


def _years(begin: date, end: date) -> float:
    return (end - begin).days / DAYS_PER_YEAR


def _quarters(first: date, last: date) -> Iterator[date]:
    """Yield a date, then the first days of the quarters after it, as long as something may grow."""
    if first <= last:
        yield first
    months = first.year * 12 + first.month - 1
    months += MONTHS_OF_STAGE - months % MONTHS_OF_STAGE
    while (day := date(months // 12, months % 12 + 1, 1)) <= last:
        yield day
        months += MONTHS_OF_STAGE
