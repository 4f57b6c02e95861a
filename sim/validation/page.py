"""A card as a page of the documentation, with its data beside it."""

from collections.abc import Iterator
from pathlib import Path

from sim.runs.store import storing, write_json, write_text
from sim.validation.card import Card
from sim.validation.printed import DOES_NOT_APPLY, interval_of, number, title_of
from sim.validation.verdict import WORDS, Comparison, Verdict

_HEAD = Path(__file__).with_name("page_head.md")


def write_page(card: Card, target: Path) -> None:
    """
    Write a card as a page, and its data beside it.

    Parameters
    ----------
    card : Card
        Card.
    target : Path
        The page, a Markdown file; its data get the ending .json.
    """
    with storing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        write_text(target, page_text(card))
        write_json(target.with_suffix(".json"), card.as_mapping())


def page_text(card: Card) -> str:
    """Return the page of a card."""
    parts = [
        _HEAD.read_text("utf-8"),
        *_result(card),
        *_facts(card),
        *_numbers(card),
        *_left_out(card),
    ]
    return "\n".join(parts)


def _result(card: Card) -> Iterator[str]:
    length = "full" if card.is_full else "reduced"
    counts = ", ".join(f"**{n}** {word}" for word, n in card.counts.items())
    yield "## The card\n"
    yield f"{length.capitalize()}, code `{card.code[:8]}`, {card.finished_utc[:10]}: {counts}.\n"
    yield "| subject | cases | numbers | met | missed | not run |"
    yield "|---|--:|--:|--:|--:|--:|"
    for title, verdicts in _by_title(card).items():
        n = [sum(one.word == word for one in verdicts) or "" for word in WORDS[:3]]
        numbers = sum(len(one.comparisons) for one in verdicts)
        yield f"| {title} | {len(verdicts)} | {numbers} | {n[0]} | {n[1]} | {n[2]} |"
    yield ""
    if card.missed:
        yield "Missed: " + ", ".join(f"`{one.case_id}`" for one in card.missed) + ".\n"


def _by_title(card: Card) -> dict[str, list[Verdict]]:
    found: dict[str, list[Verdict]] = {}
    for one in card.verdicts:
        if one.word != DOES_NOT_APPLY:
            found.setdefault(title_of(one), []).append(one)
    return found


def _facts(card: Card) -> Iterator[str]:
    yield "## Published facts of the two networks\n"
    yield (
        "What the model gives beside what was published, misses included; a tenth either way, of shares a point,\n"
        "or the published range, counts as met. These are tests of assumptions, not of the program, and no part of\n"
        "the counts above. Documents: [sources](sources.md).\n"
    )
    yield "| published | number | model | unit | | how | source |"
    yield "|---|--:|--:|---|---|---|---|"
    for fact in card.facts:
        cells = (
            fact.said, number(fact.published), number(fact.obtained), fact.unit, fact.word, fact.how, fact.source,
        )  # fmt: skip
        yield "| " + " | ".join(_cell(one) for one in cells) + " |"
    yield ""


def _numbers(card: Card) -> Iterator[str]:
    for title, verdicts in _by_title(card).items():
        yield f"## {title[0].upper()}{title[1:]}\n"
        yield "| case | number | expected | obtained | interval | tolerance | tries | |"
        yield "|---|---|--:|--:|---|---|--:|---|"
        for verdict in verdicts:
            for one in verdict.comparisons:
                yield _row(verdict, one)
            if verdict.reason:
                yield f"| `{verdict.case_id}` | {_cell(verdict.reason)} | | | | | | not run |"
        yield ""
        sources = dict.fromkeys(_cell(one.source) for one in verdicts)
        yield "Sources: " + "; ".join(sources) + ".\n"


def _row(verdict: Verdict, one: Comparison) -> str:
    cells = (
        f"`{verdict.case_id}`", one.quantity, number(one.expected), number(one.obtained), interval_of(one),
        one.tolerance, str(verdict.n_tries), "met" if one.is_met else "**missed**",
    )  # fmt: skip
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _left_out(card: Card) -> Iterator[str]:
    yield "## What does not apply\n"
    by_reason: dict[str, list[str]] = {}
    for one in card.verdicts:
        if one.word == DOES_NOT_APPLY:
            by_reason.setdefault(one.reason, []).append(f"`{one.case_id}`")
    for reason, ids in by_reason.items():
        yield f"- {reason[0].upper()}{reason[1:]}: {', '.join(ids)}."
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
