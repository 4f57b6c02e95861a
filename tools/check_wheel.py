"""
Build the wheel, look into it, install it in an empty environment outside the checkout, and simulate there.

`make check-wheel` runs it with the environment of the tests; about two minutes.
"""

import email
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
SHIPPED = "sim/shipped_scenarios"
SCALE = 0.02
"""Share of the national scenario's lines that is simulated. [1]"""

_READ_RESULTS = """
from sim.runs import open_results
result = open_results("{folder}")
blocking = result.measure("voice.blocking")
assert result.manifest["git"] is None and blocking.n_replications == 2, result.manifest
assert len(list((result.folder / "figures").glob("*.pdf"))) == 11
print(f"{{result!r}}: blocking {{blocking.value:.4f}}")
"""


class WheelError(Exception):
    """The wheel is not as it should be."""


def main() -> None:
    """Run all checks in a temporary folder, which is removed afterwards."""
    begin_s = monotonic()
    with tempfile.TemporaryDirectory(prefix="patchcell-wheel-") as name:
        folder = Path(name)
        wheel = build(folder / "dist")
        problems = [*content_problems(wheel), *metadata_problems(wheel)]
        if problems:
            raise WheelError("\n".join(problems))
        print(
            f"{wheel.name}: {wheel.stat().st_size / 1e6:.2f} MB, contents and metadata as they should be"
        )
        environment = install(wheel, folder / "venv")
        simulate(environment, folder)
    print(f"The wheel runs outside the checkout ({monotonic() - begin_s:.0f} s).")


def build(folder: Path) -> Path:
    """
    Build the wheel.

    Parameters
    ----------
    folder : Path
        Where to.

    Returns
    -------
    Path
        The wheel.
    """
    _call(
        sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=CHECKOUT
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def content_problems(wheel: Path) -> Iterator[str]:
    """
    Compare the files of the wheel with those of the checkout.

    Parameters
    ----------
    wheel : Path
        The wheel.

    Yields
    ------
    str
        What is missing, or should not be there, or differs.
    """
    wanted = {f"sim/{name}": path for name, path in _files(CHECKOUT / "sim")}
    wanted |= {f"{SHIPPED}/{name}": path for name, path in _files(CHECKOUT / "scenarios")}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        for name in sorted(wanted.keys() - held):
            yield f"{name}: missing in the wheel"
        for name in sorted(held - wanted.keys()):
            yield f"{name}: does not belong into the wheel"
        for name in sorted(held & wanted.keys()):
            if archive.read(name) != wanted[name].read_bytes():
                yield f"{name}: differs from the checkout"


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path


def metadata_problems(wheel: Path) -> Iterator[str]:
    """
    Compare the metadata of the wheel with pyproject.toml.

    Parameters
    ----------
    wheel : Path
        The wheel.

    Yields
    ------
    str
        What differs.
    """
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = f"{project['name']}-{project['version']}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        told = email.message_from_bytes(archive.read(f"{info}/METADATA"))
        scripts = archive.read(f"{info}/entry_points.txt").decode()
        licences = {n: archive.read(f"{info}/licenses/{n}") for n in project["license-files"]}
    for field, wanted in _wanted(project):
        found = sorted(_plain(text) for text in told.get_all(field, []))
        if found != sorted(_plain(text) for text in wanted):
            yield f"{field}: is {found}, must be {wanted}"
    for name, target in project["scripts"].items():
        if f"{name} = {target}" not in scripts:
            yield f"the command {name} is missing"
    for name, text in licences.items():
        if text != (CHECKOUT / name).read_bytes():
            yield f"{name}: differs from the checkout"


def _wanted(project: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    yield "Name", [project["name"]]
    yield "Version", [project["version"]]
    yield "Requires-Python", [project["requires-python"]]
    yield "License-Expression", [project["license"]]
    yield "License-File", project["license-files"]
    yield "Requires-Dist", project["dependencies"]


def _plain(text: str) -> str:
    """Return a requirement as package indexes compare it."""
    return re.sub(r"[-_.]+(?=[a-z])", "-", text.lower())


def install(wheel: Path, venv: Path) -> Path:
    """
    Install the locked libraries, then the wheel alone, in an empty environment.

    Parameters
    ----------
    wheel : Path
        The wheel.
    venv : Path
        Folder of the environment.

    Returns
    -------
    Path
        Folder of its commands.
    """
    _call(sys.executable, "-m", "venv", str(venv))
    commands = venv / "bin"
    pip = (
        str(commands / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    )
    _call(*pip, "--require-hashes", "-r", str(CHECKOUT / "requirements" / "run.txt"))
    _call(*pip, "--no-deps", "--no-index", str(wheel))
    _call(str(commands / "python"), "-m", "pip", "check")
    return commands


def simulate(commands: Path, folder: Path) -> None:
    """
    Use the installed package from an empty folder, with a cache folder of its own.

    Parameters
    ----------
    commands : Path
        Folder of the environment's commands.
    folder : Path
        Folder in which everything lies.

    Raises
    ------
    WheelError
        If anything is not as it should be.
    """
    work = folder / "work"
    work.mkdir()
    places = {"HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "cache")}
    environment = {**places, "PATH": f"{commands}:/usr/bin:/bin", "LANG": "C.UTF-8"}

    def _there(*words: str) -> str:
        return _call(*words, cwd=work, env=environment)

    where = _there("python", "-c", "import sim; print(sim.__file__)").strip()
    if not Path(where).is_relative_to(commands.parent):
        raise WheelError(f"sim is imported from {where}, not from the new environment")
    _there("patchcell", "--help")
    print(_there("patchcell", "check", "erlang_b").strip())
    scale = f"subscribers.scale={SCALE}"
    national = ("national_2022", "--set", scale, "--replications", "2", "--out", "out", "--quiet")
    results = _there("patchcell", "run", *national).strip()
    short = ("--set", "run.duration_h=1", "--replications", "2", "--jobs", "2", "--out", "out")
    _there("patchcell", "run", "erlang_b", *short)
    print(_there("python", "-c", _READ_RESULTS.format(folder=results)).strip())
    _look_around(folder, work)


def _look_around(folder: Path, work: Path) -> None:
    """Find what was written, and where."""
    if [path.name for path in work.iterdir()] != ["out"]:
        raise WheelError(f"a run left more than its results: {list(work.iterdir())}")
    if not list((folder / "cache" / "patchcell" / "numba").glob("*.nbc")):
        raise WheelError("compiled code was not kept in the user's cache folder")
    stray = list((folder / "venv").rglob("*.nbc"))
    if stray:
        raise WheelError(f"compiled code lies among the installed files: {stray[:3]}")


def _call(*words: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Run a command to its end and return what it printed."""
    done = subprocess.run(
        words, cwd=cwd, env=env or dict(os.environ), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = f"{done.stdout[-2000:]}{done.stderr[-4000:]}"
        raise WheelError(f"{' '.join(words)}: exit status {done.returncode}\n{said}")
    return done.stdout


if __name__ == "__main__":
    try:
        main()
    except WheelError as error:
        sys.exit(f"The wheel is not in order:\n{error}")
