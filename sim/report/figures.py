"""The figures of a results folder: drawn from its files, each with its numbers and its caption."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from sim.errors import Problem, StoreError
from sim.report.blocking_chart import draw_blocking_by_cell
from sim.report.captions import (
    blocking_caption,
    causes_caption,
    coverage_caption,
    distance_caption,
    exchanges_caption,
    load_caption,
    operators_caption,
    series_caption,
    soft_map_caption,
)
from sim.report.coverage_classes import classify_coverage
from sim.report.coverage_map import draw_coverage_map
from sim.report.distance_chart import draw_coverage_distance, has_distances, read_distances
from sim.report.folder import read_cells, read_layers, read_run, read_territory
from sim.report.material import RunFacts
from sim.report.operators import has_work_by_hand, read_exchanges, read_operators
from sim.report.operators_chart import draw_operators_by_exchange, draw_operators_over_time
from sim.report.plotted import (
    PlottedData,
    cell_data,
    coverage_data,
    distance_data,
    exchange_data,
    load_data,
    series_data,
    soft_cell_data,
    write_csv,
)
from sim.report.series import read_causes, read_series
from sim.report.series_chart import draw_traffic_over_time
from sim.report.soft_cells import has_soft_cells, read_soft_cells, soft_theory
from sim.report.soft_charts import (
    CAUSE_LOOKS,
    draw_blocking_by_cause,
    draw_load_and_blocking,
    draw_soft_map,
)
from sim.report.style import paper_style, save_figure
from sim.report.throughput import (
    cell_throughput_data,
    distribution_data,
    has_throughput,
    read_best_cells,
    read_cell_throughput,
    read_distributions,
)
from sim.report.throughput_captions import (
    distribution_caption,
    throughput_load_caption,
    throughput_map_caption,
)
from sim.report.throughput_charts import (
    draw_throughput_and_load,
    draw_throughput_distribution,
    draw_throughput_map,
)

_ENDINGS = (".csv", ".txt", ".png", ".pdf")
_LEFT_AFTER_S = 3600.0


@dataclass(frozen=True)
class _Drawing:
    """A figure with its numbers and its caption."""

    figure: Figure
    data: PlottedData
    caption: str


_Draw = Callable[[Path, RunFacts], _Drawing]


def draw_figures(folder: Path) -> list[Path]:
    """
    Draw the figures of a results folder into its `figures/`.

    A figure whose data the folder does not hold, such as traffic in a folder of coverage alone, is left out, and so are
    those of operators where nobody was patched by hand, and those of data where nothing was received.

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
        for name, draw in _wanted(folder):
            drawn.append(_publish(folder / "figures", name, run, draw(folder, run)))
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
    return all((folder / "figures" / f"{name}.pdf").is_file() for name, _ in _wanted(folder))


def _coverage_map(folder: Path, run: RunFacts) -> _Drawing:
    territory, layers = read_territory(folder), read_layers(folder, run)
    classed = classify_coverage(territory, layers)
    return _Drawing(
        draw_coverage_map(territory, layers, classed, run.notes),
        coverage_data(territory, layers, classed),
        coverage_caption(run, territory, layers),
    )


def _coverage_distance(folder: Path, run: RunFacts) -> _Drawing:
    distances = read_distances(folder, run)
    return _Drawing(
        draw_coverage_distance(distances, run.notes),
        distance_data(distances),
        distance_caption(run, distances),
    )


def _traffic_over_time(folder: Path, run: RunFacts) -> _Drawing:
    series = read_series(folder, run)
    return _Drawing(
        draw_traffic_over_time(run, series), series_data(run, series), series_caption(run, series)
    )


def _blocking_by_cell(folder: Path, run: RunFacts) -> _Drawing:
    cells = read_cells(folder, run)
    n_replications = max(int(one.n_replications.max()) for one in read_series(folder, run))
    return _Drawing(
        draw_blocking_by_cell(run, read_territory(folder), cells),
        cell_data(run, cells),
        blocking_caption(run, cells, n_replications),
    )


def _n_replications(folder: Path, run: RunFacts) -> int:
    return max(int(one.n_replications.max()) for one in read_series(folder, run))


def _soft_capacity_by_cell(folder: Path, run: RunFacts) -> _Drawing:
    cells = read_soft_cells(folder, run)
    return _Drawing(
        draw_soft_map(run, read_territory(folder), cells),
        soft_cell_data(run, cells),
        soft_map_caption(run, _n_replications(folder, run)),
    )


def _blocking_by_cause(folder: Path, run: RunFacts) -> _Drawing:
    series = read_causes(folder, run, tuple(CAUSE_LOOKS))
    return _Drawing(
        draw_blocking_by_cause(run, series), series_data(run, series), causes_caption(run, series)
    )


def _load_and_blocking(folder: Path, run: RunFacts) -> _Drawing:
    cells = read_soft_cells(folder, run)
    theory = soft_theory(folder, cells, len(run.networks))
    return _Drawing(
        draw_load_and_blocking(run, cells, theory),
        load_data(run, cells, theory),
        load_caption(run, cells, theory, _n_replications(folder, run)),
    )


