"""The schema of sweep files: what is varied, how the points are chosen, how often each is run, what is kept."""

from typing import Any, Literal

from pydantic import Field

from sim.scenario.sections import Name, Section

MAX_POINTS = 1_000_000
"""Most runs of a sweep (house limit); its plan then takes some minutes and 1 GB of memory."""


class Axis(Section):
    """One thing that is varied."""

    name: Name = Field(description="name of the axis: a column of the results")
    label: str = Field(
        default="", max_length=100, description="what figures call it; its name when empty"
    )
    unit: str = Field(default="1", max_length=20, description="unit that figures show")
    path: str | None = Field(
        default=None,
        min_length=1,
        description="parameter that is set to the value, such as networks[kang_song].n_sites",
    )
    factors: dict[str, float] | None = Field(
        default=None,
        min_length=1,
        description="parameters that are set to the value times a factor, rounded where whole numbers are asked for",
    )
    choices: dict[str, dict[str, Any]] | None = Field(
        default=None,
        min_length=1,
        description="named choices; each sets parameters, and may name another scenario as base",
    )
    values: tuple[Any, ...] | None = Field(
        default=None, min_length=1, description="values in their order; all choices when not given"
    )
    low: float | None = Field(default=None, description="smallest value, in place of values")
    high: float | None = Field(default=None, description="largest value, in place of values")
    n_values: int | None = Field(
        default=None,
        ge=2,
        le=MAX_POINTS,
        description="values from low to high; the designs that draw need none",
    )
    spacing: Literal["linear", "log"] = Field(
        default="linear", description="whether values are spaced by differences or by ratios"
    )


class Precision(Section):
    """How exactly a measure must be known: replications are added until it is."""

    measure: str = Field(min_length=1, description="measure that must be known")
    network: str = Field(default="all", description="network of the measure")
    province: str = Field(default="all", description="province of the measure")
    trunk: str = Field(default="all", description="trunk group of the measure")
    covered_by: str = Field(
        default="all", description="any, both or neither of the networks, of a measure of coverage"
    )
    half_width: float | None = Field(
        default=None, gt=0.0, description="half the width of the 95 % interval, at most"
    )
    relative_half_width: float | None = Field(
        default=None, gt=0.0, lt=1.0, description="the same as a share of the value [1]"
    )
    first_replications: int = Field(
        default=10, ge=2, le=100_000, description="replications before the interval is looked at"
    )
    max_replications: int = Field(
        default=1_000, ge=2, le=100_000, description="most replications (assumption)"
    )

    @property
    def along(self) -> tuple[str, ...]:
        """
        Where the measure is looked at along each axis of the summary.

        Names, in the order of `sim.tables.SUMMARY_AXES`.
        """
        return self.network, self.province, self.trunk, self.covered_by


class Sweep(Section):
    """A complete sweep file."""

    name: Name = Field(description="name of the sweep and of its results folder")
    notes: str = Field(default="", max_length=20_000, description="free text for the reader")
    base: str = Field(
        min_length=1,
        description="scenario that is varied: a name, or a path from this file's folder",
    )
    set: dict[str, Any] = Field(
        default_factory=dict, description="parameters that are set for every run, by path"
    )
    design: Literal["grid", "zip", "list", "latin_hypercube", "sobol"] = Field(
        default="grid",
        description="how points are chosen: all combinations, values side by side, points as listed, or drawn",
    )
    axes: tuple[Axis, ...] = Field(
        min_length=1, max_length=32, description="what is varied; the last axis varies fastest"
    )
    points: tuple[dict[str, Any], ...] | None = Field(
        default=None, min_length=1, description="of the design list: a value of every axis for each"
    )
    n_points: int | None = Field(
        default=None, ge=1, le=MAX_POINTS, description="of the designs that draw: how many points"
    )
    design_seed: int = Field(
        default=1, ge=0, le=2**32 - 1, description="of the designs that draw: their seed"
    )
    replications: int | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="replications of each run; the scenario's own when not given",
    )
    precision: Precision | None = Field(
        default=None, description="in place of replications: add them until a measure is known"
    )
    measures: tuple[str, ...] = Field(
        default=("voice.blocking", "voice.carried_erl"),
        min_length=1,
        description="measures that are kept",
    )
    networks: tuple[str, ...] = Field(
        default=("all",),
        min_length=1,
        description="networks of which measures are kept, all for the sum",
    )
    provinces: tuple[str, ...] = Field(
        default=("all",),
        min_length=1,
        description="provinces of which measures are kept, all for the sum",
    )
    trunks: tuple[str, ...] = Field(
        default=("all",),
        min_length=1,
        description="trunk groups of which measures are kept, all for the sum",
    )
    covered_by: tuple[str, ...] = Field(
        default=("all",),
        min_length=1,
        description="any, both or neither, where measures of coverage by several networks are kept",
    )

    @property
    def along(self) -> tuple[tuple[str, ...], ...]:
        """What is kept along each axis of the summary. Names, in the order of `sim.tables.SUMMARY_AXES`."""
        return self.networks, self.provinces, self.trunks, self.covered_by
