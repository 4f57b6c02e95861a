"""Section `timeline`: what of a scenario is otherwise at later dates, and what was published of them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from sim.scenario.sections import Name, Section, key

# A key is a row, as wide as prose may be.
# fmt: off

DATE = r"^\d{4}-\d{2}-\d{2}$"
"""Regular expression of a date, as 2011-03-31."""

STEP, LINEAR = "step", "linear"
"""Ways to read a table of counts between its dates that are no law of growth."""

N_SITES, N_LINES = "n_sites", "n_subscribers"
"""Quantities of a date that are no measures: sites and lines."""

ANY = "any"
"""In place of a network, of coverage by any of several."""

_SOURCE = "key of sources, or assumption"


class Change(Section):
    """What is set from a date on."""

    date: str = key("first day", pattern=DATE, evidence=False)
    set: dict[str, Any] = key("parameters by path, such as networks[kang_song].n_sites", length="[1, 1000]",
                              evidence=False)
    source: str = key(_SOURCE, length="[1, 200]", evidence=False)


class DatedCount(Section):
    """A count at a date."""

    date: str = key("date", pattern=DATE, evidence=False)
    value: float = key("count", within="[0, inf)", unit="1", evidence=False)
    source: str = key(_SOURCE, length="[1, 200]", evidence=False)


class Count(Section):
    """A whole number that grows, such as the lines of a network."""

    name: Name = key("name", evidence=False)
    path: str = key("parameter that is set to it, such as networks[koryolink].n_subscribers", length="[1, 200]",
                    evidence=False)
    curve: Literal["linear", "step", "logistic", "bass", "gompertz"] = key(
        "between the dates of the table: linear, the last value before it is one again (step), or a law of growth "
        "fitted to the table, which alone goes on after its last date", LINEAR, evidence=False)
    launch: str | None = key(
        "day 0 of a law of growth, before which there is nothing; the first date of the table when absent", None,
        pattern=DATE, evidence=False)
    table: tuple[DatedCount, ...] = key("counts by date", length="[1, 1000]")


class Published(Section):
    """A number that was published of a date, to be seen beside the simulated one; nothing is fitted to it."""

    date: str = key("date", pattern=DATE, evidence=False)
    quantity: str = key("n_sites, n_subscribers, or a measure such as coverage.population_share", length="[1, 100]",
                        evidence=False)
    network: str = key("network, all for the sum, any for coverage by any of several", "all", length="[1, 48]",
                       evidence=False)
    value: float = key("number, in the unit of the quantity", unit="by quantity", evidence=False)
    low: float | None = key("least that it may be", None, unit="by quantity", evidence=False)
    high: float | None = key("most that it may be", None, unit="by quantity", evidence=False)
    source: str = key(_SOURCE, length="[1, 200]", evidence=False)


class Timeline(Section):
    """Dated changes of the scenario: `years` runs its hour at one date after the other; `run` takes no notice."""

    changes: tuple[Change, ...] = key("what is set from a date on, one after the other", (), length="[0, 1000]")
    counts: tuple[Count, ...] = key("counts that grow, by table or curve", (), length="[0, 100]")
    published: tuple[Published, ...] = key("published numbers to be seen beside those of years", (),
                                           length="[0, 1000]")
    dates: tuple[Annotated[str, Field(pattern=DATE)], ...] = key(
        "dates of which years tells when none are asked for", (), length="[0, 1000]", evidence=False)
