"""A card as a terminal shows it."""

from collections import Counter
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from sim.runs.text_tables import WideTable, add_row, indented, text_table
from sim.validation.card import Card
from sim.validation.cases import all_cases
from sim.validation.registry import subject_of
from sim.validation.verdict import WORDS, Comparison, Verdict

DOES_NOT_APPLY = "does not apply"
_STYLES = {"missed": "bold red", "not run": "yellow"}


def printed_card(card: Card) -> RenderableType:
    """
    Return a card as it is printed.

    Parameters
    ----------
    card : Card
        Card.

    Returns
    -------
    RenderableType
        Counts by subject, what was missed, what was not run and why, and the published facts.
    """
    length = "full" if card.is_full else "reduced"
    counts = ", ".join(f"{n} {word}" for word, n in card.counts.items())
    head = Text(
        f"Scorecard, {length}, of code {card.code[:8]}: {counts}; {card.processor_s:g} s of processor time."
    )
    return Group(
        head, _by_subject(card), *_missed(card), *_reasons(card, "not run"),
        *_reasons(card, DOES_NOT_APPLY), *_facts(card),
    )  # fmt: skip


def title_of(verdict: Verdict) -> str:
    """Return under which title a verdict stands."""
    case = all_cases().get(verdict.case_id)
    subject = subject_of(case) if case else None
    return subject.title if subject else verdict.area


def _by_subject(card: Card) -> RenderableType:
    counted: dict[str, Counter[str]] = {}
    for one in card.verdicts:
        title = DOES_NOT_APPLY if one.word == DOES_NOT_APPLY else title_of(one)
        counted.setdefault(title, Counter())[one.word] += 1
        counted[title]["numbers"] += len(one.comparisons)
    table = text_table(("subject", "cases", "numbers", "met", "missed", "not run"))
    for title, count in counted.items():
        n = sum(count[word] for word in WORDS)
        words = (str(count[word] or "") for word in WORDS[:3])
        style = _STYLES["missed"] if count["missed"] else ""
        add_row(table, title, str(n), str(count["numbers"] or ""), *words, style=style)
    return table


def number(value: float | None) -> str:
    """Return a number as it is printed."""
    return "" if value is None else f"{value:.6g}"


def interval_of(one: Comparison) -> str:
    """Return the interval of a compared number."""
    return "" if one.low is None else f"{one.low:.4g} to {one.high:.4g}"


def _missed(card: Card) -> Iterator[RenderableType]:
    if not card.missed:
        return
    yield Text("Missed:", style=_STYLES["missed"])
    table = WideTable(("case: number", "expected", "obtained", "interval"))
    for verdict in card.missed:
        for one in verdict.comparisons:
            if not one.is_met:
                said = f"{verdict.case_id}: {one.quantity}"
                table.add(said, number(one.expected), number(one.obtained), interval_of(one))
    yield table


def _reasons(card: Card, word: str) -> Iterator[RenderableType]:
    """Say every reason once, with the cases that it is of."""
    by_reason: dict[str, list[str]] = {}
    for one in card.verdicts:
        if one.word == word:
            by_reason.setdefault(one.reason, []).append(one.case_id)
    if not by_reason:
        return
    yield Text(f"{word[0].upper()}{word[1:]}:", style=_STYLES.get(word, ""))
    for reason, ids in by_reason.items():
        named = ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
        yield indented(Text(f"{named}: {reason}."))


def _facts(card: Card) -> Iterator[RenderableType]:
    if not card.facts:
        return
    yield Text(
        "\nPublished facts of the two networks, beside the model (no part of the counts above):"
    )
    table = WideTable(("published", "number", "model", "unit", ""))
    for fact in card.facts:
        style = _STYLES.get(fact.word, "")
        shown = (number(fact.published), number(fact.obtained), fact.unit, fact.word)
        table.add(fact.said, *shown, style=style)
    yield table
    for how in dict.fromkeys(fact.how for fact in card.facts if fact.obtained is None):
        yield indented(Text(f"Not run: {how}."))
