"""Commands about scenarios themselves: nothing is simulated."""

import sys
from pathlib import Path

import click

from sim.cli import options
from sim.errors import SimError


@click.command()
@options.scenario
@options.overrides
@click.option("--quick", is_flag=True, help="Check the scenario only; make no world of it.")
def check(file: str, overrides: tuple[str, ...], *, quick: bool) -> None:
    """Check a scenario, and say what it asks for against what it has, by arithmetic."""
    from sim.runs.feasible import naming_file, require_sound

    loaded, needs = require_sound(file, overrides)
    networks = ", ".join(network.name for network in loaded.scenario.networks)
    in_order = f"{loaded.scenario.name} is in order: networks {networks}."
    if quick:
        click.echo(in_order)
        return
    from sim.cli.results import print_wide
    from sim.runs.card.card import make_card
    from sim.runs.card.printed import printed_card
    from sim.runs.progress import followed

    # That all sites find room is known only once they stand.
    with followed(progress=sys.stderr.isatty()) as progress, naming_file(loaded.path):
        card = make_card(loaded, needs, progress.stage)
        progress.rest()
    click.echo(in_order)
    print_wide(printed_card(card))


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path), help="File; standard output when not given."
)
def schema(out: Path | None) -> None:
    """Write the JSON Schema of scenarios, for editors that complete."""
    from sim.scenario.json_schema import json_schema_text

    text = json_schema_text()
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{out}: cannot be written ({error.strerror}); name another file with --out"
        raise SimError(message) from error
