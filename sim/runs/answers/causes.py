"""Why attempts failed, by province."""

from collections.abc import Iterator
from typing import Any

from sim.errors import Problem, StoreError
from sim.runs.answers.answer import Answer
from sim.runs.answers.measures import intervals_note, require
from sim.runs.answers.numbers import shown
from sim.runs.measures.measure import PERCENT
from sim.runs.result import RunResult
from sim.tables import ALL, MEANINGS, OUTCOMES, Outcome

_SHARE = "voice.outcome_share."
_COMPLETED = OUTCOMES[Outcome.COMPLETED]


def causes_answer(
    result: RunResult, network: str | None = None, province: str | None = None
) -> Answer:
    """Return the shares of attempts that failed, by cause and province."""
    entries = [one for one in result.summary if one["measure"].startswith(_SHARE)]
    if not entries:
        message = "holds no attempts; name a folder of a run with calls"
        raise StoreError(Problem(str(result.folder), message))
    network = network or ALL
    require(result, "network", network, list(dict.fromkeys(one["network"] for one in entries)))
    entries = [one for one in entries if one["network"] == network]
    provinces = list(dict.fromkeys(str(one["province"]) for one in entries))
    if province is not None:
        require(result, "province", province, provinces)
        provinces = [province]
    else:
        provinces.sort(key=lambda code: (code != ALL, code))
    by_place = {(one["measure"].removeprefix(_SHARE), one["province"]): one for one in entries}
    found = [cause for cause in OUTCOMES if _largest(by_place, cause, provinces) > 0.0]
    found.sort(key=lambda cause: -_largest(by_place, cause, provinces[:1]))
    causes = [cause for cause in found if cause != _COMPLETED]
    lines = tuple(
        (cause, *(_text(by_place.get((cause, code))) for code in provinces)) for cause in causes
    )
    rows = tuple(
        {"cause": cause, **by_place[cause, code]}
        for cause in causes
        for code in provinces
        if (cause, code) in by_place
    )
    headings = ("attempts that failed [%]", *provinces)
    return Answer(headings, lines, rows, tuple(_notes(result, causes, network)))


def _largest(by_place: dict[tuple[str, str], Any], cause: str, provinces: list[str]) -> float:
    found = (by_place.get((cause, code)) for code in provinces)
    return max(((one["value"] or 0.0) if one else 0.0 for one in found), default=0.0)


def _text(entry: dict[str, Any] | None) -> str:
    return "-" if entry is None else shown(entry, PERCENT)


def _notes(result: RunResult, causes: list[str], network: str) -> Iterator[str]:
    of = "of all networks" if network == ALL else f"of {network}"
    yield f"Of all attempts {of}, by the province of the caller."
    for cause in causes:
        yield f"{cause}: {MEANINGS[Outcome[cause.upper()]]}."
    yield intervals_note(result)
