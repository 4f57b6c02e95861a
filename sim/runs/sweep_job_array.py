"""Job scripts for sites that allow no scheduler of one's own: an array whose tasks run a shard each."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from sim.errors import SimError
from sim.scenario.messages import one_of

_HEADS = {
    "slurm": ("#SBATCH", "--array=1-{n}", "$SLURM_ARRAY_TASK_ID"),
    "pbs": ("#PBS", "-J 1-{n}", "$PBS_ARRAY_INDEX"),
    "lsf": ("#BSUB", "-J patchcell[1-{n}]", "$LSB_JOBINDEX"),
    "sge": ("#$", "-t 1-{n}", "$SGE_TASK_ID"),
}
_OPTIONS = {
    "slurm": {
        "walltime": "--time={}",
        "memory": "--mem={}",
        "queue": "--partition={}",
        "account": "--account={}",
    },
    "pbs": {
        "walltime": "-l walltime={}",
        "memory": "-l select=1:ncpus=1:mem={}",
        "queue": "-q {}",
        "account": "-A {}",
    },
    "lsf": {
        "walltime": "-W {}",
        "memory": '-R "rusage[mem={}]"',
        "queue": "-q {}",
        "account": "-P {}",
    },
    "sge": {
        "walltime": "-l h_rt={}",
        "memory": "-l h_vmem={}",
        "queue": "-q {}",
        "account": "-P {}",
    },
}
_ALWAYS = {
    "slurm": (
        "--job-name=patchcell",
        "--ntasks=1",
        "--cpus-per-task=1",
        "--requeue",
        "--signal=B:USR1@120",
    ),
    "pbs": ("-N patchcell", "-r y"),
    "lsf": ("-n 1", "-r", "-wa USR1", "-wt 2"),
    "sge": ("-N patchcell", "-cwd", "-r y", "-notify"),
}
_DEFAULTS = {
    "slurm": {"walltime": "01:00:00", "memory": "4G"},
    "pbs": {"walltime": "01:00:00", "memory": "4gb"},
    "lsf": {"walltime": "01:00", "memory": "4GB"},
    "sge": {"walltime": "01:00:00", "memory": "4G"},
}
_SUBMIT = {"slurm": "sbatch", "pbs": "qsub", "lsf": "bsub <", "sge": "qsub"}


def job_array(system: str, sweep: str, n: int, out: Path | str, options: Mapping[str, str]) -> str:
    """Return a job script that runs a sweep in shards."""
    if system not in _HEADS:
        raise SimError(f"cluster = {system!r}: must be {one_of(tuple(_HEADS))} for a job script")
    unknown = [key for key in options if key not in _OPTIONS[system]]
    if unknown:
        known = one_of(tuple(_OPTIONS[system]))
        raise SimError(*(f"--option {key}: must be {known} for a job script" for key in unknown))
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