def _operators_over_time(folder: Path, run: RunFacts) -> _Drawing:
    series = read_operators(folder)
    return _Drawing(
        draw_operators_over_time(run, series),
        series_data(run, series),
        operators_caption(run, series),
    )


def _operators_by_exchange(folder: Path, run: RunFacts) -> _Drawing:
    work, n_idle = read_exchanges(folder, run)
    n_replications = max(int(one.n_replications.max()) for one in read_operators(folder))
    return _Drawing(
        draw_operators_by_exchange(work),
        exchange_data(work),
        exchanges_caption(run, work, n_idle, n_replications),
    )


def _throughput_distribution(folder: Path, run: RunFacts) -> _Drawing:
    distributions = read_distributions(folder, run)
    return _Drawing(
        draw_throughput_distribution(run, distributions),
        distribution_data(run, distributions),
        distribution_caption(run, distributions, _n_replications(folder, run)),
    )


def _throughput_map(folder: Path, run: RunFacts) -> _Drawing:
    cells, best_idx = read_cell_throughput(folder, run), read_best_cells(folder, run)
    return _Drawing(
        draw_throughput_map(run, read_territory(folder), cells, best_idx),
        cell_throughput_data(run, cells),
        throughput_map_caption(run, cells, _n_replications(folder, run)),
    )


def _throughput_and_load(folder: Path, run: RunFacts) -> _Drawing:
    cells = read_cell_throughput(folder, run)
    return _Drawing(
        draw_throughput_and_load(run, cells),
        cell_throughput_data(run, cells),
        throughput_load_caption(run, cells, _n_replications(folder, run)),
    )


_MAP = ("coverage.parquet", "provinces.geojson", "sites.parquet")
_SITES = ("sites.parquet",)
_HARD = (*_MAP, "cells.parquet", "timeseries.parquet")
_SOFT = (*_MAP, "timeseries.parquet", "cells.parquet")
_BY_HAND = ("exchanges.parquet", "timeseries.parquet")
_DATA = (*_MAP, "timeseries.parquet", "cells.parquet", "data.parquet", "throughput.parquet")
_FIGURES: tuple[tuple[str, tuple[str, ...], _Draw], ...] = (
    ("coverage_map", _MAP, _coverage_map),
    ("coverage_distance", _SITES, _coverage_distance),
    ("traffic_over_time", ("timeseries.parquet",), _traffic_over_time),
    ("blocking_by_cell", _HARD, _blocking_by_cell),
    ("soft_capacity_by_cell", _SOFT, _soft_capacity_by_cell),
    ("blocking_by_cause", _SOFT, _blocking_by_cause),
    ("load_and_blocking", _SOFT, _load_and_blocking),
    ("throughput_distribution", _DATA, _throughput_distribution),
    ("throughput_map", _DATA, _throughput_map),
    ("throughput_and_load", _DATA, _throughput_and_load),
    ("operators_over_time", _BY_HAND, _operators_over_time),
    ("operators_by_exchange", _BY_HAND, _operators_by_exchange),
)


def _wanted(folder: Path) -> list[tuple[str, _Draw]]:
    """Return the figures whose data the folder holds; those of operators only where somebody was patched by hand."""
    return [
        (name, draw)
        for name, needs, draw in _FIGURES
        if all((folder / file).is_file() for file in needs)
        and (needs != _BY_HAND or has_work_by_hand(folder))
        and (needs != _DATA or has_throughput(folder))
        and (needs != _SITES or has_distances(folder))
        and (needs not in (_HARD, _SOFT) or has_soft_cells(folder) == (needs == _SOFT))
    ]


def _remove_leftovers(folder: Path) -> None:
    """Remove what a drawing left that was killed; another process may be drawing the same at this moment."""
    for left in folder.glob(".drawing-*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT_AFTER_S:
                shutil.rmtree(left, ignore_errors=True)


def _publish(folder: Path, name: str, run: RunFacts, drawing: _Drawing) -> Path:
    """Write the four files of a figure under temporary names, then rename them."""
    try:
        folder.mkdir(exist_ok=True)
        _remove_leftovers(folder)
        with tempfile.TemporaryDirectory(prefix=".drawing-", dir=folder) as scratch:
            stem = Path(scratch) / name
            save_figure(drawing.figure, stem, f"{name} of {run.scenario}, run {run.run_id[:8]}")
            write_csv(stem.with_name(name + ".csv"), drawing.data)
            stem.with_name(name + ".txt").write_text(drawing.caption, encoding="utf-8")
            for ending in _ENDINGS:
                os.replace(stem.with_name(name + ending), folder / (name + ending))  # noqa: PTH105
    except OSError as error:
        message = (
            f"figures cannot be written ({error.strerror or error}), the data beside them are whole; free space or "
            "mend the permissions, then run again"
        )
        raise StoreError(Problem(str(folder), message)) from error
    return folder / f"{name}.pdf"
