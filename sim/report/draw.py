"""The figures of a results folder: drawn from its files, each with its numbers and its caption."""

from collections.abc import Iterator
from pathlib import Path

from sim.report.drawings import RunFigure, publish
from sim.report.figures import (
    causes,
    cell_throughput,
    coverage_map,
    distance,
    erlang_blocking,
    exchanges,
    handover_flows,
    operators,
    over_time,
    soft_blocking,
    soft_capacity,
    throughput,
    whereabouts,
)
from sim.report.folder import read_run
from sim.report.style import paper_style

_FIGURES = (
    *coverage_map.FIGURES,
    *distance.FIGURES,
    *over_time.FIGURES,
    *erlang_blocking.FIGURES,
    *soft_capacity.FIGURES,
    *causes.FIGURES,
    *soft_blocking.FIGURES,
    *throughput.FIGURES,
    *cell_throughput.FIGURES,
    *handover_flows.FIGURES,
    *operators.FIGURES,
    *exchanges.FIGURES,
    *whereabouts.FIGURES,
)


def draw_figures(folder: Path) -> list[Path]:
    """
    Draw the figures of a results folder into its `figures/`.

    Each figure says in its own file of what it is drawn, and when; where a folder lacks that, it is left out
    (`figures_left_out`).

    Parameters
    ----------
    folder : Path
        Results folder.

    Returns
    -------
    list of Path
        PDF file of each figure drawn; `.png`, `.csv` and `.txt` lie beside it.

    Raises
    ------
    StoreError
        If the folder is no whole results folder, or cannot be written to.
    """
    run = read_run(folder)
    drawn = []
    with paper_style():
        for one in _wanted(folder):
            title = f"{one.name} of {run.scenario}, run {run.run_id[:8]}"
            drawn.append(publish(folder / "figures", one.name, title, one.draw(folder, run)))
    return drawn


def figures_are_drawn(folder: Path) -> bool:
    """
    Return whether every figure of a results folder is there, whole.

    Parameters
    ----------
    folder : Path
        Results folder.

    Returns
    -------
    bool
        False when drawing was never begun, or broken off.
    """
    # The PDF is renamed last.
    return all((folder / "figures" / f"{one.name}.pdf").is_file() for one in _wanted(folder))


def figures_left_out(folder: Path) -> dict[str, str]:
    """
    Return the figures of a results folder of which nothing could be seen.

    Parameters
    ----------
    folder : Path
        Results folder.

    Returns
    -------
    dict of str to str
        By the name of the figure, why it is not drawn.
    """
    reasons = {one.name: one.lacks(folder) for one in _applying(folder)}
    return {name: reason for name, reason in reasons.items() if reason}


def _wanted(folder: Path) -> Iterator[RunFigure]:
    """Yield the figures whose data the folder holds."""
    return (one for one in _applying(folder) if not one.lacks(folder))


def _applying(folder: Path) -> Iterator[RunFigure]:
    """Yield the figures that show what the folder is of, whether or not anything of it has come about."""
    for figure in _FIGURES:
        if all((folder / file).is_file() for file in figure.needs) and figure.applies(folder):
            yield figure
