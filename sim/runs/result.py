"""A results folder as Python and notebooks use it: its manifest, its measures and its tables."""

import html
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import Problem, SimError, StoreError
from sim.runs.store import NO_FOLDER, read_manifest
from sim.stats.intervals import Interval
from sim.tables import ALL, SUMMARY_AXES

if TYPE_CHECKING:
    from rich.console import RenderableType

_PARQUET = ".parquet"


@dataclass(frozen=True)
class RunResult:
    """The results of a run, read from its folder when they are asked for."""

    folder: Path  # results folder
    is_new: bool  # whether it was computed now; else it was there already

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the folder says of itself: id, command, versions, seed, times, notes, files."""
        with _reading(self.folder):
            manifest = read_manifest(self.folder)
        if "id" not in manifest:
            raise StoreError(Problem(str(self.folder), NO_FOLDER))
        return manifest

    @cached_property
    def summary(self) -> tuple[dict[str, Any], ...]:
        """Every measure that holds for all classes, services, cells and exchanges, a mapping for each."""
        path = self.folder / "summary.json"
        with _reading(path):
            return tuple(json.loads(path.read_text(encoding="utf-8"))["measures"])

    def measure(
        self, measure: str, network: str = ALL, province: str = ALL, **where: str
    ) -> Interval:
        """
        Return one measure.

        Parameters
        ----------
        measure : str
            Name, such as `voice.blocking`.
        network, province : str
            Name of a network, code of a province, or all.
        **where : str
            Name along another axis: `trunk`, a trunk group; `covered_by`, any, both or neither of the networks.

        Returns
        -------
        Interval
            Value and the ends of its 95 % interval; None where there is none.

        Raises
        ------
        StoreError
            If the folder does not hold it.
        """
        left = list(self.summary)
        wanted = {"measure": measure, "network": network, "province": province, **where}
        for axis in where:
            if axis not in SUMMARY_AXES:
                raise self._unknown(f"axis '{axis}'", axis, SUMMARY_AXES, "axes")
        for axis in ("measure", *SUMMARY_AXES):
            word = wanted.get(axis, ALL)
            known = dict.fromkeys(str(entry[axis]) for entry in left)
            if word not in known:
                of = "" if axis == "measure" else f" of {measure}"
                raise self._unknown(f"{axis} '{word}'{of}", word, known, f"{axis}s")
            left = [entry for entry in left if entry[axis] == word]
        found = left[0]
        return Interval(found["value"], found["low"], found["high"], found["n_replications"])

    @property
    def tables(self) -> tuple[str, ...]:
        """Every table that the folder holds, by name."""
        with _reading(self.folder):
            names = [path.stem for path in self.folder.iterdir() if path.suffix == _PARQUET]
            names += [path.parent.name for path in self.folder.glob(f"*/part-*{_PARQUET}")]
        return tuple(sorted(set(names)))

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """
        Return a table.

        Parameters
        ----------
        name : str
            One of `tables`.
        columns : sequence of str, optional
            Columns in the order in which they are wanted; all when absent.

        Returns
        -------
        pa.Table
            Table; its schema says unit and description of each column.

        Raises
        ------
        StoreError
            If the folder does not hold the table or a column, or they cannot be read.
        """
        if name not in self.tables:
            raise self._unknown(f"table '{name}'", name, self.tables, "tables")
        parts = self._parts(name)
        with _reading(parts[0]):
            known = pq.read_schema(parts[0]).names
            for column in columns or ():
                if column not in known:
                    raise self._unknown(f"column '{column}' in {name}", column, known, "columns")
            wanted = None if columns is None else list(columns)
            read = [pq.read_table(part, columns=wanted, partitioning=None) for part in parts]
        return pa.concat_tables(read)

    def _parts(self, name: str) -> list[Path]:
        """Return the files of a table: one, or its parts in their order."""
        parts = sorted((self.folder / name).glob(f"part-*{_PARQUET}"))
        return parts or [self.folder / f"{name}{_PARQUET}"]

    def _unknown(self, what: str, word: str, known: Iterable[str], plural: str) -> StoreError:
        from sim.scenario.messages import did_you_mean

        message = f"there is no {what}; {did_you_mean(word, known, plural)}"
        return StoreError(Problem(str(self.folder), message))

    def __repr__(self) -> str:
        manifest = read_manifest(self.folder)
        if "id" not in manifest:
            return f"<RunResult {self.folder}: not a results folder>"
        n = manifest.get("replications")
        what = f"{manifest.get('kind')} of {manifest.get('scenario')}"
        return f"<RunResult {self.folder}: {what}{f', {n} replications' if n else ''}>"

    def shown(self) -> "RenderableType":
        """
        Return what a terminal and a notebook show: the summary that the command line prints.

        Returns
        -------
        RenderableType
            Tables and lines.
        """
        from sim.runs.printed import printed_summary
        from sim.runs.published_summary import read_summary

        return printed_summary(read_summary(self.folder), is_new=self.is_new)

    def __str__(self) -> str:
        from sim.runs.text_tables import recorded_text

        return recorded_text(self.shown())

    def _repr_html_(self) -> str:
        from sim.runs.text_tables import recorded_html

        try:
            return recorded_html(self.shown())
        except SimError as error:
            return f"<pre>{html.escape(str(error))}</pre>"


def open_results(name: Path | str, out: Path | str = "results") -> RunResult:
    """
    Open a results folder that is there already.

    Parameters
    ----------
    name : Path or str
        Folder `results/<scenario>/<id>`, or a link to it, which is followed once and for all; a tag; an id; or the name
        of a scenario, for its newest plain run.
    out : Path or str
        Folder of all results, in which names are looked for.

    Returns
    -------
    RunResult
        Results.

    Raises
    ------
    StoreError
        If it is no results folder, or cannot be read.
    """
    from sim.runs.names import find_results

    result = RunResult(find_results(name, Path(out)), is_new=False)
    _ = result.manifest
    return result


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what can go wrong in reading a file into an error that the user can mend."""
    try:
        yield
    except FileNotFoundError as error:
        message = "is not there; name a folder that a run published, or run the scenario again"
        raise StoreError(Problem(str(path), message)) from error
    except (OSError, ValueError, LookupError, TypeError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"cannot be read ({reason}); run the scenario again with force"
        raise StoreError(Problem(str(path), message)) from error
