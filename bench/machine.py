"""The machine, the versions and the commit behind a measurement."""

import importlib.metadata
import os
import platform
from dataclasses import dataclass
from pathlib import Path

from bench.cpp import OPTIONS, compiler_version
from sim.runs.provenance import git_state

_LIBRARIES = ("numba", "llvmlite", "numpy", "simpy", "ciw")


@dataclass(frozen=True)
class Machine:
    """
    What a measurement was made on.

    Attributes
    ----------
    cpu : str
        Model of the processor.
    n_cores : int
        Cores that the operating system shows.
    system : str
        Kernel and architecture.
    versions : dict of str to str
        Versions of Python, of the C++ compiler and of libraries.
    commit : str
        Commit of the checkout, with a word if anything was changed since.
    load_average : float
        Mean number of busy processes in the minute before the measurement.
    """

    cpu: str
    n_cores: int
    system: str
    versions: dict[str, str]
    commit: str
    load_average: float


def describe_machine() -> Machine:
    """
    Return what a measurement begun now is made on.

    Returns
    -------
    Machine
        Machine, versions and commit.
    """
    compiler = compiler_version()
    state = git_state()
    changed = ", with changes" if state and state["is_dirty"] else ""
    return Machine(
        cpu=_cpu_model(),
        n_cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.release()}, {platform.machine()}",
        versions={
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in _LIBRARIES},
            "c++": f"{compiler} {' '.join(OPTIONS)}" if compiler else "none",
        },
        commit=f"{str(state['commit'])[:12]}{changed}" if state else "none",
        load_average=os.getloadavg()[0],
    )


def machine_line(machine: Machine) -> str:
    """
    Return the machine in a sentence.

    Parameters
    ----------
    machine : Machine
        Machine.

    Returns
    -------
    str
        Sentence.
    """
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    return (
        f"{machine.cpu}, {machine.n_cores} cores, {machine.system}; {versions}; commit {machine.commit}; "
        f"load average before the measurement {machine.load_average:.2f}."
    )


def _cpu_model() -> str:
    """Return the name of the processor as Linux has it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
