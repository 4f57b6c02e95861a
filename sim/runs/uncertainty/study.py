"""A study of what is not known of a scenario: screened where it must be, drawn, run as a sweep, answered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sim.errors import Problem, SimError
from sim.runs.provenance import text_digest
from sim.runs.run import DEFAULT_ROOT, settled_overrides
from sim.runs.store import Store, read_manifest
from sim.runs.sweeps.plan import Plan, kind_of_runs, load_planned, plan_of_runs
from sim.runs.sweeps.store import SweepStore
from sim.runs.sweeps.sweep import Order, SweepResult, order_of, planned_text_of, run_store
from sim.runs.sweeps.worker import belongs_to_world
from sim.runs.uncertainty.answer import answer_of, ranked, screened
from sim.runs.uncertainty.design import (
    Factor,
    Sample,
    factors_of,
    own_values,
    sampled,
    screening,
)
from sim.runs.uncertainty.drawn import (
    Drawing,
    Drawn,
    Settings,
    share_groups,
    sold_around_own_sites,
)
from sim.runs.uncertainty.folder import SUMMARY, write_study
from sim.runs.uncertainty.parameters import Parameter, Selection, select
from sim.runs.uncertainty.printed import study_text
from sim.runs.uncertainty.question import (
    FOLDER,
    Question,
    command_of,
    require_askable,
    require_few,
)
from sim.scenario.load import load_scenario
from sim.scenario.locate import plain
from sim.scenario.paths import parse_override
from sim.scenario.resolve import LoadedScenario
from sim.scenario.sweep_design import Point
from sim.scenario.sweep_file import MEASURES_OF_COVERAGE, LoadedSweep
from sim.scenario.sweep_section import Axis, Sweep

SCREENING, SAMPLES = "screening", "samples"
"""Stages of a study, each a sweep."""

_OF_CALLS = ("voice.blocking", "voice.dropping", "voice.carried_erl")


@dataclass(frozen=True)
class Stage:
    """Samples of a stage with their runs."""

    name: str
    drawn: tuple[Drawn, ...]
    plan: Plan


@dataclass(frozen=True)
class StudyResult:
    """What came of a study."""

    folder: Path  # folder of the study, or of the stage that is not done
    text: str  # what is said of it
    is_whole: bool
    n_failed: int  # samples of which there is nothing


def run_uncertainty(
    name_or_path: str | Path,
    overrides: Sequence[str] = (),
    question: Question | None = None,
    *,
    seed: int | None = None,
    cluster: str = "local",
    jobs: int | None = None,
    shard: str | None = None,
    options: Mapping[str, str] | None = None,
    out: Path | str = DEFAULT_ROOT,
    force: bool = False,
    retry: bool = False,
    any_platform: bool = False,
    progress: bool = False,
) -> StudyResult:
    """
    Draw the ranges of a scenario, run the samples, and say what is not known of its measures.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a scenario, or path of its file.
    overrides : sequence of str
        `PATH=VALUE` texts; what is set is not drawn.
    question : Question, optional
        What is asked; the defaults of `Question` unless given.
    seed : int, optional
        Key of all draws, those of the design too; the scenario's own unless given.
    cluster : str
        `local`, `slurm`, `pbs`, `lsf`, `sge`, or the address of a running scheduler.
    jobs : int, optional
        Workers; as many as cores and memory allow, or four jobs of a batch system. They change no result.
    shard : str, optional
        Slice such as `2/8`: only its runs are done, here, without a scheduler.
    options : mapping of str to str, optional
        Options of a batch system's jobs, as dask-jobqueue names them.
    out : Path or str
        Folder of all results.
    force : bool
        Whether everything is computed anew.
    retry : bool
        Whether runs that failed are run again.
    any_platform : bool
        Whether workers of another platform are accepted.
    progress : bool
        Whether it is told on standard error how far it is.

    Returns
    -------
    StudyResult
        Folder and text.

    Raises
    ------
    SimError
        If the scenario, what is asked, the cluster or the results folder cannot be used.
    RunInterruptedError
        If the user stops it; what is kept is not computed again.
    """
    order = order_of(
        cluster, jobs, shard, options, progress=progress,
        force=force, retry=retry, any_platform=any_platform,
    )  # fmt: skip
    study = Study.of(name_or_path, overrides, question or Question(), seed)
    return study.run(order, Path(out).absolute())


def planned_text(
    name_or_path: str | Path,
    overrides: Sequence[str],
    question: Question,
    seed: int | None,
    out: Path | str,
    jobs: int | None,
) -> str:
    """
    Say what a study would draw and run.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a scenario, or path of its file.
    overrides : sequence of str
        `PATH=VALUE` texts.
    question : Question
        What is asked.
    seed : int or None
        Key of all draws; the scenario's own where None.
    out : Path or str
        Folder of all results.
    jobs : int or None
        Workers; as many as cores and memory allow where None.

    Returns
    -------
    str
        Lines.
    """
    study = Study.of(name_or_path, overrides, question, seed)
    root = Path(out).absolute()
    lines = [study.parameters_text()]
    for name in study.stage_names:
        if name == SAMPLES and study.needs_screening:
            n = question.samples * (question.most_factors + 3) + 1
            lines.append(
                f"then {n:,} runs at the most, once the screening has said which parameters matter"
            )
            break
        stage = study.stage(name, study.factors)
        lines.append(planned_text_of(SweepStore(root, stage.plan), jobs))
        n_mended = sum(bool(one.mended) for one in stage.drawn)
        refused = [one.refusal for one in stage.drawn if one.refusal]
        if n_mended:
            lines.append(
                f"{n_mended:,} of them with values given back, as a rule between keys asks for it"
            )
        if refused:
            lines.append(
                f"{len(refused):,} samples more of which no scenario can be made: {refused[0]}"
            )
    return "\n".join(lines)


@dataclass(frozen=True)
class Study:
    """A scenario, and what is asked of it."""

    loaded: LoadedScenario
    question: Question
    selection: Selection
    settings: Settings  # what the user set
    command: tuple[str, ...]

    @classmethod
    def of(
        cls,
        name_or_path: str | Path,
        overrides: Sequence[str],
        question: Question,
        seed: int | None,
    ) -> "Study":
        """Read a scenario, and check what is asked of it."""
        words = settled_overrides(overrides, seed, None)
        loaded = load_scenario(name_or_path, words)
        require_askable(question)
        selection = select(
            loaded, question.parameters, question.fixed, question.alone, question.choices,
            coverage_only=question.coverage_only,
        )  # fmt: skip
        read = [parse_override(word) for word in words]
        settings = tuple((one.path, plain(one.value)) for one in read)
        study = cls(
            loaded, question, selection, settings, command_of(name_or_path, words, question)
        )
        study.require_few()
        _require_choices(loaded, settings, selection.parameters)
        return study

    def require_few(self) -> None:
        """Refuse more samples than a sweep may have, before any is drawn."""
        asked = self.question
        if SCREENING in self.stage_names:
            require_few(
                "trajectories", asked.trajectories, asked.trajectories * (len(self.names) + 1)
            )
        if SAMPLES in self.stage_names:
            n_factors = (
                len(self.factors or ()) if not self.needs_screening else asked.most_factors + 1
            )
            n_each = n_factors + 2 if asked.indices else 1
            require_few("samples", asked.samples, 1 + asked.samples * n_each)

    @property
    def names(self) -> list[str]:
        """Return the paths of what is drawn."""
        return [one.path for one in self.selection.parameters]

    @property
    def needs_screening(self) -> bool:
        """Whether it must be found out first which parameters have an index of their own."""
        question = self.question
        is_given = bool(question.alone) or not question.indices
        return question.screen or (not is_given and len(self.names) > question.most_factors)

    @property
    def factors(self) -> tuple[Factor, ...] | None:
        """Return what has an index where that need not be found out; None where no index is asked for."""
        if not self.question.indices or self.question.screen:
            return None
        return factors_of(self.names, self.question.alone or self.names)

    @property
    def stage_names(self) -> tuple[str, ...]:
        """What is run, one after the other."""
        if self.question.screen:
            return (SCREENING,)
        return (SCREENING, SAMPLES) if self.needs_screening else (SAMPLES,)

    def parameters_text(self) -> str:
        """Say what is drawn."""
        n, idle = len(self.names), self.selection.idle
        rest = f"; {len(idle)} more have no part in coverage" if idle else ""
        lines = [f"{n} parameter{'s' * (n != 1)} of {self.loaded.scenario.name} drawn{rest}:"]
        return "\n".join(
            [*lines, *(f"  {p.path}: {p.law_text}" for p in self.selection.parameters)]
        )

    def stage(self, name: str, factors: tuple[Factor, ...] | None) -> Stage:
        """Return the samples of a stage with their runs."""
        question, seed = self.question, self.loaded.scenario.seed
        n = len(self.names)
        if name == SCREENING:
            samples = screening(n, question.trajectories, seed)
        else:
            order = sorted(
                range(len(factors or ())),
                key=lambda k: any(
                    belongs_to_world(self.names[i]) for i in (factors or ())[k].members
                ),
            )
            samples = sampled(question.design, question.samples, n, factors, seed, order)
            samples = [own_values(), *samples]
        return self._planned(name, samples)

    def _planned(self, name: str, samples: Sequence[Sample]) -> Stage:
        scenario, base = self.loaded.scenario, str(self.loaded.path)
        sweep = self._sweep(name)
        always = (*self.settings, *sold_around_own_sites(self.selection.parameters, self.loaded))
        groups = share_groups(self.loaded)
        kind, parameters = kind_of_runs(sweep), self.selection.parameters
        often = (("run.replications", self.question.replications),)
        of_own = Drawing(base, always, parameters, kind, groups)
        of_others = Drawing(base, (*always, *often), parameters, kind, groups)
        drawn = tuple((of_own if one.shares is None else of_others)(one) for one in samples)
        runs = [(i, one.run) for i, one in enumerate(drawn) if one.run is not None]
        if not runs:
            problem = f"no sample is a scenario that can be run: {drawn[0].refusal}"
            raise SimError(Problem(scenario.name, problem))
        points = [Point((i,), base, run.settings) for i, run in runs]
        plan = plan_of_runs(LoadedSweep(sweep, self.loaded.path), points, [run for _, run in runs])
        return Stage(name, drawn, plan)

    def _sweep(self, name: str) -> Sweep:
        scenario, question = self.loaded.scenario, self.question
        names = tuple(one.name for one in scenario.networks)
        # Coverage of the only network stands by its name alone.
        networks = names if question.coverage_only and len(names) == 1 else ("all", *names)
        measures = question.measures or (
            MEASURES_OF_COVERAGE if question.coverage_only else (*_OF_CALLS, *MEASURES_OF_COVERAGE)
        )
        return Sweep(
            name=f"{scenario.name[:36]}_{name}",
            notes=f"{name} of a study of what is not known of {scenario.name}",
            base=self.loaded.path.name,
            design="list",
            axes=(Axis(name="sample"),),
            coverage_only=question.coverage_only,
            measures=measures,
            networks=networks,
            covered_by=("all", "any") if len(names) > 1 else ("all",),
        )

    def run(self, order: Order, root: Path) -> StudyResult:
        """Run what is missing, one stage after the other, and publish what it says."""
        stages: list[Stage] = []
        folders: list[Path] = []
        factors = self.factors
        for name in self.stage_names:
            stage = self.stage(name, factors)
            result = run_store(SweepStore(root, stage.plan), order, self.command)
            if not result.is_whole:
                return StudyResult(result.folder, _unfinished(name, result), False, result.n_failed)
            stages.append(stage)
            folders.append(result.folder)
            if name == SCREENING and not self.question.screen:
                table = screened(stage.drawn, self.names, result.folder)
                strongest = ranked(table, self.names)[: self.question.most_factors]
                factors = factors_of(self.names, [self.names[i] for i in sorted(strongest)])
        return self._published(stages, folders, factors, order, root)

    def _published(
        self,
        stages: Sequence[Stage],
        folders: Sequence[Path],
        factors: tuple[Factor, ...] | None,
        order: Order,
        root: Path,
    ) -> StudyResult:
        ids = [stage.plan.sweep_id for stage in stages]
        full_id = text_digest(json.dumps([ids, self.names, asdict(self.question)], sort_keys=True))
        store = Store(root / FOLDER, self.loaded.scenario.name, full_id, order.force, noun="study")
        if order.force or order.retry or not store.is_finished():
            drawn = [(stage.name, stage.drawn) for stage in stages]
            seed = self.loaded.scenario.seed
            answer = answer_of(drawn, folders, self.names, factors, seed)
            text = study_text(answer, self._head(stages), list(_not_precise(folders).values()))
            fresh = Store(store.root, store.name, full_id, is_fresh=True, noun="study")
            about = self._about(full_id, stages, folders)
            fresh.publish(lambda folder: write_study(folder, answer, text, about))
        store.point()
        facts = read_manifest(store.folder)
        text = (store.folder / SUMMARY).read_text(encoding="utf-8")
        return StudyResult(store.folder, text, True, int(facts["n_without_result"]))

    def _head(self, stages: Sequence[Stage]) -> str:
        n = sum(len(stage.drawn) for stage in stages)
        question, run = self.question, self.loaded.scenario.run
        own = "until measures are known" if run.precision else f"{run.replications}"
        often = (
            "coverage alone, within one world"
            if question.coverage_only
            else f"{question.replications} replications each, the scenario's own values {own}, within one world"
        )
        return f"{self.loaded.scenario.name}: {len(self.names)} parameters drawn, {n:,} samples; {often}"

    def _about(
        self, full_id: str, stages: Sequence[Stage], folders: Sequence[Path]
    ) -> dict[str, object]:
        """Return what the manifest says of what was asked and run."""
        return {
            "id": full_id,
            "kind": FOLDER,
            "scenario": self.loaded.scenario.name,
            "command": list(self.command),
            "seed": self.loaded.scenario.seed,
            "replications": 1 if self.question.coverage_only else self.question.replications,
            "question": asdict(self.question),
            "parameters": {one.path: one.law_text for one in self.selection.parameters},
            "idle_in_coverage": list(self.selection.idle),
            "sweeps": {
                stage.name: f"sweeps/{folder.parent.name}/{folder.name}"
                for stage, folder in zip(stages, folders, strict=True)
            },
            "precision_not_reached": _not_precise(folders),
            "n_samples": sum(len(stage.drawn) for stage in stages),
            "run_wall_time_s": sum(read_manifest(one)["run_wall_time_s"] for one in folders),
        }


def _not_precise(folders: Sequence[Path]) -> dict[str, str]:
    """Return how far runs came that did not reach their precision, by run."""
    found: dict[str, str] = {}
    for folder in folders:
        found |= read_manifest(folder).get("precision_not_reached", {})
    return found


def _unfinished(name: str, result: SweepResult) -> str:
    return (
        f"{result.n_kept:,} of {result.n_runs:,} runs of the {name} are kept in {result.folder}.\n"
        "When all shards are done, the same command goes on."
    )


def _require_choices(
    loaded: LoadedScenario, settings: Settings, parameters: Sequence[Parameter]
) -> None:
    """Refuse words that the scenario cannot have, each alone."""
    problems: list[Problem] = []
    for one in parameters:
        for word in one.choices:
            try:
                load_planned(str(loaded.path), (*settings, (one.path, word)))
            except SimError as error:
                where = f"--choices {one.path}={','.join(map(str, one.choices))}"
                problems += [Problem(where, problem.message) for problem in error.problems]
    if problems:
        raise SimError(*problems)
