"""The page of a run: `report.html`, one file that opens without a network."""

import os
import tempfile
from pathlib import Path
from typing import Any

from sim.errors import Problem, StoreError
from sim.report.page.drawn import border_lines, chart_item, curves_item, map_item
from sim.report.page.findings import findings
from sim.report.page.headline import measure_groups
from sim.report.page.html import rendered
from sim.report.page.layers import layers, ramp
from sim.report.page.packed import packed
from sim.report.page.provenance import provenance
from sim.report.page.source import Source, read_source
from sim.report.style import NETWORK_COLOURS
from sim.runs.result import RunResult

PAGE = "report.html"
_KINDS = ("run", "coverage")


def require_page(result: RunResult) -> None:
    """
    Refuse results of which no page is made.

    Parameters
    ----------
    result : RunResult
        Results.

    Raises
    ------
    StoreError
        If they are of another kind than a run or coverage.
    """
    kind = str(result.manifest.get("kind"))
    if kind not in _KINDS:
        message = f"is of the kind {kind}; must be a run or coverage, of which a page is made"
        raise StoreError(Problem(str(result.folder), message))


def write_report(folder: Path, to: Path | None = None) -> Path:
    """
    Write the page of a run, or of coverage alone, from the files of its results folder.

    Parameters
    ----------
    folder : Path
        Results folder.
    to : Path, optional
        File to be written; `report.html` in the folder unless given.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    StoreError
        If the folder is no whole results folder, or the page cannot be written.
    """
    return write_page(folder / PAGE if to is None else to, report_html(folder))


def write_page(path: Path, text: str) -> Path:
    """Write a page under a temporary name, then rename it."""
    scratch = None
    try:
        descriptor, scratch = tempfile.mkstemp(prefix=".report-", suffix=".html", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(scratch).chmod(0o644)
        Path(scratch).replace(path)
    except OSError as error:
        message = f"cannot be written ({error.strerror or error}); free space, mend the permissions, or use --to"
        raise StoreError(Problem(str(path), message)) from error
    finally:
        if scratch is not None:
            Path(scratch).unlink(missing_ok=True)
    return path


def report_html(folder: Path) -> str:
    """Return the page of a results folder."""
    source = read_source(folder)
    return rendered(
        "report.html.jinja",
        run=source.run,
        manifest=source.book.result.manifest,
        findings=findings(source.book, source.run, source.provinces),
        groups=measure_groups(source.book, source.run),
        provenance=provenance(source.book.result),
        notes=str(source.scenario.get("notes") or ""),
        squares=source.squares,
        listings=source.listings,
        layers=layers(source.listings),
        curves=source.curves,
        n_squares=len(source.territory.x_m),
        data=packed(_content(source), source.squares.arrays),
    )


def _content(source: Source) -> dict[str, Any]:
    """Return what the scripts of the page work on."""
    run, territory, squares = source.run, source.territory, source.squares
    networks = next(iter(source.curves.values()))["networks"] if source.curves else {}
    items = {
        "map": map_item(territory, run, squares, source.listings),
        "chart": chart_item(),
        "curves": curves_item(run, networks) if networks else None,
    }
    return {
        "networks": [
            {"name": name, "label": label, "colour": NETWORK_COLOURS[i % len(NETWORK_COLOURS)]}
            for i, (name, label) in enumerate(zip(run.networks, run.labels, strict=True))
        ],
        "listings": [one.as_mapping() for one in source.listings.values()],
        "layers": layers(source.listings),
        "ramp": ramp(),
        "squares": squares.facts(),
        "provinces": [
            {"code": code, "name": source.provinces.get(code, code)}
            for code in territory.province_codes
        ],
        "borders": border_lines(territory),
        "curves": source.curves,
        "items": items,
    }
