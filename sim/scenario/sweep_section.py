"""The schema of sweep files: what is varied, how the points are chosen, how often each is run, what is kept."""

from typing import Any, Literal

from sim.scenario.precision_section import Precision
from sim.scenario.sections import Name, Section, key

# A key is a row, as wide as prose may be.
# fmt: off

MAX_POINTS = 1_000_000
"""Most runs of a sweep (house limit); its plan then takes some minutes and 1 GB of memory."""


class Axis(Section):
    """One thing that is varied."""

    name: Name = key("name of the axis: a column of the results", evidence=False)
    label: str = key("what figures call it; its name when empty", "", length="[0, 100]", evidence=False)
    unit: str = key("unit that figures show", "1", length="[0, 20]")
    path: str | None = key(
        "parameter that is set to the value, such as networks[kang_song].n_sites", None, length="[1, inf)")
    factors: dict[str, float] | None = key(
        "parameters that are set to the value times a factor, rounded where whole numbers are asked for", None,
        length="[1, inf)")
    choices: dict[str, dict[str, Any]] | None = key(
        "named choices; each sets parameters, and may name another scenario as base", None, length="[1, inf)")
    values: tuple[Any, ...] | None = key("values in their order; all choices when not given", None, length="[1, inf)")
    low: float | None = key("smallest value, in place of values", None)
    high: float | None = key("largest value, in place of values", None)
    n_values: int | None = key("values from low to high; the designs that draw need none", None, f"[2, {MAX_POINTS}]")
    spacing: Literal["linear", "log"] = key("whether values are spaced by differences or by ratios", "linear")


class Sweep(Section):
    """A complete sweep file."""

    name: Name = key("name of the sweep and of its results folder", evidence=False)
    notes: str = key("free text for the reader", "", length="[0, 20000]", evidence=False)
    base: str = key("scenario that is varied: a name, or a path from this file's folder", length="[1, inf)")
    set: dict[str, Any] = key("parameters that are set for every run, by path", {})
    design: Literal["grid", "zip", "list", "latin_hypercube", "sobol"] = key(
        "how points are chosen: all combinations, values side by side, points as listed, or drawn", "grid")
    axes: tuple[Axis, ...] = key("what is varied; the last axis varies fastest", length="[1, 32]")
    points: tuple[dict[str, Any], ...] | None = key(
        "of the design list: a value of every axis for each", None, length="[1, inf)")
    n_points: int | None = key("of the designs that draw: how many points", None, f"[1, {MAX_POINTS}]")
    design_seed: int = key("of the designs that draw: their seed", 1, "[0, 4294967295]")
    replications: int | None = key("replications of each run; the scenario's own when not given", None, "[1, 100000]")
    precision: tuple[Precision, ...] = key(
        "in place of replications: they are added until measures are known, one or a list of them", (),
        length="[0, 32]", evidence=False, single=True)
    measures: tuple[str, ...] = key(
        "measures that are kept", ("voice.blocking", "voice.carried_erl"), length="[1, inf)")
    networks: tuple[str, ...] = key(
        "networks of which measures are kept, all for the sum", ("all",), length="[1, inf)")
    provinces: tuple[str, ...] = key(
        "provinces of which measures are kept, all for the sum", ("all",), length="[1, inf)")
    trunks: tuple[str, ...] = key(
        "trunk groups of which measures are kept, all for the sum", ("all",), length="[1, inf)")
    covered_by: tuple[str, ...] = key(
        "any, both or neither, where measures of coverage by several networks are kept", ("all",), length="[1, inf)")

    @property
    def along(self) -> tuple[tuple[str, ...], ...]:
        """What is kept along each axis of the summary. Names, in the order of `sim.tables.SUMMARY_AXES`."""
        return self.networks, self.provinces, self.trunks, self.covered_by
