"""What a question on the command line asks for, and which of its options it understands."""

from collections.abc import Mapping, Sequence

from sim.errors import SimError
from sim.runs.answers.answer import Answer
from sim.runs.answers.causes import causes_answer
from sim.runs.answers.measures import measures_answer
from sim.runs.answers.rankings import KINDS, Wanted, ranking_answer
from sim.runs.result import RunResult

CAUSES = "causes"

_FLAGS = {
    "n": "--worst",
    "by": "--by",
    "is_smallest": "--smallest",
    "least_calls": "--least",
    "everywhere": "--everywhere",
}
"""How the command line calls what only some questions understand."""


def answered(
    result: RunResult,
    what: Sequence[str],
    *,
    network: str | None = None,
    province: str | None = None,
    **given: str | int | bool | None,
) -> Answer:
    """
    Return the answer to a question.

    Parameters
    ----------
    result : RunResult
        Results.
    what : sequence of str
        One of cells, sites, exchanges, trunks and causes, or names of measures, in which `*` stands for any text.
    network, province : str, optional
        Name of the only network, code of the only province.
    **given : str, int or bool, optional
        Fields of `Wanted`, and `everywhere`, of those that the command line was given.

    Returns
    -------
    Answer
        Answer.

    Raises
    ------
    SimError
        If the folder does not hold what is asked for, or an option has no meaning for it.
    """
    own = {name: value for name, value in given.items() if value is not None and value is not False}
    words = [word for word in what if word in KINDS or word == CAUSES]
    if words and len(what) > 1:
        raise SimError(f"{words[0]}: must stand alone, beside no other word; ask once for each")
    if not words:
        _refuse(own, ("everywhere",), "measures")
        return measures_answer(
            result, what, network=network, province=province, everywhere="everywhere" in own,
            also=(*KINDS, CAUSES),
        )  # fmt: skip
    (word,) = words
    if word == CAUSES:
        _refuse(own, (), CAUSES)
        return causes_answer(result, network, province)
    _refuse(own, tuple(name for name in _FLAGS if name != "everywhere"), word)
    return ranking_answer(result, word, Wanted(network=network, province=province, **own))  # type: ignore[arg-type]


def _refuse(given: Mapping[str, object], understood: Sequence[str], what: str) -> None:
    """Refuse options that a question does not understand."""
    others = [_FLAGS[name] for name in given if name not in understood]
    if others:
        one = f"{', '.join(others)}: "
        fit = "measures" if others == ["--everywhere"] else f"one of {', '.join(KINDS)}"
        raise SimError(f"{one}has no meaning for {what}; leave it out, or ask for {fit}")
