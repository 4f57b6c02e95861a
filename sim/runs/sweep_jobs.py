"""Jobs of batch systems that become Dask workers."""

from collections.abc import Mapping
from typing import Any

from sim.errors import SimError
from sim.runs.provenance import CHECKOUT

ANY_PORT = "127.0.0.1:0"
"""Where the pages that Dask shows of itself are served: to this machine only."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Variables that say how many threads a worker uses: one."""


def batch_cluster(system: str, given_options: Mapping[str, str]) -> Any:  # noqa: ANN401  # Dask has no types
    """Return the cluster of a batch system, without jobs yet."""
    from dask_jobqueue.lsf import LSFCluster
    from dask_jobqueue.pbs import PBSCluster
    from dask_jobqueue.sge import SGECluster
    from dask_jobqueue.slurm import SLURMCluster

    kinds = {"slurm": SLURMCluster, "pbs": PBSCluster, "lsf": LSFCluster, "sge": SGECluster}
    options: dict[str, Any] = {
        "cores": 1,
        "processes": 1,
        "memory": "4GB",
        "walltime": "01:00",
        "job_script_prologue": _prologue(),
        "log_directory": "patchcell-jobs",
        "scheduler_options": {"dashboard_address": ANY_PORT},
        **_typed(given_options),
    }
    if system != "lsf" and "walltime" not in given_options:
        options["walltime"] = "01:00:00"
    if "host" in options:  # where the scheduler listens, for clusters with several networks
        options["scheduler_options"] = {"dashboard_address": ANY_PORT, "host": options.pop("host")}
    try:
        return kinds[system](**options)
    except (TypeError, ValueError) as error:
        given = ", ".join(f"{key}={value}" for key, value in given_options.items()) or "none"
        message = (
            f"cluster options {given}: {error}; must be those of dask-jobqueue for {system}, such as "
            "queue=debug, walltime=02:00:00, memory=8GB, account=project"
        )
        raise SimError(message) from error


_WHOLE_NUMBERS = ("cores", "processes", "job_cpu", "ncpus", "death_timeout")
_LISTS = ("job_extra_directives", "job_script_prologue", "worker_extra_args")


def _typed(options: Mapping[str, str]) -> dict[str, Any]:
    """Return options in the types that dask-jobqueue takes: lists are separated by semicolons."""
    typed: dict[str, Any] = {}
    for key, text in options.items():
        if key in _WHOLE_NUMBERS and text.isascii() and text.isdigit():
            typed[key] = int(text)
        elif key in _LISTS:
            typed[key] = [part.strip() for part in text.split(";") if part.strip()]
        else:
            typed[key] = text
    if "job_script_prologue" in typed:
        typed["job_script_prologue"] = [*_prologue(), *typed["job_script_prologue"]]
    return typed


def _prologue() -> list[str]:
    """Return what a job does before its worker begins: one thread, and the simulator of this folder."""
    lines = [f"export {name}=1" for name in THREADS]
    if (CHECKOUT / "pyproject.toml").is_file():
        lines.append(f'export PYTHONPATH="{CHECKOUT}${{PYTHONPATH:+:$PYTHONPATH}}"')
    return lines
