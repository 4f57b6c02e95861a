"""
Measure what DESIGN calls budgets, and print what is kept and what is not.

`make budget` measures everything, in copies of the checkout in a temporary folder, which takes half an hour;
`ARGS=--fast` leaves out the new clone and the suite; `ARGS=--gate` measures only what does not hang on the machine's
mood, and ends with status 1 where a limit is passed.
"""

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from rich.console import Console
from rich.table import Table

CHECKOUT = Path(__file__).resolve().parents[1]
NATIONAL = "national_2022"
OUT = "budget_results"
MB = 1e6
_POLL_S = 0.2
_MOST_FAILED, _MOST_LETTERS = 10, 400
"""Of a command that failed: how many tests are named, and how much of anything is shown."""

GATED = {
    "compilations from scratch": ("n_compilations", 560, 1.0, ""),
    "compiled functions": ("n_functions", 380, 1.0, ""),
    "specialisations": ("n_specialisations", 400, 1.0, ""),
    "cached code": ("cached_bytes", 12, MB, "MB"),
}
"""Figures that are the same on every machine: name in `tools.compilation_figures`, limit, unit."""


@dataclass(frozen=True)
class Row:
    """
    A line of the table.

    Attributes
    ----------
    what : str
        What is measured.
    limit : float or None
        At most; None where there is no limit.
    now : float or None
        What was measured; None if it could not be.
    unit : str
        Unit of both.
    note : str
        Why it was not measured, or what else there is to say.
    """

    what: str
    limit: float | None
    now: float | None
    unit: str
    note: str = ""

    @property
    def verdict(self) -> str:
        """
        Say whether the limit holds.

        Returns
        -------
        str
            `ok`, `TOO MUCH`, `not measured`, or nothing without a limit.
        """
        if self.now is None:
            return "not measured"
        if self.limit is None:
            return ""
        return "ok" if self.now <= self.limit else "TOO MUCH"


@dataclass(frozen=True)
class Usage:
    """
    What a command took.

    Attributes
    ----------
    wall_s, processor_s : float
        Time. [s]
    memory_mb : float
        Peak memory of its largest process. [MB]
    output : str
        What it printed.
    """

    wall_s: float
    processor_s: float
    memory_mb: float
    output: str


def run(command: list[str], folder: Path, until: str = "") -> Usage:
    """
    Run a command, with all processes that it starts.

    Parameters
    ----------
    command : list of str
        Words.
    folder : Path
        Where.
    until : str, optional
        The wall time is that until it has printed this, if it does.

    Returns
    -------
    Usage
        What it took.

    Raises
    ------
    RuntimeError
        If it fails; the end of what it printed says why.
    """
    left_out = ("PATCHCELL_CACHE", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    environment = {key: value for key, value in os.environ.items() if key not in left_out}
    begin_s = monotonic()
    with tempfile.NamedTemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=err)
        told_s = _told_s(process, Path(out.name), until) if until else None
        _, status, used = os.wait4(process.pid, 0)
        end_s = monotonic()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        printed, said = out.read(), err.read()
    if process.returncode != 0:
        why = why_it_failed(printed, said)
        message = f"{' '.join(command[:4])} ended with {process.returncode}: {why}"
        raise RuntimeError(message)
    seconds = used.ru_utime + used.ru_stime
    return Usage((told_s or end_s) - begin_s, seconds, used.ru_maxrss * 1024 / MB, printed)


def why_it_failed(printed: str, said: str) -> str:
    """
    Return what is worth reading of the output of a command that failed.

    Parameters
    ----------
    printed, said : str
        Its standard output, where pytest names tests, and its standard error, where make says that something failed.

    Returns
    -------
    str
        The tests that failed or, if none is named, the end of what was printed; then the end of what was said.
    """
    marks = ("FAILED ", "ERROR ")
    failed = [line[:_MOST_LETTERS] for line in printed.splitlines() if line.startswith(marks)]
    told = failed[:_MOST_FAILED]
    if len(failed) > _MOST_FAILED:
        told.append(f"and {len(failed) - _MOST_FAILED} more")
    ends = (text.strip()[-_MOST_LETTERS:] for text in ((said,) if told else (printed, said)))
    return "\n".join([*told, *filter(None, ends)])


