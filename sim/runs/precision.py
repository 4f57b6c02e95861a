"""Replications until measures are known: what is watched, when it is enough, and what is said of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from sim.errors import Problem, SimError
from sim.runs.measures.coverage import COVERAGE
from sim.runs.measures.subjects import MEASURES, SUBJECTS
from sim.runs.parquet import floats, texts
from sim.runs.summary import KEYS, holds_for_all
from sim.scenario.messages import did_you_mean, given
from sim.scenario.precision_section import FIRST_REPLICATIONS, LOOK_AHEAD, Precision
from sim.scenario.schema import Scenario
from sim.stats.intervals import Interval, ratio_interval
from sim.stats.precision import Stop, look_ahead_of, stop_of
from sim.tables import ALL, SUMMARY_AXES
from sim.world.build import World

Sums = tuple[float, float]
"""Numerator and denominator of a measure in a replication."""

_SUBJECT_OF = {measure.name: subject for subject in SUBJECTS for measure in subject.measures}
_FIXED = "fixed"


def precision_problems(scenario: Scenario, provinces: Sequence[str] | None) -> Iterator[Problem]:
    """Yield what must be known and no run of a scenario measures, as far as that is seen before it."""
    networks = [one.name for one in scenario.networks]
    networks += [_FIXED] * (scenario.fixed.source != "none")
    for i, wanted in enumerate(scenario.run.precision):
        where = f"run.precision[{i}]"
        if message := _not_measured(scenario, wanted.measure):
            yield Problem(f"{where}.measure = {given(wanted.measure)}", message)
            continue
        axes = MEASURES[wanted.measure].axes
        known = {"network": networks, "province": provinces}
        for axis, word in zip(SUMMARY_AXES, wanted.along, strict=True):
            names = known.get(axis)
            if word != ALL and axis not in axes:
                message = f"{wanted.measure} does not stand by {axis}; leave it out"
            elif word != ALL and names is not None and word not in names:
                message = f"is no {axis}; {did_you_mean(word, [ALL, *names], f'{axis}s')}"
            else:
                continue
            yield Problem(f"{where}.{axis} = {given(word)}", message)


def require_measured(scenario: Scenario, world: World) -> None:
    """Refuse to simulate until something is known that is not measured in a world."""
    problems = [
        Problem(
            f"run.precision[{i}].measure = {given(wanted.measure)}",
            "is not measured, as the world has nothing of the kind; name another measure",
        )
        for i, wanted in enumerate(scenario.run.precision)
        if not _SUBJECT_OF[wanted.measure].is_on(scenario, world)
    ]
    if problems:
        raise SimError(*problems)


def _not_measured(scenario: Scenario, measure: str) -> str:
    """Return why there is no interval of a measure; empty where there may be one."""
    if measure not in MEASURES:
        known = [name for name in MEASURES if _SUBJECT_OF[name] is not COVERAGE]
        return f"is no measure; {did_you_mean(measure, known, 'measures')}"
    if _SUBJECT_OF[measure] is COVERAGE:
        return "is the same in all replications, which share one world; name a measure of calls or data"
    if not _SUBJECT_OF[measure].in_scenario(scenario):
        return "is not measured, as the scenario has nothing of the kind; name another measure"
    return ""


@dataclass(frozen=True)
class Width:
    """How well a measure is known after some replications."""

    wanted: Precision  # what is asked for
    found: Interval  # its estimate

    @property
    def half(self) -> float | None:
        """Half the width of its interval, in the unit of the measure; None without an interval."""
        if self.found.low is None or self.found.high is None:
            return None
        return (self.found.high - self.found.low) / 2.0

    @property
    def share(self) -> float | None:
        """The same as a share of its value; None where there is none, or it is 0 [1]."""
        return (
            self.half / abs(self.found.value)
            if self.half is not None and self.found.value
            else None
        )

    @property
    def is_narrow(self) -> bool:
        """Whether that is narrow enough."""
        width = self.half if self.wanted.relative_half_width is None else self.share
        most = self.wanted.relative_half_width or self.wanted.half_width or 0.0
        return width is not None and width <= most

    @property
    def told(self) -> str:
        """How well it is known, and how well it shall be, in words."""
        places = zip(SUMMARY_AXES, self.wanted.along, strict=True)
        name = ", ".join(
            [self.wanted.measure, *(f"{axis} {word}" for axis, word in places if word != ALL)]
        )
        relative = self.wanted.relative_half_width
        if self.found.value is None:
            return f"{name} was counted in no replication"
        if relative is not None and self.found.value == 0.0:
            return f"{name} is 0 so far, of which no width is a share (half_width may be)"
        if self.half is None:
            return f"{name} has no interval"
        if relative is not None and self.share is not None:
            return f"{name} ± {_percent(self.share)} of its value, {_percent(relative)} wanted"
        unit = MEASURES[self.wanted.measure].unit.removeprefix("1")
        return f"{name} ± {self.half:.3g} {unit}".rstrip() + f", {self.wanted.half_width:g} wanted"

    def as_mapping(self) -> dict[str, Any]:
        """Return what a manifest says of it."""
        wanted = self.wanted.model_dump(exclude={"at_most"})
        widths = {name: wanted.pop(name) for name in ("relative_half_width", "half_width")}
        return {
            **wanted,
            "wanted": {name: width for name, width in widths.items() if width is not None},
            "value": self.found.value,
            "low": self.found.low,
            "high": self.found.high,
            "half_width": self.half,
            "relative_half_width": self.share,
            "is_narrow": self.is_narrow,
        }


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"


class Watch:
    """
    The measures of replications, looked at one after the other.

    Parameters
    ----------
    wanted : sequence of Precision
        What must be known.
    """

    def __init__(self, wanted: Sequence[Precision]) -> None:
        self._wanted = wanted
        self._sums: list[list[Sums]] = []
        self._are_narrow: list[bool] = []

    @property
    def n(self) -> int:
        """Number of replications that were looked at."""
        return len(self._sums)

    @cached_property
    def at_most(self) -> int:
        """Most replications."""
        return max(one.at_most for one in self._wanted)

    def look(self, replications: Iterable[pa.Table]) -> None:
        """Take note of the measures of further replications."""
        for table in replications:
            self._sums.append([sums_of(table, one.measure, one.along) for one in self._wanted])
            is_time = self.n >= FIRST_REPLICATIONS
            self._are_narrow.append(is_time and all(one.is_narrow for one in self.widths(self.n)))

    def widths(self, n: int) -> list[Width]:
        """Return how well each measure is known after the first replications."""
        found = []
        for wanted, *sums in zip(self._wanted, *self._sums[:n], strict=True):
            top, bottom = zip(*sums, strict=True)
            law = MEASURES[wanted.measure].made.law
            found.append(Width(wanted, ratio_interval(top, bottom, law=law)))
        return found

    @property
    def stop(self) -> Stop:
        """Whether that was enough, by the first replications alone."""
        return stop_of(self._are_narrow, FIRST_REPLICATIONS, LOOK_AHEAD, self.at_most)

    @property
    def told(self) -> str:
        """How well measures are known so far, in a line."""
        return f"after {self.n} replications: " + "; ".join(w.told for w in self.widths(self.n))

    def outcome(self) -> "Outcome":
        """Return what came of it."""
        stop = self.stop
        if stop.n_needed > self.n:
            raise AssertionError("replications are missing that precision needs")
        n = stop.n_counted or stop.n_needed
        is_reached = stop.n_counted is not None
        return Outcome(n, stop.n_needed, self.at_most, is_reached, tuple(self.widths(n)))


@dataclass(frozen=True)
class Outcome:
    """What came of simulating until measures are known."""

    n: int  # replications that count
    n_simulated: int  # the same with those that were to show that intervals stay narrow
    at_most: int  # most replications
    is_reached: bool  # whether measures are known as asked
    widths: tuple[Width, ...]  # how well each is known

    @property
    def text(self) -> str:
        """What came of it, in a line."""
        widths = "; ".join(one.told for one in self.widths)
        if self.is_reached:
            return f"Precision is reached after {self.n} replications, {self.n_simulated} simulated: {widths}"
        late = all(one.is_narrow for one in self.widths)
        ahead = look_ahead_of(self.n, LOOK_AHEAD)
        more = f"; that is narrow enough, but was not so for {ahead} replications more" * late
        return f"precision is not reached with {self.n} replications, run.precision at_most: {widths}{more}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What every output must say of it."""
        return () if self.is_reached else (self.text,)

    def as_mapping(self) -> dict[str, Any]:
        """Return what a manifest says of it."""
        return {
            "is_reached": self.is_reached,
            "n_replications": self.n,
            "n_simulated": self.n_simulated,
            "at_most": self.at_most,
            "text": self.text,
            "measures": [one.as_mapping() for one in self.widths],
        }


def sums_of(
    table: pa.Table, measure: str, along: Sequence[str] = (ALL,) * len(SUMMARY_AXES)
) -> Sums:
    """Return numerator and denominator of a measure in a replication; refuse one that was not measured there."""
    found = holds_for_all(table)
    for key, word in zip(KEYS, (measure, *along), strict=True):
        found &= texts(table, key) == word
    rows = np.flatnonzero(found)
    if len(rows) == 0:
        named = zip(SUMMARY_AXES, along, strict=True)
        places = ", ".join(f"{axis} {word}" for axis, word in named if word != ALL)
        place = f" at {places}" if places else ""
        raise SimError(
            f"run.precision: {measure} is not measured{place}; name another measure or place"
        )
    row = int(rows[0])
    return float(floats(table, "numerator")[row]), float(floats(table, "denominator")[row])
