"""The command that says what the choices of the method leave in the measures of a scenario."""

from typing import TYPE_CHECKING, Any

import click

from sim.cli import options as shared
from sim.cli.results import print_wide, say_failed
from sim.cli.sweeps import read_options

if TYPE_CHECKING:
    from sim.runs.convergence.study import ConvergenceResult


@click.command()
@shared.scenario
@shared.overrides
@click.option(
    "--choices",
    metavar="NAME[,NAME]",
    multiple=True,
    help="Choices that are made coarser and finer, such as squares,power_updates; all when not given.",
)
@click.option(
    "--factor", type=float, default=2.0, show_default=True, help="How many times coarser or finer."
)
@click.option("--coverage-only", is_flag=True, help="Compare coverage alone; simulate no calls.")
@click.option(
    "--move-sites",
    is_flag=True,
    help="Let rules place sites anew at every level; they are held else.",
)
@click.option(
    "--write", is_flag=True, help="Keep what was found beside the scenario, for its card."
)
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
def converge(
    file: str,
    overrides: tuple[str, ...],
    *,
    choices: tuple[str, ...],
    coverage_only: bool,
    move_sites: bool,
    write: bool,
    options: tuple[str, ...],
    plan_only: bool,
    quiet: bool,
    **given: Any,  # noqa: ANN401  # as `converge_scenario` takes them
) -> None:
    """Say what squares, steps and other choices of the method leave, by making each coarser and finer."""
    from sim.runs.convergence.plan import make_study
    from sim.runs.convergence.study import converge_scenario, planned_study
    from sim.runs.method.cards import require_as_is, require_no_failures, write_card

    names = [name for text in choices for name in text.split(",") if name]
    what: dict[str, Any] = {
        "choices": names,
        "with_calls": not coverage_only,
        "holds_sites": not move_sites,
    }
    if plan_only:
        keys = ("seed", "replications", "factor")
        study = make_study(file, overrides, **what, **{key: given[key] for key in keys})
        click.echo(planned_study(study, given["out"], given["jobs"]))
        return
    if write:
        require_as_is(overrides)
    read = read_options(options)
    result = converge_scenario(file, overrides, options=read, progress=not quiet, **what, **given)
    if result.is_whole:
        _draw(result)
    _say(result, quiet=quiet)
    if write and result.is_whole:
        require_no_failures(result.n_failed)
        click.echo(f"The card is {write_card(file, result.found)}.")


def _draw(result: "ConvergenceResult") -> None:
    from sim.report.figures.convergence import draw_convergence, is_drawn

    if result.is_new or not is_drawn(result.folder):
        draw_convergence(result.folder)


def _say(result: "ConvergenceResult", *, quiet: bool) -> None:
    """Show what was found, or how far the study is."""
    if not result.is_whole:
        kept = f"{result.n_kept:,} of {result.n_runs:,} runs are kept in {result.folder}."
        click.echo(f"{kept}\nWhen all shards are done, the command without --shard evaluates them.")
    elif quiet:
        click.echo(result.folder)
    else:
        print_wide(result.shown())
        click.echo(f"Results: {result.folder}")
    if result.n_failed:
        say_failed(f"{result.n_failed:,} runs failed and are left out of what was found")
