"""The command that holds the program to cases whose answer is known."""

from pathlib import Path

import click

from sim.cli import options
from sim.cli.results import print_wide

_MISSED = 1
"""Exit status where a case is missed."""


@click.command()
@click.option("--full", is_flag=True, help="Run everything, and for longer; some ten minutes.")
@click.option(
    "--facts",
    is_flag=True,
    help="Make the long runs behind published facts, too: coverage of 2011 and 2012, the nation.",
)
@click.option(
    "--page",
    type=click.Path(path_type=Path),
    help="Write the card as a page, and its data beside it.",
)
@options.quiet
@options.out
def validate(*, full: bool, facts: bool, page: Path | None, quiet: bool, out: Path) -> None:
    """
    Hold the program to cases whose answer is known, and say which it meets.

    Exit status 1 where one is missed. The card is kept in results/validation/, and each run says in its manifest what
    the card of its code said.
    """
    from sim.runs.card_stamp import card_file
    from sim.runs.progress import followed
    from sim.validation.card import validate as validate_all
    from sim.validation.length import Length
    from sim.validation.printed import printed_card

    with followed(progress=not quiet) as progress:
        card = validate_all(Length(is_full=full, has_facts=facts), out, progress.stage)
    if not quiet:
        print_wide(printed_card(card))
    if page is not None:
        from sim.validation.page import write_page

        write_page(card, page)
    click.echo(card_file(out))
    if card.missed:
        raise SystemExit(_MISSED)
