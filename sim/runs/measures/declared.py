"""What a measure is, and how the printed summary shows it."""

from dataclasses import dataclass

from sim.tables import Made

PERCENT, KILO = 100.0, 1e-3


@dataclass(frozen=True, slots=True)
class Line:
    """How a number is printed."""

    label: str  # what stands before it, with its unit
    form: str = "{:,.0f}"  # its form
    factor: float = 1.0  # what it is multiplied by


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: all that is said of it anywhere comes from here."""

    name: str  # name, with its subject before the point
    unit: str  # unit
    axes: tuple[str, ...]  # axes of `sim.tables.AXES` along which it stands
    meaning: str  # what it says
    # sums above and below the line, by name; over replications a mean, or a ratio with the jackknife
    made: Made
    line: Line | None = None  # its line in the printed summary
