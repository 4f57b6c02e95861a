"""Options of a batch system's jobs: names and types as dask-jobqueue has them, checked before anything is done."""

import inspect
import re
import socket
from collections.abc import Mapping
from typing import Any

from sim.errors import SimError
from sim.scenario.messages import did_you_mean, one_of

HOST = "host"
"""Option of ours: where the scheduler listens, for clusters with several networks."""

_OURS = ("self", "scheduler", "name", "security", "config_name", "worker_command")
_PARAMETER = re.compile(r"^ +(\w+) : (\w+).*\n +(.*)$", re.MULTILINE)
_LEAST_MEMORY_BYTES = 50_000_000

_H_M_S = r"\d+:[0-5]\d:[0-5]\d"
_TIMES = {
    "slurm": rf"\d+|\d+:[0-5]\d|{_H_M_S}|\d+-\d+(:[0-5]\d){{0,2}}",
    "pbs": rf"\d+|\d+:[0-5]\d|{_H_M_S}",
    "lsf": r"\d+(:[0-5]\d)?",
    "sge": rf"\d+|{_H_M_S}",
}
_TIME_TEXTS = {
    "slurm": "hours:minutes:seconds, such as 02:00:00, or days-hours, such as 1-12",
    "pbs": "hours:minutes:seconds, such as 02:00:00",
    "lsf": "hours:minutes, such as 02:00",
    "sge": "hours:minutes:seconds, such as 02:00:00",
}


def time_problem(system: str, text: str) -> str | None:
    """Return why a time is none that a batch system reads, and what is; None where it can be read."""
    if re.fullmatch(_TIMES[system], text):
        return None
    return f"--option walltime={text}: must be {_TIME_TEXTS[system]}"


def option_types(cluster_class: type) -> dict[str, str]:
    """Return the types of the options of a batch system's jobs, from the library's own signatures and pages."""
    job_class: Any = cluster_class.job_cls  # type: ignore[attr-defined]
    told = {
        name: (kind, says) for name, kind, says in _PARAMETER.findall(cluster_class.__doc__ or "")
    }
    types = {HOST: "str"}
    for one in job_class.__mro__:
        if "__init__" not in vars(one) or not one.__module__.startswith("dask_jobqueue"):
            continue
        for name, parameter in inspect.signature(one.__init__).parameters.items():
            kind, says = told.get(name, ("str", ""))
            if (
                parameter.kind is not parameter.VAR_KEYWORD
                and name not in _OURS
                and not says.startswith("Deprecated")
            ):
                types[name] = kind
    return types


def typed_options(system: str, cluster_class: type, given: Mapping[str, str]) -> dict[str, Any]:
    """Return options in the types that dask-jobqueue takes, lists being separated by semicolons, or raise SimError."""
    types = option_types(cluster_class)
    typed: dict[str, Any] = {}
    problems = []
    for name, text in given.items():
        if name not in types:
            hint = did_you_mean(name, sorted(types), f"options of jobs of {system}")
            problems.append(f"--option {name}: unknown; {hint}")
            continue
        try:
            typed[name] = _read(text, types[name])
        except ValueError as error:
            problems.append(f"--option {name}={text}: must be {error}")
            continue
        problem = _value_problem(system, name, text, given)
        problems += [problem] if problem else []
    if problems:
        raise SimError(*problems)
    return typed


def _read(text: str, kind: str) -> Any:  # noqa: ANN401  # of many types
    """Return a value of a type; what is raised says what it must be."""
    if kind == "list":
        return [part.strip() for part in text.split(";") if part.strip()]
    if kind == "bool":
        if text.lower() not in ("true", "false"):
            raise ValueError("true or false")
        return text.lower() == "true"
    if kind not in ("int", "float"):
        return text
    is_whole = text.isascii() and text.isdigit() and int(text) > 0
    if kind == "int" and not is_whole:
        raise ValueError("a whole number of 1 or more")
    try:
        return int(text) if is_whole else float(text)
    except ValueError:
        raise ValueError("a number") from None


def _value_problem(system: str, name: str, text: str, given: Mapping[str, str]) -> str | None:
    if name == "walltime":
        return time_problem(system, text)
    if name == "memory":
        return _memory_problem(text)
    if name == "interface" and HOST not in given:
        return _interface_problem(text)
    if name == HOST:
        return _host_problem(text)
    return None


def _memory_problem(text: str) -> str | None:
    from dask.utils import parse_bytes

    try:
        n_bytes = parse_bytes(text)
    except ValueError:
        return f"--option memory={text}: must be a size with its unit, such as memory=8GB"
    if n_bytes < _LEAST_MEMORY_BYTES:
        return f"--option memory={text}: is {n_bytes:,} bytes; must be a size with its unit, such as memory=8GB"
    return None


def _interface_problem(text: str) -> str | None:
    from distributed.utils import get_ip_interface

    try:
        get_ip_interface(text)
    except ValueError:
        here = one_of([name for _, name in socket.if_nameindex()])
        return (
            f"--option interface={text}: this machine, where the scheduler listens, has no such network with an "
            f"address; must be {here}; where only the nodes have it, add --option host=ADDRESS, an address of this "
            "machine that they reach"
        )
    return None


def _host_problem(text: str) -> str | None:
    try:
        (family, kind, _, _, address), *_ = socket.getaddrinfo(text, 0, type=socket.SOCK_STREAM)
        with socket.socket(family, kind) as trial:
            trial.bind(address)
    except OSError as error:
        return (
            f"--option host={text}: the scheduler cannot listen there ({error.strerror}); must be a name or an address "
            "of this machine"
        )
    return None
