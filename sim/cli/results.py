"""The command that compares results, and what other commands show of theirs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli import options

if TYPE_CHECKING:
    from rich.console import RenderableType

    from sim.runs import RunResult
    from sim.runs.progress import Progress

_WIDTH = 110


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option(
    "--set",
    "overrides",
    metavar="PATH=VALUE",
    multiple=True,
    help="Set a parameter in B. May be repeated.",
)
@click.option(
    "--measure",
    "measures",
    metavar="NAME",
    multiple=True,
    default=("*",),
    help="Compare these measures only; * stands for any text. May be repeated.",
)
@click.option("--everywhere", is_flag=True, help="Compare each province and trunk group, too.")
@click.option("--statistics", is_flag=True, help="Show every measure, and all that is known of it.")
@click.option(
    "--save", type=click.Path(path_type=Path), help="Write the table to a .parquet or .csv."
)
@click.option(
    "--figure",
    type=click.Path(path_type=Path),
    help="Draw B / A, and write it as .pdf, .png, .csv and .txt.",
)
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what differs as one .html that opens without a network.",
)
@options.seed
@options.replications
@options.jobs
@options.out
def compare(
    a: str,
    b: str,
    save: Path | None,
    figure: Path | None,
    page: Path | None,
    statistics: bool,
    measures: tuple[str, ...],
    everywhere: bool,
    **given: Any,  # noqa: ANN401  # as click has them
) -> None:
    """Compare two scenarios, or two results folders by path, tag or id, on common random numbers."""
    from sim.runs.compare import both_results, compare_results, save_comparison
    from sim.runs.printed_comparison import printed_comparison

    both = both_results(a, b, **given)
    table = compare_results(*both, measures=measures, everywhere=everywhere)
    if save is not None:
        save_comparison(save, table)
    print_wide(printed_comparison(table, statistics=statistics))
    if figure is not None:
        from sim.report.figures.comparison import draw_comparison

        click.echo(f"Figure: {draw_comparison(table, figure)}")
    if page is not None:
        from sim.report.page.comparison import write_comparison

        click.echo(f"Page: {write_comparison(page, *both)}")


@click.command()
@click.argument("results", metavar="RESULTS")
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the page to this file, and nothing into the folder.",
)
@options.out
def report(results: str, to: Path | None, out: Path) -> None:
    """
    Write the page of a run or of coverage, report.html: one file that opens in a browser without a network.

    RESULTS is a folder, a tag, an id, or a scenario, which stands for its newest plain run. Figures that are not there
    are drawn, too.
    """
    from sim.report.page.report import require_page, write_report
    from sim.runs import open_results
    from sim.runs.progress import followed

    result = open_results(results, out)
    require_page(result)
    if to is None:
        with followed(progress=True) as progress:
            draw(result, progress)
    click.echo(f"Page: {write_report(result.folder, to)}")


def draw(result: "RunResult", progress: "Progress") -> None:
    """Draw figures that are not there yet."""
    from sim.report.draw import draw_figures, figures_are_drawn, figures_left_out

    if not result.is_new and figures_are_drawn(result.folder):
        return
    progress.stage("figures")
    try:
        draw_figures(result.folder)
        left_out = figures_left_out(result.folder)
    except KeyboardInterrupt:
        message = f"Interrupted while drawing; the results in {result.folder} are whole."
        raise KeyboardInterrupt(message) from None
    if left_out:
        progress.rest()
        told = ", ".join(f"{name} ({reason})" for name, reason in left_out.items())
        click.echo(f"Figures left out: {told}.", err=True)


def print_wide(shown: "RenderableType") -> None:
    """Print on the terminal, or to a file as if it had a fixed width."""
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else _WIDTH).print(shown)


def say_failed(lost: str) -> None:
    """Say on standard error what failed, where it is told, and how it is run anew."""
    click.echo(
        f"{lost}: failures.json has scenarios and tracebacks; --retry runs them anew.", err=True
    )
