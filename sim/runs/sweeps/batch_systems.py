"""Batch systems: their jobs as Dask workers, and job scripts whose tasks run a shard each."""

import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.errors import SimError
from sim.runs.provenance import CHECKOUT
from sim.runs.sweeps.job_options import HOST, time_problem, typed_options
from sim.runs.sweeps.jobs import Submissions, noting
from sim.scenario.messages import one_of

ANY_PORT = "127.0.0.1:0"
"""Where the pages that Dask shows of itself are served: to this machine only."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Variables that say how many threads a worker uses: one."""


LOG_FOLDER = "patchcell-jobs"
"""Where jobs write what they say, unless an option names another folder."""


def cluster_class(system: str) -> Any:  # noqa: ANN401  # Dask has no types
    """Return the class of dask-jobqueue for a batch system."""
    from dask_jobqueue.lsf import LSFCluster
    from dask_jobqueue.pbs import PBSCluster
    from dask_jobqueue.sge import SGECluster
    from dask_jobqueue.slurm import SLURMCluster

    return {"slurm": SLURMCluster, "pbs": PBSCluster, "lsf": LSFCluster, "sge": SGECluster}[system]


def require_batch_system(system: str, given_options: Mapping[str, str]) -> None:
    """Raise SimError if no job can be given to a batch system from here, or its options cannot be read."""
    kind = cluster_class(system)
    typed_options(system, kind, given_options)
    program = shlex.split(kind.job_cls.submit_command)[0]
    if shutil.which(program) is None:
        raise SimError(
            f"cluster = {system}: there is no {program} here, by which jobs are given to it; begin where it is, as on "
            "a login node, or leave --cluster out"
        )


def batch_cluster(system: str, given_options: Mapping[str, str], submissions: Submissions) -> Any:  # noqa: ANN401
    """Return the cluster of a batch system, without jobs yet; what comes of those that it submits is noted."""
    kind = cluster_class(system)
    given = typed_options(system, kind, given_options)
    host = given.pop(HOST, None)
    prologue = [*_prologue(), *given.pop("job_script_prologue", [])]
    options: dict[str, Any] = {
        "cores": 1,
        "processes": 1,
        "memory": "4GB",
        "walltime": _DEFAULTS[system]["walltime"],
        "log_directory": LOG_FOLDER,
        "python": shlex.quote(sys.executable),
        **given,
    }
    scheduler = {"dashboard_address": ANY_PORT, **({} if host is None else {"host": host})}
    try:
        return kind(
            **options,
            job_cls=noting(kind.job_cls, submissions),
            job_script_prologue=prologue,
            scheduler_options=scheduler,
        )
    except (TypeError, ValueError, RuntimeError, OSError) as error:
        told = ", ".join(f"{key}={value}" for key, value in given_options.items()) or "none"
        message = (
            f"cluster options {told}: {error}; must be those of dask-jobqueue for {system}, such as "
            "queue=debug, walltime=02:00:00, memory=8GB, account=project"
        )
        raise SimError(message) from error


def _prologue() -> list[str]:
    """Return what a job does before its worker begins: one thread, the simulator of this folder, compiled."""
    lines = [f"export {name}=1" for name in THREADS]
    if (CHECKOUT / "pyproject.toml").is_file():
        folder = shlex.quote(str(CHECKOUT))
        lines.append(f'export PYTHONPATH={folder}"${{PYTHONPATH:+:$PYTHONPATH}}"')
    # What is not compiled yet is, once for all jobs that share the cache, before a run is waited for.
    lines.append(f"{shlex.quote(sys.executable)} -m sim warm")
    return lines


MOST_SHARDS = 100_000
"""Most shards of a printed job array."""

