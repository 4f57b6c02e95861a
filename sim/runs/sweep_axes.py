"""Axes as columns: every value of an axis in one type."""

from collections.abc import Sequence

import numpy as np

from sim.scenario.sweep_design import Point
from sim.scenario.sweep_section import Sweep
from sim.tables import Columns


def axis_kinds(sweep: Sweep, points: Sequence[Point]) -> tuple[tuple[str, str, str], ...]:
    """Return the type of the column of each axis. Name, type and unit; text where not all values are numbers."""
    kinds = []
    for i, axis in enumerate(sweep.axes):
        types = {type(point.values[i]) for point in points}
        if types <= {int, float}:
            kinds.append((axis.name, "int64" if types == {int} else "float64", axis.unit))
        elif types == {bool}:
            kinds.append((axis.name, "bool", "1"))
        else:
            kinds.append((axis.name, "str", ""))
    return tuple(kinds)


def axis_columns(sweep: Sweep, points: Sequence[Point]) -> Columns:
    """Return the values of each axis at all points."""
    columns: Columns = {}
    for i, (name, kind, _) in enumerate(axis_kinds(sweep, points)):
        values = [point.values[i] for point in points]
        columns[name] = (
            np.array([str(v) for v in values]) if kind == "str" else np.array(values, kind)
        )
    return columns
