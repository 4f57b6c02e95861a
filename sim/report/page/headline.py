"""The measures of the whole country and of each network, as a table that needs no script."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sim.report.folder import RunFacts
from sim.report.page.book import Book, Number, meaning
from sim.tables import ALL

_COUNTED = "voice.outcome."
_TITLES = {
    "voice": "Telephone calls",
    "cell": "Cells",
    "exchange": "Calls by hand",
    "trunk": "Trunk groups",
    "coverage": "Coverage",
    "data": "Data",
    "sms": "Short messages",
    "handover": "Handovers",
    "movement": "Phones on their way",
    "registrations": "Registrations",
    "paging": "Paging",
    "signalling": "Signalling",
    "emergency": "Emergency calls",
}
_COVERED_BY = ("any", "both", "neither")


@dataclass(frozen=True)
class Line:
    """A measure."""

    measure: str  # its name
    says: str  # what it says
    numbers: tuple[Number | None, ...]  # of all, and of each network


@dataclass(frozen=True)
class Group:
    """The measures of a subject."""

    title: str
    places: tuple[str, ...]  # headings of the numbers
    lines: tuple[Line, ...]


def measure_groups(book: Book, run: RunFacts) -> list[Group]:
    """Return the measures that stand for all provinces, by subject; without those that are 0 everywhere."""
    names = list(dict.fromkeys(str(one["measure"]) for one in book.entries))
    there = dict.fromkeys(name.partition(".")[0] for name in names)
    subjects = [
        *(one for one in _TITLES if one in there),
        *(one for one in there if one not in _TITLES),
    ]
    groups = []
    for subject in subjects:
        own = [one for one in names if one.startswith(f"{subject}.") and not one.startswith(_COUNTED)]  # fmt: skip
        for covered, places in _kinds(book, run, own):
            lines = tuple(_lines(book, own, places, is_covered_by=covered))
            places, lines = _told(places, lines)
            if lines:
                title = _TITLES.get(subject, subject) + (", taken together" if covered else "")
                groups.append(Group(title, places, lines))
    return groups


def _told(
    places: tuple[str, ...], lines: tuple[Line, ...]
) -> tuple[tuple[str, ...], tuple[Line, ...]]:
    """Return a table without places of which it says nothing."""
    kept = [i for i in range(len(places)) if any(line.numbers[i] for line in lines)]
    return tuple(places[i] for i in kept), tuple(
        replace(line, numbers=tuple(line.numbers[i] for i in kept)) for line in lines
    )


def _kinds(book: Book, run: RunFacts, names: list[str]) -> Iterator[tuple[bool, tuple[str, ...]]]:
    """Iterate over where measures may stand: all and each network, or what covers people and area together."""
    networks = dict.fromkeys(str(one["network"]) for one in book.entries if one["measure"] in names)
    more = [name for name in networks if name not in (ALL, *run.networks)]
    yield False, (ALL, *run.networks, *more)
    if any(one["covered_by"] != ALL for one in book.entries if one["measure"] in names):
        yield True, _COVERED_BY


def _lines(
    book: Book, names: list[str], places: tuple[str, ...], *, is_covered_by: bool
) -> Iterator[Line]:
    axis = "covered_by" if is_covered_by else "network"
    for name in names:
        numbers = tuple(book.number(name, **{axis: place}) for place in places)
        if any(one is not None and one.entry["value"] != 0.0 for one in numbers):
            yield Line(name, meaning(name), numbers)
