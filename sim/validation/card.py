"""The card: verdicts of all cases, made by running them, and the file that keeps it."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sim
from sim.errors import SimError
from sim.runs.card_stamp import card_file
from sim.runs.provenance import code_digest, lock_digest
from sim.runs.store import storing, write_json
from sim.validation.cases import Case, all_cases
from sim.validation.found import Found
from sim.validation.length import Length
from sim.validation.published import Fact, compare_facts
from sim.validation.registry import (
    DOES_NOT_APPLY,
    SUBJECTS,
    Subject,
    reason_of,
    subject_of,
)
from sim.validation.verdict import WORDS, Comparison, NotRun, Verdict, word_of

SCHEMA = 1
"""Version of the file."""

ANOTHER_SEED = 1
"""What a second look adds to the key of the draws."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Card:
    """The verdicts of all cases on the program as it is."""

    code: str  # digest of the code that results depend on
    lock: str  # digest of the lock of libraries
    version: str  # version of the program
    is_full: bool  # whether everything was run, and for longer
    finished_utc: str  # when
    processor_s: float  # processor time that it took [s]
    verdicts: tuple[Verdict, ...]  # of every case, in the order of the subjects
    facts: tuple[Fact, ...]  # what was published of the networks, and what the model gives

    @property
    def counts(self) -> dict[str, int]:
        """How many cases say each word."""
        counted = Counter(one.word for one in self.verdicts)
        return {word: counted[word] for word in WORDS}

    @property
    def missed(self) -> tuple[Verdict, ...]:
        """The cases that the program does not meet."""
        return tuple(one for one in self.verdicts if one.word == "missed")

    def as_mapping(self) -> dict[str, Any]:
        """Return what the file holds."""
        return {
            "schema": SCHEMA,
            "code": self.code,
            "lock": self.lock,
            "version": self.version,
            "is_full": self.is_full,
            "finished_utc": self.finished_utc,
            "processor_s": self.processor_s,
            "counts": self.counts,
            "verdicts": [one.as_mapping() for one in self.verdicts],
            "facts": [one.as_mapping() for one in self.facts],
        }


def card_of(mapping: dict[str, Any]) -> Card:
    """Return a card from what its file holds."""
    verdicts = tuple(
        Verdict(**{**row, "comparisons": tuple(Comparison(**one) for one in row["comparisons"])})
        for row in mapping["verdicts"]
    )
    facts = tuple(Fact(**row) for row in mapping["facts"])
    names = ("code", "lock", "version", "is_full", "finished_utc", "processor_s")
    return Card(**{name: mapping[name] for name in names}, verdicts=verdicts, facts=facts)


def read_card(path: Path) -> Card:
    """Return the card that a file keeps."""
    try:
        return card_of(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{path}: no card that can be read ({error}); make one with `patchcell validate`"
        raise SimError(message) from error


def validate(length: Length, root: Path, tell: Tell = lambda _: None) -> Card:
    """
    Run all cases, and keep what they say.

    Parameters
    ----------
    length : Length
        How much is simulated.
    root : Path
        Folder of all results; the card goes to `validation/` in it.
    tell : callable
        Told the title of each subject when it begins.

    Returns
    -------
    Card
        The card.
    """
    began_s = time.process_time()
    target = card_file(root)
    with storing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    verdicts = judge(all_cases().values(), length, tell)
    tell("published facts")
    card = Card(
        code=code_digest(),
        lock=lock_digest(),
        version=sim.__version__,
        is_full=length.is_full,
        finished_utc=datetime.now(UTC).isoformat(timespec="seconds"),
        verdicts=tuple(verdicts),
        facts=tuple(compare_facts(length, root)),
        processor_s=round(time.process_time() - began_s, 1),
    )
    if card.is_full or card.missed or not _has_full(target, card):
        with storing(target):
            write_json(target, card.as_mapping())
    return card


def _has_full(path: Path, card: Card) -> bool:
    """Say whether a file keeps a full card of the same code and the same libraries, which says more."""
    with suppress(SimError):
        kept = read_card(path)
        return kept.is_full and (kept.code, kept.lock) == (card.code, card.lock)
    return False


def judge(cases: Iterable[Case], length: Length, tell: Tell = lambda _: None) -> list[Verdict]:
    """Return the verdicts of cases."""
    chosen, verdicts = list(cases), []
    for subject in SUBJECTS:
        own = [case for case in chosen if subject_of(case) is subject]
        if own:
            tell(subject.title)
            verdicts += _of_subject(subject, own, length)
    return verdicts + [_left_out(case) for case in chosen if subject_of(case) is None]


def _left_out(case: Case) -> Verdict:
    reason = reason_of(case, DOES_NOT_APPLY)
    if reason:
        return Verdict(case.id, case.area, "does not apply", reason, (), case.source)
    return Verdict(case.id, case.area, "not run", "no subject answers for it", (), case.source)


def _of_subject(subject: Subject, cases: Sequence[Case], length: Length) -> list[Verdict]:
    """Return the verdicts of a subject; what a simulation misses it may try once more, with other draws."""
    first = _verdicts(cases, subject.compare(cases, length))
    again = [case for case, said in zip(cases, first, strict=True) if _may_be_chance(said)]
    if not again:
        return first
    other = replace(length, seed=length.seed + ANOTHER_SEED)
    second = _verdicts(again, subject.compare(again, other))
    by_id = {said.case_id: replace(said, n_tries=2) for said in second}
    return [by_id.get(said.case_id, said) for said in first]


def _may_be_chance(verdict: Verdict) -> bool:
    return any(one.way == "run" and not one.is_met for one in verdict.comparisons)


def _verdicts(cases: Sequence[Case], found: Iterable[Found]) -> list[Verdict]:
    """Return one verdict for each case, whatever the order in which numbers of it were found."""
    compared: dict[str, list[Comparison]] = {case.id: [] for case in cases}
    reasons: dict[str, list[str]] = {case.id: [] for case in cases}
    for case_id, one in found:
        if isinstance(one, NotRun):
            reasons[case_id].append(one.reason)
        else:
            compared[case_id].append(one)
    return [
        Verdict(
            case.id,
            case.area,
            word_of(compared[case.id], reasons[case.id]),
            "; ".join(reasons[case.id]),
            tuple(compared[case.id]),
            case.source,
        )
        for case in cases
    ]