def _told_s(process: "subprocess.Popen[bytes]", output: Path, until: str) -> float | None:
    """Return when a process had printed something, None if it ends before."""
    ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while os.waitid(os.P_PID, process.pid, ended) is None:
        if until in output.read_text("utf-8", errors="replace"):
            return monotonic()
        sleep(_POLL_S)
    return None


def copy_checkout(target: Path) -> Path:
    """
    Copy what git knows or would add: a new clone that holds the edits of today.

    Parameters
    ----------
    target : Path
        Folder to make.

    Returns
    -------
    Path
        The same.
    """
    listed = ["git", "-C", str(CHECKOUT), "ls-files", "-z", "-co", "--exclude-standard"]
    names = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        source = CHECKOUT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target / name)
    return target


def with_other_docstrings(source: str) -> str:
    """
    Return a source file with other docstrings, a comment more, and other numbers of lines.

    Parameters
    ----------
    source : str
        Source file.

    Returns
    -------
    str
        What does the same.
    """
    tree = ast.parse(source)
    lines = source.splitlines(keepends=True)
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [node for node in ast.walk(tree) if isinstance(node, kinds) and ast.get_docstring(node)]
    for line in sorted({node.body[0].lineno for node in nodes}):
        lines[line - 1] = lines[line - 1].replace('"""', '"""Edited. ', 1)
    return "".join(lines) + "\n# Edited.\n"


def with_edited_function(source: str, name: str) -> str:
    """
    Return a source file in which a function does one thing more, which changes nothing.

    Parameters
    ----------
    source : str
        Source file.
    name : str
        Name of the function.

    Returns
    -------
    str
        Edited source.
    """
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            lines.insert(first.lineno - 1, " " * first.col_offset + "edited_by_budget = 1\n")
            return "".join(lines)
    message = f"there is no function {name}"
    raise ValueError(message)


