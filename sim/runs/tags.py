"""Names that users give to results folders: links in `results/tags`, apart from the folders, which never change."""

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Problem, StoreError
from sim.runs.store import LATEST, LATEST_COVERAGE, move_link, remove_leftovers, storing
from sim.scenario.find import scenario_names
from sim.scenario.messages import did_you_mean, given

TAGS = "tags"
"""Folder of the tags, in that of all results; one for all scenarios, so that a name is given once."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,47}")
_ID = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class Tags:
    """The tags of a folder of all results: relative links, so that all of it can be moved, and a run made anew."""

    root: Path  # folder of all results

    @property
    def folder(self) -> Path:
        """Folder in which they lie."""
        return self.root / TAGS

    def all(self) -> dict[str, Path]:
        """
        Return the folder of each tag, which need not be there any more.

        Returns
        -------
        dict
            Folders by name, sorted.
        """
        with storing(self.folder):
            links = sorted(self.folder.glob("*")) if self.folder.is_dir() else []
            return {path.name: _target(path) for path in links if _is_tag(path)}

    def get(self, name: str) -> Path | None:
        """
        Return the folder of a tag.

        Parameters
        ----------
        name : str
            Tag.

        Returns
        -------
        Path or None
            Folder, which need not be there any more; None where there is no such tag.
        """
        link = self.folder / name
        with storing(self.folder):
            return _target(link) if _NAME.fullmatch(name) and _is_tag(link) else None

    def of(self, folder: Path) -> list[str]:
        """
        Return the tags of a folder.

        Parameters
        ----------
        folder : Path
            Results folder.

        Returns
        -------
        list of str
            Names, sorted.
        """
        own = folder.resolve()
        return [name for name, target in self.all().items() if target.resolve() == own]

    def give(self, name: str, folder: Path, *, moves: bool = False) -> None:
        """
        Give a folder a name.

        Parameters
        ----------
        name : str
            Tag.
        folder : Path
            Results folder below that of all results.
        moves : bool
            Whether the name is taken from a folder that has it.

        Raises
        ------
        StoreError
            If the name cannot be a tag, or is that of another folder.
        """
        within = self._within(folder)
        self._require_good(name)
        link, target = self.folder / name, Path("..") / within
        with storing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            remove_leftovers(self.folder)
            if moves:
                move_link(link, target)
                return
            try:
                link.symlink_to(target, target_is_directory=True)  # by one process only
            except FileExistsError:
                self._require_same(name, self.root / within)

    def rename(self, old: str, new: str) -> None:
        """
        Give a tag another name.

        Parameters
        ----------
        old, new : str
            Names.

        Raises
        ------
        StoreError
            If there is no such tag, or the new name cannot be one.
        """
        folder = self._known(old)
        self.give(new, folder)
        if new != old:
            self.remove(old)

    def remove(self, name: str) -> None:
        """
        Take a name away; the folder stays.

        Parameters
        ----------
        name : str
            Tag.

        Raises
        ------
        StoreError
            If there is no such tag.
        """
        self._known(name)
        with storing(self.folder), suppress(FileNotFoundError):
            (self.folder / name).unlink()

    def _known(self, name: str) -> Path:
        folder = self.get(name)
        if folder is None:
            known = did_you_mean(name, self.all(), "tags")
            raise StoreError(Problem(str(self.folder), f"there is no tag {given(name)}; {known}"))
        return folder

    def _require_same(self, name: str, folder: Path) -> None:
        other = self.get(name)
        if other is None or other.resolve() != folder.resolve():
            raise StoreError(
                f"tag = {given(name)}: is the name of {other or 'something else'} already; give another one, "
                "or take it from there with --move"
            )

    def _within(self, folder: Path) -> Path:
        """Return the way to a folder from that of all results."""
        for own, root in (
            (_plain(folder), _plain(self.root)),
            (folder.resolve(), self.root.resolve()),
        ):
            if own.is_relative_to(root):
                return own.relative_to(root)
        message = f"does not lie in {self.root}; name the folder of all results with --out"
        raise StoreError(Problem(str(folder), message))

    def _require_good(self, name: str) -> None:
        reason = _what_is_wrong(name, (*scenario_names(), *_folders(self.root)))
        if reason:
            raise StoreError(f"tag = {given(name)}: {reason}")


def _what_is_wrong(name: str, scenarios: Iterable[str]) -> str:
    if not _NAME.fullmatch(name):
        return (
            "must be a letter or digit, then letters a-z, digits, dots, dashes or underscores, "
            "48 characters at most"
        )
    if name in (LATEST, LATEST_COVERAGE):
        return "is what the newest run is called; give another name"
    if _ID.fullmatch(name):
        return "looks like the id of a run; give another name"
    if name.endswith((".yaml", ".yml")):
        return "looks like the file of a scenario; give another name"
    if name in scenarios:
        return "is the name of a scenario, or of a folder of results; give another name"
    return ""


def _folders(root: Path) -> list[str]:
    return [path.name for path in root.glob("*") if path.is_dir()]


def _is_tag(link: Path) -> bool:
    """Return whether a link is a tag; a scenario that is called tags has its folders and links here, too."""
    return link.is_symlink() and link.readlink().parts[:1] == ("..",) and link.name[0] != "."


def _target(link: Path) -> Path:
    return Path(os.path.normpath(link.parent / link.readlink()))


def _plain(path: Path) -> Path:
    """Return an absolute path whose links stay what they are: a scenario's folder may lie on another disk."""
    return Path(os.path.normpath(path.absolute()))
