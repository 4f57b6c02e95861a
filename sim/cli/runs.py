"""Commands that simulate a scenario, and the one that compiles ahead of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from sim.cli import options
from sim.cli.results import draw, print_wide

if TYPE_CHECKING:
    from sim.runs import RunResult


@click.command()
@options.scenario
@options.overrides
@options.seed
@options.replications
@options.jobs
@options.out
@options.force
@options.quiet
@options.preview
def run(file: str, **given: Any) -> None:  # noqa: ANN401  # options as click names them
    """Simulate a scenario, print a summary and draw its figures."""
    from sim.runs import run_scenario

    _publish(run_scenario, file, given)


@click.command()
@options.scenario
@options.overrides
@click.option(
    "--replications",
    type=int,
    default=1,
    show_default=True,
    help="Worlds, each with its draws of placement; several give intervals across worlds.",
)
@options.jobs
@options.out
@options.force
@options.quiet
@options.preview
def coverage(file: str, **given: Any) -> None:  # noqa: ANN401  # options as click names them
    """Compute who hears whom, without calls."""
    from sim.runs import run_coverage

    _publish(run_coverage, file, given)


def _publish(made: "Callable[..., RunResult]", file: str, given: dict[str, Any]) -> None:
    """Have a results folder made, print a summary and draw its figures."""
    from sim.runs.progress import followed

    is_quiet = given.pop("quiet")
    if given.pop("preview"):
        from sim.runs.preview import preview_overrides

        given["overrides"] = preview_overrides(file, given["overrides"])
    with followed(progress=not is_quiet) as progress:
        result = made(file, progress=progress, **given)
        progress.rest()
        try:
            if not is_quiet:
                print_wide(result.shown())  # the numbers come first, for figures take a while
        finally:
            draw(result, progress)  # even if nobody reads the summary any more
    if is_quiet:
        click.echo(result.folder)


@click.command()
@options.scenario
@click.option(
    "--target",
    required=True,
    metavar="TARGET",
    help="What every manual exchange must reach in every hour, such as 'exchange.wait_p95_s <= 30'.",
)
@options.overrides
@click.option("--max-operators", type=int, help="Most operators of an exchange.")
@options.seed
@options.replications
@options.jobs
@options.out
@options.force
@options.quiet
def staff(file: str, **given: Any) -> None:  # noqa: ANN401  # options as click names them
    """Find the smallest rotas of operators that meet a target, by simulation."""
    from sim.runs import staff_scenario

    is_quiet = given.pop("quiet")
    result = staff_scenario(file, progress=not is_quiet, **given)
    if is_quiet:
        click.echo(result.folder)
    else:
        print_wide(result.shown())


@click.command()
@click.option("--jobs", type=click.IntRange(min=1), help="Processes; all cores when not given.")
def warm(jobs: int | None) -> None:
    """Compile everything that a run needs, ahead of it."""
    import os

    from sim.compilation.place import cache_root
    from sim.runs.needs import n_cores
    from sim.runs.progress import followed
    from sim.runs.warm import warm as compile_everything

    with followed(progress=True) as progress:
        progress.stage("compilation")
        n_compiled = compile_everything(jobs or n_cores(), progress.compiling)
    click.echo(
        f"{n_compiled} functions compiled; everything is in {os.path.relpath(cache_root())}."
    )
