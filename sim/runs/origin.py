"""What a results folder was made of, and whether it is as it was published, for a terminal."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.errors import SimError
from sim.runs.catalogue import broken_files
from sim.runs.result import RunResult
from sim.runs.staffing.result import StaffingResult
from sim.runs.tags import Tags

_BYTES_PER_MB = 1e6
_N_SHOWN = 16
_LIBRARIES = ("numpy", "numba", "simpy")


def printed_folder(result: RunResult, root: Path) -> RenderableType:
    """
    Return the summary of a results folder and what it was made of.

    Parameters
    ----------
    result : RunResult
        Folder, of a run, a coverage, a staffing, a sweep or a study.
    root : Path
        Folder of all results, which holds the tags.

    Returns
    -------
    RenderableType
        Tables and lines.
    """
    manifest = result.manifest
    table = Table.grid(padding=(0, 2))
    for label, text in _facts(result.folder, manifest, root):
        table.add_row(Text(label, style="dim", no_wrap=True), Text(text, overflow="fold"))
    return Group(*_summary(result), Text(""), Text("Made of", style="bold"), table)


def _summary(result: RunResult) -> Iterator[RenderableType]:
    if result.manifest.get("kind") == "sweep":
        n_failed = result.manifest.get("n_failed", 0)
        failed = f", {n_failed:,} of them failed" if n_failed else ""
        yield Text(
            f"Sweep {result.manifest.get('sweep')}: {result.manifest.get('n_runs', 0):,} runs{failed}"
        )
        yield Text(f"Results: {result.folder}", style="bold", overflow="fold")
        return
    if result.manifest.get("kind") == "uncertainty":
        summary = result.folder / "summary.txt"
        yield Text(
            summary.read_text(encoding="utf-8") if summary.is_file() else "summary.txt is gone"
        )
        yield Text(f"Results: {result.folder}", style="bold", overflow="fold")
        return
    kind = StaffingResult if result.manifest.get("kind") == "staff" else RunResult
    try:
        yield kind(result.folder, is_new=True).shown()
    except SimError as error:  # what is damaged is told below
        yield Text(str(error), style="red")


def _facts(folder: Path, manifest: Mapping[str, Any], root: Path) -> Iterator[tuple[str, str]]:
    """Iterate over what is said of a folder, by label."""
    if tags := Tags(root).of(folder):
        yield "tag", ", ".join(tags)
    yield "id", str(manifest["id"])
    yield "command", shlex.join(manifest.get("command", ()))
    if "finished_utc" in manifest:
        yield "finished", f"{manifest['finished_utc']}"
    if "duration_h" in manifest and manifest.get("kind") != "coverage":
        yield "window", f"{manifest['duration_h']:g} h from {manifest['start']}"
    if "seed" in manifest:
        yield "draws", f"seed {manifest['seed']}, replications {manifest.get('replications')}"
    yield "software", software_text(manifest)
    yield "platform", platform_text(manifest.get("fingerprint", {}))
    for number, file in enumerate(manifest.get("inputs", ())):
        yield "input files" if number == 0 else "", _input(file)
    yield "files", _files(folder, manifest)


def software_text(manifest: Mapping[str, Any]) -> str:
    """
    Return which program made a folder, with what.

    Parameters
    ----------
    manifest : mapping
        Manifest of the folder.

    Returns
    -------
    str
        Versions and commit.
    """
    versions, git = manifest.get("versions", {}), manifest.get("git")
    commit = ""
    if git:
        commit = (
            f" (commit {git['commit'][:_N_SHOWN]}{', with changes' if git['is_dirty'] else ''})"
        )
    libraries = "".join(f", {name} {versions[name]}" for name in _LIBRARIES if name in versions)
    python = manifest.get("fingerprint", {}).get("python", "?")
    return f"patchcell {versions.get('patchcell', '?')}{commit}, Python {python}{libraries}"


def platform_text(fingerprint: Mapping[str, Any]) -> str:
    """
    Return on what a folder was made.

    Parameters
    ----------
    fingerprint : mapping
        What the manifest says of the platform.

    Returns
    -------
    str
        Machine, processor and C library.
    """
    known = [str(fingerprint[key]) for key in ("machine", "cpu", "c_library") if key in fingerprint]
    lock = str(fingerprint.get("lock_sha256", ""))[:_N_SHOWN]
    return ", ".join([*known, *([f"lock of libraries {lock}..."] if lock else [])])


def _input(file: Mapping[str, Any]) -> str:
    where = "" if file["is_copied"] else ", not copied"
    n_mb = file["bytes"] / _BYTES_PER_MB
    return f"{file['file']}, {n_mb:,.3f} MB, SHA-256 {file['sha256'][:_N_SHOWN]}...{where}"


def _files(folder: Path, manifest: Mapping[str, Any]) -> str:
    problems = list(broken_files(folder, manifest, is_read=True))
    if problems:
        return f"damaged: {', '.join(problems)}; run again with --force"
    n = len(manifest.get("files", ()))
    return f"{n} as they were published" if n else "as the sweep needs them"
