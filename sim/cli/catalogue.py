"""Commands that find results, show them and give them names."""

from pathlib import Path
from typing import Any

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
@click.argument("what", metavar="[WHAT]...", nargs=-1)
@click.option(
    "--worst",
    "n",
    type=click.IntRange(min=1),
    metavar="N",
    help="Rows of a ranking.  [default: 10]",
)
@click.option("--by", metavar="COLUMN", help="Column by which is ranked, such as noise_rise_db.")
@click.option("--smallest", "is_smallest", is_flag=True, help="The smallest are the worst.")
@click.option(
    "--least",
    "least_calls",
    type=click.IntRange(min=0),
    metavar="CALLS",
    help="Leave out shares of fewer calls over all replications.  [default: 100]",
)
@click.option("--network", metavar="NAME", help="Of this network alone.")
@click.option("--province", metavar="CODE", help="Of this province alone.")
@click.option("--everywhere", is_flag=True, help="Measures of each province and trunk group, too.")
@click.option("--json", "as_json", is_flag=True, help="Print rows for programs.")
@options.out
def show(results: str, what: tuple[str, ...], out: Path, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401  # as click has them
    """
    Show results that are there, and what they were made of.

    RESULTS is a folder, a tag, an id, or a scenario, which stands for its newest plain run. WHAT asks for a part of
    them: names of measures, in which * stands for any text (voice.blocking, 'data.*'); cells, sites, exchanges or
    trunks for the worst of them; causes for why attempts failed, by province.
    """
    from sim.runs import open_results

    result = open_results(results, out)
    if not what and not as_json and not any(given.values()):
        from sim.runs.origin import printed_folder

        print_wide(printed_folder(result, out))
        return
    from sim.runs.answers.question import answered

    answer = answered(result, what or ("*",), **given)
    if as_json:
        click.echo(answer.as_json(result))
    else:
        print_wide(answer.printed())


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
