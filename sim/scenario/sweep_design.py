"""The points of a sweep: values of every axis, and what each sets in the scenario."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sim.scenario.fields import Shape, shape_at
from sim.scenario.locate import Loc
from sim.scenario.paths import Item, parse_path
from sim.scenario.schema import Scenario
from sim.scenario.sweep_file import DRAWN
from sim.scenario.sweep_section import Axis, Sweep

Value = str | int | float | bool
"""A value of an axis."""

_Effect = tuple[str | None, tuple[tuple[str, Any], ...]]
"""The scenario that a value chooses, if any, and what it sets."""

_DIGITS = 12
"""Significant digits of values that are spaced or drawn: the same on every platform, and fit to be read."""


@dataclass(frozen=True, slots=True)
class Point:
    """One run of a sweep."""

    values: tuple[Value, ...]  # value of each axis
    base: str  # scenario, as the sweep names it
    settings: tuple[tuple[str, Any], ...]  # paths and the values that they are set to, in order


def points_of(sweep: Sweep) -> list[Point]:
    """
    Return the points of a sweep in their order.

    Parameters
    ----------
    sweep : Sweep
        Sweep, checked.

    Returns
    -------
    list of Point
        Points; the last axis of a grid varies fastest.
    """
    always = tuple(sweep.set.items())
    if sweep.replications is not None:
        always = (*always, ("run.replications", sweep.replications))
    if sweep.precision:
        wanted = [one.model_dump(exclude_defaults=True) for one in sweep.precision]
        always = (*always, ("run.precision", wanted))
    made: list[dict[tuple[type, Value], _Effect]] = [{} for _ in sweep.axes]
    points = []
    for values in _rows(sweep):
        base, settings = sweep.base, always
        for axis, known, value in zip(sweep.axes, made, values, strict=True):
            key = (type(value), value)  # True and 1 are equal, and different values
            if key not in known:
                known[key] = _settings(axis, value)
            other, more = known[key]
            base = other or base
            settings += more
        points.append(Point(values, base, settings))
    return points


def _rows(sweep: Sweep) -> Iterator[tuple[Value, ...]]:
    if sweep.design in DRAWN:
        return _drawn(sweep)
    if sweep.points is not None:
        return (tuple(point[axis.name] for axis in sweep.axes) for point in sweep.points)
    columns = [_axis_values(axis) for axis in sweep.axes]
    return zip(*columns, strict=True) if sweep.design == "zip" else itertools.product(*columns)


def _axis_values(axis: Axis) -> tuple[Value, ...]:
    """Return the values that an axis lists."""
    if axis.values is not None:
        return axis.values
    if axis.choices is not None:
        return tuple(axis.choices)
    n = axis.n_values or 2
    return tuple(_between(axis, i / (n - 1)) for i in range(n))


def _between(axis: Axis, share: float) -> float | int:
    """Return the value at a share of the way from low to high."""
    low, high = float(axis.low or 0.0), float(axis.high or 0.0)
    if axis.spacing == "log":
        value = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    else:
        value = low + share * (high - low)
    rounded = float(f"{min(max(value, low), high):.{_DIGITS}g}")
    shape = shape_of_path(axis.path) if axis.path is not None else None
    return round(rounded) if shape is not None and shape.scalar is int else rounded


def _drawn(sweep: Sweep) -> Iterator[tuple[Value, ...]]:
    """Yield points of a Latin hypercube or a scrambled Sobol sequence."""
    from scipy.stats import qmc

    n, seed = sweep.n_points or 1, sweep.design_seed
    sampler: qmc.QMCEngine
    if sweep.design == "sobol":
        sampler = qmc.Sobol(len(sweep.axes), scramble=True, seed=seed)
        shares = sampler.random_base2(max(0, math.ceil(math.log2(n))))[:n]
    else:
        sampler = qmc.LatinHypercube(len(sweep.axes), seed=seed)
        shares = sampler.random(n)
    for row in shares.tolist():
        yield tuple(_between(axis, share) for axis, share in zip(sweep.axes, row, strict=True))


def _settings(axis: Axis, value: Value) -> _Effect:
    """Return the base that a value chooses, and what it sets."""
    if axis.path is not None:
        return None, ((axis.path, value),)
    if axis.choices is not None:
        choice = dict(axis.choices[str(value)])
        base = choice.pop("base", None)
        return base, tuple(choice.items())
    products = []
    for path, factor in (axis.factors or {}).items():
        product = float(f"{float(value) * factor:.{_DIGITS}g}")
        shape = shape_of_path(path)
        is_whole = shape is not None and shape.scalar is int
        products.append((path, round(product) if is_whole else product))
    return None, tuple(products)


def shape_of_path(path: str) -> Shape | None:
    """
    Return what the schema allows at a path.

    Parameters
    ----------
    path : str
        Path.

    Returns
    -------
    Shape or None
        Shape, None where the schema has none.
    """
    elements: Sequence[str | Item] = parse_path(path)
    loc: Loc = tuple(0 if isinstance(element, Item) else element for element in elements)
    return shape_at(Scenario, loc)
