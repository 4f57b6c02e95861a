"""Tables of measures: their axes, replications, estimates, comparisons and sweeps."""

from dataclasses import dataclass

from sim.tables.columns import Column, Table, number, text

ALL = "all"
"""In place of a name along an axis: the row holds for all of them, or the axis does not apply."""


@dataclass(frozen=True, slots=True)
class Axis:
    """What a measure may stand by; a column of its own."""

    name: str  # name of the column
    description: str  # what its words are
    # `replications`: rows of single items stand in `replications` alone. `measures`: in `measures` too. `summary`: in
    # `summary.json`, comparisons and sweeps as well.
    reaches: str


AXES = (
    Axis(
        "network",
        "network, that of the caller, phone or sender; fixed is the fixed network",
        "summary",
    ),
    Axis("province", "code of the province", "summary"),
    Axis(
        "cell",
        "cell, none for attempts without one, fixed for those of fixed lines",
        "replications",
    ),
    Axis("class", "class of the callers", "measures"),
    Axis("service", "service of the calls; of data hsdpa, bearer or up", "measures"),
    Axis("trunk", "trunk group, named by the two that it joins as a-b", "summary"),
    Axis("exchange", "manual exchange", "replications"),
    Axis(
        "covered_by",
        "any, both or neither of the networks, where coverage by several is taken together",
        "summary",
    ),
)
"""Axes of measures, in the order of their columns; docs/decisions/0016-axes-of-measures.md."""

SUMMARY_AXES = tuple(axis.name for axis in AXES if axis.reaches == "summary")
"""Axes along which single rows reach summary.json, comparisons and sweeps."""

_MEASURE = text("measure", "name of the measure")
_KEYS = (_MEASURE, *(text(axis.name, f"{axis.description}; or all") for axis in AXES))
SUMMARY_KEYS = (_MEASURE, *(column for column in _KEYS if column.name in SUMMARY_AXES))
"""Columns that tell the measures of the summary apart."""

REPLICATIONS = Table(
    "replications",
    "measure of one replication",
    (
        Column("replication", "int32", "1", "replication; of coverage measures the world replication"),
        *_KEYS,
        number("numerator", "by measure", "sum above the line"),
        number("denominator", "by measure", "sum below the line"),
        number("value", "by measure", "numerator / denominator; null when the denominator is 0"),
    ),
)  # fmt: skip
"""What everything else derives from: numerators and denominators of each replication."""

MEASURES = Table(
    "measures",
    "measure over all replications, single cells and exchanges apart",
    (
        *_KEYS,
        number("value", "by measure", "sum of numerators / sum of denominators"),
        number(
            "low",
            "by measure",
            "lower end of the 95 % interval; whether within one world or across worlds says `interval` in the metadata",
        ),
        number(
            "high",
            "by measure",
            "upper end of the 95 % interval; whether within one world or across worlds says `interval` in the metadata",
        ),
        text("unit", "unit of value, low and high"),
        Column("n_replications", "int32", "1", "replications with a denominator above 0"),
    ),
)


COMPARISON = Table(
    "comparison",
    "measure that differs between two runs",
    (
        *SUMMARY_KEYS,
        text("unit", "unit of the measure"),
        number("a", "by measure", "estimate in the first run"),
        number("b", "by measure", "estimate in the second run"),
        number("value", "by measure", "second less first"),
        number("low", "by measure", "lower end of the paired 95 % interval of the difference"),
        number("high", "by measure", "upper end of the paired 95 % interval of the difference"),
        number("unpaired_low", "by measure", "lower end of Welch's 95 % interval, without pairing"),
        number("unpaired_high", "by measure", "upper end of Welch's 95 % interval, without pairing"),
        number("variance_ratio", "1", "variance of the difference without pairing by that with it"),
        number("correlation", "1", "correlation of the two runs over replications"),
        number("p", "1", "two-sided p of no difference, paired t"),
        number("p_adjusted", "1", "the same adjusted for the number of rows by Holm"),
        number("joint_low", "by measure", "lower end of intervals that hold all at once at 95 %"),
        number("joint_high", "by measure", "upper end of intervals that hold all at once at 95 %"),
        Column("n_replications", "int32", "1", "pairs in which both counted something"),
    ),
)  # fmt: skip
"""What `python -m sim compare` finds."""

SWEEP_PARTS = Table(
    "parts",
    "measure of a replication of a run",
    (
        text("run_id", "id of the run, 64 hexadecimal digits"),
        Column("replication", "int32", "1", "replication"),
        *SUMMARY_KEYS,
        number("numerator", "by measure", "sum above the line"),
        number("denominator", "by measure", "sum below the line"),
    ),
)
"""What is kept of the runs of a sweep; what each took, and which failed, stands in the metadata."""

SWEEP_THEORY = Table(
    "theory",
    "measure of a run of a sweep that a formula knows",
    (
        Column("point", "int32", "1", "number of the run in the plan, from 0"),
        text("measure", "name of the measure"),
        number("value", "by measure", "what the formula says"),
    ),
)
"""What a closed formula says of the runs of a sweep; the metadata names it."""


def sweep_table(axes: tuple[tuple[str, str, str], ...]) -> Table:
    """
    Return the table of a sweep's measures.

    Parameters
    ----------
    axes : tuple of (str, str, str)
        Name, type and unit of the column of each axis.

    Returns
    -------
    Table
        Table with a row for each measure of each run.
    """
    columns = (
        Column("point", "int32", "1", "number of the run in the plan, from 0"),
        text("run_id", "id of the run, 64 hexadecimal digits"),
        *(Column(name, dtype, unit, "value of the axis") for name, dtype, unit in axes),
        *SUMMARY_KEYS,
        number(
            "value", "by measure", "estimate over all replications; null when nothing was counted"
        ),
        number("low", "by measure", "lower end of the 95 % interval; null when there is none"),
        number("high", "by measure", "upper end of the 95 % interval; null when there is none"),
        text("unit", "unit of the measure"),
        Column("n_replications", "int32", "1", "replications in which anything was counted"),
    )
    return Table("sweep", "measure of a run of the sweep", columns)


def sweep_replications_table(axes: tuple[tuple[str, str, str], ...]) -> Table:
    """
    Return the table of a sweep's measures by replication.

    Parameters
    ----------
    axes : tuple of (str, str, str)
        Name, type and unit of the column of each axis.

    Returns
    -------
    Table
        Table with a row for each measure of each replication of each run.
    """
    columns = (
        Column("point", "int32", "1", "number of the run in the plan, from 0"),
        *(Column(name, dtype, unit, "value of the axis") for name, dtype, unit in axes),
        *SUMMARY_KEYS,
        Column("replication", "int32", "1", "replication"),
        number("numerator", "by measure", "sum above the line"),
        number("denominator", "by measure", "sum below the line"),
    )
    return Table("sweep_replications", "measure of a replication of a run", columns)
