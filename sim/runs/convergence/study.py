"""A study of convergence from the name of a scenario to its folder: planned, run as a sweep, evaluated."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import StoreError
from sim.runs.convergence.findings import found_in
from sim.runs.convergence.plan import Study, make_study
from sim.runs.method.cards import Found, found_text
from sim.runs.provenance import command_line
from sim.runs.run import DEFAULT_ROOT
from sim.runs.store import storing, write_text
from sim.runs.sweeps.plan import make_plan
from sim.runs.sweeps.store import SweepStore
from sim.runs.sweeps.sweep import order_of, planned_text_of, run_store

if TYPE_CHECKING:
    from rich.console import RenderableType

FILE = "convergence.json"
"""What was found, in the folder of a study."""

KIND = "convergence"
"""Folder of all studies of convergence, below that of all results."""


@dataclass(frozen=True)
class ConvergenceResult:
    """What came of a study of convergence."""

    folder: Path  # its folder
    # and n_kept, n_failed: runs of the plan, those that are kept, and those of them that failed
    n_runs: int
    n_kept: int
    n_failed: int
    is_new: bool  # whether anything was computed now

    @property
    def is_whole(self) -> bool:
        """Whether every run is kept, and what was found is written."""
        return self.n_kept == self.n_runs

    @cached_property
    def found(self) -> Found:
        """What was found, as plain values."""
        return read_found(self.folder / FILE)

    def shown(self) -> "RenderableType":
        """
        Return what was found for a terminal.

        Returns
        -------
        RenderableType
            Tables and lines.
        """
        from sim.runs.convergence.printed import printed_study

        return printed_study(self.found)


def converge_scenario(
    name_or_path: str | Path,
    overrides: Sequence[str] = (),
    *,
    choices: Sequence[str] = (),
    seed: int | None = None,
    replications: int | None = None,
    factor: float = 2.0,
    with_calls: bool = True,
    holds_sites: bool = True,
    out: Path | str = DEFAULT_ROOT,
    cluster: str = "local",
    jobs: int | None = None,
    shard: str | None = None,
    force: bool = False,
    retry: bool = False,
    options: Mapping[str, str] | None = None,
    progress: bool = False,
) -> ConvergenceResult:
    """
    Find what the choices of the method leave in the measures of a scenario.

    Every choice is made coarser and finer, all else as it is, on common random numbers; each replication has a seed
    of its own, with which people, relief, shadowing and calls are drawn anew.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a scenario, or path of its file.
    overrides : sequence of str
        `PATH=VALUE` texts.
    choices : sequence of str
        Choices, all that the scenario has when empty.
    seed, replications : int, optional
        In place of the scenario's own.
    factor : float
        How many times coarser or finer a level is than the next.
    with_calls : bool
        Whether calls are simulated; coverage alone is compared else.
    holds_sites : bool
        Whether sites stand where they stand in the scenario as it is; a rule else places them at every level.
    out : Path or str
        Folder of all results.
    cluster : str
        `local`, `slurm`, `pbs`, `lsf`, `sge`, or the address of a running scheduler.
    jobs : int, optional
        Workers; they change no result.
    shard : str, optional
        Slice such as `2/8`: only its runs are done, here, without a scheduler.
    force : bool
        Whether everything is computed anew.
    retry : bool
        Whether runs that failed are run again.
    options : mapping of str to str, optional
        Options of a batch system's jobs, as dask-jobqueue names them.
    progress : bool
        Whether it is told on standard error how far the study is.

    Returns
    -------
    ConvergenceResult
        Folder, and what was found.

    Raises
    ------
    SimError
        If the scenario, a choice, the cluster or the results folder cannot be used.
    RunInterruptedError
        If the user stops it; what is kept is not computed again.
    """
    order = order_of(cluster, jobs, shard, options, progress=progress, force=force, retry=retry)
    study = make_study(
        name_or_path, overrides, choices=choices, seed=seed, replications=replications,
        factor=factor, with_calls=with_calls, holds_sites=holds_sites,
    )  # fmt: skip
    store = _store(study, out)
    command = _command(name_or_path, overrides, choices, study)
    ran = run_store(store, order, command)
    result = ConvergenceResult(ran.folder, ran.n_runs, ran.n_kept, ran.n_failed, ran.is_new)
    if result.is_whole and (ran.is_new or not (ran.folder / FILE).is_file()):
        found = found_in(ran.folder, study, store.plan.sweep_id, command)
        with storing(ran.folder):
            write_text(ran.folder / FILE, found_text(found))
    return result


def planned_study(study: Study, out: Path | str, jobs: int | None) -> str:
    """
    Say what a study would run, and how long that would take here.

    Parameters
    ----------
    study : Study
        Study.
    out : Path or str
        Folder of all results.
    jobs : int or None
        Workers; as many as cores and memory allow when not given.

    Returns
    -------
    str
        Lines.
    """
    lines = [planned_text_of(_store(study, out), jobs)]
    for one in study.levels:
        lines += one.left_out
    return "\n".join(lines)


def _store(study: Study, out: Path | str) -> SweepStore:
    return SweepStore(Path(out).absolute(), make_plan(study.sweep), KIND)


def _command(
    name_or_path: str | Path, overrides: Sequence[str], choices: Sequence[str], study: Study
) -> tuple[str, ...]:
    """Return the command that gives the same results."""
    words = command_line(
        "converge", name_or_path, overrides, study.loaded.scenario.seed, study.n_replications
    )
    for name in choices:
        words += ["--choices", name]
    if study.factor != 2.0:
        words += ["--factor", f"{study.factor:g}"]
    if not study.with_calls:
        words.append("--coverage-only")
    if not study.holds_sites:
        words.append("--move-sites")
    return tuple(words)


def read_found(path: Path) -> Found:
    """
    Return what a study found.

    Parameters
    ----------
    path : Path
        Its file.

    Returns
    -------
    dict
        Content of convergence.json.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path}: cannot be read ({error}); give the command again with --force"
        raise StoreError(message) from error
    return dict(found)
