"""Everything that lies in a folder of results: what it is of, how it differs, how large and whether it is whole."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from sim.runs.differences import difference_text, read_differences
from sim.runs.names import WITHIN
from sim.runs.provenance import file_digest
from sim.runs.store import LATEST, LATEST_COVERAGE, MANIFEST, read_manifest, storing
from sim.runs.tags import Tags

_BYTES_PER_MB = 1e6
_PARTIAL = ".partial-"


@dataclass(frozen=True)
class Entry:
    """A results folder, finished or not."""

    folder: Path  # results folder
    group: (
        str  # folder in which it lies, from that of all results: the scenario, or `sweeps/<name>`
    )
    kind: str  # `run`, `coverage`, `staff`, `sweep` or `uncertainty`; empty of a run that is not finished
    finished: datetime | None  # when it was published
    size: str  # what it is made of, such as `1 h, 5 replications`
    n_bytes: int  # size of all its files [byte]
    state: str  # `whole`, or what is missing
    names: tuple[str, ...]  # its tags, and links that lead to it
    differences: tuple[
        str, ...
    ]  # how it differs from its scenario; the target of a staffing before all

    @property
    def id8(self) -> str:
        """First digits of its id."""
        return self.folder.name.removeprefix(_PARTIAL)


def catalogue(root: Path, scenario: str = "") -> list[Entry]:
    """
    Return everything that lies in a folder of results.

    Parameters
    ----------
    root : Path
        Folder of all results.
    scenario : str
        Scenario, or sweep, of which alone; all when empty.

    Returns
    -------
    list of Entry
        By scenario, the oldest first; what is not finished last.
    """
    with storing(root):
        tags: dict[Path, list[str]] = {}
        for name, folder in Tags(root).all().items():
            tags.setdefault(folder.resolve(), []).append(name)
        entries = [
            _entry(folder, root, tags.get(folder.resolve(), []))
            for folder in _folders(root)
            if scenario in ("", folder.parent.name)
        ]
    late = datetime.max.replace(tzinfo=UTC)
    return sorted(entries, key=lambda one: (one.group, one.finished or late, one.folder.name))


def _folders(root: Path) -> Iterator[Path]:
    """Iterate over the folders of runs and sweeps, and of runs that are not finished."""
    for within in WITHIN:
        for folder in (root / within).glob("*/*"):
            if folder.is_symlink() or not folder.is_dir():
                continue
            is_done = (folder / MANIFEST).exists() or (folder / "plan.json").exists()
            if is_done or (folder.name.startswith(_PARTIAL) and (folder / "id").exists()):
                yield folder


def _entry(folder: Path, root: Path, tags: Iterable[str]) -> Entry:
    manifest = read_manifest(folder)
    return Entry(
        folder=folder,
        group=folder.parent.relative_to(root).as_posix(),
        kind=_kind(folder, manifest),
        finished=_finished(folder, manifest),
        size=_size(manifest),
        n_bytes=_n_bytes(folder),
        state=_state(folder, manifest),
        names=(*tags, *_links_to(folder)),
        differences=(
            *_target(manifest),
            *map(difference_text, read_differences(manifest.get("differences"))),
        ),
    )


def _n_bytes(folder: Path) -> int:
    """Return the size of all files of a folder, as far as they stay while it is looked at."""
    n = 0
    for here, _folders_in_it, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                n += Path(here, name).stat().st_size
    return n


def _kind(folder: Path, manifest: Mapping[str, Any]) -> str:
    return str(manifest.get("kind") or ("sweep" if (folder / "plan.json").exists() else ""))


def _links_to(folder: Path) -> list[str]:
    links = ((name, folder.parent / name) for name in (LATEST, LATEST_COVERAGE))
    return [
        name for name, link in links if link.is_symlink() and link.readlink().name == folder.name
    ]


def _finished(folder: Path, manifest: Mapping[str, Any]) -> datetime | None:
    if "id" not in manifest:
        return None
    try:
        return datetime.fromisoformat(str(manifest["finished_utc"]))
    except (KeyError, ValueError):
        return datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, UTC)


def _size(manifest: Mapping[str, Any]) -> str:
    """Return the headline numbers of a folder."""
    if manifest.get("kind") == "sweep":
        return f"{manifest.get('n_runs', 0):,} runs"
    if manifest.get("kind") == "uncertainty":
        return f"{manifest.get('n_samples', 0):,} samples"
    n = manifest.get("replications")
    if n is None:
        return ""
    noun = "world" if manifest.get("kind") == "coverage" else "replication"
    count = f"{n:,} {noun}{'s' * (n != 1)}"
    has_hours = noun == "replication" and "duration_h" in manifest
    return f"{manifest['duration_h']:g} h, {count}" if has_hours else count


def _target(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the target of a staffing."""
    for word, value in pairwise(manifest.get("command", ())):
        if word == "--target":
            yield f"target {value}"


