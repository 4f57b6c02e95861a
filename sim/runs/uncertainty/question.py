"""What is asked of a scenario's ranges, as options give it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sim.errors import SimError
from sim.runs.measures.subjects import MEASURES
from sim.runs.uncertainty.design import require_samples
from sim.scenario.messages import did_you_mean, given
from sim.scenario.sweep_file import OF_COVERAGE
from sim.scenario.sweep_section import MAX_POINTS

FOLDER = "uncertainty"
"""Where studies lie in the folder of all results."""

DESIGNS = ("sobol", "latin_hypercube")

MOST_FACTORS = 8
"""Parameters that have an index of their own; where there are more, the strongest are found first (house choice)."""

TRAJECTORIES = 4
"""Trajectories of a screening: the fewest that Morris's followers take."""


@dataclass(frozen=True)
class Question:
    """What is asked of a scenario."""

    samples: int = 256  # rows of the design
    replications: int = 2  # of each sample
    design: str = "sobol"  # or `latin_hypercube`
    parameters: tuple[
        str, ...
    ] = ()  # paths, or what they lie in, that are drawn alone; all where none is given
    fixed: tuple[str, ...] = ()  # paths, or what they lie in, that are not drawn
    choices: tuple[str, ...] = ()  # `PATH=A,B`
    alone: tuple[str, ...] = ()  # paths, each with what lies in it, that have an index of their own
    measures: tuple[str, ...] = ()  # that are kept; some of calls and coverage where none is given
    coverage_only: bool = False  # whether coverage alone is computed
    indices: bool = (
        True  # whether Sobol's indices are asked for, which take a sample more for each factor
    )
    screen: bool = False  # whether it ends with the screening
    trajectories: int = TRAJECTORIES
    most_factors: int = MOST_FACTORS


def require_askable(question: Question) -> None:
    """Refuse what cannot be asked."""
    problems = []
    if question.design not in DESIGNS:
        problems.append(f"design = {given(question.design)}: must be sobol or latin_hypercube")
    else:
        try:
            require_samples(question.design, question.samples)
        except SimError as error:
            problems += [problem.message for problem in error.problems]
    if question.replications < 2 and not question.coverage_only:
        problems.append(
            f"replications = {question.replications}: must be 2 or more, as what parameters do cannot be told from "
            "chance with one; or give --coverage-only"
        )
    for name in ("trajectories", "most_factors"):
        if getattr(question, name) < 1:
            problems.append(f"{name} = {getattr(question, name)}: must be 1 or more")
    for measure in question.measures:
        if measure not in MEASURES:
            hint = did_you_mean(measure, MEASURES, "measures")
            problems.append(f"measures = {given(measure)}: is no measure; {hint}")
        elif question.coverage_only and not measure.startswith(OF_COVERAGE):
            problems.append(
                f"measures = {given(measure)}: is of calls; leave it out with --coverage-only"
            )
    if problems:
        raise SimError(*problems)


def require_few(name: str, n_asked: int, n_samples: int) -> None:
    """Refuse a stage of more samples than a sweep may have."""
    if n_samples > MAX_POINTS:
        raise SimError(
            f"{name} = {n_asked:,}: make {n_samples:,} samples: must be at most {MAX_POINTS:,}; ask for fewer"
        )


def command_of(
    name_or_path: str | Path, overrides: Sequence[str], question: Question
) -> tuple[str, ...]:
    """Return the command that asks the same, without absolute paths."""
    path = Path(name_or_path)
    words = ["patchcell", FOLDER, path.name if path.is_absolute() else path.as_posix()]
    for override in overrides:
        words += ["--set", override]
    for name, value in asdict(question).items():
        if value == getattr(Question(), name):
            continue
        option = f"--{name.replace('_', '-')}"
        if name == "indices":
            words.append("--no-indices")
        elif isinstance(value, bool):
            words.append(option)
        elif name == "choices":
            words += [word for one in value for word in (option, one)]
        elif isinstance(value, tuple):
            words += [option, ",".join(value)]
        else:
            words += [option, str(value)]
    return tuple(words)
