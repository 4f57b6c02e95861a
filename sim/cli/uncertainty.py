"""The command that says what is not known of a scenario's measures, and why."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from sim.cli import options as shared
from sim.cli.sweeps import read_options


@click.command()
@click.argument("scenario", metavar="SCENARIO")
@shared.overrides
@click.option("--samples", type=int, default=256, show_default=True, help="Rows of the design.")
@click.option(
    "--replications", type=int, default=2, show_default=True, help="Replications of each sample."
)
@click.option(
    "--design",
    type=click.Choice(("sobol", "latin_hypercube")),
    default="sobol",
    show_default=True,
    help="How points are drawn.",
)
@click.option(
    "--parameters",
    metavar="PATH,...",
    multiple=True,
    callback=shared.words,
    help="Draw these alone, or what lies in them; all with a range when not given.",
)
@click.option(
    "--fixed",
    metavar="PATH,...",
    multiple=True,
    callback=shared.words,
    help="Do not draw these, nor what lies in them.",
)
@click.option(
    "--alone",
    metavar="PATH,...",
    multiple=True,
    callback=shared.words,
    help="Give each of these, with all that lies in it, an index of its own, and one to all others; no screening.",
)
@click.option(
    "--choices",
    metavar="PATH=A,B",
    multiple=True,
    help="Draw one of these words, each as likely as any other. May be repeated.",
)
@click.option(
    "--measures",
    metavar="NAME,...",
    multiple=True,
    callback=shared.words,
    help="Measures that are kept.",
)
@click.option(
    "--coverage-only", is_flag=True, help="Compute coverage alone, without lines and calls."
)
@click.option(
    "--no-indices",
    "indices",
    is_flag=True,
    flag_value=False,
    default=True,
    help="Do not find out which parameter decides how much, which takes a run for each and row.",
)
@click.option(
    "--screen",
    is_flag=True,
    help="Only find out which parameters matter, by Morris's elementary effects.",
)
@click.option(
    "--trajectories", type=int, default=4, show_default=True, help="Trajectories of a screening."
)
@click.option(
    "--most-factors",
    type=int,
    default=8,
    show_default=True,
    help="Parameters with an index of their own; beyond it the strongest, after a screening, and all others as one.",
)
@shared.seed
@shared.cluster
@click.option("--jobs", type=click.IntRange(min=1), help="Workers; they change no result.")
@shared.shard
@shared.batch_options
@click.option(
    "--plan", "plan_only", is_flag=True, help="Say what would be drawn and run; run nothing."
)
@shared.retry
@click.option("--any-platform", is_flag=True, help="Accept workers of other platforms.")
@shared.out
@shared.force
@shared.quiet
def uncertainty(
    scenario: str,
    overrides: Sequence[str],
    *,
    options: Sequence[str],
    plan_only: bool,
    quiet: bool,
    seed: int | None,
    out: Path,
    **given: Any,  # noqa: ANN401  # as `Question` and `run_uncertainty` take them
) -> None:
    """Draw the ranges of a SCENARIO, and tell what parameters leave unknown from what chance does."""
    from sim.runs.uncertainty.question import Question
    from sim.runs.uncertainty.study import planned_text, run_uncertainty

    asked = {name: given.pop(name) for name in Question.__dataclass_fields__}
    question = Question(**asked)
    read = read_options(options)
    if plan_only:
        click.echo(planned_text(scenario, overrides, question, seed, out, given["jobs"]))
        return
    result = run_uncertainty(
        scenario, overrides, question, seed=seed, options=read, out=out, progress=not quiet, **given
    )
    click.echo(result.folder if quiet else result.text)
    if result.is_whole:
        from sim.report.figures.uncertainty import draw_uncertainty_figures

        drawn = draw_uncertainty_figures(result.folder)
        if not quiet:
            click.echo(f"{result.folder}; {len(drawn)} figures are in {result.folder / 'figures'}.")