def _state(folder: Path, manifest: Mapping[str, Any]) -> str:
    if folder.name.startswith(_PARTIAL):
        n = sum(1 for _ in folder.glob("replication-*"))
        return f"not finished, {n} kept"
    if "id" not in manifest:
        return _state_of_sweep(folder)
    problems = list(broken_files(folder, manifest))
    return "whole" if not problems else f"damaged: {problems[0]}{', ...' * (len(problems) > 1)}"


def _state_of_sweep(folder: Path) -> str:
    """Return how far a sweep is; anything else without a manifest that can be read is damaged."""
    try:
        n_runs = json.loads((folder / "plan.json").read_text(encoding="utf-8"))["n_runs"]
    except (OSError, ValueError, KeyError, TypeError):
        return f"damaged: {MANIFEST} cannot be read"
    from sim.runs.sweeps.store import part_files, read_notes

    kept = {note.run_id for path in part_files(folder / "parts") for note in read_notes(path) or ()}
    return f"not finished, {len(kept):,} of {n_runs:,} kept"


def broken_files(
    folder: Path, manifest: Mapping[str, Any], *, is_read: bool = False
) -> Iterator[str]:
    """Iterate over what is wrong with the files that a folder was published with; they may be read, too."""
    if manifest.get("kind") == "sweep" and not (folder / "sweep.parquet").is_file():
        yield "sweep.parquet is gone"
    for name, facts in manifest.get("files", {}).items():
        path = folder / name
        if not path.is_file():
            yield f"{name} is gone"
        elif path.stat().st_size != facts["bytes"] or (
            is_read and file_digest(path) != facts["sha256"]
        ):
            yield f"{name} was changed"


_HEADINGS = ("id", "kind", "finished, UTC", "of", "MB", "named", "state")
_RIGHT = ("MB",)


def printed_catalogue(root: Path, entries: Iterable[Entry]) -> RenderableType:
    """
    Return a catalogue for a terminal.

    Parameters
    ----------
    root : Path
        Folder of all results.
    entries : iterable of Entry
        What lies in it.

    Returns
    -------
    RenderableType
        Lines: a heading for each scenario, below it a line for each folder and how it differs.
    """
    listed = list(entries)
    rows = [_HEADINGS, *(_row(one) for one in listed)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [Text(_line(_HEADINGS, widths), style="dim", no_wrap=True)] if listed else []
    group = ""
    for one, row in zip(listed, rows[1:], strict=True):
        if one.group != group:
            lines.append(Text(one.group, style="bold"))
            group = one.group
        lines.append(Text(_line(row, widths), overflow="fold"))
        lines += [Text(f"      {text}", style="dim", overflow="fold") for text in one.differences]
    if not listed:
        lines.append(Text(f"There are no results in {root}."))
    gone = ((name, path) for name, path in Tags(root).all().items() if not path.is_dir())
    lines += [
        Text(f"The tag {name} leads nowhere: {path} is gone.", style="yellow")
        for name, path in gone
    ]
    return Group(*lines)


def _row(one: Entry) -> tuple[str, ...]:
    finished = "" if one.finished is None else one.finished.strftime("%Y-%m-%d %H:%M")
    n_mb = f"{one.n_bytes / _BYTES_PER_MB:,.1f}"
    return one.id8, one.kind, finished, one.size, n_mb, ", ".join(one.names), one.state


def _line(row: Iterable[str], widths: Iterable[int]) -> str:
    cells = (
        text.rjust(width) if heading in _RIGHT else text.ljust(width)
        for heading, text, width in zip(_HEADINGS, row, widths, strict=True)
    )
    return "  " + "  ".join(cells).rstrip()
