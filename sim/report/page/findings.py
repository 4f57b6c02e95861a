"""What a run has found, in sentences that are made of its measures."""

from collections.abc import Iterator, Mapping

from sim.report.folder import RunFacts
from sim.report.page.book import Book, Number, Sentence, sentence
from sim.runs.answers.numbers import finite
from sim.tables import ALL, MEANINGS, OUTCOMES, Outcome

_N_CAUSES = 3
_LEAST_CALLS = 100
_COMPLETED = OUTCOMES[Outcome.COMPLETED]
_SECONDS_PER_HOUR = 3600.0


def findings(book: Book, run: RunFacts, provinces: Mapping[str, str]) -> list[Sentence]:
    """Return what a run has found, the calls first."""
    said = (
        *_calls(book, run),
        *_networks(book, run),
        *_provinces(book, provinces),
        *_coverage(book, run),
        *_data(book, run),
        *_by_hand(book),
    )
    return [one for one in said if one]


def _calls(book: Book, run: RunFacts) -> Iterator[Sentence | None]:
    hours = f"{run.duration_s / _SECONDS_PER_HOUR:g} h from {run.start:%Y-%m-%d %H:%M}"
    yield sentence(
        book.number("voice.attempts"), f" attempts to call were begun in {hours}; ",
        book.number("voice.failure"), " of them failed, ",
        book.number("voice.network_failure"), " because of the networks and the exchanges.",
    )  # fmt: skip
    causes = [name for name in OUTCOMES if name != _COMPLETED]
    share = "voice.outcome_share."
    causes.sort(key=lambda name: -book.value(share + name))
    largest = [name for name in causes[:_N_CAUSES] if book.value(share + name) > 0.0]
    parts: list[Number | str | None] = []
    for name in largest:
        said, _, _ = MEANINGS[Outcome[name.upper()]].partition(" (")
        before = "; " if parts else "The most frequent causes: "
        parts += [before, book.number(share + name), f" of the attempts {name} ({said})"]
    yield sentence(*parts, ".") if parts else None


def _networks(book: Book, run: RunFacts) -> Iterator[Sentence | None]:
    for name, label in zip(run.networks, run.labels, strict=True):
        yield sentence(
            f"{label} carried ", book.number("voice.carried_erl", network=name), "; ",
            book.number("voice.blocking", network=name), " of its callers' attempts were blocked and ",
            book.number("voice.dropping", network=name), " of the answered calls dropped.",
        )  # fmt: skip
    if book.value("trunk.blocking") > 0.0:
        yield sentence(
            book.number("trunk.blocking"), " of the calls between networks and exchanges found no circuit."
        )  # fmt: skip


def _provinces(book: Book, provinces: Mapping[str, str]) -> Iterator[Sentence | None]:
    measure = "voice.network_failure"
    known = {
        code: number
        for code in provinces
        if (number := book.number(measure, province=code)) is not None
        and book.value("voice.attempts", province=code) >= _LEAST_CALLS
    }
    if len(known) > 1:
        worst = max(known, key=lambda code: finite(known[code].entry["value"]) or 0.0)
        best = min(known, key=lambda code: finite(known[code].entry["value"]) or 0.0)
        yield sentence(
            f"Most of all in {provinces[worst]} ({worst}), ", known[worst],
            " of the attempts failed because of the networks and the exchanges; least of all in "
            f"{provinces[best]} ({best}), ", known[best], ".",
        )  # fmt: skip


def _coverage(book: Book, run: RunFacts) -> Iterator[Sentence | None]:
    people, area = "coverage.population_share", "coverage.area_share"
    if len(run.networks) > 1:
        yield sentence(
            book.number(people, covered_by="any"), " of the people live where one network at least covers them, ",
            book.number(people, covered_by="neither"), " where none does; of the area ",
            book.number(area, covered_by="any"), " is covered.",
        )  # fmt: skip
    for name, label in zip(run.networks, run.labels, strict=True):
        yield sentence(
            f"{label} covers ", book.number(people, network=name), " of the people and ",
            book.number(area, network=name), " of the area.",
        )  # fmt: skip


def _data(book: Book, run: RunFacts) -> Iterator[Sentence | None]:
    for name, label in zip(run.networks, run.labels, strict=True):
        yield sentence(
            f"Of the data flows of {label} half got at most ",
            book.number("data.throughput_median_bps", network=name), " and 5 % at most ",
            book.number("data.throughput_p05_bps", network=name), "; ",
            book.number("data.blocked_share", network=name), " were refused.",
        )  # fmt: skip
    yield sentence(
        book.number("sms.delivered"), " of the short messages were delivered, in the mean after ",
        book.number("sms.delivery_s"), ".",
    )  # fmt: skip


def _by_hand(book: Book) -> Iterator[Sentence | None]:
    if book.value("exchange.arrived", province=ALL) > 0.0:
        yield sentence(
            book.number("exchange.arrived"), " calls waited for an operator, in the mean ",
            book.number("exchange.wait_s"), " and 5 % of them longer than ",
            book.number("exchange.wait_p95_s"), "; ",
            book.number("exchange.abandonment"), " were lost while they waited, and operators were at work ",
            book.number("exchange.occupancy"), " of their time.",
        )  # fmt: skip
