"""What was published of the two networks, and what the model gives beside it."""

import json
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.validation.length import Length

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

FILE = Path(__file__).with_name("published.json")
NATION = "national_2022"
EVENING = ("run.duration_h=0.25",)
"""The part of the busy hour that is run for what a line and a site carry."""

INPUT = "an input of the scenario {}"
ROLLOUT = "rollout_2008_2022"
POINTS = 1.0
"""How near a share of area or people must be: published ones are rounded to whole points, or to tenths. [%]"""

ONLY_LONG = "a long run: only with --facts, or --full"


@dataclass(frozen=True)
class Fact:
    """One published number and what the model gives; misses are of its assumptions, not of the program."""

    said: str  # what was published, of which network and when
    unit: str  # unit of both numbers
    published: float  # the published one
    low: float | None  # and high: its range, where a range was published
    high: float | None
    obtained: float | None  # the model's; None where it was not run
    how: str  # what of the model gives it, or why it was not run
    source: str  # document
    is_input: bool = False  # whether a scenario is given the number: it says nothing of the model

    @property
    def word(self) -> str:
        """Whether both agree within a tenth, or within the published range; `given` of an input."""
        if self.obtained is None:
            return "not run"
        if self.is_input:
            return "given"
        low = 0.9 * self.published if self.low is None else self.low
        high = 1.1 * self.published if self.high is None else self.high
        return "met" if low <= self.obtained <= high else "missed"

    def as_mapping(self) -> dict[str, Any]:
        """Return what the file of a card holds of it."""
        return asdict(self)


@cache
def _data() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text("utf-8")))


@cache
def _scenario(name: str) -> "Scenario":
    from sim.scenario.load import load_scenario

    return load_scenario(name).scenario


def compare_facts(length: Length, root: Path) -> Iterator[Fact]:
    """Compare published facts; long runs are kept in the folder of all results, as those of a user are."""
    yield from _lines()
    yield from _sites()
    yield from _coverage(length, root)
    yield from _load(length, root)


def _lines() -> Iterator[Fact]:
    data = _data()
    for day, number, source in data["subscribers"]:
        name = data["scenarios_of_dates"].get(day)
        found = (
            sum(one.n_subscribers for one in _scenario(name).networks) if name else _lines_at(day)
        )
        said = f"lines of Koryolink, {day}"
        document, how = data["sources"][source], INPUT.format(name or ROLLOUT)
        yield Fact(said, "1", number, None, None, found, how, document, is_input=True)
    both = data["lines_2022"]
    found = sum(one.n_subscribers for one in _scenario(NATION).networks)
    how = INPUT.format(NATION)
    ends = both["number"], both["low"], both["high"]
    document = data["sources"][both["source"]]
    yield Fact("lines of both, 2022-11", "1", *ends, found, how, document, is_input=True)


def _lines_at(day: str) -> int:
    """Return the lines that the roll-out has at a date."""
    from sim.runs.timeline.course import Course
    from sim.scenario.timeline_section import N_LINES

    return Course(_scenario(ROLLOUT)).of_network(0, N_LINES, date.fromisoformat(day))


def _sites() -> Iterator[Fact]:
    for said, name, networks, number, low, high, source in _data()["sites"]:
        of = [n for n in _scenario(name).networks if networks is None or n.name in networks]
        found, how = sum(one.n_sites for one in of), INPUT.format(name)
        text = f"sites, {said}"
        document = _data()["sources"][source]
        yield Fact(text, "1", number, low, high, found, how, document, is_input=True)


def _is_long(length: Length) -> bool:
    return length.is_full or length.has_facts


MAPS = {
    "": "radio out of doors, one world",
    "planner_": "discs about sites, as a planner draws them, one world",
}


def _coverage(length: Length, root: Path) -> Iterator[Fact]:
    for month, name, area, people, source in _data()["coverage"]:
        found_of = _covered(name, month, root) if _is_long(length) else None
        for what, percent in (("area", area), ("population", people)):
            if percent is None:
                continue
            for kind, how in MAPS.items():
                said = f"share of the {what} covered, {month}"
                found = found_of and found_of(f"coverage.{kind}{what}_share")
                how = f"{how}, {name or ROLLOUT}" if found is not None else ONLY_LONG
                source_text = _data()["sources"][source]
                ends = percent, percent - POINTS, percent + POINTS
                yield Fact(said, "%", *ends, found, how, source_text)
                if found is None:
                    break


def _covered(name: str | None, month: str, root: Path) -> Callable[[str], float | None]:
    """Return what gives the share that Koryolink covers: of a scenario, or of the roll-out at the end of a month."""
    if name is not None:
        from sim.runs import run_coverage

        result = run_coverage(name, replications=1, jobs=1, out=root)
        return lambda measure: _percent(result.measure(measure, "koryolink").value)
    from sim.runs import run_years

    year, number = map(int, month.split("-"))
    day = f"{month}-{monthrange(year, number)[1]}"
    measures = [f"coverage.{kind}{what}_share" for what in ("area", "population") for kind in MAPS]
    years = run_years(
        ROLLOUT, dates=[day], measures=measures, with_calls=False, shard="1/1", out=root
    )
    values = {
        one["quantity"]: one["value"]
        for one in years.found["rows"]
        if one["network"] == "koryolink"
    }
    return lambda measure: _percent(values.get(measure))


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share


def _load(length: Length, root: Path) -> Iterator[Fact]:
    """Compare what a line carries in the busy hour: both ends of calls between mobile phones count."""
    found = _erl_per_line(root) if _is_long(length) else None
    how = f"channels in use over lines, {NATION}, a quarter of an hour" if found else ONLY_LONG
    for said, number, low, high, source in _data()["erl_per_line"]:
        yield Fact(said, "erl", number, low, high, found, how, _data()["sources"][source])


def _erl_per_line(root: Path) -> float:
    from sim.runs import run_scenario

    result = run_scenario(NATION, list(EVENING), replications=1, jobs=1, out=root)
    carried_erl = sum(result.table("cells", ["carried_erl"])["carried_erl"].to_pylist())
    return float(carried_erl / sum(one.n_subscribers for one in _scenario(NATION).networks))