class Budget:
    """
    Measures the rows, each of which may fail by itself.

    Parameters
    ----------
    folder : Path
        Temporary folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._python = [sys.executable, "-m"]
        self._warm_s = 0.0
        self.rows: list[Row] = []

    def _figures(self, what: str) -> tuple[Usage, dict[str, Any]]:
        usage = run([*self._python, "tools.compilation_figures", what], self._folder / "copy")
        return usage, json.loads(usage.output.splitlines()[-1])

    @contextmanager
    def _row(self, what: str, limit: float | None, unit: str) -> Iterator[Callable[..., None]]:
        """Take a measurement; a failure becomes what the row says."""
        print(f"measuring: {what} ...", file=sys.stderr, flush=True)
        try:
            yield lambda now, note="": self.rows.append(Row(what, limit, now, unit, note))
        except (RuntimeError, OSError, ValueError, KeyError, IndexError) as error:
            self.rows.append(Row(what, limit, None, unit, str(error)))

    def measure_compilation(self) -> None:
        """Compile everything from scratch in a copy, and count."""
        copy_checkout(self._folder / "copy")
        figures: dict[str, Any] = {}
        with self._row("cold compilation of everything, processor time", 80, "s") as keep:
            usage, figures = self._figures("warm")
            keep(usage.processor_s)
        for what, (name, limit, scale, unit) in GATED.items():
            with self._row(what, limit, unit) as keep:
                keep(figures[name] / scale)

    def measure_edits(self) -> None:
        """Compile what is left to compile after edits in the copy."""
        with self._row("nothing to compile, processor time", None, "s") as keep:
            self._warm_s = self._figures("warm")[0].processor_s
            keep(self._warm_s)
        with self._row("after edits of all docstrings: functions to compile", 0, "") as keep:
            for path in (self._folder / "copy" / "sim").rglob("*.py"):
                path.write_text(with_other_docstrings(path.read_text()))
            keep(self._figures("warm")[1]["n_missing"])
        with self._row("after an edit of a leaf kernel, processor time", 20, "s") as keep:
            leaf = self._figures("leaf")[1]
            path = self._folder / "copy" / (leaf["module"].replace(".", "/") + ".py")
            path.write_text(with_edited_function(path.read_text(), leaf["name"]))
            usage, figures = self._figures("warm")
            note = f"{leaf['module']}.{leaf['name']}: {figures['n_missing']} functions to compile"
            keep(usage.processor_s - self._warm_s, note)

    def measure_runs(self) -> None:
        """Simulate the national hour with one replication and with three."""
        one: Usage | None = None
        command = [*self._python, "sim", "run", NATIONAL, "--out", OUT, "--force", "--replications"]
        with self._row("memory of the national hour, one replication", 1500, "MB") as keep:
            self._figures("warm")
            run([*command, "1"], self._folder / "copy")  # so that paths of sites are kept, too
            one = run([*command, "1"], self._folder / "copy")
            keep(one.memory_mb)
        with self._row("a replication of the national hour, processor time", 12, "s") as keep:
            if one is None:
                raise RuntimeError("the run with one replication failed")
            three = run([*command, "3"], self._folder / "copy")
            keep((three.processor_s - one.processor_s) / 2, "half of three replications less one")
        with self._row("results folder of the national run", 40, "MB") as keep:
            found = (self._folder / "copy" / OUT / NATIONAL).glob("*/manifest.json")
            newest = max(found, key=lambda path: path.stat().st_mtime_ns).parent
            files = [path for path in newest.rglob("*") if path.is_file()]
            keep(sum(path.stat().st_size for path in files) / MB, "three replications")

    def measure_check(self) -> None:
        """Check a copy twice: the first time makes its environment, which in the checkout others may be using."""
        with self._row("make check", 60, "s") as keep:
            copy = copy_checkout(self._folder / "clone_check")
            run(["make", "check"], copy)
            keep(run(["make", "check"], copy).wall_s, "the second in turn")

    def measure_new_clones(self) -> None:
        """Run and test in clones in which nothing has been made yet."""
        with self._row("new clone, make run, until the summary", 180, "s") as keep:
            keep(run(["make", "run"], copy_checkout(self._folder / "clone_run"), "Results:").wall_s)
        with self._row("new clone, make test, cold", 480, "s") as keep:
            keep(run(["make", "test"], copy_checkout(self._folder / "clone_test")).wall_s)


def printed(rows: list[Row]) -> Table:
    """
    Return the table of all rows.

    Parameters
    ----------
    rows : list of Row
        Rows.

    Returns
    -------
    Table
        For the terminal.
    """
    table = Table("what", "at most", "now", "", "", title="Budget")
    for column in table.columns[1:3]:
        column.justify = "right"
    for row in rows:
        limit = "" if row.limit is None else f"{row.limit:,.4g} {row.unit}"
        now = "" if row.now is None else f"{row.now:,.4g} {row.unit}"
        table.add_row(row.what, limit.strip(), now.strip(), row.verdict, row.note)
    return table


def main() -> int:
    """
    Measure, print the table, and say by the exit status whether gated limits hold.

    Returns
    -------
    int
        1 with `--gate` where a limit does not hold or could not be measured.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fast", action="store_true", help="leave out new clones and the suite")
    parser.add_argument("--gate", action="store_true", help="gate what every machine agrees on")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="patchcell-budget-") as name:
        budget = Budget(Path(name))
        try:
            budget.measure_compilation()
            if not asked.gate:
                budget.measure_edits()
                budget.measure_runs()
                budget.measure_check()
                if not asked.fast:
                    budget.measure_new_clones()
        finally:
            Console().print(printed(budget.rows))
    gated = [row for row in budget.rows if row.what in GATED]
    return int(asked.gate and any(row.verdict != "ok" for row in gated))


if __name__ == "__main__":
    sys.exit(main())
