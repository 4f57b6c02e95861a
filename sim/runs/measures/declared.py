"""What a measure is, and how the printed summary shows it."""

from dataclasses import dataclass

from sim.tables import Made

PERCENT, KILO = 100.0, 1e-3


@dataclass(frozen=True, slots=True)
class Line:
    """
    How a number is printed.

    Attributes
    ----------
    label : str
        What stands before it, with its unit.
    form : str
        Its form.
    factor : float
        What it is multiplied by.
    """

    label: str
    form: str = "{:,.0f}"
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Measure:
    """
    A measure: all that is said of it anywhere comes from here.

    Attributes
    ----------
    name : str
        Name, with its subject before the point.
    unit : str
        Unit.
    axes : tuple of str
        Axes of `sim.tables.AXES` along which it stands.
    meaning : str
        What it says.
    made : Made
        Sums above and below the line, by name; over replications a mean, or a ratio with the jackknife.
    line : Line, optional
        Its line in the printed summary.
    """

    name: str
    unit: str
    axes: tuple[str, ...]
    meaning: str
    made: Made
    line: Line | None = None
