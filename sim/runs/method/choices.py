"""The choices of the method: which there are, which a scenario has, and coarser and finer values of each."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sim.errors import Problem, SimError
from sim.scenario.memory import heights_bytes
from sim.scenario.messages import did_you_mean
from sim.scenario.radio_section import MODELS_OVER_TERRAIN
from sim.scenario.region_section import points_per_side
from sim.scenario.schema import Scenario
from sim.scenario.sweep_design import shape_of_path
from sim.stats.richardson import N_LEVELS

Value = float | str
"""A value of a choice."""

_DIGITS = 12
"""Significant digits of a value: the same on every platform, and fit to be read."""


@dataclass(frozen=True)
class Choice:
    """A choice of the method, of which results should not depend."""

    name: str  # name
    label: str  # what it is, for people
    path: str  # parameter
    unit: str  # unit of the parameter
    value: Callable[[Scenario], Value | None]  # value that a scenario has; None where absent
    # why a scenario does not have it; empty where it has
    absent: Callable[[Scenario], str]
    finer: float = 0.5  # power of the factor by which a finer value is smaller, or larger
    of_world: bool = False  # whether another value makes another world
    of_coverage: bool = False  # whether it means anything without calls
    # two values, the coarser first, of a choice that has no steps
    words: tuple[str, str] | None = None
    # how many parts a side of a square has with a value, where that is a whole number
    parts: Callable[[Scenario, float], int] | None = None
    only_finer: bool = False  # whether there is one finer value, and no coarser one
    finest: float | None = None  # the finer value, where it is the same for all scenarios

    def times(self, value: Value, factor: float, steps: int) -> Value:
        """Return a value so many steps finer, or coarser where they are negative."""
        if self.finest is not None:
            return self.finest
        larger = steps if self.finer > 1.0 else -steps
        return float(f"{float(value) * factor**larger:.{_DIGITS}g}")


def _without_steps(scenario: Scenario) -> str:
    path_loss = scenario.radio.path_loss
    if path_loss.model not in MODELS_OVER_TERRAIN:
        return f"radio.path_loss.model is {path_loss.model}"
    # None are finer than these.
    on_lines = "points lie on the lines between heights"
    return "" if path_loss.profile_step_m is not None else on_lines


def _without_heights(scenario: Scenario) -> str:
    n_bytes = heights_bytes(scenario.region, scenario.grid, scenario.terrain, scenario.radio, 1)
    return "" if n_bytes else "paths meet no heights"


def _not_soft(scenario: Scenario) -> str:
    capacity = scenario.radio.capacity
    return "" if capacity == "wcdma" else f"radio.capacity is {capacity}"


def _points(scenario: Scenario, spot_m: float) -> int:
    return points_per_side(scenario.grid.resolution_m, spot_m)


def _heights(scenario: Scenario, spacing_m: float) -> int:
    return math.ceil(scenario.grid.resolution_m / spacing_m)


def _without_points(scenario: Scenario) -> str:
    if scenario.region.source == "plain" and not scenario.population.total:
        return "nobody lives there"
    spot_m = scenario.grid.spot_m
    return (
        ""
        if _points(scenario, spot_m / 2.0) > _points(scenario, spot_m)
        else "squares cannot be divided further"
    )


def _without_lines(scenario: Scenario) -> str:
    return "" if scenario.has_lines else "there are no lines"


def _without_warmup(scenario: Scenario) -> str:
    return "" if scenario.warmup_h > 0.0 else "run.warmup_h is 0"


def _without_short_calls(scenario: Scenario) -> str:
    return "" if scenario.settle_h < scenario.warmup_h else "all calls of the warm-up are made"


def _never(_scenario: Scenario) -> str:
    return ""


def _step_m(scenario: Scenario) -> float | None:
    return scenario.radio.path_loss.profile_step_m


CHOICES: tuple[Choice, ...] = (
    Choice(
        "buckets", "buckets of the timing wheel", "run.bucket_factor", "1",
        lambda one: one.run.bucket_factor, _never,
    ),
    Choice(
        "power_updates", "power updates", "radio.wcdma.power_update_s", "s",
        lambda one: one.radio.wcdma.power_update_s, _not_soft,
    ),
    Choice(
        "power_tolerance", "tolerance of powers", "radio.wcdma.power_tolerance", "1",
        lambda one: one.radio.wcdma.power_tolerance, _not_soft,
    ),
    Choice(
        "profile", "profile of the day", "traffic.profile.shape", "",
        lambda one: one.traffic.profile.shape, _without_lines, words=("steps", "linear"),
    ),
    Choice(
        "warmup", "warm-up", "run.warmup_h", "h",
        lambda one: one.warmup_h, _without_warmup, finer=2.0, only_finer=True,
    ),
    Choice(
        "settle", "calls of the warm-up", "run.settle_h", "h",
        lambda one: one.settle_h, _without_short_calls, finer=2.0, only_finer=True, finest=168.0,
    ),
    Choice(
        "points", "points of squares", "grid.spot_m", "m",
        lambda one: one.grid.spot_m, _without_points, of_world=True, parts=_points,
    ),
    Choice(
        "profile_steps", "profile steps", "radio.path_loss.profile_step_m", "m",
        _step_m, _without_steps, of_world=True, of_coverage=True,
    ),
    Choice(
        "heights", "heights", "terrain.spacing_m", "m",
        lambda one: one.terrain.spacing_m, _without_heights, of_world=True, of_coverage=True, parts=_heights,
    ),
    Choice(
        "squares", "squares", "grid.resolution_m", "m",
        lambda one: one.grid.resolution_m, _never, of_world=True, of_coverage=True,
    ),
)  # fmt: skip
"""
Choices in the order of their runs: those in one world beside each other, squares, which need most memory, last.
"""


@dataclass(frozen=True)
class Levels:
    """Values of a choice that are compared."""

    choice: Choice
    values: tuple[Value, ...]  # the coarsest first
    as_is: int  # which of them the scenario has
    left_out: tuple[str, ...] = ()  # values that cannot be run, and why
    has_order: bool = True  # whether each is as many times finer than that before it as asked


def chosen(names: Sequence[str], scenario: Scenario, *, with_calls: bool) -> tuple[Choice, ...]:
    """Return the choices of some names, or all that a scenario has; refuse those that it has not."""
    known = {one.name: one for one in CHOICES}
    problems: list[Problem] = []
    for name in dict.fromkeys(names):
        where = f"--choices {name}"
        if name not in known:
            problems.append(Problem(where, f"is no choice; {did_you_mean(name, known, 'choices')}"))
        elif why := _why_not(known[name], scenario, with_calls=with_calls):
            message = f"{scenario.name} has no such choice: {why}; leave it out"
            problems.append(Problem(where, message))
    if problems:
        raise SimError(*problems)
    wanted = set(names) or {
        one.name for one in CHOICES if not _why_not(one, scenario, with_calls=with_calls)
    }
    return tuple(one for one in CHOICES if one.name in wanted)


def _why_not(choice: Choice, scenario: Scenario, *, with_calls: bool) -> str:
    if not with_calls and not choice.of_coverage:
        return "it means nothing without calls"
    return choice.absent(scenario)


def levels_of(
    choice: Choice, scenario: Scenario, factor: float, refused: Callable[[Choice, Value], str]
) -> Levels:
    """
    Return the values of a choice that can be run: one coarser and one finer, else two on the side that can be.

    `refused` returns why a value of a choice cannot be run, or nothing. The value as it is stands alone where none can.
    """
    value = choice.value(scenario)
    assert value is not None  # of no choice that is absent
    if choice.words is not None:
        return Levels(choice, choice.words, choice.words.index(str(value)))
    values, left_out = {0: value}, []
    for steps in (1,) if choice.only_finer else (-1, 1, 2, -2):
        if len(values) == N_LEVELS or (abs(steps) > 1 and steps // 2 not in values):
            continue
        other = choice.times(value, factor, steps)
        next_to = values[steps - (1 if steps > 0 else -1)]
        why = _beyond(choice, other) or _as_parted(choice, scenario, other, next_to)
        if why := why or refused(choice, other):
            left_out.append(f"{choice.label}: {other:g} {choice.unit} left out: {why}")
        else:
            values[steps] = other
    order = sorted(values)
    ordered = tuple(values[i] for i in order)
    has_order = _is_even(choice, scenario, ordered, factor)
    return Levels(choice, ordered, order.index(0), tuple(left_out), has_order)


def _as_parted(choice: Choice, scenario: Scenario, value: Value, next_to: Value) -> str:
    """Return that a value divides squares no otherwise than that next to it; empty where it does."""
    if choice.parts is None:
        return ""
    n = choice.parts(scenario, float(value))
    if n != choice.parts(scenario, float(next_to)):
        return ""
    return f"a side of a square has {n} part{'s' * (n > 1)} with {next_to:g} too"


def _is_even(choice: Choice, scenario: Scenario, values: Sequence[Value], factor: float) -> bool:
    """Say whether parts of squares, which are whole numbers, grow by the factor as values shrink by it."""
    if choice.parts is None:
        return True
    n = [choice.parts(scenario, float(value)) for value in values]
    return all(math.isclose(b, factor * a) for a, b in pairwise(n))


def _beyond(choice: Choice, value: Value) -> str:
    """Return that a value lies beyond the bounds of its key; empty where it does not."""
    shape = shape_of_path(choice.path)
    if shape is None or not isinstance(value, float) or shape.allows(value):
        return ""
    return f"{choice.path} cannot be so"
