"""The command that runs the hour of a scenario at one date of its timeline after the other."""

from typing import Any

import click

from sim.cli import options as shared
from sim.cli.results import print_wide, say_failed
from sim.cli.sweeps import read_options


@click.command()
@shared.scenario
@shared.overrides
@click.option(
    "--dates",
    metavar="DATE[,DATE]",
    multiple=True,
    callback=shared.words,
    help="Dates such as 2011-03-31; those of the timeline when not given.",
)
@click.option(
    "--every", metavar="STEP", help="From the timeline's first date to its last by 1y, 6m or 90d."
)
@click.option(
    "--measures",
    metavar="NAME[,NAME]",
    multiple=True,
    callback=shared.words,
    help="Measures to tell.",
)
@click.option("--coverage-only", is_flag=True, help="Compute coverage alone; simulate no calls.")
@shared.cluster
@shared.shard
@shared.batch_options
@shared.plan
@shared.retry
@shared.seed
@shared.replications
@shared.jobs
@shared.out
@shared.force
@shared.quiet
def years(
    file: str,
    overrides: tuple[str, ...],
    *,
    coverage_only: bool,
    options: tuple[str, ...],
    plan_only: bool,
    quiet: bool,
    **given: Any,  # noqa: ANN401  # as `run_years` takes them
) -> None:
    """Run the hour of a scenario at one date of its timeline after the other, beside what was published."""
    from sim.runs.timeline.study import make_years, planned_years, run_years

    if plan_only:
        keys = ("dates", "every", "measures", "seed", "replications")
        what = {key: given[key] for key in keys}
        planned = make_years(file, overrides, with_calls=not coverage_only, **what)
        click.echo(planned_years(planned, given["out"], given["jobs"]))
        return
    result = run_years(
        file, overrides, with_calls=not coverage_only, options=read_options(options),
        progress=not quiet, **given,
    )  # fmt: skip
    if not result.is_whole:
        kept = f"{result.n_kept:,} of {result.n_runs:,} dates are kept in {result.folder}."
        click.echo(f"{kept}\nWhen all shards are done, the command without --shard tells them.")
    else:
        from sim.report.figures.years import draw_years

        draw_years(result.folder)
        if quiet:
            click.echo(result.folder)
        else:
            print_wide(result.shown())
            click.echo(f"Results: {result.folder}")
    if result.n_failed:
        say_failed(f"{result.n_failed:,} dates failed")
