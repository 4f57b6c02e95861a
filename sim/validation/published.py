"""What was published of the two networks, and what the model gives beside it."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.validation.length import Length

if TYPE_CHECKING:
    from sim.runs import RunResult
    from sim.scenario.schema import Scenario

FILE = Path(__file__).with_name("published.json")
NATION = "national_2022"
EVENING = ("run.duration_h=0.25",)
"""The part of the busy hour that is run for what a line and a site carry."""

INPUT = "an input of the scenario {}"
NOT_IN_MODEL = "the model has no network of that date: growth is not in the program"
NOT_REBUILT = "no scenario rebuilds the network of that date"
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
    for date, number, source in data["subscribers"]:
        name = data["scenarios_of_dates"].get(date)
        found = sum(one.n_subscribers for one in _scenario(name).networks) if name else None
        how = INPUT.format(name) if name else NOT_IN_MODEL
        said = f"lines of Koryolink, {date}"
        document = data["sources"][source]
        yield Fact(said, "1", number, None, None, found, how, document, is_input=name is not None)
    both = data["lines_2022"]
    found = sum(one.n_subscribers for one in _scenario(NATION).networks)
    how = INPUT.format(NATION)
    ends = both["number"], both["low"], both["high"]
    document = data["sources"][both["source"]]
    yield Fact("lines of both, 2022-11", "1", *ends, found, how, document, is_input=True)


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
    for date, name, area, people, source in _data()["coverage"]:
        result = _covered(name, root) if name and _is_long(length) else None
        for what, percent in (("area", area), ("population", people)):
            if percent is None:
                continue
            for kind, how in MAPS.items():
                said = f"share of the {what} covered, {date}"
                found = _share(result, f"coverage.{kind}{what}_share")
                if found is None:
                    how = ONLY_LONG if name else NOT_REBUILT
                source_text = _data()["sources"][source]
                ends = percent, percent - POINTS, percent + POINTS
                yield Fact(said, "%", *ends, found, how, source_text)
                if found is None:
                    break


def _share(result: "RunResult | None", measure: str) -> float | None:
    found = None if result is None else result.measure(measure, "koryolink").value
    return None if found is None else 100.0 * found


def _covered(name: str, root: Path) -> "RunResult":
    from sim.runs import run_coverage

    return run_coverage(name, replications=1, jobs=1, out=root)


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
