"""All that a page is made of, read from a results folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.report.folder import (
    RunFacts,
    Territory,
    read_provinces,
    read_run,
    read_scenario,
    read_territory,
)
from sim.report.page.book import Book
from sim.report.page.curves import curves_of
from sim.report.page.listings import (
    Listing,
    hours_listing,
    measures_listing,
    parameters_listing,
    provinces_listing,
    published_listings,
)
from sim.report.page.parameters import parameters
from sim.report.page.territory import Squares, read_squares
from sim.runs.result import RunResult


@dataclass(frozen=True)
class Source:
    """What a page is made of."""

    run: RunFacts
    territory: Territory
    book: Book  # measures
    provinces: Mapping[str, str]  # names by code
    scenario: Mapping[str, Any]  # scenario.yaml, with its evidence
    squares: Squares  # squares of the map
    listings: Mapping[str, Listing]  # tables by key
    curves: Mapping[str, Any]  # curves over time by measure


def read_source(folder: Path) -> Source:
    """Read a results folder."""
    run, territory = read_run(folder), read_territory(folder)
    book, provinces = Book(RunResult(folder, is_new=False)), read_provinces(folder)
    scenario = read_scenario(folder)
    listings = [
        provinces_listing(book, run, provinces),
        *published_listings(book.result),
        hours_listing(book.result),
        measures_listing(book),
        parameters_listing(parameters(scenario)),
    ]
    return Source(
        run,
        territory,
        book,
        provinces,
        scenario,
        read_squares(folder, run, territory),
        {one.key: one for one in listings if one is not None and one.n_rows},
        curves_of(folder, run),
    )
