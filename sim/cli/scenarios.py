"""Commands about scenarios themselves: nothing is simulated."""

from pathlib import Path

import click

from sim.cli import options
from sim.errors import SimError


@click.command()
@options.scenario
@options.overrides
def check(file: str, overrides: tuple[str, ...]) -> None:
    """Check a scenario and say what is wrong with it, all at once."""
    from sim.runs.feasible import load_or_refuse, require_feasible

    loaded = load_or_refuse(file, overrides)
    require_feasible(loaded)
    if loaded.scenario.extensions:
        from sim.runs.extensions import read_extensions

        read_extensions(loaded)
    networks = ", ".join(network.name for network in loaded.scenario.networks)
    click.echo(f"{loaded.scenario.name} is in order: networks {networks}.")


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
