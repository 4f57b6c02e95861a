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
@options.seed
@options.replications
@options.jobs
@options.out
def compare(
    a: str,
    b: str,
    save: Path | None,
    figure: Path | None,
    statistics: bool,
    **given: Any,  # noqa: ANN401  # as click has them
) -> None:
    """Compare two scenarios, or two results folders by path, tag or id, on common random numbers."""
    from sim.runs.compare import compare as compare_both
    from sim.runs.compare import save_comparison
    from sim.runs.printed_comparison import printed_comparison

    table = compare_both(a, b, **given)
    if save is not None:
        save_comparison(save, table)
    print_wide(printed_comparison(table, statistics=statistics))
    if figure is not None:
        from sim.report.figures.comparison import draw_comparison

        click.echo(f"Figure: {draw_comparison(table, figure)}")


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
