"""Tables of a study of what is not known: its samples, what was drawn, what came of them, and what that says."""

from sim.tables.columns import Column, Table, number, text
from sim.tables.measures import SUMMARY_KEYS

_STAGE = text("stage", "screening, or samples")
_SAMPLE = Column("sample", "int32", "1", "number of the sample in its stage, from 0")

SAMPLES = Table(
    "samples",
    "sample of a study of what is not known",
    (
        _SAMPLE,
        _STAGE,
        text(
            "role",
            "own: the scenario's own values; step: of a trajectory; a, b: of the two samples; ab: a with a factor of b",
        ),
        Column("row", "int32", "1", "trajectory, or row of the design, from 0"),
        text("factor", "factor that is moved: a path, or `others`; empty where none is"),
        number("step", "1", "of a trajectory: step of the factor as a share of its range; null elsewhere"),
        text("run_id", "id of the run; empty of a sample that no scenario can be made of"),
        text("mended", "paths that were given the scenario's own values, as the checker refused what was drawn"),
        text("problem", "why there is nothing of the sample; empty where there is"),
    ),
)  # fmt: skip
"""Which samples there are."""

DRAWS = Table(
    "draws",
    "parameter of a sample",
    (
        _STAGE,
        _SAMPLE,
        text("path", "parameter"),
        number("share", "1", "what was drawn, 0 to 1 along the law of the parameter"),
        text("value", "what it was set to, as in YAML"),
    ),
)
"""What each sample set."""

SAMPLE_MEASURES = Table(
    "sample_measures",
    "measure of a sample",
    (
        _STAGE,
        _SAMPLE,
        *SUMMARY_KEYS,
        number("value", "by measure", "mean over the replications"),
        Column("n_replications", "int32", "1", "replications in which anything was counted"),
    ),
)
"""What came of each sample."""

UNCERTAINTY = Table(
    "uncertainty",
    "measure, with the two kinds of what is not known of it apart",
    (
        *SUMMARY_KEYS,
        number("value", "by measure", "estimate at the scenario's own values"),
        number("simulation_low", "by measure", "lower end of its 95 % interval over replications, or null"),
        number("simulation_high", "by measure", "upper end of it"),
        number("mean", "by measure", "mean over the samples"),
        number("parameters_low", "by measure", "2.5 % of the samples lie below, noise of the simulation taken off"),
        number("parameters_high", "by measure", "2.5 % of the samples lie above, noise of the simulation taken off"),
        number("parameters_sd", "by measure", "standard deviation over samples, noise taken off; 0 where that is all"),
        number("simulation_sd", "by measure", "standard deviation of the mean of one sample by noise"),
        number("simulation_share", "1", "share of the variance over samples, as simulated, that is noise"),
        text("unit", "unit of the measure"),
        Column("n_samples", "int32", "1", "samples in which anything was counted"),
        Column("n_replications", "int32", "1", "replications of each sample"),
    ),
)  # fmt: skip
"""Two kinds of intervals."""

INDICES = Table(
    "indices",
    "factor of a measure",
    (
        *SUMMARY_KEYS,
        text("factor", "path of a parameter, or `others`: all that have no row of their own, together"),
        number("first", "1", "share of the variance by parameters that the factor makes alone; below 0 by chance"),
        number("first_low", "1", "lower end of the 95 % interval, by the bootstrap over rows"),
        number("first_high", "1", "upper end of it"),
        number("total", "1", "the same with all its interactions"),
        number("total_low", "1", "lower end of the 95 % interval, by the bootstrap over rows"),
        number("total_high", "1", "upper end of it"),
        Column("n_rows", "int32", "1", "rows of the design in which all samples counted something"),
    ),
)  # fmt: skip
"""Sobol's indices."""

SCREENING = Table(
    "screening",
    "parameter of a measure",
    (
        *SUMMARY_KEYS,
        text("path", "parameter"),
        number("mean", "by measure", "mean change from low to high, with its sign"),
        number("size", "by measure", "mean size of the change, Morris's mu star"),
        number("spread", "by measure", "standard deviation of the change: bends and interactions"),
        number("noise", "by measure", "mean size that the noise of the simulation alone would have"),
        Column("n_steps", "int32", "1", "steps that were run"),
    ),
)  # fmt: skip
"""Elementary effects."""