_HEADS = {
    "slurm": ("#SBATCH", "--array=1-{n}", "$SLURM_ARRAY_TASK_ID"),
    "pbs": ("#PBS", "-J 1-{n}", "$PBS_ARRAY_INDEX"),
    "lsf": ("#BSUB", "-J patchcell[1-{n}]", "$LSB_JOBINDEX"),
    "sge": ("#$", "-t 1-{n}", "$SGE_TASK_ID"),
}
_OPTIONS = {
    "slurm": {
        "walltime": "--time={}", "memory": "--mem={}", "queue": "--partition={}", "account": "--account={}",
    },
    "pbs": {
        "walltime": "-l walltime={}", "memory": "-l select=1:ncpus=1:mem={}", "queue": "-q {}", "account": "-A {}",
    },
    "lsf": {"walltime": "-W {}", "memory": '-R "rusage[mem={}]"', "queue": "-q {}", "account": "-P {}"},
    "sge": {"walltime": "-l h_rt={}", "memory": "-l h_vmem={}", "queue": "-q {}", "account": "-P {}"},
}  # fmt: skip
_ALWAYS = {
    "slurm": (
        "--job-name=patchcell", "--ntasks=1", "--cpus-per-task=1", "--requeue", "--signal=B:USR1@120",
    ),
    "pbs": ("-N patchcell", "-r y"),
    "lsf": ("-n 1", "-r", "-wa USR1", "-wt 2"),
    "sge": ("-N patchcell", "-cwd", "-r y", "-notify"),
}  # fmt: skip
_DEFAULTS = {
    "slurm": {"walltime": "01:00:00", "memory": "4G"},
    "pbs": {"walltime": "01:00:00", "memory": "4gb"},
    "lsf": {"walltime": "01:00", "memory": "4GB"},
    "sge": {"walltime": "01:00:00", "memory": "4G"},
}
_SUBMIT = {"slurm": "sbatch", "pbs": "qsub", "lsf": "bsub <", "sge": "qsub"}


def job_array_script(
    system: str, sweep: str, n: int, out: Path | str, options: Mapping[str, str]
) -> str:
    """
    Return a job script that runs a sweep in shards.

    Parameters
    ----------
    system : str
        `slurm`, `pbs`, `lsf` or `sge`.
    sweep : str
        Name of a sweep, or path of its file.
    n : int
        Shards.
    out : Path or str
        Folder of all results.
    options : mapping of str to str
        Options of the jobs: `walltime`, `memory`, `queue`, `account`.

    Returns
    -------
    str
        Script.

    Raises
    ------
    SimError
        If something given cannot be used.
    """
    if not 1 <= n <= MOST_SHARDS:
        raise SimError(f"job-array = {n}: must be 1 to {MOST_SHARDS:,}")
    if system not in _HEADS:
        raise SimError(f"cluster = {system!r}: must be {one_of(tuple(_HEADS))} for a job script")
    unknown = [key for key in options if key not in _OPTIONS[system]]
    if unknown:
        known = one_of(tuple(_OPTIONS[system]))
        raise SimError(*(f"--option {key}: must be {known} for a job script" for key in unknown))
    if "walltime" in options and (problem := time_problem(system, options["walltime"])):
        raise SimError(problem)
    mark, array, index = _HEADS[system]
    chosen = _DEFAULTS[system] | dict(options)
    directives = [array.format(n=n), *_ALWAYS[system]]
    directives += [
        form.format(chosen[key]) for key, form in _OPTIONS[system].items() if key in chosen
    ]
    words = f"python -m sim sweep {shlex.quote(str(sweep))} --out {shlex.quote(str(out))}"
    comment = f"# {n} shards of a sweep; give it to the batch system in the project's folder: {_SUBMIT[system]} SCRIPT"
    lines = [
        "#!/bin/bash",
        *(f"{mark} {one}" for one in directives),
        comment,
        "# What is kept is not computed again: give it again where time was short. When all is done, collect by",
        f"#   .venv/bin/{words}",
        'cd "${SLURM_SUBMIT_DIR:-${PBS_O_WORKDIR:-$PWD}}" || exit 1',
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1",
        f'exec .venv/bin/{words} --shard "{index}/{n}"',
    ]
    return "\n".join(lines) + "\n"
