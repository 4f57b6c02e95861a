"""Which parameters of a scenario are drawn, and from what law."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.errors import Problem, ScenarioError, SimError
from sim.runs.sweeps.worker import belongs_to_world
from sim.scenario.messages import did_you_mean, shorten
from sim.scenario.paths import parse_override
from sim.scenario.resolve import LoadedScenario
from sim.scenario.sweep_design import Value, shape_of_path

DECADE = 10.0
"""A range whose ends have this ratio, or more, is drawn by ratios."""

_DIGITS = 12
_IDLE_IN_COVERAGE = ("traffic", "subscribers", "switching", "fixed")
"""Sections on which coverage does not depend."""

_OF_CHANNELS = ".n_channels"
"""End of the paths of channels, which calls alone take."""

_SET_BY_DESIGN = ("name", "notes", "seed", "run.replications", "run.precision")
"""What a study sets itself, or what makes no other scenario."""


@dataclass(frozen=True)
class Parameter:
    """A parameter that is drawn: a number between two ends, or one of several words."""

    path: str
    own: Value  # value of the scenario; the first of the choices
    # ends of the range, and how likely what lies between them is; not of choices
    low: float = 0.0
    high: float = 0.0
    law: str = "uniform"
    is_whole: bool = False  # whether whole numbers are asked for
    choices: tuple[Value, ...] = ()  # each as likely as any other

    @property
    def by_ratios(self) -> bool:
        """Whether it is drawn over logarithms."""
        return not self.choices and self.low > 0.0 and self.high >= DECADE * self.low

    @property
    def law_text(self) -> str:
        """What is said of its law."""
        if self.choices:
            return f"one of {', '.join(map(str, self.choices))}"
        over = ", by ratios" if self.by_ratios else ""
        return f"{self.low:g} to {self.high:g}, {self.law}{over}"

    def value(self, share: float) -> Value:
        """Return what lies at a share of the law, from 0 to 1."""
        if self.choices:
            return self.choices[min(int(share * len(self.choices)), len(self.choices) - 1)]
        # Each whole number has the room of one, the first and the last too.
        room = 0.5 if self.is_whole else 0.0
        ends = self.low - room, float(self.own), self.high + room
        low, peak, high = map(math.log, ends) if self.by_ratios else ends
        place = (
            _triangular(share, low, peak, high)
            if self.law == "triangular"
            else low + share * (high - low)
        )
        found = math.exp(place) if self.by_ratios else place
        if self.is_whole:
            return int(min(max(math.floor(found + 0.5), self.low), self.high))
        return float(f"{min(max(found, self.low), self.high):.{_DIGITS}g}")


def _triangular(share: float, low: float, peak: float, high: float) -> float:
    """Return a quantile of the triangular law."""
    width = high - low
    if share * width < peak - low:
        return low + math.sqrt(share * width * (peak - low))
    return high - math.sqrt((1.0 - share) * width * (high - peak))


@dataclass(frozen=True)
class Selection:
    """What is drawn of a scenario, and what has a range and is not."""

    parameters: tuple[Parameter, ...]
    idle: tuple[str, ...]  # paths on which coverage alone does not depend


def select(
    loaded: LoadedScenario,
    wanted: Sequence[str],
    left_out: Sequence[str],
    alone: Sequence[str],
    choices: Sequence[str],
    *,
    coverage_only: bool,
) -> Selection:
    """
    Return what is drawn of a scenario: parameters in their order, then choices.

    Paths that are wanted, or left out, mean what lies in them, too; refused are those without a range, choices that
    cannot be read, and that nothing is left to be drawn.
    """
    ranged = {one.path: one for one in _with_ranges(loaded)}
    problems = [*_unknown("parameters", wanted, tuple(ranged))]
    problems += _unknown("fixed", left_out, tuple(ranged))
    words, more = _choices(choices)
    problems += [*_unknown("alone", alone, (*ranged, *(one.path for one in words))), *more]
    chosen = [one for path, one in ranged.items() if not wanted or is_among(path, wanted)]
    chosen = [one for one in chosen if not is_among(one.path, left_out)]
    chosen = [one for one in chosen if one.path not in {word.path for word in words}]
    problems += _set_by_design([*chosen, *words])
    idle: tuple[str, ...] = ()
    if coverage_only:
        idle = tuple(one.path for one in chosen if _is_idle_in_coverage(one.path))
        chosen = [one for one in chosen if one.path not in idle]
    if problems:
        raise SimError(*problems)
    if not chosen and not words:
        message = (
            "has no parameter with a range that could be drawn; write one as {value: 600, low: 400, high: 800}, "
            "or give --choices"
        )
        raise SimError(Problem(loaded.path.name, message))
    return Selection((*chosen, *words), idle)


def _with_ranges(loaded: LoadedScenario) -> Iterator[Parameter]:
    for path, known in loaded.evidence.items():
        if known.low is None or known.high is None or not known.low < known.high:
            continue
        if isinstance(known.value, int | float):
            shape = shape_of_path(path)
            is_whole = shape is not None and shape.scalar is int
            law = known.law or "uniform"
            yield Parameter(path, known.value, known.low, known.high, law, is_whole)


def is_among(path: str, roots: Sequence[str]) -> bool:
    """Say whether a path is one of some, or lies in one."""
    return any(path == root or path.startswith((f"{root}.", f"{root}[")) for root in roots)


def _is_idle_in_coverage(path: str) -> bool:
    """Say whether coverage is the same whatever the value at a path."""
    is_of_calls = is_among(path, _IDLE_IN_COVERAGE) or path.endswith(_OF_CHANNELS)
    return is_of_calls or not belongs_to_world(path)


def _set_by_design(parameters: Sequence[Parameter]) -> Iterator[Problem]:
    for one in parameters:
        if is_among(one.path, _SET_BY_DESIGN):
            yield Problem(
                one.path,
                "cannot be drawn, as a study sets it for all its samples alike; leave out its --choices, or its range "
                f"with --fixed {one.path}",
            )


def _unknown(option: str, roots: Sequence[str], known: Sequence[str]) -> Iterator[Problem]:
    for root in roots:
        if not any(is_among(path, (root,)) for path in known):
            hint = did_you_mean(root, known, "parameters with a range")
            yield Problem(
                f"--{option} {shorten(root)}",
                f"is no parameter with low and high, nor holds one; {hint}",
            )


def _choices(texts: Sequence[str]) -> tuple[list[Parameter], list[Problem]]:
    found: list[Parameter] = []
    problems: list[Problem] = []
    for text in texts:
        path, _, listed = text.partition("=")
        where = f"--choices {shorten(text)}"
        try:
            read = [parse_override(f"{path}={word}") for word in listed.split(",")]
        except ScenarioError as error:
            problems += [Problem(where, problem.message) for problem in error.problems]
            continue
        scalars = dict.fromkeys(one.value.scalar for one in read)
        values = tuple(value for value in scalars if value is not None)
        if len(values) < 2 or len(values) < len(scalars):
            problems.append(
                Problem(
                    where,
                    "must be PATH=A,B with two words or more, such as radio.path_loss.model=a,b",
                )
            )
            continue
        found.append(Parameter(read[0].path, values[0], choices=values))
    for path, n in Counter(one.path for one in found).items():
        if n > 1:
            problems.append(
                Problem(f"--choices {shorten(path)}", "is named twice; give all its words at once")
            )
    return found, problems
