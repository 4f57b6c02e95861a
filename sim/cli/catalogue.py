"""Commands that find results, show them and give them names."""

from pathlib import Path

import click

from sim.cli import options
from sim.cli.results import print_wide
from sim.errors import SimError


@click.command("list")
@click.argument("scenario", metavar="[SCENARIO]", default="")
@options.out
def list_(scenario: str, out: Path) -> None:
    """List all results, of SCENARIO alone where it is given."""
    from sim.runs.catalogue import catalogue, printed_catalogue

    print_wide(printed_catalogue(out, catalogue(out, scenario)))


@click.command()
@click.argument("results", metavar="RESULTS")
@options.out
def show(results: str, out: Path) -> None:
    """
    Show results that are there, and what they were made of.

    RESULTS is a folder, a tag, an id, or a scenario, which stands for its newest plain run.
    """
    from sim.runs import open_results
    from sim.runs.origin import printed_folder

    print_wide(printed_folder(open_results(results, out), out))


@click.command()
@click.argument("results", metavar="RESULTS")
@click.argument("name", metavar="[NAME]", default="")
@click.option("--move", is_flag=True, help="Take NAME from the folder that has it.")
@click.option("--rename", is_flag=True, help="RESULTS is a tag: call it NAME.")
@click.option("--remove", is_flag=True, help="RESULTS is a tag: take it away; the folder stays.")
@options.out
def tag(results: str, name: str, *, move: bool, rename: bool, remove: bool, out: Path) -> None:
    """
    Give results a NAME that show, compare and open_results understand.

    RESULTS is a folder, another tag, an id, or a scenario, which stands for its newest plain run.
    """
    from sim.runs import open_results
    from sim.runs.tags import Tags

    if move + rename + remove > 1:
        raise SimError("--move, --rename and --remove: give one of them")
    if bool(name) == remove:
        raise SimError(
            "--remove: needs no NAME" if remove else "NAME: missing; give one, or --remove"
        )
    tags = Tags(out)
    if remove:
        tags.remove(results)
        click.echo(f"{results} is no tag any more.")
    elif rename:
        tags.rename(results, name)
        click.echo(f"{results} is called {name}.")
    else:
        folder = open_results(results, out).folder
        tags.give(name, folder, moves=move)
        click.echo(f"{folder} is called {name}.")
